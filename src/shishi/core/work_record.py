"""The work record 工作纪实: what was done, and which of it a brief tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shishi.core.divisions import normalise
from shishi.core.labels import Labelled
from shishi.core.ledger import Revision
from shishi.core.tables import Value

WORK_RECORD = "work_record"
"""Short name of the table that every programme has."""


class WorkKind(Labelled):
    """What sort of work, in the order in which a brief tells it."""

    MEASURE = "measure", "工作举措"
    MEETING = "meeting", "会议"
    FIELD_VISIT = "field_visit", "调研督导"
    PUBLICITY = "publicity", "宣传"
    TYPICAL_CASE = "typical_case", "典型案例"
    BULLETIN = "bulletin", "工作动态"


PARAGRAPHS = (
    (WorkKind.MEASURE, WorkKind.MEETING),
    (WorkKind.FIELD_VISIT,),
    (WorkKind.PUBLICITY, WorkKind.TYPICAL_CASE, WorkKind.BULLETIN),
)
"""Measures, then field visits, then publicity and cases: each group is one paragraph."""


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """An entry of the record as it stood. ``division`` and ``place`` are significant codes; ``sentence`` is its text as
    a brief prints it; ``revision`` and ``batch`` say which state of it this is."""

    entry: UUID
    revision: int
    batch: str
    kind: WorkKind
    held_on: date
    subject: str
    body: str
    division: str
    place: str
    sentence: str
    publish: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a brief tells of the record: paragraphs of entries, and of how many it says nothing."""

    paragraphs: tuple[tuple[WorkEntry, ...], ...]
    left_out: int


def work_entry(revision: Revision) -> WorkEntry | None:
    """The entry behind a revision of the table; ``None`` when it ends the entry or holds no kind that is known."""
    cells = revision.values
    held_on, kind = cells.get("held_on"), cells.get("kind")
    if not isinstance(held_on, date) or not isinstance(kind, str):
        return None
    return WorkEntry(
        entry=revision.entry,
        revision=revision.sequence,
        batch=revision.provenance.batch,
        kind=WorkKind(kind),
        held_on=held_on,
        subject=str(cells.get("subject") or ""),
        body=str(cells.get("body") or ""),
        division=_code(cells.get("division")),
        place=_code(cells.get("place")),
        sentence=sentence(str(cells.get("text") or "")),
        publish=cells.get("publish") is True,
    )


def _code(value: Value) -> str:
    return normalise(value) if isinstance(value, str) and value else ""


def sentence(text: str) -> str:
    """The text on one line, closed with a full stop where its writer left it open."""
    line = "".join(part.strip() for part in text.splitlines()).strip()
    return line if not line or line[-1] in "。！？”）" else line.rstrip("；，、;,.") + "。"


def told(entries: Iterable[WorkEntry], start: date, end: date, own: str, most: int) -> Told:
    """Of the entries that may be published and lie in ``start`` … ``end``: of each kind at most ``most``, those of the
    division itself (``own``) before those from below, the newest before the older. What is kept is told in the order of
    the days. The same sentence is told once."""
    chosen: dict[WorkKind, list[WorkEntry]] = {kind: [] for kind in WorkKind}
    for item in _distinct(entries, start, end, own):
        chosen[item.kind].append(item)
    left_out = sum(max(len(items) - most, 0) for items in chosen.values())
    paragraphs = tuple(
        tuple(item for kind in kinds for item in sorted(chosen[kind][:most], key=_by_day)) for kinds in PARAGRAPHS
    )
    return Told(tuple(items for items in paragraphs if items), left_out)


def _distinct(entries: Iterable[WorkEntry], start: date, end: date, own: str) -> Iterator[WorkEntry]:
    seen: set[str] = set()
    for item in sorted(entries, key=lambda item: (item.division != own, -item.held_on.toordinal(), item.revision)):
        if item.publish and start <= item.held_on <= end and item.sentence and item.sentence not in seen:
            seen.add(item.sentence)
            yield item


def _by_day(item: WorkEntry) -> tuple[date, int]:
    return item.held_on, item.revision
