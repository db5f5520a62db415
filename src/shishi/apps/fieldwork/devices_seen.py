"""Reading devices, the forms that they may fill in, and what they sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from shishi.adapters.xforms.base import FormAsked, XForm
from shishi.adapters.xforms.writing import unfit, write_form
from shishi.apps.accounts.models import Person, Post
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import Reach, posts_of
from shishi.apps.audit.chain import digest, moment_text
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.fieldwork.models import Device as Device  # pages name the type; they never import models
from shishi.apps.fieldwork.models import SubmissionRow
from shishi.apps.machines.clients import token_digest
from shishi.apps.programmes.selectors import programmes, tables
from shishi.core.calendars import day_of
from shishi.core.divisions import Level, covers, normalise
from shishi.core.errors import Misuse, Refused
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import FieldType, Table

MOST_CHOICES = 400
"""So many divisions a phone's list may have; beyond that a code is typed."""
_written: dict[tuple[object, ...], XForm | None] = {}


@dataclass(frozen=True)
class Offered:
    """A form that a device may fill in, with what it is about."""

    pack: Pack
    programme: Programme
    table: Table
    form: XForm


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device as it is shown. ``works``: it may hand in today."""

    id: int
    title: str
    person: str
    body: str
    role: str
    until: date
    made_at: datetime
    ended_at: datetime | None
    works: bool
    sent: int


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission as it is shown. ``missing``: names of files that its form speaks of and that are not here."""

    id: int
    instance: str
    replaces: str
    replaced: bool
    person: str
    device: str
    table: str
    table_title: str
    received_at: datetime
    state: str
    faults: tuple[Mapping[str, str], ...]
    batch: str
    reason: str
    files: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


def device_of(token: str, at: datetime) -> Device:
    """The device that holds the token. ``Misuse``: device_unknown, device_ended."""
    found = Device.objects.filter(token_digest=token_digest(token)).select_related("post__person", "post__body").first()
    if found is None:
        raise Misuse("device_unknown", "采集设备的凭证不对。请重新扫描设置二维码，或请管理人员重新生成。")
    if post_of(found, at) is None:
        raise Misuse("device_ended", "采集设备的凭证已停用或到期，或岗位已变动。请重新生成一个设置二维码。")
    return found


def post_of(device: Device, at: datetime) -> Post | None:
    """The post for which the device hands in, while both hold."""
    on = day_of(at)
    if device.ended_at is not None or device.until < on or not device.post.person.is_active:
        return None
    return next((post for post in posts_of(device.post.person, on) if post.pk == device.post_id), None)


def reach_of(device: Device, at: datetime) -> Reach | None:
    """How far the device reaches: as its post does, if that may hand in."""
    post = post_of(device, at)
    if post is None or Action.HAND_IN not in MAY[Role(post.role)]:
        return None
    return Reach(tuple(post.divisions), tuple(post.programmes))


def forms_for(device: Device, at: datetime) -> tuple[Offered, ...]:
    """The forms that the device may fill in, by programme and table."""
    reach = reach_of(device, at)
    if reach is None:
        return ()
    found = []
    choices: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
    for pack, programme in programmes():
        roots = _roots(reach, programme)
        if not roots:
            continue
        divisions = choices[roots] = choices.get(roots) or _choices(roots, at)
        for table in programme.tables:
            form = _form(pack, table, divisions)
            if form:
                found.append(Offered(pack, programme, table, form))
    return tuple(found)


def form_for(device: Device, asked: str, at: datetime) -> Offered:
    """One of them by its id; ``Misuse`` (unknown_form)."""
    found = next((item for item in forms_for(device, at) if item.form.id == asked), None)
    if found is None:
        raise Misuse("unknown_form", "没有这张采集表，或它不在这台设备的范围内。请在手机上刷新表单列表。")
    return found


def unfit_tables(device: Device, at: datetime) -> tuple[str, ...]:
    """Why tables within the device's reach are not among its forms."""
    reach = reach_of(device, at)
    held = [item for _, item in programmes() if reach and _roots(reach, item)]
    return tuple(why for programme in held for table in programme.tables if (why := unfit(table)))


def forms_of_device(person: Person, device: int, *, at: datetime) -> tuple[tuple[Offered, ...], tuple[str, ...]]:
    """What one of the person's own devices may fill in, and why other tables are not among it."""
    row = Device.objects.select_related("post__person", "post__body").get(pk=device_seen(person, device, at=at).id)
    return forms_for(row, at), unfit_tables(row, at)


def devices_for(person: Person, *, at: datetime) -> tuple[DeviceView, ...]:
    """The person's own devices, the newest first."""
    found = Device.objects.filter(post__person=person).select_related("post__person", "post__body").order_by("-pk")
    return tuple(_view(item, at) for item in found)


def device_seen(person: Person, device: int, *, at: datetime) -> DeviceView:
    """One of the person's own; ``Misuse`` (unknown_device)."""
    found = next((item for item in devices_for(person, at=at) if item.id == device), None)
    if found is None:
        raise Misuse("unknown_device", "没有这台采集设备，或它不是您的。")
    return found


