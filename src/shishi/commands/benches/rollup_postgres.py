"""``bench rollup``: PostgreSQL on the same rows, with a column for each field or with jsonb."""

# ruff: noqa: S608 - SQL is what is made here, from names of this module

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from shishi.commands.benches.alone import Told, timed
from shishi.commands.benches.rollup_engine import AGGREGATES, ISSUED, aggregates, digests, node_at
from shishi.commands.benches.rollup_peers import FIELDS, opened
from shishi.commands.benches.rollup_rows import FIRST, LAST, LEVELS, SINCE, Made
from shishi.core.errors import Refused

ONCE = "（另计）先把有效行取成一张表，再一并汇总"
TYPES = ("text", "text", "numeric(18, 2)", "integer", "date", "text")
DISTINCT = f"count(DISTINCT owner) FILTER (WHERE {ISSUED})"
NEEDED = {
    ("count",): ("stage",),
    ("sum",): ("stage", "amount"),
    ("running",): ("done_on",),
    ("flow",): ("households", "done_on"),
    ("ratio/numerator", "ratio/denominator"): ("stage",),
    ("distinct",): ("stage", "owner"),
    ("related",): ("visited",),
    ("evidenced",): ("stage", "evidenced"),
}
"""What each statement answers, and the columns that it needs."""
_WITH = {
    "visited": "home IS NOT NULL AS visited",
    "evidenced": "coalesce(rank >= 1 AND marked_at >= settled, false) AS evidenced",
}
_JOINED = {
    "visited": " LEFT JOIN (SELECT DISTINCT home FROM visits WHERE passed AND effective_on <= {day} "
    "AND recorded_at <= {moment}) AS visited ON home = entry",
    "evidenced": " LEFT JOIN (SELECT DISTINCT ON (entry) entry, rank, sequence AS marked_at FROM marks "
    "WHERE effective_on <= {day} AND recorded_at <= {moment} ORDER BY entry, effective_on DESC, sequence DESC) "
    "AS marked USING (entry)",
}


def on_postgres(folder: str, rows: int, revisions: int, url: str, cells: str) -> Told:
    """A ledger table with ``cells`` ``typed`` (a column each) or ``jsonb``, with the indexes that a good administrator
    gives it. Of ``jsonb`` each indicator is asked by a statement of its own, as people write them; of ``typed``, and in
    the phase ``ONCE`` of ``jsonb``, the standing rows are typed once into a table of their own, and all are asked of
    that. Loading is not counted."""
    import psycopg

    made = Made(rows, revisions)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET jit = off")
        connection.execute("CREATE SCHEMA IF NOT EXISTS shishi_bench; SET search_path = shishi_bench")
        try:
            _load(connection, folder, made, cells)
            once, found = timed(partial(_at_once, connection, made, cells))
            if cells == "typed":
                return Told(once, rows * revisions, digests(found), remote=True)
            seconds, each = timed(partial(_each_by_itself, connection, made))
        finally:
            connection.execute("DROP SCHEMA shishi_bench CASCADE")
    answer = digests(each)
    if answer != digests(found):
        raise Refused("bench_disagrees", "PostgreSQL 两种写法的答案不同，测量作废，请先查明原因。")
    return Told(seconds, rows * revisions, answer, {ONCE: once}, remote=True)


def _load(connection: Any, folder: str, made: Made, cells: str) -> None:
    fields = ", ".join(f"{name} {kind}" for name, kind in zip(FIELDS, TYPES, strict=True))
    connection.execute(
        "CREATE TABLE homes (sequence bigint PRIMARY KEY, entry uuid NOT NULL, kind text NOT NULL, "
        "effective_on date NOT NULL, recorded_at timestamp NOT NULL, voids bigint, settled bigint, "
        f"{fields if cells == 'typed' else 'cells jsonb'});"
        "CREATE TABLE marks "
        "(sequence bigint PRIMARY KEY, entry uuid, rank integer, effective_on date, recorded_at timestamp);"
        "CREATE TABLE visits "
        "(sequence bigint PRIMARY KEY, home uuid, passed boolean, effective_on date, recorded_at timestamp)"
    )
    named = ", ".join(f"'{name}': \"field:{name}\"" for name in FIELDS)
    values = ", ".join(f'"field:{name}"' for name in FIELDS) if cells == "typed" else f"to_json({{{named}}})"
    standard = "sequence, entry, kind, effective_on, recorded_at, voids"
    selects = {
        "homes": f'SELECT {standard}, "settled:stage", {values} FROM read_parquet($homes)',
        "marks": "SELECT sequence, entry, rank, effective_on, recorded_at FROM read_parquet($marks)",
        "visits": 'SELECT sequence, "field:home", "field:passed", effective_on, recorded_at FROM read_parquet($visits)',
    }
    with opened(folder, made) as (duck, files), tempfile.TemporaryDirectory() as scratch:
        for table, select in selects.items():
            path = Path(scratch) / f"{table}.csv"
            duck.sql(select, params={table: files[table]}).write_csv(str(path), header=False)
            with path.open("rb") as source, connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
                while block := source.read(1 << 20):
                    copy.write(block)
    for statement in (
        "CREATE INDEX ON homes (entry, effective_on DESC, sequence DESC)",
        "CREATE INDEX ON homes (voids) WHERE kind = 'voided'",
        "CREATE INDEX ON marks (entry, effective_on DESC, sequence DESC)",
        "CREATE INDEX ON visits (home) WHERE passed",
        "VACUUM ANALYZE homes",
        "VACUUM ANALYZE marks",
        "VACUUM ANALYZE visits",
    ):
        connection.execute(statement)


