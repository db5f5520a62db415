"""Composing a brief from figures and findings: the same skeleton for every programme, the words from its pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from shishi.apps.documents.paper import paper
from shishi.apps.documents.quoting import Quotes, gap_state
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.indicators.selectors import Reckoning
from shishi.core.assurance import Basis
from shishi.core.blocks import Align, Block, Cell, Grid, Heading, Note, Paragraph, Run
from shishi.core.charts import Bar, BarChart, BarState
from shishi.core.citations import UNREPORTED, Aspect
from shishi.core.divisions import Division, Level
from shishi.core.documents import Document, DocumentKind, Proof
from shishi.core.findings import Finding, FindingKind
from shishi.core.indicators import Direction, Figure, Indicator, Measure
from shishi.core.periods import Period, period_of, previous
from shishi.core.programmes import BriefPlan, PeriodKind
from shishi.core.typography import chinese_date
from shishi.core.work_record import WORK_RECORD, Told, WorkEntry

MOST_BARS = 16
MOST_NAMES = 40
"""Of those who did not report one table; a brief is no list of the country."""

PERIODS = {
    DocumentKind.DAILY: PeriodKind.DAY,
    DocumentKind.ANALYSIS: PeriodKind.DAY,
    DocumentKind.WEEKLY: PeriodKind.WEEK,
    DocumentKind.HALF_MONTH: PeriodKind.HALF_MONTH,
    DocumentKind.MONTHLY: PeriodKind.MONTH,
}


@dataclass(frozen=True, slots=True)
class BriefRequest:
    """What a brief is made of. ``now`` and ``before`` reckon the day and the last day of the period before; ``work``
    is what the period's record says."""

    plan: BriefPlan
    unit: Division
    number: int
    now: Reckoning
    before: Reckoning
    findings: tuple[Finding, ...]
    proof: Proof | None
    demonstration: bool
    reckonings: Reckonings
    work: Told

    @property
    def kind(self) -> DocumentKind:
        """Daily, analysis, weekly, half-month or monthly."""
        return DocumentKind(self.plan.kind)

    @property
    def as_of(self) -> date:
        """The day of the figures."""
        return self.now.asked.as_of


def period_before(kind: DocumentKind, day: date) -> date:
    """The last day of the period before the one that holds ``day``."""
    return previous(period_of(PERIODS[kind], day)).end


def compose(request: BriefRequest) -> Document:
    """The brief as a document with all its citations."""
    quotes = Quotes(request.now.programme.name, request.now.asked.period)
    return paper(request, title_of(request), tuple(composed(request, quotes)), quotes)


def title_of(request: BriefRequest) -> str:
    """The plan's title, with the division where it is not the programme's own."""
    plan = request.plan
    return plan.title if request.unit.code == request.now.root else f"{request.unit.name}{plan.title}"


def composed(request: BriefRequest, quotes: Quotes) -> Iterator[Block]:
    """The blocks from top to bottom; what they cite is in ``quotes``."""
    opening = request.plan.opening or "现将有关情况报告如下。"
    yield Paragraph((Run(opening),))
    if request.work.paragraphs:
        yield Heading(1, "工作开展情况")
        yield from work_blocks(request, quotes)
    yield Heading(1, "总体情况")
    yield from _overall(request, quotes)
    breakdown = _breakdown(request)
    units = _units(request)
    if breakdown and units:
        yield Heading(1, f"{_level_word(request)}情况")
        yield from _by_unit(request, quotes, breakdown, units)
    yield Heading(1, "需要关注的问题")
    yield from _problems(request, quotes)
    if breakdown and units:
        yield from _charts(request, quotes, breakdown, _by_gravity(request, breakdown, units))
    for note in request.plan.notes:
        yield Note(f"说明：{note}")


def work_blocks(request: BriefRequest, quotes: Quotes) -> Iterator[Block]:
    """What was done, one paragraph for each sort of work; every sentence cites its entry, and what was left out is
    said."""
    table = request.now.programme.table(WORK_RECORD).name if request.work.paragraphs else ""
    for items in request.work.paragraphs:
        runs: list[Run] = []
        for item in items:
            runs += [Run(name)] if (name := _of_below(request, item)) else []
            runs.append(quotes.sentence(item, table, request.as_of, request.now.known_at))
        yield Paragraph(tuple(runs))
    if request.work.left_out:
        most = request.plan.most_entries
        rule = f"同类工作最多列{most}条，本级在先，新近在先"
        yield Note(f"说明：{rule}；本期还有{request.work.left_out}条没有列入，见工作纪实台账。")


