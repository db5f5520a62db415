"""The circular as a paper: how all stand, their ranking, who did not report, what is asked. Every number is cited."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.apps.documents.checking import ranked
from shishi.apps.documents.quoting import Quotes
from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.supervision.circulars_seen import CircularView
from shishi.core.blocks import Align, Block, Cell, Grid, Heading, Paragraph, Run
from shishi.core.calendars import day_of
from shishi.core.citations import Aspect
from shishi.core.documents import Document, DocumentKind
from shishi.core.indicators import Figure
from shishi.core.rankings import Placed, Ranking
from shishi.core.typography import chinese_date


def circular_document(view: CircularView, reckoning: Reckoning) -> Document:
    """The paper of a circular. ``reckoning`` answers for its day and moment. A draft says that it is one."""
    quotes = Quotes(view.programme, reckoning.asked.period)
    blocks = tuple(_blocks(view, reckoning, quotes))
    issued = view.issued_at
    return Document(
        kind=DocumentKind.CIRCULAR,
        title=view.title,
        issuer_mark=f"{view.issuer}通报",
        number=view.number or "（草稿，尚未编号）",
        date=day_of(issued) if issued else view.as_of,
        blocks=blocks,
        issuer=view.issuer,
        addressee="各有关单位",
        signatory=view.issuer,
        signed_on=day_of(issued) if issued else None,
        citations=quotes.citations,
        demonstration=view.demonstration,
    )


def _blocks(view: CircularView, reckoning: Reckoning, quotes: Quotes) -> Iterator[Block]:
    indicator = reckoning.programme.indicator(view.indicator)
    ranking = ranked(reckoning, indicator)
    if view.opening:
        yield from (Paragraph((Run(line),)) for line in view.opening.splitlines() if line.strip())
    yield Heading(1, "总体情况")
    whole = reckoning.tree.find(reckoning.root, view.as_of)
    if whole:
        yield Paragraph(tuple(_overall(reckoning.figure(indicator, whole), ranking, quotes)))
    yield Heading(1, "排名情况")
    if ranking.placed:
        yield _table(ranking, quotes, indicator.title, indicator.unit)
    else:
        yield Paragraph((Run("没有单位按期报送，不排名。"),))
    if ranking.silent:
        yield Heading(1, "未报情况")
        names = "、".join(_silent(item) for item in ranking.silent)
        yield Paragraph((Run(f"下列单位当期未报，不参加排名：{names}。"),))
    if view.requirement:
        yield Heading(1, "工作要求")
        yield from (Paragraph((Run(line),)) for line in view.requirement.splitlines() if line.strip())


def _overall(whole: Figure, ranking: Ranking, quotes: Quotes) -> Iterator[Run]:
    yield Run(f"截至{chinese_date(whole.as_of)}，{whole.name}“{whole.indicator.title}”为")
    yield quotes.value(whole)
    if whole.target is not None:
        yield from (Run("，目标任务"), quotes.aspect(whole, Aspect.TARGET), Run(whole.indicator.unit))
    if whole.behind_points is not None and whole.behind_points > 0:
        yield from (Run("，落后于序时进度"), quotes.aspect(whole, Aspect.BEHIND_POINTS), Run("个百分点"))
    elif whole.behind_points is not None:
        yield Run("，达到序时进度")
    yield from (Run("。参加排名的单位"), quotes.place(whole, ranking, Aspect.RANKED), Run("个。"))


def _table(ranking: Ranking, quotes: Quotes, title: str, unit: str) -> Grid:
    return Grid(
        title=f"各地{title}排名",
        header=("位次", "单位", "现为", "应为", "差距"),
        rows=tuple(_row(item, ranking, quotes) for item in ranking.placed),
        align=(Align.NUMBER, Align.LEFT, Align.NUMBER, Align.NUMBER, Align.NUMBER),
        unit=f"单位：{unit}",
        note="按与序时进度的差距由小到大排列，没有序时进度的按数值排列；差距以百分点计，为正是落后；数值相同的位次并列。",
    )


def _row(item: Placed, ranking: Ranking, quotes: Quotes) -> tuple[Cell, ...]:
    figure = item.figure
    return (
        quotes.place(figure, ranking),
        figure.name + ("（并列）" if item.tied else ""),
        quotes.bare(figure),
        quotes.aspect(figure, Aspect.EXPECTED) if figure.expected is not None else "—",
        quotes.aspect(figure, Aspect.BEHIND_POINTS) if figure.behind_points is not None else "—",
    )


def _silent(figure: Figure) -> str:
    if figure.carried_from is None:
        return f"{figure.name}（从未填报）"
    return f"{figure.name}（最近一次为{chinese_date(figure.carried_from)}）"
