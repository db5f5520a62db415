"""Being carried to an outside system and back 无感切换: with one login, and the number kept on both sides.

The browser carries a ticket that says nothing and is good once, for ten minutes. The system shows it, at its back end,
with the login that it was given; only then is it told the item, the region and the number. What it says of the outcome
comes back under the same number. Whatever fails on either side, the hand-over stays here with its state.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.audit import chain
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.citizens.selectors import account_of, any_system, system_coded
from shishi.apps.citizens.trust import Trust
from shishi.apps.files.services import key_ring
from shishi.apps.hall.catalogue import item_coded
from shishi.apps.hall.models import Handover, HandoverStep
from shishi.apps.hall.numbering import next_number
from shishi.apps.messages.services import post_message
from shishi.core.errors import Misuse, Refused

LIVES = timedelta(minutes=10)
WAITED = timedelta(hours=1)
"""After so long without a word the page says that none has come."""
MARK = "转"


class HandoverState(StrEnum):
    """Where somebody is who was carried to another system."""

    READY = "ready"
    DOWN = "down"
    TAKEN = "taken"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        """What people are told."""
        return {
            HandoverState.READY: "已登记，等您前往",
            HandoverState.DOWN: "对方系统暂时打不开",
            HandoverState.TAKEN: "已到对方系统",
            HandoverState.ACCEPTED: "对方已受理",
            HandoverState.DONE: "对方已办结",
            HandoverState.REFUSED: "对方不予受理",
            HandoverState.FAILED: "对方没有办成",
            HandoverState.RETURNED: "您已回来，没有办完",
        }[self]


SAID = frozenset({HandoverState.ACCEPTED, HandoverState.DONE, HandoverState.REFUSED, HandoverState.FAILED})
"""What the other side may say of it."""
CLOSED = frozenset({HandoverState.DONE, HandoverState.REFUSED})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, as its owner reads it."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A hand-over as its owner sees it."""

    number: str
    system: str
    system_title: str
    stand_in: bool
    item: str
    item_name: str
    state: HandoverState
    reference: str
    text: str
    made_at: datetime
    steps: tuple[Step, ...]
    silent: bool

    @property
    def is_open(self) -> bool:
        """Whether one may go there (again)."""
        return self.state not in CLOSED


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the browser carries, shown this once; it says nothing."""

    text: str = field(repr=False)
    handover: HandoverView


@dataclass(frozen=True, slots=True)
class Context:
    """What the other side is told for a ticket: no name, no number of a document."""

    number: str
    item: str
    region: str


@transaction.atomic
def prepare(item: str, *, by: Person, at: datetime, number: str = "") -> HandoverView:
    """Note that somebody wants to do an item that an outside system carries out; the one that is open already is taken
    up again. ``number``: that of a case here, else one is given. ``Misuse`` (unknown_item, unknown_system,
    item_not_carried); ``Refused`` (trust_too_low)."""
    one_at_a_time()
    found = item_coded(item, at)
    if not found.system or not found.is_open:
        raise Misuse("item_not_carried", "这个事项不在外部系统办理。请看办事指南。")
    system = system_coded(found.system)
    asked = max((found.trust or Trust.PHONE, system.trust), key=lambda word: list(Trust).index(Trust(word)))
    if not (mine := account_of(by)).trust.suffices(asked):
        wanted = Trust(asked).label
        message = f"这件事要先{wanted}，您现在是{mine.trust.label}。请用统一身份认证登录，或带身份证到窗口办理。"
        raise Refused("trust_too_low", message)
    closed = [state.value for state in CLOSED]
    held = Handover.objects.filter(owner=by, item=item, system=system.code).exclude(state__in=closed).first()
    if held is None:
        held = Handover.objects.create(
            number=number or next_number(MARK, found.division, at),
            ticket=key_ring().digest(secrets.token_urlsafe(24), "handover"),
            owner=by,
            system=system.code,
            item=item,
            item_name=found.name,
            division=found.division,
            state=HandoverState.READY,
            made_at=at,
            runs_out_at=at,
        )
        _step(held, HandoverState.READY, "", at)
    return view_of(held, at)


@transaction.atomic
def give_ticket(person: Person, number: str, *, alive: bool, at: datetime) -> Ticket | None:
    """A ticket for going there now; ``None``, with the state kept, where the system does not answer (``alive``). An
    older ticket of it is good no more. ``Misuse`` (unknown_handover, handover_closed)."""
    one_at_a_time()
    held = _own(person, number)
    if HandoverState(held.state) in CLOSED:
        raise Misuse("handover_closed", "这件事对方已经办结，不用再去。")
    if not alive:
        _move(held, HandoverState.DOWN, "对方系统没有应答，您的登记保存着。", at)
        return None
    text = secrets.token_urlsafe(24)
    held.ticket, held.runs_out_at, held.taken_at = key_ring().digest(text, "handover"), at + LIVES, None
    if held.state == HandoverState.DOWN:
        held.state = HandoverState.READY
    held.save()
    return Ticket(text, view_of(held, at))


@transaction.atomic
def take_ticket(text: str, *, client: str, uid: str, at: datetime) -> Context:
    """The other side shows a ticket, with whose login it has: once, in time, by the system and for the person that it
    was made for. ``Refused`` (ticket_refused): the same words whatever was wrong."""
    one_at_a_time()
    held = _ticketed(text)
    fits = held and _is_clients(held, client) and held.owner.citizen and account_of(held.owner).uid == uid
    if not held or not fits or held.taken_at or held.runs_out_at <= at:
        raise Refused(
            "ticket_refused", "这张票据不能用：用过了、过期了，或不是发给这个系统、这个人的。请回到本站重新前往。"
        )
    held.taken_at = at
    _move(held, HandoverState.TAKEN, "", at)
    return Context(held.number, held.item, held.division)


@transaction.atomic
def tell_outcome(
    number: str, state: HandoverState, *, client: str, reference: str = "", text: str = "", at: datetime
) -> HandoverView:
    """The other side says what became of it, under our number; the same again changes nothing, and its holder is told.
    ``Misuse`` (unknown_handover, outcome_unknown); ``Refused`` (handover_closed) for news of what is closed."""
    one_at_a_time()
    held = next((one for one in Handover.objects.filter(number=number) if _is_clients(one, client)), None)
    if held is None or (held.taken_at is None and held.state == HandoverState.READY):
        raise Misuse("unknown_handover", "没有这个号的转办，或它还没有到您的系统。")
    if state not in SAID:
        raise Misuse("outcome_unknown", "结果只能是 accepted、done、refused、failed 之一。")
    if (held.state, held.reference, held.text) == (state, reference[:100], text[:300]):
        return view_of(held, at)
    if HandoverState(held.state) in CLOSED:
        raise Refused("handover_closed", "这个号已经办结，结果不能再改。")
    held.reference, held.told_at = reference[:100], at
    held.text = text[:300]
    _move(held, state, text[:300], at)
    post_message(
        to=held.owner,
        key=f"handover:{held.pk}:{state}:{at.isoformat()}",
        subject=f"{held.item_name[:60]}：{state.label}",
        text=f"您的“{held.item_name}”（{held.number}）{state.label}。{held.text}",
        about=f"handover:{held.pk}",
        at=at,
    )
    return view_of(held, at)


@transaction.atomic
def come_back(person: Person, number: str, *, at: datetime) -> HandoverView:
    """The browser is here again. Where the other side has said nothing of an outcome, that is what is known."""
    one_at_a_time()
    held = _own(person, number)
    if held.state == HandoverState.TAKEN:
        _move(held, HandoverState.RETURNED, "", at)
    return view_of(held, at)


def handover_of(person: Person, number: str, at: datetime) -> HandoverView:
    """One's own; ``Misuse`` (unknown_handover) for any other."""
    return view_of(_own(person, number), at)


