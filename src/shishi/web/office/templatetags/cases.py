"""Words of cases: how long something took, what a share is, which shape a state has."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shishi.apps.cases.desks import CaseDesk
from shishi.apps.cases.measuring import Measured
from shishi.apps.cases.views import MaterialView, TaskView
from shishi.apps.programmes.selectors import processes
from shishi.core.case_clocks import Due
from shishi.core.case_forecasts import Outlook
from shishi.core.case_states import CaseState
from shishi.core.case_statistics import StepLine
from shishi.core.materials import MaterialState
from shishi.web.office.case_materials import Way, offered

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
_OUTCOMES = {"agree": lazy("同意"), "disagree": lazy("不同意"), "corrected": lazy("已更正"), "done": lazy("办理完毕")}
_PARTS = {"copied": lazy("抄送"), "raised": lazy("报上级"), "party": lazy("当事人"), "recused": lazy("回避")}
_TRUST = {
    "given": lazy("原文"),
    "law": lazy("法规"),
    "standard": lazy("标准"),
    "official": lazy("公开网页"),
    "press": lazy("报道"),
    "computed": lazy("推算"),
    "design": lazy("设计建议"),
    "demonstration": lazy("演示"),
}
_OUTLOOKS = {
    Outlook.OVER: "overdue",
    Outlook.LIKELY: "overdue",
    Outlook.POSSIBLE: "behind",
    Outlook.UNLIKELY: "ahead",
    Outlook.UNKNOWN: "silent",
}


@register.filter
def trust_word(trust: str) -> str:
    """How far a rule may be trusted, in a word."""
    return str(_TRUST.get(trust, trust))


@register.filter
def spent(seconds: object, day: int) -> str:
    """Working seconds in words; ``day``: seconds of a working day. From one day on in days to a tenth, half up. A dash
    for what was not measured."""
    if not isinstance(seconds, int):
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
def percent(share: object) -> str:
    """A share in percent to a tenth, half up; a dash for none."""
    if not isinstance(share, Fraction):
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
    waited, worked = (Fraction(part.total, line.lain) for part in (line.waited, line.worked))
    return bar_length(line.share * waited), bar_length(line.share * worked)


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


@register.filter
def material_tag(item: MaterialView) -> str:
    """The kind of tag that a material's state has."""
    if item.state in (MaterialState.LACKING, MaterialState.RETURNED):
        return "late" if item.required or item.state is MaterialState.RETURNED else ""
    return "wait" if item.state in (MaterialState.LATER, MaterialState.PROMISED) else "good"


@register.filter
def material_ways(item: MaterialView, may: tuple[str, ...]) -> list[tuple[str, Way]]:
    """What can be done with a material by whoever may do this much with its case."""
    return offered(item, may)


@register.filter
def outcome_title(task: TaskView) -> str:
    """What a task ended with, in the words of its process."""
    known = next((item for item in processes() if item.name == task.process), None)
    step = known.step_at.get(task.element) if known else None
    found = step.outcome(task.outcome) if step else None
    return found.title if found else str(_OUTCOMES.get(task.outcome, task.outcome))


@register.filter
def is_late(task: TaskView, now: datetime) -> bool:
    """Whether it is open beyond its limit."""
    return task.overdue(now)


@register.filter
def has_late(desk: CaseDesk, now: datetime) -> bool:
    """Whether a task or a clock of the case is beyond its limit."""
    return any(task.overdue(now) for task in desk.open_tasks) or any(is_over(due, now) for _name, due in clocks(desk))


@register.filter
def clocks(desk: CaseDesk) -> list[tuple[str, Due]]:
    """Both clocks, the promise first; those that there are."""
    both = ((_("承诺时限"), desk.view.clock.promised), (_("法定时限"), desk.view.clock.legal))
    return [(name, due) for name, due in both if due is not None]


@register.filter
def is_over(due: Due, now: datetime) -> bool:
    """Whether a deadline has passed."""
    return due.moment is not None and due.moment < now


@register.filter
def slug_of(fact: str) -> str:
    """The name of a fact as part of an id."""
    return "".join(letter if letter.isalnum() else "-" for letter in fact)


@register.filter
def part_word(part: str) -> str:
    """What somebody has to do with a case."""
    return str(_PARTS.get(part, part))
