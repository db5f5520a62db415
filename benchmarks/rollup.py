"""Count and sum by leaf over one million rows: the DuckDB engine beside hand-written SQL over the same parts.

    python benchmarks/rollup.py [ROWS] [REVISIONS]

The rows are invented: 104 counties of 176 villages each, a stage, an amount, and as many revisions as asked.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.duckdb import DuckDBEngine
from shishi.core.assurance import Mark
from shishi.core.criteria import Compare, Operator
from shishi.core.indicators import Indicator, Measure
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.provenance import Door, Provenance
from shishi.core.questions import Question
from shishi.core.tables import Choice, Field, FieldType, Table

STAGES = tuple(Choice(f"stage_{number}", f"第{number}环节") for number in range(8))
TABLE = Table(
    "bench/2021/rows/rows",
    "行",
    1,
    (
        Field("place", "区划", FieldType.DIVISION),
        Field("stage", "环节", FieldType.ENUMERATION, values=STAGES),
        Field("amount", "金额", FieldType.MONEY),
        Field("households", "户数", FieldType.INTEGER),
        Field("done_on", "完成日", FieldType.DATE),
    ),
    ("place",),
    "place",
    groups={"stage": ("stage", "done_on")},
)
DAY = date(2021, 9, 1)
START = datetime(2021, 9, 1, tzinfo=UTC)


class Rows:
    """A made-up ledger that is written as it is read."""

    def __init__(self, rows: int, revisions: int) -> None:
        self.rows, self.each = rows, revisions

    def head(self, table: str) -> int:
        """The last sequence."""
        return self.rows * self.each

    def marks(self, table: str, after_sequence: int) -> Iterator[Mark]:
        """None."""
        return iter(())

    def revisions(self, table: str, after_sequence: int) -> Iterator[Revision]:
        """Every row once, then every row again, a day later."""
        chance, seen = Random(1), Provenance(Door.WORKBOOK, "batch", "clerk")
        for sequence in range(1, self.head(table) + 1):
            version, row = divmod(sequence - 1, self.rows)
            place = f"34{row % 104:04d}{row // 104 % 176:06d}"
            values = {
                "place": place,
                "stage": chance.choice(STAGES).value,
                "amount": Decimal(chance.randrange(10**9)).scaleb(-2),
                "households": chance.randrange(1000),
                "done_on": DAY + timedelta(days=chance.randrange(60)),
            }
            on, recorded = DAY + timedelta(days=version), START + timedelta(seconds=sequence)
            kind = RevisionKind.REVISED if version else RevisionKind.POSTED
            yield Revision(
                sequence, UUID(int=row + 1), kind, on, recorded, "", values, seen, settled={"stage": sequence}
            )


def timed(run: Callable[[], object], times: int = 7) -> float:
    """Median milliseconds, after one run to warm up."""
    run()
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent)


def main() -> None:
    """Print a table of medians."""
    import duckdb

    rows, revisions = (
        (int(given) for given in [*sys.argv[1:], "1000000", "1"][:2]) if len(sys.argv) != 2 else (int(sys.argv[1]), 1)
    )
    source = Rows(rows, revisions)
    with tempfile.TemporaryDirectory() as folder:
        store = ColumnStore(Path(folder))
        engine = DuckDBEngine(source, store)
        begun = time.perf_counter()
        store.catch_up(source, TABLE)
        print(f"{rows:,} rows × {revisions} revisions; store made in {time.perf_counter() - begun:.1f} s")
        moment = START + timedelta(days=400)
        issued = Compare("stage", Operator.AT_LEAST, "stage_5")
        count = Indicator("count", "数", Measure.COUNT, "套", table=TABLE.name, where=issued)
        total = Indicator("sum", "和", Measure.SUM, "元", table=TABLE.name, where=issued, field="amount")
        with store.reading(source, [TABLE]) as opened:
            files = list(opened[TABLE.name].revisions)
            by_hand = (
                "SELECT \"field:place\", count(*) FILTER (WHERE \"field:stage\" IN ('stage_5', 'stage_6', 'stage_7')), "
                "sum(\"field:amount\") FILTER (WHERE \"field:stage\" IN ('stage_5', 'stage_6', 'stage_7')) "
                "FROM (SELECT * FROM read_parquet($files) WHERE effective_on <= $day AND recorded_at <= $moment "
                "QUALIFY row_number() OVER (PARTITION BY entry ORDER BY effective_on DESC, sequence DESC) = 1) "
                "GROUP BY 1"
            )
            connection = duckdb.connect()
            given = {"files": files, "day": DAY + timedelta(days=60), "moment": moment.replace(tzinfo=None)}
            shown = {"SQL by hand, both at once": lambda: connection.execute(by_hand, given).fetchall()}
            for name, indicator in (("count by leaf", count), ("sum by leaf", total)):
                question = Question(indicator, {TABLE.name: TABLE}, DAY + timedelta(days=60), moment)
                shown[name] = lambda question=question: engine.leaves(question)
            for name, run in shown.items():
                print(f"{name:28} {timed(run):8.1f} ms")


if __name__ == "__main__":
    main()
