"""``bench rollup``: our engine and the same SQL written by hand, over the same parts."""

# ruff: noqa: S608 - SQL is what is made here, from names of this module

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shishi.commands.benches.alone import Told, timed
from shishi.commands.benches.rollup_rows import (
    FIRST,
    HOMES,
    LAST,
    LEVELS,
    SINCE,
    VISITS,
    Made,
    Still,
    lines,
    sampled,
    store_in,
)
from shishi.commands.benches.rollup_rows import questions as questions_of

if TYPE_CHECKING:
    import duckdb

ISSUED = "stage IN ('stage_5', 'stage_6', 'stage_7')"
AGGREGATES = {
    "count": f"count(*) FILTER (WHERE {ISSUED})",
    "sum": f"coalesce(sum(amount) FILTER (WHERE {ISSUED}), 0)",
    "running": "count(*) FILTER (WHERE done_on >= {since} AND done_on <= {day})",
    "flow": "coalesce(sum(households) FILTER (WHERE done_on >= {first} AND done_on <= {last}), 0)",
    "ratio/numerator": f"count(*) FILTER (WHERE {ISSUED})",
    "ratio/denominator": "count(*)",
    "related": "count(*) FILTER (WHERE visited)",
    "evidenced": f"count(*) FILTER (WHERE {ISSUED} AND evidenced)",
}


def by_engine(folder: str, rows: int, revisions: int, times: int, memory: str = "") -> Told:
    """All indicators by ``gather``. The tree is held beforehand, as a running process holds it. ``memory``: the most
    that DuckDB may hold (``6GiB``); what is more goes through files."""
    from shishi.adapters.engines.connection import connected
    from shishi.adapters.engines.duckdb import DuckDBEngine

    if memory:
        connected().execute("SET memory_limit = $memory", {"memory": memory})
    made = Made(rows, revisions)
    engine, asked = DuckDBEngine(Still(made), store_in(Path(folder))), questions_of(made)
    villages = sorted(engine.places(HOMES, made.as_of, made.known_at))
    tree_seconds, tree = timed(lambda: lines(villages))
    seconds, found = timed(lambda: engine.gather(list(asked.values()), tree), times)
    columns = {name: (item.nodes, item.values) for name, item in zip(asked, found, strict=True)}
    answer = digests(columns) | digests(columns, [unit for units, _ in sampled(villages).values() for unit in units])
    return Told(seconds, rows * revisions, answer, {"（另计）装入行政区划树": tree_seconds})


def by_hand(folder: str, rows: int, revisions: int, times: int) -> Told:
    """What a good analyst writes in DuckDB: the standing rows once, all leaves once, the levels from the leaves."""
    import duckdb

    made = Made(rows, revisions)
    store = store_in(Path(folder))
    with store.reading(Still(made), [HOMES, VISITS]) as opened, duckdb.connect(":memory:") as connection:
        connection.execute("SET preserve_insertion_order = false")
        files = {
            "homes": list(opened[HOMES.name].revisions),
            "marks": list(opened[HOMES.name].marks),
            "visits": list(opened[VISITS.name].revisions),
            "day": made.as_of,
            "moment": made.known_at.replace(tzinfo=None),
        }
        seconds, found = timed(partial(_by_hand, connection, files), times)
        return Told(seconds, rows * revisions, digests(found))


def aggregates(dates: Mapping[str, str]) -> str:
    """The additive columns, ``a0`` …, by the dialect's words for the days."""
    return ", ".join(f"{sql.format(**dates)} AS a{at}" for at, sql in enumerate(AGGREGATES.values()))


def _by_hand(connection: duckdb.DuckDBPyConnection, files: dict[str, object]) -> dict[str, tuple[Any, Any]]:
    connection.execute(STANDING, files)
    dates = {
        "since": f"DATE '{SINCE}'",
        "first": f"DATE '{FIRST}'",
        "last": f"DATE '{LAST}'",
        "day": "getvariable('day')",
    }
    connection.execute("SET VARIABLE day = $day", {"day": files["day"]})
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE leaf AS SELECT place, {aggregates(dates)} FROM standing GROUP BY 1"
    )
    sums = ", ".join(f"sum(a{at}) AS a{at}" for at in range(len(AGGREGATES)))
    every = " UNION ALL ".join(
        f"SELECT {node_at(digits)} AS node, {sums} FROM leaf GROUP BY 1" for digits in (0, *LEVELS)
    )
    rows = connection.sql(every).to_arrow_table()
    told_apart = " UNION ALL ".join(
        f"SELECT {node_at(digits)} AS node, count(DISTINCT owner) FILTER (WHERE {ISSUED}) AS a0 "
        "FROM standing GROUP BY 1"
        for digits in (0, *LEVELS)
    )
    distinct = connection.sql(told_apart).to_arrow_table()
    columns = {name: (rows["node"], rows[f"a{at}"]) for at, name in enumerate(AGGREGATES)}
    return columns | {"distinct": (distinct["node"], distinct["a0"])}


def node_at(digits: int) -> str:
    """The unit of a level, in every dialect of SQL: its digits; the country is ``00``."""
    return f"substr(place, 1, {digits})" if digits else "'00'"


STANDING = """
CREATE OR REPLACE TEMP TABLE standing AS
WITH known AS (
    SELECT * FROM read_parquet($homes) WHERE recorded_at <= $moment
), latest AS (
    SELECT * FROM known
    WHERE kind <> 'voided' AND effective_on <= $day
      AND sequence NOT IN (SELECT voids FROM known WHERE kind = 'voided')
    QUALIFY row_number() OVER (PARTITION BY entry ORDER BY effective_on DESC, sequence DESC) = 1
), marked AS (
    SELECT entry, rank, sequence AS marked_at FROM read_parquet($marks)
    WHERE "group" = 'stage' AND effective_on <= $day AND recorded_at <= $moment
    QUALIFY row_number() OVER (PARTITION BY entry ORDER BY effective_on DESC, sequence DESC) = 1
), visited AS (
    SELECT DISTINCT "field:home" AS entry FROM read_parquet($visits)
    WHERE kind <> 'voided' AND "field:passed" AND effective_on <= $day AND recorded_at <= $moment
)
SELECT "field:place" AS place, "field:stage" AS stage, "field:amount" AS amount, "field:households" AS households,
       "field:done_on" AS done_on, "field:owner" AS owner, visited.entry IS NOT NULL AS visited,
       coalesce(rank >= 1 AND marked_at >= "settled:stage", FALSE) AS evidenced
FROM latest LEFT JOIN marked USING (entry) LEFT JOIN visited USING (entry)
WHERE kind <> 'withdrawn'
"""


def digests(columns: Mapping[str, tuple[Any, Any]], only: Sequence[str] = ()) -> dict[str, str]:
    """For each indicator how many nodes it has and a digest of them with their values, whatever types they come in; of
    ``only`` some nodes under the name of a sample."""
    import duckdb
    import pyarrow as pa

    found = {}
    with duckdb.connect(":memory:") as connection:
        for name, (nodes, values) in columns.items():
            connection.register("answer", pa.table({"node": nodes, "value": values}))
            (told,) = connection.sql(
                "SELECT count(*) || ' ' || "
                "md5(string_agg(node || '=' || value::DECIMAL(38, 2)::VARCHAR, ',' ORDER BY node)) "
                "FROM answer WHERE len($only) = 0 OR node IN $only",
                params={"only": list(only)},
            ).fetchall()
            found[f"sample {name}" if only else name] = str(told[0])
            connection.unregister("answer")
    return found
