"""One login: a citizen is carried to three systems and back without a second one; every abuse and every fault of either
side is refused or kept with its state. The stand-ins are real servers on ports of their own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.test import Client

from shishi.apps.audit.selectors import verify
from shishi.apps.citizens.models import Citizen, Visit
from shishi.apps.citizens.selectors import account_of, person_by_phone
from shishi.apps.citizens.systems import NewSystem, add_system, end_system
from shishi.apps.citizens.trust import Trust
from shishi.apps.hall.handing_over import HandoverState, give_ticket, handover_of, prepare, take_ticket
from shishi.apps.messages.models import Message
from shishi.core.errors import Refused
from tests.apps.town import Town
from tests.stand_ins import StandIn
from tests.web.catalogued import PHONE, sign_in

ITEM_OF = {"medical": "SX-0003", "property": "SX-0004", "household": "SX-0005"}


class Phone:
    """A browser on a phone: it follows links, sends forms, keeps cookies, and notes every address it was sent to."""

    def __init__(self, home: str) -> None:
        self.home, self.session, self.been = home, requests.Session(), [home]
        self.session.trust_env = False
        self.page: requests.Response | None = None

    def open(self, address: str, **form: str) -> str:
        address = address if address.startswith("http") else self.home + address
        if form:
            form.setdefault("csrfmiddlewaretoken", self._hidden("csrfmiddlewaretoken"))
            headers = {"Referer": self.page.url if self.page else self.home}
            self.page = self.session.post(address, data=form, headers=headers, timeout=60)
        else:
            self.page = self.session.get(address, timeout=60)
        self.been += [one.url for one in (*self.page.history, self.page)]
        return html.unescape(self.page.text)

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', self.page.text if self.page else "")
        return found[1] if found else ""

    def link(self, words: str) -> str:
        assert self.page is not None
        found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>{words}', self.page.text)
        assert found is not None, self.page.text
        return html.unescape(found[1])

    def sign_in(self, number: str = PHONE, wanted: str = "/services/mine/") -> str:
        self.open(f"/services/sign-in/?{urlencode({'next': wanted})}")
        page = self.open("/services/sign-in/", phone=number, next=wanted)
        code = re.search(r'class="figures">(\d{6})<', page)
        assert code is not None
        told = {"challenge": self._hidden("challenge"), "code": code[1], "next": wanted}
        return self.open("/services/sign-in/code/", **told)


@pytest.fixture
def systems(hall: Town, running: str, settings: Any) -> Iterator[dict[str, StandIn]]:
    """The three stand-ins, running and known here."""
    settings.ADDRESS = running
    settings.ALLOWED_HOSTS = ["*"]
    made = {code: StandIn(code).start() for code in ITEM_OF}
    for code, system in made.items():
        trust = Trust.REAL_NAME if code == "property" else Trust.PHONE
        new = NewSystem(
            code, f"{code}系统", f"{system.address}/start", f"{system.address}/callback",
            f"{system.address}/alive", f"{system.address}/logout", trust, stand_in=True,
        )  # fmt: skip
        added = add_system(new, by=hall.operator, at=datetime.now(UTC))
        system.client, system.secret = added.system.client, added.secret
    yield made
    for system in made.values():
        system.stop()


@pytest.fixture
def phone(systems: dict[str, StandIn], running: str) -> Phone:
    """A citizen on a phone, signed in."""
    browser = Phone(running)
    browser.sign_in()
    return browser


def go(phone: Phone, code: str) -> str:
    """Note an item and go to its system; the number."""
    phone.open(f"/services/items/{ITEM_OF[code]}/carry/")
    phone.open(f"/services/items/{ITEM_OF[code]}/carry/", agreed="1")
    number = re.search(r"转\d{6}-\d{4}-\d{6}", html.unescape(phone.page.text if phone.page else ""))
    assert number is not None
    phone.open(f"/services/carried/{number[0]}/leave/", going="1")
    return number[0]


def test_three_systems_one_login_and_the_same_number_on_both_sides(
    systems: dict[str, StandIn], phone: Phone, running: str
) -> None:
    Citizen.objects.update(trust=Trust.REAL_NAME, name="张三")
    person = person_by_phone(PHONE)
    assert person is not None
    for code, system in systems.items():
        number = go(phone, code)
        page = phone.open(phone.link("前往"))
        assert f'<p id="number">{number}</p>' in page
        assert '<p id="name">张三</p>' in page
        page = phone.open(f"{system.address}/finish", state="done")
        assert number in page
        assert "对方已办结" in page
        assert system.faults == []
        assert handover_of(person, number, datetime.now(UTC)).reference == f"{code.upper()}-0001"
    signing = [place for place, address in enumerate(phone.been) if "sign-in" in address]
    assert signing == [1, 2, 3], "one login, at the beginning"
    told = [message.subject for message in Message.objects.filter(to=person)]
    assert len([subject for subject in told if subject.endswith("对方已办结")]) == 3
    sent = " ".join([*phone.been, *(path for system in systems.values() for path in system.seen)])
    account = account_of(person)
    assert not any(secret in sent for secret in (account.phone, account.uid, "张三", "%E5%BC%A0%E4%B8%89"))
    assert verify().broken is None


def test_going_out_ends_the_sessions_of_every_system_that_answers(
    systems: dict[str, StandIn], phone: Phone, running: str
) -> None:
    for code in ("medical", "household"):
        go(phone, code)
        phone.open(phone.link("前往"))
    systems["household"].down = True
    phone.open("/services/sign-out/")
    page = phone.open("/services/sign-out/", out="1")
    assert "medical系统" in page
    assert "没有答复" in page
    assert len(systems["medical"].ended) == 1
    assert systems["medical"].sessions == {}
    assert sorted(Visit.objects.values_list("system__code", "told")) == [("household", "failed"), ("medical", "told")]
    assert "用手机号登录" in phone.open("/services/mine/")


def test_a_system_that_is_down_leaves_everything_here_and_is_gone_to_later(
    systems: dict[str, StandIn], phone: Phone, running: str
) -> None:
    systems["medical"].down = True
    number = go(phone, "medical")
    assert "对方系统暂时打不开" in html.unescape(phone.page.text if phone.page else "")
    systems["medical"].down = False
    phone.open(f"/services/carried/{number}/leave/", going="1")
    assert f'<p id="number">{number}</p>' in phone.open(phone.link("前往"))


def test_a_system_that_says_nothing_is_shown_as_silent_and_one_may_come_back(
    systems: dict[str, StandIn], phone: Phone, running: str
) -> None:
    systems["medical"].keeps_to_itself = True
    number = go(phone, "medical")
    phone.open(phone.link("前往"))
    person = person_by_phone(PHONE)
    assert person is not None
    assert handover_of(person, number, datetime.now(UTC) + timedelta(hours=2)).silent
    page = phone.open(f"{systems['medical'].address}/finish", state="done")
    assert "没有办完" in page
    assert number in page


def test_a_code_is_good_once_and_only_with_its_verifier(
    systems: dict[str, StandIn], phone: Phone, running: str
) -> None:
    system = systems["medical"]
    asked = {
        "response_type": "code", "client_id": system.client, "redirect_uri": f"{system.address}/callback",
        "scope": "openid", "state": "s" * 32, "nonce": "n" * 16, "code_challenge_method": "S256",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    }  # fmt: skip

    def code_for() -> str:
        answer = phone.session.get(
            f"{running}/identity/o/authorize?{urlencode(asked)}", allow_redirects=False, timeout=60
        )
        assert answer.status_code == 302
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def exchange(code: str, verifier: str) -> int:
        body = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": f"{system.address}/callback",
            "code_verifier": verifier,
        }  # fmt: skip
        address = f"{running}/identity/o/api/token"
        return requests.post(address, data=body, auth=(system.client, system.secret), timeout=60).status_code

    right = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    code = code_for()
    assert exchange(code, right) == 200
    assert exchange(code, right) == 400
    stolen = code_for()
    assert exchange(stolen, "x" * 43) == 400
    assert exchange(stolen, right) == 400, "whoever guesses at a code ends it"
    late = code_for()
    cache.clear()
    assert exchange(late, right) == 400
    for lacking in ("code_challenge", "state", "response_type"):
        fewer = {key: value for key, value in asked.items() if key != lacking}
        answer = phone.session.get(f"{running}/identity/o/authorize?{urlencode(fewer)}", timeout=60)
        assert answer.status_code == 400, lacking
    elsewhere = {**asked, "redirect_uri": "https://evil.example/callback"}
    answer = phone.session.get(
        f"{running}/identity/o/authorize?{urlencode(elsewhere)}", allow_redirects=False, timeout=60
    )
    assert "evil.example" not in answer.headers.get("Location", "")


def test_a_ticket_is_good_once_for_the_system_and_the_person_it_was_made_for(
    hall: Town, systems: dict[str, StandIn], phone: Phone
) -> None:
    person, at = person_by_phone(PHONE), datetime.now(UTC)
    assert person is not None
    uid = account_of(person).uid
    number = prepare("SX-0003", by=person, at=at).number
    assert prepare("SX-0003", by=person, at=at).number == number, "what is open is taken up again"
    ticket = give_ticket(person, number, alive=True, at=at)
    assert ticket is not None
    good = {"client": systems["medical"].client, "uid": uid}
    for wrong in ({**good, "client": systems["household"].client}, {**good, "uid": "somebody"}):
        with pytest.raises(Refused):
            take_ticket(ticket.text, at=at, **wrong)
    with pytest.raises(Refused):
        take_ticket(ticket.text, at=at + timedelta(minutes=10), **good)
    context = take_ticket(ticket.text, at=at, **good)
    assert (context.number, context.item) == (number, "SX-0003")
    with pytest.raises(Refused):
        take_ticket(ticket.text, at=at, **good)
    assert handover_of(person, number, at).state is HandoverState.TAKEN


def test_who_is_known_by_phone_alone_does_not_reach_what_asks_for_more(
    systems: dict[str, StandIn], phone: Phone, running: str
) -> None:
    phone.open("/services/items/SX-0004/carry/")
    page = phone.open("/services/items/SX-0004/carry/", agreed="1")
    assert phone.page is not None
    assert phone.page.status_code == 409
    assert "要先实名核验" in page


def test_a_session_of_an_office_is_nobody_here_and_a_citizens_opens_no_office(
    hall: Town, systems: dict[str, StandIn], signed_in: Any
) -> None:
    official: Client = signed_in("operator")
    system = systems["medical"]
    asked = {
        "response_type": "code", "client_id": system.client, "redirect_uri": f"{system.address}/callback",
        "scope": "openid", "state": "s" * 32, "code_challenge_method": "S256", "code_challenge": "c" * 43,
    }  # fmt: skip
    for prompt in ("", "none"):
        answer = official.get("/identity/o/authorize", {**asked, "prompt": prompt})
        assert "code=" not in answer.headers.get("Location", "")
    assert official.get("/services/mine/").status_code == 302
    citizen = Client(SERVER_NAME="localhost")
    sign_in(citizen, "13900001234")
    for address in ("/", "/people/", "/me/sessions/", "/me/password/", "/audit/"):
        assert citizen.get(address).headers["Location"] == "/services/mine/", address


def test_an_ended_system_is_given_nothing(hall: Town, systems: dict[str, StandIn], phone: Phone) -> None:
    end_system("medical", by=hall.operator, at=datetime.now(UTC))
    assert "按下面的地点和电话办理" in phone.open("/services/items/SX-0003/")
    phone.open("/services/items/SX-0003/carry/")
    assert phone.page is not None
    assert phone.page.status_code == 404
    assert verify().broken is None
