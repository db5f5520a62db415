"""The invented ledger of ``bench fresh``: one national programme in a store of its own, filled by arithmetic in SQL.

Homes lie in the villages of the real code list, each with one revision; every tenth was visited. Receipts say that
every county reported on each of thirty days.
"""

# ruff: noqa: S608 - SQL is what is made here, from numbers and names of this module

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.core.criteria import Compare, Operator, Quantifier, Related
from shishi.core.divisions import Level
from shishi.core.indicators import Indicator, Measure, Span
from shishi.core.ledger import Change, Incoming, Mode, RevisionKind
from shishi.core.programmes import Cadence, Pack, PeriodKind, Programme
from shishi.core.tables import Choice, Field, FieldType, Table

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from shishi.apps.accounts.models import Person

NAME = "bench/2021/fresh"
STAGES = tuple(f"stage_{number}" for number in range(8))
TEXTS = tuple(Field(f"note_{number}", f"说明{number}", FieldType.TEXT) for number in range(8))
HOMES = Table(
    f"{NAME}/homes",
    "房屋",
    1,
    (
        Field("number", "编号", FieldType.TEXT, required=True),
        Field("place", "区划", FieldType.DIVISION, required=True),
        Field("stage", "环节", FieldType.ENUMERATION, values=tuple(Choice(stage, stage) for stage in STAGES)),
        Field("amount", "金额", FieldType.MONEY),
        Field("households", "户数", FieldType.INTEGER),
        Field("done_on", "完成日", FieldType.DATE),
        Field("owner", "权利人", FieldType.TEXT),
        *TEXTS,
    ),
    ("number",),
    "place",
    groups={"stage": ("stage", "done_on")},
)
VISITS = Table(
    f"{NAME}/visits",
    "走访",
    1,
    (
        Field("number", "编号", FieldType.TEXT, required=True),
        Field("place", "区划", FieldType.DIVISION, required=True),
        Field("home", "房屋", FieldType.REFERENCE, references=HOMES.name),
        Field("passed", "是否通过", FieldType.YES_NO),
    ),
    ("number",),
    "place",
)
_ISSUED = Compare("stage", Operator.AT_LEAST, "stage_5")
_VISITED = Related(VISITS.name, "home", Quantifier.ANY, Compare("passed", Operator.EQUALS, True))
INDICATORS = (
    Indicator("homes", "房屋", Measure.COUNT, "套", table=HOMES.name),
    Indicator("issued", "已办", Measure.COUNT, "套", table=HOMES.name, where=_ISSUED, assured_group="stage"),
    Indicator("amount", "金额", Measure.SUM, "元", table=HOMES.name, field="amount", where=_ISSUED, scale=2),
    Indicator("related", "走访通过", Measure.COUNT, "套", table=HOMES.name, where=_VISITED),
    Indicator("owners", "权利人", Measure.DISTINCT, "人", table=HOMES.name, field="owner", where=_ISSUED),
    Indicator("rate", "办结率", Measure.RATIO, "%", numerator="issued", denominator="homes", scale=2),
    Indicator(
        "running",
        "累计",
        Measure.COUNT,
        "套",
        table=HOMES.name,
        span=Span.RUNNING,
        by="done_on",
        since=date(2021, 2, 1),
    ),
    Indicator("flow", "当月", Measure.SUM, "户", table=HOMES.name, field="households", span=Span.FLOW, by="done_on"),
)
PROGRAMME = Programme(
    NAME,
    "测量用项目",
    "测量",
    "测量用，不是真的",
    "000000",
    Level.CITY,
    (HOMES, VISITS),
    INDICATORS,
    cadences=(Cadence(HOMES.name, PeriodKind.MONTH, time(18)),),
)
DAY = date(2021, 9, 30)
RECORDED = datetime(2021, 9, 30, 2, tzinfo=UTC)
REPORTS = 30
_VISITED_EVERY = 10
_ENTRY = "printf('%08x000040008000%012x', mixed, i)"
"""Every home its own; ``mixed`` is a number of its own too, in no order."""


def stored(name: str) -> Any:
    """A model of an app. A bench may look where others ask selectors: it makes and measures what is stored."""
    from django.apps import apps

    return apps.get_model(name)


