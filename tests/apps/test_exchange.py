"""What is said is signed in the transaction of what it tells, leaves until it is receipted, and acts once, in order."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, transaction

from shishi.adapters.exchange.base import NotTaken, Sealed, Unreachable
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.services import make_operator
from shishi.apps.audit.selectors import verify
from shishi.apps.exchange import handling, sending
from shishi.apps.exchange.handling import Arrived, act_on_pending, register_handler, set_aside
from shishi.apps.exchange.models import Dispatch, Handling, InMessage, OutMessage, PeerKey
from shishi.apps.exchange.own_keys import make_identity, signer
from shishi.apps.exchange.peers import add_peer, end_peer, rotate
from shishi.apps.exchange.receiving import Answer, receive
from shishi.apps.exchange.selectors import inbox_for, outbox_for, peers_for
from shishi.apps.exchange.sending import Sent, send_again, send_pending, send_what_waits, take_receipt
from shishi.apps.exchange.waiting import waiting_for
from shishi.apps.exchange.writing import Filed, write
from shishi.core.errors import Misuse, Refused
from tests.apps.foreign import Foreign, receipt_of

AT = datetime(2021, 9, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Network:
    """A way to the foreign member that can be told what goes wrong next."""

    foreign: Foreign
    at: datetime = AT
    faults: list[str] = field(default_factory=list)
    carried: int = 0
    prompt: bool = True

    def send(self, message: Sealed) -> str:
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "cut":
            raise Unreachable("peer_unreachable", "连不上。")
        if fault == "busy":
            raise NotTaken("store_busy", "库正忙。")
        if fault.startswith("refuse:"):
            return self.foreign.refuse(message, fault.removeprefix("refuse:"), self.at)
        self.carried += 1
        receipt = self.foreign.take(message, signer().card.keys, self.at)
        if fault == "answer lost":
            raise Unreachable("peer_unreachable", "回答没有传完。")
        return receipt


@dataclass
class Town:
    """Our store, and the other side."""

    operator: Person
    foreign: Foreign
    network: Network
    acted: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)

    def say(self, words: str, *, once: str = "", conversation: str = "c:1", at: datetime = AT) -> str:
        with transaction.atomic():
            made = write(
                self.foreign.code,
                conversation,
                "test.note",
                words.encode(),
                once=once or words,
                by=self.operator,
                at=at,
            )
        return str(made)

    def hear(self, words: str, *, conversation: str = "c:1", at: datetime = AT) -> bytes:
        """A message of the other side, ready to travel."""
        envelope = self.foreign.envelope(signer().code, at, words.encode(), conversation=conversation)
        return self.foreign.sealed(envelope, words.encode(), signer().card.keys)

    def acts(self, arrived: Arrived, at: datetime) -> str:
        words = arrived.body.decode()
        if words in self.failing:
            Person.objects.create(username=f"left-{words}", name="不该留下")
            raise Refused("not_today", "今天办不了。")
        self.acted.append(words)
        return f"办了：{words}"

    def words_held(self) -> list[str]:
        return [body.decode() for _, body, _ in self.foreign.held.values()]


@pytest.fixture
def town(db: None, own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    operator = make_operator(AT)
    make_identity("gjj-341800", "宣城市住房公积金管理中心", by=operator, at=AT)
    foreign = Foreign.made(tmp_path, "gjj-310000", AT)
    add_peer(foreign.card, "https://gjj.example", foreign.fingerprint, by=operator, at=AT)
    network = Network(foreign)
    monkeypatch.setattr(sending, "way_of", lambda address: network)
    made = Town(operator, foreign, network)
    monkeypatch.setitem(handling._handlers, "test.note", made.acts)
    register_handler("test.note", made.acts)
    return made


def test_a_message_arrives_with_its_body_and_its_receipt_is_kept(town: Town) -> None:
    message = town.say("请核验购房")
    assert send_pending(by=None, at=AT) == Sent(taken=1)
    assert town.words_held() == ["请核验购房"]
    (view,) = outbox_for(town.operator, at=AT)
    assert (view.id, view.state, view.position, view.receipted_at) == (message, "taken", 1, AT)
    assert send_pending(by=None, at=AT + HOUR) == Sent()


def test_a_message_and_what_it_tells_of_are_there_together_or_not_at_all(town: Town) -> None:
    def half() -> None:
        write(town.foreign.code, "c:1", "test.note", b"x", once="x", by=town.operator, at=AT)
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"), transaction.atomic():
        half()
    assert not OutMessage.objects.exists()
    assert send_pending(by=None, at=AT) == Sent()


def test_nothing_is_written_outside_of_a_transaction(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    with pytest.raises(RuntimeError, match="in the transaction"):
        write("a", "c:1", "test.note", b"", once="x", by=Person(username="x"), at=AT)


def test_the_same_thing_said_twice_is_one_message(town: Town) -> None:
    assert town.say("一", once="k") == town.say("一", once="k")
    assert OutMessage.objects.count() == 1


def test_a_cut_link_loses_nothing_and_keeps_the_order(town: Town) -> None:
    for words in ("一", "二", "三"):
        town.say(words)
    town.network.faults = ["", "cut"]
    assert send_pending(by=None, at=AT).taken == 1
    assert send_pending(by=None, at=AT).taken == 0, "left alone for a minute"
    assert send_pending(by=None, at=AT + HOUR).taken == 2
    assert town.words_held() == ["一", "二", "三"]


def test_an_answer_that_is_lost_makes_no_second_message(town: Town) -> None:
    town.say("一")
    town.network.faults = ["answer lost"]
    assert send_pending(by=None, at=AT).taken == 0
    assert send_pending(by=None, at=AT + HOUR).taken == 1
    assert town.network.carried == 2
    assert town.words_held() == ["一"]


def test_a_sender_that_died_leaves_its_message_to_the_next_one(town: Town) -> None:
    town.say("一")
    Dispatch.objects.update(held_until=AT + sending.HOLD)
    assert send_pending(by=None, at=AT).taken == 0
    assert send_pending(by=None, at=AT + sending.HOLD).taken == 1


def test_a_peer_that_is_silent_three_times_is_told_to_whoever_runs_the_system(town: Town) -> None:
    town.say("一")
    town.network.faults = ["cut"] * 3
    for hours in range(3):
        assert not waiting_for(town.operator, AT)
        send_pending(by=None, at=AT + hours * HOUR)
    (line,) = waiting_for(town.operator, AT)
    assert line.title == "连不上gjj-310000（对方）"
    (_, view) = peers_for(town.operator, AT)
    assert (view.silent, view.failures, view.silent_since, view.waiting) == (True, 3, AT, 1)
    assert send_pending(by=None, at=AT + 9 * HOUR).taken == 1
    assert not waiting_for(town.operator, AT)


def test_the_worker_leaves_a_silent_peer_alone_and_a_person_need_not_wait(town: Town) -> None:
    town.say("一")
    town.network.faults = ["cut"]
    send_what_waits(AT)
    assert send_what_waits(AT + timedelta(seconds=30)).taken == 0
    assert send_pending(by=town.operator, at=AT + timedelta(seconds=30)).taken == 1


def test_a_message_that_is_refused_for_good_waits_for_its_owner_with_those_behind_it(town: Town) -> None:
    first = town.say("一")
    town.say("二")
    town.say("另一件", conversation="c:2")
    town.network.faults = ["refuse:wrong_receiver"]
    assert send_pending(by=None, at=AT) == Sent(taken=1, refused=1, waiting=1)
    assert town.words_held() == ["另一件"]
    (line,) = waiting_for(town.operator, AT)
    assert (line.verb, line.about) == ("查明未送达的原因", "不收。")
    assert send_pending(by=None, at=AT + 9 * HOUR).taken == 0
    send_again(first, by=town.operator, at=AT)
    assert send_pending(by=None, at=AT + 9 * HOUR).taken == 2
    assert town.words_held() == ["另一件", "一", "二"]
    with pytest.raises(Misuse, match="already_taken"):
        send_again(first, by=town.operator, at=AT)


def test_a_refusal_that_passes_is_tried_again_by_itself(town: Town) -> None:
    town.say("一")
    town.network.faults = ["refuse:clock_ahead", "busy"]
    assert send_pending(by=None, at=AT).taken == 0
    assert send_pending(by=None, at=AT + HOUR).taken == 0
    assert send_pending(by=None, at=AT + 2 * HOUR).taken == 1


def test_a_receipt_of_somebody_else_is_no_receipt(town: Town, tmp_path: Path) -> None:
    town.say("一")
    stranger = Foreign.made(tmp_path, "gjj-110000", AT)
    add_peer(stranger.card, "https://other.example", stranger.fingerprint, by=town.operator, at=AT)
    sealed = replace(sending.sealed(OutMessage.objects.get()), receiver="gjj-110000")
    true = town.foreign.take(sealed, signer().card.keys, AT)
    said = town.foreign.held[sealed.id][0]
    with pytest.raises(Refused, match="key_unknown"):
        take_receipt(stranger.keys.sign(_payload(true), "shishi-receipt+jws"), AT)
    head, payload, _ = true.split(".")
    other = stranger.keys.sign(_payload(true), "shishi-receipt+jws").split(".")[2]
    with pytest.raises(Refused, match="signature_wrong"):
        take_receipt(f"{head}.{payload}.{other}", AT)
    with pytest.raises(Refused, match="message_malformed"):
        take_receipt(town.foreign.keys.sign(_payload(true), "shishi-message+jws"), AT)
    assert said.sequence == 1
    assert outbox_for(town.operator, at=AT)[0].state == "queued"
    take_receipt(true, AT)
    take_receipt(true, AT)
    assert outbox_for(town.operator, at=AT)[0].state == "taken"


def _payload(signed: str) -> bytes:
    from shishi.adapters.signing.jose import signed_by

    return signed_by(signed, "shishi-receipt+jws")[1]


def test_what_arrives_is_held_once_acted_upon_once_and_receipted_the_same(town: Town) -> None:
    sealed = town.hear("已受理")
    first = receive(sealed, AT)
    again = receive(sealed, AT + HOUR)
    assert (first.taken, first.new, again.taken, again.new) == (True, True, True, False)
    assert first.receipt == again.receipt
    receipt = receipt_of(first.receipt, signer().card.keys)
    assert (receipt.position, receipt.received_at, receipt.sender) == (1, AT, "gjj-310000")
    assert act_on_pending(AT) == 1
    assert act_on_pending(AT) == 0
    assert town.acted == ["已受理"]


def test_messages_out_of_order_are_held_and_acted_upon_in_order(town: Town) -> None:
    one, two, three = (town.hear(words) for words in ("一", "二", "三"))
    receive(three, AT)
    receive(one, AT)
    assert act_on_pending(AT) == 1
    receive(two, AT)
    assert act_on_pending(AT) == 2
    assert town.acted == ["一", "二", "三"]


def test_what_cannot_be_acted_upon_leaves_nothing_holds_up_its_conversation_alone_and_is_told(town: Town) -> None:
    town.failing = {"一"}
    for sealed in (town.hear("一"), town.hear("二"), town.hear("别的", conversation="c:2")):
        receive(sealed, AT)
    assert act_on_pending(AT) == 1
    assert town.acted == ["别的"]
    assert not Person.objects.filter(username="left-一").exists()
    for hours in (1, 2):
        act_on_pending(AT + hours * HOUR)
    (line,) = waiting_for(town.operator, AT)
    assert (line.verb, line.about) == ("处理办不下去的来件", "今天办不了。")
    town.failing = set()
    assert act_on_pending(AT + 3 * HOUR) == 2
    assert town.acted == ["别的", "一", "二"]
    assert not waiting_for(town.operator, AT)


def test_what_can_never_be_acted_upon_is_set_aside_with_a_reason(town: Town) -> None:
    town.failing = {"一"}
    receive(town.hear("一"), AT)
    receive(town.hear("二"), AT)
    act_on_pending(AT)
    message = str(InMessage.objects.get(sequence=1).uuid)
    with pytest.raises(Misuse, match="reason_missing"):
        set_aside(message, " ", by=town.operator, at=AT)
    set_aside(message, "对方已电话撤回", by=town.operator, at=AT)
    assert act_on_pending(AT) == 1
    assert town.acted == ["二"]
    with pytest.raises(Misuse, match="already_ended"):
        set_aside(message, "再来", by=town.operator, at=AT)


def test_a_message_of_a_purpose_that_nobody_knows_waits_for_its_programme(town: Town) -> None:
    body = b"{}"
    envelope = town.foreign.envelope(signer().code, AT, body, purpose="future.thing")
    assert receive(town.foreign.sealed(envelope, body, signer().card.keys), AT).taken
    assert act_on_pending(AT) == 0
    assert "future.thing" in Handling.objects.get().last_error


def refused_with(answer: Answer) -> str:
    assert not answer.taken
    return receipt_of(answer.receipt, signer().card.keys).refused


def test_what_a_known_peer_did_wrong_is_refused_with_a_signature(town: Town) -> None:
    body, ours = "一".encode(), signer().card.keys
    envelope = town.foreign.envelope("gjj-110000", AT, body)
    assert refused_with(receive(town.foreign.sealed(envelope, body, ours), AT)) == "wrong_receiver"
    mine = replace(envelope, receiver=signer().code)
    assert refused_with(receive(town.foreign.sealed(mine, "二".encode(), ours), AT)) == "body_changed"
    assert refused_with(receive(town.foreign.sealed(mine, body, ours, {"多": b"x"}), AT)) == "body_changed"
    late = receive(town.foreign.sealed(mine, body, ours), AT - HOUR)
    assert (refused_with(late), late.passing) == ("clock_ahead", True)
    assert receive(town.foreign.sealed(mine, body, ours), AT).taken
    other = replace(mine, sent_at=AT + timedelta(seconds=1))
    assert refused_with(receive(town.foreign.sealed(other, body, ours), AT)) == "message_changed"
    assert not InMessage.objects.exclude(uuid=mine.id).exists()


def test_who_is_not_known_gets_no_signature(town: Town, tmp_path: Path) -> None:
    body, ours = b"x", signer().card.keys
    stranger = Foreign.made(tmp_path, "gjj-110000", AT)
    with pytest.raises(Refused, match="unknown_sender"):
        receive(stranger.sealed(stranger.envelope(signer().code, AT, body), body, ours), AT)
    posing = replace(town.foreign.envelope(signer().code, AT, body), sequence=1, previous="")
    with pytest.raises(Refused, match="key_unknown"):
        receive(town.foreign.sealed(posing, body, ours, keys=stranger.keys), AT)
    add_peer(stranger.card, "https://other.example", stranger.fingerprint, by=town.operator, at=AT)
    with pytest.raises(Refused, match="signature_wrong"):
        receive(town.foreign.sealed(posing, body, ours, keys=stranger.keys), AT)
    with pytest.raises(Refused, match="message_unreadable"):
        receive(town.foreign.sealed(posing, body, stranger.keys.card.keys), AT)
    assert not InMessage.objects.exists()


@pytest.mark.parametrize("junk", [b"", b"x", b"a.b.c.d.e", b"{}", b"\xff" * 100, b"." * 1000])
def test_what_is_no_message_is_refused(town: Town, junk: bytes) -> None:
    with pytest.raises(Refused, match="message_unreadable"):
        receive(junk, AT)


def test_a_peer_is_registered_only_with_the_fingerprint_that_it_told(town: Town, tmp_path: Path) -> None:
    other = Foreign.made(tmp_path, "gjj-110000", AT)
    with pytest.raises(Misuse, match="fingerprint_differs"):
        add_peer(other.card, "https://other.example", town.foreign.fingerprint, by=town.operator, at=AT)
    with pytest.raises(Misuse, match="peer_address"):
        add_peer(other.card, "http://other.example", other.fingerprint, by=town.operator, at=AT)
    with pytest.raises(Misuse, match="peer_is_us"):
        add_peer(_card(), "https://us.example", signer().card.keys.fingerprint, by=town.operator, at=AT)
    private = json.loads(other.card) | {"signing": {"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}}
    with pytest.raises(Refused, match="card_malformed"):
        add_peer(json.dumps(private), "https://other.example", other.fingerprint, by=town.operator, at=AT)
    claimed = json.loads(town.foreign.card) | {"code": "gjj-120000"}
    with pytest.raises(Misuse, match="key_claimed"):
        add_peer(json.dumps(claimed), "https://o.example", town.foreign.fingerprint, by=town.operator, at=AT)


def _card() -> str:
    from shishi.adapters.signing.jose import card_text

    return card_text(signer().card)


def test_only_who_runs_the_system_says_who_we_speak_with(town: Town) -> None:
    clerk = Person.objects.create(username="clerk", name="填报人")
    for deed in (
        lambda: add_peer(town.foreign.card, "https://x.example", town.foreign.fingerprint, by=clerk, at=AT),
        lambda: end_peer("gjj-310000", "不要了", by=clerk, at=AT),
        lambda: rotate(by=clerk, at=AT),
        lambda: outbox_for(clerk, at=AT),
        lambda: peers_for(clerk, AT),
    ):
        with pytest.raises(Misuse, match="out_of_reach"):
            deed()


def test_with_a_peer_that_was_ended_nothing_goes_either_way(town: Town) -> None:
    town.say("一")
    end_peer("gjj-310000", "中心撤并", by=town.operator, at=AT)
    assert send_pending(by=None, at=AT).taken == 0
    with pytest.raises(Misuse, match="peer_ended"):
        town.say("二")
    assert refused_with(receive(town.hear("三"), AT)) == "unknown_sender"


def test_new_keys_are_told_by_the_old_ones_and_what_was_said_before_still_counts(town: Town) -> None:
    old = signer()
    town.say("旧")
    rotate(by=town.operator, at=AT)
    assert signer().card.keys.kid != old.card.keys.kid
    news = OutMessage.objects.get(purpose="exchange.key")
    assert old.card.keys.kid == _kid(news.signed)
    town.say("新", conversation="c:2")
    assert _kid(OutMessage.objects.get(conversation="c:2").signed) == signer().card.keys.kid
    # What was sealed for the old keys is still on its way.
    sealed = town.foreign.sealed(town.foreign.envelope(old.code, AT, b"x"), b"x", old.card.keys)
    assert receive(sealed, AT).taken


def test_a_peers_new_keys_are_taken_from_the_old_ones_and_the_old_ones_end(town: Town) -> None:
    ours, later = signer().card.keys, AT + HOUR
    spare = town.foreign.keys.with_spare([town.foreign.keys.card.keys.kid], AT)
    from shishi.adapters.signing.jose import card_text

    body = card_text(spare.card).encode()
    news = town.foreign.envelope(signer().code, AT, body, conversation="keys:gjj-310000", purpose="exchange.key")
    early = town.foreign.envelope(signer().code, later, b"x")
    with pytest.raises(Refused, match="key_unknown"):
        receive(town.foreign.sealed(early, b"x", ours, keys=spare), later)
    receive(town.foreign.sealed(news, body, ours), later)
    assert act_on_pending(later) == 1
    assert receive(town.foreign.sealed(early, b"x", ours, keys=spare), later).taken
    stolen = town.foreign.envelope(signer().code, later, b"y")
    assert refused_with(receive(town.foreign.sealed(stolen, b"y", ours), later)) == "key_ended"
    assert PeerKey.objects.filter(peer__code="gjj-310000", ends__isnull=True).count() == 1


def _kid(signed: str) -> str:
    from shishi.adapters.signing.jose import signed_by

    return signed_by(signed, "shishi-message+jws")[0]


def test_two_bodies_of_one_store_speak_as_two_stores_do(town: Town) -> None:
    with transaction.atomic():
        write(signer().code, "c:9", "test.note", "同库".encode(), once="h", by=town.operator, at=AT)
    assert send_pending(by=None, at=AT).taken == 1
    assert town.acted == ["同库"]
    assert outbox_for(town.operator, at=AT)[0].state == "taken"
    assert inbox_for(town.operator, at=AT)[0].words == "办了：同库"


def test_files_go_along_and_come_out_as_they_were(town: Town) -> None:
    photo = Filed("购房合同.jpg", "image/jpeg", b"\xff\xd8" * 5000)
    with transaction.atomic():
        write(town.foreign.code, "c:1", "test.note", b"", once="f", by=town.operator, at=AT, files=[photo, photo])
    assert send_pending(by=None, at=AT).taken == 1
    body, files, ours = b"", {"回执.txt": b"ok"}, signer().card.keys
    envelope = town.foreign.envelope(signer().code, AT, body, files=files)
    assert receive(town.foreign.sealed(envelope, body, ours, files), AT).taken
    arrived = Arrived(InMessage.objects.get(), envelope)
    assert arrived.content("回执.txt") == b"ok"
    with pytest.raises(Misuse, match="unknown_file"):
        arrived.content("别的")


def test_the_trail_answers_for_every_message_receipt_and_key(town: Town) -> None:
    town.say("一")
    send_pending(by=None, at=AT)
    receive(town.hear("二"), AT)
    act_on_pending(AT)
    assert verify().broken is None
    PeerKey.objects.filter(peer__code="gjj-310000").update(fingerprint="0000")
    broken = verify().broken
    assert broken is not None
    assert broken.code == "audit_subject_changed"


def test_what_was_said_cannot_be_changed_in_the_store(town: Town) -> None:
    town.say("一")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        OutMessage.objects.update(purpose="test.other")
    receive(town.hear("二"), AT)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        InMessage.objects.update(receipt="")


def test_nothing_that_was_said_rests_in_plain(town: Town) -> None:
    town.say("张三的身份证号码")
    assert "张三".encode() not in bytes(OutMessage.objects.get().body)
    assert "张三".encode() not in sending.sealed(OutMessage.objects.get()).content
