"""The brief of a whole list: a section for every programme, then one table of all headline figures, then what does
not close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from shishi.apps.documents.composing import BriefRequest, overall, reports, work_blocks
from shishi.apps.documents.quoting import Quotes
from shishi.core.assurance import Basis
from shishi.core.blocks import Align, Block, Cell, Grid, Heading, Note, Paragraph, Run
from shishi.core.citations import UNREPORTED, Aspect
from shishi.core.documents import Document, DocumentKind, Proof
from shishi.core.indicators import Direction, Figure, Measure
from shishi.core.programmes import BriefPlan, Pack
from shishi.core.typography import chinese_date

NOT_DONE = "未开展"
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
    plan = request.plan
    quotes = Quotes("")
    blocks = tuple(_blocks(request, quotes))
    return Document(
        kind=DocumentKind(plan.kind),
        title=plan.title,
        issuer_mark=plan.mark,
        number=f"第{request.number}期",
        date=request.as_of,
        blocks=blocks,
        issuer=plan.signatory,
        addressee=plan.addressee,
        signatory=plan.signatory,
        signed_on=request.as_of,
        citations=quotes.citations,
        entries=quotes.entries,
        demonstration=request.demonstration,
        proof=request.proof,
    )


def _blocks(request: ListRequest, quotes: Quotes) -> Iterator[Block]:
    opening = request.plan.opening or "现将各重点项目本月进展报告如下。"
    yield Paragraph((Run(f"{opening}数字截至{chinese_date(request.as_of)}，由各地报送的台账汇总。"),))
    for section in request.sections:
        yield from _section(section, _quotes_of(section, quotes))
    yield Heading(1, "主要数字")
    yield _table(request, quotes)
    notes = list(_notes(request))
    if notes:
        yield Heading(1, "需要说明的数字")
        yield from (Paragraph((Run(note),)) for note in notes)
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
    yield overall(request, quotes)
    if told_of_reports := reports(request, quotes):
        yield told_of_reports


def _table(request: ListRequest, quotes: Quotes) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for section in request.sections:
        mine = _quotes_of(section, quotes)
        asked = section.request
        headlines = [item for item in asked.now.programme.indicators if item.headline]
        rows.append((asked.now.programme.title, *("",) * 6))
        rows += [_row(asked.now.figure(item, asked.unit), mine) for item in headlines]
    return Grid(
        title="各项目主要数字",
        header=("指标", "目标", "填报", "完成率", "有佐证", "已核实", "未报"),
        rows=tuple(rows),
        align=(Align.LEFT, *(Align.NUMBER,) * 6),
        note="填报、有佐证、已核实分开计算；未报是本期应报而没有报的单位个数，其数字沿用上次报送的，不按零计。",
    )


def _row(figure: Figure, quotes: Quotes) -> tuple[Cell, ...]:
    indicator = figure.indicator
    return (
        f"　{indicator.title}（{indicator.unit}）",
        quotes.aspect(figure, Aspect.TARGET) if figure.target is not None else NONE,
        UNREPORTED if figure.value is None else quotes.bare(figure),
        quotes.aspect(figure, Aspect.RATE) if _has_rate(figure) else NONE,
        _assured(figure, Basis.EVIDENCED, quotes),
        _assured(figure, Basis.VERIFIED, quotes),
        quotes.aspect(figure, Aspect.SILENT) if figure.reporting.due else NONE,
    )


def _has_rate(figure: Figure) -> bool:
    wanted = figure.indicator.direction is Direction.UP and figure.indicator.measure is not Measure.RATIO
    return wanted and figure.value is not None and bool(figure.target)


def _assured(figure: Figure, basis: Basis, quotes: Quotes) -> Cell:
    if not figure.indicator.assured_group:
        return NONE
    value = figure.assurance.get(basis)
    return NOT_DONE if value is None else quotes.bare(replace(figure, basis=basis, value=value))


def _notes(request: ListRequest) -> Iterator[str]:
    """What the programmes say openly of their numbers, and where targets of the parts do not make the whole."""
    for section in request.sections:
        programme = section.request.now.programme
        yield from (f"{programme.title}：{note}" for note in section.request.plan.notes)
        for target in programme.targets:
            title = programme.indicator(target.indicator).title
            for _, reason in target.difference.values():
                yield f"{programme.title}：{title}的分解数与总数不等，{reason}"
