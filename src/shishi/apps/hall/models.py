"""What is stored of the hall. What somebody typed into a draft rests sealed as a whole."""

from __future__ import annotations

from django.db import models


class Draft(models.Model):
    """An application that is not sent yet. ``answers`` and ``papers`` are sealed documents; ``code`` is what its holder
    comes back with, beside a code by phone. Sent, it holds the number of the case and nothing that was typed."""

    code = models.CharField(max_length=12, unique=True)
    owner = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="drafts")
    process = models.CharField(max_length=160)
    item = models.CharField(max_length=50)
    item_table = models.CharField(max_length=160)
    division = models.CharField(max_length=12)
    answers = models.TextField(blank=True)
    papers = models.TextField(blank=True)
    began_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    case = models.CharField("办件号", max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-changed_at"], name="drafts_of_owner")]

    def __str__(self) -> str:
        return self.code


class Handover(models.Model):
    """That somebody is carried to an outside system with an item: which, where, under which number. ``ticket`` is a
    digest of what the browser carries, good once; ``reference``: the other side's own number."""

    number = models.CharField("办件号", max_length=60, db_index=True)
    ticket = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="handovers")
    system = models.CharField("业务系统", max_length=40)
    item = models.CharField("实施编码", max_length=50)
    item_name = models.CharField("事项名称", max_length=200)
    division = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    reference = models.CharField("对方编号", max_length=100, blank=True)
    text = models.CharField("对方说明", max_length=300, blank=True)
    made_at = models.DateTimeField()
    runs_out_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-made_at"], name="handovers_of_owner")]

    def __str__(self) -> str:
        return f"{self.number} {self.system} {self.state}"


class HandoverStep(models.Model):
    """One thing that happened to a hand-over; they only grow."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=12)
    text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.handover_id} {self.state}"


class Counter(models.Model):
    """The last number given out in a series and year."""

    series = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.year} {self.last}"
