"""A pack as the folder of YAML that installs to the same thing: what is exported, and where a change begins.

The way back from :mod:`shishi.packs.loading`: for every pack, loading what is written gives the pack that was written,
down to its version. What the platform gives (work record, ratings) is left out, as a writer leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shishi.core.calendars import OfficeHours
from shishi.core.divisions import Division, Level, official
from shishi.core.errors import Refused
from shishi.core.programmes import BodyEntry, BriefPlan, Pack, Programme
from shishi.packs.programme_writing import programme_tree
from shishi.packs.shapes import ListBriefShape, PackShape
from shishi.packs.table_writing import example_tree, given_tables, table_tree
from shishi.packs.yaml_writing import yaml_text

Tree = dict[str, Any]
_GONE = re.compile(r"^ +pauses: *\[[^\]\n]*\][^\n]*\n|, *pauses: *\[[^\]\n]*\]", re.MULTILINE)
"""In the file of a process that was installed when ``clocks.case.pauses`` could be said: nothing read it, and whoever
writes the pack again must not be refused for it."""


def pack_files(pack: Pack) -> dict[str, str]:
    """Every file of the pack by its name under the pack's folder (``tables/homes/units.yaml``). ``Refused``
    (``pack_unwritable``) for a pack that no file could have said (a stored one of a time when less was asked)."""
    try:
        files = {"pack.yaml": yaml_text(pack_tree(pack))}
        for programme in pack.programmes:
            files |= programme_files(programme)
        for process in pack.processes:
            files |= {name: _GONE.sub("", text) for name, text in process.sources.items()}
    except ValidationError as unfit:
        message = f"清单 {pack.name} 装入时的要求比现在少，写不成现在的文件。请先用文件重新安装一次，再在网页上改。"
        raise Refused("pack_unwritable", message) from unfit
    return files


def programme_files(programme: Programme) -> dict[str, str]:
    """The files of one programme."""
    code, given = programme.code, given_tables(programme)
    files = {programme_file(code): yaml_text(programme_tree(programme))}
    for table in programme.tables:
        if table.short not in given:
            files[table_file(code, table.short)] = yaml_text(table_tree(table))
    for name in dict.fromkeys(example.table for example in programme.examples):
        files[examples_file(code, name.rsplit("/", 1)[-1])] = yaml_text(example_tree(programme, name))
    return files


def programme_file(code: str) -> str:
    """Where a programme's file stands in the folder."""
    return f"programmes/{code}.yaml"


def table_file(code: str, table: str) -> str:
    """Where a table's file stands."""
    return f"tables/{code}/{table}.yaml"


def examples_file(code: str, table: str) -> str:
    """Where a table's examples stand."""
    return f"examples/{code}/{table}.yaml"


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Put the files into the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def level_word(level: Level) -> str:
    """A level as a pack writes it."""
    return level.name.lower()


def pack_tree(pack: Pack) -> Tree:
    """``pack.yaml`` of the pack."""
    shape = PackShape.model_validate(
        {
            "jurisdiction": pack.jurisdiction,
            "year": pack.year,
            "title": pack.title,
            "division": official(pack.division),
            "source": pack.source,
            "bodies": {entry.code: _body(entry) for entry in pack.bodies},
            "responsibilities": [
                {"body": duty.body, "programme": duty.programme, "part": duty.part, "leader": duty.leader}
                for duty in pack.responsibilities
            ],
            "divisions_added": {official(unit.code): _division(unit) for unit in pack.divisions_added},
            "division_changes": {
                official(change.code): {
                    "name": change.name,
                    "effective_on": change.on,
                    "successors": list(map(official, change.successors)),
                    "source": change.source,
                    "verified": change.verified,
                }
                for change in pack.division_changes
            },
            "calendar": {day.day: {"working": day.working, "source": day.source} for day in pack.calendar},
            "office_hours": _office_hours(pack.hours),
            "facts": {
                fact.id: {"statement": fact.statement, "value": fact.value, "source": fact.source}
                for fact in pack.facts
            },
            "parameters": dict(pack.parameters),
            "briefs": dict(_list_briefs(pack.briefs)),
            "processes": [process.short for process in pack.processes if not process.sources],
        }
    )
    return shape.model_dump(exclude_defaults=True, by_alias=True)


def _office_hours(hours: OfficeHours | None) -> Tree | None:
    if hours is None:
        return None
    told = {"source": hours.source, "verified": hours.verified}
    return {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}", **told}


def _body(entry: BodyEntry) -> Tree:
    each = level_word(entry.each) if entry.each is not None else None
    kept = {"title": entry.title, "division": official(entry.division), "ends": entry.ends, "verified": entry.verified}
    return {**kept, "each": each}


def _division(unit: Division) -> Tree:
    return {"name": unit.name, "level": level_word(unit.level), "source": unit.source}


def _list_briefs(plans: Iterable[BriefPlan]) -> Iterable[tuple[str, Tree]]:
    for plan in plans:
        yield (
            plan.kind,
            {name: getattr(plan, name) for name in ListBriefShape.model_fields if name != "notes"}
            | {"notes": list(plan.notes)},
        )