def _each_by_itself(connection: Any, made: Made) -> dict[str, tuple[Any, Any]]:
    """One plain statement for each indicator: the latest revision of each row as of the day and the moment, its values
    out of jsonb, and ``ROLLUP`` for the levels."""
    day, days = f"date '{made.as_of}'", _days(made)
    found: dict[str, tuple[Any, Any]] = {}
    for names, columns in NEEDED.items():
        told = ", ".join({**AGGREGATES, "distinct": DISTINCT}[name].format(**days) for name in names)
        values = ", ".join(_WITH.get(column) or f"{_typed(column)} AS {column}" for column in ("place", *columns))
        joins = "".join(
            _JOINED[column].format(day=day, moment=_moment(made)) for column in columns if column in _JOINED
        )
        parts = ", ".join(f"substr(place, 1, {digits}) AS p{digits}" for digits in LEVELS)
        levels = [f"p{digits}" for digits in LEVELS]
        statement = (
            f"WITH latest AS ({_latest(made)}), standing AS (SELECT {values} FROM latest{joins} "
            f"WHERE kind <> 'withdrawn') SELECT coalesce({', '.join(reversed(levels))}, '00'), {told} "
            f"FROM (SELECT *, {parts} FROM standing) AS placed GROUP BY ROLLUP ({', '.join(levels)})"
        )
        nodes, *answers = zip(*connection.execute(statement).fetchall(), strict=True)
        found |= {name: (list(nodes), list(answer)) for name, answer in zip(names, answers, strict=True)}
    return found


def _latest(made: Made) -> str:
    day, moment = f"date '{made.as_of}'", _moment(made)
    return (
        f"SELECT DISTINCT ON (entry) * FROM homes WHERE kind <> 'voided' AND effective_on <= {day} "
        f"AND recorded_at <= {moment} AND sequence NOT IN (SELECT voids FROM homes WHERE kind = 'voided' "
        f"AND voids IS NOT NULL AND recorded_at <= {moment}) ORDER BY entry, effective_on DESC, sequence DESC"
    )


def _moment(made: Made) -> str:
    return f"timestamp '{made.known_at.replace(tzinfo=None)}'"


def _days(made: Made) -> dict[str, str]:
    days = {"since": SINCE, "first": FIRST, "last": LAST, "day": made.as_of}
    return {name: f"date '{day}'" for name, day in days.items()}


def _typed(column: str) -> str:
    return f"(cells ->> '{column}')::{dict(zip(FIELDS, TYPES, strict=True))[column]}"


def _at_once(connection: Any, made: Made, cells: str) -> dict[str, tuple[Any, Any]]:
    day, moment = f"date '{made.as_of}'", _moment(made)
    values = ", ".join(name if cells == "typed" else f"{_typed(name)} AS {name}" for name in FIELDS)
    connection.execute(f"""
        CREATE TEMP TABLE standing AS
        WITH latest AS (
            {_latest(made)}
        ), marked AS (
            SELECT DISTINCT ON (entry) entry, rank, sequence AS marked_at FROM marks
            WHERE effective_on <= {day} AND recorded_at <= {moment}
            ORDER BY entry, effective_on DESC, sequence DESC
        ), visited AS (
            SELECT DISTINCT home FROM visits WHERE passed AND effective_on <= {day} AND recorded_at <= {moment}
        )
        SELECT {values}, home IS NOT NULL AS visited, coalesce(rank >= 1 AND marked_at >= settled, false) AS evidenced
        FROM latest LEFT JOIN marked USING (entry) LEFT JOIN visited ON home = entry WHERE kind <> 'withdrawn'""")
    connection.execute(f"CREATE TEMP TABLE leaf AS SELECT place, {aggregates(_days(made))} FROM standing GROUP BY 1")
    connection.execute("ANALYZE leaf; ANALYZE standing")
    sums = ", ".join(f"sum(a{at}) AS a{at}" for at in range(len(AGGREGATES)))
    every = " UNION ALL ".join(f"SELECT {node_at(digits)}, {sums} FROM leaf GROUP BY 1" for digits in (0, *LEVELS))
    told = " UNION ALL ".join(
        f"SELECT {node_at(digits)}, count(DISTINCT owner) FILTER (WHERE {ISSUED}) FROM standing GROUP BY 1"
        for digits in (0, *LEVELS)
    )
    nodes, *columns = zip(*connection.execute(every).fetchall(), strict=True)
    found = {name: (nodes, column) for name, column in zip(AGGREGATES, columns, strict=True)}
    apart, counts = zip(*connection.execute(told).fetchall(), strict=True)
    connection.execute("DROP TABLE standing, leaf")
    return {
        name: (list(codes), list(values)) for name, (codes, values) in (found | {"distinct": (apart, counts)}).items()
    }
