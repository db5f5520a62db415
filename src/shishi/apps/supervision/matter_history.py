"""A matter's history: read, retraced, and grown by one line at a time."""

from __future__ import annotations

from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.supervision.models import MatterRow, MatterStep
from shishi.core.errors import Misuse
from shishi.core.matters import Matter, MatterAction, Milestone, Moved, move, retrace


def moved_of(step: MatterStep) -> Moved:
    """A stored line as the core reads it."""
    return Moved(
        MatterAction(step.action),
        step.person,
        step.at,
        step.text,
        step.body,
        step.deadline,
        step.milestone,
        tuple(name for name, _ in step.evidence),
    )


def matter_of(row: MatterRow) -> Matter:
    """Where the matter stands: its milestones as they were set, and all that was done since."""
    milestones = (Milestone(item.position, item.title, item.until) for item in row.milestones.all())
    return retrace(milestones, (moved_of(step) for step in row.steps.all()))


def append(
    row: MatterRow,
    matter: Matter,
    moved: Moved,
    files: tuple[tuple[str, str], ...] = (),
    provisional: bool = False,
) -> tuple[Matter, MatterStep]:
    """Take the step in the core, then write its line and what follows from it. Call in a transaction that holds the
    matter. ``files``: the evidence as pairs of a name and a hash."""
    last = row.steps.order_by("-position").first()
    if last and moved.at < last.at:
        raise Misuse("time_before_last_step", f"办理时间早于上一步（{last.at:%Y-%m-%d %H:%M} UTC）。请核对本机时钟。")
    after = move(matter, moved)
    step = MatterStep(
        matter=row,
        position=last.position + 1 if last else 1,
        action=moved.action,
        person=moved.person,
        at=moved.at,
        text=moved.text,
        body=moved.body,
        deadline=moved.deadline,
        milestone=moved.milestone,
        evidence=[list(pair) for pair in files],
    )
    step.digest = digest_of_matter_step(step, last.digest if last else "")
    step.save(force_insert=True)
    row.provisional = provisional if after.deadline != row.deadline else row.provisional
    row.state, row.deadline = after.state, after.deadline
    row.save(update_fields=["state", "deadline", "provisional", "number"])
    return after, step


def digest_of_matter_step(step: MatterStep, previous: str) -> str:
    """SHA-256 over a line and the digest of the line before it."""
    line: list[object] = [previous, step.matter_id, step.position, step.action, step.person, moment_text(step.at)]
    told: list[object] = [step.text, step.body, moment_text(step.deadline), step.milestone]
    return digest([*line, *told, [list(pair) for pair in step.evidence]])


def digest_of_matter(row: MatterRow) -> str:
    """SHA-256 over what a matter said when it was opened: all but its number, state and deadline."""
    said: list[object] = [row.programme, row.title, row.source, row.source_text, _day(row.source_on), row.deliverable]
    said += [list(row.indicators), row.issuer, row.issuer_division, row.within, _day(row.due)]
    said += [row.parent_id, row.meeting_id, row.decision, row.finding_id, row.demonstration]
    bodies = [[item.body.code, item.division, item.leads] for item in row.bodies.select_related("body").order_by("pk")]
    steps = [[item.position, item.title, moment_text(item.until)] for item in row.milestones.order_by("position")]
    return digest([*said, bodies, steps])


def recomputed_matter_digest(subject: str) -> str | None:
    """For the audit: the digest of an opened matter from what is stored now."""
    row = MatterRow.objects.filter(pk=subject).first()
    return digest_of_matter(row) if row else None


def matter_identifiers() -> tuple[str, ...]:
    """For the audit: every matter must have its event."""
    return tuple(str(pk) for pk in MatterRow.objects.order_by("pk").values_list("pk", flat=True))


def recomputed_matter_step_digest(subject: str) -> str | None:
    """For the audit: the digest of a step (``matter/position``) from what is stored now."""
    matter, _, position = subject.partition("/")
    steps = MatterStep.objects.filter(matter__pk=matter)
    step = steps.filter(position=position).first()
    if step is None:
        return None
    before = steps.filter(position=step.position - 1).first()
    return digest_of_matter_step(step, before.digest if before else "")


def matter_step_identifiers() -> tuple[str, ...]:
    """For the audit: every step must have its event."""
    return tuple(f"{matter}/{position}" for matter, position in MatterStep.objects.values_list("matter_id", "position"))


def _day(day: object) -> str:
    return str(day) if day else ""
