"""The port of storage: whole files under names that never change their content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Storage(Protocol):
    """Keeps sealed content under the SHA-256 of the plain one. A name is written once: writing it again changes
    nothing, and whoever reads sees all of it or nothing."""

    def put(self, name: str, content: bytes) -> None:
        """Keep the content; it is there, whole, when this returns. ``Refused`` (storage_unusable)."""

    def get(self, name: str) -> bytes:
        """The content; ``Refused`` (file_missing) when there is none of this name, (storage_unusable)."""

    def has(self, name: str) -> bool:
        """Whether there is content of this name."""

    def names(self) -> Iterator[str]:
        """Every name, in order."""
