"""What waits is told in the order in which it presses."""

from __future__ import annotations

from datetime import UTC, datetime

from shishi.core.waiting import Waiting, most_urgent_first

NOON = datetime(2021, 9, 30, 4, tzinfo=UTC)
LATER = datetime(2021, 10, 8, 4, tzinfo=UTC)


def item(title: str, due: datetime | None = None, since: datetime | None = None) -> Waiting:
    return Waiting("签收", title, "", "notice", (1,), since, due)


def test_the_earliest_deadline_comes_first_and_what_has_none_last_by_how_long_it_waits() -> None:
    found = most_urgent_first(
        [item("new", since=LATER), item("old", since=NOON), item("soon", due=LATER), item("late", due=NOON)]
    )
    assert [one.title for one in found] == ["late", "soon", "old", "new"]


def test_a_deadline_is_missed_after_it_and_not_at_it() -> None:
    assert [item("x", due=NOON).overdue(at) for at in (NOON, LATER)] == [False, True]
    assert not item("x").overdue(LATER)
