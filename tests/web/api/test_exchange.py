"""``POST /exchange/messages``: a receipt for what a known member signed, a plain word for everybody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings

from shishi.adapters.exchange.http import PATH, RECEIPT_TYPE, SEALED_TYPE
from shishi.adapters.exchange.parcels import MOST_BYTES
from shishi.adapters.signing.jose import most_sealed
from shishi.apps.accounts.services import make_operator
from shishi.apps.exchange.models import InMessage
from shishi.apps.exchange.own_keys import make_identity, signer
from shishi.apps.exchange.peers import add_peer
from tests.apps.foreign import Foreign, receipt_of

BODY = json.dumps({"words": "试通"}).encode()


@pytest.fixture
def foreign(db: None, own_folder: Path, tmp_path: Path) -> Foreign:
    """A member that this store knows."""
    now = datetime.now(UTC)
    operator = make_operator(now)
    make_identity("gjj-341800", "宣城市住房公积金管理中心", by=operator, at=now)
    made = Foreign.made(tmp_path, "gjj-310000", now)
    add_peer(made.card, "https://gjj.example", made.fingerprint, by=operator, at=now)
    return made


def said(foreign: Foreign, **changed: Any) -> bytes:
    """A greeting, sealed; ``changed`` in its envelope."""
    envelope = foreign.envelope(signer().code, datetime.now(UTC), BODY, purpose="exchange.hello")
    return foreign.sealed(replace(envelope, **changed), BODY, signer().card.keys)


def post(content: bytes, content_type: str = SEALED_TYPE, host: str = "localhost", **more: str) -> HttpResponse:
    answer = Client(HTTP_HOST=host, headers=more).post(PATH, content, content_type=content_type)
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_message_is_held_acted_upon_and_receipted_and_again_the_same(foreign: Foreign) -> None:
    content = said(foreign)
    first, again = post(content), post(content)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first["Content-Type"] == RECEIPT_TYPE
    assert first.content == again.content
    assert receipt_of(first.content.decode(), signer().card.keys).position == 1
    (held,) = InMessage.objects.all()
    assert (held.handling.state, held.handling.words) == ("done", "试通：试通")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"receiver": "gjj-110000"}, 409, "wrong_receiver"),
        ({"body": "a" * 64}, 409, "body_changed"),
        ({"sent_at": datetime.now(UTC) + timedelta(days=2)}, 425, "clock_ahead"),
    ],
)
def test_what_a_known_member_did_wrong_is_refused_with_our_signature(
    foreign: Foreign, changed: dict[str, object], status: int, code: str
) -> None:
    answer = post(said(foreign, **changed))
    assert answer.status_code == status
    assert receipt_of(answer.content.decode(), signer().card.keys).refused == code
    assert not InMessage.objects.exists()


def test_an_unknown_sender_gets_no_signature_of_ours(foreign: Foreign, tmp_path: Path) -> None:
    stranger = Foreign.made(tmp_path, "gjj-110000", datetime.now(UTC))
    answer = post(said(stranger))
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "unknown_sender")


@pytest.mark.parametrize(
    ("asking", "status", "code"),
    [
        (lambda content: post(content, content_type="application/json"), 403, "not_sealed"),
        (lambda content: post(content, host="127.0.0.1.example"), 400, ""),
        (lambda content: post(content, **{"Transfer-Encoding": "chunked"}), 411, "length_missing"),
        (lambda content: post(b"x" * (most_sealed(MOST_BYTES) + 1)), 413, "message_too_large"),
        (lambda content: post(content[:-20]), 400, "message_unreadable"),
        (lambda content: Client(HTTP_HOST="localhost").get(PATH), 405, "method"),
    ],
)
def test_what_is_no_message_is_told_so_without_reading_on(
    foreign: Foreign, asking: Callable[[bytes], HttpResponse], status: int, code: str
) -> None:
    answer = asking(said(foreign))
    assert answer.status_code == status
    assert not code or json.loads(answer.content)["code"] == code
    assert not InMessage.objects.exists()


@override_settings(ALLOWED_HOSTS=["gjj.example"])
def test_over_plain_http_from_elsewhere_nothing_is_taken(foreign: Foreign) -> None:
    answer = post(said(foreign), host="gjj.example")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "not_private")


def test_a_store_that_takes_no_part_says_so(db: None, own_folder: Path) -> None:
    answer = post(b"x")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (503, "exchange_no_identity")
