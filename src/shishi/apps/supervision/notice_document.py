"""The notice as a paper: 基本情况, 存在问题, 工作要求, 反馈; every number in it a citation of the look that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shishi.apps.documents.quoting import Quotes
from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.supervision.finding import supervised
from shishi.apps.supervision.selectors import NoticeView
from shishi.apps.supervision.telling import deadline_text
from shishi.core.blocks import Align, Block, Cell, Grid, Heading, Paragraph, Run
from shishi.core.calendars import day_of
from shishi.core.citations import Aspect
from shishi.core.documents import Document, DocumentKind
from shishi.core.indicators import Figure, Indicator
from shishi.core.notices import NoticeAction, NoticeKind
from shishi.core.printing import print_value
from shishi.core.rankings import Ranking, rank
from shishi.core.supervision import Finding, FindingKind
from shishi.core.typography import chinese_date

ASPECTS = {
    "value": Aspect.VALUE,
    "expected": Aspect.EXPECTED,
    "behind_points": Aspect.BEHIND_POINTS,
    "behind_days": Aspect.BEHIND_DAYS,
    "numerator": Aspect.NUMERATOR,
    "denominator": Aspect.DENOMINATOR,
}
"""Facts of a finding that are numbers of its figure."""

CLOSING = "反馈应说明原因、措施、责任人和完成时间，并附佐证材料。数据好转并经核验后，予以销号。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a notice is written from: itself, the figures of its look, and the citations that gather."""

    view: NoticeView
    reckoning: Reckoning
    quotes: Quotes

    def figure(self, indicator: str, division: str) -> Figure | None:
        """A figure of the look; ``None`` for a division that the tree of the day does not know."""
        unit = self.reckoning.tree.find(division, self.view.as_of)
        return self.reckoning.figure(self.reckoning.programme.indicator(indicator), unit) if unit else None


def notice_document(view: NoticeView, reckoning: Reckoning) -> Document:
    """The paper of a notice. ``reckoning`` answers for the notice's look (as-of day, known-at). A
    draft says that it is one."""
    sheet = Sheet(view, reckoning, Quotes(view.programme, reckoning.asked.period))
    blocks = tuple(_blocks(sheet))
    issued = next((item.at for item in view.history if item.action is NoticeAction.ISSUE), None)
    day = day_of(issued or view.drafted_at)
    return Document(
        kind=DocumentKind.NOTICE,
        title=view.title,
        issuer_mark=view.issuer,
        number=view.number or "（草稿，尚未编号）",
        date=day,
        blocks=blocks,
        issuer=view.issuer,
        addressee="、".join(item.title for item in view.recipients),
        signatory=view.issuer,
        signed_on=day if issued else None,
        citations=sheet.quotes.citations,
        demonstration=view.demonstration,
    )


def _blocks(sheet: Sheet) -> Iterator[Block]:
    view = sheet.view
    yield Heading(1, "基本情况")
    yield from _situation(sheet)
    yield Heading(1, "存在问题")
    for position, finding in enumerate(view.grounds, start=1):
        place = f"{position}." if len(view.grounds) > 1 else ""
        yield Paragraph((Run(place), *_told(sheet, finding)))
    yield Heading(1, "工作要求")
    if view.requirement:
        yield Paragraph((Run(view.requirement),))
    for clears in dict.fromkeys(item.clears for item in view.grounds):
        yield Paragraph((Run(f"问题消除的条件：{clears}"),))
    yield Heading(1, "反馈")
    yield Paragraph((Run(_reply_by(view)),))
    yield Paragraph((Run(CLOSING),))


def _situation(sheet: Sheet) -> Iterator[Block]:
    """Each figure that the notice is about, beside the whole and the others of its level."""
    found = False
    for finding in {item.indicator: item for item in sheet.view.grounds if item.indicator}.values():
        figure = sheet.figure(finding.indicator, finding.division)
        whole = sheet.figure(finding.indicator, sheet.reckoning.root)
        if figure is None or whole is None:
            continue
        found = True
        others = [sheet.reckoning.figure(figure.indicator, unit) for unit in supervised(sheet.reckoning)]
        yield Paragraph(tuple(_beside(sheet, figure, whole, rank(others))))
        if figure.behind_points is not None and len(others) > 1:
            yield _ranking(sheet, figure.indicator, others, whole)
    if not found:
        name = sheet.view.grounds[0].name
        yield Paragraph((Run(f"截至{chinese_date(sheet.view.as_of)}，{name}的台账没有按期报送，进度情况不明。"),))


