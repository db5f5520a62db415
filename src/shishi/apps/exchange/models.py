"""What is stored of the exchange. What was said and what was receipted is never changed; where it stands lies apart."""

from __future__ import annotations

from django.db import models

from shishi.core.labels import Labelled


class OwnKey(models.Model):
    """A pair of our keys came into use; the last one signs. The private side lies in the data folder's keys."""

    kid = models.CharField(max_length=64, unique=True)
    signing = models.TextField()
    sealing = models.TextField()
    fingerprint = models.CharField(max_length=60)
    starts = models.DateTimeField()
    person = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.fingerprint


class Peer(models.Model):
    """Somebody we speak with. ``address``: ``https://…``, ``folder:/…``, or ``here`` for ourselves. ``failures`` in a
    row to reach them, ``silent_since`` the first of these; until ``retry_at`` they are left alone."""

    code = models.CharField("代码", max_length=40, unique=True)
    title = models.CharField("名称", max_length=80)
    address = models.CharField("地址", max_length=300)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    silent_since = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.code


class PeerKey(models.Model):
    """Public keys of a peer, pinned. ``learnt_from``: the id of the message that told of them, ``""`` for a card whose
    fingerprint a person compared. After ``ends`` nothing new is signed by them."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=64, unique=True)
    signing = models.TextField()
    sealing = models.TextField()
    fingerprint = models.CharField("指纹", max_length=60)
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)
    learnt_from = models.CharField(max_length=36, blank=True)
    learnt_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.fingerprint


class OutMessage(models.Model):
    """A message of ours, signed in the transaction of what it tells. ``signed`` is the envelope (a JWS), ``digest`` the
    SHA-256 of its text; ``body`` rests encrypted, files lie in the store by their hash."""

    uuid = models.UUIDField(unique=True)
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="sent")
    conversation = models.CharField(max_length=120)
    sequence = models.PositiveIntegerField()
    purpose = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    signed = models.TextField()
    body = models.BinaryField()
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "conversation", "sequence"], name="exchange_out_place")]

    def __str__(self) -> str:
        return f"{self.uuid} {self.purpose}"


class DispatchState(Labelled):
    """Where a message of ours stands."""

    QUEUED = "queued", "待发送"
    LAID = "laid", "已写入文件夹，待回执"
    TAKEN = "taken", "对方已收"
    REFUSED = "refused", "对方拒收"


class Dispatch(models.Model):
    """The way of one message. ``held_until``: a sender has it in hand; when that passes unanswered, another takes it.
    ``owner``: who looks after it where it does not arrive."""

    message = models.OneToOneField(OutMessage, on_delete=models.PROTECT, related_name="dispatch")
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.label) for state in DispatchState],
        default=DispatchState.QUEUED,
        db_index=True,
    )
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    owner = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


class ReceivedReceipt(models.Model):
    """What a peer signed about a message of ours: that it holds it, or once each time that it does not take it."""

    message = models.ForeignKey(OutMessage, on_delete=models.PROTECT, related_name="receipts")
    signed = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    kid = models.CharField(max_length=64)
    refused = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.message_id} {self.refused or self.position}"


class InMessage(models.Model):
    """A message of a peer, held once whatever came how often; ``position``: its place among all that we hold.
    ``receipt`` is what we signed about it, the same each time."""

    uuid = models.UUIDField(unique=True)
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="received")
    conversation = models.CharField(max_length=120)
    sequence = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    signed = models.TextField()
    kid = models.CharField(max_length=64)
    body = models.BinaryField()
    position = models.PositiveIntegerField(unique=True)
    received_at = models.DateTimeField()
    receipt = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "conversation", "sequence"], name="exchange_in_place")]

    def __str__(self) -> str:
        return f"{self.uuid} {self.purpose}"


class HandlingState(Labelled):
    """What became of a message of a peer."""

    WAITING = "waiting", "待办理"
    DONE = "done", "已办理"
    ASIDE = "aside", "已搁置"


class Handling(models.Model):
    """What a message of a peer brought about here: nothing yet, or once and for all. ``words``: what was done, or why
    it was set aside."""

    message = models.OneToOneField(InMessage, on_delete=models.PROTECT, related_name="handling")
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.label) for state in HandlingState],
        default=HandlingState.WAITING,
        db_index=True,
    )
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    words = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"
