"""Tasks of cases: what is to do, what was done, what one started, what was copied to one; and the page of one task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.selectors import body_titles
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.desks import TaskDesk, task_desk
from shishi.apps.cases.facts import read_answers
from shishi.apps.cases.incidents import incidents_for
from shishi.apps.cases.rated import RatingQuery, access_bad_ratings
from shishi.apps.cases.seen import CaseQuery, copied_to, started_by
from shishi.apps.cases.todo import TaskPage, TaskQuery, done_by, to_do
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.processes import Process
from shishi.web.design.forms import Form, answer
from shishi.web.office.case_statistics import seen_by
from shishi.web.office.task_forms import TaskForm, bulk_allowed
from shishi.web.office.viewing import Query, Viewer, query_of

PAGE = 50
L = gettext_lazy
TABS: Mapping[str, Any] = {"todo": L("待办"), "done": L("已办"), "started": L("我发起的"), "copied": L("抄送我的")}


def tabs_of(viewer: Viewer, current: str, todo: TaskPage | None = None) -> dict[str, object]:
    """The tabs of everything about cases; ``current`` is the one that is shown."""
    waiting = todo or to_do(viewer.person, viewer.at, TaskQuery(size=1))
    broken = incidents_for(viewer.person, viewer.at).count()
    tasks = reverse("office:tasks")
    counts = {"todo": f"{waiting.count}+" if waiting.many else waiting.count}
    found = [(name, word, counts.get(name, 0), f"{tasks}?tab={name}") for name, word in TABS.items()]
    found += [
        ("cases", _("全部办件"), 0, reverse("office:cases")),
        (
            "ratings",
            _("差评"),
            access_bad_ratings(viewer.person, viewer.at, RatingQuery(size=1)).count,
            reverse("office:ratings"),
        ),
        ("incidents", _("异常件"), broken, reverse("office:incidents")),
        ("statistics", _("统计"), 0, reverse("office:case-statistics")),
    ]
    return {"case_tabs": found, "case_tab": current}


def listed(request: HttpRequest) -> HttpResponse:
    """One of the four lists; what is due first stands first among what is to do."""
    viewer, query = Viewer.of(request), query_of(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    processes = seen_by(viewer)
    asked = asked_of(request, query, processes)
    page: dict[str, object] = {"tab": tab, "query": query, "asked": asked, "processes": processes}
    if tab in ("todo", "done"):
        found = (
            to_do(viewer.person, viewer.at, asked)
            if tab == "todo"
            else done_by(viewer.person, viewer.at, query.page, PAGE)
        )
        page |= {"tasks": found.lines, "more": found.more, "bodies": body_titles({task.body for task in found.lines})}
        page |= tabs_of(viewer, tab, found if tab == "todo" and not _narrowed(asked) else None)
    else:
        wanted = CaseQuery(asked.text, asked.process, asked.programme, page=query.page, size=PAGE)
        seen = (started_by if tab == "started" else copied_to)(viewer.person, viewer.at, wanted)
        page |= {"cases": seen.lines, "more": seen.more, **tabs_of(viewer, tab)}
    process = next((item for item in processes if item.name == asked.process), None)
    step = process.step_at.get(asked.element) if process else None
    page |= {
        "process": process,
        "steps": [step for step in process.steps if not _of_applicant(process, step.lane)] if process else (),
        "bulk": tab == "todo" and step is not None and bulk_allowed(step),
        "programmes": {item.name: item.title for _pack, item in programmes_for(viewer.person, at=viewer.at)},
        "titles": {item.name: item.title for item in processes},
        "now": viewer.at,
    }
    return render(request, "office/tasks.html", page)


def asked_of(request: HttpRequest, query: Query, processes: list[Process]) -> TaskQuery:
    """Which tasks the address asks for."""
    known = {item.name for item in processes}
    process = request.GET.get("process", "")
    return TaskQuery(
        process=process if process in known else "",
        element=request.GET.get("step", "") if process in known else "",
        programme=request.GET.get("programme", ""),
        text=request.GET.get("q", "").strip()[:80],
        own="own" in request.GET,
        overdue="late" in request.GET,
        page=query.page,
        size=PAGE,
    )


def _narrowed(asked: TaskQuery) -> bool:
    return bool(asked.process or asked.programme or asked.text or asked.own or asked.overdue)


def _of_applicant(process: Process, lane: str) -> bool:
    found = process.lane_of.get(lane)
    return found is not None and found.applicant


def task(request: HttpRequest, number: int) -> HttpResponse:
    """One task: its case in short, what is asked, and how it may end. Sent, it is done."""
    viewer = Viewer.of(request)
    desk = task_desk(viewer.person, number, viewer.at)
    page = {"desk": desk, "task": desk.view, "case": desk.case, "clicks": _clicks(desk), "now": viewer.at}
    page["once"] = Form()["once"].initial
    return answer(
        request,
        TaskForm,
        "office/task.html",
        page,
        act=lambda form: _complete(desk, form, viewer),
        then=lambda _row: reverse("office:case", args=[desk.view.case]),
        told=_("“%(step)s”已办。") % {"step": desk.view.step},
        by=viewer.person,
        at=viewer.at,
        given={"desk": desk},
    )


def _complete(desk: TaskDesk, form: TaskForm, viewer: Viewer) -> object:
    answers = read_answers(desk.form, form.texts, viewer.today) if desk.form else {}
    return complete_task(
        desk.view.id,
        form.told("outcome"),
        by=viewer.person,
        at=viewer.at,
        answers=answers,
        text=form.told("text"),
        basis=form.told("basis"),
        remedy=form.told("remedy"),
        lacking=form.lacking(),
    )


def _clicks(desk: TaskDesk) -> list[tuple[str, Any]]:
    """What can be done with the task besides completing it: word of the address, label."""
    ways = [
        ("release", L("放回"), desk.may_release),
        ("hand-over", L("转办"), desk.may_hand_over),
        ("delegate", L("委托办理"), desk.mine),
        ("return", L("退回更正"), desk.mine and bool(desk.earlier)),
    ]
    return [(slug, word) for slug, word, may in ways if may]
