"""How figures, days and states are shown. Nothing is computed here that a figure does not say."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template

from shishi.apps.indicators.overview import Course
from shishi.apps.indicators.standings import state
from shishi.core import divisions, typography
from shishi.core.assurance import Basis
from shishi.core.calendars import SHANGHAI
from shishi.core.estimates import Interval
from shishi.core.indicators import Figure, Indicator
from shishi.core.printing import NOT_REPORTED, print_decimal, print_value
from shishi.web.design.curves import SMALL, WIDE, Box, Drawing, draw
from shishi.web.design.intervals import drawn

register = template.Library()
register.filter("state", state)

BASES = {Basis.REPORTED: "填报", Basis.EVIDENCED: "有佐证", Basis.VERIFIED: "已核实"}
BAR = 144
"""Length of a full bar in the units of its view box."""


@register.filter
def amount(value: Decimal | None, indicator: Indicator) -> str:
    """A number of the indicator whole, with thousands commas, without its unit; 未报 when there is none."""
    return NOT_REPORTED if value is None else print_decimal(value, max(indicator.scale, 0), grouped=True)


@register.filter
def grouped(number: int | Decimal) -> str:
    """Every digit there is, with thousands commas."""
    return f"{number:,}"


@register.filter
def whole_part(text: str) -> str:
    """What stands before the point, for tables that align on it."""
    return text.partition(".")[0]


@register.filter
def after_point(text: str) -> str:
    """The point and what follows it; empty when there is none."""
    return "".join(text.partition(".")[1:])


@register.filter
def printed(figure: Figure) -> str:
    """The printed form of the trade (4.73万个)."""
    return print_value(figure.indicator, figure.value)


@register.filter
def abridged(figure: Figure) -> bool:
    """Whether the printed form says the number in another way than its digits do."""
    form = figure.indicator.printed
    return figure.value is not None and bool(form.power or form.qualifier)


@register.filter
def ahead(figure: Figure) -> str:
    """Points ahead of the trajectory with their sign (``+1.70``, ``−10.60``); a dash without a trajectory."""
    points = figure.behind_points
    if points is None:
        return "—"
    return (
        print_decimal(Decimal(0), 2) if points == 0 else f"{'−' if points > 0 else '+'}{print_decimal(abs(points), 2)}"
    )


@register.filter
def basis_title(basis: Basis) -> str:
    """填报, 有佐证 or 已核实."""
    return BASES[basis]


@register.filter
def truths(figure: Figure) -> list[tuple[Basis, str, Decimal | None]]:
    """The three truths with their titles, in order."""
    return [(basis, title, figure.assurance.get(basis)) for basis, title in BASES.items()]


@register.filter
def day(value: date | None) -> str:
    """``2021年9月30日``."""
    return typography.chinese_date(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """A moment in Shanghai: ``2021-09-30 18:00``."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if value else ""


@register.filter
def official(code: str) -> str:
    """A division's code as it is written out."""
    return divisions.official(code) if code else ""


@register.filter
def signed(value: Decimal | None, indicator: Indicator) -> str:
    """A difference with its sign (``+412``, ``−0.75``); 0 without one, a dash for none."""
    if value is None:
        return "—"
    text = print_decimal(abs(value), max(indicator.scale, 0), grouped=True)
    return text if value == 0 else f"{'−' if value < 0 else '+'}{text}"


@register.filter
def deep(code: str) -> bool:
    """Whether nothing lies below a division of that significant code."""
    return divisions.level_of(code) is divisions.Level.VILLAGE


@register.inclusion_tag("design/interval.html")
def interval(found: Interval, wide: bool = False, label: str = "") -> dict[str, object]:
    """An interval of a share on the full scale."""
    return drawn(found, wide=wide, label=label)


@register.inclusion_tag("design/curve.html")
def curve(figure: Figure, course: Course) -> dict[str, object]:
    """The wide drawing of an indicator's course, with words."""
    drawing = draw(course, WIDE)
    return {"figure": figure, "drawing": drawing}


@register.inclusion_tag("design/sparkline.html")
def sparkline(course: Course | None) -> dict[str, Drawing | None]:
    """The small drawing beside a number; it repeats what words say and is hidden from readers of the page."""
    return {"drawing": draw(course, SMALL) if course else None}


@register.inclusion_tag("design/bar.html")
def bar(figure: Figure, lead: Figure) -> dict[str, object]:
    """A unit's bar: of its target, or without one of the largest value, ``lead``'s."""
    full = figure.target or lead.value
    assured = [(basis.value, figure.assurance.get(basis)) for basis in (Basis.EVIDENCED, Basis.VERIFIED)]
    return {
        "box": Box(BAR, 14),
        "value": _length(figure.value, full),
        "assured": [(kind, _length(value, full)) for kind, value in assured if value is not None],
        "expected": _length(figure.expected, full) if figure.expected is not None else None,
        "silent": state(figure).kind == "silent",
    }


def _length(value: Decimal | None, full: Decimal | None) -> str:
    share = min(max((value or Decimal(0)) / full, Decimal(0)), Decimal(1)) if full else Decimal(0)
    return f"{BAR * share:.1f}"
