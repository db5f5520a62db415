"""Doing jobs: each is tried up to three times; what broke then waits for its owner. What was refused is an answer.

The queue is django-tasks; the job itself is ours, and a queue's entry names nothing but its id. A worker that was ended
in the middle of a job leaves it *running* with nobody holding its lock: :func:`pick_up` counts that as a try.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django_tasks import task

from shishi.apps.accounts.selectors import body_of, person_named
from shishi.apps.audit import capacity
from shishi.apps.audit.services import record
from shishi.apps.jobs.kinds import Ending, Errand, work_of
from shishi.apps.jobs.models import Job, JobState
from shishi.apps.jobs.progress import forget, hold, teller
from shishi.apps.jobs.troubles import INTERRUPTED, Trouble, trouble_of
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, ShishiError

TRIES = 3
PAUSES = (timedelta(seconds=10), timedelta(minutes=1))
"""Before the second and the third try, where the queue can wait."""
PASSING = frozenset({"import_busy", "store_busy"})
"""Refusals that say nothing of the data: the same may pass in a minute."""
ISSUES_KEPT = 200

log = logging.getLogger("shishi.jobs")


@task()
def run_job(job: str, moment: str = "") -> None:
    """What the queue calls. ``moment``: when it is, where the queue does jobs at once."""
    at = datetime.fromisoformat(moment) if moment else datetime.now(UTC)
    with hold(UUID(job)) as mine, capacity.anew():
        found = Job.objects.filter(pk=UUID(job)).first()
        if mine and found is not None and found.state == JobState.WAITING:
            _do(found, at)


def enqueue(job: Job, at: datetime, wait: timedelta | None = None) -> None:
    """Put a waiting job into the queue, in the transaction that made it wait."""
    backend = run_job.get_backend()
    queued = run_job.using(run_after=at + wait) if wait and backend.supports_defer else run_job
    queued.enqueue(str(job.pk), "" if backend.supports_get_result else at.isoformat())


def _do(job: Job, at: datetime) -> None:
    job.state, job.tries, job.started_at = JobState.RUNNING, job.tries + 1, at
    job.save(update_fields=["state", "tries", "started_at"])
    try:
        by = person_named(job.person)
        ending = work_of(job.kind)(Errand(job.asked, by, at, teller(job.pk)))
    except ShishiError as refused:
        if refused.code in PASSING:
            _stumbled(job, trouble_of(refused), at)
        else:
            _end(job, Ending(_refusal(refused), refused=True), at)
    except Exception as fault:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        _stumbled(job, trouble_of(fault), at)
    else:
        _end(job, ending, at)


def _refusal(refused: ShishiError) -> dict[str, object]:
    issues = [issue.document() for issue in refused.issues[:ISSUES_KEPT]]
    return {"code": refused.code, "message": refused.message, "issues": issues}


def _end(job: Job, ending: Ending, at: datetime) -> None:
    state = JobState.REFUSED if ending.refused else JobState.DONE
    with transaction.atomic():
        job.state, job.outcome, job.failure, job.technical = state, dict(ending.document), "", ""
        job.ended_at = max(at, datetime.now(UTC)) if not _at_once() else at
        job.save()
        told(job, "job.ended", job.person, at)
    forget(job.pk)


def _at_once() -> bool:
    return not run_job.get_backend().supports_get_result


def _stumbled(job: Job, why: Trouble, at: datetime) -> None:
    """It broke: wait for another try, or for its owner."""
    with transaction.atomic():
        job.failure, job.technical = why.told[:500], why.technical
        job.state = JobState.WAITING if job.tries < TRIES else JobState.FAILED
        job.ended_at = None if job.state == JobState.WAITING else at
        job.save()
        if job.state == JobState.FAILED:
            told(job, "job.failed", job.person, at)
    forget(job.pk)
    if job.state == JobState.WAITING:
        enqueue(job, at, PAUSES[job.tries - 1])


def pick_up(at: datetime) -> int:
    """Take care of jobs whose process is gone; returns how many there were. Safe to repeat."""
    found = 0
    for job in Job.objects.filter(state=JobState.RUNNING):
        with hold(job.pk) as mine:
            if not mine:
                continue
            job.refresh_from_db()
            if job.state == JobState.RUNNING:
                found += 1
                _stumbled(job, Trouble(INTERRUPTED), at)
    return found


def told(job: Job, action: str, person: str, at: datetime) -> None:
    """The event of a step, in the transaction of that step."""
    try:
        body = body_of(person_named(person), day_of(at))
    except Misuse:
        body = ""  # who asked has left since
    detail = {
        "kind": job.kind,
        "title": job.title,
        "state": str(job.state),
        "tries": job.tries,
        "owner": job.owner,
        "failure": job.failure,
        "technical": job.technical,
        "reason": job.reason,
    }
    record(at=at, person=person, body=body, action=action, subject=f"job:{job.pk}", detail=detail)
