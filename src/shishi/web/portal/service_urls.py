"""Addresses of the citizens' side of services, under ``/services/``."""

from __future__ import annotations

from django.urls import path

from shishi.web.portal import (
    applying,
    carrying,
    cases,
    complaining,
    guide,
    login_elsewhere,
    mine,
    pages,
    progress,
    signing_in,
    systems,
)

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
    path("items/<str:code>/begin/", applying.begin, name="begin"),
    path("complaints/<slug:jurisdiction>/<int:year>/<slug:code>/", complaining.complain, name="complain"),
    path("drafts/", applying.come_back, name="come-back"),
    path("drafts/<str:code>/", applying.check, name="check"),
    path("drafts/<str:code>/kept/", applying.keep, name="keep"),
    path("drafts/<str:code>/papers/<str:material>/", applying.papers, name="papers"),
    path("drafts/<str:code>/<str:name>/", applying.question, name="question"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("cases/<str:number>/diagram.bpmn", cases.diagram, name="case-diagram"),
    path("cases/<str:number>/<slug:action>/", cases.act, name="act"),
    path("progress/", progress.progress, name="progress"),
    path("progress/code/", progress.progress_code, name="progress-code"),
    path("progress/case/", progress.progress_case, name="progress-case"),
    path("progress/case/diagram.bpmn", progress.progress_diagram, name="progress-diagram"),
    path("carried/<str:number>/", carrying.carried, name="carried"),
    path("carried/<str:number>/leave/", carrying.leave, name="leave"),
    path("carried/<str:number>/back/", carrying.back, name="back"),
    path("systems/ticket", systems.ticket, name="system-ticket"),
    path("systems/outcome", systems.outcome, name="system-outcome"),
    path("<path:anything>", pages.nothing_here, name="nothing_here"),
]
