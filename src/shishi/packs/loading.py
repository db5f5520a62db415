"""``load_pack``: a folder of YAML becomes a :class:`Pack`, or every file and line that is wrong is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shishi.core.calendars import OfficeHours
from shishi.core.divisions import Division, Level
from shishi.core.programmes import (
    BodyEntry,
    BriefPlan,
    CalendarDay,
    DivisionChange,
    EditorialFact,
    Pack,
    Programme,
    ResponsibilityEntry,
)
from shishi.core.tables import Table
from shishi.packs.canonical import pack_version
from shishi.packs.faults import Faults
from shishi.packs.given import BY_SERVICE, give
from shishi.packs.process_building import build_processes
from shishi.packs.programme_building import ProgrammeBuilder, division_code
from shishi.packs.reading import Folder, Read, read_folder
from shishi.packs.shapes import ListBriefShape, PackShape
from shishi.packs.table_building import Place, TableNames, build_table, check_table_criteria


def load_pack(path: Path) -> Pack:
    """Read the pack in this folder (the one that holds ``pack.yaml``).

    ``Refused`` (``pack_refused``) carries one issue for each fault, with file, line, code and the way out:
    ``pack_file_missing``, ``pack_stray_file``, ``pack_unreadable``, ``pack_unknown_key``, ``pack_missing_key``,
    ``pack_wrong_type``, ``pack_criterion``, ``pack_unknown_reference``, ``pack_duplicate_code``. Whether targets sum is
    asked elsewhere: it needs the division tree.
    """
    faults = Faults()
    folder = read_folder(path, faults)
    give(folder, faults)
    faults.refuse_if_any(str(path))
    assert folder.pack is not None  # noqa: S101 - a missing pack.yaml has just been refused
    shape = folder.pack.shape
    names = TableNames(f"{shape.jurisdiction}/{shape.year}", folder.tables)
    tables = _tables(folder, names, faults)
    programmes = tuple(_programmes(folder, names, tables, faults))
    processes = build_processes(folder, names, tables, faults)
    pack = replace(_pack(folder.pack, programmes, faults), processes=processes)
    faults.refuse_if_any(str(path))
    return replace(pack, version=pack_version(pack))


def _tables(folder: Folder, names: TableNames, faults: Faults) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for key, read in folder.tables.items():
        programme = folder.programmes.get(key[0])
        if programme is None:
            Place(read, faults).require(key[0], folder.programmes, "项目文件 programmes/", ())
            continue
        table = build_table(key, read, programme.shape, names, faults)
        tables[table.name] = replace(table, by_service=key[1] in BY_SERVICE)
    for key, read in folder.tables.items():
        made = tables.get(f"{names.pack}/{key[0]}/{key[1]}")
        if made is not None:
            check_table_criteria(made, read, tables, faults)
    return tables


def _programmes(folder: Folder, names: TableNames, tables: dict[str, Table], faults: Faults) -> list[Programme]:
    for (code, _), examples in folder.examples.items():
        Place(examples, faults).require(code, folder.programmes, "项目文件 programmes/", ())
    made = []
    for code, read in folder.programmes.items():
        own = {table: item for (owner, table), item in folder.examples.items() if owner == code}
        made.append(ProgrammeBuilder(code, read, names, tables, faults).build(own))
    return made


def _pack(read: Read[PackShape], programmes: tuple[Programme, ...], faults: Faults) -> Pack:
    shape = read.shape
    place = Place(read, faults)
    return Pack(
        jurisdiction=shape.jurisdiction,
        year=shape.year,
        title=shape.title,
        division=division_code(shape.division, place, ("division",)),
        source=shape.source,
        version="",
        programmes=programmes,
        bodies=_bodies(shape, place),
        responsibilities=_responsibilities(shape, programmes, place),
        divisions_added=_divisions_added(shape, place),
        division_changes=_division_changes(shape, place),
        calendar=tuple(CalendarDay(day, item.working, item.source) for day, item in shape.calendar.items()),
        facts=tuple(EditorialFact(id=key, **item.model_dump()) for key, item in shape.facts.items()),
        parameters=dict(shape.parameters),
        briefs=tuple(_list_brief(kind, item) for kind, item in shape.briefs.items()),
        hours=_hours(shape, place),
    )


def _hours(shape: PackShape, place: Place) -> OfficeHours | None:
    told = shape.office_hours
    if told is None:
        return None
    if told.opens >= told.closes:
        place.note("office_hours_backwards", "上班要早于下班，请改正。", ("office_hours", "closes"))
    return OfficeHours(told.opens, told.closes, told.source, told.verified)


def _list_brief(kind: str, shape: ListBriefShape) -> BriefPlan:
    kept = shape.model_dump(exclude={"notes"})
    return BriefPlan(kind, indicators=(), notes=tuple(shape.notes), **kept)


def _bodies(shape: PackShape, place: Place) -> tuple[BodyEntry, ...]:
    return tuple(
        BodyEntry(
            code=code,
            title=item.title,
            division=division_code(item.division, place, ("bodies", code, "division")),
            each=Level[item.each.upper()] if item.each else None,
            ends=item.ends,
            verified=item.verified,
        )
        for code, item in shape.bodies.items()
    )


def _responsibilities(
    shape: PackShape, programmes: tuple[Programme, ...], place: Place
) -> tuple[ResponsibilityEntry, ...]:
    for index, item in enumerate(shape.responsibilities):
        place.require(item.body, shape.bodies, "单位", ("responsibilities", index, "body"))
        known = [programme.code for programme in programmes]
        place.require(item.programme, known, "项目", ("responsibilities", index, "programme"))
    return tuple(ResponsibilityEntry(**item.model_dump()) for item in shape.responsibilities)


def _divisions_added(shape: PackShape, place: Place) -> tuple[Division, ...]:
    return tuple(
        Division(
            code=division_code(code, place, ("divisions_added", code)),
            name=item.name,
            level=Level[item.level.upper()],
            source=item.source if item.verified else f"{item.source}（未核实）",
        )
        for code, item in shape.divisions_added.items()
    )


def _division_changes(shape: PackShape, place: Place) -> tuple[DivisionChange, ...]:
    return tuple(
        DivisionChange(
            code=division_code(code, place, ("division_changes", code)),
            name=item.name,
            on=item.effective_on,
            successors=tuple(
                division_code(other, place, ("division_changes", code, "successors", index))
                for index, other in enumerate(item.successors)
            ),
            source=item.source,
            verified=item.verified,
        )
        for code, item in shape.division_changes.items()
    )
