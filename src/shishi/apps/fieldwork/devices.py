"""Making and ending devices: each holds a token for one post until a day; only the token's digest is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from shishi.apps.accounts.acting import record_act
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import posts_of
from shishi.apps.audit.services import one_at_a_time
from shishi.apps.fieldwork.devices_seen import DeviceView, device_seen, digest_of_device
from shishi.apps.fieldwork.models import Device
from shishi.apps.machines.clients import token_digest
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class MadeDevice:
    """A device just made; the token is told this once."""

    device: DeviceView
    token: str


@transaction.atomic
def make_device(post: int, title: str, until: date, *, by: Person, at: datetime) -> MadeDevice:
    """A device for one of the person's own posts. ``Misuse``: device_untitled, device_post, device_until."""
    on = day_of(at)
    held = next((item for item in posts_of(by, on) if item.pk == post and item.delegation is None), None)
    if held is None or Action.HAND_IN not in MAY[Role(held.role)]:
        raise Misuse("device_post", "请选一个您自己的、可以报送的岗位。代理来的岗位不能绑定设备。")
    if not 0 < len(title.strip()) <= 80:
        raise Misuse("device_untitled", "请给设备起个名字（80 字以内），例如：办公室的安卓手机。")
    most = min(on + LONGEST, held.until) if held.until else on + LONGEST
    if not on <= until <= most:
        raise Misuse("device_until", f"截止日应在 {on} 到 {most} 之间（最长一年，不晚于岗位截止日）。")
    token = secrets.token_urlsafe(32)
    row = Device.objects.create(
        post_id=held.pk,
        title=title.strip(),
        token_digest=token_digest(token),
        until=until,
        made_by=by.username,
        made_at=at,
    )
    detail = {"post": held.pk, "until": str(until)}
    record_act(by, at, "device.make", f"device:{row.pk}", digest_of_device(row), detail)
    return MadeDevice(device_seen(by, row.pk, at=at), token)


@transaction.atomic
def end_device(device: int, *, by: Person, at: datetime) -> DeviceView:
    """From now on its token opens nothing; ending it again changes nothing."""
    one_at_a_time()
    seen = device_seen(by, device, at=at)
    row = Device.objects.select_for_update().get(pk=seen.id)
    if row.ended_at is None:
        row.ended_at, row.ended_by = at, by.username
        row.save(update_fields=["ended_at", "ended_by"])
        record_act(by, at, "device.end", f"device.end:{row.pk}", "", {"device": row.pk})
    return device_seen(by, device, at=at)
