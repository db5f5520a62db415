"""Words of cases: how long something took, what a share is, which shape a state has."""

from __future__ import annotations

from fractions import Fraction

from django import template
from django.utils.translation import gettext as _

from shishi.apps.cases.measuring import Measured
from shishi.core.case_forecasts import Outlook
from shishi.core.case_states import CaseState
from shishi.core.case_statistics import StepLine

register = template.Library()

BAR = 160
"""Length of a full bar in the units of its view box."""
_TAGS = {
    CaseState.SUPPLEMENTING: "wait",
    CaseState.PAUSED: "wait",
    CaseState.SUSPENDED: "wait",
    CaseState.REFUSED: "late",
    CaseState.WITHDRAWN: "",
    CaseState.DECIDED: "good",
    CaseState.DELIVERED: "good",
    CaseState.RATED: "good",
    CaseState.ARCHIVED: "good",
}
_OUTLOOKS = {
    Outlook.OVER: "overdue",
    Outlook.LIKELY: "overdue",
    Outlook.POSSIBLE: "behind",
    Outlook.UNLIKELY: "ahead",
    Outlook.UNKNOWN: "silent",
}


@register.filter
def spent(seconds: int | None, day: int) -> str:
    """Working seconds in words; ``day``: seconds of a working day. From one day on in days to a tenth, half up."""
    if seconds is None:
        return "—"
    if seconds < 0:
        return f"−{spent(-seconds, day)}"
    if seconds >= day:
        tenths = (Fraction(seconds * 10, day) + Fraction(1, 2)).__floor__()
        return _("%(days)s 个工作日") % {"days": f"{tenths // 10}.{tenths % 10}"}
    if seconds >= 3600:
        return _("%(hours)s 小时 %(minutes)s 分") % {"hours": seconds // 3600, "minutes": seconds % 3600 // 60}
    return _("%(minutes)s 分钟") % {"minutes": -(-seconds // 60)}


@register.filter
def percent(share: Fraction | None) -> str:
    """A share in percent to a tenth, half up."""
    if share is None:
        return "—"
    tenths = (share * 1000 + Fraction(1, 2)).__floor__()
    return f"{tenths // 10}.{tenths % 10}%"


@register.filter
def of_all(kept: tuple[int, int]) -> Fraction | None:
    """The share that so many are of so many; ``None`` of none."""
    return Fraction(*kept) if kept[1] else None


@register.filter
def bar_length(share: Fraction | None) -> str:
    """A share as the length of a bar."""
    tenths = ((share or Fraction(0)) * BAR * 10).__round__()
    return f"{tenths // 10}.{tenths % 10}"


@register.filter
def split_lengths(line: StepLine) -> tuple[str, str]:
    """Of a step's bar what was waiting and what was working, as far as that can be told apart."""
    if not line.waited or not line.worked or not line.lain:
        return "0", "0"
    return tuple(  # type: ignore[return-value]  # two of them
        bar_length(line.share * Fraction(part.total, line.lain)) for part in (line.waited, line.worked)
    )


@register.filter
def step_title(measured: Measured, step: str) -> str:
    """What a step is called."""
    return measured.step(step) if step else ""


@register.filter
def state_tag(state: str) -> str:
    """The kind of tag that a case's state has."""
    return _TAGS.get(CaseState(state), "act")


@register.filter
def outlook_shape(outlook: Outlook) -> str:
    """The shape of an outlook."""
    return _OUTLOOKS[outlook]
