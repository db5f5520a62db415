"""What is stored of referrals: the endpoints that the operator registered, what was sent there, what was taken from
there."""

from __future__ import annotations

from django.db import models


class Endpoint(models.Model):
    """Another city's Open311 server. ``api_key`` is sealed. Where its requests are read, ``programme`` and
    ``division`` (official code) say what they are about here and ``kind`` of which kind they are; ``services`` names
    those that are read (none: all). ``read_from``: requests made since are read next, not before ``read_at``.
    ``failures`` in a row of reading."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    address = models.CharField(max_length=300)
    jurisdiction = models.CharField(max_length=80, blank=True)
    api_key = models.TextField(blank=True)
    reads = models.BooleanField(default=False)
    programme = models.CharField(max_length=120, blank=True)
    division = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    services = models.JSONField(default=list)
    added_by = models.CharField(max_length=80)
    added_at = models.DateTimeField()
    ended_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    read_from = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    unreadable = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.code


class ReferralState(models.TextChoices):
    """It waits to be sent, was taken there, has failed three times and is an incident, or was let go."""

    QUEUED = "queued", "待转送"
    TAKEN = "taken", "对方已收"
    FAILED = "failed", "没有送成"
    DROPPED = "dropped", "已放弃"


class Referral(models.Model):
    """A case that goes to an endpoint, once. ``case``: its lasting id; ``body``: what is sent, as JSON. ``theirs``: its
    number there; ``token``: by which that is asked, until it is known. ``status``, ``notes``: what was heard last."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="referrals")
    case = models.UUIDField()
    number = models.CharField(max_length=60)
    body = models.JSONField()
    state = models.CharField(max_length=8, choices=ReferralState.choices, default=ReferralState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=300, blank=True)
    theirs = models.CharField(max_length=80, blank=True)
    token = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=6, blank=True)
    notes = models.TextField(blank=True)
    agency = models.CharField(max_length=120, blank=True)
    heard_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=80)
    sent_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "case"], name="referred_once")]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="referral_due")]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class TakenRequest(models.Model):
    """A request of an endpoint, taken in once as a case; or left with the reason (``refused``), not to be asked
    again."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="taken")
    request = models.CharField(max_length=80)
    case = models.UUIDField(null=True)
    number = models.CharField(max_length=60, blank=True)
    refused = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "request"], name="taken_once")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.request}"
