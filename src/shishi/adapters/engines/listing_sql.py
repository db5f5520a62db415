"""The SQL of listings: the live rows of a table as a relation that is kept, and what is asked of it."""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are quoted by the dialect

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from shishi.adapters.engines.arrow_rows import Kind, column_of, kind_of
from shishi.adapters.engines.criteria_sql import OUTERMOST, Compilation
from shishi.adapters.engines.dialects import DUCKDB
from shishi.adapters.engines.facts import Facts
from shishi.adapters.engines.spelling import spelt_column, spelt_order
from shishi.adapters.engines.traces import trace_column, trace_of
from shishi.core.criteria import ALWAYS, All, Compare, Criterion, Operator
from shishi.core.evaluation import Moments
from shishi.core.listing import Sort, sealed_fields, tail_column
from shishi.core.tables import Field, FieldType, Sensitivity, Table

PLACED = "placed"
"""The relation ``(sequence, division, tail:… )`` of what the parts do not tell."""
WORDS, SOUNDS = "words", "sounds"
ONLY = "only_these"
"""The relation ``(entry)`` of a question that asks of no other entries."""
_WORDS_FIELDS = 3
_FEW = frozenset({FieldType.ENUMERATION, FieldType.DIVISION, FieldType.YES_NO})
"""Types of which many rows have the same value: those stand by division and key."""
_NUMBERS = frozenset({FieldType.CREDIT_CODE, FieldType.PHONE, FieldType.REAL_ESTATE_UNIT})
"""Types whose cells are looked for by any part of them."""
_RANKED = 64
_SEALED = Sensitivity.ENCRYPTED
STRAY = 32_767
"""The place of a value that is not on its list (any more)."""
_END = ":"
"""Follows every digit: the end of all codes that begin alike."""


