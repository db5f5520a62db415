"""Burden 填报负担: what reporting costs the people who do it, told before it is asked of them.

What is asked twice, what nothing reads, how many reports fall due, which deadlines are short, what has to be
photographed. Minutes are measured or unknown, never guessed (国办函〔2026〕12号: no repeated 填表报数, no forced 留痕).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shishi.core.criteria import All, AnyOf, Compare, Criterion, Not, OtherField, Related, Through
from shishi.core.definition_changes import RUNGS
from shishi.core.fillings import Minutes, Way
from shishi.core.indicators import Measure
from shishi.core.programmes import Cadence, Part, PeriodKind, Programme
from shishi.core.tables import Field, FieldType, Table

IDENTIFYING = {
    FieldType.CREDIT_CODE: "同一个单位（统一社会信用代码）",
    FieldType.CITIZEN_NUMBER: "同一个人（公民身份号码）",
    FieldType.IDENTITY_DOCUMENT: "同一个人（证件号码）",
    FieldType.REAL_ESTATE_UNIT: "同一处房屋（不动产单元号）",
}
_PER_YEAR = {
    PeriodKind.DAY: 365, PeriodKind.WEEK: 52, PeriodKind.HALF_MONTH: 24, PeriodKind.MONTH: 12, PeriodKind.QUARTER: 4,
    PeriodKind.YEAR: 1,
}  # fmt: skip
_WORKING_DAYS, _WEEKS = 250, 52
_ALWAYS = frozenset({FieldType.DIVISION, FieldType.REFERENCE, FieldType.DATE, FieldType.DAY_TIME})
"""Where a row lies, what it belongs to, when: every table says that for itself."""


@dataclass(frozen=True, slots=True)
class Twice:
    """The same thing asked in two tables of one subject, and by what they are known to be about the same."""

    title: str
    first: str
    second: str
    because: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A column that nobody reads: no indicator, check, key, rule, or public list."""

    table: str
    field: str
    required: bool


@dataclass(frozen=True, slots=True)
class Load:
    """How many reports a week somebody owes: ``who``, from how many tables."""

    who: str
    tables: int
    weekly: Decimal


@dataclass(frozen=True, slots=True)
class ShortDeadline:
    """A reply that is asked for within fewer working days than is decent."""

    programme: str
    rung: str
    days: int


@dataclass(frozen=True, slots=True)
class FormLoad:
    """One table as a form: its columns, how often it is due in a year, what it takes (by each way measured)."""

    programme: str
    table: str
    title: str
    columns: int
    required: int
    yearly: int
    minutes: tuple[Minutes, ...]

    def took(self, way: Way) -> Minutes | None:
        """What that way of filling in took; ``None``: not measured."""
        return next((told for told in self.minutes if told.way is way), None)


@dataclass(frozen=True, slots=True)
class Burden:
    """All that is to be said of these programmes."""

    forms: tuple[FormLoad, ...]
    twice: tuple[Twice, ...]
    unread: tuple[Unread, ...]
    loads: tuple[Load, ...]
    photos: tuple[str, ...]
    short: tuple[ShortDeadline, ...]

    @property
    def measured(self) -> int:
        """Of how many tables it is known what filling in takes."""
        return sum(bool(form.minutes) for form in self.forms)


def burden(
    programmes: Sequence[Programme],
    *,
    shortest: int,
    leads: Mapping[str, Sequence[str]] | None = None,
    minutes: Mapping[str, Sequence[Minutes]] | None = None,
    given: frozenset[str] = frozenset(),
) -> Burden:
    """The burden of these programmes together. ``shortest``: working days below which a deadline is short; ``leads``:
    who leads, programme by programme (full name → titles); ``minutes`` by full table name; ``given``: short names of
    tables that the platform gives, which are no part of it."""
    own = [(programme, table) for programme in programmes for table in programme.tables if table.short not in given]
    times = minutes or {}
    return Burden(
        forms=tuple(_form(programme, table, times.get(table.name, ())) for programme, table in own),
        twice=tuple(_twice([table for _, table in own])),
        unread=tuple(_unread(programmes, given)),
        loads=_loads(programmes, leads or {}, given),
        photos=tuple(told for _, table in own for told in _photos(table)),
        short=tuple(
            ShortDeadline(programme.title, RUNGS.get(rung.kind, rung.kind), rung.reply_within)
            for programme in programmes
            for rung in programme.ladder
            if rung.reply_within < shortest
        ),
    )


def _form(programme: Programme, table: Table, minutes: Sequence[Minutes]) -> FormLoad:
    needed = sum(field.required or field.name in table.key for field in table.fields)
    yearly = sum(per_year(cadence) for cadence in programme.cadences if cadence.table == table.name)
    return FormLoad(programme.title, table.name, table.title, len(table.fields), needed, yearly, tuple(minutes))


def per_year(cadence: Cadence) -> int:
    """How many reports a cadence asks for in a whole year."""
    if cadence.kind is PeriodKind.DAY and cadence.working_days_only:
        return _WORKING_DAYS
    return _PER_YEAR[cadence.kind]


def _photos(table: Table) -> Iterator[str]:
    """What has to be photographed, or attached, for a row to be whole."""
    for plan in table.evidence:
        many = sum(number for _, number in plan.photos)
        if many:
            yield f"《{table.title}》每行要照片 {many} 张（{plan.because}）"
    for field in table.fields:
        if field.type is FieldType.FILE and field.required:
            yield f"《{table.title}》每行必须附“{field.title}”"


