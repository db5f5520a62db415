"""What a page of a programme shows, to be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from shishi.apps.files.selectors import is_demonstration
from shishi.apps.indicators.overview import Course, Overview
from shishi.core.assurance import Basis
from shishi.core.calendars import SHANGHAI
from shishi.core.charts import CurveChart, CurvePoint
from shishi.core.divisions import official
from shishi.core.handouts import Cell, Column, Handout, Sheet
from shishi.core.indicators import Figure
from shishi.core.printing import NOT_REPORTED, print_decimal, quotient
from shishi.core.standings import state
from shishi.core.targets import adds_up

BASES = {Basis.REPORTED: "填报", Basis.EVIDENCED: "有佐证", Basis.VERIFIED: "已核实"}
VERSIONS = {"indicator": "指标", "table": "台账", "target": "目标", "trajectory": "序时进度"}


def handout_of(seen: Overview, figures: Sequence[Figure], known_at: datetime | None) -> Handout:
    """The page of a programme: ``figures`` of the units below in their order. ``known_at`` ``None`` is now."""
    lead = seen.by_code[seen.lead.code]
    return Handout(
        title=f"{seen.programme.title}　{seen.unit.name}　{seen.lead.title}",
        facts=_facts(seen, lead, known_at),
        heroes=tuple(
            (title, _told(lead.assurance.get(basis), lead), _unit(lead, basis)) for basis, title in BASES.items()
        ),
        sheets=(_units(seen, figures), _course(seen), _indicators(seen)),
        chart=_chart(seen, lead),
        demonstration=is_demonstration(),
    )


def _facts(seen: Overview, lead: Figure, known_at: datetime | None) -> tuple[tuple[str, str], ...]:
    versions = "，".join(f"{VERSIONS.get(name, name)}第{version}版" for name, version in lead.versions.items())
    moment = f"{lead.known_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return (
        ("截至", lead.as_of.isoformat()),
        ("按何时所知", moment if known_at else f"{moment}（导出时）"),
        ("口径", BASES[lead.basis]),
        ("指标", f"{seen.lead.code}，{versions}"),
        ("依据", seen.programme.basis),
        ("报送", f"应报 {lead.reporting.due} 个，已报 {lead.reporting.received} 个"),
    )


def _told(value: Decimal | None, figure: Figure) -> str:
    return NOT_REPORTED if value is None else print_decimal(value, max(figure.indicator.scale, 0), grouped=True)


def _unit(figure: Figure, basis: Basis) -> str:
    return figure.indicator.unit if figure.assurance.get(basis) is not None else ""


def _units(seen: Overview, figures: Sequence[Figure]) -> Sheet:
    scale, unit = max(seen.lead.scale, 0), seen.lead.unit
    columns = (
        Column("行政区划"),
        Column("代码"),
        Column(f"目标（{unit}）", scale),
        *(Column(f"{title}（{unit}）", scale) for title in BASES.values()),
        Column("占目标（%）", 1),
        Column("应达", scale),
        Column("与序时差（百分点）", 2),
        Column("状态"),
        Column("应报", 0),
        Column("已报", 0),
        Column("沿用哪一天的数"),
    )
    lead = seen.by_code[seen.lead.code]
    rows = [_unit_row(figure) for figure in figures]
    total = _unit_row(lead)
    return Sheet("各地", columns, (*rows, ("合计", *total[1:])), total=True)


def _unit_row(figure: Figure) -> tuple[Cell, ...]:
    points = figure.behind_points
    share = None
    if figure.value is not None and figure.target and adds_up(figure.indicator):
        share = quotient(figure.value, figure.target, 1, percent=True)
    return (
        figure.name,
        official(figure.division),
        figure.target,
        *(figure.assurance.get(basis) for basis in BASES),
        share,
        figure.expected,
        None if points is None else -points if points else Decimal(0),
        state(figure).word,
        figure.reporting.due,
        figure.reporting.received,
        figure.carried_from,
    )


def _course(seen: Overview) -> Sheet:
    scale = max(seen.lead.scale, 0)
    columns = (
        Column("截至"),
        *(Column(title, scale) for title in BASES.values()),
        Column("应报", 0),
        Column("已报", 0),
    )
    rows = tuple(
        (point.day, *(point.truths.get(basis) for basis in BASES), point.reporting.due, point.reporting.received)
        for point in seen.courses[seen.lead.code].real
    )
    return Sheet("走势", columns, rows)


def _indicators(seen: Overview) -> Sheet:
    columns = (
        *(Column(title) for title in ("指标", "代码", "单位")),
        *(Column(title, 2) for title in ("目标", *BASES.values())),
        Column("应报", 0),
        Column("已报", 0),
    )
    rows = tuple(
        (
            figure.indicator.title,
            figure.indicator.code,
            figure.indicator.unit,
            figure.target,
            *(figure.assurance.get(basis) for basis in BASES),
            figure.reporting.due,
            figure.reporting.received,
        )
        for figure in seen.figures
    )
    return Sheet("全部指标", columns, rows)


def _chart(seen: Overview, lead: Figure) -> CurveChart | None:
    """The curve; none of a single day."""
    course: Course = seen.courses[seen.lead.code]
    days = {day for day, _ in course.promised} | {point.day for point in course.real}
    if len(days) < 2:
        return None
    unit = seen.lead.unit
    return CurveChart(
        title=seen.lead.title,
        promised=course.promised,
        real=tuple(CurvePoint(point.day, point.truths[Basis.REPORTED], point.owed < 1) for point in course.real),
        printed=f"{_told(lead.value, lead)}{unit if lead.value is not None else ''}",
        target_printed="" if lead.target is None else f"目标{_told(lead.target, lead)}{unit}",
        unit=unit,
        value_title=BASES[Basis.REPORTED],
    )
