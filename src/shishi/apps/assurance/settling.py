"""The state *evidenced* follows from evidence: given when all is there that the pack asks, taken back when it is not.

A revision of the group drops the state by itself (``core.assurance.Mark``); what is taken back here is what evidence
alone had given. A state that a person gave is theirs.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.assurance.evidence_rows import core_evidence, evidence_on, proof_in
from shishi.apps.assurance.models import MarkRow
from shishi.apps.assurance.services import write_marks
from shishi.apps.ledger.selectors import live, revision_of
from shishi.apps.programmes.selectors import lineage
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.tables import Table

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.ledger.models import RevisionRow

WHOLE = "佐证齐全"
SHORT = "佐证不再齐全"


def settle(table: Table, entries: Collection[UUID], *, by: Person, at: datetime) -> int:
    """Give and take back the state of the rows' groups, in the caller's transaction; how many marks were written."""
    if not table.evidence:
        return 0
    on = day_of(at)
    rows = list(live(table.name, on, entries=list(entries)))
    held = evidence_on([row.entry for row in rows])
    written = 0
    for plan in table.evidence:
        last = _last_marks(table, plan.group, [row.entry for row in rows])
        given: list[RevisionRow] = []
        taken: list[RevisionRow] = []
        for row in rows:
            values = revision_of(row, table).values
            evidence = [core_evidence(item) for item in held[row.entry]]
            whole = proof_in(table, row.settled, values, plan.group, evidence, on).whole
            mark = last.get(row.entry)
            standing = mark if mark and mark.sequence > row.settled.get(plan.group, 0) else None
            state = Basis(standing.state) if standing else Basis.REPORTED
            if whole and state is Basis.REPORTED:
                given.append(row)
            elif not whole and standing and state is Basis.EVIDENCED and standing.note == WHOLE:
                taken.append(row)
        for state, note, chosen in ((Basis.EVIDENCED, WHOLE, given), (Basis.REPORTED, SHORT, taken)):
            if chosen:
                written += write_marks(table, plan.group, state, chosen, effective_on=on, note=note, by=by, at=at)
    return written


def _last_marks(table: Table, group: str, entries: Collection[UUID]) -> dict[UUID, MarkRow]:
    marks = MarkRow.objects.filter(table__in=lineage(table.name), group=group, entry__in=list(entries))
    return {mark.entry: mark for mark in marks.order_by("effective_on", "sequence")}
