"""Files that come in parts, over networks that break: what came stays, what comes again changes nothing.

A file is known by its SHA-256 and the person who sends it. Parts lie apart, encrypted; when all are here, the whole is
proved by its hash and taken as what it was sent for. What nobody finishes within a week is tidied up.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from shishi.adapters.images.base import MOST_BYTES
from shishi.apps.assurance.evidence import NewEvidence, ReceivedEvidence, receive_evidence
from shishi.apps.assurance.models import Upload
from shishi.apps.audit.services import record
from shishi.apps.files.pieces import lay_aside, older_than, piece, throw_away
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

PART_AT_MOST = 4 * 2**20
OPEN_AT_MOST = 500
KEPT = timedelta(days=7)
"""How long a file may take to come whole."""
WORKER = "（后台）"
"""Who tidied up, on the trail."""
_HASH = re.compile(r"[0-9a-f]{64}")


def held_of(sha256: str, *, by: Person) -> int:
    """How many bytes of the person's file are here, from the first one on; 0 when none is."""
    found = Upload.objects.filter(person=by.username, sha256=sha256).first()
    return found.held if found else 0


@transaction.atomic
def take_part(sha256: str, size: int, offset: int, part: bytes, *, by: Person, at: datetime) -> int:
    """Take a part that begins at ``offset`` of a file of ``size`` bytes; how many bytes are here now. A part that came
    before changes nothing. ``Misuse``: hash_malformed, upload_gap, upload_differs, part_size, uploads_many."""
    if not _HASH.fullmatch(sha256):
        raise Misuse("hash_malformed", "文件指纹写法不对，应为 64 位小写十六进制的 SHA-256。")
    if not 0 < size <= MOST_BYTES:
        raise Misuse("part_size", f"文件最大 {MOST_BYTES // 2**20} MB。")
    if not 0 < len(part) <= PART_AT_MOST or offset < 0 or offset + len(part) > size:
        raise Misuse("part_size", f"每一段 1 字节到 {PART_AT_MOST // 2**20} MB，并且不能超出文件的大小。")
    if Upload.objects.filter(person=by.username).exclude(sha256=sha256).count() >= OPEN_AT_MOST:
        raise Misuse("uploads_many", f"没有传完的文件已有 {OPEN_AT_MOST} 个。请先传完前面的。")
    Upload.objects.get_or_create(person=by.username, sha256=sha256, defaults={"size": size, "began_at": at})
    held = Upload.objects.select_for_update().get(person=by.username, sha256=sha256)
    if held.size != size:
        raise Misuse("upload_differs", "同一个文件前后报的大小不一样。请重新选择文件上传。")
    if offset > held.held:
        raise Misuse("upload_gap", f"前面还缺一段：这里收到了 {held.held} 字节，请从那里接着传。")
    fresh = part[held.held - offset :]
    if fresh:
        held.parts = [*held.parts, lay_aside(fresh)]
        held.held += len(fresh)
        held.save(update_fields=["parts", "held"])
    return held.held


def whole_of(sha256: str, *, by: Person) -> bytes:
    """The file put together. ``Misuse`` (upload_unfinished), ``Refused`` (hash_differs, piece_missing: the parts are
    thrown away and the file has to be sent again)."""
    held = Upload.objects.filter(person=by.username, sha256=sha256).first()
    if held is None or held.held < held.size:
        here = held.held if held else 0
        raise Misuse("upload_unfinished", f"文件还没有传完：收到了 {here} 字节。请接着传完再提交。")
    try:
        content = b"".join(piece(part) for part in held.parts)
    except Refused:
        forget_upload(sha256, by=by)
        raise
    if hashlib.sha256(content).hexdigest() != sha256:
        forget_upload(sha256, by=by)
        raise Refused("hash_differs", "文件与先报的指纹不符：在途中被改动或传错。请重新上传。")
    return content


def forget_upload(sha256: str, *, by: Person) -> None:
    """Throw the parts of a file away: it was taken in whole, or can't be."""
    for held in Upload.objects.filter(person=by.username, sha256=sha256):
        held.delete()
        throw_away(held.parts)


def receive_upload(new: NewEvidence, sha256: str, *, by: Person, at: datetime) -> ReceivedEvidence:
    """Put the parts together and take the whole as evidence. What :func:`whole_of` and :func:`receive_evidence`
    refuse."""
    done = receive_evidence(new, whole_of(sha256, by=by), by=by, at=at)
    forget_upload(sha256, by=by)
    return done


def tidy_uploads(at: datetime) -> int:
    """Throw away what nobody finished within a week; how many uploads. That it was done is on the trail, where there
    was something."""
    throw_away(older_than(at - 2 * KEPT))  # of processes that were killed between a piece and its row
    late = Upload.objects.filter(began_at__lt=at - KEPT)
    if not late.exists():
        return 0
    with transaction.atomic():
        old = list(late.select_for_update())
        for held in old:
            held.delete()
        detail = {"uploads": len(old), "bytes": sum(held.held for held in old)}
        record(at=at, person=WORKER, action="upload.tidied", subject="uploads:old", detail=detail)
    throw_away(name for held in old for name in held.parts)
    return len(old)
