"""Small ledgers for the engines' conformance suite: an in-memory source, and strategies
for tables, histories and questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import strategies as st

from shishi.adapters.engines.base import RevisionTexts
from shishi.core.assurance import Basis, Mark
from shishi.core.criteria import (
    ALWAYS,
    All,
    AnyOf,
    Compare,
    Criterion,
    Moment,
    Not,
    Operator,
    OtherField,
    Quantifier,
    Related,
    Through,
)
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.provenance import Door, Provenance
from shishi.core.questions import Held, Question
from shishi.core.tables import Choice, Field, FieldType, Point, Sensitivity, Table, Value
from shishi.core.values import to_text

SEEN = Provenance(Door.WORKBOOK, "batch", "clerk")
DAYS = [date(2021, 9, day) for day in (28, 29, 30)] + [date(2021, 10, day) for day in (1, 2)]
START = datetime(2021, 9, 28, 15, 0, tzinfo=UTC)
END = START + timedelta(days=30)
CODES = ["341802", "341821", "341802001", "320000", "990000"]
WORDS = ["甲", "乙", "a", "A", "it's", '"', "$p0", ""]
CHOICES = (Choice("open", "未办"), Choice("done", "已办"), Choice("issued", "已发证"))
STAGES = [choice.value for choice in CHOICES]
NUMBERS = [Decimal(text) for text in ("-1", "0", "0.5", "1", "1.005", "2", "30", "12345678901234567890.12")]


def texts_of(revisions: Sequence[Revision]) -> RevisionTexts:
    """As a store writes them; what is a digest here stands in an object there, as a sealed cell does."""

    def cell(name: str, value: Value) -> object:
        sealed = isinstance(value, str) and value.startswith("digest-")
        return {"sealed": "…", "digest": value, "tail": ""} if sealed else to_text(value)

    return RevisionTexts(
        [item.sequence for item in revisions],
        [item.entry.hex for item in revisions],
        [item.kind.value for item in revisions],
        [item.effective_on.isoformat() for item in revisions],
        [item.recorded_at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ") for item in revisions],
        [item.voids for item in revisions],
        [json.dumps(dict(item.settled)) for item in revisions],
        [json.dumps({name: cell(name, value) for name, value in item.values.items()}) for item in revisions],
    )


@dataclass
class MemorySource:
    """A ledger in memory. Sequences are shared by revisions and marks, and by all tables."""

    held: dict[str, Held]

    def head(self, table: str) -> int:
        found = self.held.get(table, Held(()))
        return max((item.sequence for item in (*found.revisions, *found.marks)), default=0)

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        found = self.held.get(table, Held(())).revisions
        return iter(sorted((item for item in found if item.sequence > after_sequence), key=lambda item: item.sequence))

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        """Three rows at a time."""
        found = [item for item in self.revisions(table, after_sequence) if item.sequence <= up_to]
        yield from (texts_of(found[first : first + 3]) for first in range(0, len(found), 3))

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        found = self.held.get(table, Held(())).marks
        return iter(sorted((item for item in found if item.sequence > after_sequence), key=lambda item: item.sequence))

    def until(self, sequence: int) -> MemorySource:
        """The ledger as it was when ``sequence`` had been written."""
        return MemorySource(
            {
                table: Held(
                    tuple(item for item in found.revisions if item.sequence <= sequence),
                    tuple(item for item in found.marks if item.sequence <= sequence),
                )
                for table, found in self.held.items()
            }
        )


@dataclass(frozen=True)
class World:
    """Two tables that refer to each other, and their history."""

    tables: Mapping[str, Table]
    source: MemorySource

    @property
    def main(self) -> Table:
        return self.tables["city/2021/titles/units"]


KINDS = [kind for kind in FieldType if kind not in (FieldType.DIVISION, FieldType.REFERENCE)]


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    kind = draw(st.sampled_from(KINDS))
    hidden = draw(st.integers(0, 5)) == 0
    return Field(
        name,
        name,
        kind,
        scale=draw(st.integers(0, 3)) if kind is FieldType.DECIMAL else 0,
        values=CHOICES if kind is FieldType.ENUMERATION else (),
        sensitivity=Sensitivity.ENCRYPTED if hidden else Sensitivity.NONE,
    )


@st.composite
def table_pairs(draw: st.DrawFn) -> dict[str, Table]:
    names = ("city/2021/titles/units", "city/2021/titles/projects")
    made = {}
    for name, other in zip(names, reversed(names), strict=True):
        standing = (
            Field("place", "区划", FieldType.DIVISION),
            Field("tie", "对应", FieldType.REFERENCE, references=other),
            Field("day", "日期", draw(st.sampled_from([FieldType.DATE, FieldType.DAY_TIME]))),
            Field("number", "数量", draw(st.sampled_from([FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY]))),
            Field("stage", "环节", FieldType.ENUMERATION, values=CHOICES),
        )
        free = tuple(draw(fields(f"free {number}")) for number in range(2))
        made[name] = Table(name, name, 1, (*standing, *free), ("tie",), "place", groups={"stage": ("stage",)})
    return made


def moments() -> st.SearchStrategy[datetime]:
    return st.integers(0, 100).map(lambda hours: START + timedelta(hours=hours))


def samples_of(field: Field, entries: int) -> list[Value]:
    """Few values, so that rows meet; an empty cell now and then."""
    if field.sensitivity is Sensitivity.ENCRYPTED:
        return [None, "digest-1", "digest-2"]
    by_type: dict[FieldType, list[Value]] = {
        FieldType.INTEGER: [None, -3, 0, 1, 2, 30, 10**30],
        FieldType.DECIMAL: [None, *at_scale(field.scale)],
        FieldType.MONEY: [None, *at_scale(2)],
        FieldType.DATE: [None, *DAYS * 3],
        FieldType.DAY_TIME: [None, *(START + timedelta(hours=hours) for hours in range(0, 100, 7))],
        FieldType.YES_NO: [None, True, False],
        FieldType.CHOICES: [None, (), ("open",), ("open", "done"), ("done", "open"), ("open", "open")],
        FieldType.POINT: [None, *(Point(Decimal(x), Decimal("30.9")) for x in ("118.7", "118.70", "118.75"))],
        FieldType.ENUMERATION: [None, "gone", *STAGES * 3],
        FieldType.DIVISION: [None, *CODES * 3],
        FieldType.REFERENCE: [None, *(str(UUID(int=number)) for number in range(1, min(entries, 6) + 1))],
    }
    return by_type.get(field.type, [None, *WORDS])


def at_scale(scale: int) -> list[Value]:
    return [number.quantize(Decimal(1).scaleb(-scale)) for number in NUMBERS]


EVENTS = ["post"] * 8 + ["withdraw", "void", "mark", "mark", "mark"]


@st.composite
def worlds(draw: st.DrawFn, entries: int = 6, events: Sequence[str] = EVENTS) -> World:
    """Hypothesis chooses the tables, the length and a seed; the seed fills the cells, so that histories are dense."""
    tables, length = draw(table_pairs()), draw(st.one_of(st.integers(20, 40), st.integers(0, 40)))
    return history(tables, Random(draw(st.integers(0, 2**32))), length, entries, events)


def plain_worlds() -> st.SearchStrategy[World]:
    """Histories in which nothing is voided: of entries that have one revision each, or several."""
    kept = [event for event in EVENTS if event != "void"]
    return st.one_of(worlds(10**9, kept), worlds(6, kept))


def dense_world() -> World:
    """Two fields of every type and a long history, for questions that are asked one by one."""
    kinds = [kind for kind in FieldType if kind is not FieldType.REFERENCE]
    names = ("city/2021/titles/units", "city/2021/titles/projects")
    made = {}
    for name, other in zip(names, reversed(names), strict=True):
        free = [
            Field(f"{kind.value} {turn}", "", kind, scale=turn, values=CHOICES if kind is FieldType.ENUMERATION else ())
            for kind in kinds
            for turn in (1, 2)
        ]
        hidden = Field("hidden", "", FieldType.CITIZEN_NUMBER, sensitivity=Sensitivity.ENCRYPTED)
        place, tie = Field("place", "", FieldType.DIVISION), Field("tie", "", FieldType.REFERENCE, references=other)
        groups = {"stage": ("enumeration 1",)}
        made[name] = Table(name, name, 1, (place, tie, hidden, *free), ("tie",), "place", groups=groups)
    return history(made, Random(8), 160, entries=14)


def history(
    tables: Mapping[str, Table], chance: Random, length: int, entries: int, events: Sequence[str] = EVENTS
) -> World:
    """Rows that are posted, posted again, withdrawn, voided and marked, over a few days and in any order of days."""
    moment = START
    held: dict[str, tuple[list[Revision], list[Mark]]] = {name: ([], []) for name in tables}
    for sequence in range(1, length + 1):
        moment += timedelta(hours=chance.choice([0, 0, 1, 10]))
        name = chance.choice([*tables, next(iter(tables))])
        revisions, marks = held[name]
        entry, on = UUID(int=chance.randint(1, entries)), chance.choice(DAYS)
        event = chance.choice(events)
        if event == "mark":
            marks.append(Mark(sequence, entry, "stage", chance.choice(list(Basis)), on, moment, "checker"))
            continue
        made = Revision(sequence, entry, RevisionKind.POSTED, on, moment, "", {}, SEEN)
        if event == "void" and revisions:
            voids = chance.choice(revisions)
            made = replace(made, kind=RevisionKind.VOIDED, entry=voids.entry, voids=voids.sequence)
        elif event == "withdraw":
            made = replace(made, kind=RevisionKind.WITHDRAWN)
        else:
            values = {field.name: chance.choice(samples_of(field, entries)) for field in tables[name].fields}
            settled = {"stage": chance.choice([1, sequence, chance.randint(1, sequence)])}
            made = replace(made, values=values, settled=settled)
        revisions.append(made)
    return World(tables, MemorySource({name: Held(tuple(rows), tuple(marks)) for name, (rows, marks) in held.items()}))


def operands_of(table: Table, field: Field) -> list[object]:
    """What a field is likely compared with: its own values, several of them, its twin field, the moments."""
    values = [value for value in samples_of(field, 3) if value is not None and not isinstance(value, Point)]
    chosen = Random(field.name).sample(values, min(3, len(values)))
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY):
        chosen += [Decimal("1.005"), Decimal("1e40")]
    twin = next((other for other in table.fields if other.type is field.type and other is not field), field)
    days = field.type in (FieldType.DATE, FieldType.DAY_TIME)
    several = [] if field.type is FieldType.CHOICES else [tuple(chosen[:2])]
    return [*chosen, *several, OtherField(twin.name), *([Moment.AS_OF, Moment.PERIOD_END] if days else [])]


def simple_world(rows: Sequence[tuple[str, int | None]], field: str = "number") -> World:
    """One row for each (code, number), written in this order; the first of the first day, the second of the second …"""
    fields = (
        Field("place", "区划", FieldType.DIVISION),
        Field(field, "数量", FieldType.INTEGER),
        Field("day", "日期", FieldType.DATE),
    )
    table = Table("city/2021/titles/units", "房屋", 1, fields, (field,), "place")
    made = tuple(
        Revision(
            at,
            UUID(int=at),
            RevisionKind.POSTED,
            DAYS[0],
            START,
            "",
            {"place": code, field: number, "day": DAYS[(at - 1) % len(DAYS)]},
            SEEN,
        )
        for at, (code, number) in enumerate(rows, 1)
    )
    return World({table.name: table}, MemorySource({table.name: Held(made)}))


def literals() -> st.SearchStrategy[object]:
    return st.one_of(
        st.sampled_from([*STAGES, *WORDS, "digest-1", "341802", str(UUID(int=1))]),
        st.sampled_from([*NUMBERS, Decimal("1e40"), Decimal("-1e40"), 0, 1, 10**37]),
        st.sampled_from(DAYS),
        st.booleans(),
    )


@st.composite
def comparisons(draw: st.DrawFn, table: Table, entries: int = 4) -> Compare:
    """Of all operators and operands, likely ones more often than impossible ones."""
    field, operator = draw(st.sampled_from(table.fields)), draw(st.sampled_from(Operator))
    if operator is Operator.IS_EMPTY:
        return Compare(field.name, operator, draw(st.booleans()))
    value = draw(st.sampled_from(samples_of(field, entries)))
    likely = draw(literals()) if value is None or isinstance(value, Point) else value
    operand = draw(
        st.one_of(
            st.just(likely),
            st.just(likely),
            st.sampled_from(Moment),
            st.sampled_from(table.fields).map(lambda other: OtherField(other.name)),
            literals(),
            st.lists(st.one_of(st.just(likely), literals()), max_size=3).map(tuple),
        )
    )
    return Compare(field.name, operator, operand)


def criteria(tables: Mapping[str, Table], name: str, depth: int = 2) -> st.SearchStrategy[Criterion]:
    """Every kind of criterion, tied rows of tied rows too."""
    table, other = tables[name], next(key for key in tables if key != name)
    compared: st.SearchStrategy[Criterion] = comparisons(table)
    if depth == 0:
        return compared
    inner = st.deferred(lambda: criteria(tables, name, depth - 1))
    parts = st.lists(inner, max_size=2).map(tuple)
    beyond = st.deferred(lambda: criteria(tables, other, depth - 1))
    return st.one_of(
        compared,
        compared,
        parts.map(All),
        parts.map(AnyOf),
        inner.map(Not),
        st.builds(Related, st.just(other), st.just("tie"), st.sampled_from(Quantifier), beyond),
        st.builds(Through, st.just("tie"), st.just(other), beyond),
    )


@st.composite
def questions(draw: st.DrawFn, world: World, measures: tuple[Measure, ...] = tuple(Measure)) -> Question:
    without_rows = (Measure.RATIO, Measure.REPORTS)
    measure = draw(st.sampled_from([measure for measure in measures if measure not in without_rows]))
    span = draw(st.sampled_from(Span))
    field = "number"
    if measure is Measure.DISTINCT:
        field = draw(st.sampled_from([item.name for item in world.main.fields]))
    indicator = Indicator(
        "asked",
        "所问",
        measure,
        "个",
        table=world.main.name,
        field=field,
        where=draw(st.one_of(st.just(ALWAYS), criteria(world.tables, world.main.name))),
        span=span,
        by="day" if span is Span.FLOW else draw(st.sampled_from(["", "day"])),
        since=draw(st.sampled_from([None, *DAYS[:3]])),
        assured_group="stage",
    )
    return Question(
        indicator,
        world.tables,
        as_of=draw(st.sampled_from(DAYS[::-1])),
        known_at=draw(st.one_of(st.just(END), moments())),
        period_start=draw(st.sampled_from(DAYS[:3])) if span is Span.FLOW else None,
        period_end=draw(st.sampled_from(DAYS[2:])) if span is Span.FLOW else None,
        basis=draw(st.sampled_from([Basis.REPORTED, *Basis])),
    )
