"""Drawing an interval: the whole from 0 to 100 %, what lies between the ends, and the point; always on the full scale,
so that a small error looks small and a large one large."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from shishi.core.estimates import Interval


@dataclass(frozen=True, slots=True)
class Scale:
    """Measures of a drawing, in units of its view box."""

    width: int
    height: int
    edge: int
    middle: int
    thick: int
    tick: int
    text: int

    @property
    def left(self) -> int:
        """Where 0 lies."""
        return self.edge

    @property
    def right(self) -> int:
        """Where 100 lies."""
        return self.width - self.edge

    @property
    def top(self) -> Decimal:
        """The upper edge of the band."""
        return self.middle - Decimal(self.thick) / 2

    @property
    def over(self) -> Decimal:
        """Where the mark of the point begins."""
        return self.top - 4

    @property
    def under(self) -> Decimal:
        """Where it ends."""
        return self.top + self.thick + 4

    @property
    def foot(self) -> int:
        """Where ticks end."""
        return self.middle + self.tick

    def at(self, percent: Decimal) -> Decimal:
        """Where so many percent lie."""
        return (self.left + percent * (self.right - self.left) / 100).quantize(Decimal("0.1"))


SMALL = Scale(width=132, height=20, edge=4, middle=10, thick=8, tick=0, text=0)
WIDE = Scale(width=520, height=58, edge=16, middle=22, thick=14, tick=16, text=54)
_TICKS = (0, 25, 50, 75, 100)
_LEAST = Decimal("1.5")


def drawn(interval: Interval, *, wide: bool = False, label: str = "") -> dict[str, object]:
    """What ``design/interval.html`` needs. A band of no width still shows."""
    box = WIDE if wide else SMALL
    point, low, high = (box.at(value) for value in interval.percent(2))
    return {
        "box": box,
        "wide": wide,
        "label": label,
        "ticks": [(box.at(Decimal(value)), f"{value}%") for value in _TICKS] if wide else [],
        "low": low,
        "width": max(high - low, _LEAST),
        "point": point,
    }
