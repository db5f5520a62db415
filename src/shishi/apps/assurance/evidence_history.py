"""Digests of evidence, for the trail to answer for it: what was stored can be recomputed and compared."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.apps.assurance.models import EvidenceRow, EvidenceWithdrawal
from shishi.apps.audit import chain

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


def digest_of_withdrawal(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when it is gone."""
    row = EvidenceWithdrawal.objects.filter(pk=int(identifier)).first()
    return digest_of_withdrawing(row) if row else None


def withdrawal_identifiers() -> Iterator[str]:
    """Every withdrawal, for the audit."""
    return map(str, EvidenceWithdrawal.objects.order_by("pk").values_list("pk", flat=True).iterator())
