"""Evidence 佐证: what proves a row, what counts for the state that it has now, and what it lacks of what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shishi.core.evidence_plans import EvidencePlan, Side
from shishi.core.evidence_trust import Trust, TrustLevel


class EvidenceKind(StrEnum):
    """``document`` is a paper (PDF): kept, handed out, never opened by the platform."""

    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence of a row. ``sequence`` is from the ledger's own: it tells what was known first.
    ``original``: SHA-256 of what came, unchanged."""

    sequence: int
    entry: UUID
    group: str
    kind: EvidenceKind
    side: Side
    original: str
    trust: Trust
    recorded_at: datetime
    person: str
    caption: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """What a row's group lacks of what its pack asks: so many photos of a side, or papers (``side`` none)."""

    kind: EvidenceKind
    side: Side
    wanted: int
    there: int

    @property
    def missing(self) -> int:
        """How many more it takes."""
        return self.wanted - self.there


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands behind a group of a row, and what it lacks. ``counted``: the evidence that counts for the state the
    group has now; ``outlived``: what was given for an earlier state."""

    plan: EvidencePlan | None
    counted: tuple[Evidence, ...]
    outlived: tuple[Evidence, ...]
    lacks: tuple[Lack, ...]

    @property
    def whole(self) -> bool:
        """Whether everything is there that the pack asks, and it does ask for something."""
        return self.plan is not None and not self.lacks


def proof_of(plan: EvidencePlan | None, evidence: Iterable[Evidence], settled: int) -> Proof:
    """What counts for a group whose values last changed at sequence ``settled``.

    A picture of *before* or *during* stays true whatever is written later. One of *after*, one without a side and a
    paper prove the values that stood when they came: a revision of the group outlives them.
    """
    counted: list[Evidence] = []
    outlived: list[Evidence] = []
    for item in sorted(evidence, key=lambda item: item.sequence):
        if item.withdrawn:
            continue
        lasting = item.kind is EvidenceKind.PHOTO and item.side in (Side.BEFORE, Side.DURING)
        (counted if lasting or item.sequence > settled else outlived).append(item)
    lacks = tuple(_lacks(plan, counted)) if plan else ()
    return Proof(plan, tuple(counted), tuple(outlived), lacks)


def _lacks(plan: EvidencePlan, counted: Sequence[Evidence]) -> Iterable[Lack]:
    """The same picture twice is one."""
    there = {side: len(_distinct(counted, EvidenceKind.PHOTO, side)) for side in Side}
    for side, wanted in plan.photos:
        if there[side] < wanted:
            yield Lack(EvidenceKind.PHOTO, side, wanted, there[side])
    papers = len({item.original for item in counted if item.kind is EvidenceKind.DOCUMENT})
    if papers < plan.documents:
        yield Lack(EvidenceKind.DOCUMENT, Side.NONE, plan.documents, papers)


def _distinct(items: Iterable[Evidence], kind: EvidenceKind, side: Side) -> set[str]:
    return {item.original for item in items if item.kind is kind and item.side is side}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Over some rows: of how many evidence is asked, how many have all of it, and what is missing of the others
    (kind and side → rows that lack it). ``levels``: how many pieces that count stand on each level."""

    asked: int
    whole: int
    lacking: Mapping[tuple[EvidenceKind, Side], int] = field(default_factory=dict)
    levels: Mapping[TrustLevel, int] = field(default_factory=dict)


def coverage_of(proofs: Iterable[Proof]) -> Coverage:
    """Count proofs of groups of which evidence is asked; others are passed over."""
    asked = whole = 0
    lacking: dict[tuple[EvidenceKind, Side], int] = {}
    levels = dict.fromkeys(TrustLevel, 0)
    for proof in proofs:
        if proof.plan is None:
            continue
        asked += 1
        whole += proof.whole
        for lack in proof.lacks:
            lacking[lack.kind, lack.side] = lacking.get((lack.kind, lack.side), 0) + 1
        for item in proof.counted:
            levels[item.trust.level] += 1
    return Coverage(asked, whole, lacking, levels)


def pairs(evidence: Iterable[Evidence]) -> tuple[tuple[Evidence | None, Evidence | None], ...]:
    """Before and after side by side: those of one caption together, then in the order in which they came."""
    before: dict[str, list[Evidence]] = {}
    after: dict[str, list[Evidence]] = {}
    captions: dict[str, None] = {}
    for item in sorted(evidence, key=lambda item: item.sequence):
        if item.withdrawn or item.kind is not EvidenceKind.PHOTO or item.side not in (Side.BEFORE, Side.AFTER):
            continue
        captions.setdefault(item.caption)
        (before if item.side is Side.BEFORE else after).setdefault(item.caption, []).append(item)
    found: list[tuple[Evidence | None, Evidence | None]] = []
    for caption in captions:
        left, right = before.get(caption, []), after.get(caption, [])
        for at in range(max(len(left), len(right))):
            found.append((left[at] if at < len(left) else None, right[at] if at < len(right) else None))
    return tuple(found)
