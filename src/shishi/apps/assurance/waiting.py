"""What statements 填报 ask of people: a review in their own division, acceptance at the level whose turn it is, other
figures where a level above returned them, and a report where one is due."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.assurance.selectors import standing
from shishi.apps.assurance.statements import Statement, statements_of
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.dues import MADE_UP, Owed, owed_by
from shishi.apps.ledger.periods import PeriodCalendar, calendar_of, node_above
from shishi.apps.ledger.stated import days_stated, turn_of
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, official
from shishi.core.periods import Period
from shishi.core.provenance import Door
from shishi.core.silence import MOST
from shishi.core.statements import StatementState
from shishi.core.waiting import Waiting

PERIODS = 8
"""So many of a table's stated periods are looked through, the newest; older ones are on the page of reports."""
LONGEST = 31
"""Days of a month: so many of what was stated may lie in one of the periods in which people report."""
NAMED = 3
"""Divisions that one line names."""
_KEPT = 64
_kept: OrderedDict[object, tuple[Pending, ...]] = OrderedDict()
REVIEW, ACCEPT, ANEW = "审核填报", "接收填报", "重新填报"


@dataclass(frozen=True, slots=True)
class Pending:
    """A statement that waits for a step. ``node``: the division (significant code) whose step it is; ``hands``: who had
    a hand in it; ``sender``: who handed in the figures; ``told``: where it stands, in words."""

    verb: str
    calendar: PeriodCalendar
    period: Period
    division: str
    name: str
    node: str
    hands: frozenset[str]
    sender: str
    told: str
    since: datetime | None

    def waits_for(self, person: Person, named: frozenset[str]) -> bool:
        """Whether it is this person's turn, whose posts name these divisions for the step."""
        return self.node in named and (self.verb == ANEW or person.username not in self.hands)


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """What waits for a step of this person, and the reports that they owe."""
    mine = {verb: _named(person, action, at) for verb, action in _ASKED.items()}
    found = []
    for calendar in _calendars(person, at):
        name = calendar.programme.name
        named = {verb: divisions(name) for verb, divisions in mine.items()}
        if any(named.values()):
            found += [item for item in _pending(calendar) if item.waits_for(person, named[item.verb])]
    return (*_together(found), *(_due(item) for item in owed_by(person, at)))


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """The person's statements that are on their way up."""
    found = (item for calendar in _calendars(person, at) for item in _pending(calendar))
    return tuple(_one(item, item.told) for item in found if item.verb == ACCEPT and item.sender == person.username)


_ASKED = {REVIEW: Action.APPROVE_ROWS, ACCEPT: Action.ACCEPT_REPORTS, ANEW: Action.HAND_IN}


def _named(person: Person, action: Action, at: datetime) -> Callable[[str], frozenset[str]]:
    """Of a programme the divisions that the person's posts name for the action: who reaches further down may step in
    for a lower level, but is not who it waits for."""
    own = reaches(person, action, day_of(at))

    def within(programme: str) -> frozenset[str]:
        return frozenset(code for reach in own for code in reach.divisions if reach.holds(code or COUNTRY, programme))

    return within


def _calendars(person: Person, at: datetime) -> Iterator[PeriodCalendar]:
    for _, programme in programmes_for(person, at=at):
        for table in programme.tables:
            calendar = calendar_of(table, programme)
            if calendar is not None:
                yield calendar


def _pending(calendar: PeriodCalendar) -> tuple[Pending, ...]:
    """Everything of a table that waits for a step, whoever takes it; read again when anything was written under it."""
    key = (calendar.table.name, calendar.plan, calendar.cadence, _turn(calendar.table.name))
    known = _kept.get(key)
    if known is None:
        known = _kept[key] = tuple(_looked_through(calendar))
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return known


def _turn(table: str) -> object:
    """While it is the same, no statement of the table took a step. Random ids tell apart two stores of one process."""
    return turn_of(table), standing(table)


def _looked_through(calendar: PeriodCalendar) -> Iterator[Pending]:
    for period in _stated(calendar):
        found = [item for item in statements_of(calendar, period).values() if _step(item)]
        tree = load_tree(codes=[item.division for item in found])
        for item in found:
            yield _told(calendar, item, tree.name(item.division, period.end))


