"""Entering 填报: a division's figures for one period, typed field by field, on their way to its second person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.ledger.forms import write_form
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.models import Proposal
from shishi.apps.ledger.periods import PeriodCalendar, proposals_of
from shishi.apps.ledger.proposals import WITHDRAWN_FOR_NEWER, propose_workbook, withdraw_proposal
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.services import Received, receive_workbook
from shishi.core.calendars import day_of
from shishi.core.divisions import Division
from shishi.core.errors import Misuse
from shishi.core.ledger import Mode
from shishi.core.periods import Period, parse_period, period_of, previous
from shishi.core.programmes import PeriodKind
from shishi.core.provenance import Door
from shishi.core.tables import Table

SINCE_BEGINNING = "自开展以来"
KINDS = {
    PeriodKind.DAY: "日",
    PeriodKind.WEEK: "周",
    PeriodKind.HALF_MONTH: "半月",
    PeriodKind.MONTH: "月",
    PeriodKind.QUARTER: "季",
    PeriodKind.YEAR: "年",
}


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody typed: field (name or title) → text. What is left out keeps what was stated before."""

    calendar: PeriodCalendar
    division: Division
    period: Period
    cells: Mapping[str, str]
    explanation: str = ""


def asked_period(calendar: PeriodCalendar, text: str, at: datetime) -> Period:
    """The period that is meant. ``Misuse`` with the way out: period_malformed, period_kind_wrong, period_in_future,
    period_outside."""
    today, kind = day_of(at), calendar.cadence.kind
    if text.strip() == SINCE_BEGINNING and not calendar.plan.by:
        return calendar.period(today)
    if text.strip() == SINCE_BEGINNING:
        message = f"“{calendar.table.title}”按{KINDS[kind]}填报，累计数写在当期里。请写期间，如 {calendar.period(today).label}。"
        raise Misuse("period_kind_wrong", message)
    period = parse_period(text)
    if period.kind is not kind:
        inside = "、".join(_inside(period, kind))
        wrong = f"“{calendar.table.title}”按{KINDS[kind]}填报，{period.label} 是{KINDS[period.kind]}。"
        message = f"{wrong}其中的{KINDS[kind]}：{inside}。"
        raise Misuse("period_kind_wrong", message)
    if period.start > today:
        now = calendar.period(today)
        message = f"{period.label} 还没有开始（今天是 {today}）。现在可以填 {now.label}，或补报 {previous(now).label}。"
        raise Misuse("period_in_future", message)
    _require_within(calendar, period)
    return period


def _inside(period: Period, kind: PeriodKind) -> Iterator[str]:
    """The labels of periods of another kind that touch this one, at most six."""
    told = list(dict.fromkeys(period_of(kind, day).label for day in period.days))
    yield from told[:6]
    if len(told) > 6:
        yield "……"


def _require_within(calendar: PeriodCalendar, period: Period) -> None:
    starts, ends = calendar.cadence.starts, calendar.cadence.ends
    if (starts and period.end < starts) or (ends and ends < period.start):
        span = f"{starts or ''} 至 {ends or ''}"
        raise Misuse("period_outside", f"{period.label} 不在“{calendar.table.title}”填报的时间（{span}）内。")


def enter(entered: Entered, *, by: Person, at: datetime) -> Proposal | Received:
    """Submit the figures: they wait for a second person of the division, or, where the pack asks for none, are received
    at once. Entering again replaces one's own that still wait. ``Refused`` with every fault (WorkbookRefused)."""
    calendar, division = entered.calendar, entered.division
    cells = _cells(entered, at)
    waiting = _waiting(entered, by)
    as_of = min(entered.period.end, day_of(at))
    with TemporaryDirectory(prefix="shishi-") as folder, transaction.atomic():
        path = Path(folder) / f"填报 {entered.period.label} {division.official_code}"
        write_form(path, cells, entered.explanation)
        hand_in = HandIn(calendar.programme, calendar.table, path, as_of, Mode.MERGE, division.code, door=Door.FORM)
        if calendar.plan.reviewed or calendar.table.approval:
            made = propose_workbook(hand_in, by=by, at=at)
            for older in waiting:
                if made != older:
                    withdraw_proposal(older, reason=WITHDRAWN_FOR_NEWER, by=by, at=at)
            return made
        return receive_workbook(hand_in, by=by, at=at)


def _cells(entered: Entered, at: datetime) -> dict[str, str]:
    """Field → text, with the key that the division and the period make."""
    calendar, table = entered.calendar, entered.calendar.table
    given = {table.division_field, calendar.plan.by} - {""}
    cells = {_field_named(table, name, given): text for name, text in entered.cells.items()}
    if not cells:
        raise Misuse("no_figures", f"没有写数。{_way_out(table, given)}")
    day = _day_held(entered) or min(entered.period.end, day_of(at))
    key = {table.division_field: entered.division.official_code}
    return {**key, **({calendar.plan.by: day.isoformat()} if calendar.plan.by else {}), **cells}


def _field_named(table: Table, text: str, given: set[str]) -> str:
    found = [item.name for item in table.fields if text in (item.name, item.title, *item.synonyms)]
    if not found or found[0] in given:
        raise Misuse("unknown_field", f"“{text}”不能填。{_way_out(table, given)}")
    return found[0]


def _way_out(table: Table, given: set[str]) -> str:
    names = "、".join(f"{item.name}（{item.title}）" for item in table.fields if item.name not in given)
    return f"请写成 字段=数，可填：{names}。"


def _day_held(entered: Entered) -> date | None:
    """The day under which the division has stated the period already."""
    calendar = entered.calendar
    for row in live(calendar.table.name, date.max).filter(division=entered.division.code):
        day = calendar.day(typed(calendar.table, decode(row.cells)), row.effective_on)
        if day in entered.period:
            return day
    return None


def _waiting(entered: Entered, by: Person) -> list[Proposal]:
    """One's own form of this period that still waits; ``Misuse`` (already_submitted) when it is somebody else's."""
    submitted = proposals_of(entered.calendar, entered.period).filter(state="open")
    waiting = list(submitted.filter(divisions__division=entered.division.code))
    for proposal in waiting:
        if proposal.person != by.username:
            message = (
                f"{entered.division.name} {entered.period.label} 已由 {proposal.person} 提交，正待审核。"
                "请由提交人收回（report withdraw），或由审核人退回（report return）后再填。"
            )
            raise Misuse("already_submitted", message)
    return [proposal for proposal in waiting if proposal.door == Door.FORM]
