"""Every difference between two states of a programme is told, and nothing is told where there is none."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.core.definition_changes import changes
from shishi.core.divisions import Level
from shishi.core.programmes import Programme, Thresholds
from shishi.packs.loading import load_pack

PACKS = Path(__file__).parents[2] / "packs"
PROGRAMME = next(item for item in load_pack(PACKS / "xuancheng/2021").programmes if item.code == "title_certificates")


def told(after: Programme, before: Programme | None = PROGRAMME) -> list[str]:
    return [change.sentence for change in changes(before, after)]


def test_what_is_the_same_has_no_changes() -> None:
    for pack in (load_pack(PACKS / "xuancheng/2021"), load_pack(PACKS / "mohurd/2021")):
        for programme in pack.programmes:
            assert told(replace(programme), programme) == []


@pytest.mark.parametrize("part", [item.name for item in fields(Programme) if item.name not in ("name", "published")])
def test_whatever_part_of_a_programme_differs_something_is_told(part: str) -> None:
    others: dict[str, object] = {
        "supervised_level": Level.CITY,
        "thresholds": Thresholds(falling=False),
        "demonstration": True,
        "publishing": None,
    }
    value = getattr(PROGRAMME, part)
    other = others.get(
        part, f"{value}改" if isinstance(value, str) else value[1:] if isinstance(value, tuple) else None
    )
    if other != value:
        assert told(replace(PROGRAMME, **{part: other}))


def table_with(**changed: object) -> Programme:
    first, *rest = PROGRAMME.tables
    return replace(PROGRAMME, tables=(replace(first, **changed), *rest))  # type: ignore[arg-type] # parts of a table


def test_columns_are_told_one_by_one() -> None:
    table = PROGRAMME.tables[0]
    field = replace(table.fields[1], required=not table.fields[1].required, note="改了")
    (first, second) = told(table_with(fields=(table.fields[0], field, *table.fields[2:])))
    assert first == f"台账“{table.title}”的“{field.title}”一列：必填由 是 改为 否"
    assert "说明" in second
    assert f"项目“{PROGRAMME.title}”" not in first
    (gone,) = told(table_with(fields=table.fields[:-1]))
    assert gone == f"台账“{table.title}”：去掉“{table.fields[-1].title}”一列：（无）"


def test_the_order_of_columns_is_told_where_it_alone_differs() -> None:
    table = PROGRAMME.tables[0]
    (change,) = told(table_with(fields=(*table.fields[1:], table.fields[0])))
    assert "先后顺序" in change


def test_targets_are_told_division_by_division() -> None:
    tree = PROGRAMME.targets[0]
    code = next(iter(tree.values))
    after = replace(
        PROGRAMME, targets=(replace(tree, values={**tree.values, code: Decimal(7)}), *PROGRAMME.targets[1:])
    )
    (change,) = told(after)
    assert f"{code} 的目标由" in change
    assert change.endswith("改为 7")


def test_a_cadence_that_changes_is_told_with_its_table() -> None:
    first, *rest = PROGRAMME.cadences
    after = replace(PROGRAMME, cadences=(replace(first, cut_off=time(9), starts=date(2021, 1, 1)), *rest))
    assert all("报送频次" in sentence for sentence in told(after))
    assert len(told(after)) == 2
