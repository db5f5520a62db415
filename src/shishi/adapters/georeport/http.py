"""GeoReport v2 over HTTP, in JSON. Only the address that was registered is asked: no proxy of the environment, no
redirect, so much of an answer and no more, and not for longer than the timeout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from shishi.adapters.georeport.base import ServerFailed
from shishi.core.errors import Misuse
from shishi.core.service_requests import Answered, Asking, Created, read_created, read_requests, unreadable

MOST_ANSWER = 4 * 2**20
"""Bytes of an answer that are read at most."""
PIECE = 64 * 2**10
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class _Stay(HTTPRedirectHandler):
    """Where a server sends us on to was registered by nobody."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


def require_address(address: str) -> str:
    """The address of an endpoint without a slash at its end. ``Misuse`` (open311_address) for anything but https, or
    http on this machine, or with a user, a query or a fragment in it."""
    wrong = Misuse(
        "open311_address",
        f"接口地址“{address[:80]}”应写作 https://主机/路径（本机可用 http://127.0.0.1:端口/路径），不含用户名、问号和 #。",
    )
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise wrong from None
    private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \\?#")
    if not (private and plain and parts.hostname) or "@" in parts.netloc or len(address) > 300:
        raise wrong
    return address.rstrip("/")


@dataclass(frozen=True, slots=True)
class HttpServer:
    """``address``: up to and with the version (``https://city.example/open311/v2``); ``jurisdiction`` and ``key`` as
    the city gave them, ``""`` for none. ``timeout`` in seconds, of the whole answer."""

    address: str
    jurisdiction: str = ""
    key: str = field(default="", repr=False)
    timeout: float = 15

    def __post_init__(self) -> None:
        """Only the web, and only in private."""
        require_address(self.address)

    def create(self, asking: Asking, key: str) -> Created:
        """See :class:`shishi.adapters.georeport.base.RequestServer`."""
        told = {**asking.fields, **self._named(), **({"api_key": self.key} if self.key else {})}
        return read_created(self._asked("requests.json", {}, urlencode(told).encode(), {"Idempotency-Key": key}))

    def number_of(self, token: str) -> str:
        """See :class:`shishi.adapters.georeport.base.RequestServer`."""
        return read_created(self._asked(f"tokens/{quote(token, safe='')}.json", self._keyed())).number

    def request(self, number: str) -> Answered:
        """See :class:`shishi.adapters.georeport.base.RequestServer`."""
        return read_requests(self._asked(f"requests/{quote(number, safe='')}.json", self._keyed()))

    def since(self, moment: datetime, services: Sequence[str]) -> Answered:
        """See :class:`shishi.adapters.georeport.base.RequestServer`."""
        told = {"start_date": moment.astimezone(UTC).isoformat(timespec="seconds")}
        told |= {"service_code": ",".join(services)} if services else {}
        return read_requests(self._asked("requests.json", {**self._keyed(), **told}))

    def _named(self) -> dict[str, str]:
        return {"jurisdiction_id": self.jurisdiction} if self.jurisdiction else {}

    def _keyed(self) -> dict[str, str]:
        return {**self._named(), **({"api_key": self.key} if self.key else {})}

    def _asked(
        self, path: str, query: Mapping[str, str], body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> object:
        url = f"{self.address.rstrip('/')}/{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json", "User-Agent": "shishi", **(more or {})}
        request = Request(url, data=body, headers=headers)  # noqa: S310 - https or this machine, see require_address
        try:
            with build_opener(_Stay, ProxyHandler({})).open(request, timeout=self.timeout) as answer:
                return _document(_read(answer, self.timeout))
        except HTTPError as fault:
            with fault:
                told = f"对方没有办（HTTP {fault.code}）。请核对服务编码、辖区和凭证，或请对方检查。"
                raise ServerFailed("open311_refused", told) from fault
        except (OSError, HTTPException) as fault:
            told = f"连不上 {urlsplit(self.address).netloc}（{type(fault).__name__}）。恢复后自动再试。"
            raise ServerFailed("open311_unreachable", told) from fault


def _read(answer: Any, seconds: float) -> bytes:
    """The whole answer, piece by piece: who sends one byte a second is left all the same."""
    until, pieces, size = monotonic() + seconds, [], 0
    while piece := answer.read1(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_ANSWER:
            raise unreadable(f"超过 {MOST_ANSWER // 2**20} MB")
        if monotonic() > until:
            raise ServerFailed("open311_unreachable", f"对方 {seconds:g} 秒没有答完。恢复后自动再试。")
    if getattr(answer, "length", None):
        raise ServerFailed("open311_unreachable", "对方的回答没有传完。恢复后自动再试。")
    return b"".join(pieces)


def _document(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as wrong:
        raise unreadable("不是 JSON") from wrong
