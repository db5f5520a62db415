"""Logging out everywhere 退出登录: here, and by a signed notice to every system that this session was carried to
(OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.contrib.auth import logout
from django.http import HttpRequest

from shishi.apps.citizens.selectors import account_of, system_of_client
from shishi.apps.citizens.systems import end_visits, note_told
from shishi.web.portal.login_provider import Provider
from shishi.web.portal.visitors import me, session_name

TIMEOUT = 3
"""Seconds that one system may take; there are few, and somebody waits."""
log = logging.getLogger("shishi.pages")


@dataclass(frozen=True, slots=True)
class Told:
    """A system that was told to end its session, and whether it said that it did."""

    title: str
    ended: bool


class Stay(HTTPRedirectHandler):
    """An address is asked itself, and nowhere else that it may point to."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


def log_out(request: HttpRequest, at: datetime) -> tuple[Told, ...]:
    """End the session here first: whatever the others answer, it is over."""
    uid, session = account_of(me(request)).uid, session_name(request)
    provider = Provider.of(request)
    logout(request)
    told: list[Told] = []
    for visit, address, client in end_visits(session, at=at):
        system = system_of_client(client)
        ended = bool(address) and _notify(address, provider.logout_token(client, uid, at))
        note_told(visit, "told" if ended else "failed" if address else "no_address")
        told.append(Told(system.title if system else client, ended))
    return tuple(told)


def _notify(address: str, token: str) -> bool:
    body = urlencode({"logout_token": token}).encode()
    request = Request(address, data=body, method="POST")  # noqa: S310 - http(s) was required when it was added
    try:
        with build_opener(Stay, ProxyHandler({})).open(request, timeout=TIMEOUT) as answer:
            return bool(answer.status in (200, 204))
    except (OSError, HTTPException, json.JSONDecodeError) as fault:
        log.warning("a system did not take a logout: %s", type(fault).__name__)
        return False
