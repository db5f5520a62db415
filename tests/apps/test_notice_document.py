"""The notice as a paper: what it says, and that its numbers are citations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.supervision.notice_document import notice_document
from shishi.apps.supervision.selectors import NoticeView, RecipientView
from shishi.core.assurance import Basis
from shishi.core.blocks import Grid, Paragraph, text_of
from shishi.core.calendars import WorkingCalendar, moment_of
from shishi.core.citations import Aspect
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.documents import Document, cited_runs
from shishi.core.indicators import Figure, Indicator, Measure, Printed
from shishi.core.notices import NoticeAction, NoticeKind, NoticeState, Recipient, Taken
from shishi.core.programmes import Cadence, PeriodKind, Programme
from shishi.core.supervision import Finding, find
from shishi.core.tables import Table

DAY = date(2021, 9, 30)
KNOWN = datetime(2021, 9, 30, 10, tzinfo=UTC)
TABLE = "somewhere/2021/certificates/units"
ISSUED = Indicator("issued", "发证套数", Measure.COUNT, "套", table=TABLE, printed=Printed(grouped=True))
PROGRAMME = Programme(
    name="somewhere/2021/certificates",
    title="“难办证”治理",
    promise="",
    basis="",
    division="341800",
    supervised_level=Level.COUNTY,
    tables=(Table(TABLE, "办证台账", 1, (), (), "county"),),
    indicators=(ISSUED,),
    cadences=(Cadence(TABLE, PeriodKind.DAY, time(18)),),
)
PLACES = {"3418": "宣城市", "341802": "宣州区", "341821": "郎溪县", "341882": "广德市"}
TREE = DivisionTree(Division(code, name, Level(len(code) // 2)) for code, name in PLACES.items())


def figure(code: str, value: int | None, expected: int, points: str | None) -> Figure:
    return Figure(
        ISSUED,
        code,
        PLACES[code],
        DAY,
        KNOWN,
        Basis.REPORTED,
        None if value is None else Decimal(value),
        target=Decimal(2000),
        expected=Decimal(expected),
        behind_points=None if points is None else Decimal(points),
        behind_days=None if points is None else 47,
    )


FIGURES = {
    "3418": figure("3418", 13350, 13333, "-0.1"),
    "341802": figure("341802", 1190, 1365, "10.23"),
    "341821": figure("341821", 1400, 1365, "-2"),
    "341882": figure("341882", None, 1365, None),
}


def reckoning() -> Reckoning:
    """As much of a reckoning as a paper asks of it."""
    stub = SimpleNamespace(
        asked=Asked(PROGRAMME.name, DAY, KNOWN),
        programme=PROGRAMME,
        root="3418",
        units=frozenset(PLACES) - {"3418"},
        tree=TREE,
        figure=lambda indicator, unit: FIGURES[unit.code],
    )
    return cast(Reckoning, stub)


def notice(*grounds: Finding, issued: bool = True) -> NoticeView:
    deadline = moment_of(date(2021, 10, 11), time(17, 30)) if issued else None
    return NoticeView(
        id=1,
        number="提示〔2021〕1号" if issued else "",
        kind=NoticeKind.PROMPT_NOTICE,
        state=NoticeState.ISSUED if issued else NoticeState.DRAFT,
        programme=PROGRAMME.name,
        title="关于“难办证”治理工作的提示单",
        issuer="市领导小组办公室",
        issuer_division="3418",
        as_of=DAY,
        known_at=KNOWN,
        reply_within=3,
        requirement="请加快办理。",
        recipients=(
            RecipientView(
                "xz", "宣州区专班", "341802", Recipient("xz", "341802", first_deadline=deadline), False, False
            ),
        ),
        grounds=grounds,
        history=(Taken(NoticeAction.ISSUE, "leader", KNOWN),) if issued else (),
        actions=(),
        actions_of={},
        follows=None,
        demonstration=False,
        drafted_by="supervisor",
        drafted_at=KNOWN,
    )


def found(code: str) -> tuple[Finding, ...]:
    return find(PROGRAMME, [FIGURES[code]], [], WorkingCalendar())


def prose(document: Document) -> str:
    return "\n".join(
        "".join(run.text for run in block.runs) for block in document.blocks if isinstance(block, Paragraph)
    )


def test_it_says_where_the_division_stands_what_is_wrong_what_is_asked_and_until_when() -> None:
    document = notice_document(notice(*found("341802")), reckoning())
    told = prose(document)
    assert (
        "截至2021年9月30日，宣州区“发证套数”为1,190套，目标任务2,000套，按序时进度应为1,365套，滞后10.23个百分点，"
        "在已报的2个地区中列第2位。宣城市为13,350套，达到序时进度。" in told
    )
    assert "截至2021年9月30日，宣州区“发证套数”为1,190套，按序时进度应为1,365套，滞后10.23个百分点、约47天。" in told
    assert "请加快办理。" in told
    assert "请于2021年10月11日17时30分前签收本工作提示单并书面反馈" in told
    assert (document.addressee, document.number) == ("宣州区专班", "提示〔2021〕1号")


def test_every_number_of_a_figure_is_a_citation() -> None:
    document = notice_document(notice(*found("341802")), reckoning())
    cited = {run.text for _, run in cited_runs(document)}
    assert {"1,190套", "1,365套", "2,000套", "10.23", "47", "13,350套", "1400", "-2.00"} <= cited
    assert {(item.as_of, item.known_at) for item in document.citations} == {(DAY, KNOWN)}


def test_the_place_is_a_citation_of_the_ranking() -> None:
    document = notice_document(notice(*found("341802")), reckoning())
    told = {item.aspect: (item.printed, item.value, item.division) for item in document.citations}
    assert told[Aspect.PLACE] == ("2", Decimal(2), "341802")
    assert told[Aspect.RANKED] == ("2", Decimal(2), "341802")


def test_the_others_stand_beside_it_the_unreported_without_a_gap() -> None:
    document = notice_document(notice(*found("341802")), reckoning())
    (grid,) = (block for block in document.blocks if isinstance(block, Grid))
    rows = [tuple(text_of(cell) for cell in row) for row in grid.rows]
    assert [row[0] for row in rows] == ["郎溪县", "宣州区", "广德市", "宣城市"]
    assert rows[2] == ("广德市", "未报", "1365", "—")


def test_silence_alone_is_told_without_a_number() -> None:
    document = notice_document(notice(*found("341882")), reckoning())
    assert "广德市的台账没有按期报送，进度情况不明。" in prose(document)
    assert document.citations == ()


def test_a_draft_says_that_it_is_one() -> None:
    document = notice_document(notice(*found("341802"), issued=False), reckoning())
    assert document.number == "（草稿，尚未编号）"
    assert document.signed_on is None
    assert "自签发次日起3个工作日内" in prose(document)


def test_a_provisional_deadline_says_so() -> None:
    view = notice(*found("341802"))
    document = notice_document(replace(view, recipients=(replace(view.recipients[0], provisional=True),)), reckoning())
    assert "暂定，待节假日安排公布后核定" in prose(document)
