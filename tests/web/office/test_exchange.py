"""The page of the exchange: who does not answer, what needs somebody, and the button that does not wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from shishi.apps.accounts.services import make_operator
from shishi.apps.exchange.arriving import greet
from shishi.apps.exchange.models import Dispatch, Peer
from shishi.apps.exchange.own_keys import make_identity
from shishi.apps.exchange.peers import add_peer
from tests.apps.foreign import Foreign
from tests.web.conftest import SignedIn

NOW = datetime.now(UTC)


@pytest.fixture
def waiting(own_folder: Path, site: Client, tmp_path: Path) -> Client:
    """A peer that was not reached three times, and a message for it."""
    operator = make_operator(NOW)
    make_identity("gjj-341800", "宣城市住房公积金管理中心", by=operator, at=NOW)
    foreign = Foreign.made(tmp_path, "gjj-310000", NOW)
    add_peer(foreign.card, "https://gjj.example", foreign.fingerprint, by=operator, at=NOW)
    with transaction.atomic():
        greet("gjj-310000", "在吗", once="one", by=operator, at=NOW)
    later = NOW + timedelta(hours=1)
    told = {"failures": 3, "silent_since": NOW, "retry_at": later, "last_error": "连不上 https://gjj.example。"}
    Peer.objects.filter(code="gjj-310000").update(**told)
    return site


def test_a_store_that_takes_no_part_says_how_to(own_folder: Path, site: Client) -> None:
    assert "shishi exchange identity" in site.get("/exchange/").content.decode()


def test_the_page_shows_who_does_not_answer_since_when_and_what_waits(waiting: Client) -> None:
    page = waiting.get("/exchange/").content.decode()
    for words in ("gjj-310000（对方）", "连不上", "问候", "待发送", "宣城市住房公积金管理中心"):
        assert words in page
    assert "连不上gjj-310000（对方）" in waiting.get("/").content.decode()


def test_the_button_has_everything_tried_at_once(waiting: Client) -> None:
    answer = waiting.post("/exchange/", {"once": "try-it-now-0123456789"})
    assert answer.status_code == 302
    assert Peer.objects.get(code="gjj-310000").retry_at is None
    assert "1 条消息马上再试" in waiting.get("/exchange/").content.decode()


def test_a_message_that_is_refused_is_shown_with_its_way_out(waiting: Client) -> None:
    Dispatch.objects.update(state="refused", last_error="不是给我们的。")
    page = waiting.get("/exchange/").content.decode()
    assert "shishi exchange send-again" in page
    assert "不是给我们的。" in page


def test_nobody_else_sees_it(waiting: Client, signed_in: SignedIn) -> None:
    from shishi.apps.accounts.services import add_person

    add_person(username="clerk", name="填报人", mail="", demonstration=True, by=make_operator(NOW), at=NOW)
    assert signed_in("clerk").get("/exchange/").status_code == 403
