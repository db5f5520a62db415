"""Proofs 证明: who sent what when and that it was received, in one file that a third party checks with public keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shishi.adapters.exchange.parcels import BODY, FILES, MESSAGE, zipped
from shishi.adapters.signing.base import Card
from shishi.adapters.signing.jose import MESSAGE as MESSAGE_KIND
from shishi.adapters.signing.jose import RECEIPT as RECEIPT_KIND
from shishi.adapters.signing.jose import card_text, signed_by
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may
from shishi.apps.audit.proofs import event_document
from shishi.apps.audit.services import record
from shishi.apps.exchange.checking import AUDIT, READ, RECEIPT, RECEIVER, SENDER
from shishi.apps.exchange.models import InMessage, OutMessage, PeerKey
from shishi.apps.exchange.own_keys import keys_of, signer
from shishi.apps.exchange.writing import body_context
from shishi.apps.files.services import content_of, key_ring
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.core.exchange import Envelope
from shishi.core.exchange_texts import read_envelope, read_receipt

TOLD = """这是一份数据交换证明包（ZIP，内容不压缩）。

message.jws   发送方签名的信封（JWS，Ed25519）：编号、会话、收发双方、序号、时间、用途、正文和附件的 SHA-256
body, files/  正文和附件的原件（出具时没有选“不含内容”才有）
receipt.jws   接收方签名的回执（对方已收才有）
sender.json, receiver.json   双方的公钥（JWK）；请按指纹向双方核对
audit.json    出具方审计链上的那一条，以及覆盖它的日根

核对：shishi exchange verify 本文件 [--card 您手中的名片]。不需要任何库；其他能核对 JWS 的程序也可以。
"""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a proof is made of."""

    row: OutMessage | InMessage
    receipt: str
    subject: str


@transaction.atomic
def prove(message: str, *, contents: bool, by: Person, at: datetime) -> bytes:
    """The bundle about a message that we sent or hold. With ``contents`` its body and files go along; without, their
    digests alone. That it was made is on the trail. ``Misuse``: unknown_message, out_of_reach."""
    on = day_of(at)
    if not any(may(by, action, COUNTRY, "", on) for action in (Action.OPERATE, Action.READ_AUDIT)):
        raise Misuse("out_of_reach", f"{by} 不能出具交换证明。请由系统管理员或审计管理员办理。")
    told = _told(message)
    kid, text = signed_by(told.row.signed, MESSAGE_KIND)
    envelope = read_envelope(text)
    held = {
        READ: TOLD.encode(),
        MESSAGE: told.row.signed.encode(),
        **(_contents(told.row, envelope) if contents else {}),
        **({RECEIPT: told.receipt.encode()} if told.receipt else {}),
        SENDER: card_text(_card(envelope.sender, kid)).encode(),
        RECEIVER: card_text(_receivers_card(envelope, told.receipt)).encode(),
        AUDIT: json.dumps(event_document(told.subject), ensure_ascii=False, sort_keys=True).encode(),
    }
    subject, detail = f"exchange.proof:{told.row.uuid}", {"contents": contents}
    record(at=at, person=by.username, body=body_of(by, on), action="exchange.prove", subject=subject, detail=detail)
    return zipped(held)


def _told(message: str) -> _Told:
    try:
        if sent := OutMessage.objects.filter(uuid=message).first():
            taken = sent.receipts.filter(refused="").first()
            return _Told(sent, taken.signed if taken else "", f"exchange.sent:{sent.uuid}")
        if held := InMessage.objects.filter(uuid=message).first():
            return _Told(held, held.receipt, f"exchange.received:{held.uuid}")
    except ValueError:
        pass  # no id at all: as unknown as another
    told = f"没有编号“{message[:40]}”的消息。用 shishi exchange outbox 或 inbox 查看。"
    raise Misuse("unknown_message", told)


def _contents(row: OutMessage | InMessage, envelope: Envelope) -> dict[str, bytes]:
    body = key_ring().decrypt(bytes(row.body), body_context(row.uuid))
    return {BODY: body, **{f"{FILES}{one.sha256}": content_of(one.sha256) for one in envelope.files}}


def _receivers_card(envelope: Envelope, receipt: str) -> Card:
    """The keys that signed the receipt; without one, those that the message was for."""
    if receipt:
        kid, text = signed_by(receipt, RECEIPT_KIND)
        return _card(read_receipt(text).receiver, kid)
    last = PeerKey.objects.filter(peer__code=envelope.receiver).order_by("-pk").first()
    return _card(envelope.receiver, last.kid) if last else signer().card


def _card(code: str, kid: str) -> Card:
    key = PeerKey.objects.select_related("peer").get(peer__code=code, kid=kid)
    return Card(code, key.peer.title, keys_of(key), key.starts)
