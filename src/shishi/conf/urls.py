"""Addresses of the site."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("promises/", include("shishi.web.portal.urls")),
    path("", include("shishi.web.office.urls")),
]

handler400 = "shishi.web.office.asking.bad_request"
handler404 = "shishi.web.office.asking.not_found"
handler500 = "shishi.web.office.asking.broken"
