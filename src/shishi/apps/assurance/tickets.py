"""Tickets 拍摄凭证: leave to take one photo, given by the server; and what is told at the shutter, before the photo.

A ticket is for one person, one row, one picture. Its hash is in time for a few minutes (the pack says how many); for
some days more it still proves that the person stood ready for this very row (work without a network). A device that
goes where there is no network fetches a few for one row before: only it may use them, since it alone knows the secret
whose digest they bear. What was told of such a photo is old news by then, so its trust is B at most.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.assurance.evidence_rows import WHOLE_ROW, Subject, claim_document, claim_from, subject_of
from shishi.apps.assurance.models import CaptureRow, TicketRow
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse, Refused
from shishi.core.evidence_plans import EvidencePlan, Side
from shishi.core.evidence_trust import Capture, Claim
from shishi.core.tables import Point

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

_HASH = re.compile(r"[0-9a-f]{64}")
_UNPLANNED = EvidencePlan("", "")
TEXT_AT_MOST = 80
AHEAD_AT_MOST = 12
"""So many unused tickets a device may hold for one row."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the person's device gets. ``registered``: the place of the row, where it has one."""

    id: UUID
    entry: UUID
    group: str
    side: Side
    issued_at: datetime
    expires_at: datetime
    good_until: datetime
    registered: Point | None


def open_subject(entry: UUID, group: str, by: Person, at: datetime) -> Subject:
    """The row to which the person may add evidence now. ``Misuse`` (unknown_row, out_of_reach, unknown_group),
    ``Refused`` (row_withdrawn)."""
    subject = subject_of(by, entry, at=at)
    require(by, Action.HAND_IN, subject.row.division or COUNTRY, subject.programme.name, day_of(at))
    if not subject.live:
        raise Refused("row_withdrawn", "这一行已撤下，不能再加佐证。如果撤错了，先恢复这一行。")
    if group != WHOLE_ROW and group not in subject.table.groups:
        known = "、".join(subject.table.groups) or "无"
        raise Misuse("unknown_group", f"台账“{subject.table.title}”没有名为“{group}”的佐证组。现有：{known}。")
    return subject


@transaction.atomic
def issue_ticket(entry: UUID, group: str = WHOLE_ROW, side: Side = Side.NONE, *, by: Person, at: datetime) -> Ticket:
    """Give leave to take one photo of a row that the person may write."""
    subject = open_subject(entry, group, by, at)
    plan = subject.table.evidence_for(group) or _UNPLANNED
    made = TicketRow.objects.create(
        table=subject.table.name,
        entry=entry,
        group=group,
        side=side,
        person=by.username,
        issued_at=at,
        in_time_until=at + timedelta(minutes=plan.minutes),
        good_until=at + timedelta(days=plan.days),
    )
    return Ticket(made.id, entry, group, side, at, made.in_time_until, made.good_until, subject.place(group))


@transaction.atomic
def tickets_ahead(entry: UUID, device: str, *, by: Person, at: datetime) -> tuple[Ticket, ...]:
    """A few tickets of a row for a device that goes where there is no network: those that it has and did not use, and
    as many new ones as it lacks. ``device``: SHA-256 of its secret. ``Misuse`` (device_malformed) besides those of
    :func:`open_subject`."""
    if not _HASH.fullmatch(device):
        raise Misuse("device_malformed", "设备标识写法不对，没有发凭证。请刷新采集页。")
    subject = open_subject(entry, WHOLE_ROW, by, at)
    plan = subject.table.evidence_for(WHOLE_ROW) or _UNPLANNED
    own = TicketRow.objects.filter(entry=entry, person=by.username, device=device, group=WHOLE_ROW, side=Side.NONE)
    held = list(own.filter(good_until__gte=at, capture__isnull=True).order_by("issued_at", "pk")[:AHEAD_AT_MOST])
    made = TicketRow.objects.bulk_create(
        TicketRow(
            table=subject.table.name,
            entry=entry,
            group=WHOLE_ROW,
            side=Side.NONE,
            person=by.username,
            issued_at=at,
            in_time_until=at + timedelta(minutes=plan.minutes),
            good_until=at + timedelta(days=plan.days),
            device=device,
        )
        for _ in range(AHEAD_AT_MOST - len(held))
    )
    place = subject.place(WHOLE_ROW)
    return tuple(
        Ticket(item.id, entry, WHOLE_ROW, Side.NONE, item.issued_at, item.in_time_until, item.good_until, place)
        for item in (*held, *made)
    )


@transaction.atomic
def declare_capture(ticket: UUID, sha256: str, claim: Claim, *, by: Person, at: datetime, secret: str = "") -> Capture:
    """Take the hash of a photo, and what the device says of it, before the photo itself comes. The same again changes
    nothing. ``secret``: the device's, for tickets that only it may use. ``Misuse`` (hash_malformed, ticket_unknown),
    ``Refused`` (ticket_of_another, ticket_of_another_device, ticket_used)."""
    if not _HASH.fullmatch(sha256):
        raise Misuse("hash_malformed", "照片指纹写法不对，应为 64 位小写十六进制的 SHA-256。")
    held = ticket_of(ticket, by)
    if held.device and hashlib.sha256(secret.encode()).hexdigest() != held.device:
        message = "这张拍摄凭证是发给另一台设备的，不能用。请在取凭证的那台设备上发送。"
        raise Refused("ticket_of_another_device", message)
    told, made = CaptureRow.objects.get_or_create(
        ticket=held, defaults={"sha256": sha256, "told_at": at, "claim": claim_document(trimmed(claim))}
    )
    if not made and told.sha256 != sha256:
        raise Refused("ticket_used", "这张拍摄凭证已经用在另一张照片上。每张照片要各取一张凭证，请重新拍摄。")
    return capture_of(told)


def ticket_of(ticket: UUID, by: Person) -> TicketRow:
    """The person's own ticket; ``Misuse`` (ticket_unknown), ``Refused`` (ticket_of_another)."""
    held = TicketRow.objects.filter(pk=ticket).first()
    if held is None:
        raise Misuse("ticket_unknown", "没有这张拍摄凭证。请回到这一行的佐证页重新拍摄。")
    if held.person != by.username:
        raise Refused("ticket_of_another", "这张拍摄凭证是发给别人的，不能用。请用自己的账号重新拍摄。")
    return held


def capture_of(told: CaptureRow) -> Capture:
    """How a photo came, as the server saw it."""
    held = told.ticket
    return Capture(held.issued_at, held.in_time_until, held.good_until, told.told_at)


def claim_of(told: CaptureRow) -> Claim:
    """What the device said at the shutter."""
    return claim_from(told.claim)


def trimmed(claim: Claim) -> Claim:
    """A claim without what no device can mean: places off the earth, an accuracy of a thousand kilometres."""
    place = claim.place
    if place is not None and not (_within(place.longitude, 180) and _within(place.latitude, 90)):
        place = None
    accuracy = claim.accuracy if claim.accuracy is None or 0 <= claim.accuracy < 10**6 else None
    device, software = claim.device[:TEXT_AT_MOST], claim.software[:TEXT_AT_MOST]
    return replace(claim, place=place, accuracy=accuracy, device=device, software=software)


def _within(degrees: Decimal, most: int) -> bool:
    return degrees.is_finite() and abs(degrees) <= most
