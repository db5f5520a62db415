"""Who can compute the digest of a subject again from what is stored now; ``conf`` registers them at the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Digester = Callable[[str], str | None]
_digesters: dict[str, Digester] = {}


def register_digester(kind: str, digester: Digester) -> None:
    """``digester`` recomputes the digest of a subject ``kind:id`` from what is stored now (``None``: it is gone)."""
    _digesters[kind] = digester


def digesters() -> Mapping[str, Digester]:
    """The registered digesters by kind of subject."""
    return _digesters
