"""Files in a folder, by the first two letters of their names in folders of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident

from shishi.core.errors import Refused


class Folder:
    """See :class:`shishi.adapters.storage.base.Storage`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, name: str) -> Path:
        """Where the content of that name lies."""
        return self._folder / name[:2] / name

    def put(self, name: str, content: bytes) -> None:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        target = self.path_of(name)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f".{os.getpid()}.{get_ident()}.part")
        with draft.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)

    def get(self, name: str) -> bytes:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        try:
            return self.path_of(name).read_bytes()
        except FileNotFoundError as missing:
            message = f"文件 {name[:16]} 不在数据文件夹中。请从备份恢复 files 目录。"
            raise Refused("file_missing", message) from missing

    def has(self, name: str) -> bool:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        return self.path_of(name).exists()

    def names(self) -> Iterator[str]:
        """See :class:`shishi.adapters.storage.base.Storage`."""
        for path in sorted(self._folder.glob("??/*")):
            if path.is_file() and path.suffix != ".part":
                yield path.name
