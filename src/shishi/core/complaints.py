"""Complaints 投诉举报 against figures: a place that is on time by its reports while people there complain.

Neither of the two is right for that reason: the finding asks somebody to go and look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from shishi.core.findings import Finding, FindingKind
from shishi.core.gaming import GamingRules, Place, question_of
from shishi.core.indicators import Figure
from shishi.core.printing import print_value


def against_complaints(
    rules: GamingRules, programme: str, figures: Iterable[Figure], lead: str, complaints: Mapping[str, int]
) -> Iterator[Finding]:
    """Divisions that report to be on time in what the programme leads with, while at least so many complaints about it
    came of late. ``complaints``: by significant code of the division."""
    for figure in figures:
        many = complaints.get(figure.division, 0)
        on_time = figure.behind_points is not None and figure.behind_points <= 0
        if figure.indicator.code != lead or not on_time or rules.complaints is None or many < rules.complaints:
            continue
        place = Place(
            programme, figure.indicator.table, "", figure.division, figure.name, figure.indicator.title, figure.as_of
        )
        yield question_of(
            FindingKind.AGAINST_COMPLAINTS,
            place,
            f"“{figure.indicator.title}”为{print_value(figure.indicator, figure.value)}，不落后于序时进度；而当地最近"
            f"{rules.complaint_days}天有{many}件投诉举报。",
            "逐件看投诉说的是什么，到现场核对已报完成的条目；两者说的不是一回事的，写明后由督办人员消除。",
            {
                "complaints": str(many),
                "days": str(rules.complaint_days),
                "sure": "是两个数相反，不能说明谁对；投诉多也可能是渠道方便",
            },
            Decimal(many),
            figure.indicator.code,
        )
