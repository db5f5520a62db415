"""Messages as files, for networks that never touch: one side lays them down, somebody carries the folder, the other
side takes them up and lays its receipts down beside them.

``to-CODE/ID.message`` is sealed for that member, ``to-CODE/ID.receipt`` is a signed receipt for it. A file is there
whole or not at all, and the same message twice is the same file. Names and sizes are looked at before anything is read;
links are not followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from shishi.adapters.exchange.base import Sealed, Unreachable
from shishi.core.errors import Misuse
from shishi.core.exchange import require_member

MESSAGE, RECEIPT = "message", "receipt"
MOST_RECEIPT = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Found:
    """A file for this member. ``content`` is ``None`` where it is larger than any message may be, or no plain file."""

    path: Path
    kind: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class FolderWay:
    """``folder``: an absolute path. ``Misuse`` (peer_address) for another."""

    folder: Path
    prompt: bool = False

    def __post_init__(self) -> None:
        """A path that means the same wherever the program is started."""
        if not self.folder.is_absolute():
            raise Misuse("peer_address", f"交换文件夹“{self.folder}”应写完整路径，例如 folder:/media/exchange。")

    def send(self, message: Sealed) -> str:
        """See :class:`shishi.adapters.exchange.base.Way`."""
        lay_down(self.folder, message.receiver, message.id, MESSAGE, message.content)
        return ""


def lay_down(folder: Path, receiver: str, message: UUID, kind: str, content: bytes) -> Path:
    """Write a message or a receipt for a member, whole or not at all. :class:`Unreachable` where the folder cannot be
    written."""
    target = folder / f"to-{require_member(receiver)}" / f"{message}.{kind}"
    draft = target.with_suffix(f".{os.getpid()}.part")
    try:
        if not folder.is_dir():
            raise FileNotFoundError(2, "not there", str(folder))
        target.parent.mkdir(exist_ok=True)
        with draft.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    except OSError as fault:
        told = f"写不进交换文件夹 {folder}（{fault.strerror}）。请接好介质、核对权限；之后自动补写。"
        raise Unreachable("peer_unreachable", told) from fault
    return target


def found(folder: Path, us: str, most: int) -> Iterator[Found]:
    """What lies there for this member, messages before receipts, by name. Contents over ``most`` bytes are not read.
    ``Misuse`` (folder_missing)."""
    if not folder.is_dir():
        raise Misuse("folder_missing", f"没有文件夹 {folder}。请核对路径，或接好介质。")
    mine = folder / f"to-{require_member(us)}"
    for kind, limit in ((MESSAGE, most), (RECEIPT, MOST_RECEIPT)):
        for path in sorted(mine.glob(f"*.{kind}")):
            yield Found(path, kind, _content(path, limit))


def taken_up(path: Path) -> None:
    """It is held, and answered: the file may go. Where it cannot be removed it is taken up again next time, to no
    effect."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _content(path: Path, most: int) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as given:
        content = given.read(most + 1)
    return content if len(content) <= most else None
