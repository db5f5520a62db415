"""Photos of visits: told of with their hash, taken in when they arrive, each once.

The bytes are opened in the darkroom's cage before anything is kept, and what people look at is a copy made anew. A
photo of a visit that is about a row of a ledger is evidence of that row, too, where its person may hand in there.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shishi.adapters.images.base import Developed, Order
from shishi.adapters.images.darkroom import PillowDarkroom
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.assurance.evidence import NewEvidence, receive_evidence
from shishi.apps.assurance.uploads import forget_upload, take_part, whole_of
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.fieldwork.models import VisitPhoto
from shishi.apps.fieldwork.visit_history import digest_of_photo
from shishi.apps.fieldwork.visits_seen import PhotoView, photo_view
from shishi.apps.files.services import keep
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused
from shishi.core.evidence_trust import Claim
from shishi.core.tables import Point

MOST_BYTES = 20 * 2**20


def take_photo(photo: UUID, content: bytes, *, by: Person, at: datetime) -> PhotoView:
    """Keep the bytes of a photo that its visit told of; the same again changes nothing. Only who carried the visit out
    sends them. ``Misuse``: unknown_photo; ``Refused``: photo_differs, photo_too_large, and what the darkroom
    refuses."""
    row = _named(photo, by)
    if hashlib.sha256(content).hexdigest() != row.sha256:
        told = "照片与登记时的校验值不一样：传送中断了，或照片被改过。没有收下，请重新发送。"
        raise Refused("photo_differs", told)
    if row.arrived_at:
        return photo_view(row)
    if len(content) > MOST_BYTES:
        raise _too_large()
    picture = PillowDarkroom().develop(content, Order())
    evidence = _as_evidence(row, content, by, at)
    return _keep(row.pk, content, picture, evidence, by, at)


def take_photo_part(
    photo: UUID, size: int, offset: int, part: bytes, *, by: Person, at: datetime
) -> tuple[int, PhotoView | None]:
    """Take a part of a photo (:func:`take_part`); how many bytes are here, and the photo once it is whole. Parts that
    came before change nothing. What :func:`take_photo` refuses."""
    row = _named(photo, by)
    if row.arrived_at:
        return size, photo_view(row)
    if size > MOST_BYTES:
        raise _too_large()
    held = take_part(row.sha256, size, offset, part, by=by, at=at)
    if held < size:
        return held, None
    view = take_photo(photo, whole_of(row.sha256, by=by), by=by, at=at)
    forget_upload(row.sha256, by=by)
    return size, view


def _named(photo: UUID, by: Person) -> VisitPhoto:
    row = VisitPhoto.objects.filter(uuid=photo, visit__done_by=by.username).select_related("visit").first()
    if row is None:
        raise Misuse("unknown_photo", "没有登记过这张照片。请先发送走访记录，再发送照片。")
    return row


def _too_large() -> Refused:
    return Refused("photo_too_large", f"照片超过 {MOST_BYTES // 2**20} MB，没有收下。请用较低的分辨率重拍。")


def _as_evidence(row: VisitPhoto, content: bytes, by: Person, at: datetime) -> int | None:
    """Its number as evidence of the row that the visit is about: with the ticket that the phone had fetched, else at
    the lowest level of trust."""
    visit = row.visit
    if visit.entry is None:
        return None
    place = (
        Point(visit.longitude, visit.latitude) if visit.longitude is not None and visit.latitude is not None else None
    )
    claim = Claim(row.taken_at, place, visit.accuracy)
    try:
        return receive_evidence(
            NewEvidence(visit.entry, file_name=row.name, caption=visit.title, ticket=row.ticket, claim=claim),
            content,
            by=by,
            at=at,
        ).evidence_id
    except (Misuse, Refused):
        return None  # who may not hand in there, or a row withdrawn meanwhile: it stays a photo of the visit


@transaction.atomic
def _keep(pk: int, content: bytes, picture: Developed, evidence: int | None, by: Person, at: datetime) -> PhotoView:
    one_at_a_time()
    row = VisitPhoto.objects.select_for_update().get(pk=pk)
    if row.arrived_at:  # it came twice at once
        return photo_view(row)
    keep(content, at)
    row.media_type, row.arrived_at, row.evidence = f"image/{picture.kind}", at, evidence
    row.view, row.thumb = keep(picture.view, at).sha256, keep(picture.thumb, at).sha256
    row.save(update_fields=["arrived_at", "media_type", "view", "thumb", "evidence"])
    detail = {"sha256": row.sha256, "visit": row.visit_id, "problem": row.problem_id, "evidence": evidence}
    subject, body = f"visit.photo:{row.pk}", body_of(by, day_of(at))
    proof = digest_of_photo(row)
    record(at=at, person=by.username, body=body, action="visit.photo", subject=subject, digest=proof, detail=detail)
    return photo_view(row)
