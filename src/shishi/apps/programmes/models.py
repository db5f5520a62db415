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


class ProgrammeDraft(models.Model):
    """A programme that is being written, new or as a change of an installed one. What became of it are its steps.

    ``division`` is the significant code of the pack's division, which decides whose draft it may be.
    """

    pack = models.CharField(max_length=120, db_index=True)
    code = models.CharField(max_length=60)
    division = models.CharField(max_length=12)
    new = models.BooleanField()
    origin = models.JSONField(default=dict)
    person = models.CharField(max_length=80)
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pack}/{self.code} {self.pk}"


class ProgrammeDraftStep(models.Model):
    """One step of a draft, never changed: ``files`` are the draft's files as a step that writes leaves them (name →
    YAML), empty for steps that decide. ``base``: the version of the pack that the files change (empty: the pack is new
    with them); ``version``: the one that an approval installed."""

    draft = models.ForeignKey(ProgrammeDraft, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    files = models.JSONField(default=dict)
    base = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    effective_on = models.DateField(null=True)
    version = models.CharField(max_length=64, blank=True)
    person = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "position"], name="draft_step_once")]

    def __str__(self) -> str:
        return f"{self.draft_id}/{self.position} {self.kind}"
