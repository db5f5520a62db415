"""What waits for somebody 待办: one thing to do, with its page and its deadline, told alike by every area."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that somebody should do, or one thing of theirs that is under way.

    ``verb`` is what is to be done in a word or two (签收, 审核), ``title`` the thing, ``about`` one line more (programme,
    body, count). ``page`` and ``args`` name the page of the office where it is done (its noun and what identifies the
    thing), ``query`` what its address asks besides. ``since`` and ``due`` are moments; ``count`` how many alike stand
    behind this line.
    """

    verb: str
    title: str
    about: str
    page: str
    args: tuple[str | int, ...] = ()
    since: datetime | None = None
    due: datetime | None = None
    count: int = 1
    query: tuple[tuple[str, str], ...] = ()

    def overdue(self, at: datetime) -> bool:
        """Whether it should have been done before ``at``."""
        return self.due is not None and self.due < at


def most_urgent_first(items: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """By deadline, the earliest first; what has none after that, the longest waiting first."""
    return tuple(sorted(items, key=_urgency))


def _urgency(item: Waiting) -> tuple[bool, datetime, bool, datetime, str]:
    due, since = item.due, item.since
    return (due is None, due or _NEVER, since is None, since or _NEVER, item.title)
