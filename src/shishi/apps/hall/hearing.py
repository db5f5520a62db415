"""What programs may hear of the catalogue 事项目录: that a hand-in changed it. A catalogue is everybody's, so every program
hears of it; of other tables nothing is told here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.hall.catalogue import is_catalogue
from shishi.apps.ledger.selectors import batch_of
from shishi.core.errors import Misuse


def heard(person: Person, subject: str, at: datetime) -> Mapping[str, object] | None:
    """Of ``ledger.batch:<id>`` that changed a table of a catalogue; ``None`` for anything else."""
    kind, _, identifier = subject.partition(":")
    if kind != "ledger.batch":
        return None
    try:
        batch = batch_of(identifier)
    except Misuse:
        return None
    changed = batch.posted + batch.revised + batch.withdrawn
    if not changed or not is_catalogue(batch.table):
        return None
    return {
        "table": batch.table,
        "as_of": batch.as_of.isoformat(),
        "posted": batch.posted,
        "revised": batch.revised,
        "withdrawn": batch.withdrawn,
    }
