"""What is stored of machines: clients with their tokens, the answers that they got, and what they want to be told."""

from __future__ import annotations

from django.db import models


class Client(models.Model):
    """A program. It acts as ``person``, whose posts say how far it reaches; the token itself is told once and never
    kept. ``per_minute``: so many requests it may send."""

    title = models.CharField(max_length=80)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="clients")
    token_digest = models.CharField(max_length=64, unique=True)
    per_minute = models.PositiveIntegerField(default=120)
    until = models.DateField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.title} ({self.person_id})"


class KeptAnswer(models.Model):
    """What a client was answered under an idempotency key. ``digest`` is of what it had asked; ``body`` is sealed."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="answers")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="one_answer_of_a_key")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.key}"


class Hook(models.Model):
    """An address that wants to be told. ``topics``: beginnings of the actions that it hears of; ``heard``: the number
    of the last event of the trail that was looked at for it; ``secret`` is sealed."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="hooks")
    url = models.CharField(max_length=500)
    topics = models.JSONField(default=list)
    secret = models.TextField()
    heard = models.BigIntegerField(default=0)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.url} {self.topics}"


class CallState(models.TextChoices):
    """A call waits, has arrived, has failed three times and waits for a person, or was let go by one."""

    QUEUED = "queued", "待推送"
    SENT = "sent", "已送达"
    FAILED = "failed", "推送失败"
    DROPPED = "dropped", "已放弃"


class Call(models.Model):
    """One telling of one event. ``key`` is unique for ever: the other end can tell a second copy by it."""

    hook = models.ForeignKey(Hook, on_delete=models.PROTECT, related_name="calls")
    key = models.CharField(max_length=60, unique=True)
    event = models.BigIntegerField()
    body = models.TextField()
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    told = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "event"], name="one_call_of_an_event")]
        indexes = [models.Index(fields=["state", "not_before"], name="call_by_state")]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