def _twice(tables: Sequence[Table]) -> Iterator[Twice]:
    """In tables that hang on each other, or that are about the same person, firm or house."""
    by_name = {table.name: table for table in tables}
    for table in tables:
        for field in table.fields:
            other = by_name.get(field.references)
            if other is not None and other is not table:
                yield from _alike(other, table, f"“{field.title}”已指向那一行")
    for at, table in enumerate(tables):
        for other in tables[at + 1 :]:
            about = {field.type for field in table.fields} & {field.type for field in other.fields} & set(IDENTIFYING)
            if about and not _linked(table, other):
                yield from _alike(table, other, "、".join(IDENTIFYING[kind] for kind in IDENTIFYING if kind in about))


def _linked(one: Table, other: Table) -> bool:
    return any(f.references == other.name for f in one.fields) or any(f.references == one.name for f in other.fields)


def _alike(first: Table, second: Table, because: str) -> Iterator[Twice]:
    """Columns of both that have a word in common and may not repeat."""
    known = {word: field for field in first.fields for word in (field.title, *field.synonyms) if _counts(first, field)}
    for field in second.fields:
        if _counts(second, field):
            same = next((known[word] for word in (field.title, *field.synonyms) if word in known), None)
            if same is not None and (same.type, same.values) == (field.type, field.values):
                yield Twice(
                    field.title, f"《{first.title}》“{same.title}”", f"《{second.title}》“{field.title}”", because
                )


def _counts(table: Table, field: Field) -> bool:
    return field.type not in _ALWAYS and field.type not in IDENTIFYING and field.name not in table.key


def _unread(programmes: Iterable[Programme], given: frozenset[str]) -> Iterator[Unread]:
    for programme in programmes:
        read = set(read_fields(programme))
        for table in programme.tables:
            for field in table.fields:
                if table.short not in given and (table.name, field.name) not in read and not _reads_itself(field):
                    yield Unread(table.title, field.title, field.required)


def _reads_itself(field: Field) -> bool:
    """A place is read by the map, a file by whoever looks for evidence."""
    return field.type in (FieldType.POINT, FieldType.FILE)


def read_fields(programme: Programme) -> Iterator[tuple[str, str]]:
    """Table and field of everything that the programme's definitions read: keys, divisions, references, checks,
    assured groups, statements, indicators with their conditions, public lists."""
    tables = {table.name: table for table in programme.tables}
    for table in programme.tables:
        read = {*table.key, table.division_field, *(field.name for field in table.fields if field.references)}
        read |= {name for group in table.groups.values() for name in group}
        plan = table.statements
        if plan is not None:
            read |= {plan.by, *plan.never_fall, *(part for gap in plan.gaps for part in (gap.field, gap.total))}
        yield from ((table.name, name) for name in read)
        for criterion in (*(check.criterion for check in table.checks), *(plan.where for plan in table.evidence)):
            yield from criterion_fields(criterion, table.name)
    for indicator in programme.indicators:
        if indicator.measure is not Measure.RATIO:
            yield from ((indicator.table, name) for name in (indicator.field, indicator.by) if name)
            yield from criterion_fields(indicator.where, indicator.table)
    if programme.publishing is not None:
        short = {table.short: name for name, table in tables.items()}
        for table_name, names in programme.publishing.rows.items():
            yield from ((short.get(table_name, table_name), name) for name in names)


def criterion_fields(criterion: Criterion, table: str) -> Iterator[tuple[str, str]]:
    """Table and field of everything that a criterion over ``table`` (full name) looks at."""
    match criterion:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from criterion_fields(part, table)
        case Not(part):
            yield from criterion_fields(part, table)
        case Compare(field, _, operand):
            yield table, field
            if isinstance(operand, OtherField):
                yield table, operand.name
        case Related(other, via, _, where):
            yield other, via
            yield from criterion_fields(where, other)
        case Through(field, other, where):
            yield table, field
            yield from criterion_fields(where, other)


def _loads(
    programmes: Sequence[Programme], leads: Mapping[str, Sequence[str]], given: frozenset[str]
) -> tuple[Load, ...]:
    """What each body that leads owes a week, the most first."""
    yearly: dict[str, tuple[int, int]] = {}
    for programme in programmes:
        due = [per_year(cadence) for cadence in programme.cadences if cadence.table.rsplit("/", 1)[-1] not in given]
        for who in dict.fromkeys(leads.get(programme.name, ())):
            tables, reports = yearly.get(who, (0, 0))
            yearly[who] = (tables + len(due), reports + sum(due))
    found = (Load(who, tables, Decimal(reports) / _WEEKS) for who, (tables, reports) in yearly.items() if reports)
    return tuple(sorted(found, key=lambda load: (-load.weekly, load.who)))


def lead_bodies(responsibilities: Iterable[tuple[str, str, Part]], titles: Mapping[str, str]) -> dict[str, list[str]]:
    """Programme code → titles of the bodies that lead it, from (body, programme, part)."""
    found: dict[str, list[str]] = {}
    for body, programme, part in responsibilities:
        if part is Part.LEAD:
            found.setdefault(programme, []).append(titles.get(body, body))
    return found
