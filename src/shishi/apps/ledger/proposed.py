"""Reading proposals 送审: who may see which, what each would change, and their digests for the trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.audit import chain
from shishi.apps.files.services import content_of
from shishi.apps.ledger.differences import Difference
from shishi.apps.ledger.models import Proposal as Proposal  # pages name the type
from shishi.apps.ledger.models import ProposedDivision
from shishi.apps.ledger.selectors import within_reach
from shishi.core.calendars import day_of
from shishi.core.cell_changes import shown_row
from shishi.core.errors import Misuse
from shishi.core.programmes import Programme
from shishi.core.provenance import Door
from shishi.core.tables import Table


def proposals(
    person: Person,
    programme: Programme,
    table: Table,
    *,
    state: str = "",
    offset: int = 0,
    limit: int = 50,
    at: datetime,
) -> tuple[Proposal, ...]:
    """Proposals of a table that lie wholly within the person's reach, and their own; newest first, paged."""
    found = Proposal.objects.filter(_visible(person, programme.name, at), table=table.name)
    found = found.filter(state=state) if state else found
    return tuple(found.order_by("-proposed_at", "pk")[offset : offset + limit])


def proposal_of(identifier: str, person: Person, at: datetime) -> Proposal:
    """The proposal of that id. ``Misuse`` (unknown_proposal) also when it lies beyond the person's reach."""
    try:
        found = Proposal.objects.filter(pk=UUID(identifier)).first()
    except ValueError:
        found = None
    if found is not None:
        visible = _visible(person, found.table.rpartition("/")[0], at)
        found = Proposal.objects.filter(visible, pk=found.pk).first()
    if found is None:
        raise Misuse("unknown_proposal", f"没有送审“{identifier}”。用 shishi ledger proposals list 台账 查看。")
    return found


def _visible(person: Person, programme: str, at: datetime) -> Q:
    """Within reach as a whole: a diff shows the rows of every division that it touches."""
    inside = within_reach(person, programme, day_of(at))
    beyond = ProposedDivision.objects.exclude(inside).values("proposal")
    some = ProposedDivision.objects.filter(inside).values("proposal")
    return Q(person=person.username) | (Q(pk__in=some) & ~Q(pk__in=beyond))


def touched(proposal: Proposal) -> tuple[str, ...]:
    """The divisions (significant codes) whose rows it would change."""
    return tuple(proposal.divisions.order_by("division").values_list("division", flat=True))


def difference_of(proposal: Proposal) -> Difference:
    """The cell changes as they were shown when it was proposed."""
    told = json.loads(content_of(proposal.shown))
    return Difference(tuple(shown_row(row) for row in told["rows"]), tuple(told["kept"]))


def digest_of_proposal(identifier: str) -> str | None:
    """Over what was proposed, by whom and when; ``None`` when it is gone."""
    found = Proposal.objects.filter(pk=UUID(identifier)).first()
    return chain.digest(facts_of(found)) if found else None


def facts_of(proposal: Proposal) -> list[object]:
    """What never changes of a proposal."""
    typed_in = [proposal.door] if proposal.door != Door.WORKBOOK else []
    explained = [proposal.explained] if proposal.explained else []
    return [
        *typed_in,
        *explained,
        *(str(proposal.pk), proposal.table, proposal.as_of.isoformat(), str(proposal.mode), proposal.division),
        *(proposal.corrected, proposal.file_name, proposal.sha256, proposal.digest, proposal.shown, proposal.person),
        sorted(proposal.divisions.values_list("division", flat=True)),
    ]


def digest_of_decision(identifier: str) -> str | None:
    """Over what became of a proposal, by whom and why; ``None`` when it is gone or still open."""
    found = Proposal.objects.filter(pk=UUID(identifier)).exclude(state="open").first()
    return chain.digest(decision_of(found)) if found else None


def decision_of(proposal: Proposal) -> list[object]:
    """What was decided."""
    batch = str(proposal.batch_id) if proposal.batch_id else None
    return [str(proposal.pk), proposal.state, proposal.decided_by, proposal.reason, proposal.faults, batch]


def proposal_identifiers() -> Iterator[str]:
    """The id of every proposal, for the audit."""
    return map(str, Proposal.objects.values_list("pk", flat=True).iterator())


def decided_identifiers() -> Iterator[str]:
    """The id of every proposal that was decided on, for the audit."""
    return map(str, Proposal.objects.exclude(state="open").values_list("pk", flat=True).iterator())
