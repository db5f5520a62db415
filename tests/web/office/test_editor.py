"""Programmes are made in the browser: three steps from a workbook, changes looked at before they hold."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.programmes.draft_history import draft_for
from shishi.apps.programmes.models import ProgrammeDraft
from shishi.apps.programmes.selectors import programme_named
from shishi.core.programme_drafts import DraftState
from shishi.packs.loading import load_pack
from tests.apps.test_programme_drafts import HOME, NOW, House, workbook
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def controls(page: Any) -> dict[str, Any]:
    """What a browser would send of the page's last form, nothing changed: a list of what is ticked among several."""
    html = page.content.decode()
    html = html[html.index('<main id="content"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' in tag:
            if "checked" in tag:
                found[name[1]] = [*found.get(name[1], []), value[1]] if value else "on"
        elif name and 'type="file"' not in tag:
            found[name[1]] = value[1] if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        first = re.search(r'<option value="([^"]*)"', inner)
        found[name] = chosen[1] if chosen else first[1] if first else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.S):
        found[name] = text.lstrip("\r\n").replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&")
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


@pytest.fixture
def house(own_folder: Path, code_list: Path, db: None) -> House:
    return House(own_folder, code_list)


@pytest.fixture
def drafter(house: House, signed_in: SignedIn) -> Client:
    return signed_in("drafter")


@pytest.fixture
def leader(house: House, signed_in: SignedIn) -> Client:
    return signed_in("leader")


def upload(tmp_path: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile("食堂.xlsx", workbook(tmp_path / "食堂.xlsx").read_bytes())


def begun(drafter: Client, tmp_path: Path) -> int:
    answer = drafter.post("/editor/new/", {"title": "老年食堂建设", "pack": "somewhere/2021", "file": upload(tmp_path)})
    assert answer.status_code == 302, read(answer)
    return ProgrammeDraft.objects.latest("pk").pk


FRAME = {
    "title": "老年食堂建设", "promise": "2021年建成老年食堂9个。", "basis": "2021年民生实事清单", "document": "民生实事清单（2021）",
    "division": "341800", "supervised_level": "county", "lead": "宣城市民政局", "unit": "个", "target": "9",
    "begins": "2021-01-01", "ends": "2021-12-31", "cadence": "week",
}  # fmt: skip


def test_a_workbook_becomes_a_programme_in_three_steps(
    house: House, drafter: Client, leader: Client, tmp_path: Path
) -> None:
    number = begun(drafter, tmp_path)
    second = drafter.get(f"/editor/{number}/tables/items/")
    told = read(second)
    assert "9 行" in told
    assert "没有重复" in told
    assert "第 12 行（合计行）" in told
    corrected = drafter.post(f"/editor/{number}/tables/items/", controls(second))
    assert corrected.status_code == 302, read(corrected)
    assert corrected.headers["Location"].endswith("/frame/")
    third = drafter.get(f"/editor/{number}/frame/")
    assert "到了“已完工”的行数" in read(third)
    measure = re.search(r'value="(stage:[^"]*)"', third.content.decode())
    assert measure
    answer = drafter.post(f"/editor/{number}/frame/", {**FRAME, "measure": measure[1], "submit": "1"})
    assert answer.status_code == 302, read(answer)
    assert draft_for(house.drafter, number, at=NOW).state is DraftState.SUBMITTED
    leader.post(f"/editor/{number}/approve/")
    pack, programme = programme_named(ProgrammeDraft.objects.get(pk=number).code)
    assert (programme.title, programme.promise) == ("老年食堂建设", "2021年建成老年食堂9个。")
    assert {item.code for item in programme.indicators} >= {"total", "finished", "finish_rate"}
    assert programme.targets[0].values == {"3418": 9}
    assert any(body.title == "宣城市民政局" for body in pack.bodies)
    assert pack.programmes[0].title != programme.title or len(pack.programmes) == 2


def test_columns_are_corrected_before_anything_is_promised(drafter: Client, house: House, tmp_path: Path) -> None:
    number = begun(drafter, tmp_path)
    page = drafter.get(f"/editor/{number}/tables/items/")
    sent = controls(page)
    titles = {value: name.rpartition("_")[2] for name, value in sent.items() if name.startswith("title_")}
    sent[f"title_{titles['床位']}"] = "床位数"
    sent[f"drop_{titles['开工日期']}"] = "on"
    blank = max(int(name.rpartition("_")[2]) for name in sent if name.startswith("title_"))
    sent |= {f"title_{blank}": "运营方式", f"type_{blank}": "enumeration", f"values_{blank}": "自营、托管"}
    drafter.post(f"/editor/{number}/tables/items/", sent)
    held = draft_for(house.drafter, number, at=NOW)
    table = held.files["tables/" + held.code + "/items.yaml"]
    assert "床位数" in table
    assert "开工日期" not in table
    assert "自营" in table


def test_a_fault_stands_at_its_control_and_nothing_is_written(drafter: Client, house: House, tmp_path: Path) -> None:
    number = begun(drafter, tmp_path)
    sent = controls(drafter.get(f"/editor/{number}/tables/items/"))
    kind = next(name for name, value in sent.items() if name.startswith("type_") and value == "enumeration")
    before = draft_for(house.drafter, number, at=NOW).files
    answer = drafter.post(f"/editor/{number}/tables/items/", {**sent, kind.replace("type", "values"): ""})
    assert answer.status_code == 422
    assert f'href="#id_{kind.replace("type", "values")}"' in answer.content.decode()
    assert draft_for(house.drafter, number, at=NOW).files == before


def test_a_table_keeps_a_key(drafter: Client, tmp_path: Path, house: House) -> None:
    number = begun(drafter, tmp_path)
    sent = {k: v for k, v in controls(drafter.get(f"/editor/{number}/tables/items/")).items() if "key_" not in k}
    answer = drafter.post(f"/editor/{number}/tables/items/", sent)
    assert answer.status_code == 422
    assert "主键" in read(answer)


@pytest.mark.parametrize(
    ("name", "content"),
    [("表.xlsx", b"not a workbook"), ("表.html", b"<table>"), ("表.csv", b"\n"), ("表.xlsx", b"PK\x03\x04broken")],
)
def test_a_file_that_is_no_workbook_is_refused_on_the_page(
    drafter: Client, house: House, name: str, content: bytes
) -> None:
    file = SimpleUploadedFile(name, content)
    answer = drafter.post("/editor/new/", {"title": "食堂", "pack": "somewhere/2021", "file": file})
    assert answer.status_code == 422
    assert not ProgrammeDraft.objects.exists()


def changing(drafter: Client) -> int:
    drafter.post("/editor/change/somewhere/2021/homes/")
    return ProgrammeDraft.objects.latest("pk").pk


def test_a_change_is_looked_at_from_every_side_before_it_is_approved(
    house: House, drafter: Client, leader: Client
) -> None:
    house.report(HOME, {**HOME, "房屋编号": "H-2", "阶段": "已登记"})
    number = changing(drafter)
    page = drafter.get(f"/editor/{number}/indicators/issued/")
    sent = controls(page)
    assert (sent["c_0-field"], sent["c_0-operator"], sent["c_0-value"]) == ("stage", "at_least", "已发证")
    answer = drafter.post(f"/editor/{number}/indicators/issued/", {**sent, "c_0-value": "已登记"})
    assert answer.status_code == 302, read(answer)
    told = read(drafter.get(f"/editor/{number}/review/"))
    assert "“阶段”不低于“已登记”" in told
    assert "《房屋台账》2 行" in told
    assert "at_least: registered" in told
    assert re.search(r"发证套数 宣城市 1 2 套", told)
    assert "没有实测" in told
    assert leader.get(f"/editor/{number}/review/").status_code == 200


def test_what_would_orphan_rows_is_refused_at_the_column(house: House, drafter: Client) -> None:
    house.report(HOME)
    number = changing(drafter)
    sent = controls(drafter.get(f"/editor/{number}/tables/homes/"))
    at = next(name.rpartition("_")[2] for name, value in sent.items() if name.startswith("name_") and value == "area")
    answer = drafter.post(f"/editor/{number}/tables/homes/", {**sent, f"scale_{at}": "1"})
    assert answer.status_code == 422
    assert "不能改小数位数" in read(answer)
    assert "H-1" in read(answer)


def test_the_same_person_finds_no_way_to_approve(house: House, leader: Client) -> None:
    leader.post("/editor/change/somewhere/2021/homes/")
    number = ProgrammeDraft.objects.latest("pk").pk
    sent = controls(leader.get(f"/editor/{number}/frame/"))
    leader.post(f"/editor/{number}/frame/", {**sent, "promise": "承诺改了。"})
    leader.post(f"/editor/{number}/submit/", {"effective_on": "2021-09-30"})
    page = leader.get(f"/editor/{number}/")
    assert "写过这份草案的人不能自己批" in read(page)
    answer = leader.post(f"/editor/{number}/approve/")
    assert answer.status_code == 422
    assert programme_named("homes")[1].promise != "承诺改了。"


def test_targets_are_written_by_name_or_code_and_have_to_add_up(house: House, drafter: Client) -> None:
    number = changing(drafter)
    page = drafter.get(f"/editor/{number}/targets/issued/")
    sent = controls(page)
    assert sent["values"] == "341800 8\n341802 4\n341821 4"
    wrong = drafter.post(f"/editor/{number}/targets/issued/", {**sent, "values": "341800 9\n宣州区 4\n郎溪县 4"})
    assert wrong.status_code == 422
    unread = drafter.post(f"/editor/{number}/targets/issued/", {**sent, "values": "全市九个"})
    assert "读不出来" in read(unread)
    right = drafter.post(f"/editor/{number}/targets/issued/", {**sent, "values": "341800 9\n宣州区 5\n郎溪县 4"})
    assert right.status_code == 302, read(right)
    files = draft_for(house.drafter, number, at=NOW).files
    assert "'341802': 5" in files["programmes/homes.yaml"]


def test_cadence_and_rungs_are_changed_without_yaml(house: House, drafter: Client) -> None:
    number = changing(drafter)
    sent = controls(drafter.get(f"/editor/{number}/rhythm/"))
    assert (sent["cadence_homes"], sent["within_prompt_notice"]) == ("day", "3")
    sent |= {"cadence_homes": "week", "use_reminder": "on", "within_reminder": "1"}
    assert drafter.post(f"/editor/{number}/rhythm/", sent).status_code == 302
    house.approve(house.submit(draft_for(house.drafter, number, at=NOW)), house.leader)
    programme = programme_named("homes", date(2021, 9, 30))[1]
    assert programme.cadences[0].kind.value == "week"
    assert [rung.kind for rung in programme.ladder] == ["reminder", "prompt_notice", "supervision_order"]
    assert programme.ladder[1].series == "演示提示"


def test_the_files_can_be_written_as_yaml_and_photo_duty_needs_its_reason(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/files/?file=tables/homes/homes.yaml"
    sent = controls(drafter.get(address))
    demand = "evidence:\n  certificate: {because: 留痕, photos: {after: 3}}\n"
    assert drafter.post(address, {**sent, "text": sent["text"] + demand}).status_code == 302
    assert "国办函〔2026〕12号" in read(drafter.get(f"/editor/{number}/"))
    broken = drafter.post(address, {**controls(drafter.get(address)), "text": "a: [1"})
    assert broken.status_code == 422


def test_what_is_exported_loads_as_the_pack_that_would_be_installed(
    house: House, drafter: Client, tmp_path: Path
) -> None:
    number = changing(drafter)
    sent = controls(drafter.get(f"/editor/{number}/frame/"))
    drafter.post(f"/editor/{number}/frame/", {**sent, "promise": "承诺改了。"})
    packed = drafter.get(f"/editor/{number}/pack.zip").content
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    pack = load_pack(tmp_path / "somewhere/2021")
    assert pack.programmes[0].promise == "承诺改了。"
    assert pack.version == getattr(house.checked(draft_for(house.drafter, number, at=NOW)).pack, "version", "")


def test_the_template_is_handed_out_before_the_table_is(house: House, drafter: Client) -> None:
    number = changing(drafter)
    assert "房屋编号" in read(drafter.get(f"/editor/{number}/tables/homes/preview/"))
    answer = drafter.get(f"/editor/{number}/tables/homes/template.xlsx")
    assert answer.content[:2] == b"PK"


def test_a_column_has_its_notes_and_limits(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/tables/homes/columns/area/"
    sent = controls(drafter.get(address))
    assert sent["minimum"] == "0.01"
    wrong = drafter.post(address, {**sent, "minimum": "很小"})
    assert wrong.status_code == 422
    drafter.post(address, {**sent, "note": "套内面积", "synonyms": "套内面积、使用面积"})
    text = draft_for(house.drafter, number, at=NOW).files["tables/homes/homes.yaml"]
    assert "synonyms: [套内面积, 使用面积]" in text


def test_drafts_are_unknown_to_who_has_no_business_with_them(
    house: House, drafter: Client, signed_in: SignedIn
) -> None:
    number = changing(drafter)
    assert signed_in("clerk").get(f"/editor/{number}/").status_code == 403
    house.person("elsewhere", Role.SUPERVISOR, "xuanzhou")
    stranger = signed_in("elsewhere")
    for part in ("", "frame/", "review/", "tables/homes/", "files/", "pack.zip"):
        assert stranger.get(f"/editor/{number}/{part}").status_code == 404
    assert stranger.post(f"/editor/{number}/drop/").status_code == 404


def test_the_burden_of_what_is_installed_is_told_to_who_reads_it(house: House, leader: Client) -> None:
    told = read(leader.get("/burden/"))
    assert "房屋台账" in told
    assert "365" in told


def test_the_list_says_what_to_do_where_nothing_is_drafted(house: House, drafter: Client) -> None:
    assert "三步就有一个新项目" in read(drafter.get("/editor/"))
    changing(drafter)
    assert "拟定中" in read(drafter.get("/editor/"))


def test_returning_and_dropping_happen_on_pages(house: House, drafter: Client, leader: Client) -> None:
    number = changing(drafter)
    sent = controls(drafter.get(f"/editor/{number}/frame/"))
    drafter.post(f"/editor/{number}/frame/", {**sent, "promise": "承诺改了。"})
    drafter.post(f"/editor/{number}/submit/", {"effective_on": "2021-09-30"})
    assert leader.post(f"/editor/{number}/return/", {"return-reason": ""}).status_code == 422
    leader.post(f"/editor/{number}/return/", {"return-reason": "再核一核口径"})
    assert "再核一核口径" in read(drafter.get(f"/editor/{number}/"))
    drafter.post(f"/editor/{number}/drop/")
    assert draft_for(house.drafter, number, at=NOW).state is DraftState.DROPPED


def test_photos_are_asked_for_with_a_permitted_reason_or_not_at_all(house: House, drafter: Client) -> None:
    number = changing(drafter)
    address = f"/editor/{number}/tables/homes/evidence/"
    asked = {"columns": ["stage", "issued_on"], "because": "补助按发证拨付", "photos_after": "2"}
    refused = drafter.post(address, asked)
    assert refused.status_code == 422
    assert "国办函〔2026〕12号" in read(refused)
    assert 'href="#id_reason"' in refused.content.decode()
    assert drafter.post(address, {**asked, "reason": "payment"}).status_code == 302
    programme = house.checked(draft_for(house.drafter, number, at=NOW)).programme
    assert programme is not None
    table = programme.table("homes")
    assert [(plan.group, plan.photos[0][1]) for plan in table.evidence] == [("proof", 2)]
    assert 'value="2"' in drafter.get(address).content.decode()
    drafter.post(address, {**asked, "reason": "payment", "drop": "on"})
    assert "evidence" not in draft_for(house.drafter, number, at=NOW).files["tables/homes/homes.yaml"]
