"""What is stored of a brief: its number, the moment it was frozen at, its citations and the files as they went out."""

from __future__ import annotations

from django.db import models


class Brief(models.Model):
    """One brief of a programme, kind, division and day. ``erratum`` 0 is the brief itself, 1 … its corrections.
    ``edition`` 0 is as the stocktake wrote it, 1 … as people wrote and signed it, under the same number.

    ``docx`` and ``pdf`` are hashes of stored files; ``citations`` the document beside them.
    """

    programme = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    division = models.CharField(max_length=12)
    as_of = models.DateField()
    edition = models.PositiveIntegerField(default=0)
    erratum = models.PositiveIntegerField(default=0)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    person = models.CharField(max_length=80)
    docx = models.CharField(max_length=64)
    pdf = models.CharField(max_length=64)
    citations = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "kind", "division", "as_of", "edition", "erratum"], name="brief_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["programme", "kind", "division", "edition", "erratum", "number"], name="brief_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.as_of}"


class Draft(models.Model):
    """A brief while people write it. ``content`` are its pieces and the questions that their tokens name
    (:mod:`shishi.apps.documents.pieces`); ``known_at`` is when its numbers were frozen, ``digest`` what was frozen
    then; ``signers`` in their order, each with when they signed."""

    programme = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    division = models.CharField(max_length=12)
    as_of = models.DateField()
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default="writing")
    content = models.JSONField(default=dict)
    person = models.CharField(max_length=80)
    begun_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()
    known_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    signers = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    brief = models.OneToOneField(Brief, null=True, on_delete=models.PROTECT, related_name="draft")

    class Meta:
        indexes = [models.Index(fields=["state", "programme"], name="draft_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "kind", "division", "as_of"],
                condition=models.Q(state__in=["writing", "frozen"]),
                name="draft_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.as_of} {self.state}"
