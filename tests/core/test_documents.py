"""Documents: Chinese forms, numbered headings, and numbers that agree with their citations."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.assurance import Basis
from shishi.core.blocks import Align, Block, Grid, Heading, Note, Run, number, numbered, paragraph
from shishi.core.charts import BLUE, INK, SEAL, Bar, BarChart, BarState, CurveChart, CurvePoint
from shishi.core.citations import Aspect, Citation, citations_of, cite
from shishi.core.documents import Document, DocumentKind, Proof, citations_document
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.core.typography import chinese_date, chinese_number, document_number, title_lines

DAY = date(2021, 9, 30)
KNOWN = datetime(2021, 9, 30, 10, 0, tzinfo=UTC)


def citation(identity: str = "c1", printed: str = "13350套", value: str | None = "13350") -> Citation:
    """A citation of the city's issued units."""
    return Citation(
        id=identity,
        programme="xuancheng/2021/title_certificates",
        indicator="issued_units",
        division="3418",
        as_of=DAY,
        known_at=KNOWN,
        value=None if value is None else Decimal(value),
        printed=printed,
        basis=Basis.EVIDENCED,
        period="2021-09-H2",
        versions={"indicator": 2, "tree": 1},
    )


def document(*blocks: Block, citations: tuple[Citation, ...] = ()) -> Document:
    """A short brief."""
    return Document(
        kind=DocumentKind.DAILY,
        title="日汇总",
        issuer_mark="工作简报",
        number="第1期",
        date=DAY,
        blocks=blocks,
        citations=citations,
        demonstration=True,
        proof=Proof(DAY, "0f" * 32),
    )


def test_a_date_is_written_in_full_and_without_padding() -> None:
    assert chinese_date(date(2021, 9, 3)) == "2021年9月3日"


def test_a_document_number_has_six_angle_brackets() -> None:
    assert document_number("提示", 2021, 3) == "提示\u30142021\u30153号"
    with pytest.raises(Misuse, match="document_number"):
        document_number("提示[", 2021, 3)


def test_chinese_numerals_go_to_ninety_nine() -> None:
    written = [chinese_number(value) for value in (1, 10, 11, 20, 34, 99)]
    assert written == ["一", "十", "十一", "二十", "三十四", "九十九"]
    with pytest.raises(Misuse):
        chinese_number(100)


def test_headings_are_numbered_where_they_stand() -> None:
    levels = (1, 2, 2, 3, 4, 4, 1, 2)
    found = [block.text for block in numbered(Heading(level, "题") for level in levels) if isinstance(block, Heading)]
    assert found == ["一、题", "（一）题", "（二）题", "1.题", "（1）题", "（2）题", "二、题", "（一）题"]


def test_a_long_title_is_parted_outside_quotes_and_numbers() -> None:
    lines = title_lines("关于进一步加快推进城镇老旧小区改造和“难办证”治理等重点民生实事项目的情况报告")
    assert lines == ("关于进一步加快推进城镇老旧小区改造和", "“难办证”治理等重点", "民生实事项目的情况报告")
    assert title_lines("短题") == ("短题",)
    assert title_lines("第一行\n第二行") == ("第一行", "第二行")


@given(st.text(alphabet="甲乙“”的、2021ab ", min_size=1, max_size=120))
def test_parting_a_title_loses_nothing(title: str) -> None:
    assert "".join(title_lines(title)) == title


def test_a_brief_is_built_from_texts_and_citations() -> None:
    total, rate = citation(), citation("c2", "88.02%", "88.02")
    brief = document(
        Heading(1, "总体情况"),
        paragraph("截至2021年9月30日，已办证", total, "，占", rate, "。"),
        Grid("进度", ("单位", "套数"), (("合计", number(total)),), (Align.LEFT, Align.NUMBER), total_row=True),
        BarChart("完成率", (Bar("全市", Decimal("88.02"), "88.02%", citation="c2"),), Decimal(100)),
        citations=(total, rate),
    )
    listed = citations_document(brief)["citations"]
    assert isinstance(listed, list)
    assert [entry["places"] for entry in listed] == [["第1段", "表1第1行第2列"], ["第1段", "图1"]]


def test_the_json_beside_a_document_is_read_back_exactly() -> None:
    unreported = citation("c2", "未报", None)
    brief = document(paragraph(citation(), unreported), citations=(citation(), unreported))
    sent = json.loads(json.dumps(citations_document(brief), ensure_ascii=False))
    assert citations_of(sent) == brief.citations
    assert sent["demonstration"] is True
    assert sent["proof"] == {"day": "2021-09-30", "root": "0f" * 32}


@pytest.mark.parametrize("broken", [None, {}, {"citations": [1]}, {"citations": [{"id": "c1"}]}])
def test_a_citations_file_that_is_not_ours_is_refused(broken: object) -> None:
    with pytest.raises(Refused, match="citations_unreadable"):
        citations_of(broken)


