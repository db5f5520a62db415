"""Exchange 数据交换 between instances: what a message says of itself, what its receipt proves, which of two messages are
the same, and in which order a conversation is acted upon.

A message is a signed statement (the envelope) with a body and files that it names by their digests. Messages of one
sender in one conversation are numbered from 1 and each names the digest of the one before: whoever holds the last one
can tell that none is missing. What travels may be lost, doubled and out of order; nothing here depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shishi.core.errors import Misuse, Refused
from shishi.core.labels import Labelled

MOST_BODY = 2**20
"""Bytes of a body at most: it holds facts; what is larger is a file."""
MOST_FILES = 40
MOST_MESSAGES = 1_000_000
"""Of one sender in one conversation."""
MOST_CONTENT = 24 * 2**20
"""Bytes of a body and its files together, at most."""
CLOCKS_APART = timedelta(minutes=5)
"""So far the clocks of two instances may differ."""
VISIBLE_AFTER = 3
"""Failures after which something becomes somebody's business. It is still tried again: a link that heals needs no
person."""
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30))

PURPOSES = {
    "exchange.hello": "问候",
    "exchange.key": "更换公钥",
    "case.forward": "转办理地",
    "case.received": "办理地已收到",
    "case.wrong_centre": "转错中心",
    "case.decided": "已作出决定",
    "case.supplement_asked": "要求补正",
    "case.supplemented": "补正",
    "case.delivered": "已送达",
    "case.rated": "评价",
    "case.withdraw_asked": "申请撤回",
    "case.withdrawn": "已撤回",
    "case.withdraw_refused": "没有撤回",
    "case.line": "办理进展",
}
"""What messages are about, in words; a purpose that a later version brings is shown as it is spelt."""


def purpose_title(purpose: str) -> str:
    """The words of a purpose."""
    return PURPOSES.get(purpose, purpose)


_MEMBER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_PURPOSE = re.compile(r"[a-z][a-z_]*(?:\.[a-z][a-z_]*){1,3}", re.ASCII)
_CONVERSATION = re.compile(r"[a-z0-9]+(?:[:._-][a-z0-9]+)*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Fault(Labelled):
    """Why a message is not taken. The code goes back to the sender."""

    WRONG_RECEIVER = "wrong_receiver", "收件方不是本方"
    UNKNOWN_SENDER = "unknown_sender", "本方没有登记这个发送方"
    KEY_UNKNOWN = "key_unknown", "签名所用的公钥没有登记"
    KEY_ENDED = "key_ended", "签名所用的公钥已停用"
    SIGNATURE_WRONG = "signature_wrong", "签名不符"
    BODY_CHANGED = "body_changed", "正文或附件与签名的摘要不符"
    MESSAGE_CHANGED = "message_changed", "同一编号的消息内容不同"
    SEQUENCE_TAKEN = "sequence_taken", "这个序号已被另一条消息占用"
    CHAIN_BROKEN = "chain_broken", "与同一会话的前一条消息接不上"
    CLOCK_AHEAD = "clock_ahead", "发送时间晚于本方时钟"
    MALFORMED = "message_malformed", "消息格式不对"
    TOO_LARGE = "message_too_large", "消息太大"
    UNREADABLE = "message_unreadable", "消息不是用本方公钥加密的，或已损坏"

    @property
    def passing(self) -> bool:
        """Whether the same message may be taken later: a clock moves on, a key or a peer is registered."""
        return self in _PASSING


_PASSING = frozenset({Fault.CLOCK_AHEAD, Fault.KEY_UNKNOWN, Fault.UNKNOWN_SENDER, Fault.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. ``sha256`` of its plain content, ``size`` in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int

    def __post_init__(self) -> None:
        """A name is one line and leads nowhere."""
        plain = self.name == self.name.strip() and self.name.isprintable() and not set(self.name) & set("/\\")
        if not (plain and 0 < len(self.name) <= 120 and self.name not in (".", "..")):
            raise _malformed("附件名应为一行文字，不含斜线，120 字以内")
        if not _SHA256.fullmatch(self.sha256) or not 0 <= self.size <= MOST_CONTENT or len(self.media_type) > 100:
            raise _malformed(f"附件“{self.name}”的摘要、大小或类型写法不对")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a sender signs. ``sequence``: its place among the sender's messages to this receiver in the conversation,
    from 1; ``previous``: digest of the one before, ``""`` for the first. ``purpose`` says what it is for
    (``case.forwarded``); ``body`` is the SHA-256 of the body, ``size`` its bytes."""

    id: UUID
    conversation: str
    sender: str
    receiver: str
    sequence: int
    previous: str
    sent_at: datetime
    purpose: str
    body: str
    size: int
    files: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        """Nothing that is not spelt right is ever signed or read. Raises ``Refused`` (message_malformed,
        message_too_large)."""
        for code in (self.sender, self.receiver):
            require_member(code)
        if not _PURPOSE.fullmatch(self.purpose) or len(self.purpose) > 60:
            raise _malformed("用途写法不对")
        if not _CONVERSATION.fullmatch(self.conversation) or len(self.conversation) > 120:
            raise _malformed("会话编号写法不对")
        if not 1 <= self.sequence <= MOST_MESSAGES or (self.sequence == 1) != (self.previous == ""):
            raise _malformed("序号与前一条的摘要不相配")
        if self.previous and not _SHA256.fullmatch(self.previous):
            raise _malformed("前一条的摘要写法不对")
        if not _SHA256.fullmatch(self.body) or self.sent_at.tzinfo is None:
            raise _malformed("正文摘要或发送时间写法不对")
        _require_size(self.size, self.files)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receiver signs: that it holds the message of that digest since ``received_at`` as its ``position``-th, or
    that it does not take it, with the code and words of why. ``message`` and ``digest`` are those of the envelope."""

    message: UUID
    digest: str
    sender: str
    receiver: str
    received_at: datetime
    position: int
    refused: str = ""
    words: str = ""

    @property
    def taken(self) -> bool:
        """Whether the receiver holds the message."""
        return not self.refused

    def answers(self, digest: str, envelope: Envelope) -> bool:
        """Whether it is about this very message, from the one whom it was sent to."""
        same = (self.message, self.digest) == (envelope.id, digest)
        return same and (self.sender, self.receiver) == (envelope.sender, envelope.receiver)


@dataclass(frozen=True, slots=True)
class Held:
    """What the receiver holds of the same conversation and sender. ``same``: digest of the held message of the same id,
    ``""`` for none; ``place``: digest of the one at the same sequence; ``before`` and ``after``: the digest of the one
    before it, and what the one after it says its predecessor's digest is (``""``: not here yet)."""

    same: str = ""
    place: str = ""
    before: str = ""
    after: str = ""


