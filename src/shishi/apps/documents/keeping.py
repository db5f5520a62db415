"""Keeping briefs: each once, under its number, as it went out; who finds that another was faster looks again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from shishi.adapters.rendering.printing_house import Printed
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.services import record
from shishi.apps.documents.models import Brief
from shishi.apps.documents.selectors import digest_of_brief
from shishi.apps.files.services import content_of, keep_all
from shishi.core.calendars import day_of
from shishi.core.documents import Document, citations_document
from shishi.core.errors import Refused

ATTEMPTS = 5
Written = TypeVar("Written")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where among the briefs a paper stands. ``name`` is that of a programme or, for the whole list's, of a pack."""

    name: str
    kind: str
    division: str
    as_of: date
    number: int
    known_at: datetime
    erratum: int = 0
    edition: int = 0


def briefs_like(name: str, kind: str, division: str) -> QuerySet[Brief]:
    """The briefs of one series, errata among them."""
    return Brief.objects.filter(programme=name, kind=kind, division=division)


def next_number(name: str, kind: str, division: str) -> int:
    """The number of the next brief of the series; editions of one day share theirs."""
    return briefs_like(name, kind, division).filter(erratum=0).values("as_of").distinct().count() + 1


def number_for(name: str, kind: str, division: str, as_of: date) -> int:
    """The number that the day's brief has, or the next one."""
    found = briefs_like(name, kind, division).filter(as_of=as_of).values_list("number", flat=True).first()
    return found or next_number(name, kind, division)


def next_edition(name: str, kind: str, division: str, as_of: date) -> int:
    """Of the editions that people write of one day's brief, the next."""
    found = briefs_like(name, kind, division).filter(as_of=as_of, erratum=0).aggregate(last=Max("edition"))["last"]
    return (found or 0) + 1


def held_brief(name: str, kind: str, division: str, as_of: date) -> Brief | None:
    """The brief of the day, when it is written already."""
    return briefs_like(name, kind, division).filter(as_of=as_of, edition=0, erratum=0).first()


def keep_brief(document: Document, printed: Printed, slot: Slot, by: Person, at: datetime) -> Brief:
    """Write it down with its audit event; ``IntegrityError`` when its place is taken."""
    with transaction.atomic():
        kept = [one.sha256 for one in keep_all((printed.docx, printed.pdf), at)]
        brief = Brief.objects.create(
            programme=slot.name,
            kind=slot.kind,
            division=slot.division,
            as_of=slot.as_of,
            edition=slot.edition,
            erratum=slot.erratum,
            number=slot.number,
            title=document.title,
            known_at=slot.known_at,
            person=by.username,
            docx=kept[0],
            pdf=kept[1],
            citations=citations_document(document),
        )
        record(
            at=at,
            person=by.username,
            body=body_of(by, day_of(at)),
            action="brief.write" if not slot.erratum else "brief.erratum",
            subject=f"brief:{brief.pk}",
            digest=digest_of_brief(brief),
            detail={"title": brief.title, "as_of": brief.as_of.isoformat(), "number": brief.number},
        )
    return brief


def unrivalled(write: Callable[[], Written]) -> Written:
    """Pages are rendered outside of the transaction: who finds that another process was faster looks again."""
    for _ in range(ATTEMPTS):
        try:
            return write()
        except IntegrityError:
            continue
    raise Refused("store_busy", "另外几个进程也正在写简报，还没有轮到，没有写入这一份。请稍后再试。")


def put_files(brief: Brief, folder: Path) -> tuple[Path, Path, Path]:
    """Write the brief's .docx, .pdf and .json into a folder, as they were frozen."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = f"-更正{brief.erratum}" if brief.erratum else "-签发稿" if brief.edition else ""
    stem = f"{brief.as_of}-{brief.title}-第{brief.number}期{mark}".replace("/", "／")
    paths = tuple(folder / f"{stem}.{ending}" for ending in ("docx", "pdf", "json"))
    paths[0].write_bytes(content_of(brief.docx))
    paths[1].write_bytes(content_of(brief.pdf))
    paths[2].write_text(json.dumps(brief.citations, ensure_ascii=False, indent=1))
    return paths[0], paths[1], paths[2]