def _of_below(request: BriefRequest, item: WorkEntry) -> str:
    """Who did it, where that is not the division of the brief and the sentence does not say so."""
    name = request.now.tree.name(item.division, request.as_of) if item.division != request.unit.code else ""
    return name if name not in item.sentence else ""


def told_figures(request: BriefRequest, quotes: Quotes) -> list[Run]:
    """As of the day, the figures of the plan one after another."""
    runs: list[Run] = [Run(f"截至{chinese_date(request.as_of)}，")]
    reckoning = request.now
    told = [reckoning.programme.indicator(code) for code in request.plan.indicators]
    figures = [reckoning.figure(indicator, request.unit) for indicator in told]
    for position, figure in enumerate(figures):
        runs += [Run(figure.indicator.title), quotes.value(figure)]
        if figure.indicator.headline and figure.behind_points is not None:
            runs += _against_plan(figure, quotes)
        runs.append(Run("。" if position == len(figures) - 1 else "；"))
    return runs


def _overall(request: BriefRequest, quotes: Quotes) -> Iterator[Block]:
    yield Paragraph(tuple(told_figures(request, quotes)))
    told = [request.now.programme.indicator(code) for code in request.plan.indicators]
    figures = [request.now.figure(indicator, request.unit) for indicator in told]
    assured = [figure for figure in figures if figure.indicator.assured_group and figure.indicator.headline]
    if assured:
        yield Paragraph(tuple(_three_truths(request, assured, quotes)))
    if told_of_reports := told_reports(request, quotes):
        yield Paragraph(tuple(told_of_reports))


def _against_plan(figure: Figure, quotes: Quotes) -> list[Run]:
    behind = figure.behind_points or Decimal(0)
    runs = [Run("（序时应达"), quotes.aspect(figure, Aspect.EXPECTED), Run(figure.indicator.unit)]
    if behind > 0:
        runs += [Run("，落后"), quotes.aspect(figure, Aspect.BEHIND_POINTS), Run("个百分点")]
    else:
        runs.append(Run("，达到序时进度"))
    return [*runs, Run("）")]


def _three_truths(request: BriefRequest, figures: Sequence[Figure], quotes: Quotes) -> Iterator[Run]:
    for figure in figures:
        yield Run(f"{figure.indicator.title}中，")
        for word, basis in (("有佐证的", Basis.EVIDENCED), ("已核实的", Basis.VERIFIED)):
            value = figure.assurance.get(basis)
            seen = replace(figure, basis=basis, value=value)
            yield Run(word)
            yield quotes.value(seen) if value is not None else Run("未开展")
            yield Run("，" if basis is Basis.EVIDENCED else "。")


def told_reports(request: BriefRequest, quotes: Quotes) -> list[Run]:
    """How many units owe a report and how many have handed it in, and who has not; nothing where nothing is due."""
    breakdown = _breakdown(request)
    figure = request.now.figure(breakdown, request.unit) if breakdown else None
    return list(_reporting(request, figure, quotes)) if figure and figure.reporting.due else []


def _reporting(request: BriefRequest, figure: Figure, quotes: Quotes) -> Iterator[Run]:
    yield Run("应报")
    yield quotes.aspect(figure, Aspect.DUE)
    yield Run("个单位，已报")
    yield quotes.aspect(figure, Aspect.RECEIVED)
    yield Run("个。")
    table = request.now.table_of(figure.indicator)
    silent = [item for item in request.findings if item.kind is FindingKind.SILENT and item.table == table]
    names = "、".join(dict.fromkeys(item.name for item in silent))
    if names:
        yield Run(f"未报：{names}，沿用上次报送的数据并注明日期，不按零计。")


def _breakdown(request: BriefRequest) -> Indicator | None:
    programme = request.now.programme
    if request.plan.breakdown:
        return programme.indicator(request.plan.breakdown)
    return next((item for item in programme.indicators if item.headline), None)


