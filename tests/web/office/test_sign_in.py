"""Coming in and going out: by password, by second factor, by link, and how each is told to the trail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from shishi.apps.accounts.links import entry_link, invite
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import first_time
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.core.errors import Misuse
from shishi.web.design.typed import typed_before
from tests.apps.town import Town
from tests.web.conftest import SignedIn

PASSWORD = "seven small lanterns"
NOW = datetime(2021, 9, 30, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_attempts(town: Town) -> None:
    cache.clear()


def with_password(username: str) -> Person:
    person = person_named(username)
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(browser: Client, username: str, password: str = PASSWORD) -> Any:
    return browser.post("/sign-in/", {"login": username, "password": password, "next": "/notices/"})


def told(action: str) -> list[tuple[str, dict[str, object]]]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk").values_list("person", "detail"))


def test_who_is_not_signed_in_is_asked_to_and_then_led_back(stranger: Client) -> None:
    with_password("clerk_guangde")
    away = stranger.get("/notices/?page=2")
    assert (away.status_code, away["Location"]) == (302, "/sign-in/?next=%2Fnotices%2F%3Fpage%3D2")
    assert sign_in(stranger, "clerk_guangde")["Location"] == "/notices/"
    assert stranger.get("/notices/").status_code == 200
    assert told("session.begin") == [("clerk_guangde", {"address": "127.0.0.1", "ways": ["password"]})]


def test_leaving_ends_the_session_and_is_told(stranger: Client) -> None:
    with_password("clerk_guangde")
    sign_in(stranger, "clerk_guangde")
    assert stranger.get("/sign-out/").status_code == 200
    assert stranger.get("/notices/").status_code == 200
    stranger.post("/sign-out/")
    assert stranger.get("/notices/").status_code == 302
    assert [person for person, _ in told("session.end")] == ["clerk_guangde"]


def test_a_wrong_password_says_nothing_of_whether_the_name_exists_and_five_lock_the_name(stranger: Client) -> None:
    with_password("clerk_guangde")
    pages = [sign_in(stranger, name, "wrong").content.decode() for name in ("clerk_guangde", "nobody-here")]
    faults = [re.search(r'class="summary".*?</div>', page, re.S) for page in pages]
    assert faults[0] is not None
    assert faults[0][0] == faults[1][0]  # type: ignore[index]  # both were found
    for _ in range(4):
        sign_in(stranger, "clerk_guangde", "wrong")
    assert sign_in(stranger, "clerk_guangde").status_code == 200
    assert stranger.get("/notices/").status_code == 302
    # Another name is not locked with it.
    with_password("clerk_langxi")
    assert sign_in(stranger, "clerk_langxi").status_code == 302
    assert [person for person, _ in told("session.fail")] == ["clerk_guangde", "anonymous", *["clerk_guangde"] * 4]
    assert [person for person, _ in told("session.lock")] == ["clerk_guangde"]


def test_attempts_are_counted_where_every_process_sees_them(settings: Any) -> None:
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


def test_what_was_typed_in_vain_is_nowhere_in_the_trail(stranger: Client) -> None:
    sign_in(stranger, "my-secret-password", "another-secret")
    assert "secret" not in str(list(AuditEvent.objects.values_list("person", "subject", "detail")))


def test_who_is_no_longer_in_use_is_out_at_the_next_request(town: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_guangde")
    assert browser.get("/notices/").status_code == 200
    Person.objects.filter(username="clerk_guangde").update(is_active=False)
    assert browser.get("/notices/").status_code == 302


def test_nobody_can_make_an_account_for_themselves(stranger: Client) -> None:
    assert {stranger.get(address).status_code for address in ("/signup/", "/sign-in/signup/", "/accounts/signup/")} == {
        404
    }


def code_of(person: Person) -> str:
    held = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    secret = get_adapter().decrypt(held.data["secret"])
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def test_a_second_factor_is_asked_for_and_its_secret_rests_sealed(town: Town, stranger: Client) -> None:
    person = with_password("leader")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(person, secret)
    assert secret not in str(Authenticator.objects.get(user=person).data)
    assert sign_in(stranger, "leader")["Location"] == "/me/second-factor/authenticate/"
    assert stranger.get("/notices/").status_code == 302
    assert stranger.post("/me/second-factor/authenticate/", {"code": "000000"}).status_code == 200
    assert stranger.post("/me/second-factor/authenticate/", {"code": code_of(person)})["Location"] == "/notices/"
    assert stranger.get("/notices/").status_code == 200
    assert told("session.begin")[-1][1]["ways"] == ["password", "totp"]


def test_who_may_approve_has_to_set_up_a_second_factor_first_and_a_clerk_has_not(
    town: Town, settings: Any, signed_in: SignedIn
) -> None:
    leader, clerk = signed_in("leader"), signed_in("clerk_guangde")
    settings.SECOND_FACTOR = ("approve_notice",)
    assert clerk.get("/notices/").status_code == 200
    assert leader.get("/notices/")["Location"] == "/me/second-factor/"
    assert leader.get("/me/second-factor/").status_code == 200
    assert leader.post("/sign-out/").status_code == 302


def test_a_demonstration_store_never_asks_for_a_second_factor(lived_in: Town, settings: Any, signed_in: Any) -> None:
    leader = signed_in("leader")
    settings.SECOND_FACTOR = ("approve_notice",)
    assert leader.get("/notices/").status_code == 200


def test_a_link_opens_once_for_whom_it_was_made_and_looking_does_not_use_it_up(town: Town, stranger: Client) -> None:
    address = f"/sign-in/link/{entry_link(person_named('clerk_guangde'), NOW)}/"
    for _ in range(2):
        assert "clerk_guangde" in stranger.get(address).content.decode()
    assert stranger.post(address).status_code == 302
    assert stranger.get("/notices/").status_code == 200
    other = Client(SERVER_NAME="localhost")
    assert {other.post(address).status_code, other.get(address).status_code} == {400}
    assert [person for person, _ in told("session.link")] == ["clerk_guangde"]


@pytest.mark.parametrize("spoilt", ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_link_that_was_changed_opens_nothing(town: Town, stranger: Client, spoilt: str) -> None:
    token = entry_link(person_named("clerk_guangde"), NOW)
    assert stranger.post(f"/sign-in/link/{spoilt or token[:-1]}/").status_code == 400


def test_a_link_to_set_a_password_is_no_way_in(town: Town, stranger: Client) -> None:
    token = invite(person_named("clerk_guangde"), by=town.operator, at=NOW)
    assert stranger.post(f"/sign-in/link/{token}/").status_code == 400


def test_an_invited_person_sets_a_password_that_nobody_else_knows(town: Town, stranger: Client) -> None:
    address = f"/sign-in/password/{invite(person_named('clerk_guangde'), by=town.operator, at=NOW)}/"
    assert "clerk_guangde" in stranger.get(address).content.decode()
    for first, again in (("short", "short"), ("password1234", "password1234"), (PASSWORD, "something else")):
        assert stranger.post(address, {"password": first, "again": again}).status_code == 422
    assert stranger.post(address, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert stranger.get(address).status_code == 400
    assert sign_in(stranger, "clerk_guangde").status_code == 302
    assert [person for person, _ in told("user.invite")] == ["operator"]
    assert verify().broken is None


def test_only_who_manages_people_invites(town: Town) -> None:
    with pytest.raises(Misuse, match="没有在"):
        invite(person_named("clerk_guangde"), by=town.leader, at=NOW)


def test_a_demonstration_store_lets_everybody_be_anybody_by_one_click_and_no_other_store_does(
    town: Town, lived_in: Town, stranger: Client
) -> None:
    page = stranger.get("/sign-in/").content.decode()
    for said in ("演示库", "clerk_guangde（演示）", "填报人", "领导"):
        assert said in page
    assert "clerk_langxi" not in stranger.get("/sign-in/?who=guangde").content.decode()
    assert stranger.post("/sign-in/demonstration/", {"username": "clerk_guangde"}).status_code == 302
    assert stranger.get("/notices/").status_code == 200
    (town.folder / "store.json").unlink()
    other = Client(SERVER_NAME="localhost")
    assert "演示库" not in other.get("/sign-in/").content.decode()
    assert other.post("/sign-in/demonstration/", {"username": "clerk_guangde"}).status_code == 404


def test_ending_the_other_sessions_leaves_this_one(town: Town, lived_in: Town) -> None:
    first, second = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    for browser in (first, second):
        browser.post("/sign-in/demonstration/", {"username": "leader"})
    assert second.get("/me/sessions/").content.decode().count('<tr><th scope="row"') == 2
    second.post("/me/sessions/")
    assert (first.get("/notices/").status_code, second.get("/notices/").status_code) == (302, 200)
    assert [person for person, _ in told("session.end_others")] == ["leader"]


def test_what_was_typed_into_a_form_waits_for_the_next_sign_in(
    town: Town, lived_in: Town, stranger: Client, rf: Any
) -> None:
    typed = {"note": "三天的字", "password": "nothing for a session", "once": "x" * 20}
    away = stranger.post("/me/sessions/", typed, HTTP_REFERER="http://localhost/me/sessions/?a=1")
    assert away["Location"] == "/sign-in/?next=%2Fme%2Fsessions%2F%3Fa%3D1"
    stranger.post("/sign-in/demonstration/", {"username": "leader"})
    request = rf.get("/me/sessions/?a=1")
    request.session = stranger.session
    assert typed_before(request, "/elsewhere/") is None
    kept = typed_before(request, "/me/sessions/")
    assert kept is not None
    assert kept.dict() == {"note": "三天的字"}
    assert typed_before(request) is None


def test_a_form_without_its_token_is_refused_on_every_page(lived_in: Town) -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    for address in ("/sign-in/", "/sign-in/demonstration/", "/sign-out/", "/me/sessions/"):
        assert strict.post(address, {"username": "leader"}).status_code == 403


def test_a_form_counts_once_and_what_it_did_goes_with_it(town: Town) -> None:
    with transaction.atomic():
        assert first_time("once-0123456789abcdef", town.operator, NOW)
        assert not first_time("once-0123456789abcdef", town.operator, NOW)
    with transaction.atomic():
        first_time("once-of-what-failed-", town.operator, NOW)
        transaction.set_rollback(True)
    with transaction.atomic():
        assert first_time("once-of-what-failed-", town.operator, NOW + timedelta(days=1))
        assert not first_time("once-0123456789abcdef", town.operator, NOW + timedelta(days=29))
        with pytest.raises(Misuse, match="表单不完整"):
            first_time("short", town.operator, NOW)
