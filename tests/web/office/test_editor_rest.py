"""What of a programme was only YAML before has its form, too: statements, sampling, doubts, examples, groups of proof,
papers, parts, the work record; and every word of a pack's shape is one that some form knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pydantic import BaseModel

from shishi.apps.programmes.draft_history import draft_for
from shishi.apps.programmes.drafts import save_draft
from shishi.apps.programmes.selectors import programme_named
from shishi.core.divisions import Level
from shishi.packs.drafting import tree_of
from shishi.packs.editing import with_tree
from shishi.packs.shapes import (
    BriefShape,
    CadenceShape,
    CheckShape,
    EvidenceShape,
    ExampleShape,
    FieldShape,
    IndicatorShape,
    ProgrammeShape,
    RuleShape,
    RungShape,
    SourceShape,
    StatementsShape,
    TableShape,
    TargetShape,
    ThresholdsShape,
    TrajectoryShape,
)
from shishi.packs.verification_shapes import GamingShape, VerificationShape
from tests.apps.test_programme_drafts import NOW, House
from tests.web.conftest import SignedIn
from tests.web.office.test_editor import changing, controls, read

pytestmark = pytest.mark.django_db

PROGRAMME, HOMES, MONTHS, EXAMPLES = (
    "programmes/homes.yaml", "tables/homes/homes.yaml", "tables/homes/months.yaml", "examples/homes/homes.yaml",
)  # fmt: skip
MONTHLY = """title: 每月报数
key: [county, stated_on]
division_field: county
approval: required
fields:
  county: {title: 所在县区, type: division, required: true}
  stated_on: {title: 截至日期, type: date, required: true}
  raised: {title: 累计套数, type: integer}
  within: {title: 本月套数, type: integer}
statements:
  by: stated_on  # 每月最后一天
  accepted_by: [city]
  grace_hours: 72
  never_fall: [raised]
  gaps: {within: raised}
"""
ROWS = """# 考题
examples:
  - title: 收下的一行
    passes: true
    row: {房屋编号: H-1, 所在县区: "341802", 阶段: 已列入}
  # 没有日期
  - title: 发证没有日期
    passes: false
    code: issued_undated
    field: issued_on
    row: {房屋编号: H-2, 所在县区: "341802", 阶段: 已发证, 面积: 80}
"""
MORE = """verification:
  confidence: 0.90  # 人手少
  margin: 0.1
  reasons: {not_there: 现场没有}
gaming: {copied_rows: null, chance: 0.0001, digit_fields: [homes.area]}
publishing:
  indicators: [rate, issued]
  down_to: city
  rows: {homes: [stage, number]}
work_record:
  fields:
    batch: {title: 批次, type: integer, minimum: 1, note: 第几批}
