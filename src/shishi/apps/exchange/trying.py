"""Trying at once what would be tried later: a person who mended something need not wait for the clock."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.models import Dispatch, DispatchState, Handling, HandlingState, Peer
from shishi.apps.exchange.own_keys import require_operator
from shishi.core.calendars import day_of


@transaction.atomic
def try_now(*, by: Person, at: datetime) -> int:
    """Have the worker send and act upon everything at its next look; how many messages. What a peer refused for good
    stays refused. ``Misuse``: out_of_reach."""
    require_operator(by, at)
    one_at_a_time()
    later = Q(retry_at__gt=at)
    Peer.objects.filter(later).update(retry_at=None)
    many = Dispatch.objects.filter(state=DispatchState.QUEUED).count()
    Dispatch.objects.filter(later, state=DispatchState.QUEUED).update(retry_at=None)
    many += Handling.objects.filter(later, state=HandlingState.WAITING).update(retry_at=None)
    if many:
        body = body_of(by, day_of(at))
        subject, detail = "exchange.messages:waiting", {"count": many}
        record(at=at, person=by.username, body=body, action="exchange.try", subject=subject, detail=detail)
    return many
