"""Checking a proof without any store: with the public keys that go with it, and those that the asker holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shishi.adapters.exchange.parcels import BODY, FILES, MESSAGE, MOST_BYTES, unzipped
from shishi.adapters.signing.base import Card
from shishi.adapters.signing.jose import MESSAGE as MESSAGE_KIND
from shishi.adapters.signing.jose import RECEIPT as RECEIPT_KIND
from shishi.adapters.signing.jose import checked, read_card
from shishi.apps.audit.proofs import link_of
from shishi.core.errors import Refused, ShishiError
from shishi.core.exchange import MOST_FILES, Envelope, Receipt
from shishi.core.exchange_texts import read_envelope, read_receipt, sha256

RECEIPT, SENDER, RECEIVER, AUDIT, READ = "receipt.jws", "sender.json", "receiver.json", "audit.json", "说明.txt"
MOST = MOST_BYTES + 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``holds`` is ``None`` where the bundle has nothing to look at."""

    code: str
    holds: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof proves. ``pinned``: both sides' keys are ones that the asker brought along; otherwise the
    fingerprints have to be compared with what each side says of itself."""

    envelope: Envelope
    receipt: Receipt | None
    sender: Card
    receiver: Card
    pinned: bool
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing that is there is wrong."""
        return all(check.holds is not False for check in self.checks)


def check_bundle(content: bytes, cards: Sequence[Card] = ()) -> Checked:
    """Look at everything in a bundle. ``cards``: what the asker knows of the two sides. ``Refused``
    (message_malformed, message_too_large, card_malformed) for what is no bundle."""
    held = unzipped(content, MOST, MOST_FILES + 8)
    if not {MESSAGE, SENDER, RECEIVER, AUDIT} <= set(held):
        raise Refused("bundle_incomplete", "这不是完整的证明包。请让出具方用 shishi exchange prove 重新生成。")
    sender, receiver = read_card(held[SENDER]), read_card(held[RECEIVER])
    text, signature = _signed(held[MESSAGE], MESSAGE_KIND, sender, "signature")
    envelope = read_envelope(text)
    receipt, receipted = _receipted(held.get(RECEIPT), receiver, envelope, sha256(text))
    sides = (envelope.sender, envelope.receiver) == (sender.code, receiver.code)
    told = "名片是收发双方的" if sides else "名片不是这条消息收发双方的"
    checks = (
        signature,
        Check("sides", sides, told),
        *_contents(held, envelope),
        receipted,
        *_audited(held[AUDIT], envelope, sha256(text)),
        *_known(cards, (sender, receiver)),
    )
    pinned = {card.keys.kid for card in cards} >= {sender.keys.kid, receiver.keys.kid}
    return Checked(envelope, receipt, sender, receiver, pinned, checks)


def _signed(signed: bytes, kind: str, card: Card, code: str) -> tuple[bytes, Check]:
    """The payload and whether the signature holds. ``Refused`` where there is no payload to speak of."""
    from shishi.adapters.signing.jose import signed_by

    _, text = signed_by(signed, kind)
    try:
        checked(signed, kind, card.keys)
    except Refused:
        return text, Check(code, False, f"签名与 {card.code} 的公钥不符")
    return text, Check(code, True, f"由 {card.code} 签名")


def _receipted(signed: bytes | None, card: Card, envelope: Envelope, digest: str) -> tuple[Receipt | None, Check]:
    if signed is None:
        return None, Check("receipt", None, "没有回执：只能证明发送方说过，不能证明对方收到")
    text, check = _signed(signed, RECEIPT_KIND, card, "receipt")
    receipt = read_receipt(text)
    if not receipt.answers(digest, envelope):
        return receipt, Check("receipt", False, "回执说的不是这条消息")
    return receipt, check


def _contents(held: dict[str, bytes], envelope: Envelope) -> Iterable[Check]:
    body = held.get(BODY)
    if body is None:
        yield Check("body", None, "证明包不含正文；另行取得的正文可按摘要核对")
    else:
        same = sha256(body) == envelope.body and len(body) == envelope.size
        yield Check("body", same, "正文与签名的摘要相符" if same else "正文被改动过")
    for one in envelope.files:
        content = held.get(f"{FILES}{one.sha256}")
        if content is not None:
            same = sha256(content) == one.sha256 and len(content) == one.size
            yield Check("file", same, f"附件“{one.name}”{'与签名的摘要相符' if same else '被改动过'}")


def _audited(text: bytes, envelope: Envelope, digest: str) -> Iterable[Check]:
    try:
        event = json.loads(text)["event"]
        same = event["hash"] == link_of(event) and event["digest"] == digest
        about = event["subject"] in (f"exchange.sent:{envelope.id}", f"exchange.received:{envelope.id}")
        words = f"审计链 {event['day']} 第 {event['position']} 条，哈希 {str(event['hash'])[:16]}"
    except (ValueError, KeyError, TypeError, RecursionError, ShishiError):
        yield Check("audit", False, "审计事件读不出来")
        return
    yield Check("audit", same and about, words if same and about else "审计事件与消息不符")


def _known(cards: Sequence[Card], sides: tuple[Card, Card]) -> Iterable[Check]:
    """Where the asker brought a card of that code, it must be of the same keys."""
    for side in sides:
        mine = [card for card in cards if card.code == side.code]
        if mine:
            same = any(card.keys.kid == side.keys.kid for card in mine)
            yield Check(
                "card", same, f"{side.code} 的公钥{'与' if same else '不是'}您手中的名片{'相符' if same else '上的'}"
            )
