"""Standings 进度状态: where a figure stands against its plan, in one word for everyone. 未报 comes before all else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shishi.core.indicators import Figure


@dataclass(frozen=True, slots=True)
class State:
    """``kind`` (``ahead even behind overdue silent plain``) gives shape and colour, ``word`` says the same to everyone:
    the ``name`` of the state, and for how many ``days`` (0: they are not told)."""

    kind: str
    name: str
    days: int = 0

    @property
    def word(self) -> str:
        """``落后 5 天``."""
        return f"{self.name} {self.days} 天" if self.days else self.name


def state(figure: Figure) -> State:
    """Silent before all else; overdue only where the trajectory has arrived at the target and the figure has not."""
    if figure.value is None:
        return State("silent", "从未填报" if figure.reporting.due else "没有数据")
    if figure.reporting.due == 1 and not figure.reporting.received:
        days = (figure.as_of - figure.carried_from).days if figure.carried_from else 0
        return State("silent", "未报", days) if days else State("silent", "当期未报")
    return _against_plan(figure)


def _against_plan(figure: Figure) -> State:
    points, days = figure.behind_points, figure.behind_days
    if points is None:
        return State("plain", "无序时进度")
    far = abs(days or 0)
    if points > 0:
        arrived = figure.expected == figure.target and days is not None
        return State("overdue", "逾期", far) if arrived else State("behind", "落后", far)
    return State("ahead", "领先", far) if points < 0 else State("even", "持平")


def gap(figure: Figure) -> tuple[bool, Decimal, str]:
    """To sort by: the furthest behind first; who has no trajectory comes last."""
    return figure.behind_points is None, -(figure.behind_points or Decimal(0)), figure.division


def by_gap(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """The furthest behind first, 未报 after all who report."""
    return tuple(sorted(figures, key=lambda figure: (state(figure).kind == "silent", gap(figure))))
