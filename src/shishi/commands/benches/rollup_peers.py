"""``bench rollup``: what people use today, on the same rows: an ORM asked per division, pandas."""

# ruff: noqa: S608 - SQL is what is made here, from names of this module

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from shishi.commands.benches.alone import Told, timed
from shishi.commands.benches.rollup_engine import STANDING, digests
from shishi.commands.benches.rollup_rows import (
    FIRST,
    HOMES,
    LAST,
    LEVELS,
    SINCE,
    VISITS,
    Made,
    Still,
    sampled,
    store_in,
)

FIELDS = ("place", "stage", "amount", "households", "done_on", "owner")


@contextmanager
def opened(folder: str, made: Made) -> Iterator[tuple[Any, dict[str, Any]]]:
    """DuckDB over the parts, only to hand the rows to others: a connection, and what its statements bind."""
    import duckdb

    with (
        store_in(Path(folder)).reading(Still(made), [HOMES, VISITS]) as parts,
        duckdb.connect(":memory:") as connection,
    ):
        files = {
            "homes": list(parts[HOMES.name].revisions),
            "marks": list(parts[HOMES.name].marks),
            "visits": list(parts[VISITS.name].revisions),
        }
        yield connection, files


def by_pandas(folder: str, rows: int, revisions: int) -> Told:
    """The parts read into frames, the latest state by sorting, each level by ``groupby``."""
    made = Made(rows, revisions)
    with opened(folder, made) as (_, files):
        seconds, found = timed(partial(_in_pandas, files, made))
    return Told(seconds, rows * revisions, digests(found))


def _in_pandas(files: dict[str, Any], made: Made) -> dict[str, tuple[Any, Any]]:
    import pandas as pd

    day, rows = pd.Timestamp(made.as_of), _standing_frame(files, made)
    done = pd.to_datetime(rows.done_on)
    issued = rows.stage.isin(["stage_5", "stage_6", "stage_7"])
    running = (done >= pd.Timestamp(SINCE)) & (done <= day)
    flow = (done >= pd.Timestamp(FIRST)) & (done <= pd.Timestamp(LAST))
    given = {
        "count": issued,
        "sum": rows.amount.where(issued, 0),
        "running": running,
        "flow": rows.households.where(flow, 0),
        "ratio/numerator": issued,
        "ratio/denominator": issued | True,
        "related": rows.visited,
        "evidenced": issued & (rows["rank"] >= 1) & (rows.marked_at >= rows["settled:stage"]),
    }
    values, owner = pd.DataFrame(given), rows.owner.where(issued)
    nodes = [rows.place.str[:digits] if digits else rows.place.map(lambda _: "00") for digits in (0, *LEVELS)]
    sums = pd.concat([values.groupby(node).sum() for node in nodes])
    apart = pd.concat([owner.groupby(node).nunique() for node in nodes])
    found = {name: (sums.index.tolist(), sums[name].tolist()) for name in values}
    return found | {"distinct": (apart.index.tolist(), apart.tolist())}


def _standing_frame(files: dict[str, Any], made: Made) -> Any:
    """The standing rows with their marks, and whether a visit to them passed."""
    import pandas as pd

    day, moment = pd.Timestamp(made.as_of), pd.Timestamp(made.known_at.replace(tzinfo=None))

    def known(kind: str, columns: list[str]) -> Any:
        own = ["entry", "sequence", "effective_on", "recorded_at", *columns]
        frame = pd.concat([pd.read_parquet(file, columns=own) for file in files[kind]], ignore_index=True)
        return frame[frame.recorded_at <= moment]

    def latest(frame: Any) -> Any:
        inside = frame[pd.to_datetime(frame.effective_on) <= day]
        return inside.sort_values(["effective_on", "sequence"]).drop_duplicates("entry", keep="last")

    homes = known("homes", ["kind", "voids", "settled:stage", *(f"field:{name}" for name in FIELDS)])
    voided = homes.voids[homes.kind == "voided"].dropna().astype("int64")
    rows = latest(homes[(homes.kind != "voided") & ~homes.sequence.isin(voided)])
    rows = rows[rows.kind != "withdrawn"].rename(columns=lambda name: name.removeprefix("field:"))
    marks = latest(known("marks", ["rank"])).set_index("entry")
    rows = rows.join(marks[["rank", "sequence"]].rename(columns={"sequence": "marked_at"}), on="entry")
    visits = known("visits", ["field:home", "field:passed"])
    return rows.assign(visited=rows.entry.isin(visits["field:home"][visits["field:passed"].astype(bool)]))


