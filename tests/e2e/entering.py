"""Coming in through the doors that people use: the demonstration's, a password with a code, a passkey."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

PASSWORD = "seven small lanterns"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the authenticator that ``keeper`` has already."""
PERIOD_SECONDS = 30
_spent: dict[tuple[str, str], int] = {}


def code_of(secret: str, address: str) -> str:
    """The six digits that an authenticator shows for a secret (RFC 6238: SHA-1, thirty seconds). A site takes each code
    once and the one after it already, so who signs in again at once gets the next."""
    counter = max(int(time.time()) // PERIOD_SECONDS, _spent.get((address, secret), -1) + 1)
    _spent[address, secret] = counter
    digest = hmac.digest(base64.b32decode(secret.replace(" ", "")), struct.pack(">Q", counter), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def by_demonstration(page: Page, address: str, username: str) -> None:
    """The demonstration's door: anybody by one click."""
    page.goto(f"{address}/sign-in/?who={username}")
    door = page.locator("form").filter(has=page.locator(f'input[name=username][value="{username}"]'))
    door.locator("button").click()
    page.wait_for_url(lambda found: "sign-in" not in found)


def by_password(page: Page, address: str, username: str, password: str = PASSWORD) -> None:
    """Name and password; where a second factor is set up, its page comes next."""
    page.goto(f"{address}/sign-in/")
    page.get_by_label("用户名", exact=True).fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda found: urlsplit(found).path != "/sign-in/")


def by_password_and_code(page: Page, address: str, username: str, secret: str = SECRET) -> None:
    """Both factors."""
    by_password(page, address, username)
    by_code(page, address, secret)


def by_code(page: Page, address: str, secret: str = SECRET) -> None:
    """What the authenticator shows, where the site asks for it."""
    page.wait_for_url("**/second-factor/authenticate/")
    page.locator("input[name=code]").first.fill(code_of(secret, address))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda found: "authenticate" not in found)


def sure(page: Page, password: str = PASSWORD) -> None:
    """Where the site asks once more who somebody is, the password is the answer."""
    if urlsplit(page.url).path != "/sign-in/again/":
        return
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="确认", exact=True).click()
    page.wait_for_url(lambda found: urlsplit(found).path != "/sign-in/again/")


@contextmanager
def holding_a_key(page: Page) -> Iterator[None]:
    """The machine has a fingerprint reader, and somebody who touches it (WebDriver's virtual authenticator)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    session.detach()


def register_key(page: Page, address: str, name: str, *, passwordless: bool = True) -> None:
    """Register the machine's key for whoever is signed in."""
    page.goto(f"{address}/me/second-factor/webauthn/add/")
    sure(page)
    page.locator("input[name=name]").fill(name)
    box = page.locator("input[name=passwordless]")
    if passwordless:
        box.check()
    page.get_by_role("button", name="登记").click()
    page.wait_for_url(lambda found: "/webauthn/add/" not in found)
    page.goto(f"{address}/me/second-factor/webauthn/")
    expect(page.get_by_role("rowheader", name=name)).to_be_visible()
