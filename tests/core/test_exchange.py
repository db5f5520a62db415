"""An envelope has one text, a message is the same whoever sends it how often, and a conversation has one order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.errors import Misuse, Refused
from shishi.core.exchange import (
    CLOCKS_APART,
    MOST_BODY,
    Attachment,
    Envelope,
    Fault,
    Held,
    Receipt,
    judge,
    next_to_act_on,
    next_try,
    require_purpose,
)
from shishi.core.exchange_texts import envelope_text, read_envelope, read_receipt, receipt_text, sha256

AT = datetime(2021, 9, 22, 9, tzinfo=UTC)
FIRST = Envelope(
    id=UUID(int=1),
    conversation="case:1",
    sender="gjj-310000",
    receiver="gjj-341800",
    sequence=1,
    previous="",
    sent_at=AT,
    purpose="case.forwarded",
    body="a" * 64,
    size=10,
    files=(Attachment("购房合同.pdf", "application/pdf", "b" * 64, 2048),),
)
SECOND = replace(FIRST, id=UUID(int=2), sequence=2, previous=sha256(envelope_text(FIRST)))


def digest(envelope: Envelope) -> str:
    return sha256(envelope_text(envelope))


def test_an_envelope_comes_back_from_its_text_as_it_was() -> None:
    assert read_envelope(envelope_text(SECOND)) == SECOND


def test_a_receipt_comes_back_from_its_text_as_it_was() -> None:
    receipt = Receipt(FIRST.id, digest(FIRST), FIRST.sender, FIRST.receiver, AT, 7, "wrong_receiver", "不是给我们的。")
    assert read_receipt(receipt_text(receipt)) == receipt
    assert not receipt.taken


def test_a_receipt_answers_the_very_message_and_no_other() -> None:
    receipt = Receipt(FIRST.id, digest(FIRST), FIRST.sender, FIRST.receiver, AT, 7)
    assert receipt.taken
    assert receipt.answers(digest(FIRST), FIRST)
    assert not receipt.answers(digest(SECOND), SECOND)
    assert not replace(receipt, receiver="gjj-110000").answers(digest(FIRST), FIRST)
    assert not replace(receipt, digest="c" * 64).answers(digest(FIRST), FIRST)


@pytest.mark.parametrize(
    "changed",
    [
        lambda told: told | {"version": 2},
        lambda told: told | {"besides": 1},
        lambda told: {name: told[name] for name in told if name != "purpose"},
        lambda told: told | {"sequence": True},
        lambda told: told | {"sequence": "1"},
        lambda told: told | {"sequence": 0},
        lambda told: told | {"sequence": 10**9},
        lambda told: told | {"sent_at": "2021-09-22T09:00:00"},
        lambda told: told | {"sent_at": "yesterday"},
        lambda told: told | {"id": "1"},
        lambda told: told | {"sender": "GJJ"},
        lambda told: told | {"sender": "gjj-"},
        lambda told: told | {"receiver": ""},
        lambda told: told | {"conversation": "case 1"},
        lambda told: told | {"conversation": "../x"},
        lambda told: told | {"purpose": "forwarded"},
        lambda told: told | {"previous": "c" * 64},
        lambda told: told | {"body": "A" * 64},
        lambda told: told | {"files": [["合同.pdf", "application/pdf", "b" * 64]]},
        lambda told: told | {"files": [["../合同.pdf", "application/pdf", "b" * 64, 1]]},
        lambda told: told | {"files": [["a\nb", "application/pdf", "b" * 64, 1]]},
        lambda told: told | {"files": [["\ud800", "application/pdf", "b" * 64, 1]]},
        lambda told: told | {"files": [["a", "application/pdf", "b" * 64, -1]]},
    ],
)
def test_a_text_that_is_not_spelt_exactly_is_no_envelope(changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    told = changed(json.loads(envelope_text(FIRST)))
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(Refused, match="message_malformed"):
        read_envelope(text)


def test_the_same_facts_with_other_spaces_are_another_text_and_refused() -> None:
    with pytest.raises(Refused, match="message_malformed"):
        read_envelope(json.dumps(json.loads(envelope_text(FIRST)), ensure_ascii=False, sort_keys=True).encode())


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_comes_is_an_envelope_or_refused(text: bytes) -> None:
    for read in (read_envelope, read_receipt):
        with pytest.raises(Refused, match="message_malformed"):
            read(text)


def test_what_is_too_large_is_refused_before_anybody_signs_it() -> None:
    with pytest.raises(Refused, match="message_too_large"):
        replace(FIRST, size=MOST_BODY + 1)
    with pytest.raises(Refused, match="message_too_large"):
        replace(FIRST, files=tuple(Attachment(f"{n}", "x", "b" * 64, 1) for n in range(41)))
    with pytest.raises(Refused, match="message_too_large"):
        replace(FIRST, files=(Attachment("大", "x", "b" * 64, 24 * 2**20),))


def judged(envelope: Envelope, held: Held, at: datetime = AT, us: str = "gjj-341800") -> bool:
    return judge(envelope, digest(envelope), held, us=us, at=at)


def code_of(envelope: Envelope, held: Held, at: datetime = AT, us: str = "gjj-341800") -> str:
    with pytest.raises(Refused) as refused:
        judged(envelope, held, at, us)
    return refused.value.code


def test_a_message_is_new_once_and_then_the_same() -> None:
    assert judged(FIRST, Held())
    assert not judged(FIRST, Held(same=digest(FIRST), place=digest(FIRST)))


def test_another_content_under_the_same_id_is_refused() -> None:
    other = replace(FIRST, body="c" * 64)
    assert code_of(other, Held(same=digest(FIRST), place=digest(FIRST))) == Fault.MESSAGE_CHANGED


def test_another_message_in_a_place_that_is_taken_is_refused() -> None:
    assert code_of(replace(FIRST, id=UUID(int=9)), Held(place=digest(FIRST))) == Fault.SEQUENCE_TAKEN


def test_a_message_for_somebody_else_is_refused() -> None:
    assert code_of(FIRST, Held(), us="gjj-110000") == Fault.WRONG_RECEIVER


def test_a_message_may_be_old_but_not_from_tomorrow() -> None:
    assert judged(FIRST, Held(), at=AT + timedelta(days=400))
    assert judged(FIRST, Held(), at=AT - CLOCKS_APART)
    assert code_of(FIRST, Held(), at=AT - CLOCKS_APART - timedelta(seconds=1)) == Fault.CLOCK_AHEAD


def test_a_message_that_does_not_follow_the_one_before_it_is_refused() -> None:
    assert judged(SECOND, Held(before=digest(FIRST)))
    assert judged(SECOND, Held())
    assert code_of(SECOND, Held(before="c" * 64)) == Fault.CHAIN_BROKEN


def test_a_message_that_the_next_one_does_not_follow_is_refused() -> None:
    assert judged(FIRST, Held(after=digest(FIRST)))
    assert code_of(FIRST, Held(after="c" * 64)) == Fault.CHAIN_BROKEN


def test_only_what_may_change_by_itself_is_tried_again() -> None:
    assert {fault for fault in Fault if fault.passing} == {
        "clock_ahead",
        "key_unknown",
        "unknown_sender",
        "message_unreadable",
    }


def test_the_next_in_turn_waits_for_the_one_before_it() -> None:
    assert next_to_act_on(0, {2, 3}) is None
    assert next_to_act_on(0, {1, 3}) == 1


def test_tries_become_rarer_and_never_stop() -> None:
    pauses = [next_try(failures, AT) - AT for failures in range(1, 9)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[-1] == timedelta(minutes=30)


def test_a_purpose_is_two_to_four_words() -> None:
    assert require_purpose("case.forwarded") == "case.forwarded"
    with pytest.raises(Misuse, match="purpose_malformed"):
        require_purpose("forwarded")
