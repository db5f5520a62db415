"""What is stored: whole snapshots of the code list, and the entries of packs. Nothing is changed; the later stands."""

from __future__ import annotations

from django.db import models


class Snapshot(models.Model):
    """The code list as one edition has it. ``dated``: the day it was kept up to; ``digest``: SHA-256 of its files."""

    source = models.CharField(max_length=200)
    version = models.CharField(max_length=40)
    dated = models.DateField(null=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.source} {self.version}"


class Unit(models.Model):
    """One unit of a snapshot. Its first validity is unknown: a snapshot does not say. Looking a name up reads the whole
    table (some 50 ms); an index over names would make loading three times as long."""

    pk = models.CompositePrimaryKey("snapshot_id", "code")
    # The rows are written in one go with their snapshot; checking each of 665,000 references would find nothing.
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField()
    placeholder = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AddedUnit(models.Model):
    """A unit that a pack adds, or states more about than the snapshot does. The newest entry of a code stands."""

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField()
    placeholder = models.BooleanField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    successors = models.JSONField(default=list)
    source = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ChangeEntry(models.Model):
    """A change that a pack states: ``code`` ends the day before ``on``. The newest entry of a code stands."""

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=100)
    on = models.DateField()
    successors = models.JSONField()
    source = models.CharField(max_length=500)
    verified = models.BooleanField()
    recorded_at = models.DateTimeField()
    person = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.code} {self.name} → {self.on:%Y-%m-%d}"
