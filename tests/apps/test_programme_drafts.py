"""A programme is drafted, checked by what checks packs, approved by a second person, and installed like a pack."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.services import add_person, add_post, make_operator
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.audit.services import close_day
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.indicators.effects import effects_of
from shishi.apps.ledger.holding import holding_for, rows_holding
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.ledger.services import receive_workbook
from shishi.apps.programmes import drafts
from shishi.apps.programmes.burdens import burden_of_draft
from shishi.apps.programmes.draft_checks import Checked, check_draft
from shishi.apps.programmes.draft_history import DraftView, draft_for, drafts_for, steps_open_to
from shishi.apps.programmes.models import PackRevision, ProgrammeDraftStep
from shishi.apps.programmes.proposing import NewList, begin_change, begin_from_workbook, propose
from shishi.apps.programmes.selectors import programme_named, table_named
from shishi.apps.programmes.services import install_pack
from shishi.apps.programmes.waiting import started_by, waiting_for
from shishi.core.definition_changes import changes, list_changes
from shishi.core.errors import Misuse, Refused
from shishi.core.ledger import Mode
from shishi.core.programme_drafts import DraftState, DraftStepKind
from shishi.packs.loading import load_pack
from shishi.packs.writing import pack_files, write_files

pytestmark = pytest.mark.django_db

LITTLE = Path(__file__).parents[1] / "little_pack"
BEGIN = datetime(2021, 9, 1, 1, tzinfo=UTC)
NOW = datetime(2021, 9, 30, 2, tzinfo=UTC)
DAY = date(2021, 9, 30)


class House:
    """A store with the little pack, a person who drafts, one who approves, and a clerk."""

    def __init__(self, folder: Path, code_list: Path) -> None:
        self.folder = folder
        load_snapshot(code_list, by="operator", at=BEGIN)
        self.operator = make_operator(BEGIN)
        install_pack(load_pack(LITTLE), effective_on=None, holds_rows=holds_rows, by=self.operator, at=BEGIN)
        self.drafter = self.person("drafter", Role.SUPERVISOR, "office")
        self.leader = self.person("leader", Role.LEADER, "office")
        self.clerk = self.person("clerk", Role.CLERK, "xuanzhou")

    def person(self, name: str, role: Role, body: str) -> Person:
        add_person(username=name, name=name, mail="", demonstration=False, by=self.operator, at=BEGIN)
        division = "3418" if body == "office" else "341802"
        add_post(
            username=name,
            body=body,
            role=role,
            divisions=(division,),
            programmes=("*",),
            until=None,
            by=self.operator,
            at=BEGIN,
        )
        return Person.objects.get(username=name)

    def report(self, *rows: dict[str, object]) -> None:
        """Rows of 宣州区, through a real workbook."""
        path = self.folder / "rows.xlsx"
        titles = ["房屋编号", "所在县区", "阶段", "发证日期", "住户", "身份证号", "面积"]
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("台账")
            for at, title in enumerate(titles):
                sheet.write_string(0, at, title)
            for line, row in enumerate(rows, 1):
                for at, title in enumerate(titles):
                    if title in row:
                        sheet.write(line, at, row[title])
        receive_workbook(HandIn(*table_named("homes/homes", DAY), path, DAY, Mode.MERGE), by=self.clerk, at=NOW)

    def checked(self, held: DraftView) -> Checked:
        holding = holding_for(self.drafter, held.division, at=NOW)
        return check_draft(held, holds_rows=holds_rows, holding=holding, at=NOW)

    def change(self, *edits: tuple[str, str, str]) -> DraftView:
        """A draft of a change of the little programme: in a file, a text becomes another."""
        held = begin_change("homes", by=self.drafter, at=NOW)
        files = dict(held.files)
        for name, old, new in edits:
            assert old in files[name]
            files[name] = files[name].replace(old, new)
        return drafts.save_draft(held.number, files, title=held.title, by=self.drafter, at=NOW)

    def rewrite(self, held: DraftView, name: str, old: str, new: str) -> DraftView:
        """The draft with a text of one file changed."""
        files = {**held.files, name: held.files[name].replace(old, new)}
        return drafts.save_draft(held.number, files, title=held.title, by=self.drafter, at=NOW)

    def submit(self, held: DraftView, day: date | None = DAY) -> DraftView:
        holding = holding_for(self.drafter, held.division, at=NOW)
        return drafts.submit_draft(
            held.number, effective_on=day, holds_rows=holds_rows, holding=holding, by=self.drafter, at=NOW
        )

    def approve(self, held: DraftView, by: Person) -> DraftView:
        holding = holding_for(by, held.division, at=NOW)
        return drafts.approve_draft(held.number, holds_rows=holds_rows, holding=holding, by=by, at=NOW)


@pytest.fixture
def house(own_folder: Path, code_list: Path) -> House:
    return House(own_folder, code_list)


TABLE, PROGRAMME = "tables/homes/homes.yaml", "programmes/homes.yaml"
HOME = {"房屋编号": "H-1", "所在县区": "341802", "阶段": "已发证", "发证日期": "2021-09-01", "面积": 88.25}


def test_a_change_is_drafted_submitted_and_installed_by_another_person(house: House) -> None:
    held = house.change((PROGRAMME, "年底前把八套房的证发到住户手里。", "年底前把八套房的证全部发到住户手里。"))
    submitted = house.submit(held)
    assert submitted.state is DraftState.SUBMITTED
    done = house.approve(submitted, house.leader)
    assert done.state is DraftState.INSTALLED
    assert programme_named("homes", DAY)[1].promise == "年底前把八套房的证全部发到住户手里。"
    assert programme_named("homes", date(2021, 9, 1))[1].promise == "年底前把八套房的证发到住户手里。"


def test_who_wrote_some_of_it_does_not_approve_it(house: House) -> None:
    held = house.change((PROGRAMME, "八套", "8套"))
    files = {**held.files, PROGRAMME: held.files[PROGRAMME].replace("8套", "八套整")}
    drafts.save_draft(held.number, files, title=held.title, by=house.leader, at=NOW)
    submitted = house.submit(held)
    with pytest.raises(Misuse, match="draft_second_person"):
        house.approve(submitted, house.leader)
    assert DraftStepKind.APPROVE not in steps_open_to(house.leader, submitted, at=NOW)
    assert PackRevision.objects.count() == 1


def test_a_clerk_neither_sees_nor_writes_drafts(house: House) -> None:
    held = begin_change("homes", by=house.drafter, at=NOW)
    assert drafts_for(house.clerk, at=NOW) == ()
    with pytest.raises(Misuse, match="unknown_draft"):
        draft_for(house.clerk, held.number, at=NOW)
    with pytest.raises(Misuse, match="unknown_draft"):
        drafts.save_draft(held.number, held.files, title="别的", by=house.clerk, at=NOW)
    with pytest.raises(Misuse, match="out_of_reach"):
        begin_change("homes", by=house.clerk, at=NOW)


def test_a_drafter_without_the_right_to_approve_cannot_install(house: House) -> None:
    other = house.person("drafter2", Role.SUPERVISOR, "office")
    submitted = house.submit(house.change((PROGRAMME, "八套", "8套")))
    with pytest.raises(Misuse, match="out_of_reach"):
        house.approve(submitted, other)


def test_saving_the_same_files_writes_nothing(house: House) -> None:
    held = begin_change("homes", by=house.drafter, at=NOW)
    drafts.save_draft(held.number, held.files, title=held.title, by=house.drafter, at=NOW)
    assert ProgrammeDraftStep.objects.count() == 1


def test_faults_of_a_draft_name_the_file_and_the_place_and_hold_it_back(house: House) -> None:
    held = house.change((PROGRAMME, "at_least: issued", "at_least: gone"))
    (issue,) = house.checked(held).issues
    assert (issue.file, issue.code) == (PROGRAMME, "pack_unknown_reference")
    assert issue.field.startswith("indicators.issued.where")
    with pytest.raises(Refused, match="draft_refused"):
        house.submit(held)


def test_what_is_still_to_be_filled_in_holds_a_draft_back(house: House) -> None:
    held = house.change((PROGRAMME, "basis: 演示文件", "basis: 待填"))
    assert [issue.code for issue in house.checked(held).issues] == ["draft_pending"]
    with pytest.raises(Refused, match="draft_refused"):
        house.submit(held)


def test_a_changed_definition_gets_a_new_version_by_itself(house: House) -> None:
    held = house.change((PROGRAMME, "at_least: issued", "at_least: registered"))
    checked = house.checked(held)
    assert checked.issues == ()
    assert checked.programme is not None
    versions = {item.code: item.version for item in checked.programme.indicators}
    assert (versions["issued"], versions["homes"]) == (2, 1)


def test_the_effect_of_a_change_stands_beside_todays_figures_and_writes_nothing(house: House) -> None:
    house.report(HOME, {**HOME, "房屋编号": "H-2", "阶段": "已登记"})
    before = (AuditEvent.objects.count(), PackRevision.objects.count())
    checked = house.checked(house.change((PROGRAMME, "at_least: issued", "at_least: registered")))
    assert checked.before is not None
    assert checked.programme is not None
    events = AuditEvent.objects.count()
    found = effects_of(house.operator, checked.before, checked.programme, DAY, at=NOW)
    by_code = {effect.indicator: effect for effect in found.whole}
    before_it, after_it = by_code["issued"].before, by_code["issued"].after
    assert (before_it and before_it.value, after_it and after_it.value) == (1, 2)
    assert by_code["issued"].differs
    assert not by_code["homes"].differs
    assert [(effect.name, effect.indicator) for effect in found.parts] == [("宣州区", "issued"), ("宣州区", "rate")]
    assert (events, PackRevision.objects.count()) == (AuditEvent.objects.count(), before[1])


def test_a_new_column_and_a_new_indicator_over_it_have_an_effect_too(house: House) -> None:
    house.report(HOME)
    held = house.change(
        (TABLE, "fields:\n", "fields:\n  rooms: {title: 间数, type: integer}\n"),
        (
            PROGRAMME,
            "indicators:\n",
            "indicators:\n  rooms: {title: 间数, measure: sum, table: homes, field: rooms, unit: 间}\n",
        ),
    )
    checked = house.checked(held)
    assert checked.issues == ()
    assert checked.before is not None
    assert checked.programme is not None
    found = effects_of(house.operator, checked.before, checked.programme, DAY, at=NOW)
    rooms = next(effect for effect in found.whole if effect.indicator == "rooms")
    assert rooms.before is None
    assert rooms.after is not None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  area: {title: 面积, type: decimal, unit: 平方米, scale: 2, minimum: '0.01'}\n",
            "",
            "“面积”不能删除，现有 1 行（H-1）",
        ),
        ("scale: 2", "scale: 1", "“面积”不能改小数位数"),
        (
            "{listed: 已列入, registered: 已登记, issued: 已发证}",
            "{listed: 已列入, registered: 已登记}",
            "去掉选项“已发证”，现有 1 行（H-1）",
        ),
        ("key: [number]", "key: [number, county]", "主键不能改，现有 1 行（H-1）"),
        ("{title: 发证日期, type: date}", "{title: 发证日期, type: text}", "“发证日期”不能改类型"),
    ],
)
def test_what_would_orphan_rows_is_refused_with_the_rows(house: House, old: str, new: str, told: str) -> None:
    house.report(HOME)
    held = house.change((TABLE, old, new))
    issues = [issue for issue in house.checked(held).issues if issue.code == "table_change_orphans_rows"]
    if "listed" in old:
        files = {**held.files, TABLE: held.files[TABLE].replace("less_than: issued", "less_than: registered")}
        files[PROGRAMME] = files[PROGRAMME].replace("at_least: issued", "at_least: registered")
        held = drafts.save_draft(held.number, files, title=held.title, by=house.drafter, at=NOW)
        issues = [issue for issue in house.checked(held).issues if issue.code == "table_change_orphans_rows"]
    elif "area" in old:
        checks = held.files[TABLE]
        start = checks.index("  area_unusual:")
        end = checks.index("groups:") if "groups:" in checks[start:] else len(checks)
        held = drafts.save_draft(held.number, {**held.files, TABLE: checks[:start] + checks[end:]}, title=held.title,
                                 by=house.drafter, at=NOW)  # fmt: skip
        issues = [issue for issue in house.checked(held).issues if issue.code == "table_change_orphans_rows"]
    assert len(issues) == 1
    assert told in issues[0].message


def test_a_column_that_no_row_ever_filled_in_may_go(house: House) -> None:
    rooms = "  rooms: {title: 间数, type: integer}\n"
    house.approve(house.submit(house.change((TABLE, "fields:\n", f"fields:\n{rooms}"))), house.leader)
    house.report(HOME)
    held = house.change((TABLE, rooms, ""))
    assert house.checked(held).issues == ()
    house.approve(house.submit(held), house.leader)
    assert "rooms" not in table_named("homes/homes", DAY)[1].by_name
    assert rows_holding(table_named("homes/homes", DAY)[1], "").many == 1


def test_a_column_that_a_process_fills_in_may_not_go(house: House) -> None:
    held = house.change((TABLE, "  owner: {title: 住户, type: text, max_length: 60, sensitivity: masked}\n", ""))
    (issue,) = house.checked(held).issues
    assert (issue.code, issue.field) == ("pack_unknown_reference", "calls.Service_register.cells.owner")


def test_keys_are_not_told_to_who_may_not_read_rows(house: House) -> None:
    house.report(HOME)
    admin = house.person("admin", Role.SYSTEM_ADMINISTRATOR, "office")
    _, table = table_named("homes/homes", DAY)
    assert holding_for(admin, "3418", at=NOW)(table, "area", None).keys == ()
    assert holding_for(house.leader, "3418", at=NOW)(table, "area", None).keys == ("H-1",)


def test_what_is_exported_installs_to_the_same_thing(house: House, tmp_path: Path) -> None:
    held = house.change((PROGRAMME, "at_least: issued", "at_least: registered"))
    pack = house.checked(held).pack
    assert pack is not None
    write_files(tmp_path, pack_files(pack))
    house.approve(house.submit(held), house.leader)
    again = load_pack(tmp_path)
    assert again.version == pack.version
    _, changed = install_pack(again, effective_on=DAY, holds_rows=holds_rows, by=house.operator, at=NOW)
    assert not changed


def test_a_list_that_was_changed_meanwhile_is_not_undone(house: House) -> None:
    held = house.change((PROGRAMME, "at_least: issued", "at_least: registered"))
    pack = load_pack(LITTLE)
    newer = replace(pack, title="演示清单（二版）", version="")
    from shishi.packs.canonical import pack_version

    install_pack(
        replace(newer, version=pack_version(newer)), effective_on=DAY, holds_rows=holds_rows, by=house.operator, at=NOW
    )
    with pytest.raises(Refused, match="draft_overtaken"):
        house.submit(held)
    rebased = drafts.rebase_draft(held.number, by=house.drafter, at=NOW)
    house.approve(house.submit(rebased), house.leader)
    assert programme_named("homes", DAY)[0].title == "演示清单（二版）"


def test_one_programme_has_one_open_draft(house: House) -> None:
    held = begin_change("homes", by=house.drafter, at=NOW)
    with pytest.raises(Misuse, match="draft_code_taken"):
        begin_change("homes", by=house.drafter, at=NOW)
    drafts.drop_draft(held.number, by=house.drafter, at=NOW)
    assert begin_change("homes", by=house.drafter, at=NOW).number > held.number


def test_returning_needs_a_reason_and_gives_the_draft_back(house: House) -> None:
    submitted = house.submit(house.change((PROGRAMME, "八套", "8套")))
    with pytest.raises(Misuse, match="reason_missing"):
        drafts.return_draft(submitted.number, reason=" ", by=house.leader, at=NOW)
    back = drafts.return_draft(submitted.number, reason="口径再核一核", by=house.leader, at=NOW)
    assert (back.state, back.steps[-1].note) == (DraftState.OPEN, "口径再核一核")
    with pytest.raises(Misuse, match="draft_step_impossible"):
        drafts.return_draft(submitted.number, reason="又退", by=house.leader, at=NOW)


def test_the_trail_answers_for_every_step(house: House) -> None:
    house.approve(house.submit(house.change((PROGRAMME, "八套", "8套"))), house.leader)
    close_day(NOW)
    assert verify().broken is None
    told = list(
        AuditEvent.objects.filter(action__startswith="pack.draft").order_by("pk").values_list("action", flat=True)
    )
    assert told == ["pack.draft.begin", "pack.draft.save", "pack.draft.submit", "pack.draft.approve"]


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("食堂")
        sheet.merge_range(0, 0, 0, 5, "老年食堂建设台账")
        for at, title in enumerate(["序号", "食堂名称", "所在县区", "进展", "床位（个）", "开工日期"]):
            sheet.write_string(1, at, title)
        for at in range(9):
            cells = [
                at + 1,
                f"第{at + 1}食堂",
                ("宣州区", "郎溪县", "广德市")[at % 3],
                ("未开工", "在建", "已完工")[at % 3],
                20 + at,
            ]
            for column, cell in enumerate(cells):
                sheet.write(2 + at, column, cell)
            sheet.write_string(2 + at, 5, f"2021-0{1 + at % 9}-15")
        sheet.write_string(11, 0, "合计")
    return path


def test_a_new_programme_begins_with_the_workbook_that_an_office_has(house: House, tmp_path: Path) -> None:
    path = workbook(tmp_path / "食堂.xlsx")
    held = begin_from_workbook("somewhere/2021/canteens", path, title="老年食堂建设", by=house.drafter, at=NOW)
    checked = house.checked(held)
    assert {issue.code for issue in checked.issues} == {"draft_pending"}
    assert checked.programme is not None
    table = checked.programme.table("items")
    assert [field.title for field in table.fields] == ["食堂名称", "所在县区", "进展", "床位", "开工日期"]
    assert table.key == (table.fields[0].name,)
    assert table.division_field == table.fields[1].name
    assert held.origin["rows"] == 9
    assert any("合计" in told for told in held.origin["passed"])
    files = {name: text.replace("待填", "填好") for name, text in held.files.items()}
    saved = drafts.save_draft(held.number, files, title=held.title, by=house.drafter, at=NOW)
    house.approve(house.submit(saved), house.leader)
    assert programme_named("canteens", DAY)[1].title == "老年食堂建设"


def test_a_programme_may_begin_a_list_of_its_own(house: House, tmp_path: Path) -> None:
    path = workbook(tmp_path / "食堂.xlsx")
    with pytest.raises(Misuse, match="pack_missing"):
        begin_from_workbook("xuancheng/2022/canteens", path, by=house.drafter, at=NOW)
    whole = NewList("宣城市2022年清单", "341800")
    held = begin_from_workbook("xuancheng/2022/canteens", path, whole=whole, by=house.drafter, at=NOW)
    files = {name: text.replace("待填", "填好") for name, text in held.files.items()}
    saved = drafts.save_draft(held.number, files, title=held.title, by=house.drafter, at=NOW)
    house.approve(house.submit(saved, None), house.leader)
    assert programme_named("xuancheng/2022/canteens")[0].title == "宣城市2022年清单"


def test_divisions_are_known_by_their_names(house: House, tmp_path: Path) -> None:
    found = propose(workbook(tmp_path / "食堂.xlsx"), on=DAY)
    field = next(guess for guess in found.guessed.guesses if guess.field.title == "所在县区")
    assert "3 个不同的值里有 3 个是现有的区划" in field.reasons[0]


def test_photos_without_a_permitted_reason_are_refused_by_the_rules_name(house: House) -> None:
    demand = "evidence:\n  certificate: {because: 留痕, photos: {after: 3}}\n"
    held = begin_change("homes", by=house.drafter, at=NOW)
    files = {**held.files, TABLE: held.files[TABLE] + demand}
    saved = drafts.save_draft(held.number, files, title=held.title, by=house.drafter, at=NOW)
    (issue,) = house.checked(saved).issues
    assert "国办函〔2026〕12号" in issue.message


def test_the_burden_of_a_draft_is_known_before_it_is_approved(house: House) -> None:
    held = house.change((TABLE, "fields:\n", "fields:\n  colour: {title: 颜色, type: text, required: true}\n"))
    found = burden_of_draft(house.checked(held))
    assert [form.minutes for form in found.forms] == [()]
    assert [(unread.field, unread.required) for unread in found.unread if unread.field == "颜色"] == [("颜色", True)]
    assert found.forms[0].yearly == 365


def test_the_changes_of_a_draft_are_told_in_words(house: House) -> None:
    checked = house.checked(house.change((PROGRAMME, "at_least: issued", "at_least: registered")))
    assert checked.programme is not None
    told = [change.sentence for change in changes(checked.before, checked.programme)]
    assert "指标“发证套数”：条件由 “阶段”不低于“已发证” 改为 “阶段”不低于“已登记”" in told
    assert json.dumps(told, ensure_ascii=False)


def test_a_draft_holds_no_file_of_another_programme(house: House) -> None:
    held = begin_change("homes", by=house.drafter, at=NOW)
    for name in ("../secrets.yaml", "programmes/other.yaml", "tables/homes/../../x.yaml", "tables/other/x.yaml"):
        with pytest.raises(Misuse, match="draft_file_foreign"):
            drafts.save_draft(held.number, {**held.files, name: "a: 1"}, title="x", by=house.drafter, at=NOW)


def test_what_was_not_looked_at_is_not_approved(house: House) -> None:
    submitted = house.submit(house.change((PROGRAMME, "八套", "8套")))
    seen = submitted.steps[-1].position
    drafts.take_draft_back(submitted.number, by=house.drafter, at=NOW)
    again = house.submit(house.rewrite(submitted, PROGRAMME, "8套", "九套"))
    holding = holding_for(house.leader, again.division, at=NOW)
    with pytest.raises(Misuse, match="draft_moved"):
        drafts.approve_draft(again.number, holds_rows=holds_rows, holding=holding, by=house.leader, at=NOW, seen=seen)


def test_bodies_and_their_parts_are_told_beside_the_programme(house: House) -> None:
    held = house.change(("pack.yaml", "title: 宣州区专班", "title: 宣州区办证专班"))
    checked = house.checked(held)
    assert checked.pack is not None
    told = [change.sentence for change in list_changes(checked.installed, checked.pack)]
    assert told == ["单位“宣州区办证专班”：名称由 宣州区专班 改为 宣州区办证专班"]


def test_a_submitted_draft_waits_for_who_may_approve_it_and_a_returned_one_for_its_writer(house: House) -> None:
    submitted = house.submit(house.change((PROGRAMME, "八套", "8套")))
    assert [item.verb for item in waiting_for(house.leader, NOW)] == ["审批项目草案"]
    assert waiting_for(house.drafter, NOW) == ()
    assert [item.verb for item in started_by(house.drafter, NOW)] == ["项目草案待审批"]
    drafts.return_draft(submitted.number, reason="再核", by=house.leader, at=NOW)
    assert [(item.verb, item.about) for item in waiting_for(house.drafter, NOW)] == [("修改退回的草案", "再核")]
    assert waiting_for(house.clerk, NOW) == ()