def _level_word(request: BriefRequest) -> str:
    words = {Level.PROVINCE: "各省", Level.CITY: "各市", Level.COUNTY: "各县市区", Level.STREET: "各乡镇（街道）"}
    return words.get(_level_below(request), "各地")


def _level_below(request: BriefRequest) -> Level:
    supervised = request.now.programme.supervised_level
    return supervised if request.unit.level < supervised else Level(min(request.unit.level + 1, Level.VILLAGE))


def _units(request: BriefRequest) -> tuple[Division, ...]:
    reckoning = request.now
    if request.unit.level < reckoning.programme.supervised_level:
        found = (reckoning.tree.find(code, request.as_of) for code in sorted(reckoning.units))
        under = reckoning.tree.under(request.unit.code, reckoning.programme.supervised_level, request.as_of)
        return tuple(unit for unit in found if unit and unit in under)
    return reckoning.tree.under(request.unit.code, _level_below(request), request.as_of)


def _by_unit(request: BriefRequest, quotes: Quotes, indicator: Indicator, units: Sequence[Division]) -> Iterator[Block]:
    figures = _by_gravity(request, indicator, units)
    whole = request.now.figure(indicator, request.unit)
    rows = [_row(request, quotes, figure) for figure in figures]
    total = _row(request, quotes, whole)
    align = (Align.LEFT, Align.NUMBER, Align.NUMBER, Align.NUMBER, Align.NUMBER, Align.CENTRE)
    yield Grid(
        title=f"{_level_word(request)}{indicator.title}",
        header=("单位", "上期末", "本期末", "序时应达", "差距", "状态"),
        rows=(*rows, ("合计", *total[1:])),
        align=align,
        total_row=True,
        unit=f"单位：{indicator.unit}",
        note="差距以百分点计，为正是落后于序时进度，为负是领先；未报的沿用上次报送的数据。",
    )


def _by_gravity(request: BriefRequest, indicator: Indicator, units: Sequence[Division]) -> list[Figure]:
    """The units' figures, those that never reported and those furthest behind first."""
    return sorted((request.now.figure(indicator, unit) for unit in units), key=_gravity)


def _gravity(figure: Figure) -> tuple[bool, Decimal, str]:
    return (figure.value is not None, -(figure.behind_points or Decimal(0)), figure.division)


def _row(request: BriefRequest, quotes: Quotes, figure: Figure) -> tuple[Cell, ...]:
    unit = request.now.tree.find(figure.division, request.as_of)
    past = request.before.figure(figure.indicator, unit) if unit else figure
    return (
        figure.name,
        _cell(quotes, past),
        _cell(quotes, figure),
        quotes.aspect(figure, Aspect.EXPECTED) if figure.expected is not None else "—",
        quotes.aspect(figure, Aspect.BEHIND_POINTS) if figure.behind_points is not None else "—",
        _state(figure),
    )


def _cell(quotes: Quotes, figure: Figure) -> Cell:
    return UNREPORTED if figure.value is None else quotes.bare(figure)


def _state(figure: Figure) -> str:
    if figure.reporting.due and not figure.reporting.received and figure.carried_from:
        return f"未报（{figure.carried_from.month}月{figure.carried_from.day}日数）"
    return gap_state(figure)