def handovers_of(person: Person, at: datetime) -> tuple[HandoverView, ...]:
    """One's own, newest first."""
    return tuple(view_of(held, at) for held in Handover.objects.filter(owner=person).order_by("-made_at")[:50])


def view_of(held: Handover, at: datetime) -> HandoverView:
    """A hand-over as it is shown."""
    system = any_system(held.system)
    state = HandoverState(held.state)
    return HandoverView(
        number=held.number,
        system=held.system,
        system_title=system.title if system else held.system,
        stand_in=bool(system and system.stand_in),
        item=held.item,
        item_name=held.item_name,
        state=state,
        reference=held.reference,
        text=held.text,
        made_at=held.made_at,
        steps=tuple(Step(step.at, HandoverState(step.state).label, step.text) for step in held.steps.order_by("pk")),
        silent=state is HandoverState.TAKEN and held.taken_at is not None and at - held.taken_at > WAITED,
    )


def _own(person: Person, number: str) -> Handover:
    held = Handover.objects.filter(owner=person, number=number).order_by("-pk").first()
    if held is None:
        raise Misuse("unknown_handover", "没有这个号的转办，或它不是您的。请从“我的办件”里再找。")
    return held


def _ticketed(text: str) -> Handover | None:
    return Handover.objects.filter(ticket=key_ring().digest(text, "handover")).select_related("owner").first()


def _is_clients(held: Handover, client: str) -> bool:
    try:
        return system_coded(held.system).client == client
    except Misuse:
        return False


def _move(held: Handover, state: HandoverState, text: str, at: datetime) -> None:
    if held.state != state or state in SAID:
        held.state = state
        _step(held, state, text, at)
    held.save()


def _step(held: Handover, state: HandoverState, text: str, at: datetime) -> None:
    step = HandoverStep.objects.create(handover=held, state=state, text=text, at=at)
    record(
        at=at,
        person=held.owner.username,
        action="handover.step",
        subject=f"handover.step:{step.pk}",
        digest=digest_of(step),
        detail={"number": held.number, "system": held.system, "state": state},
    )


def digest_of(step: HandoverStep) -> str:
    """Over what happened and to which hand-over."""
    facts = [step.handover.number, step.handover.system, step.handover.item, step.state, step.text]
    return chain.digest(facts)


def digest_of_step(identifier: str) -> str | None:
    """Recomputed from what is stored now."""
    step = HandoverStep.objects.filter(pk=int(identifier)).select_related("handover").first()
    return digest_of(step) if step else None


def step_identifiers() -> tuple[str, ...]:
    """The ids of all steps."""
    return tuple(str(pk) for pk in HandoverStep.objects.order_by("pk").values_list("pk", flat=True))
