"""One channel class for every gateway that takes JSON over HTTP: SMS 短信, 政务微信, OA.

The request is ``POST {"key", "to", "subject", "text"}`` with ``Idempotency-Key`` and, where there is one, a bearer
token; any 2xx answer is a receipt, its ``reference`` taken when it is JSON. What a particular gateway wants otherwise
is the business of the small bridge in front of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from shishi.adapters.messages.base import DeliveryFailed, Message, Receipt, one_line
from shishi.core.errors import Misuse

MOST = 64 * 1024
"""Bytes of an answer that are read at most."""


class _Stay(HTTPRedirectHandler):
    """A gateway that sends us elsewhere would send the token along: it is refused instead."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """``name`` is the channel (``sms``, ``wechat``, ``oa``); ``timeout`` in seconds. Raises ``Misuse`` for an
    address that is not http or https."""

    name: str
    url: str
    token: str = field(default="", repr=False)
    timeout: float = 10

    def __post_init__(self) -> None:
        """Only the web, and nothing that could open another header."""
        one_line("网关地址", self.url)
        one_line("网关令牌", self.token)
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misuse("gateway_url_malformed", f"消息网关“{self.name}”的地址须以 http:// 或 https:// 开头。")

    def send(self, message: Message) -> Receipt:
        """Post the message and wait for the answer."""
        document = {"key": message.key, "to": message.to, "subject": message.subject, "text": message.text}
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": _ascii(message.key)}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps(document, ensure_ascii=False).encode()
        request = Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 - only http and https pass
        try:
            # Proxies of the environment are not asked: the gateway stands in the house's own network.
            with build_opener(_Stay, ProxyHandler({})).open(request, timeout=self.timeout) as answer:
                return Receipt(self.name, _reference(answer.read(MOST)) or message.key)
        except HTTPError as fault:
            fault.close()
            told = f"消息网关“{self.name}”未收下消息（HTTP {fault.code}）。将再次尝试；请检查网关设置。"
            raise DeliveryFailed("channel_refused", told) from fault
        except (OSError, HTTPException) as fault:
            told = f"消息网关“{self.name}”无法连通（{type(fault).__name__}）。将再次尝试；请检查网络与地址。"
            raise DeliveryFailed("channel_unreachable", told) from fault


def _reference(answer: bytes) -> str:
    try:
        document = json.loads(answer)
    except ValueError:
        return ""
    found = document.get("reference") if isinstance(document, dict) else None
    return found if isinstance(found, str) else ""


def _ascii(key: str) -> str:
    """Headers are Latin-1 on the wire: what is beyond goes percent-encoded."""
    return "".join(part if part.isascii() else "".join(f"%{byte:02X}" for byte in part.encode()) for part in key)