def begin() -> Person:
    """A store in the data folder of this process, with the code list, the pack and an operator."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from shishi.adapters.crypto import KeyRing
    from shishi.apps.accounts.services import make_operator
    from shishi.apps.divisions.services import load_snapshot
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes.services import install_pack

    KeyRing.create(Path(settings.DATA) / "keys" / "ring.json")
    call_command("migrate", verbosity=0, interactive=False)
    begun = datetime(2021, 1, 1, tzinfo=UTC)
    operator = make_operator(begun)
    load_snapshot(Path(settings.DIVISIONS_SOURCE), by="operator", at=begun)
    pack = Pack("bench", 2021, "测量", "000000", "测量", "1", (PROGRAMME,))
    install_pack(pack, effective_on=None, holds_rows=holds_rows, by=operator, at=begun)
    return operator


def fill(rows: int) -> None:
    """Homes, visits, receipts: what hand-ins of the year so far would have left."""
    from django.db import connection, transaction

    visits = rows // _VISITED_EVERY
    with transaction.atomic(), connection.cursor() as cursor, _without_indexes():
        batch = stored("ledger.Batch").objects.create(
            table=HOMES.name,
            as_of=DAY,
            mode=Mode.MERGE,
            status="accepted",
            door="workbook",
            rows=rows,
            person="operator",
            recorded_at=RECORDED,
        )
        cursor.execute("CREATE TEMP TABLE bench_villages (n INTEGER PRIMARY KEY, code TEXT)")
        cursor.execute(
            "INSERT INTO bench_villages SELECT row_number() OVER () - 1, code FROM divisions_unit "
            "WHERE level = 5 AND NOT placeholder"
        )
        cursor.execute("SELECT count(*) FROM bench_villages")
        (villages,) = cursor.fetchone()
        _fill_homes(cursor, batch.pk, rows, villages)
        _fill_visits(cursor, batch.pk, rows, visits)
        _fill_receipts(cursor, batch.pk)
        stored("ledger.LedgerSequence").objects.update_or_create(
            pk=1, defaults={"last": rows + visits, "recorded_at": RECORDED}
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill_homes(cursor: CursorWrapper, batch: UUID, rows: int, villages: int) -> None:
    notes = ", ".join(f"'{field.name}', printf('说明 %d', mixed % 1000)" for field in TEXTS)
    cells = (
        "json_object('number', printf('H%09d', i), 'place', code, 'stage', printf('stage_%d', mixed % 8), "
        "'amount', printf('%d.%02d', mixed % 100000, i % 100), 'households', mixed % 90, "
        "'done_on', date('2021-01-01', printf('+%d days', mixed % 270)), "
        f"'owner', printf('F%08d', mixed % {max(rows * 2 // 3, 1)}), {notes})"
    )
    counted = f"(SELECT i, i * 48271 % 2147483647 AS mixed FROM ({_count(1, rows)}))"
    source = f"{counted} JOIN bench_villages ON n = i * 7919 % {villages}"
    _insert(cursor, HOMES.name, batch, ("printf('H%09d', i)", _ENTRY, "code", cells, "json_object('stage', i)"), source)


def _fill_visits(cursor: CursorWrapper, batch: UUID, rows: int, visits: int) -> None:
    """To every tenth home, from the first on."""
    entry = _ENTRY.replace("mixed, i)", "mixed, home)")
    dashed = entry.replace("%08x000040008000%012x", "%08x-0000-4000-8000-%012x")
    passed = "json(iif(i % 3, 'true', 'false'))"
    cells = f"json_object('number', printf('V%09d', i), 'place', '341802', 'home', {dashed}, 'passed', {passed})"
    counted = f"(SELECT i + {rows} AS i, (i * {_VISITED_EVERY}) AS home FROM ({_count(1, visits)}))"
    visited = f"(SELECT i, home, home * 48271 % 2147483647 AS mixed FROM {counted})"
    own = "printf('%08x000040008000%012x', i, 0)"
    _insert(cursor, VISITS.name, batch, ("printf('V%09d', i)", own, "'341802'", cells, "'{}'"), visited)
    cursor.execute(f"INSERT INTO ledger_link (revision_id, field, target) SELECT i, 'home', {entry} FROM {visited}")


def _insert(cursor: CursorWrapper, table: str, batch: UUID, columns: tuple[str, ...], source: str) -> None:
    key, entry, division, cells, settled = columns
    cursor.execute(
        'INSERT INTO ledger_revisionrow (sequence, "table", entry, kind, effective_on, recorded_at, "key", division, '
        "cells, batch_id, sheet, row, voids, settled, explanation, digest) "
        f"SELECT i, '{table}', {entry}, 'posted', '{DAY}', '{_stored(RECORDED)}', {key}, {division}, {cells}, "
        f"'{batch.hex}', '', i, NULL, {settled}, '', '' FROM {source} ORDER BY i"
    )


def _fill_receipts(cursor: CursorWrapper, batch: UUID) -> None:
    cursor.execute(
        'INSERT INTO ledger_receipt ("table", division, as_of, recorded_at, batch_id) '
        f"SELECT '{HOMES.name}', code, date('{DAY}', printf('-%d days', i)), '{_stored(RECORDED)}', '{batch.hex}' "
        f"FROM divisions_unit, ({_count(0, REPORTS - 1)}) WHERE level = 3 AND NOT placeholder"
    )


def _count(first: int, last: int) -> str:
    steps = f"SELECT {first} UNION ALL SELECT i + 1 FROM counted WHERE i < {last}"
    return f"WITH RECURSIVE counted(i) AS ({steps}) SELECT i FROM counted"


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Indexes that are made in the end are made in order."""
    from django.db import connection

    indexes = stored("ledger.RevisionRow")._meta.indexes
    for index in indexes:
        connection.cursor().execute(f'DROP INDEX "{index.name}"')
    yield
    with connection.cursor() as cursor:
        for index in indexes:
            columns = ", ".join(f'"{name}"' for name in index.fields)
            cursor.execute(f'CREATE INDEX "{index.name}" ON ledger_revisionrow ({columns})')


