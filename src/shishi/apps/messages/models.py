"""What is stored of messages and of their ways out."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """A message in somebody's inbox. ``about`` is ``kind:id`` of what it concerns; ``key``
    makes posting it twice one message."""

    key = models.CharField(max_length=200, unique=True)
    to = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="messages")
    subject = models.CharField("标题", max_length=200)
    text = models.TextField("内容")
    about = models.CharField(max_length=120, blank=True, db_index=True)
    posted_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["to", "-posted_at"], name="message_inbox")]

    def __str__(self) -> str:
        return self.subject


class Short(models.Model):
    """A short text to a number that need not belong to anybody here: a code 验证码. Number and text rest sealed, and are
    wiped as soon as it is sent or too late. ``key`` makes queueing it twice one text."""

    key = models.CharField(max_length=120, unique=True)
    channel = models.CharField("渠道", max_length=30)
    to = models.TextField("号码（密文）")
    text = models.TextField("内容（密文）")
    state = models.CharField(max_length=10, default="queued", db_index=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    last_error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    too_late_at = models.DateTimeField(db_index=True)
    held_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} {self.key} {self.state}"


class DeliveryState(models.TextChoices):
    """A delivery waits, is done, or has failed three times and waits for a person."""

    QUEUED = "queued", "待发送"
    SENT = "sent", "已送达"
    FAILED = "failed", "发送失败"


class Delivery(models.Model):
    """One way out of one message. ``held_until``: a sender has it in hand; when that
    passes unanswered, another takes it."""

    key = models.CharField(max_length=240, unique=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField("渠道", max_length=30)
    address = models.CharField("地址", max_length=254)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED, db_index=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    last_error = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} {self.address} {self.state}"
