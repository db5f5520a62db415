"""Figures by division and period: who has reported, one division's statement, and every step that it may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.assurance.acceptance import accept, acceptable, return_statement, review, reviewable, withdraw
from shishi.apps.assurance.statement_course import course
from shishi.apps.assurance.statements import Statement, statement_of
from shishi.apps.divisions.selectors import find_division
from shishi.apps.indicators.completeness import completeness
from shishi.apps.ledger.entering import Entered, asked_period, enter
from shishi.apps.ledger.fillings import note_filling
from shishi.apps.ledger.periods import PeriodCalendar, calendar_of, node_above, reopen, required_calendar
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.programmes.selectors import programmes_for, table_named
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.divisions import Division, level_of
from shishi.core.errors import Misuse
from shishi.core.periods import Period, previous
from shishi.core.statements import StatementState
from shishi.core.tables import Table
from shishi.core.values import shown
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer, query_of

EARLIER = 6
"""Periods that are offered beside the one that is shown."""


class EnterForm(Form):
    """A field for each figure of the table."""

    form_opened = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    explanation = forms.CharField(
        label=gettext_lazy("核实说明"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("数有异常而属实的，写明原因。"),
    )

    def __init__(self, *args: Any, table: Table, given: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = self.fields.pop("explanation")
        self.names = [item.name for item in table.fields if item.name not in given]
        for item in table.fields:
            if item.name in self.names:
                label = f"{item.title}（{item.unit}）" if item.unit else item.title
                self.fields[item.name] = forms.CharField(label=label, required=False, max_length=500)
        self.fields["explanation"] = last

    @property
    def cells(self) -> dict[str, str]:
        """Field → what was typed; what was left empty is left out and keeps what was stated."""
        told = {name: str(self.cleaned_data.get(name) or "").strip() for name in self.names}
        return {name: text for name, text in told.items() if text}


class ReasonForm(Form):
    """Why it goes back."""

    reason = forms.CharField(label=gettext_lazy("退回原因"), widget=forms.Textarea(attrs={"rows": 2}))


class ReopenForm(Form):
    """Why a closed period is opened again, and until when."""

    reason = forms.CharField(label=gettext_lazy("为什么重新打开"), widget=forms.Textarea(attrs={"rows": 2}))
    until = forms.DateTimeField(
        label=gettext_lazy("打开到什么时候"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class PlainForm(Form):
    """A step that needs no words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One division's period of one table."""

    calendar: PeriodCalendar
    period: Period
    unit: Division

    @property
    def address(self) -> str:
        """Its page."""
        jurisdiction, year, code, table = self.calendar.table.name.split("/")
        return reverse(
            "office:report", args=[jurisdiction, year, code, table, self.period.label, self.unit.official_code]
        )


def listed(request: HttpRequest) -> HttpResponse:
    """How complete and how punctual a period is, and what of it waits for the person."""
    viewer = Viewer.of(request)
    seen = [programme for _pack, programme in programmes_for(viewer.person, at=viewer.at)]
    kept = (calendar_of(table, item) for item in seen for table in item.tables)
    calendars = [item for item in kept if item is not None]
    named = request.GET.get("table", "")
    wanted = [item for item in calendars if item.table.name == named] if named else calendars
    calendar = wanted[0] if wanted else None
    if named and calendar is None:
        raise Misuse("unknown_table", _("没有这张按期填报的台账，或它不在您的查看范围内。"))
    page: dict[str, object] = {"calendars": calendars, "calendar": calendar}
    if calendar is None:
        return render(request, "office/reports.html", page)
    period = _period(calendar, request.GET.get("period", ""), viewer)
    query = query_of(request)
    found = completeness(viewer.person, calendar, period, division=query.division, at=viewer.at)
    page |= {
        "period": period,
        "periods": _periods(calendar, viewer),
        "whole": found[0] if found else None,
        "rows": [(item, _address(calendar, period, item.division)) for item in found if item.statement is not None],
        "reviewable": reviewable(calendar, period, by=viewer.person, at=viewer.at),
        "acceptable": acceptable(calendar, period, by=viewer.person, at=viewer.at),
        "closing": calendar.closing(period),
        "plain": PlainForm(),
    }
    return render(request, "office/reports.html", page)