def judge(envelope: Envelope, digest: str, held: Held, *, us: str, at: datetime) -> bool:
    """Whether the message is new (``True``) or the very one that is held (``False``: its receipt is given again).
    Raises ``Refused`` with a code of :class:`Fault`."""
    if envelope.receiver != us:
        raise refusal(Fault.WRONG_RECEIVER, f"消息是给 {envelope.receiver} 的，本方是 {us}")
    if held.same:
        if held.same != digest:
            raise refusal(Fault.MESSAGE_CHANGED, f"编号 {envelope.id} 的消息早已收到，内容与这一条不同")
        return False
    if held.place:
        raise refusal(
            Fault.SEQUENCE_TAKEN, f"会话 {envelope.conversation} 的第 {envelope.sequence} 条早已收到，是另一条消息"
        )
    if envelope.sent_at > at + CLOCKS_APART:
        raise refusal(Fault.CLOCK_AHEAD, "发送时间比本方时钟晚五分钟以上，请双方校准时钟，将再次尝试")
    if (held.before and held.before != envelope.previous) or (held.after and held.after != digest):
        raise refusal(Fault.CHAIN_BROKEN, f"会话 {envelope.conversation} 的第 {envelope.sequence} 条与相邻的消息接不上")
    return True


def next_to_act_on(acted: int, here: Collection[int]) -> int | None:
    """The sequence that is to be acted upon next: the one after those that were, once it has come.

    >>> next_to_act_on(2, {4, 5}), next_to_act_on(2, {3, 5})
    (None, 3)
    """
    return acted + 1 if acted + 1 in here else None


def next_try(failures: int, at: datetime) -> datetime:
    """When to try again after so many failures in a row: after 1, 2, 5, 15, then every 30 minutes."""
    return at + _PAUSES[min(failures, len(_PAUSES)) - 1]


def refusal(fault: Fault, words: str = "") -> Refused:
    """The refusal with its code; a sentence where nothing more is known."""
    return Refused(fault.value, f"{words or fault.label}。")


def require_member(code: str) -> str:
    """``code``, which is one of a member: small letters, digits, single hyphens; ``Refused`` (message_malformed)."""
    if not _MEMBER.fullmatch(code) or not 2 <= len(code) <= 40:
        raise _malformed(f"参与方代码“{code[:40]}”应为小写字母、数字和连字符，2 到 40 位，例如 gjj-341800")
    return code


def require_purpose(purpose: str) -> str:
    """``purpose``, spelt right; ``Misuse`` (purpose_malformed) otherwise."""
    if not _PURPOSE.fullmatch(purpose):
        raise Misuse("purpose_malformed", f"用途“{purpose[:60]}”应写作 case.forwarded 这样的两到四段。")
    return purpose


def _require_size(body: int, files: tuple[Attachment, ...]) -> None:
    if not 0 <= body <= MOST_BODY:
        raise refusal(Fault.TOO_LARGE, f"正文最多 {MOST_BODY // 2**10} KB，其余请作为附件")
    if len(files) > MOST_FILES or body + sum(one.size for one in files) > MOST_CONTENT:
        told = f"一条消息最多 {MOST_FILES} 个附件，连同正文 {MOST_CONTENT // 2**20} MB；请分几条发送"
        raise refusal(Fault.TOO_LARGE, told)


def _malformed(words: str) -> Refused:
    return refusal(Fault.MALFORMED, f"消息格式不对：{words}")
