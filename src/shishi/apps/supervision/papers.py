"""Papers of notices: composed, rendered, frozen when they are issued, put into a folder."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from shishi.adapters.rendering.docx import render_docx
from shishi.adapters.rendering.pdf import render_pdf
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, may
from shishi.apps.audit.chain import digest
from shishi.apps.audit.services import record
from shishi.apps.files.services import content_of, keep_all
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.supervision.models import NoticePaper
from shishi.apps.supervision.notice_document import notice_document
from shishi.apps.supervision.selectors import INWARD, NoticeView, notice_of
from shishi.apps.supervision.services import issue
from shishi.core.calendars import day_of
from shishi.core.documents import citations_document
from shishi.core.errors import Misuse


@dataclass(frozen=True, slots=True)
class Files:
    """A paper's content in its three forms."""

    docx: bytes
    pdf: bytes
    citations: dict[str, object]


def paper_of(notice: str, *, by: Person, at: datetime) -> Files:
    """The paper: of an issued notice the frozen one, of a draft how it would look. The issuer's first look after
    issuing freezes it; ``Misuse`` (paper_not_written) for a recipient who comes before."""
    view = notice_of(by, notice, at=at)
    held = NoticePaper.objects.filter(notice=view.id).first()
    if held:
        return Files(content_of(held.docx), content_of(held.pdf), held.citations)
    if not may(by, Action.READ, view.issuer_division, view.programme, day_of(at)):
        message = "发出单位还没有生成这份文件的正式文本。请稍后再取，或与发出单位联系。"
        raise Misuse("paper_not_written", message)
    files = _rendered(view, by, at)
    if view.state.value not in INWARD and view.number:
        _freeze(view, files, by, at)
    return files


@transaction.atomic
def issue_with_paper(notice: str, *, by: Person, at: datetime) -> NoticeView:
    """Issue a notice and freeze its paper. Without its paper (a font is missing, the
    disk is full) it does not go out."""
    view = issue(notice, by=by, at=at)
    paper_of(str(view.id), by=by, at=at)
    return view


def put_paper(notice: str, folder: Path, *, by: Person, at: datetime) -> tuple[Path, Path, Path]:
    """Write the paper's .docx, .pdf and .json into a folder."""
    view = notice_of(by, notice, at=at)
    files = paper_of(notice, by=by, at=at)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{view.number or f'草稿{view.id}'}-{view.recipients[0].title}-{view.title}".replace("/", "／")
    paths = folder / f"{stem}.docx", folder / f"{stem}.pdf", folder / f"{stem}.json"
    paths[0].write_bytes(files.docx)
    paths[1].write_bytes(files.pdf)
    paths[2].write_text(json.dumps(files.citations, ensure_ascii=False, indent=1), encoding="utf-8")
    return paths


def papers_issued(title: str, number: str, day: str) -> tuple[Mapping[str, object], ...]:
    """The citations of the notices that went out under a title and number on a day (ISO 8601)."""
    held = NoticePaper.objects.filter(citations__title=title, citations__number=number, citations__date=day)
    return tuple(held.values_list("citations", flat=True))


def _rendered(view: NoticeView, by: Person, at: datetime) -> Files:
    document = notice_document(view, Reckoning(by, Asked(view.programme, view.as_of, view.known_at), at))
    with tempfile.TemporaryDirectory() as folder:
        docx, pdf = Path(folder) / "notice.docx", Path(folder) / "notice.pdf"
        render_docx(document, docx)
        render_pdf(document, pdf)
        return Files(docx.read_bytes(), pdf.read_bytes(), citations_document(document))


@transaction.atomic
def _freeze(view: NoticeView, files: Files, by: Person, at: datetime) -> None:
    docx, pdf = (one.sha256 for one in keep_all((files.docx, files.pdf), at))
    told = {"citations": files.citations, "written_at": at, "person": by.username}
    held, made = NoticePaper.objects.get_or_create(notice_id=view.id, defaults={"docx": docx, "pdf": pdf} | told)
    if made:
        record(
            at=at,
            person=by.username,
            body=body_of(by, day_of(at)),
            action="notice.paper",
            subject=f"notice.paper:{held.pk}",
            digest=digest([files.citations, docx, pdf]),
            detail={"number": view.number, "title": view.title},
        )
