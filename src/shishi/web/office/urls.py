"""Addresses of the office."""

from __future__ import annotations

from django.urls import path, re_path

from shishi.web.office import (
    audit,
    batches,
    briefs,
    home,
    importing,
    jobs,
    notices,
    preferences,
    programmes,
    proposals,
    showroom,
    signing_in,
    why,
)

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    path("p/", programmes.at_a_glance, name="programmes"),
    path("p/<slug:jurisdiction>/<int:year>/<slug:code>/", programmes.programme, name="programme"),
    path("p/<slug:jurisdiction>/<int:year>/<slug:code>/course.json", programmes.course, name="programme-course"),
    path("why/<slug:jurisdiction>/<int:year>/<slug:code>/<slug:indicator>/", why.why, name="why"),
    path("notices/", notices.listed, name="notices"),
    path("notices/<int:number>/", notices.notice, name="notice"),
    path("briefs/", briefs.listed, name="briefs"),
    path("briefs/<int:number>.<str:form>", briefs.download, name="brief"),
    path("imports/", importing.imports, name="imports"),
    path("imports/template.xlsx", importing.template, name="import-template"),
    path("imports/<uuid:job>/", importing.imported, name="import"),
    path("imports/<uuid:job>/mapping/", importing.mapping, name="import-mapping"),
    path("imports/<uuid:job>/explain/", importing.explain, name="import-explain"),
    path("imports/<uuid:job>/confirm/", importing.confirm, name="import-confirm"),
    path("imports/<uuid:job>/marked.xlsx", importing.marked, name="import-marked"),
    path("batches/", batches.listed, name="batches"),
    path("batches/<uuid:batch>/", batches.batch, name="batch"),
    path("proposals/", proposals.listed, name="proposals"),
    path("proposals/<uuid:proposal>/", proposals.proposal, name="proposal"),
    re_path(
        r"^proposals/(?P<proposal>[0-9a-f-]{36})/(?P<step>approve|return|withdraw)/$",
        proposals.decide,
        name="proposal-decide",
    ),
    path("jobs/", jobs.listed, name="jobs"),
    path("jobs/<uuid:job>/", jobs.job, name="job"),
    re_path(r"^jobs/(?P<job>[0-9a-f-]{36})/(?P<step>retry|drop)/$", jobs.decide, name="job-decide"),
    path("audit/", audit.trail, name="audit"),
    path("sign-in/link/<str:token>/", signing_in.by_link, name="entry"),
    path("sign-in/password/<str:token>/", signing_in.password_by_link, name="entry-password"),
    path("sign-in/demonstration/", signing_in.demonstration_entry, name="entry-demonstration"),
    path("preferences/", preferences.choose, name="preferences"),
    path("design/", showroom.showroom, name="design"),
]
