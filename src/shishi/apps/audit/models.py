"""What is stored: events and daily roots. Triggers of the store refuse to change or delete either."""

from __future__ import annotations

from django.db import models

from shishi.apps.audit import chain


class AuditEvent(models.Model):
    """One write. ``digest`` is a SHA-256 over what was written; ``previous`` and ``hash``
    make the chain of a body and day."""

    at = models.DateTimeField()
    day = models.DateField()
    body = models.CharField(max_length=80, blank=True)
    position = models.PositiveIntegerField()
    person = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, db_index=True)
    digest = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["body", "day", "position"], name="audit_chain_position")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.person} {self.action} {self.subject}"

    def computed_hash(self) -> str:
        """The link that this event must carry."""
        return chain.link(
            self.previous,
            at=self.at,
            day=self.day,
            body=self.body,
            position=self.position,
            person=self.person,
            action=self.action,
            subject=self.subject,
            digest_=self.digest,
            detail=self.detail,
        )


class AuditRoot(models.Model):
    """A day closed: ``heads`` lists body, day, count and last hash of every chain that grew since the previous root."""

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField()
    day = models.DateField()
    heads = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    root = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.day} {self.root[:16]}"

    def computed_root(self) -> str:
        """The root that these heads must have."""
        return chain.root(self.previous, number=self.number, at=self.at, day=self.day, heads=self.heads)
