"""What machines ask of people: a call that failed three times is somebody's to look after."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.machines.calling import calls_for
from shishi.apps.machines.models import Call, CallState
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.waiting import Waiting

MOST = 200


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Failed calls, one line for each address, for who runs the system."""
    if not may(person, Action.OPERATE, COUNTRY, "", day_of(at)):
        return ()
    by_hook: dict[int, list[Call]] = defaultdict(list)
    for call in calls_for(person, at, state=CallState.FAILED, limit=MOST):
        by_hook[call.hook_id].append(call)
    return tuple(
        Waiting(
            "处理推送失败",
            f"{calls[0].hook.client.title}：{calls[0].hook.url}",
            f"{len(calls)} 次推送失败。{calls[0].told}",
            "machines",
            (),
            min(call.ended_at or at for call in calls),
            None,
            len(calls),
        )
        for calls in by_hook.values()
    )


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Nothing: calls are nobody's deed."""
    return ()
