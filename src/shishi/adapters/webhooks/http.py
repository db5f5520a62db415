"""Calls over HTTP, signed as Standard Webhooks says: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``
(HMAC-SHA256 over id, timestamp and body). Any 2xx answer is a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from standardwebhooks import Webhook

from shishi.adapters.webhooks.base import Call, CallFailed, require_allowed

MOST = 16 * 1024
"""Bytes of an answer that are read at most; nothing of it is used."""


class _Stay(HTTPRedirectHandler):
    """Where somebody is sent on to was allowed by nobody."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


@dataclass(frozen=True, slots=True)
class HttpCaller:
    """``allowed``: the origins that the operator named; ``timeout`` in seconds. Proxies of the environment are not
    asked: who is called is who was named."""

    allowed: frozenset[str]
    timeout: float = 10

    def call(self, call: Call) -> None:
        """See :class:`shishi.adapters.webhooks.base.Caller`."""
        require_allowed(call.url, self.allowed)
        body = call.body.encode()
        request = Request(call.url, data=body, headers=signed(call), method="POST")  # noqa: S310 - http or https alone
        try:
            with build_opener(_Stay, ProxyHandler({})).open(request, timeout=self.timeout) as answer:
                answer.read(MOST)
        except HTTPError as fault:
            fault.close()
            raise CallFailed("hook_refused", f"对方没有收下（HTTP {fault.code}）。将再次尝试；请对方检查。") from fault
        except (OSError, HTTPException) as fault:
            told = f"连不上对方（{type(fault).__name__}）。将再次尝试；请检查网络和地址。"
            raise CallFailed("hook_unreachable", told) from fault


def signed(call: Call) -> dict[str, str]:
    """The headers of a call."""
    moment: datetime = call.at.astimezone(UTC)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "shishi",
        "webhook-id": call.key,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(call.secret).sign(call.key, moment, call.body),
    }
