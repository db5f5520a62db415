"""Who can compute the digest of a subject again from what is stored now; ``conf`` registers them at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Digester = Callable[[str], str | None]
Subjects = Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Witness:
    """``digest`` recomputes the digest of a subject ``kind:id`` from what is stored now (``None``: it is gone).
    ``subjects`` lists every id that is stored: each must have its event."""

    digest: Digester
    subjects: Subjects


_witnesses: dict[str, Witness] = {}


def _none() -> Iterable[str]:
    return ()


def register_digester(kind: str, digester: Digester, subjects: Subjects = _none) -> None:
    """From now on ``audit verify`` asks about subjects of this kind."""
    _witnesses[kind] = Witness(digester, subjects)


def witnesses() -> Mapping[str, Witness]:
    """The registered ones by kind of subject."""
    return _witnesses
