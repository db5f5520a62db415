"""Hand-ins as jobs: a workbook is looked at, and then written or proposed, while its sender watches how far it is.

What a job finds lies in kept files, encrypted like all that holds rows; the job itself holds counts and the names
of these files. A workbook may change many thousands of cells, so changes and faults are kept in parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.adapters.spreadsheets.understanding import NotUnderstood, Understood
from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.files.services import content_of, keep
from shishi.apps.jobs.kinds import Ending, Errand
from shishi.apps.ledger.differences import difference
from shishi.apps.ledger.intake import HandIn, WorkbookRefused
from shishi.apps.ledger.models import Proposal
from shishi.apps.ledger.proposals import propose_workbook
from shishi.apps.ledger.services import Along, Received, receive_workbook
from shishi.apps.programmes.selectors import table_named, tables
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Mode

CHECK, RECEIVE, PROPOSE = "ledger.check", "ledger.receive", "ledger.propose"
PART = 200
"""Rows, or faults, in one kept file."""
MARKED_AT_MOST = 20 * 2**20
"""Bytes of a workbook that is given back with its faults marked."""
ENDINGS = (".xlsx", ".xls", ".ods", ".csv", ".txt")
MOST_BYTES = 100 * 2**20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sent:
    """A workbook as a page took it: the kept file and what was said about it. ``explained``: place → 核实说明.
    ``errand``: what else it was handed in for, in the words of the area that will write it; empty for nothing else."""

    table: str
    as_of: date
    mode: Mode
    division: str
    sha256: str
    file: str
    overwrite: bool = False
    corrected: Mapping[str, str] = field(default_factory=dict)
    explained: Mapping[str, str] = field(default_factory=dict)
    errand: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """As a job holds it."""
        names = ("table", "mode", "division", "sha256", "file", "overwrite")
        told = {name: getattr(self, name) for name in names}
        return {
            **told,
            "as_of": self.as_of.isoformat(),
            "corrected": dict(self.corrected),
            "explained": dict(self.explained),
            "errand": dict(self.errand),
        }


def sent_of(document: Mapping[str, object]) -> Sent:
    """What :meth:`Sent.document` wrote."""
    told = dict(document) | {"as_of": date.fromisoformat(str(document["as_of"])), "mode": Mode(str(document["mode"]))}
    return Sent(**told)  # type: ignore[arg-type]  # our own JSON


def admit(name: str, content: bytes) -> None:
    """``Refused`` for what is no workbook: upload_kind, upload_empty, upload_too_large. What is inside is read in a
    process of its own."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        told = "、".join(ENDINGS)
        raise Refused("upload_kind", f"“{name[:80]}”不是可以报送的表格。请交 {told} 文件，或先用模板填好。")
    if not content:
        raise Refused("upload_empty", f"“{name[:80]}”是空文件。请重新选择，并确认已经保存。")
    if len(content) > MOST_BYTES:
        raise Refused("upload_too_large", f"文件超过 {MOST_BYTES // 2**20} MiB。请按乡镇或按月份拆开，分几次报送。")
    head = content[:4]
    like = {_ZIP: (".xlsx", ".ods"), _OLE: (".xls", ".xlsx")}.get(head)
    text = ending in (".csv", ".txt")
    if (like is None and not text) or (like is not None and ending not in like):
        raise Refused("upload_kind", f"“{name[:80]}”的内容与扩展名不符。请用表格软件打开后另存为 .xlsx 再交。")


def keep_upload(content: bytes, name: str, table: str, *, by: Person, at: datetime) -> str:
    """Keep an admitted file, encrypted; returns its hash. That somebody sent it is on the trail."""
    admit(name, content)
    with transaction.atomic():
        sha256 = keep(content, at).sha256
        detail = {"file": name[:255], "sha256": sha256, "table": table, "bytes": len(content)}
        record(at=at, person=by.username, action="ledger.uploaded", subject=f"file:{sha256}", detail=detail)
    return sha256


@contextmanager
def as_sent(sent: Sent, *, dry_run: bool = False) -> Iterator[HandIn]:
    """The kept file in a folder of its own that nobody else can open and that is gone after."""
    programme, table = table_named(sent.table, sent.as_of)
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / Path(sent.file).name
        path.write_bytes(content_of(sent.sha256))
        hand_in = HandIn(programme, table, path, sent.as_of, sent.mode, sent.division, dry_run, sent.corrected)
        yield replace(hand_in, overwrite=sent.overwrite, explained=sent.explained)


