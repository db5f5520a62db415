"""Visits 走访: 调研 and 巡查, planned or not, carried out once, with what was seen and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shishi.core.calendars import day_of
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.tables import Point

LONGEST_TITLE, LONGEST_PLACE, LONGEST_SEEN, MOST_PROBLEMS, MOST_PHOTOS = 60, 200, 1000, 50, 200
LATE_AT_MOST = timedelta(days=90)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class VisitKind(StrEnum):
    """What sort of visit."""

    RESEARCH = "research"
    PATROL = "patrol"
    INSPECTION = "inspection"

    @property
    def label(self) -> str:
        """The Chinese name as it is shown."""
        return ("调研", "巡查", "检查")[list(VisitKind).index(self)]


class VisitState(StrEnum):
    """Where a visit stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The Chinese name as it is shown."""
        return ("待走访", "已走访", "已取消")[list(VisitState).index(self)]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a visit saw. ``place`` in words; ``point`` with ``accuracy`` in metres is what the device says of itself, a
    claim. ``text`` is fit to be printed. ``publish``: whether a brief may tell it."""

    held_on: date
    place: str
    text: str
    people: str = ""
    point: Point | None = None
    accuracy: int | None = None
    publish: bool = True


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo that is told of before it arrives: the UUID that the device gave it and the SHA-256 of its bytes.
    ``ticket``: leave to take it, fetched while there was a network."""

    id: str
    sha256: str
    name: str = ""
    taken_at: datetime | None = None
    ticket: str = ""


def check_seen(seen: Seen, at: datetime) -> None:
    """``Refused`` (visit_incomplete) with every fault: what is missing or too long, a day that has not come or lies
    more than ninety days back."""
    faults = [*_missing(seen), *_too_long(seen), *_wrong_day(seen.held_on, day_of(at))]
    if faults:
        raise Refused("visit_incomplete", f"走访记录有 {len(faults)} 处要改，没有写入。", faults)


def _missing(seen: Seen) -> list[Issue]:
    asked = (("place", "地点", seen.place), ("text", "看到的情况", seen.text))
    return [
        Issue(code="required", message=f"请填写“{title}”。", field=name)
        for name, title, text in asked
        if not text.strip()
    ]


def _too_long(seen: Seen) -> list[Issue]:
    asked = (
        ("place", "地点", seen.place, LONGEST_PLACE),
        ("text", "看到的情况", seen.text, LONGEST_SEEN),
        ("people", "同行人员", seen.people, LONGEST_PLACE),
    )
    return [
        Issue(code="too_long", message=f"“{title}”最多 {most} 个字，现有 {len(text)} 个字，请精简。", field=name)
        for name, title, text, most in asked
        if len(text) > most
    ]


def _wrong_day(held_on: date, today: date) -> list[Issue]:
    if held_on > today:
        told = f"走访日期 {held_on} 还没有到（今天是 {today}）。请核对日期，或核对手机的时钟。"
        return [Issue(code="visit_in_future", message=told, field="held_on")]
    if today - held_on > LATE_AT_MOST:
        told = f"走访日期 {held_on} 已过去 {LATE_AT_MOST.days} 天以上。请核对日期；确需补记的，请写入工作纪实台账。"
        return [Issue(code="visit_too_old", message=told, field="held_on")]
    return []


def check_title(title: str) -> None:
    """``Misuse`` (visit_untitled, visit_title_long)."""
    if not title.strip():
        raise Misuse("visit_untitled", "请写明走访什么，几个字即可，例如：双桥小区改造现场。")
    if len(title.strip()) > LONGEST_TITLE:
        raise Misuse("visit_title_long", f"走访事项最多 {LONGEST_TITLE} 个字。细节请写到看到的情况里。")


def check_photos(photos: tuple[NamedPhoto, ...]) -> None:
    """``Misuse`` (photo_malformed, photos_too_many)."""
    if len(photos) > MOST_PHOTOS:
        raise Misuse("photos_too_many", f"一次走访最多 {MOST_PHOTOS} 张照片，现有 {len(photos)} 张。请分成几次走访。")
    if len({item.id for item in photos}) < len(photos) or not all(_SHA256.fullmatch(item.sha256) for item in photos):
        raise Misuse("photo_malformed", "照片的编号重复，或校验值写法不对。请在手机上重新打开采集页再发送。")
