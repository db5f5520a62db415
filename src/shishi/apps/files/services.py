"""Keeping content. The file is on disk, whole, before the row that names it is committed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import get_ident

from django.conf import settings
from django.db import transaction

from shishi.adapters.crypto import KeyRing
from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.files.models import StoredFile
from shishi.core.errors import Refused


def key_ring() -> KeyRing:
    """The keys of this data folder."""
    return KeyRing(Path(settings.DATA) / "keys" / "ring.json")


def path_of(sha256: str) -> Path:
    """Where the encrypted content lies."""
    return Path(settings.DATA) / "files" / sha256[:2] / sha256


def keep(content: bytes, at: datetime) -> StoredFile:
    """Store the content once; call inside the transaction that refers to it."""
    (held,) = keep_all([content], at)
    return held


def keep_all(contents: Sequence[bytes], at: datetime) -> list[StoredFile]:
    """The same of several that belong together."""
    return [
        StoredFile.objects.get_or_create(sha256=sha256, defaults={"size": len(content), "stored_at": at})[0]
        for sha256, content in zip(lay_down(contents), contents, strict=True)
    ]


def lay_down(contents: Sequence[bytes]) -> list[str]:
    """Have the contents on disk, without a word about them in the store, and tell their hashes: what can be done before
    the transaction that refers to them, and beside other work. A disk takes its time to say that it has one, and takes
    several meanwhile."""
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    lacking = {
        sha256: content for sha256, content in zip(hashes, contents, strict=True) if not path_of(sha256).exists()
    }
    if lacking:
        ring = key_ring()
        with ThreadPoolExecutor(len(lacking)) as pool:
            for written in [pool.submit(_write, ring, *one) for one in lacking.items()]:
                written.result()
    return hashes


def _write(ring: KeyRing, sha256: str, content: bytes) -> None:
    """Whole or not at all."""
    target = path_of(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.{get_ident()}.part")
    with draft.open("wb") as out:
        out.write(ring.encrypt(content, f"file:{sha256}"))
        out.flush()
        os.fsync(out.fileno())
    draft.replace(target)


@transaction.atomic
def keep_sent(content: bytes, name: str, what: str, *, by: Person, at: datetime) -> str:
    """Keep a file that is to be looked at before anything is done with it; returns its hash. That somebody sent it is
    on the trail as ``what.uploaded``."""
    held = keep(content, at).sha256
    detail = {"file": name[:255], "sha256": held, "bytes": len(content)}
    record(at=at, person=by.username, action=f"{what}.uploaded", subject=f"file:{held}", detail=detail)
    return held


def content_of(sha256: str) -> bytes:
    """The plain content; ``Refused`` (file_missing) when it was lost, (cannot_decrypt) when it was changed."""
    path = path_of(sha256)
    if not path.exists():
        raise Refused("file_missing", f"文件 {sha256[:16]} 不在数据文件夹中。请从备份恢复 files 目录。")
    return key_ring().decrypt(path.read_bytes(), f"file:{sha256}")


def kept() -> tuple[str, ...]:
    """The hashes of everything that is kept."""
    return tuple(StoredFile.objects.order_by("sha256").values_list("sha256", flat=True))
