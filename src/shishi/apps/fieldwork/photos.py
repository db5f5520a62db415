"""Photos of visits: told of with their hash, taken in when they arrive, each once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.fieldwork.models import VisitPhoto
from shishi.apps.fieldwork.visit_history import digest_of_photo
from shishi.apps.fieldwork.visits_seen import PhotoView, photo_view
from shishi.apps.files.services import keep
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused

MOST_BYTES = 20 * 2**20
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc"})


def media_type_of(content: bytes) -> str:
    """The type by what the bytes begin with, whatever the name says; empty for what is no photo that we take."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "image/heic"
    return ""


@transaction.atomic
def take_photo(photo: UUID, content: bytes, *, by: Person, at: datetime) -> PhotoView:
    """Keep the bytes of a photo that its visit told of; the same again changes nothing. Only who carried the visit out
    sends them. ``Misuse``: unknown_photo; ``Refused``: photo_differs, photo_not_image, photo_too_large."""
    one_at_a_time()
    row = VisitPhoto.objects.select_for_update().filter(uuid=photo, visit__done_by=by.username).first()
    if row is None:
        raise Misuse("unknown_photo", "没有登记过这张照片。请先发送走访记录，再发送照片。")
    if hashlib.sha256(content).hexdigest() != row.sha256:
        told = "照片与登记时的校验值不一样：传送中断了，或照片被改过。没有收下，请重新发送。"
        raise Refused("photo_differs", told)
    if row.arrived_at:
        return photo_view(row)
    if len(content) > MOST_BYTES:
        raise Refused("photo_too_large", f"照片超过 {MOST_BYTES // 2**20} MB，没有收下。请用较低的分辨率重拍。")
    row.media_type = media_type_of(content)
    if not row.media_type:
        raise Refused("photo_not_image", "这个文件不是照片（JPEG、PNG、WebP、HEIC），没有收下。请重新拍照。")
    keep(content, at)
    row.arrived_at = at
    row.save(update_fields=["arrived_at", "media_type"])
    detail = {"sha256": row.sha256, "visit": row.visit_id, "problem": row.problem_id}
    subject, body = f"visit.photo:{row.pk}", body_of(by, day_of(at))
    proof = digest_of_photo(row)
    record(at=at, person=by.username, body=body, action="visit.photo", subject=subject, digest=proof, detail=detail)
    return photo_view(row)
