"""Addresses of the portal, under ``/promises/``."""

from __future__ import annotations

from django.urls import path, re_path

from shishi.web.portal import ballots, downloads, evidence, pages, rating

app_name = "portal"
PROMISE = "<slug:jurisdiction>/<int:year>/<slug:code>/"
urlpatterns = [
    path("", pages.promises, name="promises"),
    path("about/", pages.about, name="about"),
    path("ballot/", ballots.ballot, name="ballot"),
    path("evidence/<str:code>/", evidence.verified, name="evidence"),
    path(PROMISE, pages.promise, name="promise"),
    path(f"{PROMISE}figures.csv", downloads.figures_csv, name="csv"),
    path(f"{PROMISE}figures.json", downloads.figures_json, name="json"),
    path(f"{PROMISE}dictionary.csv", downloads.dictionary_csv, name="dictionary"),
    path(f"{PROMISE}brief.pdf", downloads.brief, name="brief"),
    path(f"{PROMISE}rows-<slug:table>.csv", downloads.rows_csv, name="rows"),
    path(f"{PROMISE}rate/", rating.rate, name="rate"),
    re_path(
        r"^(?P<jurisdiction>[\w-]+)/(?P<year>\d+)/(?P<code>[\w-]+)/(?P<division>\d{6})/$", pages.promise, name="place"
    ),
    re_path(r"", pages.nothing_here, name="nothing_here"),
]