def _period(calendar: PeriodCalendar, text: str, viewer: Viewer) -> Period:
    if text:
        return asked_period(calendar, text, viewer.at)
    return previous(calendar.period(day_of(viewer.at)))


def _periods(calendar: PeriodCalendar, viewer: Viewer) -> list[Period]:
    found = [calendar.period(day_of(viewer.at))]
    while len(found) < EARLIER:
        found.append(previous(found[-1]))
    return found


def _address(calendar: PeriodCalendar, period: Period, division: str) -> str:
    return Asked(calendar, period, find_division(division, period.end)).address


def several(request: HttpRequest, step: str) -> HttpResponse:
    """Review or accept all that waits for the person."""
    viewer = Viewer.of(request)
    if request.method != "POST":
        return redirect("office:reports")
    programme, table = table_named(request.POST.get("table", ""))
    viewer.programme(programme.name)
    calendar = required_calendar(table, programme)
    period = asked_period(calendar, request.POST.get("period", ""), viewer.at)
    told = {"by": viewer.person, "at": viewer.at}

    def act(form: Form) -> int:
        if step == "review":
            mine = reviewable(calendar, period, by=viewer.person, at=viewer.at)
            review(calendar, period, mine, by=viewer.person, at=viewer.at)
        else:
            mine = acceptable(calendar, period, by=viewer.person, at=viewer.at)
            accept(calendar, period, mine, by=viewer.person, at=viewer.at)
        return len(mine)

    back = f"{reverse('office:reports')}?table={table.name}&period={period.label}"
    return answer(
        request,
        PlainForm,
        "office/report_step.html",
        {"back": back, "title": table.title},
        act=act,
        then=back,
        told=lambda many: _("已办理 %(many)s 个。") % {"many": many},
        **told,  # type: ignore[arg-type]  # who and when
    )


def _asked(viewer: Viewer, jurisdiction: str, year: int, code: str, table: str, period: str, division: str) -> Asked:
    programme, found = table_named(f"{jurisdiction}/{year}/{code}/{table}")
    viewer.programme(programme.name)
    calendar = required_calendar(found, programme)
    when = asked_period(calendar, period, viewer.at)
    unit = find_division(division, when.end)
    if not viewer.may(Action.READ, unit.code, programme.name):
        raise Misuse("out_of_reach", _("这个行政区划不在您的查看范围内。"))
    return Asked(calendar, when, unit)


def report(
    request: HttpRequest, jurisdiction: str, year: int, code: str, table: str, period: str, division: str
) -> HttpResponse:
    """One division's statement: its figures, its course, and the form to fill in."""
    viewer = Viewer.of(request)
    asked = _asked(viewer, jurisdiction, year, code, table, period, division)
    values = _values(asked.calendar, statement_of(asked.calendar, asked.period, asked.unit.code))
    page = _page(viewer, asked)
    forms_shown = {"return": ReasonForm(), "reopen": ReopenForm(), "plain": PlainForm()}
    given = {"table": asked.calendar.table, "given": _given(asked.calendar)}
    return answer(
        request,
        EnterForm,
        "office/report.html",
        page | {"forms": forms_shown},
        act=lambda form: _enter(viewer, asked, form),
        then=asked.address,
        told=_("已提交，等本单位另一个人审核。") if asked.calendar.plan.reviewed else _("已报。"),
        by=viewer.person,
        at=viewer.at,
        initial=values,
        given=given,
        measured=lambda took: note_filling(asked.calendar.table.name, took, at=viewer.at),
    )


def _given(calendar: PeriodCalendar) -> frozenset[str]:
    return frozenset({calendar.table.division_field, calendar.plan.by} - {""})


def _enter(viewer: Viewer, asked: Asked, form: EnterForm) -> object:
    entered = Entered(asked.calendar, asked.unit, asked.period, form.cells, form.cleaned_data["explanation"])
    return enter(entered, by=viewer.person, at=viewer.at)


