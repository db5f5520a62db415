"""Addresses of the office."""

from __future__ import annotations

from django.urls import path

from shishi.web.office import audit, briefs, notices, programmes, signing_in, why

app_name = "office"
urlpatterns = [
    path("", programmes.at_a_glance, name="home"),
    path("p/", programmes.at_a_glance, name="programmes"),
    path("p/<slug:jurisdiction>/<int:year>/<slug:code>/", programmes.programme, name="programme"),
    path("p/<slug:jurisdiction>/<int:year>/<slug:code>/course.json", programmes.course, name="programme-course"),
    path("why/<slug:jurisdiction>/<int:year>/<slug:code>/<slug:indicator>/", why.why, name="why"),
    path("notices/", notices.listed, name="notices"),
    path("notices/<int:number>/", notices.notice, name="notice"),
    path("briefs/", briefs.listed, name="briefs"),
    path("briefs/<int:number>.<str:form>", briefs.download, name="brief"),
    path("audit/", audit.trail, name="audit"),
    path("sign-in/link/<str:token>/", signing_in.by_link, name="entry"),
    path("sign-in/password/<str:token>/", signing_in.password_by_link, name="entry-password"),
    path("sign-in/demonstration/", signing_in.demonstration_entry, name="entry-demonstration"),
]
