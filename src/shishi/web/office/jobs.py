"""Jobs: how far long work is, what became of it, and what failed with the one who looks after it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.jobs.progress import reached
from shishi.apps.jobs.selectors import failed_jobs, job_of, jobs_for, looks_after, operates
from shishi.apps.jobs.services import drop, retry
from shishi.apps.publishing.edition_jobs import KIND as PUBLISH
from shishi.web.design.forms import Form, answer
from shishi.web.office.importing import is_hand_in
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.apps.jobs.selectors import Job

PAGE = 50
STATES = {
    "waiting": "排队中",
    "running": "进行中",
    "done": "已完成",
    "refused": "已退回",
    "failed": "失败待处理",
    "dropped": "已放弃",
}


class RetryForm(Form):
    """Once more."""


class DropForm(Form):
    """Why it is let go."""

    reason = forms.CharField(label=gettext_lazy("为什么放弃"), widget=forms.Textarea(attrs={"rows": 2}))


def listed(request: HttpRequest) -> HttpResponse:
    """What failed on top, then everything, newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    state = request.GET.get("state", "")
    found = jobs_for(viewer.person, state=state, offset=(query.page - 1) * PAGE, limit=PAGE + 1, at=viewer.at)
    page = {
        "jobs": [(job, None if job.ended else reached(job.pk)) for job in found[:PAGE]],
        "failed": failed_jobs(viewer.person, viewer.at) if query.page == 1 and not state else (),
        "state": state,
        "states": STATES,
        "all": operates(viewer.person, viewer.at),
        "query": query,
        "more": len(found) > PAGE,
    }
    return render(request, "office/jobs.html", page)


def job(request: HttpRequest, job: UUID) -> HttpResponse:
    """One job."""
    viewer = Viewer.of(request)
    found = job_of(viewer.person, str(job), viewer.at)
    own = found.person == viewer.person.username
    page = {
        "job": found,
        "progress": None if found.ended else reached(found.pk),
        "mine": looks_after(viewer.person, found, viewer.at),
        "own": own,
        "shows": own and is_hand_in(found),
        "public": _publishing(found) if own and found.outcome.get("number") else "",
        "retry": RetryForm(),
        "drop": DropForm(),
    }
    if request.headers.get("HX-Request") and not found.ended:
        return render(request, "office/job_progress.html", page)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "office/job.html", page)


def _publishing(found: Job) -> str:
    """The page from which an edition was published; empty for any other job."""
    if found.kind != PUBLISH:
        return ""
    jurisdiction, year, code = found.programme.split("/")
    return reverse("office:publishing-programme", args=[jurisdiction, int(year), code])


def decide(request: HttpRequest, job: UUID, step: str) -> HttpResponse:
    """Try again, or let it go."""
    viewer = Viewer.of(request)
    found = job_of(viewer.person, str(job), viewer.at)
    if request.method != "POST":
        return redirect("office:job", found.pk)
    again = step == "retry"

    def act(form: Form) -> object:
        if again:
            return retry(found, by=viewer.person, at=viewer.at)
        return drop(found, reason=form.cleaned_data["reason"], by=viewer.person, at=viewer.at)

    return answer(
        request,
        RetryForm if again else DropForm,
        "office/job_step.html",
        {"job": found, "step": step},
        act=act,
        then=reverse("office:job", args=[found.pk]),
        told=_("已重新排队。") if again else _("已放弃，原因已记下。"),
        by=viewer.person,
        at=viewer.at,
    )
