"""What is stored of publications. Editions and their pages only grow; the store refuses the rest. Nothing that a public
page shows comes from anywhere else."""

from __future__ import annotations

from django.db import models


class Edition(models.Model):
    """A programme as it was published: the figures as of a day, as known at the moment of that day's
    stocktake. ``number`` counts the editions of a day; ``content`` is a ``published.Publication``;
    ``digest`` a SHA-256 over it and its pages."""

    programme = models.CharField(max_length=120)
    as_of = models.DateField()
    number = models.PositiveIntegerField()
    known_at = models.DateTimeField()
    published_at = models.DateTimeField()
    person = models.CharField(max_length=80)
    content = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "as_of", "number"], name="edition_once")]

    def __str__(self) -> str:
        return f"{self.programme} {self.as_of} {self.number}"


class EditionPlace(models.Model):
    """One division of an edition: ``content`` is a ``published.Place``."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="places")
    division = models.CharField(max_length=12)
    above = models.CharField(max_length=12, blank=True)
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "division"], name="place_once")]
        indexes = [models.Index(fields=["edition", "above"], name="place_under")]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.division}"


class TakenDown(models.Model):
    """That an edition is not shown any more: by whom, when and why. It stays what it was, and in the trail."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="taken_down")
    reason = models.TextField()
    person = models.CharField(max_length=80)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.edition_id} {self.taken_at}"


class SpentTicket(models.Model):
    """A form of the rating page that was handed in: it is taken once. ``voice`` tells whose it was, so that the same
    hand-in sent twice gets the same answer. Forgotten when the form has run out anyway."""

    ticket = models.CharField(max_length=64, primary_key=True)
    voice = models.CharField(max_length=64)
    runs_out = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.ticket
