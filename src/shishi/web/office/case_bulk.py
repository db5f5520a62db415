"""Many tasks at once: first how many could be done and which not, and why; then a job, with how far it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.cases.bulk import approve_many
from shishi.apps.cases.bulk_preview import Preview, preview_of
from shishi.apps.cases.todo import ids_to_do
from shishi.core.errors import Misuse
from shishi.core.processes import Process, Step
from shishi.web.design.forms import Form, answer
from shishi.web.office.case_statistics import seen_by
from shishi.web.office.task_forms import NEVER, bulk_allowed
from shishi.web.office.tasks import asked_of
from shishi.web.office.viewing import Viewer, query_of

SHOWN = 50
MOST = 200_000


class BulkForm(Form):
    """How all of them end."""

    outcome = forms.ChoiceField(label=lazy("结果"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=lazy("意见"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=lazy("写进每一件的办件记录。"),
    )
    expected = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [(item.code, item.title) for item in step.outcomes if item.kind not in NEVER]
        self.fields["outcome"].choices = ways  # type: ignore[attr-defined]  # a choice field
        if len(ways) == 1:
            self.fields["outcome"].initial = ways[0][0]


def approve(request: HttpRequest) -> HttpResponse:
    """Choose the outcome, see what would be done, ask for the job."""
    viewer = Viewer.of(request)
    process, step = _asked_step(request, viewer)
    ids = _wanted(request, viewer)
    page: dict[str, object] = {"process": process, "step": step, "many": len(ids), "back": _back(request)}
    if request.method == "POST" and not request.POST.get("expected"):
        form = BulkForm(request.POST, step=step)
        if not form.is_valid():
            return render(request, "office/tasks_approve.html", {**page, "form": form}, status=422)
        found = preview_of(viewer.person, ids, form.cleaned_data["outcome"], viewer.at)
        return render(request, "office/tasks_approve.html", {**page, **_shown(found), "form": form})

    def act(form: BulkForm) -> Any:
        found = preview_of(viewer.person, ids, form.cleaned_data["outcome"], viewer.at)
        if str(len(found.fit)) != form.cleaned_data["expected"]:
            raise Misuse("changed_since", _("预览之后情况有变，没有办理。请重新预览。"))
        told = {"text": form.cleaned_data["text"], "once": form.cleaned_data.get("once", "")}
        return approve_many(found.fit, form.cleaned_data["outcome"], by=viewer.person, at=viewer.at, **told)

    return answer(
        request,
        BulkForm,
        "office/tasks_approve.html",
        page,
        act=act,
        then=lambda job: reverse("office:job", args=[job.pk]),
        told=_("已交给后台办理，办到哪里、哪几件没有办，都在这一页。"),
        by=viewer.person,
        at=viewer.at,
        given={"step": step},
    )


def _asked_step(request: HttpRequest, viewer: Viewer) -> tuple[Process, Step]:
    """Of which step; ``Misuse`` (step_not_named)."""
    name, element = request.GET.get("process", ""), request.GET.get("step", "")
    process = next((item for item in seen_by(viewer) if item.name == name), None)
    step = process.step_at.get(element) if process else None
    if process is None or step is None:
        raise Misuse("step_not_named", _("批量办理要先选一个流程和一个环节。请在待办里筛选后再点。"))
    if not bulk_allowed(step):
        raise Misuse("step_not_in_bulk", _("这个环节要逐件填写或逐件说明理由，不能批量办理。"))
    return process, step


def _wanted(request: HttpRequest, viewer: Viewer) -> list[int]:
    """The tasks that were picked, else everything that the address finds, of what waits for the person."""
    picked = [int(text) for text in request.GET.getlist("task") if text.isascii() and text.isdigit()]
    asked = asked_of(request, query_of(request), seen_by(viewer))
    return picked[:MOST] if picked else ids_to_do(viewer.person, viewer.at, asked, MOST)


def _shown(found: Preview) -> dict[str, object]:
    return {"preview": found, "skipped": found.skipped[:SHOWN], "more_skipped": max(len(found.skipped) - SHOWN, 0)}


def _back(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("task", None)
    return f"{reverse('office:tasks')}?{query.urlencode()}"