def submissions_for(
    person: Person, *, at: datetime, state: str = "", offset: int = 0, limit: int = 50
) -> tuple[SubmissionView, ...]:
    """What the person's devices sent, the newest first; paged."""
    found = _submissions(person)
    found = found.filter(state=state) if state else found
    return tuple(submission_view(row) for row in found.order_by("-received_at", "-pk")[offset : offset + limit])


def submission_seen(person: Person, submission: int, *, at: datetime) -> SubmissionView:
    """One of them; ``Misuse`` (unknown_submission)."""
    return submission_view(submission_row(person, submission))


def submission_row(person: Person, submission: int) -> SubmissionRow:
    """The stored one; ``Misuse`` (unknown_submission)."""
    found = _submissions(person).filter(pk=submission).first()
    if found is None:
        raise Misuse("unknown_submission", "没有这份采集，或它不是您的设备发来的。")
    return found


def submission_view(row: SubmissionRow) -> SubmissionView:
    """A stored submission as it is shown."""
    table = tables().get(row.table)
    files = tuple((item.name, item.sha256) for item in row.files.all())
    here = {name for name, _ in files}
    return SubmissionView(
        id=row.pk,
        instance=row.instance,
        replaces=row.replaces.instance if row.replaces else "",
        replaced=hasattr(row, "replaced_by"),
        person=row.person,
        device=row.device.title,
        table=row.table,
        table_title=table.title if table else row.table,
        received_at=row.received_at,
        state=row.state,
        faults=tuple(row.faults),
        batch=row.batch,
        reason=row.reason,
        files=files,
        missing=tuple(name for name in row.expected if name not in here),
    )


def digest_of_device(row: Device) -> str:
    """SHA-256 over a device as it was made."""
    return digest([row.post_id, row.title, row.token_digest, str(row.until), row.made_by, moment_text(row.made_at)])


def digest_of_submission(row: SubmissionRow) -> str:
    """SHA-256 over a submission as it came."""
    told = [row.instance, row.replaces_id, row.device_id, row.person, row.table, row.version, row.sha256]
    return digest([*told, list(row.expected), moment_text(row.received_at)])


def recomputed_device(subject: str) -> str | None:
    """For the audit: the digest of a device from what is stored now."""
    row = Device.objects.filter(pk=subject).first()
    return digest_of_device(row) if row else None


def device_identifiers() -> tuple[str, ...]:
    """For the audit: every device must have its event."""
    return tuple(str(pk) for pk in Device.objects.order_by("pk").values_list("pk", flat=True))


def recomputed_submission(subject: str) -> str | None:
    """For the audit: the digest of a submission from what is stored now."""
    row = SubmissionRow.objects.filter(pk=subject).first()
    return digest_of_submission(row) if row else None


def submission_identifiers() -> tuple[str, ...]:
    """For the audit: every submission must have its event."""
    return tuple(str(pk) for pk in SubmissionRow.objects.order_by("pk").values_list("pk", flat=True))


def _submissions(person: Person) -> QuerySet[SubmissionRow]:
    related = SubmissionRow.objects.filter(person=person.username).select_related("device", "replaces", "replaced_by")
    return related.prefetch_related("files")


def _view(item: Device, at: datetime) -> DeviceView:
    post = item.post
    return DeviceView(
        id=item.pk,
        title=item.title,
        person=post.person.username,
        body=post.body.title,
        role=post.role_label,
        until=item.until,
        made_at=item.made_at,
        ended_at=item.ended_at,
        works=post_of(item, at) is not None,
        sent=item.submissions.count(),
    )


def _roots(reach: Reach, programme: Programme) -> tuple[str, ...]:
    """The divisions of the reach within the programme's, or the programme's own where the reach is wider."""
    root = normalise(programme.division)
    if reach.holds(root, programme.name):
        return (root,)
    return tuple(code for code in reach.divisions if covers(root, code) and reach.holds(code, programme.name))


def _choices(roots: Sequence[str], at: datetime) -> tuple[tuple[str, str], ...]:
    """The units within, as far down as a phone's list bears; ``()`` where not even the roots' counties fit."""
    best: tuple[tuple[str, str], ...] = ()
    on = day_of(at)
    for level in (Level.CITY, Level.COUNTY, Level.STREET, Level.VILLAGE):
        found: dict[str, str] = {}
        for root in roots:
            tree = load_tree(root, down_to=level)
            own = tree.find(root, on)
            found |= {own.official_code: own.name} if own else {}
            for deep in Level:
                if own and own.level < deep <= level:
                    found |= {unit.official_code: unit.name for unit in tree.under(root, deep, on)}
        if len(found) > MOST_CHOICES:
            return best
        best = tuple(sorted(found.items()))
    return best


def _form(pack: Pack, table: Table, divisions: tuple[tuple[str, str], ...]) -> XForm | None:
    """The form, kept in memory: it is the same until the pack or the divisions change."""
    key = (pack.version, table.name, divisions)
    if key not in _written:
        if len(_written) >= 500:
            _written.clear()
        try:
            _written[key] = write_form(FormAsked(table, divisions, photos_of(table)))
        except Refused:
            _written[key] = None
    return _written[key]


def photos_of(table: Table) -> frozenset[str]:
    """The file fields of which photos may be asked for on a phone: none, unless the pack gives a permitted reason."""
    permitted = any(plan.photos and plan.reason for plan in table.evidence)
    return frozenset(item.name for item in table.fields if permitted and item.type is FieldType.FILE)
