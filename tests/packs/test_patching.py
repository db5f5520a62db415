"""A changed part of a pack's file is written into it; everything else, comments included, keeps its bytes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shishi.packs.yaml_files import tree_in
from shishi.packs.yaml_patching import patched, same
from shishi.packs.yaml_writing import yaml_text

SHIPPED = Path(__file__).parents[2] / "packs"
FILES = sorted((*SHIPPED.glob("*/*/tables/*/*.yaml"), *SHIPPED.glob("*/*/programmes/*.yaml")))

TEXT = """# 头上的话
title: 台账  # 名称
key: [a]
fields:
  # 认行用
  a: {title: 编号, type: text}
  b: {title: 面积, type: decimal, scale: 2}   # 平方米

  # 单独成段的说明

  c:
    title: 阶段
    # 从低到高
    values: {begun: 已开工, done: 已完工}
checks:
  far: {kind: error, criterion: {field: b, at_least: 0}, message: 面积不能为负。}
# 尾上的话
"""


def tree() -> dict[str, Any]:
    found = copy.deepcopy(tree_in(TEXT))
    assert isinstance(found, dict)
    return found


def test_a_tree_that_says_the_same_changes_no_byte() -> None:
    assert patched(TEXT, tree()) == TEXT
    assert patched(TEXT, {**tree(), "title": "台账"}) == TEXT


@pytest.mark.parametrize("file", FILES[::9], ids=lambda file: str(file.stem))
def test_a_shipped_file_read_and_written_is_the_same_file(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = tree_in(text)
    assert isinstance(found, dict)
    assert patched(text, found) == text


def test_one_changed_word_changes_one_line() -> None:
    changed = tree()
    changed["fields"]["b"]["title"] = "建筑面积"
    made = patched(TEXT, changed)
    assert "  b: {title: 建筑面积, type: decimal, scale: 2}  # 平方米\n" in made
    assert made.replace("  b: {title: 建筑面积, type: decimal, scale: 2}  # 平方米", "") == TEXT.replace(
        "  b: {title: 面积, type: decimal, scale: 2}   # 平方米", ""
    )


def test_an_entry_takes_the_comment_above_it_along() -> None:
    changed = tree()
    fields = changed["fields"]
    changed["fields"] = {"c": fields["c"], "a": fields["a"], "b": fields["b"]}
    made = patched(TEXT, changed)
    assert made.index("# 单独成段的说明") < made.index("  c:") < made.index("# 认行用") < made.index("  a:")


def test_a_dropped_entry_takes_its_own_comment_and_no_other() -> None:
    changed = tree()
    del changed["fields"]["a"]
    made = patched(TEXT, changed)
    assert "认行用" not in made
    for kept in ("头上的话", "# 名称", "平方米", "单独成段的说明", "从低到高", "尾上的话"):
        assert kept in made


def test_a_renamed_entry_keeps_the_comment_above_it() -> None:
    changed = tree()
    changed["fields"] = {"number" if name == "a" else name: item for name, item in changed["fields"].items()}
    assert "  # 认行用\n  number:" in patched(TEXT, changed)


def test_the_order_of_choices_is_told_and_the_order_of_words_is_not() -> None:
    changed = tree()
    changed["fields"]["b"] = {"scale": 2, "type": "decimal", "title": "面积"}
    assert "title: 面积, type: decimal" in patched(TEXT, changed)
    changed = tree()
    changed["fields"]["c"]["values"] = {"done": "已完工", "begun": "已开工"}
    assert "values: {done: 已完工, begun: 已开工}" in patched(TEXT, changed)


def test_what_is_no_mapping_is_written_anew() -> None:
    assert patched("", {"title": "甲"}) == yaml_text({"title": "甲"})
    assert patched("- a\n", {"title": "甲"}) == yaml_text({"title": "甲"})
    assert patched("a: [\n", {"title": "甲"}) == yaml_text({"title": "甲"})


NAMES = st.sampled_from(["title", "fields", "values", "a", "b", "c", "lists", "note"])
WORDS = st.sampled_from(["台账", "是", "true", "0.50", "2021-09-30", "# 不是注释", "一\n二", "", "a: b", "- c", "null"])
TREES = st.recursive(
    WORDS | st.booleans() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=14,
)
ROOTS = st.dictionaries(NAMES, TREES, min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(ROOTS, ROOTS)
def test_whatever_changes_the_file_says_what_the_tree_says(before: dict[str, Any], after: dict[str, Any]) -> None:
    commented = "# 说明\n" + "".join(
        line if line[0] in " -" else f"# 关于下面\n{line}" for line in yaml_text(before).splitlines(keepends=True)
    )
    text = commented if _reads(commented, before) else yaml_text(before)
    made = patched(text, after)
    assert same(tree_in(made), tree_in(yaml_text(after)))


def _reads(text: str, tree: dict[str, Any]) -> bool:
    try:
        return same(tree_in(text), tree_in(yaml_text(tree)))
    except ValueError:
        return False
