"""Messages over HTTP: one ``POST`` with the sealed message, answered with the signed receipt.

The receipt comes with any status (200 taken, 409 refused for good); what is no receipt is an error document
``{"code", "message"}`` or a fault of the network. Nothing secret is in the request but what is sealed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from shishi.adapters.exchange.base import NotTaken, Sealed, Unreachable
from shishi.core.errors import Misuse

PATH = "/exchange/messages"
SEALED_TYPE, RECEIPT_TYPE = "application/jose", "application/jose; kind=receipt"
MOST_ANSWER = 64 * 2**10
"""Bytes of an answer that are read at most."""
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class _Stay(HTTPRedirectHandler):
    """A peer that sends us elsewhere is not where it was registered."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


@dataclass(frozen=True, slots=True)
class HttpWay:
    """``address``: scheme, host and port of the peer's site. ``timeout`` in seconds. ``Misuse`` (peer_address) for
    anything but https, or http on this machine."""

    address: str
    timeout: float = 30
    prompt: bool = True

    def __post_init__(self) -> None:
        """Only the web, and only in private."""
        parts = urlsplit(self.address)
        private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
        plain = self.address.isascii() and self.address.isprintable() and " " not in self.address
        if not (private and plain and parts.hostname and not parts.username and not parts.query):
            told = f"对方地址“{self.address[:80]}”应写作 https://主机:端口（本机可用 http://127.0.0.1:端口）。"
            raise Misuse("peer_address", told)

    def send(self, message: Sealed) -> str:
        """See :class:`shishi.adapters.exchange.base.Way`."""
        headers = {"Content-Type": SEALED_TYPE, "Accept": f"{RECEIPT_TYPE}, application/json"}
        url = self.address.rstrip("/") + PATH
        request = Request(url, data=message.content, headers=headers)  # noqa: S310 - https or this machine
        try:
            # Proxies of the environment are not asked: the peer stands where it was registered.
            with build_opener(_Stay, ProxyHandler({})).open(request, timeout=self.timeout) as answer:
                return _receipt(answer)
        except HTTPError as fault:
            with fault:
                return _receipt(fault)
        except (OSError, HTTPException) as fault:
            told = f"连不上 {self.address}（{type(fault).__name__}）。恢复后自动补发。"
            raise Unreachable("peer_unreachable", told) from fault


def _receipt(answer: Any) -> str:
    """The receipt in the answer, or what stands there instead of one."""
    try:
        text: str = answer.read(MOST_ANSWER).decode()
    except (OSError, HTTPException, ValueError) as fault:
        told = f"对方的回答没有传完（{type(fault).__name__}）。将再次发送，对方收过的不会重复办理。"
        raise Unreachable("peer_unreachable", told) from fault
    if answer.headers.get("Content-Type", "").replace(" ", "") == RECEIPT_TYPE.replace(" ", ""):
        return text
    code, words = _told(text)
    raise NotTaken(code or "peer_answer", f"对方没有收下（HTTP {answer.status}{'，' + words if words else ''}）。")


def _told(text: str) -> tuple[str, str]:
    try:
        told = json.loads(text)
        return str(told["code"])[:60], str(told["message"])[:200]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", ""
