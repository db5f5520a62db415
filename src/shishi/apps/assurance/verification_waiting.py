"""What verifications ask of people: rows to be looked at by who was named for it, a draw whose seed is out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.assurance.drawn_rows import waits_for
from shishi.apps.assurance.models import Verification
from shishi.apps.assurance.verification_seen import drawn_of, reached, unsettled
from shishi.core.calendars import day_of
from shishi.core.waiting import Waiting

REMEMBERED = timedelta(days=400)
"""Samples that were drawn longer ago ask nobody by themselves; their rows stay on the work list."""


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Rows of the samples that the person was named for, and own plans that can be drawn."""
    return (*_to_check(person, at), *_to_draw(person, at))


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """The person's plans whose seed is not out yet."""
    plans = Verification.objects.filter(person=person.username, draw__isnull=True, seed_on__gt=day_of(at))
    return tuple(
        Waiting("等种子公布", plan.title, f"{plan.seed_source}，{plan.seed_on}", "verification", (plan.pk,), plan.at)
        for plan in plans.order_by("pk")
    )


def _to_check(person: Person, at: datetime) -> Iterator[Waiting]:
    going = unsettled().values("verification")
    recent = Verification.objects.filter(draw__at__gte=at - REMEMBERED, pk__in=going).select_related("draw")
    for plan in recent.order_by("pk"):
        codes = reached(person, plan, Action.ASSURE, at) if person.username in plan.verifiers else ()
        rows = sum(waits_for(person, row, codes) for row in drawn_of(plan)) if codes else 0
        if rows:
            yield Waiting("到现场核实", plan.title, f"{rows} 行", "verification-work", (), plan.draw.at, None, rows)


def _to_draw(person: Person, at: datetime) -> Iterator[Waiting]:
    plans = Verification.objects.filter(person=person.username, draw__isnull=True, at__gte=at - REMEMBERED)
    for plan in plans.order_by("pk"):
        if plan.seed_on is None or plan.seed_on <= day_of(at):
            yield Waiting("抽取样本", plan.title, f"应抽 {plan.size} 行", "verification", (plan.pk,), plan.at)
