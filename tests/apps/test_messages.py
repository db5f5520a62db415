"""A message is in the inbox at once, leaves the house at least once, and what fails is seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction

from shishi.adapters.messages.base import DeliveryFailed, Message, Receipt
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.services import make_operator
from shishi.apps.audit.models import AuditEvent
from shishi.apps.messages.models import Delivery
from shishi.apps.messages.selectors import deliveries_about, failed_deliveries, inbox_of, unread_count
from shishi.apps.messages.services import (
    HOLD,
    PAUSE,
    WORKER,
    Delivered,
    channels,
    deliver_pending,
    mark_read,
    post_message,
    register_channels,
    retry_failed,
    send_what_waits,
)
from shishi.apps.messages.waiting import waiting_for
from shishi.core.errors import Misuse

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 30, 10, tzinfo=UTC)


class Stub:
    """A channel that remembers what it took."""

    def __init__(self, name: str, broken: bool = False) -> None:
        self.name = name
        self.broken = broken
        self.taken: list[Message] = []

    def send(self, message: Message) -> Receipt:
        if self.broken:
            raise DeliveryFailed("channel_unreachable", "无法连通。")
        self.taken.append(message)
        return Receipt(self.name, f"ref:{message.key}")


@pytest.fixture
def mail() -> Iterator[Stub]:
    before = channels()
    stub = Stub("mail")
    register_channels([stub, Stub("oa")])
    yield stub
    register_channels(before.values())


@pytest.fixture
def reader() -> Person:
    return Person.objects.create(username="liuyang", name="刘洋", mail="liuyang@example.gov.cn")


def post(to: Person, key: str = "notice:1:issue") -> None:
    with transaction.atomic():
        post_message(to=to, key=key, subject="工作提示单", text="请于10月11日前反馈。", about="notice:1", at=AT)


def test_a_message_waits_in_the_inbox_until_it_is_read(mail: Stub, reader: Person) -> None:
    post(reader)
    (item,) = inbox_of(reader)
    assert (item.subject, item.about, item.read_at) == ("工作提示单", "notice:1", None)
    mark_read(item.id, by=reader, at=AT)
    mark_read(item.id, by=reader, at=AT + timedelta(days=1))
    assert inbox_of(reader)[0].read_at == AT
    assert unread_count(reader) == 0
    assert inbox_of(reader, unread=True) == ()


def test_posting_twice_is_one_message_on_each_channel(mail: Stub, reader: Person) -> None:
    post(reader)
    post(reader)
    assert deliver_pending(channels(), by=reader, at=AT) == Delivered(sent=2)
    assert deliver_pending(channels(), by=reader, at=AT) == Delivered()
    assert [item.key for item in mail.taken] == ["notice:1:issue:mail"]
    assert {(item.channel, item.address, item.state) for item in deliveries_about("notice:1")} == {
        ("mail", "liuyang@example.gov.cn", "sent"),
        ("oa", "liuyang", "sent"),
    }


def test_who_has_no_mail_address_still_has_an_inbox(mail: Stub) -> None:
    person = Person.objects.create(username="wang", name="王")
    post(person)
    assert [way.channel for way in inbox_of(person)[0].deliveries] == ["oa"]


def test_what_fails_three_times_shows_itself_and_can_be_sent_again(mail: Stub, reader: Person) -> None:
    post(reader)
    mail.broken = True
    ways = {"mail": mail}
    runs = [deliver_pending(ways, by=reader, at=AT) for _ in range(4)]
    assert runs == [Delivered(waiting=1), Delivered(waiting=1), Delivered(failed=1), Delivered()]
    (failed,) = failed_deliveries()
    assert (failed.attempts, failed.last_error) == (3, "无法连通。")
    mail.broken = False
    assert retry_failed(by=reader, at=AT) == 1
    assert deliver_pending(ways, by=reader, at=AT) == Delivered(sent=1)
    assert failed_deliveries() == ()


def test_a_sender_that_died_is_followed_by_another_with_the_same_key(mail: Stub, reader: Person) -> None:
    post(reader)
    Delivery.objects.filter(channel="mail").update(held_until=AT + HOLD, attempts=1)
    assert deliver_pending({"mail": mail}, by=reader, at=AT) == Delivered()
    assert deliver_pending({"mail": mail}, by=reader, at=AT + HOLD) == Delivered(sent=1)


def test_nobody_reads_for_somebody_else(mail: Stub, reader: Person) -> None:
    post(reader)
    other = Person.objects.create(username="wang", name="王")
    assert inbox_of(other) == ()
    with pytest.raises(Misuse) as caught:
        mark_read(inbox_of(reader)[0].id, by=other, at=AT)
    assert caught.value.code == "unknown_message"


def test_a_title_with_a_line_break_is_refused_when_it_is_posted(mail: Stub, reader: Person) -> None:
    with pytest.raises(Misuse) as caught, transaction.atomic():
        post_message(to=reader, key="k", subject="提示\u2028Bcc: x", text="", about="", at=AT)
    assert caught.value.code == "message_line_break"


def test_a_message_is_only_posted_together_with_what_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    # A test runs in a transaction of its own, so the service is told that it does not.
    monkeypatch.setattr("shishi.apps.messages.services.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        post_message(to=Person(username="li"), key="k", subject="提示", text="", about="", at=AT)


def test_the_worker_sends_what_waits_by_itself_and_leaves_what_failed_alone_for_a_while(
    mail: Stub, reader: Person
) -> None:
    post(reader)
    mail.broken = True
    assert send_what_waits(AT) == Delivered(sent=1, waiting=1)
    assert send_what_waits(AT + timedelta(seconds=1)) == Delivered()
    mail.broken = False
    assert send_what_waits(AT + PAUSE) == Delivered(sent=1)
    assert send_what_waits(AT + PAUSE) == Delivered()
    senders = AuditEvent.objects.filter(action="message.deliver").values_list("person", flat=True)
    assert set(senders) == {WORKER}


def test_a_channel_that_breaks_stands_in_nobody_elses_way(
    mail: Stub, reader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: Message) -> Receipt:
        raise RuntimeError("a bug of the channel")

    post(reader)
    monkeypatch.setattr(mail, "send", broken)
    assert send_what_waits(AT) == Delivered(sent=1, waiting=1)
    for turn in (1, 2):
        send_what_waits(AT + turn * PAUSE)
    (failed,) = failed_deliveries()
    assert "RuntimeError" in failed.last_error
    assert "a bug" not in failed.last_error


def test_a_server_that_is_down_is_not_asked_for_every_message(
    mail: Stub, reader: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def down(message: Message) -> Receipt:
        asked.append(message.key)
        raise DeliveryFailed("channel_unreachable", "无法连通。")

    for number in range(5):
        post(reader, f"notice:{number}:issue")
    monkeypatch.setattr(mail, "send", down)
    assert send_what_waits(AT) == Delivered(sent=5, waiting=2)
    assert len(asked) == 2


def test_what_failed_is_for_who_runs_the_system_to_look_at(mail: Stub, reader: Person) -> None:
    post(reader)
    mail.broken = True
    for turn in range(3):
        send_what_waits(AT + turn * PAUSE)
    assert waiting_for(reader, AT) == ()
    (line,) = waiting_for(make_operator(AT), AT)
    assert (line.page, line.count) == ("health", 1)
    assert "无法连通。" in line.about