@dataclass(frozen=True, slots=True)
class ListingQuestion:
    """Live rows of ``table`` within ``within`` (significant codes; ``""`` is everywhere, none is nowhere) that meet
    ``where``, whose encrypted fields end as ``tails`` (field → digest), and that hold every one of ``words`` or in one
    of the columns of ``seals`` its digest; of no others than ``entries``, unless that is ``None``."""

    table: Table
    as_of: date
    known_at: datetime | None = None
    within: tuple[str, ...] = ("",)
    where: Criterion = ALWAYS
    tails: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    seals: tuple[tuple[str, str], ...] = ()
    sort: tuple[Sort, ...] = ()
    entries: tuple[UUID, ...] | None = None

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Columns of plain texts, each with a part that it must hold."""
        return tuple(_parts(self.where, self.table))

    @property
    def looked_into(self) -> frozenset[str]:
        """The columns in which parts of texts are looked for."""
        return frozenset({column for column, _ in self.parts} | ({WORDS} if self.words else set()))

    @property
    def spoken(self) -> bool:
        """Whether a word may be the sound of another one."""
        return any(word.isascii() and word.isalpha() for word in self.words)


def _parts(where: Criterion, table: Table) -> Iterator[tuple[str, str]]:
    for part in where.parts if isinstance(where, All) else ():
        if isinstance(part, Compare) and part.operator is Operator.CONTAINS and isinstance(part.operand, str):
            item = table.by_name[part.field]
            if kind_of(item) is Kind.TEXT and item.sensitivity is not _SEALED:
                yield column_of(item.name), part.operand


def spoken_fields(table: Table) -> tuple[Field, ...]:
    """The fields by whose words rows are found: the texts of the key, then those that must be filled, at most three;
    and every number that is not encrypted."""
    plain = [item for item in table.fields if item.name not in sealed_fields(table)]
    texts = [item for item in plain if item.type is FieldType.TEXT]
    texts.sort(key=lambda item: (item.name not in table.key, not item.required))
    return (*texts[:_WORDS_FIELDS], *(item for item in plain if item.type in _NUMBERS))


def live_rows(table: Table, facts: Facts, source: str, as_of: date, known_at: datetime | None) -> str:
    """The live rows of ``source``, with all their columns, as ``live_rows.state_as_of`` says; days and moments are of
    this program and are written out."""
    inside = [] if facts.last_on <= as_of else [f"effective_on <= DATE '{as_of.isoformat()}'"]
    told = "TRUE"
    if known_at is not None and known_at < facts.last_at:
        told = f"recorded_at <= TIMESTAMP '{known_at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
        inside.append(told)
    if facts.voids:
        voided = f"SELECT voids FROM {source} WHERE kind = 'voided' AND voids IS NOT NULL AND {told}"
        inside += ["kind <> 'voided'", f"sequence NOT IN ({voided})"]
    there = " AND ".join(inside) or "TRUE"
    if facts.repeats or facts.voids:
        latest = f"SELECT max(standing) AS standing FROM {source} WHERE {there} GROUP BY entry"
        there = f"standing IN (SELECT standing FROM ({latest}))"
    beside = [*_own_columns(table), *_ranks(table), *_tails(table), _words(table)]
    columns = ", ".join(["r.entry", "r.sequence", "p.division", *beside])
    rows = f"(SELECT * FROM {source} WHERE {there} AND kind NOT IN ('voided', 'withdrawn'))"
    return f"SELECT {columns} FROM {rows} AS r JOIN {PLACED} AS p USING (sequence)"


def _own_columns(table: Table) -> Iterator[str]:
    return (f"r.{DUCKDB.quoted(column_of(item.name))}" for item in table.fields)


def ranked(item: Field) -> bool:
    """Whether the place of each cell in the field's list is kept: what few values a column has is counted by numbers
    in a third of the time."""
    return item.type is FieldType.ENUMERATION and item.sensitivity is not _SEALED and 0 < len(item.values) <= _RANKED


def _rank_column(name: str) -> str:
    return DUCKDB.quoted(f"rank:{name}")


def _ranks(table: Table) -> Iterator[str]:
    for item in filter(ranked, table.fields):
        column = f"r.{DUCKDB.quoted(column_of(item.name))}"
        places = f"{_cases(column, item)} ELSE if({column} IS NULL, NULL, {STRAY}) END"
        yield f"CAST({places} AS SMALLINT) AS {_rank_column(item.name)}"


def _cases(column: str, item: Field) -> str:
    cases = " ".join(f"WHEN '{_escaped(choice.value)}' THEN {rank}" for rank, choice in enumerate(item.values))
    return f"CASE {column} {cases}"


def _tails(table: Table) -> Iterator[str]:
    return (f"p.{DUCKDB.quoted(tail_column(name))}" for name in sealed_fields(table))


def _words(table: Table) -> str:
    spoken = (f"r.{DUCKDB.quoted(column_of(item.name))}" for item in spoken_fields(table))
    told = ", ".join(["' '", "''", *spoken])
    return f"lower(concat_ws({told})) AS {WORDS}"


def order_of_keeping(table: Table) -> str:
    """Rows lie by division, then key: who reaches little reads little."""
    keys = (DUCKDB.quoted(column_of(name)) for name in table.key if kind_of(table.by_name[name]) is not Kind.LIST)
    return ", ".join(["division", *keys])


class Asking:
    """A question over the kept relation: ``rows`` selects from it, ``bound`` is what its placeholders stand for.
    Texts stand in the order of a Chinese dictionary, by the keys that are kept of them."""

    def __init__(
        self,
        question: ListingQuestion,
        relation: str,
        sounds: str,
        bound: dict[str, object] | None = None,
        traced: Collection[str] = (),
    ) -> None:
        self._question, self._relation, self._sounds, self._traced = question, relation, sounds, traced
        table = question.table
        self._compiled = Compilation({table.name: table}, Moments(question.as_of), bound={} if bound is None else bound)
        self._where = " AND ".join(self._conditions())
        self._only = _digest(question.entries)

    @property
    def bound(self) -> Mapping[str, object]:
        """By name of placeholder."""
        return self._compiled.bound

    @property
    def source(self) -> str:
        """``FROM … WHERE …``."""
        return f"FROM {self._relation} AS {OUTERMOST} WHERE {self._where}"

    @property
    def same(self) -> tuple[object, ...]:
        """Two questions that select the same rows have the same."""
        return self._where, repr(self.bound), self._only

    @property
    def only(self) -> tuple[UUID, ...] | None:
        """What ``ONLY`` must hold; ``None`` where it is not asked of."""
        return self._question.entries

    def rows(self, limit: int, offset: int = 0, *, backwards: bool = False) -> str:
        """The sequences of one page."""
        return f"SELECT sequence {self.source} ORDER BY {self._order(backwards)} LIMIT {limit} OFFSET {offset}"

    def any(self, limit: int) -> str:
        """The sequences of some rows, in no order."""
        return f"SELECT sequence {self.source} LIMIT {limit}"

    def groups(self, by: str, fields: Sequence[Field], limit: int) -> str:
        """The value, the number of rows, and the sum of each field."""
        told = f"{OUTERMOST}.{DUCKDB.quoted(column_of(by))}"
        item = self._question.table.by_name[by]
        order = self._ranked(item, "told") if item.type is not FieldType.TEXT else f"any_value({self._ranked(item)})"
        return (
            f"SELECT {told} AS told, {self._sums(fields)} {self.source} GROUP BY told "
            f"ORDER BY {order} NULLS LAST LIMIT {limit}"
        )

    def ranks(self, by: str, fields: Sequence[Field]) -> str:
        """As :meth:`groups` of a :func:`ranked` field: the place in its list, ``STRAY`` for what is not on it."""
        told = f"SELECT {OUTERMOST}.{_rank_column(by)} AS place, {self._sums(fields)} {self.source}"
        return f"{told} GROUP BY place ORDER BY place NULLS LAST"

    def spread(self, digits: int, fields: Sequence[Field], limit: int) -> str:
        """As :meth:`groups`, by the first digits of the divisions in which the rows lie."""
        return (
            f"SELECT left({OUTERMOST}.division, {digits}) AS told, {self._sums(fields)} {self.source} "
            f"GROUP BY told ORDER BY told LIMIT {limit}"
        )

    def total(self, fields: Sequence[Field]) -> str:
        """The number of rows, and the sum of each field."""
        return f"SELECT {self._sums(fields)} {self.source}"

    def _sums(self, fields: Sequence[Field]) -> str:
        return ", ".join(["count(*)", *(f"sum({OUTERMOST}.{DUCKDB.quoted(column_of(item.name))})" for item in fields)])

    def _conditions(self) -> Iterator[str]:
        question = self._question
        self._place = self._within(question.within)
        yield self._place
        if question.entries is not None:
            yield f"{OUTERMOST}.entry IN (SELECT entry FROM {ONLY})"
        for column, part in question.parts:
            if column in self._traced:
                yield self._may_hold(column, part)
        if question.where != ALWAYS:
            yield self._compiled.condition(question.where, question.table, OUTERMOST)
        for name, digest in sorted(question.tails.items()):
            yield f"{OUTERMOST}.{DUCKDB.quoted(tail_column(name))} = {self._compiled.bind(digest)}"
        said = " AND ".join(self._has(word.lower()) for word in question.words)
        sealed = [
            f"{OUTERMOST}.{DUCKDB.quoted(name)} = {self._compiled.bind(digest)}" for name, digest in question.seals
        ]
        if said or sealed:
            yield f"({' OR '.join([f'({said})' if said else 'FALSE', *sealed])})"

    def _within(self, codes: Sequence[str]) -> str:
        if "" in codes:
            return "TRUE"
        ranges = (
            f"{OUTERMOST}.division >= {self._compiled.bind(code)} "
            f"AND {OUTERMOST}.division < {self._compiled.bind(code + _END)}"
            for code in codes
        )
        return f"({' OR '.join(ranges) or 'FALSE'})"

    def _has(self, word: str) -> str:
        """Latin letters may be the sound of a name; anything else is looked for as it stands."""
        told = self._compiled.bind(word)
        here = f"contains({OUTERMOST}.{WORDS}, {told})"
        if WORDS in self._traced:
            here = f"({self._may_hold(WORDS, word)} AND {here})"
        if not (word.isascii() and word.isalpha()):
            return here
        said = f"SELECT sequence FROM {self._sounds} AS t WHERE {self._place} AND contains({SOUNDS}, {told})"
        return f"({here} OR {OUTERMOST}.sequence IN ({said}))"

    def _may_hold(self, column: str, part: str) -> str:
        """Whether a text may hold the part, by its trace."""
        trace = f"{self._compiled.bind(trace_of(part))}::UBIGINT"
        return f"({OUTERMOST}.{trace_column(column)} & {trace}) = {trace}"

    def _order(self, backwards: bool) -> str:
        table = self._question.table
        parts = [(item.field, item.descending) for item in self._question.sort]
        told = [(sql, descending) for name, descending in parts for sql in self._places(table.by_name[name])]
        if not parts or table.by_name[parts[-1][0]].type in _FEW:
            keys = [name for name in table.key if kind_of(table.by_name[name]) is not Kind.LIST]
            told.append((f"{OUTERMOST}.division", False))
            told += [(f"{OUTERMOST}.{DUCKDB.quoted(column_of(name))}", False) for name in keys]
        told.append((f"{OUTERMOST}.sequence", False))
        nulls = "FIRST" if backwards else "LAST"
        return ", ".join(
            f"{sql} {'DESC' if descending is not backwards else 'ASC'} NULLS {nulls}" for sql, descending in told
        )

    def _places(self, item: Field) -> tuple[str, ...]:
        return spelt_order(item.name, OUTERMOST) if item.type is FieldType.TEXT else (self._ranked(item),)

    def _ranked(self, item: Field, column: str = "") -> str:
        """What an order goes by: an enumeration has its own, a text its sound."""
        column = column or f"{OUTERMOST}.{DUCKDB.quoted(column_of(item.name))}"
        if item.type is FieldType.TEXT:
            return f"{OUTERMOST}.{spelt_column(item.name)}"
        if item.type is not FieldType.ENUMERATION or not item.values:
            return column
        return f"{_cases(column, item)} END"


def _digest(entries: Sequence[UUID] | None) -> str:
    """What tells one set of entries from another; empty for none."""
    if entries is None:
        return ""
    return hashlib.sha256(b"".join(sorted(entry.bytes for entry in entries))).hexdigest()


def _escaped(text: str) -> str:
    return text.replace("'", "''")
