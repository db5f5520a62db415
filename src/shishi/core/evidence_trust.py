"""Trust in evidence 可信等级: what a device claims, what the server saw itself, and the level that follows.

A photo proves little by itself: its metadata can be written by anybody. What the server saw counts (a ticket it gave,
the moment the hash arrived); what the device says is kept as a claim and compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shishi.core.tables import Point

EARTH = 6_371_008
"""Mean radius of the earth in metres (IUGG)."""
CLOCKS_DIFFER = timedelta(minutes=5)
FEW_METRES = 1000
"""Two claims of one place further apart than this contradict each other."""


class TrustLevel(StrEnum):
    """A: taken at the place and told at once. B: taken with a ticket, told later or elsewhere. C: from an album."""

    A = "A"
    B = "B"
    C = "C"

    @property
    def label(self) -> str:
        """What it means, in a few words."""
        return {"A": "现场即时", "B": "现场补传"}.get(self.value, "相册上传")


class TrustReason(StrEnum):
    """Why evidence has its level."""

    TOLD_AT_ONCE = "told_at_once"
    AT_THE_PLACE = "at_the_place"
    TOLD_LATER = "told_later"
    FAR_AWAY = "far_away"
    PLACE_NOT_SHARED = "place_not_shared"
    PLACE_VAGUE = "place_vague"
    PLACE_NOT_REGISTERED = "place_not_registered"
    NO_TICKET = "no_ticket"
    TICKET_OUTLIVED = "ticket_outlived"

    @property
    def label(self) -> str:
        """As a page says it."""
        return _REASONS[self]


_REASONS: Mapping[TrustReason, str] = {
    TrustReason.TOLD_AT_ONCE: "拍摄凭证有效期内就传来了照片指纹",
    TrustReason.AT_THE_PLACE: "拍摄位置在登记地点附近",
    TrustReason.TOLD_LATER: "照片指纹是事后（离线）传来的",
    TrustReason.FAR_AWAY: "拍摄位置离登记地点较远",
    TrustReason.PLACE_NOT_SHARED: "没有提供拍摄位置",
    TrustReason.PLACE_VAGUE: "拍摄位置不够精确",
    TrustReason.PLACE_NOT_REGISTERED: "这一行没有登记地点，无从比对",
    TrustReason.NO_TICKET: "从相册或电脑上传，没有拍摄凭证",
    TrustReason.TICKET_OUTLIVED: "拍摄凭证早已过期",
}


class Hint(StrEnum):
    """What a machine noticed and a person should look at. None of them decides anything."""

    SEEN_BEFORE = "seen_before"
    LOOKS_ALIKE = "looks_alike"
    SCREEN = "screen"
    SCREENSHOT = "screenshot"
    TIME_CONTRADICTS = "time_contradicts"
    PLACE_CONTRADICTS = "place_contradicts"
    EDITED = "edited"

    @property
    def label(self) -> str:
        """As a page says it: a question, never a verdict."""
        return _HINTS[self]


_HINTS: Mapping[Hint, str] = {
    Hint.SEEN_BEFORE: "同一个文件在别处用过",
    Hint.LOOKS_ALIKE: "与另一张照片高度相似",
    Hint.SCREEN: "可能是翻拍的屏幕",
    Hint.SCREENSHOT: "可能是截屏",
    Hint.TIME_CONTRADICTS: "照片自带的时间与收到时不符",
    Hint.PLACE_CONTRADICTS: "照片自带的位置与拍摄时报的不符",
    Hint.EDITED: "照片自带信息写明用修图软件保存过",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device says: moment (aware), place (WGS 84) with its accuracy in metres, maker and model."""

    taken_at: datetime | None = None
    place: Point | None = None
    accuracy: int | None = None
    device: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """How a photo came, as the server saw it: when it gave the ticket, until when the hash was in time and until when
    the ticket is good at all, and when the hash arrived. Without a ticket everything is ``None``."""

    issued_at: datetime | None = None
    in_time_until: datetime | None = None
    good_until: datetime | None = None
    told_at: datetime | None = None

    @property
    def ticketed(self) -> bool:
        """Whether there was a ticket that was still good when the hash came."""
        return bool(self.told_at and self.good_until and self.told_at <= self.good_until)

    @property
    def in_time(self) -> bool:
        """Whether the hash came in the minutes after the ticket."""
        return self.ticketed and bool(self.told_at and self.in_time_until and self.told_at <= self.in_time_until)


@dataclass(frozen=True, slots=True)
class Trust:
    """A level and what led to it. ``distance``: whole metres from the registered place, where both are known."""

    level: TrustLevel
    reasons: tuple[TrustReason, ...]
    distance: int | None = None


def distance(one: Point, other: Point) -> int:
    """Metres along the surface between two places, rounded (haversine; error below 0.6 % of the distance)."""
    lon, lat = math.radians(other.longitude - one.longitude), math.radians(other.latitude - one.latitude)
    heights = math.cos(math.radians(one.latitude)) * math.cos(math.radians(other.latitude))
    chord = math.sin(lat / 2) ** 2 + heights * math.sin(lon / 2) ** 2
    return round(2 * EARTH * math.asin(math.sqrt(min(chord, 1))))


def judge(capture: Capture, claim: Claim, registered: Point | None, within: int) -> Trust:
    """The level of a photo that came so, with every reason. ``within``: metres that still are *at the place*.

    An accuracy worse than ``within`` proves no place; one that is good does not widen the circle.
    """
    away = distance(registered, claim.place) if registered and claim.place else None
    if not capture.ticketed:
        outlived = capture.issued_at is not None
        return Trust(TrustLevel.C, (TrustReason.TICKET_OUTLIVED if outlived else TrustReason.NO_TICKET,), away)
    time = TrustReason.TOLD_AT_ONCE if capture.in_time else TrustReason.TOLD_LATER
    place = _place(claim, registered, away, within)
    both = time is TrustReason.TOLD_AT_ONCE and place is TrustReason.AT_THE_PLACE
    return Trust(TrustLevel.A if both else TrustLevel.B, (time, place), away)


def _place(claim: Claim, registered: Point | None, away: int | None, within: int) -> TrustReason:
    if registered is None:
        return TrustReason.PLACE_NOT_REGISTERED
    if away is None:
        return TrustReason.PLACE_NOT_SHARED
    if claim.accuracy is None or claim.accuracy > within:
        return TrustReason.PLACE_VAGUE
    return TrustReason.AT_THE_PLACE if away <= within else TrustReason.FAR_AWAY


def contradictions(shutter: Claim, metadata: Claim, told_at: datetime | None) -> tuple[Hint, ...]:
    """What the picture's own metadata say against what was told at the shutter, or against the day it arrived."""
    found: list[Hint] = []
    moment = shutter.taken_at or told_at
    if metadata.taken_at and moment:
        later = metadata.taken_at - moment > CLOCKS_DIFFER
        differs = shutter.taken_at is not None and abs(metadata.taken_at - shutter.taken_at) > CLOCKS_DIFFER
        if later or differs:
            found.append(Hint.TIME_CONTRADICTS)
    if metadata.place and shutter.place and distance(metadata.place, shutter.place) > FEW_METRES:
        found.append(Hint.PLACE_CONTRADICTS)
    return tuple(found)