def check(errand: Errand) -> Ending:
    """What the workbook says and would do; nothing of it is written."""
    with as_sent(sent_of(errand.asked), dry_run=True) as hand_in:
        try:
            received = receive_workbook(hand_in, by=errand.by, at=errand.at, progress=errand.told)
        except Refused as refused:
            return _sent_back(hand_in, refused, errand)
        apart = received.weighed.disagreements if received.weighed else ()
        return Ending({**_told(hand_in, received, errand.at), "faults": _parts(_documents(apart), errand.at)})


def receive(errand: Errand, along: Along | None = None) -> Ending:
    """Write it, whole or not at all; ``along`` in the same transaction."""
    with as_sent(sent_of(errand.asked)) as hand_in:
        try:
            received = receive_workbook(hand_in, by=errand.by, at=errand.at, progress=errand.told, along=along)
        except Refused as refused:
            return _sent_back(hand_in, refused, errand)
        return Ending(_told(hand_in, received, errand.at))


def propose(errand: Errand) -> Ending:
    """Hold it for a second person."""
    with as_sent(sent_of(errand.asked)) as hand_in:
        try:
            done = propose_workbook(hand_in, by=errand.by, at=errand.at)
        except Refused as refused:
            return _sent_back(hand_in, refused, errand)
        if isinstance(done, Proposal):
            counts = {name: getattr(done, name) for name in ("rows", "posted", "revised", "withdrawn", "cells")}
            return Ending({"status": "proposed", "proposal": str(done.pk), **counts})
        return Ending(_told(hand_in, done, errand.at))


def _told(hand_in: HandIn, received: Received, at: datetime) -> dict[str, object]:
    """Counts, and the kept files with the rest."""
    counts = {name: getattr(received, name) for name in ("status", "rows", "posted", "revised", "withdrawn")}
    told: dict[str, object] = {**counts, "batch": received.batch, "understood": _understood(received.understood, at)}
    if received.weighed is None:
        return told
    shown = difference(received.weighed, hand_in.table, tables(), hand_in.as_of)
    changes = _parts([row.document() for row in shown.rows], at)
    notes = _kept([*received.notes], at)
    many = {"cells": shown.cells, "conflicts": shown.conflicts, "changed_rows": len(shown.rows)}
    return {**told, **many, "changes": changes, "notes": notes, "kept": _kept(list(shown.kept[:PART]), at)}


def _sent_back(hand_in: HandIn, refused: Refused, errand: Errand) -> Ending:
    understood = refused.understood if isinstance(refused, WorkbookRefused | NotUnderstood) else None
    told: dict[str, object] = {"status": "refused", "code": refused.code, "message": refused.message}
    told["understood"] = _understood(understood, errand.at)
    told["faults"] = _parts(_documents(refused.issues), errand.at)
    told["fault_count"] = len(refused.issues)
    told["marked"] = _marked(hand_in, refused.issues, errand)
    return Ending(told, refused=True)


def _marked(hand_in: HandIn, issues: Sequence[Issue], errand: Errand) -> str:
    """The workbook with every fault marked in its cell, as a kept file; empty when it can't be made."""
    if hand_in.path.stat().st_size > MARKED_AT_MOST:
        return ""
    errand.told("标出问题", 0, 0)
    path = hand_in.path.with_name("marked.xlsx")
    try:
        mark_workbook(hand_in.path, issues, path)
    except Refused:
        return ""
    return _keep_bytes(path.read_bytes(), errand.at)


def _documents(issues: Sequence[Issue]) -> list[dict[str, object]]:
    return [dict(issue.document()) for issue in issues]


def _understood(found: Understood | None, at: datetime) -> str:
    if found is None:
        return ""
    notes = list(found.notes())
    return _kept({**found.document(), "notes": notes}, at)


def _parts(documents: Sequence[object], at: datetime) -> list[str]:
    return [_kept(list(documents[start : start + PART]), at) for start in range(0, len(documents), PART)]


def _kept(document: object, at: datetime) -> str:
    return _keep_bytes(json.dumps(document, ensure_ascii=False).encode(), at)


def _keep_bytes(content: bytes, at: datetime) -> str:
    with transaction.atomic():
        return keep(content, at).sha256


def document_kept(sha256: str) -> object:
    """What a job kept; ``Misuse`` (nothing_kept) for an empty name."""
    if not sha256:
        raise Misuse("nothing_kept", "这件任务没有留下这项内容。")
    return json.loads(content_of(sha256))


def page_of(parts: Sequence[str], offset: int, limit: int) -> list[dict[str, object]]:
    """Some of what was kept in parts; only the parts that are asked for are opened."""
    found: list[dict[str, object]] = []
    for number in range(offset // PART, min(len(parts), (offset + limit - 1) // PART + 1)):
        part = document_kept(parts[number])
        start = number * PART
        inside = slice(max(0, offset - start), max(0, offset + limit - start))
        found += part[inside]  # type: ignore[index]  # a list, as _parts wrote it
    return found
