"""Limits of time 办理时限: how long a step or a case may take, on what legal basis, and what the clock of a case
leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from shishi.core.errors import Refused
from shishi.core.labels import Labelled
from shishi.core.provenance import Trust


class TimeUnit(StrEnum):
    """What a limit is counted in. Working days end at closing time; minutes, hours and calendar days run through."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    HOUR = "hour"
    MINUTE = "minute"


class PauseKind(Labelled):
    """Why time does not count (行政许可法 45 and what packs add)."""

    SUPPLEMENT = "supplement", "补正"
    HEARING = "hearing", "听证"
    PUBLICITY = "publicity", "公示"
    EXPERT = "expert", "专家评审"
    INSPECTION = "inspection", "检验检测鉴定"
    SPECIAL = "special", "特别程序"
    SUSPENDED = "suspended", "中止"


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
    ``extension``: by how much it may be prolonged, once. What does not count is said where it happens: at steps and
    timers; a supplement never counts."""

    legal: Limit | None = None
    promised: Limit | None = None
    starts: str = ""
    extension: Limit | None = None
    warn: int = 0


@dataclass(frozen=True, slots=True)
class RatingPlan:
    """好差评: what a bad rating asks for: look into it, put it right, within these limits."""

    verify: Limit
    correct: Limit


_DURATION = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?)", re.ASCII)


def duration_limit(text: str) -> Limit:
    """A duration of ISO 8601 as a modeller writes it, read to the letter: weeks, or days, hours and minutes.
    ``Refused`` ``duration_unreadable`` for anything else: months and years have no fixed length; nothing is evaluated.

    >>> duration_limit("P2W").amount, duration_limit("PT1H30M").unit.value
    (14, 'minute')
    """
    found = _DURATION.fullmatch(text.strip())
    weeks, days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    if hours or minutes:
        return Limit((days * 24 + hours) * 60 + minutes, TimeUnit.MINUTE)
    if not (weeks or days) or weeks * 7 + days > 36_500:
        message = f"时长“{text}”读不懂；请写 P15D、PT2H 这样的 ISO 8601 时长，或在 YAML 的 timers 里写明。"
        raise Refused("duration_unreadable", message)
    return Limit(weeks * 7 + days, TimeUnit.CALENDAR_DAY)