def hand_in_homes(person: Person, many: int, turn: int, rows: int, at: datetime) -> None:
    """An accepted hand-in of so many rows: half are new, half are new revisions of what was there."""
    from shishi.apps.ledger.comparing import held_of

    codes = list(
        stored("divisions.Unit")
        .objects.filter(level=Level.VILLAGE, code__startswith="34")
        .values_list("code", flat=True)
    )
    first = 1 + turn * many
    found = {
        row.sequence: row
        for row in stored("ledger.RevisionRow").objects.filter(sequence__range=(first, first + many // 2 - 1))
    }
    changes = []
    for number, row in sorted(found.items()):
        held = held_of(row)
        cells = {**held.cells, "stage": STAGES[(number + turn) % 8], "owner": f"F{number % rows:08d}"}
        changes.append(Change(RevisionKind.REVISED, row.key, cells, held, Incoming(row.key, cells, "台账", number)))
    for number in range(many - len(changes)):
        key = f"N{turn:03d}{number:06d}"
        cells = {"number": key, "place": codes[number % len(codes)], "stage": STAGES[number % 8], "amount": "12.50"}
        cells |= {"households": 3, "done_on": "2021-09-30", "owner": f"N{number:08d}"}
        cells |= {field.name: f"说明 {number}" for field in TEXTS}
        changes.append(Change(RevisionKind.POSTED, key, cells, None, Incoming(key, cells, "台账", number)))
    _write(HOMES, changes, person, at)


def hand_in_visits(person: Person, many: int, rows: int, at: datetime) -> None:
    """An accepted hand-in of so many visits, each to another home that nobody had visited."""
    homes = stored("ledger.RevisionRow").objects.filter(sequence__gt=rows // 2, sequence__lte=rows // 2 + many * 2)
    changes = []
    for number, entry in enumerate(list(homes.order_by("sequence").values_list("entry", flat=True))[::2]):
        cells = {"number": f"W{number:09d}", "place": "341802", "home": str(entry), "passed": True}
        changes.append(Change(RevisionKind.POSTED, f"W{number:09d}", cells, None, Incoming("", cells, "台账", number)))
    _write(VISITS, changes, person, at)


def _write(table: Table, changes: list[Change], person: Person, at: datetime) -> None:
    from django.db import transaction

    from shishi.apps.ledger.writing import write_batch

    batch = stored("ledger.Batch")(
        table=table.name, as_of=DAY, mode=Mode.MERGE, status="accepted", door="workbook", rows=len(changes)
    )
    batch.person = person.username
    with transaction.atomic():
        write_batch(batch, table, changes, by=person, at=at)
