"""What is stored of a brief: its number, the moment it was frozen at, its citations and the files as they went out."""

from __future__ import annotations

from django.db import models


class Brief(models.Model):
    """One brief of a programme, kind, division and day. ``erratum`` 0 is the brief itself, 1 … its corrections.

    ``docx`` and ``pdf`` are hashes of stored files; ``citations`` the document beside them.
    """

    programme = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    division = models.CharField(max_length=12)
    as_of = models.DateField()
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
                fields=["programme", "kind", "division", "as_of", "erratum"], name="brief_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["programme", "kind", "division", "erratum", "number"], name="brief_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.as_of}"