def test_a_citation_keeps_the_question_of_its_figure() -> None:
    figure = Figure(
        indicator=Indicator("rate", "办证率", Measure.RATIO, "%"),
        division="341822",
        name="广德市",
        as_of=DAY,
        known_at=KNOWN,
        basis=Basis.REPORTED,
        value=Decimal("79.39"),
        behind_days=38,
        versions={"indicator": 3},
    )
    cited = cite("c9", "xuancheng/2021/title_certificates", figure, "38天", Aspect.BEHIND_DAYS)
    assert (cited.value, cited.aspect, cited.indicator, cited.versions) == (
        Decimal(38),
        Aspect.BEHIND_DAYS,
        "rate",
        {"indicator": 3},
    )


def test_a_number_that_differs_from_its_citation_cannot_be_printed() -> None:
    with pytest.raises(Misuse, match="citation_not_printed"):
        document(paragraph(Run("13351套", "c1")), citations=(citation(),))


def test_a_citation_that_is_not_given_is_named() -> None:
    with pytest.raises(Misuse, match="citation_unknown"):
        document(paragraph(Run("13350套", "c7")), citations=(citation(),))


def test_two_citations_cannot_share_a_name() -> None:
    with pytest.raises(Misuse, match="citation_twice"):
        document(paragraph("无"), citations=(citation(), citation()))


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\ufffe"])
def test_characters_that_cannot_be_printed_are_refused(character: str) -> None:
    with pytest.raises(Refused, match="text_unprintable"):
        document(Note(f"原因{character}不明"))


def test_a_table_with_an_uneven_row_is_refused() -> None:
    with pytest.raises(Misuse, match="grid_uneven"):
        Grid("表", ("甲", "乙"), (("1",),), (Align.LEFT, Align.LEFT))


def bars() -> BarChart:
    """One division of each state."""
    return BarChart(
        "完成率",
        (
            Bar("宣州区", Decimal(92), "92%", Decimal(90), verified=Decimal(60)),
            Bar("广德市", Decimal(79), "79%", Decimal(90), state=BarState.OVERDUE, remark="落后38天"),
            Bar("绩溪县", None, "未报", Decimal(90), state=BarState.SILENT),
            Bar("<县>&\"'", Decimal(1), "1%"),
        ),
        Decimal(100),
    )


def test_a_chart_is_well_formed_and_draws_its_texts_as_text() -> None:
    drawn = ElementTree.fromstring(bars().svg("Noto Sans SC"))
    shown = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "<县>&\"'" in shown
    assert {"宣州区", "92%", "落后38天", "未报", "序时进度", "其中已核实"} <= set(shown)


def test_vermilion_is_kept_for_what_is_overdue() -> None:
    calm = BarChart("完成率", bars().bars[:1], Decimal(100))
    assert SEAL not in calm.svg("Noto Sans SC")
    assert SEAL in bars().svg("Noto Sans SC")


def test_a_chart_can_be_read_aloud() -> None:
    assert bars().description().startswith("完成率：宣州区92%；广德市79%（落后38天）；绩溪县未报")


def test_a_curve_draws_the_promise_first_and_hatches_what_was_not_reported() -> None:
    days = [date(2021, month, 1) for month in (1, 4, 7, 9)]
    real = tuple(CurvePoint(day, Decimal(index * 10), reported=index != 2) for index, day in enumerate(days))
    curve = CurveChart("办证", ((days[0], Decimal(0)), (date(2021, 12, 31), Decimal(50))), real, "30套", "目标50套")
    drawn = curve.svg("Noto Sans SC")
    lines = [node.get("stroke") for node in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}polyline")]
    assert lines == [INK, BLUE]
    assert "未报" in drawn
    assert curve.description() == "办证：2021-01-01至2021-12-31，完成30套，目标50套，其中1天未报。"


def test_a_chart_without_a_scale_is_refused() -> None:
    with pytest.raises(Misuse, match="chart_scale"):
        BarChart("空", (), Decimal(0))
    with pytest.raises(Misuse, match="chart_scale"):
        CurveChart("空", (), (CurvePoint(DAY, Decimal(1)),))


def test_a_column_of_numbers_has_room_for_the_widest_whole_part_beside_the_widest_rest() -> None:
    def width(*cells: str) -> int:
        return Grid("", ("数",), tuple((cell,) for cell in cells), (Align.NUMBER,)).shares()[0]

    assert width("超过2000家", "4.73万个") > width("超过2000家", "4万") > 0
    assert width("超过2000家", "4.73万个") >= width("超过2000") + width(".73万个") - 2 * width("") + 20
    assert width("未报", "—") == width("12")
