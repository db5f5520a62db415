"""Conditions are taken apart into groups and comparisons and put together again without losing anything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shishi.core.errors import Refused
from shishi.packs.condition_editing import (
    Group,
    Join,
    Line,
    changed_at,
    document_of,
    group_of,
    kept_or_new,
    scopes_of,
)
from shishi.packs.definition_editing import columns_of
from shishi.packs.yaml_files import tree_in, typed
from shishi.packs.yaml_writing import yaml_text

SHIPPED = Path(__file__).parents[2] / "packs"
COLUMNS: dict[str, dict[str, Any]] = {
    "homes.stage": {
        "title": "阶段", "type": "enumeration", "values": {"begun": "已开工", "done": "已完工"}, "table_title": "房屋",
    },
    "homes.area": {"title": "面积", "type": "decimal", "table_title": "房屋"},
    "homes.planned": {"title": "计划面积", "type": "decimal", "table_title": "房屋"},
    "homes.done_on": {"title": "完工日期", "type": "date", "table_title": "房屋"},
    "homes.paused": {"title": "是否暂停", "type": "yes_no", "table_title": "房屋"},
    "homes.name": {"title": "名称", "type": "text", "table_title": "房屋"},
    "visits.home": {"title": "房屋", "type": "reference", "references": "homes", "table_title": "走访"},
    "visits.result": {"title": "结果", "type": "text", "table_title": "走访"},
}  # fmt: skip


def criteria() -> list[Any]:
    """Every criterion of the shipped packs, with the table that it is over."""
    found = []
    for folder in sorted(SHIPPED.glob("*/*/programmes/*.yaml")):
        pack, code = folder.parents[1], folder.stem
        files = {f"programmes/{code}.yaml": folder.read_text(encoding="utf-8")}
        for table in sorted((pack / "tables" / code).glob("*.yaml")):
            files[f"tables/{code}/{table.stem}.yaml"] = table.read_text(encoding="utf-8")
        columns = columns_of(files, code)
        tree: Any = tree_in(files[f"programmes/{code}.yaml"])
        for name, item in tree["indicators"].items():
            if item.get("where"):
                found.append(pytest.param(item["where"], columns, item["table"], id=f"{code}.{name}"))
        for name, text in files.items():
            told: Any = tree_in(text) if name.startswith("tables/") else {}
            for check, item in told.get("checks", {}).items():
                found.append(pytest.param(item["criterion"], columns, Path(name).stem, id=f"{code}.{check}"))
    return found


@pytest.mark.parametrize(("tree", "columns", "table"), criteria())
def test_every_shipped_condition_comes_back_as_it_was(tree: Any, columns: Any, table: str) -> None:
    group = group_of(tree, columns, table)
    assert kept_or_new(tree, group, columns, table) is tree
    written = document_of(group, columns, table)
    again = typed(tree_in(yaml_text({"where": written})))
    assert isinstance(again, dict)
    assert plain(again["where"]) == plain(typed(tree))


def plain(tree: Any) -> Any:
    """Without what goes without saying: a group of one, the usual quantifier, nothing asked of the related rows."""
    if isinstance(tree, list):
        return [plain(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    told = {name: plain(item) for name, item in tree.items()}
    for join in ("all", "any"):
        if set(told) == {join} and len(told[join]) == 1:
            return told[join][0]
    if "related" in told:
        told = {"quantifier": "any", **told}
        told["related"] = told["related"].rsplit("/", 1)[-1]
        if told.get("where") == {"all": []}:
            del told["where"]
    return {name: item for name, item in told.items() if name != "table"}


def test_people_say_titles_and_days_and_packs_get_codes() -> None:
    group = Group(
        Join.ANY,
        parts=(
            Line("stage", "at_least", "已完工"),
            Line("stage", "in", "已开工、已完工"),
            Group(Join.NOT_ALL, parts=(Line("paused", "equals", "是"), Line("name", "filled"))),
            Line("area", "more_than", against="=planned"),
            Line("done_on", "on_or_before", against="as_of"),
            Line("done_on", "after", "2021-09-30"),
            Line("area", "equals", "60.50"),
        ),
    )
    assert document_of(group, COLUMNS, "homes") == {
        "any": [
            {"field": "stage", "at_least": "done"},
            {"field": "stage", "in": ["begun", "done"]},
            {"not": {"all": [{"field": "paused", "equals": True}, {"field": "name", "is_empty": False}]}},
            {"field": "area", "more_than": {"field": "planned"}},
            {"field": "done_on", "on_or_before": "as_of"},
            {"field": "done_on", "after": date(2021, 9, 30)},
            {"field": "area", "equals": Decimal("60.50")},
        ]
    }


def test_rows_that_hang_on_a_row_and_the_row_it_refers_to() -> None:
    assert ("related:visits:home:none", "《走访》里“房屋”指到本行的，没有一行") in scopes_of("homes", COLUMNS)
    group = Group(parts=(Group(Join.ALL, "related:visits:home:all", (Line("result", "filled"),)),))
    assert document_of(group, COLUMNS, "homes") == {
        "related": "visits", "via": "home", "quantifier": "all", "where": {"field": "result", "is_empty": False}
    }  # fmt: skip
    through = Group(parts=(Group(Join.NOT_ANY, "through:home", (Line("stage", "equals", "已完工"),)),))
    told = document_of(through, COLUMNS, "visits")
    assert told == {"through": "home", "where": {"not": {"field": "stage", "equals": "done"}}}
    again: Any = tree_in(yaml_text({"where": told}))
    assert group_of(again["where"], COLUMNS, "visits") == Group(
        parts=(Group(Join.NOT_ALL, "through:home", (Line("stage", "equals", "已完工"),)),)
    )


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (Line("area", "equals", "很大"), "不能与“很大”相比"),
        (Line("done_on", "before", "去年"), "2021-09-30"),
        (Line("paused", "equals", "对"), "是非题"),
        (Line("area", "equals", ""), "与什么比较"),
        (Line("stage", "in", "、"), "用顿号隔开"),
        (Line("result", "filled"), "不在这一组所说的台账里"),
        (Line("", "equals", "甲"), "请选要比较的列"),
    ],
)
def test_what_cannot_be_compared_is_said_at_its_place(line: Line, word: str) -> None:
    with pytest.raises(Refused) as refused:
        document_of(Group(parts=(Line("name", "filled"), Group(parts=(line,)))), COLUMNS, "homes")
    assert [issue.field for issue in refused.value.issues] == ["c_1_0"]
    assert word in refused.value.issues[0].message


def test_a_condition_has_an_end() -> None:
    long = Group(parts=tuple(Line("name", "filled") for _ in range(90)))
    deep = Group(parts=(Line("name", "filled"),))
    for _ in range(7):
        deep = Group(parts=(deep,))
    for group in (long, deep):
        with pytest.raises(Refused, match="条件最多"):
            document_of(group, COLUMNS, "homes")


def test_steps_add_move_and_drop_parts() -> None:
    group = changed_at(Group(), "c", "line")
    group = changed_at(group, "c", "group")
    group = changed_at(group, "c_1", "line")
    assert group == Group(parts=(Line(), Group(parts=(Line(), Line()))))
    assert changed_at(group, "c_1", "up") == Group(parts=(Group(parts=(Line(), Line())), Line()))
    assert changed_at(group, "c_1_0", "drop") == Group(parts=(Line(), Group(parts=(Line(),))))
    assert changed_at(group, "c_7", "drop") == group
    assert document_of(group, COLUMNS, "homes") is None
