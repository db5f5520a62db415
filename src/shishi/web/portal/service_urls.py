"""Addresses of the citizens' side of services, under ``/services/``."""

from __future__ import annotations

from django.urls import path

from shishi.web.portal import carrying, guide, login_elsewhere, mine, pages, signing_in, systems

app_name = "services"
urlpatterns = [
    path("", guide.find, name="find"),
    path("items/<str:code>/", guide.guide, name="guide"),
    path("items/<str:code>/carry/", carrying.begin, name="carry"),
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/code/", signing_in.sign_in_code, name="sign-in-code"),
    path("sign-in/elsewhere/", login_elsewhere.elsewhere, name="elsewhere"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("onward/", carrying.onward, name="onward"),
    path("mine/", mine.mine, name="mine"),
    path("mine/identity/", signing_in.identity, name="identity"),
    path("carried/<str:number>/", carrying.carried, name="carried"),
    path("carried/<str:number>/leave/", carrying.leave, name="leave"),
    path("carried/<str:number>/back/", carrying.back, name="back"),
    path("systems/ticket", systems.ticket, name="system-ticket"),
    path("systems/outcome", systems.outcome, name="system-outcome"),
    path("<path:anything>", pages.nothing_here, name="nothing_here"),
]
