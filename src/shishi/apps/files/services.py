"""Keeping content. The file is on disk, whole, before the row that names it is committed."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

from shishi.adapters.crypto import KeyRing
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
    sha256 = hashlib.sha256(content).hexdigest()
    target = path_of(sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f".{os.getpid()}.part")
        with draft.open("wb") as out:
            out.write(key_ring().encrypt(content, f"file:{sha256}"))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    held, _ = StoredFile.objects.get_or_create(sha256=sha256, defaults={"size": len(content), "stored_at": at})
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
