"""Every part of a programme has its form: conditions, checks, quality rules, briefs, what is public, more tables."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.draft_history import draft_for
from shishi.apps.programmes.models import ProgrammeDraft
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.programmes.services import install_pack
from shishi.core.criteria import AnyOf, Not
from shishi.core.tables import FieldType
from shishi.packs.canonical import pack_version
from shishi.packs.loading import load_pack
from tests.apps.test_programme_drafts import DAY, HOME, LITTLE, NOW, House
from tests.web.conftest import SignedIn
from tests.web.office.test_editor import begun, changing, controls, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(own_folder: Path, code_list: Path, db: None) -> House:
    return House(own_folder, code_list)


@pytest.fixture
def drafter(house: House, signed_in: SignedIn) -> Client:
    return signed_in("drafter")


def files_of(house: House, number: int) -> dict[str, str]:
    return dict(draft_for(house.drafter, number, at=NOW).files)


@pytest.mark.parametrize(
    "page",
    ["frame", "tables/homes", "tables/homes/columns/stage", "indicators/issued", "targets/issued", "rhythm", "words",
     "tables/homes/checks/issued_undated", "briefs/daily"],
)  # fmt: skip
def test_a_form_that_changes_nothing_writes_nothing(house: House, drafter: Client, page: str) -> None:
    number = changing(drafter)
    before = files_of(house, number)
    answer = drafter.post(f"/editor/{number}/{page}/", controls(drafter.get(f"/editor/{number}/{page}/")))
    assert answer.status_code == 302, read(answer)
    assert files_of(house, number) == before


def test_comments_stay_where_a_form_saves_and_in_what_is_exported(
    house: House, drafter: Client, tmp_path: Path
) -> None:
    number = changing(drafter)
    name = "programmes/homes.yaml"
    text = files_of(house, number)[name].replace("indicators:\n", "# 先数发证，再数其他\nindicators:\n")
    assert drafter.post(f"/editor/{number}/files/?file={name}", {"text": text}).status_code == 302
    sent = controls(drafter.get(f"/editor/{number}/indicators/issued/"))
    assert drafter.post(f"/editor/{number}/indicators/issued/", {**sent, "title": "已发证"}).status_code == 302
    assert "# 先数发证，再数其他\nindicators:\n" in files_of(house, number)[name]
    packed = zipfile.ZipFile(io.BytesIO(drafter.get(f"/editor/{number}/pack.zip").content))
    packed.extractall(tmp_path)
    assert "# 先数发证，再数其他\n" in (tmp_path / "somewhere/2021" / name).read_text(encoding="utf-8")
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    assert load_pack(tmp_path / "somewhere/2021").version == programme_named("homes")[0].version
    assert "# 先数发证，再数其他\n" in files_of(house, changing(drafter))[name]


def test_a_change_begins_with_no_words_that_are_no_longer_true(house: House, drafter: Client) -> None:
    name = "programmes/homes.yaml"
    number = changing(drafter)
    text = files_of(house, number)[name].replace("indicators:\n", "# 旧话\nindicators:\n")
    drafter.post(f"/editor/{number}/files/?file={name}", {"text": text})
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    newer = replace(load_pack(LITTLE), title="另一个名称的清单")
    programmes = tuple(replace(item, promise="承诺另写了。") for item in newer.programmes)
    newer = replace(newer, programmes=programmes)
    newer = replace(newer, version=pack_version(newer))
    install_pack(newer, effective_on=DAY, holds_rows=holds_rows, by=house.operator, at=NOW)
    begun = files_of(house, changing(drafter))[name]
    assert "承诺另写了。" in begun
    assert "# 旧话" not in begun


def test_a_nested_condition_is_put_together_with_buttons_alone(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/indicators/issued/"
    sent = controls(drafter.get(address))
    before = files_of(house, number)
    page = drafter.post(address, {**sent, "c-step": "group:c"})
    assert page.status_code == 200
    assert files_of(house, number) == before
    assert 'name="c_1_0-field" id="c_1_0-field"' in page.content.decode()
    assert "autofocus" in page.content.decode()
    assert controls(page)["code"] == "issued"
    page = drafter.post(address, {**controls(page), "c-step": "line:c_1"})
    filled = controls(page) | {
        "c-join": "any", "c_1-join": "not_all",
        "c_1_0-field": "area", "c_1_0-operator": "more_than", "c_1_0-value": "200",
        "c_1_1-field": "issued_on", "c_1_1-operator": "on_or_before", "c_1_1-against": "as_of",
    }  # fmt: skip
    answer = drafter.post(address, filled)
    assert answer.status_code == 302, read(answer)
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    where = next(item for item in programme_named("homes")[1].indicators if item.code == "issued").where
    assert isinstance(where, AnyOf)
    assert isinstance(where.parts[1], Not)
    again = controls(drafter.get(f"/editor/{changing(drafter)}/indicators/issued/"))
    assert (again["c-join"], again["c_1-join"], again["c_1_1-against"]) == ("any", "not_all", "as_of")


def test_a_part_of_a_condition_is_dropped_and_moved(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/indicators/issued/"
    page = drafter.post(address, {**controls(drafter.get(address)), "c-step": "line:c"})
    typed = controls(page) | {"c_1-field": "area", "c_1-value": "9"}
    moved = controls(drafter.post(address, {**typed, "c-step": "up:c_1"}))
    assert (moved["c_0-field"], moved["c_1-field"]) == ("area", "stage")
    left = controls(drafter.post(address, {**moved, "c-step": "drop:c_0"}))
    assert left["c_0-field"] == "stage"
    assert "c_1-field" not in left


def test_a_comparison_at_fault_is_told_at_its_line_and_nothing_is_written(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/indicators/issued/"
    sent = controls(drafter.get(address)) | {"c_0-value": "快发证了"}
    before = files_of(house, number)
    answer = drafter.post(address, sent)
    assert answer.status_code == 422
    assert 'href="#id_condition"' in answer.content.decode()
    unread = drafter.post(address, {**sent, "c_0-field": "area", "c_0-value": "很大"})
    assert 'id="c_0-fault"' in unread.content.decode()
    assert "不能与“很大”相比" in read(unread)
    assert files_of(house, number) == before


def test_a_check_is_written_without_yaml_and_refuses_rows(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/tables/homes/checks/new/"
    empty = drafter.post(address, {**controls(drafter.get(address)), "message": "面积要大于零。", "kind": "error"})
    assert "至少写一条条件" in read(empty)
    page = drafter.post(address, {**controls(drafter.get(address)), "c-step": "line:c"})
    filled = controls(page) | {
        "message": "面积要大于零。", "kind": "error", "code": "area_positive",
        "c_0-field": "area", "c_0-operator": "more_than", "c_0-value": "0",
    }  # fmt: skip
    assert drafter.post(address, filled).status_code == 302
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    table = next(item for item in programme_named("homes")[1].tables if item.short == "homes")
    assert next(check for check in table.checks if check.code == "area_positive").message == "面积要大于零。"
    taken = drafter.post(f"/editor/{changing(drafter)}/tables/homes/checks/new/", {**filled, "once": ""})
    assert "已有这个代码" in read(taken)


def test_a_quality_rule_compares_with_others_or_with_the_past(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/rules/new/"
    sent = {"compare": "issued", "relation": "at_most", "message": "发证数不能多于总数。", "code": "issued_within"}
    itself = drafter.post(address, {**sent, "to": ["issued"]})
    assert "不能和它自己比" in read(itself)
    both = drafter.post(address, {**sent, "to": ["earlier", "homes"]})
    assert "要单独选" in read(both)
    assert drafter.post(address, {**sent, "relation": "at_least", "to": ["earlier"]}).status_code == 302
    assert "with: earlier" in files_of(house, number)["programmes/homes.yaml"]
    gone = {**sent, "to": ["earlier"], "drop": "on"}
    assert drafter.post(f"/editor/{number}/rules/issued_within/", gone).status_code == 302
    assert "issued_within" not in files_of(house, number)["programmes/homes.yaml"]


def test_a_brief_and_what_is_public_are_chosen_in_their_order(house: House, drafter: Client) -> None:
    number = changing(drafter)
    brief = f"/editor/{number}/briefs/monthly/"
    sent = {key: value for key, value in controls(drafter.get(brief)).items() if not key.startswith("order_")}
    assert "至少给一个指标" in read(drafter.post(brief, sent))
    assert drafter.post(brief, {**sent, "order_issued": "1", "notes": "甲。\n乙。"}).status_code == 302
    public = f"/editor/{number}/publishing/"
    told = {"down_to": "city", "order_issued": "2", "brief": "monthly", "shown_at": "city", "rows_homes": ["holder"]}
    secret = drafter.post(public, told)
    assert secret.status_code == 422
    assert "不能公开" in read(secret)
    assert drafter.post(public, {**told, "rows_homes": ["stage"]}).status_code == 302
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    programme = programme_named("homes")[1]
    plan = next(item for item in programme.briefs if item.kind == "monthly")
    assert (plan.indicators, plan.notes) == (("issued",), ("甲。", "乙。"))
    assert programme.publishing is not None
    assert (programme.publishing.indicators, programme.publishing.rows) == (("issued",), {"homes": ("stage",)})


def test_a_table_is_added_and_its_rows_refer_to_those_of_another(house: House, drafter: Client) -> None:
    number = changing(drafter)
    answer = drafter.post(f"/editor/{number}/new-table/", {"title": "走访"})
    assert answer.status_code == 302, read(answer)
    address = answer.headers["Location"]
    sent = controls(drafter.get(address))
    blank = max(int(name.rpartition("_")[2]) for name in sent if name.startswith("title_"))
    sent |= {f"title_{blank}": "走访的房屋", f"name_{blank}": "home", f"type_{blank}": "reference:homes"}
    assert drafter.post(address, sent).status_code == 302
    kept = controls(drafter.get(address))
    assert "reference:homes" in kept.values()
    condition = f"/editor/{number}/indicators/issued/"
    page = drafter.post(condition, {**controls(drafter.get(condition)), "c-step": "group:c"})
    assert "指到本行的" in page.content.decode()
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    programme = programme_named("homes")[1]
    added = next(item for item in programme.tables if item.title == "走访")
    assert added.by_name["home"].references.endswith("/homes")
    gone = changing(drafter)
    assert drafter.post(f"/editor/{gone}/tables/{added.short}/drop/", {}).status_code == 302
    assert f"tables/homes/{added.short}.yaml" not in files_of(house, gone)


def test_a_table_with_rows_is_not_dropped(house: House, drafter: Client) -> None:
    house.report(HOME)
    number = changing(drafter)
    answer = drafter.post(f"/editor/{number}/tables/homes/drop/", {})
    assert answer.status_code == 422
    assert "tables/homes/homes.yaml" in files_of(house, number)


def survey(path: Path) -> SimpleUploadedFile:
    sheets = {
        "survey": [
            ["type", "name", "label::English (en)", "label::中文 (zh)", "hint::中文 (zh)", "required", "constraint",
             "relevant"],
            ["start", "start"],
            ["text", "code", "Code", "食堂编号", "门牌上的号", "yes"],
            ["select_one stage", "stage", "Stage", "阶段", "", "yes"],
            ["begin group", "g", "Group", "情况"],
            ["integer", "beds", "Beds", "床位", "", "yes", ". >= 0 and . < 500", "${stage} = 'open'"],
            ["text", "phone", "Phone", "联系电话"],
            ["end group"],
            ["begin repeat", "visit", "Visit", "走访"],
            ["date", "held", "Held on", "走访日期", "", "yes"],
            ["end repeat"],
            ["note", "thanks", "Thanks", "谢谢"],
        ],
        "choices": [
            ["list_name", "name", "label::English (en)", "label::中文 (zh)"],
            ["stage", "built", "Built", "在建"],
            ["stage", "open", "Open", "已运营"],
        ],
        "settings": [["form_title", "default_language"], ["老年食堂调查", "中文 (zh)"]],
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return SimpleUploadedFile("调查.xlsx", path.read_bytes())


def test_a_survey_of_a_collecting_app_becomes_tables_in_the_same_three_steps(
    house: House, drafter: Client, tmp_path: Path
) -> None:
    upload = survey(tmp_path / "调查.xlsx")
    answer = drafter.post("/editor/new/", {"title": "老年食堂", "pack": "somewhere/2021", "file": upload})
    assert answer.status_code == 302, read(answer)
    number = ProgrammeDraft.objects.latest("pk").pk
    page = read(drafter.get(f"/editor/{number}/tables/items/"))
    assert "原来只在某种情况下才问" in page
    assert "必填的编号" in page
    assert "只是一段说明" in page
    frame = controls(drafter.get(f"/editor/{number}/frame/"))
    frame |= {"promise": "建成9个。", "basis": "清单", "document": "清单（2021）", "supervised_level": "county"}
    assert drafter.post(f"/editor/{number}/frame/", {**frame, "measure": "stage:stage:open"}).status_code == 302
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    programme = programme_named(ProgrammeDraft.objects.get(pk=number).code)[1]
    items = next(item for item in programme.tables if item.short == "items")
    fields = items.by_name
    assert (items.title, items.key) == ("老年食堂调查", ("code",))
    assert [choice.title for choice in fields["stage"].values] == ["在建", "已运营"]
    assert (fields["beds"].required, str(fields["beds"].minimum), str(fields["beds"].maximum)) == (False, "0", "499")
    assert fields["phone"].type is FieldType.PHONE
    assert fields["code"].note == "门牌上的号"
    visits = next(item for item in programme.tables if item.title == "走访")
    assert [visits.by_name[name].type for name in visits.key] == [FieldType.REFERENCE, FieldType.INTEGER]
    assert visits.by_name[visits.key[0]].references == items.name


def test_a_survey_that_is_broken_is_refused_in_words(house: House, drafter: Client, tmp_path: Path) -> None:
    path = tmp_path / "坏.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("survey")
        sheet.write_row(0, 0, ["type", "name", "label"])
        sheet.write_row(1, 0, ["select_one nothing", "a", "甲"])
    upload = SimpleUploadedFile("坏.xlsx", path.read_bytes())
    answer = drafter.post("/editor/new/", {"title": "食堂", "pack": "somewhere/2021", "file": upload})
    assert answer.status_code == 422
    assert "XLSForm" in read(answer)
    assert not ProgrammeDraft.objects.exists()


def test_a_table_is_added_from_a_workbook_to_a_draft_that_is_begun(
    house: House, drafter: Client, tmp_path: Path
) -> None:
    number = begun(drafter, tmp_path)
    from tests.web.office.test_editor import upload as sheet

    answer = drafter.post(f"/editor/{number}/new-table/", {"title": "食堂乙表", "file": sheet(tmp_path)})
    assert answer.status_code == 302, read(answer)
    assert len([name for name in files_of(house, number) if name.startswith("tables/")]) == 2
    assert "主键" in draft_for(house.drafter, number, at=NOW).steps[-1].note
