"""Limits of time 办理时限: how long a step or a case may take, on what legal basis, and what the clock of a case leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shishi.core.provenance import Trust


class TimeUnit(StrEnum):
    """What a limit is counted in. Working days end at closing time; minutes, hours and calendar days run through."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    HOUR = "hour"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of time 时限 with its legal basis. ``verified``: whether the basis was read."""

    amount: int
    unit: TimeUnit = TimeUnit.WORKING_DAY
    basis: str = ""
    trust: Trust = Trust.DESIGN
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clock of the whole case. ``starts``: the element whose completion starts it (``""``: when it is submitted).
    ``pauses``: kinds of time that do not count. ``extension``: by how much it may be prolonged, once."""

    legal: Limit | None = None
    promised: Limit | None = None
    starts: str = ""
    pauses: tuple[str, ...] = ()
    extension: Limit | None = None
    warn: int = 0


@dataclass(frozen=True, slots=True)
class RatingPlan:
    """好差评: what a bad rating asks for: look into it, put it right, within these limits."""

    verify: Limit
    correct: Limit
