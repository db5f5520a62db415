"""The list of a secretary's office becomes matters: understood under its own words, whole or not at all, once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from shishi.apps.audit import selectors as audit
from shishi.apps.supervision.matter_lists import import_matters, matter_template, read_matters
from shishi.apps.supervision.matters import accept, withdraw_matter
from shishi.apps.supervision.models import MatterRow
from shishi.core.errors import Misuse, Refused
from shishi.core.matters import MatterSource, MatterState
from tests.apps.town import NAME, Town, everything

HEAD = ("序号", "督办事项", "任务来源", "责任单位", "配合单位", "工作目标", "完成时限", "备注")
FIRST = (
    "1",
    "遗留项目测绘和补登",
    "市长9月30日批示",
    "宣州区专班",
    "郎溪县专班、市办公室",
    "全部补登",
    date(2021, 10, 15),
    "",
)
SECOND = ("2", "恢复每日填报", "市政府第12次常务会议纪要", "guangde", "", "连续五日按时填报", "10个工作日内", "")


def a_list(town: Town, *rows: tuple[object, ...], head: tuple[str, ...] = HEAD, name: str = "督办清单.xlsx") -> Path:
    """A workbook as an office would keep it: a title, a line below, the header, the rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["市政府重点督办事项清单"])
    sheet.append(["填报单位：市政府办公室"])
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    path = town.folder / name
    book.save(path)
    return path


def faults(town: Town, *rows: tuple[object, ...], head: tuple[str, ...] = HEAD) -> dict[tuple[str, int | None], str]:
    """Cell → code of what is wrong with it."""
    with pytest.raises(Refused) as refused:
        read_matters(a_list(town, *rows, head=head), NAME, by=town.leader, at=town.tick())
    return {(item.column, item.row): item.code for item in refused.value.issues}


def test_a_list_is_understood_under_the_words_of_the_office_that_keeps_it(office: Town) -> None:
    before = everything()
    told = read_matters(a_list(office, FIRST, SECOND), NAME, by=office.leader, at=office.tick())
    assert everything() == before
    first, second = (line.new for line in told.lines)
    assert (first.title, first.lead, first.assisting) == ("遗留项目测绘和补登", "xuanzhou", ("langxi", "office"))
    assert (first.source, first.due, first.within) == (MatterSource.INSTRUCTION, date(2021, 10, 15), 0)
    assert (second.source, second.lead, second.within, second.due) == (MatterSource.MEETING, "guangde", 10, None)
    assert any("备注" in note for note in told.notes)


def test_the_same_list_twice_opens_nothing_twice_not_even_what_has_ended(office: Town) -> None:
    path, by = a_list(office, FIRST, SECOND), office.leader
    _, made = import_matters(path, NAME, by=by, at=office.tick())
    assert [item.state for item in made] == [MatterState.DRAFT, MatterState.DRAFT]
    withdraw_matter(str(made[0].id), "不再督办", by=by, at=office.tick())
    told, again = import_matters(path, NAME, by=by, at=office.tick())
    assert again == ()
    assert [line.held.state for line in told.lines if line.held] == [MatterState.WITHDRAWN, MatterState.DRAFT]
    assert MatterRow.objects.count() == 2
    assert audit.verify().broken is None


def test_matters_may_be_handed_out_at_once(office: Town) -> None:
    _, made = import_matters(a_list(office, FIRST), NAME, by=office.leader, at=office.tick(), assigned=True)
    assert (made[0].state, bool(made[0].number)) == (MatterState.ASSIGNED, True)
    assert accept(str(made[0].id), by=office.clerk(), at=office.tick()).state is MatterState.UNDER_WAY


def test_one_wrong_cell_and_nothing_is_opened(office: Town) -> None:
    wrong = ("3", "", "市长批示", "没有这个局", "", "写明", "10月底前", "")
    assert faults(office, FIRST, wrong) == {("B", 5): "required"}
    assert faults(office, FIRST, ("3", "事项", *wrong[2:])) == {("D", 5): "unknown_body", ("G", 5): "limit_malformed"}
    assert not MatterRow.objects.exists()


def test_faults_say_which_cell_and_the_way_out(office: Town) -> None:
    assert faults(office, ("1", "甲", "县里要求", "宣州区专班", "", "完成", "5个工作日", "")) == {
        ("C", 4): "source_unclear"
    }
    gone = ("1", "甲", "市长批示", "宣州区专班", "", "完成", date(2021, 9, 1), "")
    assert faults(office, gone) == {("G", 4): "due_passed"}
    both = ("1", "甲", "市长批示", "宣州区专班", "宣州区专班", "完成", 5, "")
    assert faults(office, both) == {("E", 4): "matter_body_twice"}
    assert faults(office, FIRST, FIRST) == {("B", 5): "matter_twice"}


def test_milestones_indicators_and_kind_have_columns_of_their_own(office: Town) -> None:
    head = (*HEAD[:-1], "来源类别", "节点", "相关指标", "重点项目")
    row = ("1", "甲", "县里要求", "宣州区专班", "", "完成", "2021年10月15日前", "领导批示")
    full = (*row, "2021-10-09 完成测绘；2021年10月12日 完成补登", "发证套数、homes", "房屋办证")
    (line,) = read_matters(a_list(office, full, head=head), NAME, by=office.leader, at=office.tick()).lines
    assert line.new.milestones == (("完成测绘", date(2021, 10, 9)), ("完成补登", date(2021, 10, 12)))
    assert line.new.indicators == ("issued", "homes")
    late = (*row, "2021-10-20 完成测绘；随便", "没有的指标", "没有的项目")
    told = faults(office, late, head=head)
    assert told == {("I", 4): "milestone_malformed", ("K", 4): "unknown_programme"}


def test_who_may_not_draft_may_not_import(office: Town) -> None:
    with pytest.raises(Refused) as refused:
        read_matters(a_list(office, FIRST), NAME, by=office.clerk(), at=office.tick())
    assert {item.code for item in refused.value.issues} == {"out_of_reach"}


def test_what_is_no_list_is_said_so(office: Town) -> None:
    rubbish = office.folder / "图片.xlsx"
    rubbish.write_bytes(b"\x89PNG not a workbook")
    for path in (rubbish, a_list(office), a_list(office, ("一", "二"), head=("姓名", "电话"))):
        with pytest.raises((Refused, Misuse)) as refused:
            read_matters(path, NAME, by=office.leader, at=office.tick())
        assert refused.value.message


def test_the_template_is_read_back_as_it_is(office: Town) -> None:
    path = office.folder / "模板.xlsx"
    matter_template(path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(str(cell.value).startswith("序号") for cell in row))
    at = {str(cell.value).lstrip("＊").split("\n")[0]: cell.column for cell in header}
    line = header[0].row + 2
    for title, value in zip(
        ("事项", "来源", "牵头单位", "交付成果", "完成时限"), ("甲", "市长批示", "宣州区专班", "完成", "5"), strict=True
    ):
        sheet.cell(line, at[title], value)
    book.save(path)
    (told,) = read_matters(path, NAME, by=office.leader, at=office.tick()).lines
    assert (told.new.title, told.new.within) == ("甲", 5)
