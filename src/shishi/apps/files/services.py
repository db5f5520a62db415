"""Keeping content. The file is stored, whole, before the row that names it is committed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from shishi.adapters.crypto import KeyRing
from shishi.adapters.storage.base import Storage
from shishi.adapters.storage.bucket import Bucket
from shishi.adapters.storage.folder import Folder
from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.files.models import StoredFile


def key_ring() -> KeyRing:
    """The keys of this data folder."""
    return KeyRing(Path(settings.DATA) / "keys" / "ring.json")


def storage() -> Storage:
    """Where this store's files lie: in its data folder, or in the bucket that ``SHISHI_FILES`` names."""
    return _bucket(settings.FILES) if settings.FILES else _folder()


def _folder() -> Folder:
    return Folder(Path(settings.DATA) / "files")


@lru_cache(maxsize=4)
def _bucket(address: str) -> Bucket:
    return Bucket(address)


def path_of(sha256: str) -> Path:
    """Where the encrypted content lies when it lies in the data folder."""
    return _folder().path_of(sha256)


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
    """Have the contents stored, without a word about them in the database, and tell their hashes: what can be done
    before the transaction that refers to them, and beside other work. A disk takes its time to say that it has one, and
    takes several meanwhile."""
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    place = storage()
    lacking = {sha256: content for sha256, content in zip(hashes, contents, strict=True) if not place.has(sha256)}
    if lacking:
        ring = key_ring()
        with ThreadPoolExecutor(len(lacking)) as pool:
            for written in [pool.submit(_write, place, ring, *one) for one in lacking.items()]:
                written.result()
    return hashes


def _write(place: Storage, ring: KeyRing, sha256: str, content: bytes) -> None:
    place.put(sha256, ring.encrypt(content, f"file:{sha256}"))


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
    return key_ring().decrypt(storage().get(sha256), f"file:{sha256}")


def kept() -> tuple[str, ...]:
    """The hashes of everything that is kept."""
    return tuple(StoredFile.objects.order_by("sha256").values_list("sha256", flat=True))


def copy_out(folder: Path) -> None:
    """Put everything that is stored into a folder, as sealed as it is: for a backup."""
    source, target = storage(), Folder(folder)
    for name in source.names():
        target.put(name, source.get(name))


def copy_in(folder: Path) -> None:
    """Store everything of such a folder again."""
    source, target = Folder(folder), storage()
    for name in source.names():
        target.put(name, source.get(name))
