"""Versions of a guide 办事指南的版本: an item is a row of the ledger, so what its guide said on any day can be read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.hall.catalogue import ServiceItem
from shishi.apps.ledger.selectors import history
from shishi.core.ledger import RevisionKind


@dataclass(frozen=True, slots=True)
class GuideVersion:
    """One version: ``number`` from 1, the day from which it holds, when it was recorded. ``voided``: it was an error
    and holds for no day; ``withdrawn``: with it the guide was taken back."""

    number: int
    effective_on: date
    recorded_at: datetime
    voided: bool
    withdrawn: bool


def versions_of(item: ServiceItem) -> tuple[GuideVersion, ...]:
    """Every version of an item's guide, the oldest first."""
    rows = history([item.entry])[item.entry]
    voided = {row.voids for row in rows if row.kind == RevisionKind.VOIDED}
    told = [row for row in rows if row.kind != RevisionKind.VOIDED]
    return tuple(
        GuideVersion(
            number,
            row.effective_on,
            row.recorded_at,
            voided=row.sequence in voided,
            withdrawn=row.kind == RevisionKind.WITHDRAWN,
        )
        for number, row in enumerate(told, start=1)
    )
