"""A pack that is wrong names the file, the line and the way out, all faults at once."""

from __future__ import annotations

import shutil
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.core.calendars import OfficeHours
from shishi.core.errors import Issue, Refused
from shishi.packs.loading import load_pack

PACK = """\
jurisdiction: anywhere
year: 2022
title: 某地实事
division: 341800
source: 演示文件
bodies:
  office: {title: 办公室, division: 341800}
responsibilities:
  - {body: office, programme: trees, part: lead}
"""
PROGRAMME = """\
title: 种树
promise: 种一万棵树
basis: 演示文件
sources:
  - {title: 演示文件, trust: given}
division: 341800
supervised_level: county
cadences:
  plots: {kind: week}
indicators:
  planted: {title: 已种棵数, measure: sum, table: plots, field: trees, unit: 棵}
targets:
  planted:
    document: 演示文件
    values: {341800: 10000, 341802: 10000}
trajectories:
  planted:
    shape: linear
    source: 演示文件
    points:
      2022-01-01: {share: 0}
      2022-12-31: {share: 1}
"""
TABLE = """\
title: 地块台账
key: [plot]
division_field: division
fields:
  plot: {title: 地块编号, type: text, required: true}
  division: {title: 所在区划, type: division, required: true}
  trees: {title: 棵数, type: integer, minimum: 0, maximum: 1000000000000000000001}
  state: {title: 阶段, type: enumeration, values: {open: 未种, planted: 已种}}
  area: {title: 面积, type: decimal, scale: 4, maximum: 0.1000}
checks:
  planted_without_trees:
    kind: error
    criterion:
      any:
        - {field: state, equals: open}
        - {field: trees, more_than: 0}
    message: 已种的地块要填棵数。
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for name, text in {
        "pack.yaml": PACK,
        "programmes/trees.yaml": PROGRAMME,
        "tables/trees/plots.yaml": TABLE,
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def change(pack: Path, name: str, old: str, new: str) -> None:
    file = pack / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def issues(pack: Path) -> list[Issue]:
    with pytest.raises(Refused) as refused:
        load_pack(pack)
    assert refused.value.code == "pack_refused"
    return list(refused.value.issues)


def only(pack: Path) -> Issue:
    found = issues(pack)
    assert len(found) == 1, found
    return found[0]


def test_a_good_pack_loads(pack: Path) -> None:
    loaded = load_pack(pack)
    programme = loaded.programmes[0]
    assert loaded.name == "anywhere/2022"
    assert programme.name == "anywhere/2022/trees"
    assert programme.table("plots").name == "anywhere/2022/trees/plots"
    assert programme.targets[0].values == {"3418": Decimal(10000), "341802": Decimal(10000)}


def test_numbers_never_pass_through_a_float(pack: Path) -> None:
    table = load_pack(pack).programmes[0].table("plots")
    assert table.by_name["trees"].maximum == Decimal(1000000000000000000001)
    assert str(table.by_name["area"].maximum) == "0.1000"


def test_an_unknown_key_is_named_with_its_line_and_what_was_meant(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "promise: 种一万棵树", "promise: 种一万棵树\npromiss: 再种")
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_unknown_key", 3)
    assert issue.file.endswith("programmes/trees.yaml")
    assert "是不是“promise”" in issue.message


def test_a_missing_key_points_to_where_it_belongs(pack: Path) -> None:
    change(pack, "tables/trees/plots.yaml", "{title: 棵数, type: integer,", "{type: integer,")
    issue = only(pack)
    assert (issue.code, issue.line, issue.field) == ("pack_missing_key", 7, "fields.trees.title")


def test_a_wrong_type_says_what_is_expected(pack: Path) -> None:
    change(pack, "pack.yaml", "year: 2022", "year: 明年")
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_wrong_type", 2)
    assert "整数" in issue.message


@pytest.mark.parametrize("word", ["yes", "on", "1", "True", "是"])
def test_only_true_and_false_are_truth_values(pack: Path, word: str) -> None:
    change(
        pack,
        "tables/trees/plots.yaml",
        "{title: 地块编号, type: text, required: true}",
        f"{{title: 甲, type: text, required: {word}}}",
    )
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_wrong_type", 5)


def test_an_indicator_over_an_unknown_table_is_named(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "measure: sum, table: plots", "measure: sum, table: plot")
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_unknown_reference", 11)
    assert "plots" in issue.message


def test_a_ratio_of_a_ratio_is_refused_also_of_itself(pack: Path) -> None:
    ratio = "share: {title: 比率, measure: ratio, numerator: share, denominator: planted, unit: '%'}"
    change(pack, "programmes/trees.yaml", "targets:\n", f"  {ratio}\ntargets:\n")
    assert only(pack).code == "pack_ratio_of_ratio"


def test_a_file_of_another_shape_is_told_as_a_whole(pack: Path) -> None:
    (pack / "programmes/trees.yaml").write_text("- 1\n", encoding="utf-8")
    assert "整个文件" in issues(pack)[0].message


def test_office_hours_are_read_and_an_office_opens_before_it_closes(pack: Path) -> None:
    hours = 'office_hours: {opens: "09:00", closes: "17:00", source: 演示通知}\n'
    text = (pack / "pack.yaml").read_text(encoding="utf-8")
    (pack / "pack.yaml").write_text(text + hours, encoding="utf-8")
    assert load_pack(pack).hours == OfficeHours(time(9), time(17), "演示通知", verified=False)
    change(pack, "pack.yaml", 'closes: "17:00"', 'closes: "09:00"')
    assert only(pack).code == "office_hours_backwards"


def test_a_check_over_an_unknown_field_is_named(pack: Path) -> None:
    change(pack, "tables/trees/plots.yaml", "{field: trees, more_than: 0}", "{field: tree, more_than: 0}")
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_unknown_reference", 13)


def test_a_comparison_that_could_never_be_known_is_refused(pack: Path) -> None:
    change(pack, "tables/trees/plots.yaml", "more_than: 0", 'more_than: "0"')
    assert only(pack).code == "pack_unknown_reference"


def test_a_comparison_with_a_value_that_is_not_listed_is_refused(pack: Path) -> None:
    change(pack, "tables/trees/plots.yaml", "equals: open", "equals: opened")
    assert "是不是“open”" in only(pack).message


def test_a_criterion_that_cannot_be_read_is_refused(pack: Path) -> None:
    change(pack, "tables/trees/plots.yaml", "more_than: 0", "over: 0")
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_criterion", 13)


def test_a_key_written_twice_is_refused_with_both_lines(pack: Path) -> None:
    change(
        pack,
        "programmes/trees.yaml",
        "targets:",
        "  planted: {title: 又一个, measure: count, table: plots, unit: 块}\ntargets:",
    )
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_duplicate_code", 12)
    assert "第 11 行" in issue.message


@pytest.mark.parametrize(
    "text",
    [
        "title: &a 甲\nsource: *a\n",
        "title: !!python/object/apply:os.system ['true']\n",
        "a: &a [x, x]\nb: &b [*a, *a]\n",
        "- " * 200 + "x",
        "title: {",
        "title: 甲\n---\ntitle: 乙\n",
        "title: \x00",
    ],
)
def test_what_yaml_could_do_but_a_pack_never_needs_is_refused(pack: Path, text: str) -> None:
    (pack / "pack.yaml").write_text(text, encoding="utf-8")
    assert {issue.code for issue in issues(pack)} == {"pack_unreadable"}


def test_another_encoding_is_refused(pack: Path) -> None:
    (pack / "pack.yaml").write_bytes("title: 某地实事".encode("gb18030"))
    assert only(pack).code == "pack_unreadable"


def test_several_faults_are_told_at_once_in_the_order_of_files_and_lines(pack: Path) -> None:
    change(pack, "pack.yaml", "year: 2022", "year: 明年")
    change(pack, "pack.yaml", "source: 演示文件", "sauce: 演示文件")
    change(pack, "tables/trees/plots.yaml", "type: decimal", "type: float")
    found = issues(pack)
    assert [(Path(issue.file).name, issue.code) for issue in found] == [
        ("pack.yaml", "pack_missing_key"),
        ("pack.yaml", "pack_wrong_type"),
        ("pack.yaml", "pack_unknown_key"),
        ("plots.yaml", "pack_wrong_type"),
    ]


def test_a_table_without_its_programme_is_named(pack: Path) -> None:
    shutil.copytree(pack / "tables/trees", pack / "tables/flowers")
    assert only(pack).code == "pack_unknown_reference"


def test_a_file_that_nothing_reads_is_named(pack: Path) -> None:
    (pack / "tables/plots.yaml").write_text(TABLE, encoding="utf-8")
    assert only(pack).code == "pack_stray_file"


def test_a_folder_without_a_pack_says_so(tmp_path: Path) -> None:
    assert only(tmp_path).code == "pack_file_missing"


def test_a_target_of_no_indicator_is_named(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "targets:\n  planted:", "targets:\n  plantd:")
    assert {issue.code for issue in issues(pack)} == {"pack_unknown_reference"}


def test_a_division_that_is_none_is_named(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "{341800: 10000, 341802: 10000}", "{341800: 10000, 34180: 10000}")
    issue = only(pack)
    assert (issue.code, issue.line) == ("pack_wrong_type", 15)


def test_a_trajectory_that_runs_backwards_is_refused(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "2022-12-31: {share: 1}", "2021-12-31: {share: 1}")
    assert only(pack).code == "pack_wrong_type"


def test_sensitive_types_are_encrypted_unless_the_pack_says_otherwise(pack: Path) -> None:
    change(pack, "tables/trees/plots.yaml", "checks:", "  owner: {title: 身份证号, type: citizen_number}\nchecks:")
    assert load_pack(pack).programmes[0].table("plots").by_name["owner"].sensitivity == "encrypted"


WORDS = """\
rules:
  never_fall: {compare: planted, relation: at_least, with: earlier, message: 累计数不会减少。}
  whole: {compare: planted, relation: equals, with: [planted, planted], message: 两个数之和。}
