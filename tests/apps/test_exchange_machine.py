"""Whatever a road does (loses, doubles, turns round, replays, cuts), both sides come to one outcome: every message
acted upon once, in the order of its conversation, the conversation complete, and every receipt about what was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shishi.adapters.exchange.base import Sealed, Unreachable
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.services import make_operator
from shishi.apps.audit.selectors import verify
from shishi.apps.exchange import handling, sending
from shishi.apps.exchange.handling import Arrived, act_on_pending
from shishi.apps.exchange.models import Dispatch, Handling, InMessage, OutMessage
from shishi.apps.exchange.own_keys import make_identity, signer
from shishi.apps.exchange.peers import add_peer
from shishi.apps.exchange.receiving import receive
from shishi.apps.exchange.sending import send_pending, take_receipt
from shishi.apps.exchange.writing import write
from shishi.core.errors import Refused
from tests.apps.foreign import Foreign, receipt_of

AT = datetime(2021, 9, 22, 9, tzinfo=UTC)
CONVERSATIONS = ("c:1", "c:2")
EXAMPLES = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def operator(db: None, own_folder: Path) -> Person:
    made = make_operator(AT)
    make_identity("gjj-341800", "宣城市住房公积金管理中心", by=made, at=AT)
    return made


@pytest.fixture
def foreign(operator: Person, tmp_path: Path) -> Foreign:
    made = Foreign.made(tmp_path, "gjj-310000", AT)
    add_peer(made.card, "https://gjj.example", made.fingerprint, by=operator, at=AT)
    return made


@given(data=st.data(), counts=st.tuples(st.integers(1, 4), st.integers(0, 3)))
@EXAMPLES
def test_whatever_order_they_come_in_messages_act_once_and_in_turn(
    data: st.DataObject, counts: tuple[int, int], foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {name: [f"{name} {n}" for n in range(1, many + 1)] for name, many in zip(CONVERSATIONS, counts, strict=True)}
    member = Foreign(foreign.keys)
    ours = signer().card.keys
    sealed = [
        member.sealed(member.envelope(signer().code, AT, words.encode(), conversation=name), words.encode(), ours)
        for name, all_words in said.items()
        for words in all_words
    ]
    acted: list[str] = []
    failing = set(
        data.draw(st.lists(st.sampled_from([w for all_words in said.values() for w in all_words]), max_size=2))
    )

    def act(arrived: Arrived, at: datetime) -> str:
        words = arrived.body.decode()
        if words in failing:
            failing.discard(words)
            raise Refused("not_yet", "下次再办。")
        acted.append(words)
        return words

    monkeypatch.setitem(handling._handlers, "test.note", act)
    road = data.draw(st.lists(st.integers(0, len(sealed) - 1), max_size=3 * len(sealed)))
    with undone():
        receipts: dict[int, str] = {}
        moment = AT
        for turn in [*road, *data.draw(st.permutations(range(len(sealed))))]:
            moment += timedelta(minutes=31)
            answer = receive(sealed[turn], moment)
            assert receipts.setdefault(turn, answer.receipt) == answer.receipt
            if data.draw(st.booleans()):
                act_on_pending(moment)
        for _ in range(3):
            moment += timedelta(minutes=31)
            act_on_pending(moment)
        assert sorted(acted) == sorted(words for all_words in said.values() for words in all_words)
        assert {name: [w for w in acted if w.startswith(name)] for name in CONVERSATIONS} == said
        assert InMessage.objects.count() == len(sealed)
        assert not Handling.objects.exclude(state="done").exists()
        assert {receipt_of(one, ours).position for one in receipts.values()} == set(range(1, len(sealed) + 1))
        assert verify().broken is None


@dataclass
class Road:
    """What happens to each transmission is drawn: ``lost`` before it arrives, ``answer`` lost on the way back,
    ``doubled``, ``stale`` (the receipt of another message comes instead), or nothing."""

    foreign: Foreign
    fates: Iterator[str]
    at: datetime = AT
    carried: list[Sealed] = field(default_factory=list)
    prompt: bool = True

    def send(self, message: Sealed) -> str:
        fate = next(self.fates, "")
        if fate == "lost":
            raise Unreachable("peer_unreachable", "连不上。")
        for _ in range(2 if fate == "doubled" else 1):
            receipt = self.foreign.take(message, signer().card.keys, self.at)
        self.carried.append(message)
        if fate == "answer":
            raise Unreachable("peer_unreachable", "回答没有传完。")
        if fate == "stale":
            return next(iter(self.foreign.held.values()))[2]
        if fate == "garbled":
            return receipt[:-4] + "AAAA"
        return receipt


@given(
    conversations=st.lists(st.sampled_from(CONVERSATIONS), min_size=1, max_size=6),
    fates=st.lists(st.sampled_from(["lost", "answer", "doubled", "stale", "garbled", ""]), max_size=12),
    died=st.booleans(),
)
@EXAMPLES
def test_whatever_the_road_does_the_other_side_holds_all_of_it_once_in_order_and_we_hold_its_receipts(
    conversations: list[str],
    fates: list[str],
    died: bool,
    foreign: Foreign,
    operator: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Foreign(foreign.keys)
    road = Road(other, iter(fates))
    monkeypatch.setattr(sending, "way_of", lambda address: road)
    with undone():
        for number, name in enumerate(conversations):
            write(other.code, name, "test.note", f"{number}".encode(), once=f"{number}", by=operator, at=AT)
        if died:  # a sender was killed with a message in its hands
            Dispatch.objects.order_by("pk").update(held_until=AT + sending.HOLD)
        moment = AT
        for _ in range(len(fates) + 3):
            moment += timedelta(minutes=31)
            send_pending(by=None, at=moment)
        assert not Dispatch.objects.exclude(state="taken").exists()
        held = [(envelope, body.decode()) for envelope, body, _ in other.held.values()]
        for name in CONVERSATIONS:
            said = [f"{n}" for n, one in enumerate(conversations) if one == name]
            assert [body for envelope, body in held if envelope.conversation == name] == said
            assert [e.sequence for e, _ in held if e.conversation == name] == list(range(1, len(said) + 1))
        for row in OutMessage.objects.all():
            (receipt,) = row.receipts.filter(refused="")
            assert receipt_of(receipt.signed, other.keys.card.keys).message == row.uuid
            take_receipt(receipt.signed, moment)
        assert verify().broken is None


class undone:  # noqa: N801 - reads as a word where it is used
    """Takes back what was written within, as each example begins on the same store."""

    def __enter__(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
