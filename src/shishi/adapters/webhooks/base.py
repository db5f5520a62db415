"""The port: a caller delivers one signed call, or says why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from shishi.core.errors import Misuse, ShishiError


class CallFailed(ShishiError):
    """The other end did not take it; it may be tried again. Code ``hook_unreachable`` or ``hook_refused``."""


@dataclass(frozen=True, slots=True)
class Call:
    """``key`` is unique for ever: the same key twice is the same call, whoever counts. ``secret`` as the other end was
    told it (``whsec_…``); ``body`` is JSON."""

    key: str
    url: str
    body: str
    secret: str = field(repr=False)
    at: datetime


class Caller(Protocol):
    """The way out."""

    def call(self, call: Call) -> None:
        """Deliver at least once; raises :class:`CallFailed`, ``Misuse`` (hook_not_allowed)."""


def origin_of(url: str) -> str:
    """``https://host:port`` of an address, in small letters, its own port left out. ``Misuse`` (hook_url_malformed)
    for what is no plain address: a user in it, a fragment, another scheme, a control character."""
    wrong = Misuse("hook_url_malformed", "回调地址应以 https:// 或 http:// 开头，不含用户名、密码和 # 部分。")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or "#" in url:
        raise wrong
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


def require_allowed(url: str, allowed: frozenset[str]) -> None:
    """``Misuse`` (hook_not_allowed) unless the operator named the origin of the address: a program may not make this
    machine knock at doors of its own network."""
    origin = origin_of(url)
    if origin not in allowed:
        named = "、".join(sorted(allowed)) or "（还没有）"
        raise Misuse(
            "hook_not_allowed",
            f"回调地址 {origin} 不在允许的名单里。请运行维护人员用 SHISHI_WEBHOOKS 写明后再登记；现在允许的：{named}。",
        )