published:
  Z001: {indicator: planted, as_of: 2022-09-30}
  Z002: {target: planted, as_of: 2022-09-30, division: 341802}
"""


def test_rules_and_claims_on_an_article_s_numbers_are_read(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "targets:\n", f"{WORDS}targets:\n")
    programme = load_pack(pack).programmes[0]
    assert [rule.to for rule in programme.rules] == [(), ("planted", "planted")]
    assert [(item.id, item.division, item.of_target) for item in programme.published] == [
        ("Z001", "3418", False),
        ("Z002", "341802", True),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{compare: planted, relation: at_least", "{compare: plantd, relation: at_least"),
        ("with: [planted, planted]", "with: [planted, felled]"),
        ("{indicator: planted, as_of", "{indicator: felled, as_of"),
        ("{target: planted, as_of", "{target: felled, as_of"),
    ],
)
def test_a_rule_or_claim_over_what_does_not_exist_is_named(pack: Path, old: str, new: str) -> None:
    change(pack, "programmes/trees.yaml", "targets:\n", f"{WORDS}targets:\n")
    change(pack, "programmes/trees.yaml", old, new)
    assert only(pack).code == "pack_unknown_reference"


def test_a_number_is_proved_by_an_indicator_or_a_target_and_not_by_both(pack: Path) -> None:
    change(pack, "programmes/trees.yaml", "targets:\n", f"{WORDS}targets:\n")
    change(pack, "programmes/trees.yaml", "{target: planted, as_of", "{target: planted, indicator: planted, as_of")
    assert only(pack).code == "pack_missing_key"


def test_a_promise_has_a_printed_form_of_its_own(pack: Path) -> None:
    form = "    printed: {digits: -3, qualifier: 以上}\n"
    change(
        pack,
        "programmes/trees.yaml",
        "  planted:\n    document: 演示文件\n",
        f"  planted:\n    document: 演示文件\n{form}",
    )
    printed = load_pack(pack).programmes[0].targets[0].printed
    assert printed is not None
    assert (printed.digits, printed.qualifier) == (-3, "以上")