def _stated(calendar: PeriodCalendar) -> tuple[Period, ...]:
    """The newest periods of which anything was stated. Of figures since the beginning one row stands for all."""
    most = PERIODS if calendar.plan.by else 1
    periods = {calendar.period(day) for day in days_stated(calendar.table.name, LONGEST * most)}
    return tuple(sorted(periods, key=lambda period: period.end, reverse=True)[:most])


def _step(item: Statement) -> str:
    """The verb of what it waits for; empty for nothing."""
    if item.waiting is not None:
        return REVIEW if item.waiting.door == Door.FORM else ""
    if item.row is None:
        return ""
    if item.state is StatementState.RETURNED:
        return ANEW
    return ACCEPT if item.standing.next_level is not None else ""


def _told(calendar: PeriodCalendar, item: Statement, name: str) -> Pending:
    verb, history = _step(item), item.standing.history
    sent = (item.waiting.person, item.waiting.proposed_at) if item.waiting else None
    level = item.standing.next_level
    above = verb == ACCEPT and level is not None
    return Pending(
        verb,
        calendar,
        item.period,
        item.division,
        name,
        node_above(calendar, item.division, level, item.period.end) if above else item.division,
        frozenset({sent[0]} if sent else {step.person for step in history}),
        sent[0] if sent else history[0].person if history else "",
        item.reason if verb == ANEW else item.told,
        sent[1] if sent else history[-1].at if history else None,
    )


def _together(found: Iterable[Pending]) -> Iterator[Waiting]:
    """What can be done at once is one line: people accept a period of many divisions."""
    grouped: dict[tuple[str, str, Period], list[Pending]] = defaultdict(list)
    for item in found:
        alone = item.division if item.verb == ANEW else ""
        grouped[f"{item.verb}{alone}", item.calendar.table.name, item.period].append(item)
    for (_, table, period), items in grouped.items():
        first = items[0]
        if len(items) == 1:
            yield _one(first, first.told)
            continue
        names = "、".join(item.name for item in items[:NAMED])
        about = f"{period.label}　{names}{'等' if len(items) > NAMED else ''} {len(items)} 个单位"
        since = min((item.since for item in items if item.since), default=None)
        query = (("table", table), ("period", period.label))
        yield Waiting(first.verb, first.calendar.table.title, about, "reports", (), since, None, len(items), query)


def _one(item: Pending, told: str) -> Waiting:
    about = f"{item.period.label}　{item.name}　{told}"
    return Waiting(
        item.verb,
        item.calendar.table.title,
        about,
        "report",
        _page(item.calendar, item.period, item.division),
        item.since,
    )


def _page(calendar: PeriodCalendar, period: Period, division: str) -> tuple[str | int, ...]:
    jurisdiction, year, code, table = calendar.table.name.split("/")
    return jurisdiction, int(year), code, table, period.label, official(division)


def _due(item: Owed) -> Waiting:
    """A report to be made: of a table that states figures on its own page, of any other by a workbook."""
    name = load_tree(codes=[item.division]).name(item.division, item.period.end)
    about = f"{item.programme.title}　{name}　{_missed(item)}"
    verb = "补报" if item.missed else "填报"
    calendar = calendar_of(item.table, item.programme)
    if calendar is not None:
        return Waiting(
            verb, item.table.title, about, "report", _page(calendar, item.period, item.division), None, item.due
        )
    query = (("table", item.table.name), ("division", official(item.division)))
    return Waiting(verb, item.table.title, about, "imports", (), None, item.due, 1, query)


def _missed(item: Owed) -> str:
    """What is told of missed reports: how many from when to when, and where so many were missed which one helps."""
    last = "还没有报过" if item.last is None else f"上次截至 {item.last}"
    if item.missed < 2:
        return f"{item.period.label}，{last}"
    more = "以上" if item.missed >= MOST else ""
    told = f"{item.first.label} 至 {item.newest.label} 共 {item.missed} 期{more}没有报，{last}"
    return f"{told}；先报最新一期" if item.missed > MADE_UP else told
