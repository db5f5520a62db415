"""Calling 推送: what happened is told to the addresses that want to hear of it.

The trail of audit is the outbox: an event stands in it with what it is about or not at all, so
nothing is lost and nothing is told that did not happen. Each hook remembers how far it has heard.
What fails three times waits for a person.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from shishi.adapters.webhooks.base import Call as Outgoing
from shishi.adapters.webhooks.base import Caller, CallFailed
from shishi.adapters.webhooks.http import HttpCaller
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import events_after
from shishi.apps.audit.services import record
from shishi.apps.machines.clients import works
from shishi.apps.machines.hooks import going_hooks, hearings, hooks_for, secret_of
from shishi.apps.machines.models import Call, CallState, Hook
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse

TRIES = 3
PAUSES = (timedelta(minutes=1), timedelta(minutes=10))
"""Before the second and the third try."""
HOLD = timedelta(minutes=5)
"""So long one sender may be busy with a call before another takes it; longer than any timeout."""
AT_ONCE = 500
"""Events that are looked at in one go."""
log = logging.getLogger("shishi.machines")


@dataclass(frozen=True, slots=True)
class Told:
    """What one round did: calls made of events, delivered, to be tried again, failed for good."""

    heard: int = 0
    sent: int = 0
    waiting: int = 0
    failed: int = 0


def hear(at: datetime) -> int:
    """Make calls of what stands in the trail since each hook last looked; how many. Safe to repeat."""
    made = 0
    for hook in going_hooks():
        events = events_after(hook.heard, AT_ONCE)
        if not events:
            continue
        with transaction.atomic():
            held = Hook.objects.select_for_update().get(pk=hook.pk)
            if held.heard != hook.heard:
                continue  # somebody else looked meanwhile
            if works(hook.client, at):
                made += sum(_made(hook, event, at) for event in events)
            held.heard = events[-1].pk
            held.save(update_fields=["heard"])
    return made


def _made(hook: Hook, event: AuditEvent, at: datetime) -> bool:
    """Whether the event is told to the hook: it asked for such, and its client reaches what it is about."""
    kind = event.subject.partition(":")[0]
    hearing = hearings().get(kind.partition(".")[0])
    if hearing is None or not event.action.startswith(tuple(hook.topics)):
        return False
    about = hearing(hook.client.person, event.subject, at)
    if about is None:
        return False
    document = {
        "id": f"event-{event.pk}",
        "type": event.action,
        "at": event.at.isoformat(),
        "subject": event.subject,
        "data": dict(about),
    }
    body = json.dumps(document, ensure_ascii=False, sort_keys=True, default=str)
    _, made = Call.objects.get_or_create(
        hook=hook, event=event.pk, defaults={"key": f"hook-{hook.pk}-{event.pk}", "body": body, "not_before": at}
    )
    return made


def call_what_waits(at: datetime, caller: Caller | None = None) -> Told:
    """What the worker does each time it looks. Nothing is locked while the other end is waited for; it may get a call
    twice, and tells so by its ``webhook-id``."""
    if not going_hooks():
        return Told()
    heard, way = hear(at), caller or HttpCaller(settings.WEBHOOKS)
    states = [_send(call, way, at) for call in _due(at)]
    counts = {state: states.count(state) for state in CallState}
    return Told(heard, counts[CallState.SENT], counts[CallState.QUEUED], counts[CallState.FAILED])


def _due(at: datetime) -> Iterator[Call]:
    """Each in turn, held by this sender; of one hook nothing more once a call has failed in this round."""
    waiting = Call.objects.filter(state=CallState.QUEUED, not_before__lte=at).order_by("event", "pk")
    for pk in list(waiting.values_list("pk", flat=True)[:AT_ONCE]):
        free = Call.objects.filter(pk=pk, state=CallState.QUEUED, not_before__lte=at)
        if free.update(not_before=at + HOLD, tries=F("tries") + 1):
            yield Call.objects.select_related("hook__client__person").get(pk=pk)


def _send(call: Call, way: Caller, at: datetime) -> CallState:
    hook = call.hook
    try:
        if hook.ended_at is not None or not works(hook.client, at):
            raise Misuse("hook_ended", "回调地址已停用，或接口凭证已到期。")
        way.call(Outgoing(call.key, hook.url, call.body, secret_of(hook), at))
    except (CallFailed, Misuse) as fault:
        return _conclude(call, fault.message, at)
    except Exception as fault:
        log.exception("call %s broke", call.key)
        return _conclude(call, f"推送时出了意外（{type(fault).__name__}）。请系统管理员查看日志。", at)
    return _conclude(call, "", at)


@transaction.atomic
def _conclude(call: Call, why: str, at: datetime) -> CallState:
    call.told = why[:300]
    if not why:
        call.state, call.ended_at = CallState.SENT, at
    elif call.tries >= TRIES:
        call.state, call.ended_at = CallState.FAILED, at
        detail = {"hook": call.hook_id, "why": call.told, "tries": call.tries}
        record(
            at=at, person=call.hook.client.person.username, action="hook.failed", subject=_named(call), detail=detail
        )
    else:
        call.state, call.not_before = CallState.QUEUED, at + PAUSES[call.tries - 1]
    call.save()
    return CallState(call.state)


@transaction.atomic
def replay(number: int, *, by: Person, at: datetime) -> Call:
    """Tell it once more, three times at most, under the same id: what has arrived, failed or was let go. Asking for it
    while it waits changes nothing. ``Misuse``: unknown_call."""
    call = call_for(by, number, at)
    if call.state != CallState.QUEUED:
        call.state, call.tries, call.not_before, call.ended_at, call.told = CallState.QUEUED, 0, at, None, ""
        call.save()
        _record(call, "hook.replay", by, at)
    return call


@transaction.atomic
def drop(number: int, *, reason: str, by: Person, at: datetime) -> Call:
    """Let a failed call go, with a reason; saying so twice changes nothing. ``Misuse``: unknown_call, reason_missing,
    call_not_failed."""
    call = call_for(by, number, at)
    if call.state == CallState.DROPPED:
        return call
    if call.state != CallState.FAILED:
        raise Misuse("call_not_failed", f"这次推送现为“{call.get_state_display()}”。只有推送失败的才能放弃。")
    if not reason.strip():
        raise Misuse("reason_missing", "放弃一次推送要写明原因。")
    call.state, call.reason, call.ended_at = CallState.DROPPED, reason.strip(), at
    call.save()
    _record(call, "hook.drop", by, at)
    return call


def call_for(person: Person, number: int, at: datetime) -> Call:
    """One call; ``Misuse`` (unknown_call) also when it is not the person's to see."""
    found = (
        Call.objects.filter(pk=number, hook__in=hooks_for(person, at)).select_related("hook__client__person").first()
    )
    if found is None:
        raise Misuse("unknown_call", f"没有第 {number} 号推送，或它不是您的。")
    return found


def calls_for(person: Person, at: datetime, *, state: str = "", offset: int = 0, limit: int = 50) -> tuple[Call, ...]:
    """Newest first, paged. ``Misuse`` (unknown_state)."""
    if state and state not in CallState.values:
        raise Misuse("unknown_state", f"推送没有“{state}”这种状态。可选：{'、'.join(CallState.values)}。")
    found = Call.objects.filter(hook__in=hooks_for(person, at)).select_related("hook__client__person")
    found = found.filter(state=state) if state else found
    return tuple(found.order_by("-pk")[offset : offset + limit])


def _named(call: Call) -> str:
    return f"hook.call:{call.pk}"


def _record(call: Call, action: str, by: Person, at: datetime) -> None:
    detail = {"hook": call.hook_id, "event": call.event, "reason": call.reason}
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=_named(call), detail=detail)