def _beside(sheet: Sheet, figure: Figure, whole: Figure, ranking: Ranking) -> Iterator[Run]:
    title = figure.indicator.title
    yield Run(f"截至{chinese_date(figure.as_of)}，{figure.name}“{title}”为")
    yield _value(sheet, figure)
    if figure.carried_from:
        yield Run(f"（沿用{chinese_date(figure.carried_from)}填报数）")
    if figure.target is not None:
        yield Run("，目标任务")
        yield sheet.quotes.run(figure, Aspect.TARGET, print_value(figure.indicator, figure.target))
    if figure.expected is not None:
        yield Run("，按序时进度应为")
        yield _expected(sheet, figure)
    yield from _gap(sheet, figure)
    placed = ranking.place_of(figure.division)
    if figure.behind_points is not None and placed:
        yield from (Run("，在已报的"), sheet.quotes.place(figure, ranking, Aspect.RANKED), Run("个地区中"))
        yield from (Run("并列第" if placed.tied else "列第"), sheet.quotes.place(figure, ranking), Run("位"))
    yield Run(f"。{whole.name}为")
    yield _value(sheet, whole)
    yield from _gap(sheet, whole)
    yield Run("。")


def _gap(sheet: Sheet, figure: Figure) -> Iterator[Run]:
    """How far behind its trajectory a figure is; one that is not needs no number."""
    if figure.behind_points is not None and figure.behind_points > 0:
        yield from (Run("，滞后"), _points(sheet, figure), Run("个百分点"))
    elif figure.behind_points is not None:
        yield Run("，达到序时进度")


def _ranking(sheet: Sheet, indicator: Indicator, others: Sequence[Figure], whole: Figure) -> Grid:
    ordered = sorted(others, key=lambda item: (item.behind_points is None, item.behind_points or 0, item.division))
    return Grid(
        title=f"各地{indicator.title}与序时进度",
        header=("地区", "现为", "应为", "差距"),
        rows=tuple(_row(sheet, item) for item in (*ordered, whole)),
        align=(Align.LEFT, Align.NUMBER, Align.NUMBER, Align.NUMBER),
        total_row=True,
        unit=f"单位：{indicator.unit}",
        note="差距以百分点计，为正是滞后于序时进度，为负是领先；未报的没有差距。",
    )


def _row(sheet: Sheet, figure: Figure) -> tuple[Cell, ...]:
    return (
        figure.name,
        sheet.quotes.bare(figure),
        sheet.quotes.aspect(figure, Aspect.EXPECTED) if figure.expected is not None else "—",
        _points(sheet, figure) if figure.behind_points is not None else "—",
    )


def _value(sheet: Sheet, figure: Figure) -> Run:
    return sheet.quotes.value(figure)


def _expected(sheet: Sheet, figure: Figure) -> Run:
    return sheet.quotes.run(figure, Aspect.EXPECTED, print_value(figure.indicator, figure.expected))


def _points(sheet: Sheet, figure: Figure) -> Run:
    return sheet.quotes.aspect(figure, Aspect.BEHIND_POINTS)


def _told(sheet: Sheet, finding: Finding) -> Iterator[Run]:
    """The finding's own sentence, its numbers turned into citations where they stand."""
    figure = sheet.figure(finding.indicator, finding.division) if finding.indicator else None
    head, mark, rest = finding.message.partition("”")
    if figure is None:
        yield Run(finding.message)
        return
    # Its numbers follow the indicator's title; the day before it is no number of the figure.
    yield Run(head + mark)
    for name, aspect in ASPECTS.items():
        printed = finding.facts.get(name, "")
        if not printed or printed not in rest or finding.kind is FindingKind.PARTS_DIFFER:
            continue
        run = sheet.quotes.run(figure, aspect, printed)
        if run.text != printed:
            continue
        before, _, rest = rest.partition(printed)
        yield from (Run(before), run)
    yield Run(rest)


def _reply_by(view: NoticeView) -> str:
    wanted = {
        deadline_text(item.standing.first_deadline, item.provisional)
        for item in view.recipients
        if item.standing.first_deadline
    }
    until = f"于{'、'.join(sorted(wanted))}前" if wanted else f"自签发次日起{view.reply_within}个工作日内"
    word = NoticeKind(view.kind).label
    return f"请{until}签收本{word}并书面反馈；需要延期的，在期满前申请，只能延期一次。"
