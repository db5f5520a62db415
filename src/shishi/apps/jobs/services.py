"""Asking for jobs, trying again what failed, letting it go."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.jobs.models import Job, JobState
from shishi.apps.jobs.running import enqueue, told
from shishi.apps.jobs.selectors import caretaker, looks_after
from shishi.core.errors import Misuse


def start(
    kind: str,
    title: str,
    asked: Mapping[str, object],
    *,
    programme: str = "",
    key: str = "",
    by: Person,
    at: datetime,
) -> Job:
    """Ask for a job. The same ``key`` is the same job, however often it is asked for; without one it is a new job."""
    with transaction.atomic():
        held = Job.objects.filter(key=key, person=by.username).first() if key else None
        if held is not None:
            return held
        job = Job.objects.create(
            key=key or str(uuid.uuid4()),
            kind=kind,
            title=title[:300],
            programme=programme,
            person=by.username,
            owner=by.username,
            asked=dict(asked),
            asked_at=at,
        )
        told(job, "job.asked", by.username, at)
        enqueue(job, at)
    job.refresh_from_db()
    return job


def retry(job: Job, *, by: Person, at: datetime) -> Job:
    """Try a failed job again, three times at most. Asking for it twice is asking for it once."""
    with transaction.atomic():
        held = _held(job, by, at)
        if held.state in (JobState.WAITING, JobState.RUNNING):
            return held
        _require_failed(held, "重试")
        held.state, held.tries, held.asked_at, held.ended_at = JobState.WAITING, 0, at, None
        held.save()
        told(held, "job.retried", by.username, at)
        enqueue(held, at)
    held.refresh_from_db()
    return held


@transaction.atomic
def drop(job: Job, *, reason: str, by: Person, at: datetime) -> Job:
    """Let a failed job go, with a reason; nothing of it was written. Saying so twice changes nothing."""
    held = _held(job, by, at)
    if held.state == JobState.DROPPED:
        return held
    if not reason.strip():
        raise Misuse("reason_missing", "放弃一件任务要写明原因。")
    _require_failed(held, "放弃")
    held.state, held.reason, held.ended_at = JobState.DROPPED, reason.strip(), at
    held.save()
    told(held, "job.dropped", by.username, at)
    return held


def hand_over(at: datetime) -> int:
    """Give failed jobs whose owner has left to the system administrator; returns how many."""
    many = 0
    for job in Job.objects.filter(state=JobState.FAILED):
        owner = caretaker(job, at)
        if owner != job.owner:
            with transaction.atomic():
                job.owner = owner
                job.save(update_fields=["owner"])
                told(job, "job.handed_over", owner, at)
            many += 1
    return many


def _held(job: Job, by: Person, at: datetime) -> Job:
    held = Job.objects.select_for_update().get(pk=job.pk)
    if not looks_after(by, held, at):
        raise Misuse("not_the_owner", f"这件任务由 {held.owner} 负责。请由负责人或系统管理员处理。")
    return held


def _require_failed(job: Job, word: str) -> None:
    if job.state != JobState.FAILED:
        raise Misuse("job_not_failed", f"这件任务现为“{job.label}”，不能{word}。只有失败的任务才要处理。")
