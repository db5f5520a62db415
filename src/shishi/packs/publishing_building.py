"""The ``publishing:`` part of a programme file: every name looked up, and nothing sensitive among what may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shishi.core.divisions import Level
from shishi.core.publishing import Guide, Publishing, SmallNumbers
from shishi.core.tables import FieldType, Table
from shishi.packs.publishing_shapes import GuideShape, PublishingShape, SmallNumbersShape
from shishi.packs.shapes import ProgrammeShape
from shishi.packs.table_building import Place
from shishi.packs.yaml_files import Path_

PERSONAL = frozenset(
    {
        FieldType.CITIZEN_NUMBER,
        FieldType.PHONE,
        FieldType.IDENTITY_DOCUMENT,
        FieldType.REAL_ESTATE_UNIT,
        FieldType.POINT,
        FieldType.FILE,
    }
)
"""What tells who somebody is, or where they live, whatever a table says of it."""


def build_publishing(
    shape: PublishingShape, whole: ProgrammeShape, place: Place, tables: Mapping[str, Table]
) -> Publishing:
    """What may be published; faults for what is not there and for what must never be public."""
    path: Path_ = ("publishing",)
    for index, code in enumerate(shape.indicators):
        place.require(code, whole.indicators, "指标", (*path, "indicators", index))
    if shape.brief:
        place.require(shape.brief, whole.briefs, "简报", (*path, "brief"))
    if shape.small_numbers and (shape.brief or shape.rows):
        message = (
            "简报和逐行的清单写着各地的数，会把小数保护不显示的说出来。请去掉 brief 和 rows，或去掉 small_numbers。"
        )
        place.note("pack_small_numbers_told", message, (*path, "small_numbers"))
    rows = dict(_rows(shape, place, tables))
    guide = _guide(shape.guide, place, tables) if shape.guide else None
    return Publishing(
        indicators=tuple(shape.indicators),
        down_to=Level[shape.down_to.upper()],
        since=shape.since,
        brief=shape.brief,
        rows=rows,
        ratings=shape.ratings,
        small_numbers=_small(shape.small_numbers, shape, place) if shape.small_numbers else None,
        guide=guide,
    )


NEEDED = {
    "items": ("item_code", "name", "stage"),
    "materials": ("item", "number", "name"),
}
"""The columns without which there is no guide."""


def _guide(shape: GuideShape, place: Place, tables: Mapping[str, Table]) -> Guide:
    """The catalogue's tables, with what a guide can't do without and nothing that may not be shown."""
    for part, short in (("items", shape.items), ("materials", shape.materials)):
        path: Path_ = ("publishing", "guide", part)
        if not short:
            continue
        place.require(short, tables, "台账", path)
        table = tables.get(short)
        for name in NEEDED[part] if table else ():
            place.require(name, table.by_name if table else {}, "列", path)
        for field in table.fields if table else ():
            if field.sensitive or field.type in PERSONAL:
                message = f"“{field.title}”是个人信息或遮蔽、加密的列，办事指南的台账里不能有它。"
                place.note("pack_unpublishable_field", message, path)
    return Guide(shape.items, shape.materials)


def _small(shape: SmallNumbersShape, whole: PublishingShape, place: Place) -> SmallNumbers:
    for index, code in enumerate(shape.indicators):
        place.require(code, whole.indicators, "公开的指标", ("publishing", "small_numbers", "indicators", index))
    return SmallNumbers(shape.minimum, tuple(shape.indicators), Level[shape.shown_at.upper()], shape.verified)


def _rows(shape: PublishingShape, place: Place, tables: Mapping[str, Table]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for short, names in shape.rows.items():
        path: Path_ = ("publishing", "rows", short)
        place.require(short, tables, "台账", path)
        table = tables.get(short)
        if table is None:
            continue
        for index, name in enumerate(names):
            place.require(name, table.by_name, "列", (*path, index))
            field = table.by_name.get(name)
            if field is not None and (field.sensitive or field.type in PERSONAL):
                message = f"“{field.title}”是个人信息或遮蔽、加密的列，不能公开，请从 publishing.rows 里去掉。"
                place.note("pack_unpublishable_field", message, (*path, index))
        yield short, tuple(names)
