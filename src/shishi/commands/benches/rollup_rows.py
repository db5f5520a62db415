"""The invented ledger of ``bench rollup``: homes in villages of every province, visits to them, and marks on them.

Rows are made by arithmetic alone, in columns, and put into the column store as they are: the same on every machine.
Every home has as many revisions as asked, thirty days apart; of the last one only half are known at the moment that is
asked about, every fiftieth withdraws its home, and every thousandth is voided.
"""

# ruff: noqa: S608 - SQL is what is made here, from numbers and names of this module

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shishi.adapters.engines.base import RevisionTexts
from shishi.core.assurance import Basis, Mark
from shishi.core.criteria import Compare, Operator, Quantifier, Related
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Revision
from shishi.core.questions import Question
from shishi.core.tables import Choice, Field, FieldType, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from shishi.adapters.engines.columns import ColumnStore
    from shishi.adapters.engines.gathering import Lines

STAGES = tuple(f"stage_{number}" for number in range(8))
HOMES = Table(
    "bench/2021/rows/homes",
    "房屋",
    1,
    (
        Field("place", "区划", FieldType.DIVISION),
        Field("stage", "环节", FieldType.ENUMERATION, values=tuple(Choice(stage, stage) for stage in STAGES)),
        Field("amount", "金额", FieldType.MONEY),
        Field("households", "户数", FieldType.INTEGER),
        Field("done_on", "完成日", FieldType.DATE),
        Field("owner", "权利人", FieldType.TEXT),
    ),
    ("place",),
    "place",
    groups={"stage": ("stage", "done_on")},
)
VISITS = Table(
    "bench/2021/rows/visits",
    "走访",
    1,
    (
        Field("place", "区划", FieldType.DIVISION),
        Field("home", "房屋", FieldType.REFERENCE, references=HOMES.name),
        Field("passed", "是否通过", FieldType.YES_NO),
    ),
    ("home",),
    "place",
)
PROVINCES = (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
CITIES, COUNTIES, STREETS, VILLAGES = 11, 8, 14, 16
START = date(2021, 1, 1)
STEP = 30
SAMPLE = 3
"""Units of each level about which the slowest are asked."""
SINCE, FIRST, LAST = date(2021, 1, 20), date(2021, 2, 1), date(2021, 2, 20)
CHUNK = 1_000_000
HASH = "((i * 2654435761 + {round} * 40503 + 7) % 4294967296)"
LEVELS = (2, 4, 6, 9, 12)
"""How many digits of a village's code name its province, city, county, street and the village itself."""


@dataclass(frozen=True, slots=True)
class Made:
    """How large the ledger is, and what is asked of it."""

    rows: int
    revisions: int

    @property
    def as_of(self) -> date:
        """The day of the last round of revisions; of a few rounds the sixtieth."""
        return START + timedelta(days=STEP * max(2, self.revisions - 1))

    @property
    def known_at(self) -> datetime:
        """When half of the last round was recorded; of a single round all of it."""
        seconds = self.rows if self.revisions == 1 else self.rows // 2
        return self.recorded(self.revisions - 1) + timedelta(milliseconds=seconds)

    @property
    def round_length(self) -> int:
        """Sequences of a round: its revisions, then the marks on every third of them."""
        return self.rows + -(-self.rows // 3)

    @property
    def visits(self) -> int:
        """Rows of the other table."""
        return max(1, self.rows // 5)

    def recorded(self, turn: int) -> datetime:
        """When a round began to be recorded; one row each millisecond."""
        return datetime.combine(START + timedelta(days=STEP * turn), datetime.min.time(), UTC)


class Still:
    """A ledger to which nothing is added any more: the column store has it all."""

    def __init__(self, made: Made) -> None:
        self._heads = {HOMES.name: made.round_length * made.revisions, VISITS.name: made.visits}

    def head(self, table: str) -> int:
        """The last sequence."""
        return self._heads[table]

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        """None."""
        return iter(())

    def texts(self, table: str, after_sequence: int, up_to: int) -> Iterator[RevisionTexts]:
        """None."""
        return iter(())

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        """None."""
        return iter(())


def questions(made: Made) -> dict[str, Question]:
    """Eight indicators of all kinds. The ratio stands here by its numerator and its denominator: an engine gives both,
    and their quotient is made once, where it is printed."""
    issued = Compare("stage", Operator.AT_LEAST, "stage_5")
    visited = Related(VISITS.name, "home", Quantifier.ANY, Compare("passed", Operator.EQUALS, True))
    asked = (
        Indicator("count", "已办", Measure.COUNT, "套", where=issued),
        Indicator("sum", "金额", Measure.SUM, "元", where=issued, field="amount"),
        Indicator("running", "累计", Measure.COUNT, "套", span=Span.RUNNING, by="done_on", since=SINCE),
        Indicator("flow", "当期", Measure.SUM, "户", field="households", span=Span.FLOW, by="done_on"),
        Indicator("ratio/numerator", "已办", Measure.COUNT, "套", where=issued),
        Indicator("ratio/denominator", "全部", Measure.COUNT, "套"),
        Indicator("distinct", "权利人", Measure.DISTINCT, "人", where=issued, field="owner"),
        Indicator("related", "走访通过", Measure.COUNT, "套", where=visited),
        Indicator("evidenced", "有佐证的已办", Measure.COUNT, "套", where=issued, assured_group="stage"),
    )
    tables = {HOMES.name: HOMES, VISITS.name: VISITS}
    found = {}
    for indicator in asked:
        basis = Basis.EVIDENCED if indicator.assured_group else Basis.REPORTED
        whole = replace(indicator, table=HOMES.name)
        found[indicator.code] = Question(whole, tables, made.as_of, made.known_at, FIRST, LAST, basis)
    return found


def fill(store: ColumnStore, made: Made) -> None:
    """Put the whole ledger into the store."""
    import duckdb

    still = Still(made)
    with duckdb.connect(":memory:", config={"arrow_lossless_conversion": True}) as connection:
        turns = range(made.revisions)
        store.fill(
            HOMES,
            still.head(HOMES.name),
            (rows for turn in turns for rows in _chunks(connection, HOMES, _homes(made, turn), made.rows)),
            (rows for turn in turns for rows in _chunks(connection, None, _marks(made, turn), made.rows)),
        )
        store.fill(VISITS, still.head(VISITS.name), _chunks(connection, VISITS, _visits(made), made.visits))


def lines(villages: list[str]) -> Lines:
    """Where each village's code counts: the tree of this ledger, in which every unit stands."""
    import duckdb
    import pyarrow.compute as pc

    from shishi.adapters.engines.gathering import Lines

    with duckdb.connect(":memory:") as connection:
        connection.register("codes", _table(code=villages))
        ends = ", ".join(f"substr(code, 1, {digits}) AS n{level}" for level, digits in enumerate(LEVELS, 1))
        rows = connection.sql(f"SELECT code, '00' AS n0, {ends} FROM codes ORDER BY code").to_arrow_table()
    levels = [rows[f"n{level}"] for level in range(len(LEVELS) + 1)]
    names = pc.unique(_chunked([chunk for level in levels for chunk in level.chunks]))
    return Lines.made(names, rows["code"], [pc.index_in(level, names) for level in levels])


def sampled(villages: list[str]) -> dict[int, tuple[list[str], int]]:
    """Of each level (by the digits of its codes, the country's are 0) some units, and how many there are."""
    found = {}
    for digits in (0, *LEVELS):
        units = sorted({code[:digits] or "00" for code in villages})
        found[digits] = units[:: max(1, len(units) // SAMPLE)][:SAMPLE], len(units)
    return found


def _table(**columns: Any) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns)


def _chunked(chunks: list[pa.Array]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array(chunks, pa.string())


def _chunks(connection: Any, table: Table | None, select: str, rows: int) -> Iterator[pa.Table]:
    """The rows of a statement over the numbers ``i``, in the very columns of the store."""
    from shishi.adapters.engines import arrow_rows

    wanted = (arrow_rows.of_marks([]) if table is None else arrow_rows.of_revisions(table, [])).schema
    for first in range(0, rows, CHUNK):
        numbers = f"(SELECT range AS i FROM range({first}, {min(rows, first + CHUNK)}))"
        found = connection.sql(f"{select.replace('$numbers', numbers)} ORDER BY sequence").to_arrow_table()
        yield found.select(wanted.names).cast(wanted)


def _standing(on: date, sequence: str) -> str:
    return f"({on.toordinal()}::BIGINT << 40) | ({sequence})"


def _entry(kind: str, number: str) -> str:
    return f"md5('{kind}' || {number})::UUID"


def _homes(made: Made, turn: int) -> str:
    on, known = START + timedelta(days=STEP * turn), made.recorded(turn).replace(tzinfo=None)
    sequence = f"{made.round_length * turn} + i + 1"
    last = turn > 0 and turn == made.revisions - 1
    kind = "CASE WHEN i % 1000 = 7 THEN 'voided' WHEN i % 50 = 3 THEN 'withdrawn' ELSE 'revised' END"
    h = HASH.format(round=turn)
    values = {
        "place": _place("i"),
        "stage": f"'stage_' || ({h} % 8)",
        "amount": f"(({h} // 8 % 1000000000) / 100)::DECIMAL(18, 2)::DECIMAL(38, 2)",
        "households": f"({h} // 64 % 1000)::DECIMAL(38, 0)",
        "done_on": f"DATE '{START}' + ({h} // 16 % 90)::INTEGER",
        "owner": f"'owner-' || lpad(((i * 48271 + 11) % {max(1, made.rows * 2 // 3)})::VARCHAR, 9, '0')",
    }
    kept = "kind NOT IN ('voided', 'withdrawn')"
    cells = ", ".join(f'CASE WHEN {kept} THEN {sql} END AS "field:{name}"' for name, sql in values.items())
    voided = f"{made.round_length * max(0, turn - 1)} + i + 1"
    return (
        f"SELECT sequence, {_standing(on, 'sequence')} AS standing, {_entry('home', 'i')} AS entry, kind, "
        f"DATE '{on}' AS effective_on, TIMESTAMP '{known}' + to_milliseconds(i) AS recorded_at, "
        f"CASE WHEN kind = 'voided' THEN {voided} END AS voids, sequence AS \"settled:stage\", {cells} "
        f"FROM (SELECT i, {sequence} AS sequence, {kind if last else repr('revised' if turn else 'posted')} AS kind "
        f"FROM $numbers)"
    )


def _marks(made: Made, turn: int) -> str:
    on, known = START + timedelta(days=STEP * turn), made.recorded(turn) + timedelta(milliseconds=made.rows)
    sequence = f"{made.round_length * turn + made.rows} + i // 3 + 1"
    return (
        f"SELECT sequence, {_standing(on, 'sequence')} AS standing, {_entry('home', 'i')} AS entry, "
        "'stage' AS \"group\", "
        f"i // 3 % 3 AS rank, DATE '{on}' AS effective_on, TIMESTAMP '{known.replace(tzinfo=None)}' AS recorded_at "
        f"FROM (SELECT i, {sequence} AS sequence FROM $numbers WHERE i % 3 = 1)"
    )


def _visits(made: Made) -> str:
    return (
        f"SELECT sequence, {_standing(START, 'sequence')} AS standing, {_entry('visit', 'i')} AS entry, "
        f"'posted' AS kind, DATE '{START}' AS effective_on, TIMESTAMP '{START}' AS recorded_at, NULL AS voids, "
        f'{_place("home")} AS "field:place", {_entry("home", "home")} AS "field:home", '
        f'{HASH.format(round=0)} % 4 < 3 AS "field:passed" '
        f"FROM (SELECT i, i + 1 AS sequence, (i * 7 + i // 3) % {made.rows} AS home FROM $numbers)"
    )


def _place(number: str) -> str:
    """The code of the village in which a home lies, spread over all of them."""
    villages = len(PROVINCES) * CITIES * COUNTIES * STREETS * VILLAGES
    at, parts, below = f"({number} * 7919 % {villages})", [], len(PROVINCES)
    for units, digits in ((CITIES, 2), (COUNTIES, 2), (STREETS, 3), (VILLAGES, 3)):
        parts.append(f"lpad(({at} // {below} % {units} + 1)::VARCHAR, {digits}, '0')")
        below *= units
    provinces = ", ".join(f"'{code}'" for code in PROVINCES)
    return " || ".join([f"[{provinces}][1 + {at} % {len(PROVINCES)}]", *parts])


def store_in(folder: Path) -> ColumnStore:
    """The column store of this bench under a folder."""
    from shishi.adapters.engines.columns import ColumnStore

    return ColumnStore(folder)
