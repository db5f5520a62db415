"""The brief of a whole list: a section for every programme, then one table of all headline figures, then what does
not close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from shishi.apps.documents.composing import BriefRequest, told_figures, told_reports, work_blocks
from shishi.apps.documents.paper import paper
from shishi.apps.documents.quoting import Quotes
from shishi.core.assurance import Basis
from shishi.core.blocks import Align, Block, Cell, Grid, Heading, Note, Paragraph, Run
from shishi.core.citations import UNREPORTED, Aspect
from shishi.core.documents import Document, Proof
from shishi.core.indicators import Direction, Figure, Indicator, Measure
from shishi.core.printing import print_value
from shishi.core.programmes import BriefPlan, Pack
from shishi.core.typography import chinese_date, chinese_number
from shishi.core.work_record import sentence

NOT_DONE = "无"
NONE = "—"


@dataclass(frozen=True, slots=True)
class Section:
    """One programme's part: its request for its own division, and who answers for it (由某某牵头)."""

    request: BriefRequest
    led: str


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What the brief of a list is made of."""

    pack: Pack
    plan: BriefPlan
    number: int
    as_of: date
    known_at: datetime
    sections: tuple[Section, ...]
    proof: Proof | None
    demonstration: bool


def compose_list(request: ListRequest) -> Document:
    """The brief as a document with all its citations."""
    quotes = Quotes("")
    return paper(request, request.plan.title, tuple(composed_list(request, quotes)), quotes)


def composed_list(request: ListRequest, quotes: Quotes) -> Iterator[Block]:
    """The blocks from top to bottom; what they cite is in ``quotes``."""
    opening = request.plan.opening or "现将各重点项目本月进展报告如下。"
    yield Paragraph((Run(f"{opening}数字截至{chinese_date(request.as_of)}，由各地报送的台账汇总。"),))
    for section in request.sections:
        yield from _section(section, _quotes_of(section, quotes))
    yield Heading(1, "主要数字")
    yield _table(request, quotes)
    notes = list(_notes(request))
    if notes:
        yield Heading(1, "需要说明的数字")
        yield from map(Note, notes)
    for note in request.plan.notes:
        yield Note(f"说明：{note}")


def _quotes_of(section: Section, quotes: Quotes) -> Quotes:
    asked = section.request.now.asked
    return quotes.within(section.request.now.programme.name, asked.period)


def _section(section: Section, quotes: Quotes) -> Iterator[Block]:
    request = section.request
    programme = request.now.programme
    yield Heading(1, programme.title)
    yield Paragraph((Run(f"{section.led}承诺事项：{programme.promise}"),))
    yield from work_blocks(request, quotes)
    yield Paragraph((*told_figures(request, quotes), *told_reports(request, quotes)))


def _table(request: ListRequest, quotes: Quotes) -> Grid:
    """Every row names its section, so that the table may break over pages anywhere."""
    rows = [
        (chinese_number(place), *_row(section.request.now.figure(item, section.request.unit), mine))
        for place, section in enumerate(request.sections, start=1)
        for mine in (_quotes_of(section, quotes),)
        for item in section.request.now.programme.indicators
        if item.headline
    ]
    return Grid(
        title="各项目主要数字",
        header=("节", "指标", "目标", "填报", "完成率", "佐证", "核实", "未报"),
        rows=tuple(rows),
        align=(Align.CENTRE, Align.LEFT, *(Align.CENTRE,) * 6),
        note="节次同前文。填报、有佐证的、已核实的分开计算；“无”是还没有开展，“—”是这项没有。未报是本期应报而没有报的单位"
        "个数，其数字沿用上次报送的，不按零计。",
    )


def _row(figure: Figure, quotes: Quotes) -> tuple[Cell, ...]:
    """Numbers stand as the trade prints them, the reported one with its unit: a column holds households, tons and
    percent."""
    return (
        figure.indicator.title,
        _target(figure, quotes),
        quotes.value(figure) if figure.value is not None else UNREPORTED,
        quotes.aspect(figure, Aspect.RATE) if _has_rate(figure) else NONE,
        _assured(figure, Basis.EVIDENCED, quotes),
        _assured(figure, Basis.VERIFIED, quotes),
        quotes.aspect(figure, Aspect.SILENT) if figure.reporting.due else NONE,
    )


def _target(figure: Figure, quotes: Quotes) -> Cell:
    if figure.target is None:
        return NONE
    return quotes.run(figure, Aspect.TARGET, _bare(figure.indicator, figure.target))


def _has_rate(figure: Figure) -> bool:
    wanted = figure.indicator.direction is Direction.UP and figure.indicator.measure is not Measure.RATIO
    return wanted and figure.value is not None and bool(figure.target)


def _assured(figure: Figure, basis: Basis, quotes: Quotes) -> Cell:
    if not figure.indicator.assured_group:
        return NONE
    value = figure.assurance.get(basis)
    if value is None:
        return NOT_DONE
    return quotes.run(replace(figure, basis=basis, value=value), Aspect.VALUE, _bare(figure.indicator, value))


def _bare(indicator: Indicator, value: Decimal) -> str:
    """As the trade prints it, without the unit that stands beside it."""
    return print_value(indicator if indicator.unit == "%" else replace(indicator, unit=""), value)


def _notes(request: ListRequest) -> Iterator[str]:
    """What the programmes say openly of their numbers, and where targets of the parts do not make the whole."""
    for section in request.sections:
        programme = section.request.now.programme
        said = [sentence(note) for note in section.request.plan.notes]
        for target in programme.targets:
            title = programme.indicator(target.indicator).title
            gaps = (reason for _, reason in target.difference.values())
            said += [sentence(f"{title}的分解数与总数不等，{reason}") for reason in gaps]
        if said:
            yield f"{programme.title}：{''.join(said)}"