def _charts(
    request: BriefRequest, quotes: Quotes, indicator: Indicator, figures: Sequence[Figure]
) -> Iterator[BarChart]:
    """One chart; of many units as many charts as pages need, all on one scale."""
    tops = [max(figure.value or Decimal(0), figure.target or Decimal(0)) for figure in figures]
    full = Decimal(100) if indicator.measure is Measure.RATIO else max(tops, default=Decimal(0))
    if full <= 0:
        return
    parts = -(-len(figures) // MOST_BARS)
    size = -(-len(figures) // parts)
    for part in range(parts):
        yield BarChart(
            title=f"{_level_word(request)}{indicator.title}与序时进度"
            + (f"（{part + 1}/{parts}）" if parts > 1 else ""),
            bars=tuple(_bar(quotes, figure) for figure in figures[part * size : (part + 1) * size]),
            full=full,
            unit=f"单位：{indicator.unit}",
            value_title=indicator.title,
        )


def _bar(quotes: Quotes, figure: Figure) -> Bar:
    silent = bool(figure.reporting.due) and not figure.reporting.received
    behind = figure.behind_points is not None and figure.behind_points > 0
    state = BarState.SILENT if silent else BarState.BEHIND if behind else BarState.ON_COURSE
    printed = quotes.value(figure) if figure.value is not None else Run(UNREPORTED)
    remark = "未报" if silent and figure.value is not None else ""
    verified = figure.assurance.get(Basis.VERIFIED)
    return Bar(
        label=figure.name,
        value=figure.value,
        printed=printed.text,
        expected=figure.expected,
        verified=verified or None,
        state=state,
        remark=remark,
        citation=printed.citation,
    )


def _problems(request: BriefRequest, quotes: Quotes) -> Iterator[Block]:
    if not request.findings:
        yield Paragraph((Run("本期没有发现需要提示的问题。"),))
        return
    silent: dict[str, list[str]] = {}
    for finding in request.findings:
        if finding.kind is FindingKind.SILENT:
            silent.setdefault(finding.table, []).append(finding.name)
    told = [*(_silent(request, table, names) for table, names in silent.items())]
    told += [_sentence(request, quotes, item) for item in request.findings if item.kind is not FindingKind.SILENT]
    for position, runs in enumerate(told, start=1):
        yield Paragraph((Run(f"{position}. "), *runs))


def _silent(request: BriefRequest, table: str, names: Sequence[str]) -> tuple[Run, ...]:
    """Who did not report a table: one sentence for all of them."""
    title = request.now.programme.table(table).title
    more = "等" if len(names) > MOST_NAMES else ""
    who = "、".join(names[:MOST_NAMES])
    return (Run(f"{who}{more}未按时报送“{title}”，请及时报送；没有变化的也要报“无变化”。"),)


def _sentence(request: BriefRequest, quotes: Quotes, finding: Finding) -> tuple[Run, ...]:
    unit = request.now.tree.find(finding.division, request.as_of)
    if not finding.indicator or unit is None:
        return _silent(request, finding.table, [finding.name])
    figure = request.now.figure(request.now.programme.indicator(finding.indicator), unit)
    said = (Run(f"{finding.name}{figure.indicator.title}"), quotes.value(figure))
    if finding.kind is FindingKind.BEHIND:
        return (*said, *_behind_words(figure, quotes))
    if finding.kind is FindingKind.LAST_DAY_JUMP:
        yesterday = _yesterday(request, figure.indicator, unit)
        return (*said, Run("，前一日为"), quotes.value(yesterday), Run("，期末突增，请核对当日新增。"))
    words = {
        FindingKind.CONTRADICTORY: "，与另外的数矛盾。" + finding.facts.get("rules", "请核对。"),
        FindingKind.OVER_WHOLE: "，比例超过100%，请核对分子和分母。",
        FindingKind.PARTS_DIFFER: "，与所辖各地报送之和不一致，请核对。",
        FindingKind.FALLING: "，比以前报送的数减少，请说明原因。",
        FindingKind.ROUND_NUMBER: "，是整数，请核对是否为估计数。",
    }
    return (*said, Run(words[finding.kind]))


def _behind_words(figure: Figure, quotes: Quotes) -> tuple[Run, ...]:
    if figure.expected is None or figure.behind_points is None:
        goal = "应为" if figure.indicator.direction is Direction.DOWN else "目标为"
        return (Run(f"，{goal}"), quotes.aspect(figure, Aspect.TARGET), Run(f"{figure.indicator.unit}，尚未达到。"))
    return (
        Run("，序时应达"),
        quotes.aspect(figure, Aspect.EXPECTED),
        Run(f"{figure.indicator.unit}，落后"),
        quotes.aspect(figure, Aspect.BEHIND_POINTS),
        Run("个百分点。"),
    )


def _yesterday(request: BriefRequest, indicator: Indicator, unit: Division) -> Figure:
    asked = replace(request.now.asked, as_of=request.as_of - timedelta(days=1), known_at=request.now.known_at)
    return request.reckonings.of(asked).figure(indicator, unit)


def period_of_brief(kind: DocumentKind, day: date) -> Period:
    """The period that a brief of this kind tells of."""
    return period_of(PERIODS[kind], day)
