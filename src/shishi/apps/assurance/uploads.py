"""Files that come in parts, over networks that break: what came stays, what comes again changes nothing.

A file is known by its SHA-256 and the person who sends it. Parts are kept as files are, encrypted; when all are here,
the whole is proved by its hash and taken as evidence.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from shishi.adapters.images.base import MOST_BYTES
from shishi.apps.assurance.evidence import NewEvidence, ReceivedEvidence, receive_evidence
from shishi.apps.assurance.models import Upload
from shishi.apps.files.services import content_of, keep
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

PART_AT_MOST = 4 * 2**20
OPEN_AT_MOST = 500
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
        held.parts = [*held.parts, keep(fresh, at).sha256]
        held.held += len(fresh)
        held.save(update_fields=["parts", "held"])
    return held.held


def receive_upload(new: NewEvidence, sha256: str, *, by: Person, at: datetime) -> ReceivedEvidence:
    """Put the parts together and take the whole as evidence. ``Misuse`` (upload_unfinished), ``Refused`` (hash_differs:
    the parts are thrown away and the file has to be sent again), and all of :func:`receive_evidence`."""
    held = Upload.objects.filter(person=by.username, sha256=sha256).first()
    if held is None or held.held < held.size:
        here = held.held if held else 0
        raise Misuse("upload_unfinished", f"文件还没有传完：收到了 {here} 字节。请接着传完再提交。")
    content = b"".join(content_of(part) for part in held.parts)
    if hashlib.sha256(content).hexdigest() != sha256:
        held.delete()
        raise Refused("hash_differs", "文件与先报的指纹不符：在途中被改动或传错。请重新上传。")
    done = receive_evidence(new, content, by=by, at=at)
    held.delete()
    return done
