"""Pieces 分段: parts of files that have not come whole yet. They lie apart from what is kept, sealed, until they are put
together or thrown away; no row but that of their upload knows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from shishi.apps.files.services import key_ring
from shishi.core.errors import Refused


def lay_aside(content: bytes) -> str:
    """Keep a piece; returns its name. It is there, whole, when this returns."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid4().hex
    half = folder / f"{name}.half"
    half.write_bytes(key_ring().encrypt(content, f"piece:{name}"))
    half.rename(folder / name)
    return name


def piece(name: str) -> bytes:
    """Its content; ``Refused`` (piece_missing) when it was thrown away meanwhile."""
    try:
        sealed = (_folder() / name).read_bytes()
    except FileNotFoundError as gone:
        raise Refused("piece_missing", "已传的一段不在了。请从头重新上传这个文件。") from gone
    return key_ring().decrypt(sealed, f"piece:{name}")


def throw_away(names: Iterable[str]) -> None:
    """What is gone already is no fault."""
    for name in names:
        (_folder() / name).unlink(missing_ok=True)


def older_than(moment: datetime) -> tuple[str, ...]:
    """The names of what was laid aside before the moment, halves of a killed process among them."""
    folder = _folder()
    found = folder.iterdir() if folder.is_dir() else ()
    return tuple(item.name for item in found if item.stat().st_mtime < moment.timestamp())


def _folder() -> Path:
    return Path(settings.DATA) / "pieces"
