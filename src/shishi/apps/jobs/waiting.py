"""What jobs ask of people: whatever failed three times is somebody's; what is under way is shown to who started it."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.jobs.models import JobState
from shishi.apps.jobs.selectors import failed_jobs, jobs_for
from shishi.core.waiting import Waiting


def waiting_for(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """Failed jobs that are the person's to look after."""
    return tuple(
        Waiting("处理失败的任务", job.title, job.failure, "job", (str(job.pk),), job.ended_at or job.asked_at)
        for job in failed_jobs(person, at)
    )


def started_by(person: Person, at: datetime) -> tuple[Waiting, ...]:
    """The person's jobs that have not ended."""
    going = (
        job
        for state in (JobState.RUNNING, JobState.WAITING)
        for job in jobs_for(person, state=state, own=True, at=at)
        if job.person == person.username
    )
    return tuple(Waiting(job.label, job.title, "", "job", (str(job.pk),), job.asked_at) for job in going)
