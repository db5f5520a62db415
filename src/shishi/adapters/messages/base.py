"""The port: a channel takes one message and says that it took it, or why not."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Protocol

from shishi.core.errors import Misuse, ShishiError


class DeliveryFailed(ShishiError):
    """The channel did not take the message; it may be tried again. Code
    ``channel_unreachable`` or ``channel_refused``."""


@dataclass(frozen=True, slots=True)
class Message:
    """``key`` is unique for ever: the same key sent twice is the same message, whoever counts. ``to``: the address as
    the channel understands it. Raises ``Misuse("message_line_break")`` for line breaks or control characters in what
    becomes a header (key, address, subject), ``Misuse("message_incomplete")`` for an empty one."""

    key: str
    to: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        """Nothing that becomes a header may open a second one."""
        for title, value in (("编号", self.key), ("收件地址", self.to), ("标题", self.subject)):
            if not value.strip():
                raise Misuse("message_incomplete", f"消息缺少{title}。请补上后再发送。")
            one_line(title, value)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel has it. ``reference`` is the channel's own name for the message."""

    channel: str
    reference: str


class MessageChannel(Protocol):
    """One way out."""

    @property
    def name(self) -> str:
        """``mail``, ``sms`` …: what a delivery is recorded under."""

    def send(self, message: Message) -> Receipt:
        """Hand the message over at least once; raises :class:`DeliveryFailed`. Waits no
        longer than the channel's timeout."""


def one_line(title: str, value: str) -> str:
    """``value``, which holds no control character, line or paragraph separator; else
    ``Misuse("message_line_break")``."""
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} for character in value):
        raise Misuse("message_line_break", f"{title}中有换行或控制字符。请改为一行文字。")
    return value
