"""A visit says what was seen, where and when; what cannot be so is refused with all its faults at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from shishi.core.errors import Misuse, Refused
from shishi.core.visits import (
    MOST_PHOTOS,
    NamedPhoto,
    Seen,
    VisitKind,
    VisitState,
    check_photos,
    check_seen,
    check_title,
)

NOW = datetime(2021, 9, 30, 2, tzinfo=UTC)
SEEN = Seen(date(2021, 9, 30), "双桥小区东门", "到现场查看外墙施工，进度正常。")


def faults(seen: Seen) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        check_seen(seen, NOW)
    return [(item.field, item.code) for item in refused.value.issues]


def test_what_is_complete_passes() -> None:
    check_seen(SEEN, NOW)


def test_every_fault_is_told_at_once() -> None:
    found = faults(Seen(date(2021, 10, 1), " ", "", people="人" * 201))
    assert found == [
        ("place", "required"),
        ("text", "required"),
        ("people", "too_long"),
        ("held_on", "visit_in_future"),
    ]


def test_today_is_shanghais() -> None:
    check_seen(replace(SEEN, held_on=date(2021, 10, 1)), datetime(2021, 9, 30, 16, 30, tzinfo=UTC))


def test_a_visit_of_long_ago_is_not_entered_here() -> None:
    check_seen(replace(SEEN, held_on=date(2021, 7, 2)), NOW)
    assert faults(replace(SEEN, held_on=date(2021, 7, 1))) == [("held_on", "visit_too_old")]


@pytest.mark.parametrize(("title", "code"), [("  ", "visit_untitled"), ("长" * 61, "visit_title_long")])
def test_a_title_is_short_and_there(title: str, code: str) -> None:
    with pytest.raises(Misuse, match=code):
        check_title(title)


def test_photos_are_told_of_once_with_a_whole_hash() -> None:
    good = NamedPhoto("a", "0" * 64)
    check_photos((good, NamedPhoto("b", "f" * 64)))
    for wrong in ((good, good), (NamedPhoto("a", "F" * 64),), (NamedPhoto("a", "0" * 63),)):
        with pytest.raises(Misuse, match="photo_malformed"):
            check_photos(wrong)
    with pytest.raises(Misuse, match="photos_too_many"):
        check_photos(tuple(NamedPhoto(str(at), "0" * 64) for at in range(MOST_PHOTOS + 1)))


def test_every_kind_and_state_has_its_word() -> None:
    assert [item.label for item in (*VisitKind, *VisitState)] == ["调研", "巡查", "检查", "待走访", "已走访", "已取消"]
