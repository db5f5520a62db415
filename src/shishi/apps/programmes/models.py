"""What is stored of packs: each installation is a revision of every definition in it."""

from __future__ import annotations

from django.db import models


class PackRevision(models.Model):
    """A pack as it was installed. ``document`` is its canonical form; ``version`` the SHA-256 of that.

    ``effective_on`` empty: the first installation, true for every day.
    """

    name = models.CharField(max_length=120, db_index=True)
    version = models.CharField(max_length=64)
    document = models.JSONField()
    effective_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version", "effective_on"], name="pack_revision_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version[:12]}"
