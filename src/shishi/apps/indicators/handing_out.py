"""What a page of a programme shows, to be taken away: in the language of whoever takes it, but for the titles and
units that packs bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.files.selectors import is_demonstration
from shishi.apps.indicators.overview import Course, Overview
from shishi.apps.indicators.standings import state
from shishi.core.assurance import Basis
from shishi.core.calendars import SHANGHAI
from shishi.core.charts import CurveChart, CurvePoint
from shishi.core.divisions import official
from shishi.core.handouts import Cell, Column, Handout, Sheet
from shishi.core.indicators import Figure
from shishi.core.printing import NOT_REPORTED, print_decimal, quotient
from shishi.core.targets import adds_up

BASES = {Basis.REPORTED: lazy("填报"), Basis.EVIDENCED: lazy("有佐证"), Basis.VERIFIED: lazy("已核实")}
VERSIONS = {"indicator": lazy("指标"), "table": lazy("台账"), "target": lazy("目标"), "trajectory": lazy("序时进度")}


def handout_of(seen: Overview, figures: Sequence[Figure], known_at: datetime | None) -> Handout:
    """The page of a programme: ``figures`` of the units below in their order. ``known_at`` ``None`` is now."""
    lead = seen.by_code[seen.lead.code]
    return Handout(
        title=f"{seen.programme.title}　{seen.unit.name}　{seen.lead.title}",
        facts=_facts(seen, lead, known_at),
        heroes=tuple(
            (str(title), _printed(lead.assurance.get(basis), lead), _unit(lead, basis))
            for basis, title in BASES.items()
        ),
        sheets=(_units(seen, figures), _course(seen), _indicators(seen)),
        chart=_chart(seen, lead),
        demonstration=is_demonstration(),
    )


def _facts(seen: Overview, lead: Figure, known_at: datetime | None) -> tuple[tuple[str, str], ...]:
    versions = "，".join(
        _("%(name)s第%(version)s版") % {"name": VERSIONS.get(name, name), "version": version}
        for name, version in lead.versions.items()
    )
    reported = {"due": lead.reporting.due, "received": lead.reporting.received}
    moment = f"{lead.known_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return (
        (_("截至"), lead.as_of.isoformat()),
        (_("按何时所知"), moment if known_at else _("%s（导出时）") % moment),
        (_("口径"), str(BASES[lead.basis])),
        (_("指标"), f"{seen.lead.code}，{versions}"),
        (_("依据"), seen.programme.basis),
        (_("报送"), _("应报 %(due)s 个，已报 %(received)s 个") % reported),
    )


def _printed(value: Decimal | None, figure: Figure) -> str:
    return _(NOT_REPORTED) if value is None else print_decimal(value, max(figure.indicator.scale, 0), grouped=True)


def _unit(figure: Figure, basis: Basis) -> str:
    return figure.indicator.unit if figure.assurance.get(basis) is not None else ""


def _units(seen: Overview, figures: Sequence[Figure]) -> Sheet:
    scale, unit = max(seen.lead.scale, 0), seen.lead.unit
    columns = (
        Column(_("行政区划")),
        Column(_("代码")),
        Column(_("目标（%s）") % unit, scale),
        *(Column(f"{title}（{unit}）", scale) for title in BASES.values()),
        Column(_("占目标（%）"), 1),
        Column(_("应达"), scale),
        Column(_("与序时差（百分点）"), 2),
        Column(_("状态")),
        Column(_("应报"), 0),
        Column(_("已报"), 0),
        Column(_("沿用哪一天的数")),
    )
    lead = seen.by_code[seen.lead.code]
    rows = [_unit_row(figure) for figure in figures]
    total = _unit_row(lead)
    return Sheet(_("各地"), columns, (*rows, (_("合计"), *total[1:])), total=True)


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
        Column(_("截至")),
        *(Column(str(title), scale) for title in BASES.values()),
        Column(_("应报"), 0),
        Column(_("已报"), 0),
    )
    rows = tuple(
        (point.day, *(point.truths.get(basis) for basis in BASES), point.reporting.due, point.reporting.received)
        for point in seen.courses[seen.lead.code].real
    )
    return Sheet(_("走势"), columns, rows)


def _indicators(seen: Overview) -> Sheet:
    columns = (
        *(Column(title) for title in (_("指标"), _("代码"), _("单位"))),
        *(Column(title, 2) for title in (_("目标"), *map(str, BASES.values()))),
        Column(_("应报"), 0),
        Column(_("已报"), 0),
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
    return Sheet(_("全部指标"), columns, rows)


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
        printed=f"{_printed(lead.value, lead)}{unit if lead.value is not None else ''}",
        target_printed="" if lead.target is None else _("目标%s") % f"{_printed(lead.target, lead)}{unit}",
        unit=unit,
        value_title=str(BASES[Basis.REPORTED]),
    )
