"""The demonstration's work record: ``<pack>/demonstration/work_record.yaml``, handed in as workbooks like any table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shishi.commands.demonstration.planned import Clerk, HandIn
from shishi.commands.demonstration.recipes import Count, read_plan, unfit
from shishi.core.ledger import Mode
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Values
from shishi.core.work_record import WORK_RECORD, WorkKind
from shishi.packs.shape_parts import Code, DivisionCode, FileShape, Text, YesNo

AT = time(16, 40)


class EntryPlan(FileShape):
    """One entry as it is handed in."""

    kind: WorkKind
    held_on: date
    subject: Text
    body: Text
    text: Text
    place: DivisionCode | None = None
    number: Count | None = None
    unit: str = ""
    source: str = ""
    publish: YesNo = True


class RecordPlan(FileShape):
    """The entries of every programme of a pack, the days on which they are handed in, and on which the list's brief is
    written beside the ends of months."""

    handed_in_on: Annotated[list[date], Field(min_length=1)]
    monthly_on: list[date] = []
    source: Text
    division: DivisionCode
    entries: dict[Code, Annotated[list[EntryPlan], Field(min_length=1)]]


def record_plan(packs: Path, pack: Pack) -> RecordPlan | None:
    """The plan of one pack; ``None`` when it has none. ``packs`` is the folder of the packs."""
    path = packs / pack.name / "demonstration" / f"{WORK_RECORD}.yaml"
    if not path.is_file():
        return None
    plan = read_plan(path, RecordPlan)
    unknown = plan.entries.keys() - {item.code for item in pack.programmes}
    if unknown:
        raise unfit("work_record", "、".join(sorted(unknown)), "清单里没有这个项目。")
    return plan


def clerks_of(plan: RecordPlan, pack: Pack) -> tuple[Clerk, ...]:
    """One clerk for each programme's record."""
    told = [item for item in pack.programmes if item.code in plan.entries]
    return tuple(Clerk(_username(item), f"{item.title}演示记录员", item.code, plan.division) for item in told)


def hand_ins_of(plan: RecordPlan, pack: Pack) -> Iterator[HandIn]:
    """Each entry with the first workbook on or after its day."""
    days = [date.min, *plan.handed_in_on]
    for programme in (item for item in pack.programmes if item.code in plan.entries):
        for before, day in pairwise(days):
            due = [item for item in plan.entries[programme.code] if before < item.held_on <= day]
            if due:
                rows = tuple(_row(item, plan) for item in due)
                table = programme.table(WORK_RECORD).name
                yield HandIn(day, AT, _username(programme), table, plan.division, Mode.MERGE, rows)


def _username(programme: Programme) -> str:
    return f"{programme.code}_record"


def _row(item: EntryPlan, plan: RecordPlan) -> Values:
    return {
        "held_on": item.held_on,
        "kind": item.kind.value,
        "subject": item.subject,
        "body": item.body,
        "division": plan.division,
        "place": item.place,
        "text": item.text,
        "number": item.number,
        "unit": item.unit or None,
        "source": item.source or plan.source,
        "publish": item.publish,
    }
