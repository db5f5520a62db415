"""Who asks: a program says by its token which client it is, over https alone, and not too often."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from django.http import HttpRequest
from ninja.security import HttpBearer

from shishi.apps.accounts.selectors import Person
from shishi.apps.machines.clients import Client, client_of
from shishi.core.errors import Misuse, Refused

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
MINUTE = timedelta(minutes=1)


class Pace:
    """The requests of the last minute, by client. Each process of the site counts for itself."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[datetime]] = {}
        self._lock = Lock()

    def step(self, client: Client, at: datetime) -> None:
        """Note a request; ``Refused`` (too_many_requests) when the client has sent enough in this minute."""
        with self._lock:
            seen = self._seen.setdefault(client.pk, deque())
            while seen and seen[0] <= at - MINUTE:
                seen.popleft()
            if len(seen) >= client.per_minute:
                message = f"请求太密：每分钟最多 {client.per_minute} 次。请按响应头 Retry-After 所说的秒数稍后再试。"
                raise Refused("too_many_requests", message)
            seen.append(at)

    def forget(self) -> None:
        """Nobody has asked anything yet."""
        with self._lock:
            self._seen.clear()


PACE = Pace()


def require_private(request: HttpRequest, what: str) -> None:
    """``Misuse`` (not_private): a token over plain http would be anybody's."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    if not request.is_secure() and host not in HERE:
        raise Misuse("not_private", f"{what}只能用 https 连接。请把服务器地址改成 https:// 开头。")


def admitted(request: HttpRequest, token: str) -> Client:
    """The client of a token. ``Misuse``: not_private, client_unknown, client_ended. ``Refused``: too_many_requests."""
    require_private(request, "接口")
    at = datetime.now(UTC)
    client = client_of(token, at)
    PACE.step(client, at)
    return client


class Bearer(HttpBearer):
    """``Authorization: Bearer shishi_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Client:
        """The client; see :func:`admitted`."""
        return admitted(request, token)


def client_asking(request: HttpRequest) -> Client:
    """Which client asks; behind :class:`Bearer`."""
    found = getattr(request, "auth", None)
    if not isinstance(found, Client):
        raise Misuse("client_unknown", "请带上接口凭证：Authorization: Bearer …。")
    return found


def person_asking(request: HttpRequest) -> Person:
    """As whom it asks."""
    return client_asking(request).person
