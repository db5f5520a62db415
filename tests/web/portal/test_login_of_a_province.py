"""Behind a province's login: the province is a second instance with a store, a site and a process of its own. One login
there carries a citizen into the city, on to its three outside systems and back; and what becomes of it when either side
fails on the way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from shishi.apps.citizens.models import Citizen, Login
from tests.durability.linked import free_port
from tests.machine import Machine
from tests.stand_ins import StandIn
from tests.web.portal.test_one_login import Phone, go, systems

__all__ = ["systems"]
BACK = "/services/elsewhere/elsewhere/back/"


@dataclass
class Province:
    """The province's instance; its site answers at ``address`` while it is up."""

    machine: Machine
    address: str
    client: str = ""
    secret: str = ""
    serving: subprocess.Popen[str] | None = None

    def open(self) -> None:
        told = {**self.machine.environment, "SHISHI_ADDRESS": self.address}
        words = [
            sys.executable,
            "-m",
            "shishi.commands.main",
            "serve",
            "--cold",
            "--port",
            self.address.rpartition(":")[2],
        ]
        self.serving = subprocess.Popen(
            words, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
        assert self.serving.stdout is not None
        assert "http://" in self.serving.stdout.readline()

    def kill(self) -> None:
        if self.serving is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.serving.pid, signal.SIGKILL)
            self.serving.communicate()
            self.serving = None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, code_list: Path) -> Iterator[Machine]:
    machine = Machine.new(tmp_path_factory.mktemp("province") / "store", code_list)
    machine.shishi("init", "--demonstration")
    yield machine
    machine.remove()


@pytest.fixture
def province(made: Machine, running: str, tmp_path: Path, settings: Any) -> Iterator[Province]:
    """Open, with the city (the site of this test) as its client."""
    # Cookies know no port: under another name than the city's, two sites of one machine don't share them.
    there = Province(made.copy(tmp_path / "store"), f"http://localhost:{free_port()}")
    told = there.machine.shishi(
        "system", "add", "city", "宣城市", "--start", f"{running}/services/", "--callback", f"{running}{BACK}"
    )
    there.client, there.secret = str(told.get("client") or "shishi-city"), str(told["secret"])
    there.open()
    settings.LOGIN_ELSEWHERE_ISSUER, settings.LOGIN_ELSEWHERE = there.address, "省统一身份认证"
    app = {
        "provider_id": "elsewhere",
        "name": settings.LOGIN_ELSEWHERE,
        "client_id": there.client,
        "secret": there.secret,
        "settings": {"server_url": there.address, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield there
    there.kill()
    there.machine.remove()


def signed_in_there(phone: Phone, province: Province) -> str:
    """From the city's page to the province's login, and back with its word; the page where that ends."""
    phone.open("/services/sign-in/elsewhere/")
    assert phone.page is not None
    assert phone.page.url.startswith(province.address), "the province asks who it is"
    wanted = re.search(r'name="next" value="([^"]+)"', phone.page.text)
    assert wanted is not None
    phone.home, home = province.address, phone.home
    page = phone.sign_in("13900005678", wanted[1].replace("&amp;", "&"))
    phone.home = home
    onward = re.search(r'href="(/identity/o/authorize[^"]+)"', phone.page.text) if phone.page else None
    return phone.open(province.address + onward[1].replace("&amp;", "&")) if onward else page


def test_one_login_of_the_province_opens_the_city_and_its_three_systems(
    systems: dict[str, StandIn], province: Province, running: str
) -> None:
    phone = Phone(running)
    signed_in_there(phone, province)
    assert phone.page is not None
    assert phone.page.url == f"{running}/services/mine/"
    (login,) = Login.objects.all()
    assert login.issuer == province.address
    for code, system in systems.items():
        number = go(phone, code)
        page = phone.open(phone.link("前往"))
        assert f'<p id="number">{number}</p>' in page
        assert number in phone.open(f"{system.address}/finish", state="done")
        assert system.faults == []
    asked = [address for address in phone.been if "/sign-in/" in address and address.startswith(running)]
    assert [address for address in asked if "elsewhere" not in address] == [], "the city never asks who it is"
    again = Phone(running)
    again.session.cookies = phone.session.cookies
    signed_in = again.open("/services/mine/")
    assert "我的办件" in signed_in
    assert Citizen.objects.count() == 1


def test_a_province_that_is_down_is_said_and_the_phone_still_opens(
    systems: dict[str, StandIn], province: Province, running: str
) -> None:
    province.kill()
    phone = Phone(running)
    page = phone.open("/services/sign-in/elsewhere/")
    assert phone.page is not None
    assert phone.page.status_code in (401, 503)
    assert "手机号" in page
    assert Login.objects.count() == 0
    phone.sign_in()
    assert phone.page.url.endswith("/services/mine/")


def test_a_province_that_goes_down_on_the_way_back_lets_nobody_in_half(
    systems: dict[str, StandIn], province: Province, running: str
) -> None:
    phone = Phone(running)
    phone.open("/services/sign-in/elsewhere/")
    assert phone.page is not None
    state = re.search(r"state=([^&\"]+)", phone.page.url.replace("%26", "&").replace("%3D", "=")) or re.search(
        r"state%253D([^%\"]+)", phone.page.text
    )
    assert state is not None, phone.page.url
    province.kill()
    page = phone.open(f"{BACK}?code=any&state={state[1]}")
    assert phone.page.status_code in (401, 503)
    assert "手机号" in page
    assert Citizen.objects.count() == 0


def test_a_no_said_there_and_a_forged_way_back_open_nothing(
    systems: dict[str, StandIn], province: Province, running: str
) -> None:
    phone = Phone(running)
    for told in ("error=access_denied&state=x", "code=stolen&state=forged", "code=stolen"):
        phone.open(f"{BACK}?{told}")
        assert phone.page is not None
        assert phone.page.status_code == 401, told
    assert Login.objects.count() == 0


def test_a_system_that_is_down_keeps_the_case_with_its_state_whoever_signed_the_citizen_in(
    systems: dict[str, StandIn], province: Province, running: str
) -> None:
    phone = Phone(running)
    signed_in_there(phone, province)
    systems["medical"].down = True
    number = go(phone, "medical")
    assert number in phone.open("/services/mine/")
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/", timeout=1)
