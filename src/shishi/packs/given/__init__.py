"""What the platform gives to the programmes of a pack, as a pack would write it: a file beside this one is a table,
with the indicators over it. The work record 工作纪实 goes to every programme that does not do without it, the ratings 群众评分
to those that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shishi.core.ratings import TABLE as RATINGS
from shishi.core.work_record import WORK_RECORD
from shishi.packs.faults import Faults
from shishi.packs.reading import Folder, Read
from shishi.packs.shapes import FieldShape, IndicatorShape, ProgrammeShape, TableShape
from shishi.packs.table_building import Place
from shishi.packs.yaml_files import read_yaml


class GivenShape(TableShape):
    """A table of the platform, and what is counted in it."""

    indicators: dict[str, IndicatorShape] = {}


def _rated(programme: ProgrammeShape) -> bool:
    return bool(programme.publishing and programme.publishing.ratings)


@dataclass(frozen=True, slots=True)
class Gift:
    """``wanted``: whether a programme has it; ``more``: the columns that the programme adds; ``advice``: what to do who
    wrote a table of that name; ``by_service``: a service writes it, no workbook."""

    name: str
    wanted: Callable[[ProgrammeShape], bool]
    more: Callable[[ProgrammeShape], Mapping[str, FieldShape]]
    advice: str
    by_service: bool = False


GIFTS = (
    Gift(
        WORK_RECORD,
        lambda programme: programme.work_record.kept,
        lambda programme: programme.work_record.fields,
        "工作纪实由平台给出，不用自己写；要添列，请在项目文件里写 work_record: {fields: …}。",
    ),
    Gift(RATINGS, _rated, lambda programme: {}, "群众评分由平台给出，请给这张台账换一个名称。", by_service=True),
)
BY_SERVICE = frozenset(gift.name for gift in GIFTS if gift.by_service)
"""Short names of the tables that only a service writes."""


def give(folder: Folder, faults: Faults) -> None:
    """Add to every programme what it is given. A table file, a column or an indicator of the same name is a fault
    (``pack_duplicate_code``)."""
    for gift in GIFTS:
        given = _given(gift, faults)
        for code, programme in list(folder.programmes.items()):
            if gift.wanted(programme.shape) and not _taken(folder, code, programme, gift, given.shape, faults):
                own = {name: getattr(given.shape, name) for name in TableShape.model_fields}
                more = gift.more(programme.shape)
                shape = TableShape.model_construct(**own | {"fields": {**given.shape.fields, **more}})
                folder.tables[code, gift.name] = Read(given.file, shape)
                counted = {**programme.shape.indicators, **given.shape.indicators}
                folder.programmes[code] = Read(
                    programme.file, programme.shape.model_copy(update={"indicators": counted})
                )


def given_fields(name: str) -> frozenset[str]:
    """The columns that the platform gives to the table of that short name."""
    return frozenset(_shape(name).fields)


def given_indicators(name: str) -> frozenset[str]:
    """The indicators that come with that table."""
    return frozenset(_shape(name).indicators)


def given_trees(programme: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The tables, as their files have them, that a programme gets whose own file says this; each with the columns that
    the programme adds."""
    record = programme.get("work_record") or {}
    found: dict[str, Mapping[str, Any]] = {}
    if str(record.get("kept", "true")) in ("True", "true"):
        tree = _tree(WORK_RECORD)
        found[WORK_RECORD] = {**tree, "fields": {**tree["fields"], **(record.get("fields") or {})}}
    if str((programme.get("publishing") or {}).get("ratings")) in ("True", "true"):
        found[RATINGS] = _tree(RATINGS)
    return found


@cache
def _tree(name: str) -> Mapping[str, Any]:
    tree = _given(next(gift for gift in GIFTS if gift.name == name), Faults()).file.tree
    return tree if isinstance(tree, dict) else {}


@cache
def _shape(name: str) -> GivenShape:
    gift = next(gift for gift in GIFTS if gift.name == name)
    return _given(gift, Faults()).shape


def _given(gift: Gift, faults: Faults) -> Read[GivenShape]:
    path = Path(__file__).with_name(f"{gift.name}.yaml")
    read = read_yaml(path, path.name, faults)
    assert read is not None  # noqa: S101 - the platform's own file; the tests load it
    return Read(read, GivenShape.model_validate(read.tree))


def _taken(
    folder: Folder, code: str, programme: Read[ProgrammeShape], gift: Gift, given: GivenShape, faults: Faults
) -> bool:
    own = folder.tables.get((code, gift.name))
    if own is not None:
        Place(own, faults).note("pack_duplicate_code", gift.advice, ())
    columns = [name for name in gift.more(programme.shape) if name in given.fields]
    for name in columns:
        message = f"{given.title}已有“{name}”这一列，请换一个名称。"
        Place(programme, faults).note("pack_duplicate_code", message, (gift.name, "fields", name))
    counted = [name for name in given.indicators if name in programme.shape.indicators]
    for name in counted:
        message = f"指标“{name}”由平台随{given.title}给出，请换一个代码。"
        Place(programme, faults).note("pack_duplicate_code", message, ("indicators", name))
    return own is not None or bool(columns or counted)
