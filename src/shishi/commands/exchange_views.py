"""The exchange as the command line shows it: documents for programs, lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Outcome
from shishi.commands.notice_views import iso
from shishi.core.calendars import SHANGHAI

if TYPE_CHECKING:
    from shishi.adapters.signing.base import Card
    from shishi.apps.cases.both_sides import BothSides
    from shishi.apps.exchange.checking import Checked
    from shishi.apps.exchange.selectors import MessageView, PeerView, ReceiptView

_HOLDS = {True: "✓", False: "✗", None: "–"}


def card_lines(card: Card, output: Path | None) -> list[str]:
    """Who we are, and what to do with it."""
    told = f"名片已写到 {output}。" if output else "用 -o 文件 导出名片。"
    return [
        f"{card.code}　{card.title}",
        f"公钥指纹：{card.keys.fingerprint}",
        f"{told}名片交给对方登记；指纹另用电话或公函告知。",
    ]


def peer_document(view: PeerView) -> dict[str, object]:
    """A peer for programs."""
    return {
        "code": view.code,
        "title": view.title,
        "address": view.address,
        "fingerprint": view.fingerprint,
        "ended_at": iso(view.ended_at),
        "heard_at": iso(view.heard_at),
        "silent": view.silent,
        "silent_since": iso(view.silent_since),
        "failures": view.failures,
        "error": view.last_error,
        "waiting": view.waiting,
    }


def peer_line(view: PeerView) -> str:
    """A peer for people."""
    heard = f"上次联系 {_moment(view.heard_at)}" if view.heard_at else "还没有联系过"
    state = "已停止" if view.ended_at else heard
    if view.silent_since and not view.ended_at:
        state = f"{_moment(view.silent_since)} 起连不上（{view.failures} 次）：{view.last_error}"
    waiting = f"　待发 {view.waiting} 条" if view.waiting else ""
    return f"{view.code}　{view.title}　{view.address}　{state}{waiting}\n　　指纹 {view.fingerprint}"


def messages(found: Sequence[MessageView], none: str) -> Outcome:
    """A page of messages."""
    return Outcome([_message(view) for view in found], [_message_line(view) for view in found] or [none])


def _message(view: MessageView) -> dict[str, object]:
    return {
        "id": view.id,
        "peer": view.peer,
        "conversation": view.conversation,
        "sequence": view.sequence,
        "purpose": view.purpose,
        "digest": view.digest,
        "at": iso(view.at),
        "person": view.person,
        "state": view.state,
        "failures": view.failures,
        "error": view.error,
        "words": view.words,
        "position": view.position,
        "receipted_at": iso(view.receipted_at),
        "stuck": view.stuck,
    }


def _message_line(view: MessageView) -> str:
    why = f"　{view.error}" if view.error else (f"　{view.words}" if view.words else "")
    place = f"{view.conversation} 第 {view.sequence} 条"
    return f"{view.id}　{_moment(view.at)}　{view.peer}　{view.purpose}　{place}　{view.label}{why}"


def both_sides_told(found: BothSides) -> Outcome:
    """A case of two bodies."""
    legs = [
        {
            "title": leg.title,
            "started_at": iso(leg.started_at),
            "ended_at": iso(leg.ended_at),
            "working_days": leg.days,
        }
        for leg in found.legs
    ]
    document = {
        "number": found.number,
        "side": found.side,
        "peer": found.peer,
        "theirs": found.theirs or None,
        "legs": legs,
        "messages": [_message(view) for view in found.messages],
    }
    lines = [
        f"{found.number}　本方是{found.side}　对方 {found.peer_title}（{found.peer}）　对方编号 {found.theirs or '还没有'}"
    ]
    for leg in found.legs:
        span = f"{_moment(leg.started_at) or '对方的时间'} — {_moment(leg.ended_at) or '还没有'}"
        lines.append(f"{leg.title}　{span}{f'　{leg.days} 个工作日' if leg.days is not None else ''}")
    return Outcome(document, [*lines, *(_message_line(view) for view in found.messages)])


def receipt_document(view: ReceiptView) -> dict[str, object]:
    """A receipt for programs, with what was signed."""
    return {
        "message": view.message,
        "peer": view.peer,
        "given": view.given,
        "position": view.position,
        "refused": view.refused,
        "received_at": iso(view.received_at),
        "signed": view.signed,
    }


def receipt_line(view: ReceiptView) -> str:
    """A receipt for people."""
    who = "本方签给" if view.given else "对方签来"
    what = f"拒收（{view.refused}）" if view.refused else f"已收，第 {view.position} 号"
    return f"{view.message}　{who}　{view.peer}　{_moment(view.received_at)}　{what}"


def proof_document(found: Checked) -> dict[str, object]:
    """What a proof proves, for programs."""
    said, receipt = found.envelope, found.receipt
    return {
        "status": "holds" if found.holds else "broken",
        "keys": "pinned" if found.pinned else "compare_fingerprints",
        "message": str(said.id),
        "conversation": said.conversation,
        "sequence": said.sequence,
        "purpose": said.purpose,
        "sender": {"code": said.sender, "fingerprint": found.sender.keys.fingerprint},
        "receiver": {"code": said.receiver, "fingerprint": found.receiver.keys.fingerprint},
        "sent_at": iso(said.sent_at),
        "received_at": iso(receipt.received_at) if receipt else None,
        "refused": receipt.refused if receipt else None,
        "body": said.body,
        "files": [{"name": one.name, "sha256": one.sha256} for one in said.files],
        "checks": [{"code": one.code, "holds": one.holds, "words": one.words} for one in found.checks],
    }


def proof_lines(found: Checked) -> list[str]:
    """What a proof proves, for people."""
    said, receipt = found.envelope, found.receipt
    place = f"{said.conversation} 第 {said.sequence} 条"
    lines = [f"{said.sender} 于 {_moment(said.sent_at)} 发给 {said.receiver}：{said.purpose}（{place}）"]
    if receipt:
        what = f"拒收：{receipt.words}" if receipt.refused else f"收下，编为第 {receipt.position} 号"
        lines.append(f"{receipt.receiver} 于 {_moment(receipt.received_at)} {what}")
    lines += [f"{_HOLDS[one.holds]} {one.words}" for one in found.checks]
    if not found.pinned:
        lines.append("公钥取自证明包本身，请向双方核对指纹（或用 --card 给出您手中的名片）：")
        lines += [f"　{card.code}　{card.keys.fingerprint}" for card in (found.sender, found.receiver)]
    lines.append("证明成立。" if found.holds else "证明不成立：有核对不符的地方。")
    return lines


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if moment else ""
