"""The province's login taken here: what it tells becomes an account of ours, and nothing of its answer is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from shishi.apps.citizens.models import Citizen, Login
from shishi.web.portal.login_elsewhere import Elsewhere
from tests.apps.town import Town

TOLD = {"sub": "p-1", "name": "李四", "document_number": "11010519491231002X", "phone_number": "13900001234"}


def asked(settings: Any) -> HttpRequest:
    """A request in a session, as the other side's answer brings it."""
    settings.LOGIN_ELSEWHERE_ISSUER = "https://login.example.gov.cn"
    request = RequestFactory().get("/services/elsewhere/elsewhere/back/")
    for middleware in (SessionMiddleware, MessageMiddleware):
        middleware(lambda _: HttpResponse()).process_request(request)
    return request


def told_to_us(request: HttpRequest, claims: dict[str, str]) -> HttpResponse:
    answer = SimpleNamespace(account=SimpleNamespace(extra_data={"userinfo": claims}))
    with pytest.raises(ImmediateHttpResponse) as ended:
        Elsewhere(request).pre_social_login(request, answer)
    response: HttpResponse = ended.value.response
    return response


def test_what_it_tells_becomes_one_account_known_by_real_name_and_its_answer_is_not_kept(
    hall: Town, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[str] = []

    def enter(request: HttpRequest, person: Any, redirect_url: str) -> HttpResponse:
        entered.append(person.username)
        return HttpResponse(redirect_url)

    monkeypatch.setattr("shishi.web.portal.login_elsewhere.perform_login", enter)
    for _ in range(2):
        assert told_to_us(asked(settings), TOLD).content == b"/services/mine/"
    held = Citizen.objects.get()
    assert (held.name, held.trust, entered) == ("李四", "real_name", [f"citizen.{held.uid}"] * 2)
    assert Login.objects.count() == 1
    assert SocialAccount.objects.count() == 0
    assert TOLD["document_number"] not in str(Citizen.objects.values_list())


def test_an_answer_that_names_nobody_lets_nobody_in(hall: Town, settings: Any) -> None:
    assert told_to_us(asked(settings), {"name": "李四"}).status_code == 400
    assert Citizen.objects.count() == 0


def test_without_a_province_there_is_no_way_there(hall: Town) -> None:
    stranger = Client(SERVER_NAME="localhost")
    assert stranger.get("/services/sign-in/elsewhere/").headers["Location"] == "/services/sign-in/"
    assert "elsewhere" not in stranger.get("/services/sign-in/").content.decode()
    assert stranger.get("/services/elsewhere/elsewhere/login/").status_code == 404


@pytest.mark.parametrize(
    "fault", [requests.ReadTimeout("slow"), requests.ConnectionError("down"), KeyError("token_endpoint")]
)
@pytest.mark.parametrize(("way", "step"), [("login", "login"), ("back", "callback")])
def test_a_province_that_does_not_answer_is_said_and_the_phone_still_opens(
    way: str, step: str, fault: Exception, hall: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked_in_vain(*_told: object, **_more: object) -> None:
        raise fault

    monkeypatch.setattr(openid_connect, step, asked_in_vain)
    answer = Client(SERVER_NAME="localhost").get(f"/services/elsewhere/elsewhere/{way}/")
    assert answer.status_code == 503
    assert "用手机验证码登录" in answer.content.decode()
