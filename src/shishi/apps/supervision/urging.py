"""What a day does about deadlines: it reminds by itself, and says what a person should raise. It issues nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.accounts.models import Person
from shishi.apps.programmes.selectors import calendar
from shishi.apps.supervision.matters import remind_matter
from shishi.apps.supervision.matters_seen import MatterView, Wanted, matters_for
from shishi.apps.supervision.selectors import NoticeView, notices_for
from shishi.apps.supervision.services import remind
from shishi.core.calendars import day_of
from shishi.core.deadlines import left_text, working_days_left
from shishi.core.notices import NoticeState

BEFORE = 2
"""Working days before a deadline from which on the day reminds."""


@dataclass(frozen=True, slots=True)
class Urged:
    """What came of it: who was reminded, and what is late enough to be raised by a person."""

    notices: tuple[NoticeView, ...]
    matters: tuple[MatterView, ...]
    to_raise: tuple[MatterView, ...]


def urge(programme: str, as_of: date, *, by: Person, at: datetime) -> Urged:
    """Remind who still owes something that is due within two working days or late, once a day; running the day again
    reminds nobody twice. A day in the past reminds nobody: its deadlines are over."""
    late = Wanted(programme=programme, undone=True)
    matters = matters_for(by, at=at, wanted=late, limit=1000)
    to_raise = tuple(item for item in matters if item.due_rung)
    if as_of != day_of(at):
        return Urged((), (), to_raise)
    return Urged(_notices(programme, by, at), _matters(matters, by, at), to_raise)


def _notices(programme: str, by: Person, at: datetime) -> tuple[NoticeView, ...]:
    days, reminded = calendar(None, at), []
    waiting = (NoticeState.ISSUED, NoticeState.ACKNOWLEDGED, NoticeState.RETURNED)
    for notice in notices_for(by, at=at, programme=programme, states=waiting, limit=1000):
        for item in notice.recipients:
            due = item.standing.deadline
            owes = item.standing.state in waiting and due and working_days_left(days, due, at) <= BEFORE
            if not owes or _today(item.standing.reminded, at) or _today(notice.history[-1].at, at) or due is None:
                continue
            text = f"反馈时限{left_text(days, due, at)}。"
            reminded.append(remind(str(notice.id), by=by, at=at, body=item.body, text=text))
    return tuple(reminded)


def _matters(matters: tuple[MatterView, ...], by: Person, at: datetime) -> tuple[MatterView, ...]:
    days, reminded = calendar(None, at), []
    for item in matters:
        standing = item.standing
        if not standing.owed or standing.deadline is None or _today(standing.reminded, at):
            continue
        missed = standing.missed(at)
        if working_days_left(days, standing.deadline, at) > BEFORE and not missed:
            continue
        told = [f"办结时限{left_text(days, standing.deadline, at)}。"]
        told += [f"节点“{one.title}”已过期未完成。" for one in missed]
        if _today(item.history[-1].moved.at, at):
            continue
        reminded.append(remind_matter(str(item.id), by=by, at=at, text="".join(told)))
    return tuple(reminded)


def _today(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and day_of(moment) == day_of(at)
