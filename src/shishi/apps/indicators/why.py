"""Why a number is what it is: the rows behind it, each with its file, sheet, row, person and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.assurance.statements import statements_of
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.indicators.source import row_pages
from shishi.apps.ledger.periods import calendar_of
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.selectors import CHUNK, history, live
from shishi.core.divisions import covers, level_of
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.core.programmes import Programme
from shishi.core.questions import Question
from shishi.core.rollup import nodes_above
from shishi.core.statements import acceptance
from shishi.core.tables import Field, FieldType, Sensitivity, Table, Value
from shishi.core.values import KEY_SEPARATOR, shown

if TYPE_CHECKING:
    from shishi.apps.ledger.models import RevisionRow


MOST_ENTRIES = 100_000
"""Entries of a figure that are handed out at once."""
AskedOf = tuple[Question, frozenset[str]]
"""A question, and the raw codes of whose rows it is asked."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One state of a row: where it came from and when it was true and known."""

    sequence: int
    kind: str
    effective_on: date
    recorded_at: datetime
    batch: str
    door: str
    file: str
    sheet: str
    row: int | None
    person: str
    explanation: str


@dataclass(frozen=True, slots=True)
class RowBehind:
    """A row that enters the figure; ``values`` are shown forms, sensitive ones masked."""

    entry: str
    table: str
    key: str
    division: str
    values: dict[str, str]
    now: Trace
    history: tuple[Trace, ...]
    standing: str = ""
    """Of a statement 填报: how far up it has been accepted."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The figure, the rows of this page, and how many there are in all. ``part``: of
    a ratio, which part the rows make."""

    figure: Figure
    part: Indicator
    total: int
    rows: tuple[RowBehind, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The entries that make a figure: ``total`` in all, the first ``MOST_ENTRIES`` of them by name. ``part``: of a
    ratio, which part they make."""

    figure: Figure
    part: Indicator
    total: int
    entries: tuple[UUID, ...]


def explain(
    reckoning: Reckoning, code: str, *, part: str = "numerator", offset: int = 0, limit: int = 50
) -> Explanation:
    """The rows behind one figure of the reckoning's division, paged. A ratio is explained by its numerator's rows, or
    with ``part="denominator"`` by those of its denominator."""
    programme = reckoning.programme
    indicator = indicator_of(programme, code)
    unit = reckoning.nodes()[0]
    figure = reckoning.figure(indicator, unit)
    counted = part_of(programme, indicator, part)
    question = reckoning.question(counted, reckoning.asked.basis)
    table = programme.table(counted.table)
    sides = asked_of(reckoning, question, unit.code) if figure.value is not None else ()
    total, page = rows_behind(reckoning, sides, counted=True, offset=offset, limit=limit)
    rows = _with_standing(programme, table, rows_of(table, page, question), question)
    return Explanation(figure, counted, total, rows)


def entries_behind(person: Person, asked: Asked, code: str, part: str = "numerator", *, at: datetime) -> Behind:
    """The entries that make a figure, at most ``MOST_ENTRIES`` of them: for lists of rows that show only these.
    ``Misuse`` as ``explain``."""
    reckoning = Reckoning(person, replace(asked, level=None, indicators=()), at)
    unit = reckoning.nodes()[0]
    indicator = indicator_of(reckoning.programme, code)
    figure, counted = reckoning.figure(indicator, unit), part_of(reckoning.programme, indicator, part)
    if figure.value is None:
        return Behind(figure, counted, 0, ())
    sides = asked_of(reckoning, reckoning.question(counted, asked.basis), unit.code)
    return Behind(figure, counted, *rows_behind(reckoning, sides, counted=True, offset=0, limit=MOST_ENTRIES))


def rows_behind(
    reckoning: Reckoning, sides: Sequence[AskedOf], *, counted: bool, offset: int, limit: int
) -> tuple[int, tuple[UUID, ...]]:
    """How many rows are counted (or live and not), and some of them."""
    if reckoning.engine.name == "duckdb":
        from shishi.adapters.engines.differing import Side

        pages = [Side(question, codes) for question, codes in sides]
        return row_pages().page(pages, counted=counted, offset=offset, limit=limit)
    found = [entry for question, codes in sides for entry in reckoning.engine.entries(question, codes)]
    return len(found), tuple(found[offset : offset + limit])


def indicator_of(programme: Programme, code: str) -> Indicator:
    """The indicator of that code; ``Misuse`` (unknown_indicator) otherwise."""
    known = {item.code: item for item in programme.indicators}
    if code not in known:
        raise Misuse("unknown_indicator", f"没有指标“{code}”。现有：{'、'.join(known)}。")
    return known[code]


def part_of(programme: Programme, indicator: Indicator, part: str) -> Indicator:
    """What is counted: the indicator, or of a ratio the ``part``; ``Misuse`` (no_rows_behind) where that is no rows."""
    while indicator.measure is Measure.RATIO:
        indicator = programme.indicator(indicator.denominator if part == "denominator" else indicator.numerator)
    if indicator.measure is Measure.REPORTS:
        message = f"“{indicator.title}”数的是报送，不是台账的行。用 shishi report status {indicator.table} 查看各单位。"
        raise Misuse("no_rows_behind", message)
    return indicator


def _codes_under(reckoning: Reckoning, table: Table, node: str) -> frozenset[str]:
    on = reckoning.asked.as_of
    found = set()
    for code in reckoning.engine.places(table, on, reckoning.known_at):
        placed = reckoning.climbing.place(code, on) if code else None
        if placed and covers(node, placed.code):
            found.add(code)
    return frozenset(found)


def asked_of(reckoning: Reckoning, question: Question, node: str) -> tuple[AskedOf, ...]:
    """The questions whose rows make the figure of a node, each with the raw codes to ask of; of statements only those
    accepted for the node, where only they count."""
    codes = _codes_under(reckoning, question.table, node)
    if not reckoning.only_accepted(question.indicator):
        return ((question, codes),)
    plan = question.table.statements
    asked: dict[str, set[str]] = {}
    for code in sorted(codes):
        level = level_of(nodes_above(reckoning.climbing, code, question.as_of)[-1])
        needed = plan.needed(level_of(node), level) if plan and level > level_of(node) else None
        asked.setdefault("" if needed is None else acceptance(needed), set()).add(code)
    return tuple((replace(question, accepted=group), frozenset(some)) for group, some in asked.items())


def rows_of(table: Table, page: Sequence[UUID], question: Question) -> tuple[RowBehind, ...]:
    """The rows of these entries as they stand at the question's moment, in the same order."""
    held: dict[UUID, RevisionRow] = {}
    for start in range(0, len(page), CHUNK):
        chunk = page[start : start + CHUNK]
        for row in live(table.name, question.as_of, question.known_at, entries=chunk).select_related("batch"):
            held[row.entry] = row
    past = history(page, question.known_at)
    keys = referred_keys(table, held.values(), question)
    return tuple(_row(table, held[entry], past[entry], keys) for entry in page if entry in held)


def _with_standing(
    programme: Programme, table: Table, rows: tuple[RowBehind, ...], question: Question
) -> tuple[RowBehind, ...]:
    calendar = calendar_of(table, programme)
    if calendar is None:
        return rows
    by = calendar.plan.by
    days = {row.entry: date.fromisoformat(row.values[by]) if by else question.as_of for row in rows}
    found = {
        (code, period): statement.told
        for period in {calendar.period(day) for day in days.values()}
        for code, statement in statements_of(calendar, period, known_at=question.known_at).items()
        if statement.row is not None
    }
    return tuple(replace(row, standing=found.get((row.division, calendar.period(days[row.entry])), "")) for row in rows)


def referred_keys(table: Table, rows: Iterable[RevisionRow], question: Question) -> dict[str, str]:
    """Entry → key of the rows that these rows refer to, so that a reference is told in the clerk's words."""
    found: dict[str, str] = {}
    wanted: dict[str, set[UUID]] = {}
    for row in rows:
        for item in table.fields:
            if item.type is FieldType.REFERENCE and row.cells.get(item.name):
                wanted.setdefault(item.references, set()).add(UUID(str(row.cells[item.name])))
    for name, entries in wanted.items():
        referred = live(name, question.as_of, question.known_at, entries=entries)
        found |= {str(row.entry): row.key.replace(KEY_SEPARATOR, " ") for row in referred}
    return found


def _row(table: Table, row: RevisionRow, past: Sequence[RevisionRow], keys: Mapping[str, str]) -> RowBehind:
    values = {name: told(table.by_name[name], value, keys) for name, value in typed(table, decode(row.cells)).items()}
    return RowBehind(
        entry=str(row.entry),
        table=table.name,
        key=row.key.replace(KEY_SEPARATOR, " "),
        division=row.division,
        values=values,
        now=trace(row),
        history=tuple(trace(item) for item in past),
    )


def told(item: Field, value: Value, keys: Mapping[str, str]) -> str:
    """A cell as it may be shown to everyone."""
    if item.sensitivity is Sensitivity.ENCRYPTED:
        return "＊＊＊＊"
    return keys.get(str(value), "") if item.type is FieldType.REFERENCE else shown(item, value)


def trace(row: RevisionRow) -> Trace:
    """Where a revision came from."""
    return Trace(
        sequence=row.sequence,
        kind=row.kind,
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        batch=str(row.batch_id),
        door=row.batch.door,
        file=row.batch.file_name,
        sheet=row.sheet,
        row=row.row,
        person=row.batch.person,
        explanation=row.explanation,
    )