"""
PAGES = (
    "frame", "sources", "duties", "sampling", "doubts", "work-record", "rhythm", "words", "publishing",
    "tables/homes", "tables/homes/columns/stage", "tables/homes/columns/area", "tables/homes/settings",
    "tables/months/settings", "tables/homes/evidence/certificate", "tables/homes/evidence/place",
    "tables/homes/examples/1", "tables/homes/examples/2", "indicators/issued", "indicators/rate", "targets/issued",
)  # fmt: skip


@pytest.fixture
def house(own_folder: Path, code_list: Path, db: None) -> House:
    return House(own_folder, code_list)


@pytest.fixture
def drafter(house: House, signed_in: SignedIn) -> Client:
    return signed_in("drafter")


def files_of(house: House, number: int) -> dict[str, str]:
    return dict(draft_for(house.drafter, number, at=NOW).files)


def write(drafter: Client, house: House, number: int, name: str, text: str) -> None:
    answer = drafter.post(f"/editor/{number}/files/?file={name}", {"text": text})
    assert answer.status_code == 302, read(answer)
    assert files_of(house, number)[name] == text


def rich(drafter: Client, house: House) -> int:
    """A draft of the little programme in which everything is said that has a form."""
    number = changing(drafter)
    held = files_of(house, number)
    homes, programme = tree_of(held[HOMES], HOMES), tree_of(held[PROGRAMME], PROGRAMME)
    homes["fields"]["spot"] = {"title": "位置", "type": "point"}
    homes["groups"]["place"] = ["area"]
    proof = {"because": "补助按面积拨付", "reason": "payment", "photos": {"after": 1}, "place": "spot", "within": 150}
    homes["evidence"] = {"place": proof}
    programme["targets"]["issued"]["printed"] = {"qualifier": "以上"}
    programme["cadences"]["months"] = {"kind": "month"}
    made = with_tree(with_tree(held, HOMES, homes), PROGRAMME, programme)
    files = {**made, MONTHS: MONTHLY, EXAMPLES: ROWS, PROGRAMME: made[PROGRAMME] + MORE}
    save_draft(number, files, title="房屋办证", by=house.drafter, at=NOW)
    faults = house.checked(draft_for(house.drafter, number, at=NOW)).issues
    assert not faults, faults
    return number


def test_every_form_shows_what_is_written_and_writes_nothing_when_nothing_changes(
    house: House, drafter: Client
) -> None:
    number = rich(drafter, house)
    before = files_of(house, number)
    for page in PAGES:
        answer = drafter.post(f"/editor/{number}/{page}/", controls(drafter.get(f"/editor/{number}/{page}/")))
        assert answer.status_code == 302, (page, read(answer))
        assert files_of(house, number) == before, page


def test_a_table_becomes_one_of_statements_by_a_form(house: House, drafter: Client) -> None:
    number = rich(drafter, house)
    address = f"/editor/{number}/tables/months/settings/"
    sent = controls(drafter.get(address))
    assert (sent["by"], sent["grace_hours"], sent["gap_0"], sent["total_0"]) == ("stated_on", "72", "within", "raised")
    half = drafter.post(address, {**sent, "gap_1": "raised"})
    assert half.status_code == 422
    assert "成对" in read(half)
    changed = {**sent, "accepted_by": ["city", "province"], "grace_hours": "", "above": "accepted", "approval": ""}
    assert drafter.post(address, {key: item for key, item in changed.items() if item}).status_code == 302
    text = files_of(house, number)[MONTHS]
    assert "by: stated_on  # 每月最后一天\n" in text
    programme = house.checked(draft_for(house.drafter, number, at=NOW)).programme
    assert programme is not None
    plan = programme.table("months").statements
    assert plan is not None
    assert (plan.accepted_by, plan.only_accepted, plan.grace_hours) == ((Level.CITY, Level.PROVINCE), True, None)
    assert programme.table("months").approval is False
    wrong = drafter.post(f"/editor/{number}/tables/homes/settings/", {"stated": "on", "above": "counted"})
    assert wrong.status_code == 422
    assert "主键只能是行政区划" in read(wrong)
    slip = drafter.post(f"/editor/{number}/tables/homes/settings/", {"grace_hours": "3", "above": "counted"})
    assert "没有勾选按期填报" in read(slip)


def test_sampling_and_doubts_are_set_by_forms(house: House, drafter: Client) -> None:
    number = rich(drafter, house)
    address = f"/editor/{number}/sampling/"
    sent = controls(drafter.get(address))
    assert (sent["confidence"], sent["margin"]) == ("90", "10")
    assert drafter.post(address, {**sent, "confidence": "99", "minimum": "8"}).status_code == 302
    assert "  confidence: 0.99  # 人手少\n" in files_of(house, number)[PROGRAMME]
    sure = drafter.post(address, {**sent, "once": "", "confidence": "100"})
    assert sure.status_code == 422
    doubts = f"/editor/{number}/doubts/"
    sent = controls(drafter.get(doubts))
    assert (sent["copied_rows"], sent["chance"]) == ("", "0.0001")
    told = {**sent, "never_falls": "", "digit_fields": "homes.area", "copied_rows": "7"}
    assert drafter.post(doubts, told).status_code == 302
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    programme = programme_named("homes")[1]
    assert (str(programme.verification.confidence), programme.verification.minimum) == ("0.99", 8)
    assert (programme.gaming.copied_rows, programme.gaming.never_falls) == (7, None)
    assert programme.gaming.digit_fields == ("homes.area",)


def test_an_example_is_tried_and_what_came_of_it_is_written_down(house: House, drafter: Client) -> None:
    number = rich(drafter, house)
    address = f"/editor/{number}/tables/homes/examples/new/"
    sent = controls(drafter.get(address))
    passing = {**sent, "title": "面积写成了字", "passes": "false", "cell_number": "H-3", "cell_county": "341802",
               "cell_stage": "已列入"}  # fmt: skip
    taken = drafter.post(address, passing)
    assert taken.status_code == 422
    assert "试填下来会被收下" in read(taken)
    assert drafter.post(address, {**passing, "cell_area": "很大"}).status_code == 302
    listed = read(drafter.get(f"/editor/{number}/tables/homes/examples/"))
    assert "在“面积”" in listed
    wrong = drafter.post(address, {**passing, "once": "", "title": "写错了的例子", "code": "below_minimum", "field": "area",
                                   "cell_area": "很大"})  # fmt: skip
    assert wrong.status_code == 422
    second = f"/editor/{number}/tables/homes/examples/2/"
    assert drafter.post(second, {**controls(drafter.get(second)), "drop": "on"}).status_code == 302
    text = files_of(house, number)[EXAMPLES]
    assert "# 考题\n" in text
    assert "发证没有日期" not in text
    assert drafter.get(f"/editor/{number}/tables/homes/examples/9/").status_code == 404


def test_a_table_has_several_groups_that_are_proved_or_only_verified(house: House, drafter: Client) -> None:
    number = rich(drafter, house)
    listed = read(drafter.get(f"/editor/{number}/"))
    assert "要佐证：面积" in listed
    assert "可核实：阶段、发证日期" in listed
    address = f"/editor/{number}/tables/homes/evidence/new/"
    asked = {
        **controls(drafter.get(address)),
        "columns": ["owner"],
        "code": "place",
        "because": "核对",
        "documents": "1",
    }
    assert "已有这个代码" in read(drafter.post(address, asked))
    assert drafter.post(address, {**asked, "code": "lived_in"}).status_code == 302
    slip = {**controls(drafter.get(f"/editor/{number}/tables/homes/evidence/certificate/")), "because": "核对",
            "columns": ["stage", "issued_on"], "documents": "1"}  # fmt: skip
    told = drafter.post(f"/editor/{number}/tables/homes/evidence/certificate/", slip)
    assert "又勾了不要求佐证" in read(told)
    gone = drafter.post(f"/editor/{number}/tables/homes/evidence/place/", {"gone": "on"})
    assert gone.status_code == 302, read(gone)
    programme = house.checked(draft_for(house.drafter, number, at=NOW)).programme
    assert programme is not None
    table = programme.table("homes")
    assert list(table.groups) == ["certificate", "lived_in"]
    assert [(plan.group, plan.documents, plan.within) for plan in table.evidence] == [("lived_in", 1, 300)]
    assert drafter.get(f"/editor/{number}/tables/homes/evidence/place/").status_code == 404


def test_papers_parts_and_the_work_record_are_lists_of_lines(house: House, drafter: Client) -> None:
    number = rich(drafter, house)
    sources = f"/editor/{number}/sources/"
    sent = controls(drafter.get(sources))
    more = {**sent, "title_1": "实施方案", "trust_1": "official", "published_1": "2021-03-01"}
    assert drafter.post(sources, more).status_code == 302
    duties = f"/editor/{number}/duties/"
    sent = controls(drafter.get(duties))
    blank = max(int(name.rpartition("_")[2]) for name in sent if name.startswith("title_"))
    more = {**sent, f"title_{blank}": "{name}住建局", f"part_{blank}": "assisting", f"each_{blank}": "county",
            f"division_{blank}": "宣城市"}  # fmt: skip
    assert drafter.post(duties, more).status_code == 302
    record = f"/editor/{number}/work-record/"
    sent = controls(drafter.get(record))
    assert (sent["title_0"], sent["name_0"], sent["kept"]) == ("批次", "batch", "on")
    assert drafter.post(record, {**sent, "title_1": "参加人数", "type_1": "integer", "unit_1": "人"}).status_code == 302
    assert "note: 第几批" in files_of(house, number)[PROGRAMME]
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    pack, programme = programme_named("homes")
    assert [source.title for source in programme.sources] == ["演示文件", "实施方案"]
    added = next(body for body in pack.bodies if body.title == "{name}住建局")
    assert added.each is Level.COUNTY
    assert any(duty.body == added.code and str(duty.part) == "assisting" for duty in pack.responsibilities)
    assert "参加人数" in {field.title for field in programme.table("work_record").fields}


PAGE_OF: dict[type[BaseModel], tuple[str, dict[str, str]]] = {
    ProgrammeShape: ("", {
        "title": "frame", "promise": "frame", "basis": "frame", "sources": "sources", "division": "frame",
        "supervised_level": "frame", "supervises": "frame", "cadences": "rhythm", "indicators": "indicators/issued",
        "targets": "targets/issued", "trajectories": "targets/issued", "thresholds": "rhythm", "ladder": "rhythm",
        "reasons": "words", "lists": "words", "briefs": "briefs/daily", "work_record": "work-record",
        "rules": "rules/new", "publishing": "publishing", "verification": "sampling", "gaming": "doubts",
    }),
    TableShape: ("", {
        "title": "tables/homes", "key": "tables/homes", "division_field": "tables/homes", "fields": "tables/homes",
        "checks": "tables/homes/checks/new", "groups": "tables/homes/evidence/place",
        "evidence": "tables/homes/evidence/place", "continues": "tables/homes/settings",
        "statements": "tables/homes/settings", "approval": "tables/homes/settings",
    }),
}  # fmt: skip
CONTROLS: dict[type[BaseModel], tuple[tuple[str, ...], dict[str, str]]] = {
    FieldShape: (
        ("tables/homes", "tables/homes/columns/stage", "tables/homes/columns/number"),
        {"title": "title_0", "type": "type_0", "required": "required_0", "unit": "unit_0", "scale": "scale_0",
         "values": "values_0", "references": "type_0"},
    ),
    CheckShape: (("tables/homes/checks/new",), {"criterion": "c-kind"}),
    StatementsShape: (("tables/homes/settings",), {"gaps": "gap_0"}),
    EvidenceShape: (("tables/homes/evidence/place",), {"photos": "photos_after", "where": "c-kind"}),
    IndicatorShape: (("indicators/issued",), {"where": "c-kind", "printed": "printed_digits"}),
    TargetShape: (("targets/issued",), {"printed": "own_print"}),
    TrajectoryShape: (("targets/issued",), {"verified": "path_verified"}),
    CadenceShape: (
        ("rhythm",),
        {"kind": "cadence_homes", "cut_off": "cut_off_homes", "starts": "starts_homes", "ends": "ends_homes",
         "working_days_only": "working_homes"},
    ),
    ThresholdsShape: (("rhythm",), {}),
    RungShape: (
        ("rhythm",),
        {"reply_within": "within_reminder", "after_days": "after_reminder", "series": "series_reminder",
         "requirement": "asks_reminder", "verified": "sure_reminder"},
    ),
    BriefShape: (("briefs/daily",), {"indicators": "order_issued"}),
    RuleShape: (("rules/new",), {"with_": "to"}),
    SourceShape: (
        ("sources",), {name: f"{name}_0" for name in ("title", "trust", "published", "supports", "verified")},
    ),
    ExampleShape: (("tables/homes/examples/new",), {"row": "cell_number"}),
    VerificationShape: (("sampling",), {}),
    GamingShape: (("doubts",), {}),
}  # fmt: skip
RISES = "versions rise by themselves"
ELSEWHERE = {
    (ProgrammeShape, "published"): "figures of an article that a given pack is held against: a test of ours",
    (TableShape, "version"): RISES, (IndicatorShape, "version"): RISES, (TargetShape, "version"): RISES,
    (TrajectoryShape, "version"): RISES,
}  # fmt: skip


def test_no_word_of_a_programme_is_without_a_form(house: House, drafter: Client) -> None:
    number = rich(drafter, house)
    seen: dict[str, str] = {}

    def page(name: str) -> str:
        if name not in seen:
            answer = drafter.get(f"/editor/{number}/{name}/")
            assert answer.status_code == 200, name
            seen[name] = answer.content.decode()
        return seen[name]

    for shape, (_start, places) in PAGE_OF.items():
        left = {name for name in shape.model_fields if (shape, name) not in ELSEWHERE}
        assert left == set(places), shape
        for name in places.values():
            page(name)
    for shape, (pages, called) in CONTROLS.items():
        for name in shape.model_fields:
            if (shape, name) not in ELSEWHERE:
                control = f'name="{called.get(name, name)}"'
                assert any(control in page(where) for where in pages), (shape.__name__, name)
