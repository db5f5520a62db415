"""Digests of evidence, for the trail to answer for it: what was stored can be recomputed and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, require
from shishi.apps.assurance.models import EvidenceRow, EvidenceWithdrawal
from shishi.apps.audit import chain
from shishi.apps.files.services import content_of
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

_FACTS = (
    *("sequence", "table", "group", "kind", "side", "caption", "file_name", "media", "size", "width", "height"),
    *("original", "view", "thumb", "code", "level", "reasons", "distance", "claim", "metadata", "hints", "person"),
)


def digest_of(row: EvidenceRow) -> str:
    """SHA-256 over everything that is known of it, its file by its own hash, and when it was told and came."""
    ticket = row.ticket
    capture = getattr(ticket, "capture", None) if ticket else None
    told = {
        **{name: _plain(getattr(row, name)) for name in _FACTS},
        "entry": str(row.entry),
        "recorded_at": row.recorded_at.isoformat(timespec="microseconds"),
        "reaffirms": row.reaffirms_id,
        "ticket": str(ticket.id) if ticket else None,
        "issued_at": ticket.issued_at.isoformat(timespec="microseconds") if ticket else None,
        "told_at": capture.told_at.isoformat(timespec="microseconds") if capture else None,
    }
    return chain.digest(told)


def _plain(value: object) -> object:
    """As it comes back from the store."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def digest_of_withdrawing(row: EvidenceWithdrawal) -> str:
    """SHA-256 over what was withdrawn, why, by whom and when."""
    return chain.digest([row.evidence_id, row.reason, row.person, row.at.isoformat(timespec="microseconds")])


def digest_of_evidence(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone."""
    row = EvidenceRow.objects.filter(pk=int(identifier)).select_related("ticket__capture").first()
    return digest_of(row) if row else None


def evidence_identifiers() -> Iterator[str]:
    """Every piece of evidence, for the audit."""
    return map(str, EvidenceRow.objects.order_by("pk").values_list("pk", flat=True).iterator())


@dataclass(frozen=True, slots=True)
class Checked:
    """How many originals were looked at, and those that are gone or changed: evidence and code."""

    many: int
    broken: tuple[tuple[int, str], ...]


def verify_originals(person: Person, *, at: datetime, progress: Callable[[int, int], None] | None = None) -> Checked:
    """Read every original again and compare it with its hash; for who may run or audit the store (``Misuse``,
    out_of_reach)."""
    on = day_of(at)
    if not may(person, Action.READ_AUDIT, COUNTRY, "", on):
        require(person, Action.OPERATE, COUNTRY, "", on)
    rows = list(EvidenceRow.objects.order_by("pk").values_list("pk", "original"))
    known: dict[str, str] = {}
    for at_row, (_, sha256) in enumerate(rows):
        if sha256 not in known:
            known[sha256] = _fault_of(sha256)
        if progress:
            progress(at_row + 1, len(rows))
    return Checked(len(known), tuple((number, known[sha256]) for number, sha256 in rows if known[sha256]))


def _fault_of(sha256: str) -> str:
    try:
        content = content_of(sha256)
    except Refused as refused:
        return refused.code
    return "" if hashlib.sha256(content).hexdigest() == sha256 else "hash_differs"


def digest_of_withdrawal(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone."""
    row = EvidenceWithdrawal.objects.filter(pk=int(identifier)).first()
    return digest_of_withdrawing(row) if row else None


def withdrawal_identifiers() -> Iterator[str]:
    """Every withdrawal, for the audit."""
    return map(str, EvidenceWithdrawal.objects.order_by("pk").values_list("pk", flat=True).iterator())
