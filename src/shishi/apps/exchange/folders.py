"""Taking up what somebody carried here in a folder, and laying our receipts down beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shishi.adapters.exchange.folder import RECEIPT, Found, found, lay_down, taken_up
from shishi.adapters.exchange.parcels import MOST_BYTES
from shishi.adapters.signing.jose import most_sealed
from shishi.apps.accounts.models import Person
from shishi.apps.exchange.handling import act_on
from shishi.apps.exchange.models import InMessage
from shishi.apps.exchange.own_keys import require_operator, signer
from shishi.apps.exchange.receiving import receive
from shishi.apps.exchange.sending import take_receipt
from shishi.core.errors import Refused
from shishi.core.exchange import Fault, refusal


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What one run over a folder did: messages held since now, held before, refused for good (with a signed refusal for
    the sender), receipts kept; and what was left lying, as (file, code, why)."""

    new: int = 0
    again: int = 0
    refused: int = 0
    receipts: int = 0
    left: tuple[tuple[str, str, str], ...] = ()


def receive_folder(folder: Path, *, by: Person, at: datetime) -> TakenUp:
    """Hold every message there that is for us, act on it, and lay the receipt down for its sender. A file goes once its
    receipt lies there; what cannot be taken stays, with the reason in the answer. ``Misuse``: folder_missing,
    exchange_no_identity, out_of_reach; ``Unreachable`` where no receipt can be written."""
    require_operator(by, at)
    us = signer().code
    counts = {"new": 0, "again": 0, "refused": 0, "receipts": 0}
    left: dict[Path, Refused] = {}
    while True:
        before = len(left), counts["new"] + counts["receipts"]
        left = {}
        for one in found(folder, us, most_sealed(MOST_BYTES)):
            try:
                counts[_take(folder, one, at)] += 1
            except Refused as wrong:
                left[one.path] = wrong
        # What named a key that another file told of is taken at the next look.
        if not left or (len(left), counts["new"] + counts["receipts"]) == before:
            break
    told = tuple((path.name, wrong.code, wrong.message) for path, wrong in left.items())
    return TakenUp(**counts, left=told)


def _take(folder: Path, one: Found, at: datetime) -> str:
    if one.content is None:
        raise refusal(Fault.TOO_LARGE, "文件太大，或不是普通文件，没有读取")
    if one.kind == RECEIPT:
        try:
            take_receipt(one.content.decode("ascii"), at)
        except UnicodeDecodeError as wrong:
            raise refusal(Fault.MALFORMED) from wrong
        taken_up(one.path)
        return "receipts"
    answer = receive(one.content, at)
    if answer.passing:
        raise Refused("not_yet", "现在还不能收，稍后再收一次：对方的时钟或公钥有待核对。")
    lay_down(folder, answer.envelope.sender, answer.envelope.id, RECEIPT, answer.receipt.encode())
    taken_up(one.path)
    if answer.new:
        act_on(InMessage.objects.get(uuid=answer.envelope.id), at)
    if not answer.taken:
        return "refused"
    return "new" if answer.new else "again"