def by_orm(folder: str, rows: int, revisions: int) -> Told:
    """Django's ORM over SQLite, one ``aggregate`` for each division: it is handed the standing rows alone, in columns,
    indexed by place. Asked about a sample of each level; the seconds are extrapolated to all divisions of the level."""
    made = Made(rows, revisions)
    with tempfile.TemporaryDirectory() as scratch:
        row, codes = _orm_table(folder, made, Path(scratch) / "rows.sqlite3")
        seconds, answers = _asked_per_division(row, codes, made)
    return Told(seconds, rows * revisions, answers)


def _orm_table(folder: str, made: Made, path: Path) -> tuple[Any, list[str]]:
    """A model over the standing rows, filled; and the codes of all villages."""
    import django
    from django.conf import settings
    from django.db import connection, models, transaction

    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}
    settings.configure(DATABASES={"default": engine}, USE_TZ=False)
    django.setup()
    kinds = {
        "place": models.CharField(max_length=12),
        "stage": models.CharField(max_length=10),
        "amount": models.DecimalField(max_digits=18, decimal_places=2),
        "households": models.IntegerField(),
        "done_on": models.DateField(),
        "owner": models.CharField(max_length=20),
        "visited": models.BooleanField(),
        "evidenced": models.BooleanField(),
    }
    meta = type("Meta", (), {"app_label": "bench"})
    row: Any = type("Row", (models.Model,), {**kinds, "Meta": meta, "__module__": __name__})
    with connection.schema_editor() as editor:
        editor.create_model(row)
    connection.cursor().execute("PRAGMA cache_size = -1000000")
    times = {"day": made.as_of, "moment": made.known_at.replace(tzinfo=None)}
    with opened(folder, made) as (duck, files), connection.cursor() as cursor:
        duck.execute(STANDING, files | times)
        names = ", ".join(kinds)
        codes = [code for (code,) in duck.execute("SELECT DISTINCT place FROM standing ORDER BY 1").fetchall()]
        reader = duck.execute(f"SELECT {names.replace('amount', 'amount::DOUBLE')} FROM standing")
        insert = f"INSERT INTO bench_row ({names}) VALUES ({', '.join(['%s'] * len(kinds))})"
        with transaction.atomic():
            while batch := reader.fetchmany(50_000):
                cursor.executemany(insert, batch)
    with connection.schema_editor() as editor:
        editor.add_index(row, models.Index(fields=["place"], name="by_place"))
    return row, codes


def _asked_per_division(row: Any, villages: list[str], made: Made) -> tuple[float, dict[str, str]]:
    from django.db.models import Count, Q, Sum

    issued = Q(stage__in=["stage_5", "stage_6", "stage_7"])
    asked = {
        "count": Count("pk", filter=issued),
        "sum": Sum("amount", filter=issued),
        "running": Count("pk", filter=Q(done_on__gte=SINCE, done_on__lte=made.as_of)),
        "flow": Sum("households", filter=Q(done_on__gte=FIRST, done_on__lte=LAST)),
        "ratio/numerator": Count("pk", filter=issued),
        "ratio/denominator": Count("pk"),
        "distinct": Count("owner", filter=issued, distinct=True),
        "related": Count("pk", filter=Q(visited=True)),
        "evidenced": Count("pk", filter=issued & Q(evidenced=True)),
    }
    seconds, nodes, answers = 0.0, list[str](), list[Any]()
    for digits, (chosen, many) in sampled(villages).items():
        begun = time.perf_counter()
        for unit in chosen:
            inside = row.objects.filter(place__startswith=unit) if digits else row.objects.all()
            answers.append(inside.aggregate(**{name.replace("/", "_"): what for name, what in asked.items()}))
        seconds += (time.perf_counter() - begun) / len(chosen) * many
        nodes += chosen
    columns = {name: (nodes, [Decimal(told[name.replace("/", "_")] or 0) for told in answers]) for name in asked}
    return seconds, {f"sample {name}": digest for name, digest in digests(columns).items()}
