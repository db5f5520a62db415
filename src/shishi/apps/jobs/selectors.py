"""Reading jobs: one's own, and for whoever runs the system all of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action, Role
from shishi.apps.accounts.selectors import people, posts_of, reaches
from shishi.apps.jobs.models import Job as Job  # pages name the type
from shishi.apps.jobs.models import JobState
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse


def jobs_for(
    person: Person, *, state: str = "", own: bool = False, offset: int = 0, limit: int = 50, at: datetime
) -> tuple[Job, ...]:
    """Newest first, paged; ``own``: only what the person started or has to look after. ``Misuse`` (unknown_state)."""
    if state and state not in set(JobState):
        raise Misuse("unknown_state", f"任务没有“{state}”这种状态。可选：{'、'.join(JobState)}。")
    found = _visible(person, at, own)
    found = found.filter(state=state) if state else found
    return tuple(found.order_by("-asked_at", "pk")[offset : offset + limit])


def failed_jobs(person: Person, at: datetime) -> tuple[Job, ...]:
    """What has failed and is the person's to look after, oldest first."""
    return tuple(_visible(person, at, own=False).filter(state=JobState.FAILED).order_by("asked_at", "pk"))


def job_of(person: Person, identifier: str, at: datetime) -> Job:
    """One job; ``Misuse`` (unknown_job) also when it is not the person's to see."""
    try:
        found = _visible(person, at, own=False).filter(pk=UUID(identifier)).first()
    except ValueError:
        found = None
    if found is None:
        raise Misuse("unknown_job", f"没有任务“{identifier[:40]}”，或它不是您的。")
    return found


def _visible(person: Person, at: datetime, own: bool) -> QuerySet[Job]:
    if not own and operates(person, at):
        return Job.objects.all()
    return Job.objects.filter(Q(person=person.username) | Q(owner=person.username))


def operates(person: Person, at: datetime) -> bool:
    """Whether the person runs the system."""
    return bool(reaches(person, Action.OPERATE, day_of(at)))


def looks_after(person: Person, job: Job, at: datetime) -> bool:
    """Whether the person may decide what becomes of a failed job."""
    return person.username == job.owner or operates(person, at)


def caretaker(job: Job, at: datetime) -> str:
    """The user name of who looks after it: who started it, else the system administrator, else whoever may operate."""
    active = [person for person in people() if person.is_active]
    if any(person.username == job.person for person in active):
        return job.person
    day = day_of(at)
    for person in active:
        if any(post.role == Role.SYSTEM_ADMINISTRATOR for post in posts_of(person, day)):
            return person.username
    return next((person.username for person in active if operates(person, at)), job.owner)


def waiting_and_failed() -> tuple[int, int]:
    """How many jobs wait or are being done, and how many failed and wait for somebody."""
    held = Job.objects
    return (
        held.filter(state__in=(JobState.WAITING, JobState.RUNNING)).count(),
        held.filter(state=JobState.FAILED).count(),
    )
