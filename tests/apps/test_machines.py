"""Programs are told what happens, once for each event, signed, only at addresses that were allowed; what fails three
times waits for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from django.conf import LazySettings
from standardwebhooks import Webhook

from shishi.adapters.webhooks.base import Call, CallFailed, origin_of
from shishi.adapters.webhooks.http import HttpCaller
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.complaints import complaints_about
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.machines.calling import call_what_waits, calls_for, drop, replay
from shishi.apps.machines.clients import end_client
from shishi.apps.machines.hooks import MadeHook, end_hook, make_hook
from shishi.apps.machines.waiting import waiting_for
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from tests.apps.case_town import HOMES, LANGXI, XUANZHOU
from tests.web.api.interface_town import InterfaceTown

URL = "https://hotline.example.gov.cn/told"
OTHER = "https://hotline.example.gov.cn/other"


class Ear:
    """The other end: takes calls, or refuses so many."""

    def __init__(self, refusing: int = 0) -> None:
        self.refusing, self.heard = refusing, list[Call]()

    def call(self, call: Call) -> None:
        if self.refusing:
            self.refusing -= 1
            raise CallFailed("hook_refused", "对方没有收下（HTTP 500）。")
        self.heard.append(call)


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, settings: LazySettings) -> InterfaceTown:
    settings.WEBHOOKS = frozenset({"https://hotline.example.gov.cn"})
    return InterfaceTown(own_folder, code_list)


def hook(town: InterfaceTown, username: str = "hotline", division: str = XUANZHOU, url: str = URL) -> MadeHook:
    made = town.program(username, division, Role.LEADER)
    return make_hook(made.client, url, ["case."], by=made.client.person, at=now())


def now() -> datetime:
    return datetime.now(UTC)


def happen(town: InterfaceTown, title: str = "办证太慢") -> str:
    answers = {"kind": "complaint", "title": title, "text": "等了三个月。"}
    case = open_case(
        "complaint",
        answers=answers,
        applicant=Applicant("王五", phone="13800001234"),
        division=XUANZHOU,
        programme=HOMES,
        by=town.window,
        at=now(),
    )
    return case.number


def test_what_happens_is_told_once_signed_and_without_anybody_s_name(town: InterfaceTown) -> None:
    made, ear = hook(town), Ear()
    number = happen(town)
    assert call_what_waits(now(), ear).sent == 1
    assert call_what_waits(now(), ear).sent == 0
    (call,) = ear.heard
    told = json.loads(call.body)
    assert (told["type"], told["data"]["number"], told["data"]["state"]) == ("case.submit", number, "submitted")
    assert "王五" not in call.body
    assert "13800001234" not in call.body
    from shishi.adapters.webhooks.http import signed

    headers = signed(call)
    assert Webhook(made.secret).verify(call.body, headers) == told
    with pytest.raises(Exception, match="signature"):
        Webhook(made.secret).verify(call.body.replace(number, "诉0"), headers)
    assert verify().broken is None


def test_what_lies_beyond_the_reach_of_a_program_is_not_told_to_it(town: InterfaceTown) -> None:
    hook(town, "far_away", LANGXI)
    happen(town)
    ear = Ear()
    assert call_what_waits(now(), ear).heard == 0
    assert ear.heard == []


def test_what_happened_before_is_not_told(town: InterfaceTown) -> None:
    happen(town)
    hook(town)
    assert call_what_waits(now(), Ear()).heard == 0


def test_what_fails_three_times_waits_for_a_person_and_can_be_told_again(town: InterfaceTown) -> None:
    made, ear = hook(town), Ear(refusing=3)
    happen(town)
    at = now()
    assert call_what_waits(at, ear).waiting == 1
    assert call_what_waits(at, ear) == call_what_waits(at, Ear()), "not before its pause"
    assert call_what_waits(at + timedelta(minutes=2), ear).waiting == 1
    assert call_what_waits(at + timedelta(minutes=20), ear).failed == 1
    (item,) = waiting_for(town.operator, at)
    assert (item.verb, item.count) == ("处理推送失败", 1)
    assert waiting_for(town.far, at) == ()
    (failed,) = calls_for(town.operator, at, state="failed")
    again = replay(failed.pk, by=made.hook.client.person, at=at)
    assert again.state == "queued"
    assert call_what_waits(at + timedelta(hours=1), ear).sent == 1
    assert ear.heard[0].key == failed.key, "the other end can tell a second copy"
    assert waiting_for(town.operator, at) == ()
    assert verify().broken is None


def test_a_failed_call_is_let_go_with_a_reason_only(town: InterfaceTown) -> None:
    hook(town)
    happen(town)
    at, ear = now(), Ear(refusing=9)
    for minutes in (0, 2, 20):
        call_what_waits(at + timedelta(minutes=minutes), ear)
    (failed,) = calls_for(town.operator, at, state="failed")
    with pytest.raises(Misuse, match="原因"):
        drop(failed.pk, reason=" ", by=town.operator, at=at)
    assert drop(failed.pk, reason="对方已下线", by=town.operator, at=at).state == "dropped"
    with pytest.raises(Misuse, match="没有第"):
        drop(failed.pk, reason="不关我的事", by=town.far, at=at)


def test_nothing_more_is_told_to_who_has_ended(town: InterfaceTown) -> None:
    first, second = hook(town), hook(town, "counter", url=OTHER)
    happen(town)
    end_hook(first.hook.pk, by=first.hook.client.person, at=now())
    end_client(second.hook.client.pk, by=town.operator, at=now())
    ear = Ear()
    assert call_what_waits(now(), ear).sent == 0
    assert verify().broken is None


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.gov.cn/told",
        "http://hotline.example.gov.cn/told",
        "https://hotline.example.gov.cn:8443/told",
        "http://127.0.0.1:8000/people/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "https://hotline.example.gov.cn@evil.example/",
        "https://hotline.example.gov.cn\\@evil.example/",
        "https://hotline.example.gov.cn.evil.example/",
        "file:///etc/passwd",
        "gopher://hotline.example.gov.cn/",
        "https://hotline.example.gov.cn/\r\nHost: evil",
        "https://hotline.example.gov.cn/#part",
    ],
)
def test_only_an_address_that_the_operator_named_is_ever_called(town: InterfaceTown, url: str) -> None:
    with pytest.raises(Misuse) as wrong:
        hook(town, url=url)
    assert wrong.value.code in ("hook_not_allowed", "hook_url_malformed")
    with pytest.raises(Misuse):
        HttpCaller(frozenset({"https://hotline.example.gov.cn"})).call(Call("k", url, "{}", "whsec_AAAA", now()))


def test_origins_are_compared_as_browsers_compare_them() -> None:
    assert origin_of("HTTPS://Hotline.Example.gov.cn:443/a?b=c") == "https://hotline.example.gov.cn"
    assert origin_of("http://localhost:8080/") == "http://localhost:8080"


class Door(BaseHTTPRequestHandler):
    """A small server of the other end."""

    asked: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status: ClassVar[int] = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def listening(status: int) -> Iterator[str]:
    Door.asked, Door.status = [], status
    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_call_arrives_with_its_signature_and_a_redirect_is_followed_nowhere() -> None:
    with listening(204) as origin:
        HttpCaller(frozenset({origin})).call(Call("hook-1-1", f"{origin}/told", '{"a": "甲"}', SECRET, now()))
        ((path, headers, body),) = Door.asked
        assert path == "/told"
        assert Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()}) == {"a": "甲"}
    with listening(302) as origin:
        with pytest.raises(CallFailed) as refused:
            HttpCaller(frozenset({origin})).call(Call("hook-1-2", f"{origin}/told", "{}", SECRET, now()))
        assert refused.value.code == "hook_refused"
        assert [path for path, _, _ in Door.asked] == ["/told"]
    with pytest.raises(CallFailed) as gone:
        HttpCaller(frozenset({origin})).call(Call("hook-1-3", f"{origin}/told", "{}", SECRET, now()))
    assert gone.value.code == "hook_unreachable"


def test_who_left_is_told_nothing(town: InterfaceTown) -> None:
    hook(town)
    Person.objects.filter(username="hotline").update(is_active=False)
    happen(town)
    assert call_what_waits(now(), Ear()).heard == 0


def test_complaints_are_counted_by_place_as_they_came(town: InterfaceTown) -> None:
    day = day_of(now())
    assert complaints_about(HOMES, day, day, now()) == {}
    happen(town)
    happen(town, "还是太慢")
    later = now() + timedelta(minutes=1)
    assert complaints_about(HOMES, day, day, later) == {XUANZHOU: 2}
    assert complaints_about(HOMES, day - timedelta(days=9), day - timedelta(days=1), later) == {}
    assert complaints_about("somewhere/2021/other", day, day, later) == {}
    assert complaints_about(HOMES, day, day, later - timedelta(days=1)) == {}
