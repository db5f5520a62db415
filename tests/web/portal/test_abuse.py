"""What somebody with bad intentions does to the public pages: fetches codes, guesses, floods, fills the disk."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shishi.apps.accounts.models import Person
from shishi.apps.cases import opening, talking
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.talking import comment
from shishi.apps.citizens.models import PhoneCode
from shishi.apps.publishing.voices import NOT_BEFORE
from shishi.core.errors import Misuse, Refused
from shishi.web.portal import ballots, receiving, signing_in, systems, work
from shishi.web.portal.pace import Pace
from shishi.web.sizes import SMALL
from tests.apps.town import Town
from tests.web.portal.test_applying import PDF, fill, sent
from tests.web.portal.test_applying import known as known

SIGN_IN, PROGRESS = "/services/sign-in/", "/services/progress/"


@pytest.fixture(autouse=True)
def paces(hall: Town, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    settings.CODES_WITHOUT_WORK = 2
    refused = ("codes_too_many", "太多了")
    for module, name, most in ((signing_in, "asking", 12), (ballots, "guessing", 3), (systems, "wrong", 2)):
        monkeypatch.setattr(module, name, Pace(most, refused))


@pytest.fixture
def stranger() -> Client:
    return Client(SERVER_NAME="localhost")


def phone(number: int) -> str:
    return f"138{number:08}"


def tired(browser: Client) -> str:
    """The page on which work is asked for."""
    for number in range(2):
        assert browser.post(SIGN_IN, {"phone": phone(number)}).status_code == 200
    return str(browser.get(SIGN_IN).content.decode())


def ticket_of(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def later(monkeypatch: pytest.MonkeyPatch, module: Any, by: timedelta = NOT_BEFORE + timedelta(seconds=1)) -> None:
    """Somebody took some seconds over the page."""
    monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + by)


def sum_of(page: str) -> str:
    digits = "零一二三四五六七八九十"
    found = re.search(r"(.)加(.)等于几", page)
    assert found is not None
    return str(digits.index(found[1]) + digits.index(found[2]))


def test_after_a_few_codes_of_one_network_the_next_is_worked_for(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stranger.get(SIGN_IN)
    assert "等于几" not in first.content.decode(), "nobody works for the first ones"
    assert "script-src 'none'" in first["Content-Security-Policy"]
    page = tired(stranger)
    assert "script-src 'self'" in stranger.get(SIGN_IN)["Content-Security-Policy"]
    before = PhoneCode.objects.count()
    for told in ({}, {"ticket": "nix"}, {"ticket": ticket_of(page), "answer": "99"}):
        refused = stranger.post(SIGN_IN, {"phone": phone(7), **told})
        assert refused.status_code == 422
        assert "等于几" in refused.content.decode(), "a new one is asked"
    assert PhoneCode.objects.count() == before
    later(monkeypatch, signing_in)
    right = {"phone": phone(7), "ticket": ticket_of(page), "answer": sum_of(page)}
    assert stranger.post(SIGN_IN, right).status_code == 200
    again = stranger.post(SIGN_IN, {**right, "phone": phone(8)})
    assert again.status_code == 422
    assert "已经用过" in again.content.decode(), "a piece of work is good once"
    assert PhoneCode.objects.count() == before + 1


def test_work_of_a_browser_is_taken_for_the_page_that_it_was_done_for_alone(
    stranger: Client, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.STATICFILES_DIRS = [("altcha", "somewhere")]
    page = tired(stranger)
    asked = re.search(r'data-challenge="([^"]+)"', page)
    assert asked is not None
    challenge = altcha.Challenge.from_dict(json.loads(asked[1].replace("&quot;", '"')))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    payload = {"challenge": challenge.to_dict(), "solution": solution.to_dict()}
    done = b64encode(json.dumps(payload).encode()).decode()
    later(monkeypatch, signing_in)
    told = {"ticket": ticket_of(page), "altcha": done}
    assert stranger.post(PROGRESS, {"number": "诉1", "phone": phone(9), **told}).status_code == 422
    assert stranger.post(SIGN_IN, {"phone": phone(9), **told}).status_code == 200


def test_who_cannot_work_gets_fewer_codes_an_hour(stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tired(stranger)
    taken = 0
    for number in range(20, 30):
        page = stranger.get(SIGN_IN).content.decode()
        with monkeypatch.context() as patched:
            later(patched, signing_in)
            told = {"phone": phone(number), "ticket": ticket_of(page), "answer": sum_of(page)}
            taken += stranger.post(SIGN_IN, told).status_code == 200
    assert taken == 2, "each sum weighs four"


def test_when_very_many_ask_everywhere_everybody_works(stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BUSY", 1)
    assert stranger.post(SIGN_IN, {"phone": phone(1)}).status_code == 200
    other = Client(SERVER_NAME="localhost", REMOTE_ADDR="203.0.113.9")
    assert "等于几" in other.get(SIGN_IN).content.decode()


def test_numbers_of_cases_are_not_found_by_asking(known: Client, stranger: Client) -> None:
    number = sent(known)
    PhoneCode.objects.all().delete()
    said = set()
    for asked in (number, number[:-1] + "9", "诉3418022021000001"):
        page = stranger.post(PROGRESS, {"number": asked, "phone": "13700001111"})
        said.add((page.status_code, re.sub(r"\d{6}|value=\"[^\"]+\"", "", page.content.decode())))
        PhoneCode.objects.all().delete()
        signing_in.asking = Pace(1000)
    assert len(said) == 1


def test_a_citizen_sends_no_more_in_a_day_than_anybody_has_to(known: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CASES_A_DAY", 1)
    sent(known)
    refused = known.post(fill(known))
    assert refused.status_code == 422
    assert "一天之内最多提交" in refused.content.decode()
    assert CaseRow.objects.count() == 1


def test_an_applicant_does_not_fill_the_thread_and_says_something(
    known: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sent(known)
    citizen = Person.objects.get(citizen=True)
    monkeypatch.setattr(talking, "WORDS_A_DAY", 2)
    at = datetime.now(UTC)
    for words in ("一", "二"):
        comment(number, words, by=citizen, at=at)
    with pytest.raises(Refused, match="最多留言"):
        comment(number, "三", by=citizen, at=at)
    comment(number, "第二天", by=citizen, at=at + timedelta(days=2))
    with pytest.raises(Misuse, match="还没有写"):
        comment(number, "  ", by=citizen, at=at + timedelta(days=4))


def test_files_of_one_citizen_do_not_fill_the_disk(known: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    check = fill(known)
    papers = check + "papers/proof/"
    monkeypatch.setattr(receiving, "sending", Pace(2, ("papers_many", "文件太多")))
    codes = []
    for index in range(3):
        file = SimpleUploadedFile(f"{index}.pdf", PDF + b"%" * index + b"\n", "application/pdf")
        codes.append(known.post(papers, {"files": file}).status_code)
    assert codes == [200, 200, 422]


def test_what_a_stranger_sends_is_not_read_where_it_is_too_large(stranger: Client) -> None:
    for address in (SIGN_IN, PROGRESS, "/promises/ballot/", "/accounts/login/", "/services/systems/ticket"):
        refused = stranger.post(address, {"phone": "1" * (SMALL + 1)})
        assert refused.status_code == 413, address
    assert "太大" in stranger.post(SIGN_IN, {"phone": "1" * (SMALL + 1)}).content.decode()


def test_wrong_ballots_and_wrong_secrets_are_counted(stranger: Client) -> None:
    told = [stranger.post("/promises/ballot/", {"code": f"ABCD{number}"}).content.decode() for number in range(4)]
    assert ["太多了" in page for page in told] == [False, False, False, True]
    nobody = {"authorization": f"Basic {b64encode(b'nix:nix').decode()}"}
    assert stranger.post("/services/systems/ticket", headers=nobody).status_code == 401


def test_what_somebody_writes_is_never_run_on_the_page_of_an_official_or_a_citizen(known: Client) -> None:
    number = sent(known)
    known.post(f"/services/cases/{number}/comment/", {"text": "<script>alert(1)</script><img src=x onerror=alert(1)>"})
    page = known.get(f"/services/cases/{number}/")
    assert "<script>alert" not in page.content.decode()
    assert "<img src=x" not in page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