def _page(viewer: Viewer, asked: Asked) -> dict[str, object]:
    calendar, period, unit = asked.calendar, asked.period, asked.unit
    found = statement_of(calendar, period, unit.code)
    values = _values(calendar, found)
    may = _may(viewer, asked, found)
    return {
        "asked": asked,
        "table": calendar.table,
        "programme": calendar.programme,
        "period": period,
        "unit": unit,
        "statement": found,
        "returned": found.state is StatementState.RETURNED,
        "values": [(item, values[item.name]) for item in calendar.table.fields if values.get(item.name)],
        "course": course(calendar, period, unit.code, found.row),
        "closing": calendar.closing(period),
        "closed": calendar.closed(unit.code, period, viewer.at),
        **may,
    }


def _values(calendar: PeriodCalendar, found: Statement) -> dict[str, str]:
    if found.row is None:
        return {}
    values = typed(calendar.table, decode(found.row.cells))
    fields = (item for item in calendar.table.fields if not item.sensitive)
    return {item.name: shown(item, values.get(item.name)) for item in fields}


def _may(viewer: Viewer, asked: Asked, found: Statement) -> dict[str, bool]:
    """Which steps the page offers; the services decide."""
    calendar, period, unit = asked.calendar, asked.period, asked.unit
    name, mine = calendar.programme.name, viewer.person.username
    waiting = found.waiting
    levels = calendar.plan.above(level_of(unit.code))
    above = node_above(calendar, unit.code, levels[0] if levels else None, period.end)
    turn = found.standing.next_level
    node = node_above(calendar, unit.code, turn, period.end) if turn is not None else ""
    closed = calendar.closed(unit.code, period, viewer.at)
    reviews = waiting is not None and waiting.person != mine and viewer.may(Action.APPROVE_ROWS, unit.code, name)
    accepts = waiting is None and bool(node) and viewer.may(Action.ACCEPT_REPORTS, node, name)
    return {
        "may_enter": viewer.may(Action.HAND_IN, unit.code, name) and not (closed and found.row is not None),
        "may_review": reviews,
        "may_accept": accepts,
        "may_return": reviews or accepts,
        "may_withdraw": waiting is not None and waiting.person == mine,
        "may_reopen": closed and viewer.may(Action.ACCEPT_REPORTS, above, name),
    }


def step(
    request: HttpRequest,
    jurisdiction: str,
    year: str,
    code: str,
    table: str,
    period: str,
    division: str,
    step: str,
) -> HttpResponse:
    """Review, accept, return, take back or open again."""
    viewer = Viewer.of(request)
    asked = _asked(viewer, jurisdiction, int(year), code, table, period, division)
    if request.method != "POST":
        return redirect(asked.address)
    form, act, words = _steps(viewer, asked)[step]
    page = {"back": asked.address, "title": f"{asked.unit.name}　{asked.calendar.table.title}　{asked.period.label}"}
    return answer(
        request,
        form,
        "office/report_step.html",
        page,
        act=act,
        then=asked.address,
        told=words,
        by=viewer.person,
        at=viewer.at,
    )


def _steps(viewer: Viewer, asked: Asked) -> dict[str, tuple[type[Form], Callable[[Any], object], str]]:
    calendar, period, code = asked.calendar, asked.period, asked.unit.code
    by, at = viewer.person, viewer.at

    def back(form: Form) -> None:
        return_statement(calendar, period, code, reason=form.cleaned_data["reason"], by=by, at=at)

    def opened(form: Form) -> object:
        told = form.cleaned_data
        return reopen(calendar, code, period, until=_moment(told["until"]), reason=told["reason"], by=by, at=at)

    return {
        "review": (PlainForm, lambda form: review(calendar, period, [code], by=by, at=at), _("已审核。")),
        "accept": (PlainForm, lambda form: accept(calendar, period, [code], by=by, at=at), _("已接收。")),
        "return": (ReasonForm, back, _("已退回，原因留在经过里。")),
        "withdraw": (PlainForm, lambda form: withdraw(calendar, period, code, by=by, at=at), _("已收回。")),
        "reopen": (ReopenForm, opened, _("已重新打开。")),
    }


def _moment(told: datetime) -> datetime:
    return (told if told.tzinfo else told.replace(tzinfo=SHANGHAI)).astimezone(UTC)
