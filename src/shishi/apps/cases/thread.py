"""The thread 办件记录 of a case: its lines, each with a digest that stands on the line before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shishi.apps.audit.chain import digest, digest_of_all, moment_text
from shishi.apps.cases.models import CaseRow, CaseStep
from shishi.apps.ledger.sealing import chained_document
from shishi.core.case_states import CaseAction, CaseState
from shishi.core.cases import Moved, Standing, retrace


def digest_of_step(step: CaseStep, case: str, previous: str) -> str:
    """SHA-256 over a line and the digest of the line before it. Sealed facts count by their digests, so that a value
    may be erased after its retention and the thread stays."""
    place: list[object] = [previous, case, step.position, step.action, step.person, moment_text(step.at)]
    said: list[object] = [step.text, step.seen_by, step.element, step.token, step.outcome, list(step.items)]
    return digest([*place, *said, dict(chained_document(step.facts)), step.told])


def moved_of(step: CaseStep) -> Moved:
    """A stored line as the core reads it."""
    return Moved(CaseAction(step.action), step.person, step.at, step.text, tuple(step.items))


def standing_of(row: CaseRow) -> Standing:
    """Where the case stands, as it is kept beside its thread."""
    kept = row.standing
    stopped = tuple(CaseState(state) for state in kept.get("stopped", ()))
    asked = frozenset(kept.get("asked", ()))
    return Standing(CaseState(row.state), stopped, asked, bool(kept.get("accepted")), int(kept.get("rounds", 0)))


def kept_standing(standing: Standing) -> dict[str, object]:
    """What of a standing its state alone does not tell."""
    return {
        "stopped": [state.value for state in standing.stopped],
        "asked": sorted(standing.asked),
        "accepted": standing.accepted,
        "rounds": standing.rounds,
    }


def replayed(row: CaseRow) -> Standing:
    """Where the case stands by its thread alone."""
    return retrace(moved_of(step) for step in row.steps.order_by("position"))


def recomputed_step_digest(subject: str) -> str | None:
    """For the audit: the digest of the line ``uuid/position`` from everything that stands before it
    now; ``None`` when a line is missing."""
    uuid, _, position = subject.partition("/")
    steps = CaseStep.objects.filter(case__uuid=uuid, position__lte=int(position)).order_by("position")
    found, last = "", 0
    for step in steps:
        if step.position != last + 1:
            return None
        found, last = digest_of_step(step, uuid, found), step.position
    return found if last == int(position) else None


def step_identifiers() -> Iterator[str]:
    """For the audit: the newest line of every case, which stands on all lines before it, must have its event; those
    written in a batch have the event of the batch."""
    newest = CaseRow.objects.filter(steps_count__gt=0).exclude(pk__in=_ended_in_batches())
    for uuid, count in newest.order_by("pk").values_list("uuid", "steps_count").iterator():
        yield f"{uuid}/{count}"


def _ended_in_batches() -> Iterable[int]:
    from django.db.models import F

    found = CaseStep.objects.exclude(batch="").filter(position=F("case__steps_count"))
    return found.values_list("case_id", flat=True)


def recomputed_batch_digest(batch: str) -> str | None:
    """For the audit: the digest over the lines of a batch as they are stored now; each is recomputed."""
    steps = CaseStep.objects.filter(batch=batch).select_related("case").order_by("case_id", "position")
    digests = [recomputed_step_digest(f"{step.case.uuid}/{step.position}") for step in steps]
    return digest_of_all(item for item in digests if item) if digests and None not in digests else None


def batch_identifiers() -> Iterator[str]:
    """For the audit: every batch must have its event."""
    yield from CaseStep.objects.exclude(batch="").order_by("batch").values_list("batch", flat=True).distinct()
