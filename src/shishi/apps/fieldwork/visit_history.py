"""What the trail answers for: the digests of visits, of their photos and of every step of their problems."""

from __future__ import annotations

from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.fieldwork.models import ProblemRow, ProblemStep, VisitPhoto, VisitRow
from shishi.core.errors import Misuse
from shishi.core.problems import Did, Problem, ProblemAction, raised, replay, take
from shishi.core.visits import VisitState


def digest_of_visit(row: VisitRow) -> str:
    """SHA-256 over what a visit said when it was written down."""
    told = [str(row.uuid), row.programme, row.kind, row.title, row.purpose, row.body.code, row.division]
    return digest([*told, row.place_division, _text(row.entry), _text(row.planned_on), row.demonstration])


def digest_of_done(row: VisitRow) -> str:
    """SHA-256 over what it saw."""
    where = [row.place, _number(row.longitude), _number(row.latitude), _text(row.accuracy)]
    seen = [row.text, row.people, row.publish, row.done_by, moment_text(row.done_at), _text(row.record)]
    return digest([str(row.uuid), _text(row.held_on), *where, *seen])


def digest_of_cancelling(row: VisitRow) -> str:
    """SHA-256 over its end without being carried out."""
    return digest([str(row.uuid), row.cancelled_by, moment_text(row.cancelled_at), row.reason])


def digest_of_photo(photo: VisitPhoto) -> str:
    """SHA-256 over a photo that arrived."""
    told = [str(photo.uuid), photo.visit_id, photo.problem_id, photo.sha256, photo.name, moment_text(photo.taken_at)]
    return digest([*told, moment_text(photo.arrived_at), photo.media_type, photo.view, photo.thumb])


def digest_of_problem_step(step: ProblemStep, previous: str) -> str:
    """SHA-256 over a line and the digest of the line before it."""
    line: list[object] = [previous, step.problem_id, step.position, step.action, step.person, moment_text(step.at)]
    return digest([*line, step.text, moment_text(step.deadline), [list(pair) for pair in step.files]])


def problem_of(row: ProblemRow) -> Problem:
    """Where the problem stands: all that was done since it was raised."""
    return replay(did_of(step) for step in row.steps.all())


def did_of(step: ProblemStep) -> Did:
    """A stored line as the core reads it."""
    return Did(ProblemAction(step.action), step.person, step.at, step.text, step.deadline)


def append(row: ProblemRow, did: Did, files: tuple[tuple[str, str], ...] = ()) -> tuple[Problem, ProblemStep]:
    """Take the step in the core, then write its line and what follows from it. Call in a transaction that holds the
    problem."""
    last = row.steps.order_by("-position").first()
    if last and did.at < last.at:
        raise Misuse("time_before_last_step", f"办理时间早于上一步（{last.at:%Y-%m-%d %H:%M} UTC）。请核对本机时钟。")
    after = take(problem_of(row), did) if last else raised(did)
    step = ProblemStep(
        problem=row,
        position=last.position + 1 if last else 1,
        action=did.action,
        person=did.person,
        at=did.at,
        text=did.text,
        deadline=did.deadline,
        files=[list(pair) for pair in files],
    )
    step.digest = digest_of_problem_step(step, last.digest if last else "")
    step.save(force_insert=True)
    row.state, row.deadline = after.state, after.deadline
    row.save(update_fields=["state", "deadline", "provisional"])
    return after, step


def recomputed_visit(subject: str) -> str | None:
    """For the audit: the digest of a visit from what is stored now."""
    row = VisitRow.objects.filter(pk=subject).select_related("body").first()
    return digest_of_visit(row) if row else None


def visit_identifiers() -> tuple[str, ...]:
    """For the audit: every visit must have its event."""
    return _ids(VisitRow.objects.order_by("pk").values_list("pk", flat=True))


def recomputed_done(subject: str) -> str | None:
    """For the audit: the digest of what a visit saw from what is stored now."""
    row = VisitRow.objects.filter(pk=subject, state=VisitState.DONE).first()
    return digest_of_done(row) if row else None


def done_identifiers() -> tuple[str, ...]:
    """For the audit: every visit that was carried out must have its event."""
    return _ids(VisitRow.objects.filter(state=VisitState.DONE).values_list("pk", flat=True))


def recomputed_cancelling(subject: str) -> str | None:
    """For the audit: the digest of a cancelled visit from what is stored now."""
    row = VisitRow.objects.filter(pk=subject, state=VisitState.CANCELLED).first()
    return digest_of_cancelling(row) if row else None


def cancelled_identifiers() -> tuple[str, ...]:
    """For the audit: every cancelled visit must have its event."""
    return _ids(VisitRow.objects.filter(state=VisitState.CANCELLED).values_list("pk", flat=True))


def recomputed_photo(subject: str) -> str | None:
    """For the audit: the digest of a photo from what is stored now."""
    photo = VisitPhoto.objects.filter(pk=subject, arrived_at__isnull=False).first()
    return digest_of_photo(photo) if photo else None


def photo_identifiers() -> tuple[str, ...]:
    """For the audit: every photo that arrived must have its event."""
    return _ids(VisitPhoto.objects.filter(arrived_at__isnull=False).values_list("pk", flat=True))


def recomputed_step(subject: str) -> str | None:
    """For the audit: the digest of a step (``problem/position``) from what is stored now."""
    problem, _, position = subject.partition("/")
    steps = ProblemStep.objects.filter(problem__pk=problem)
    step = steps.filter(position=position).first()
    if step is None:
        return None
    before = steps.filter(position=step.position - 1).first()
    return digest_of_problem_step(step, before.digest if before else "")


def step_identifiers() -> tuple[str, ...]:
    """For the audit: every step must have its event."""
    return tuple(f"{problem}/{at}" for problem, at in ProblemStep.objects.values_list("problem_id", "position"))


def _ids(found: object) -> tuple[str, ...]:
    return tuple(str(item) for item in found)  # type: ignore[attr-defined]  # a query of primary keys


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> str:
    return "" if value is None else f"{value:.6f}"
