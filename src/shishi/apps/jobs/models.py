"""What is stored of a job. Its progress is no part of it: see :mod:`shishi.apps.jobs.progress`."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.db import models


class JobState(StrEnum):
    """Where a job is. *Refused* is an answer (the data is wrong), *failed* is not: something broke, three times."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


_LABELS = {
    JobState.WAITING: "排队中",
    JobState.RUNNING: "进行中",
    JobState.DONE: "已完成",
    JobState.REFUSED: "已退回",
    JobState.FAILED: "失败待处理",
    JobState.DROPPED: "已放弃",
}

ENDED = frozenset({JobState.DONE, JobState.REFUSED, JobState.FAILED, JobState.DROPPED})


class Job(models.Model):
    """One piece of work. ``asked`` is what its kind needs, ``outcome`` the document that it left; ``owner`` is who has
    to look after it once it has failed; ``failure`` is why, in words for people, ``technical`` what the program said.
    The same ``key`` is the same job."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    programme = models.CharField(max_length=120, blank=True)
    person = models.CharField(max_length=80)
    owner = models.CharField(max_length=80)
    asked = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=JobState.WAITING.value)
    tries = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    failure = models.CharField(max_length=500, blank=True)
    technical = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "asked_at"], name="job_by_state"),
            models.Index(fields=["person", "asked_at"], name="job_by_person"),
            models.Index(fields=["owner", "state"], name="job_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"

    @property
    def label(self) -> str:
        """The state in words."""
        return JobState(self.state).label

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return JobState(self.state) in ENDED
