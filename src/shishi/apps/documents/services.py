"""Writing briefs: compose, render, freeze. What went out is never changed; later news becomes an erratum."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import IntegrityError, transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.services import record
from shishi.apps.documents.checking import CheckedCitation, check_citations
from shishi.apps.documents.composing import BriefRequest, compose, period_before, period_of_brief
from shishi.apps.documents.erratum import compose_erratum
from shishi.apps.documents.models import Brief
from shishi.apps.documents.selectors import digest_of_brief
from shishi.apps.files.services import content_of, keep
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.writing import freeze
from shishi.core.calendars import day_of
from shishi.core.citations import citations_of
from shishi.core.divisions import Division
from shishi.core.documents import Document, DocumentKind, Proof, citations_document
from shishi.core.errors import Misuse, Refused
from shishi.core.findings import Finding
from shishi.core.programmes import BriefPlan

ATTEMPTS = 5
Written = TypeVar("Written")


@dataclass(frozen=True, slots=True)
class Order:
    """Which brief: ``asked`` names programme, day, moment and division."""

    asked: Asked
    kind: str
    findings: tuple[Finding, ...] = ()
    proof: Proof | None = None
    demonstration: bool = False


def write_brief(order: Order, *, by: Person, at: datetime) -> tuple[Brief, bool]:
    """Write the brief of the day, once: when it is there already nothing changes (second value ``False``)."""
    return _unrivalled(lambda: _write_brief(order, by, at))


def _unrivalled(write: Callable[[], Written]) -> Written:
    """Pages are rendered outside of the transaction: who finds that another process was faster looks again."""
    for _ in range(ATTEMPTS):
        try:
            return write()
        except IntegrityError:
            continue
    raise Refused("store_busy", "另外几个进程也正在写简报，还没有轮到，没有写入这一份。请稍后再试。")


def _write_brief(order: Order, by: Person, at: datetime) -> tuple[Brief, bool]:
    now = Reckoning(by, order.asked, at)
    unit = _unit(now)
    held = _briefs(now, order.kind, unit).filter(as_of=order.asked.as_of, erratum=0).first()
    if held:
        return held, False
    require(by, Action.RUN_DAY, unit.code, now.programme.name, day_of(at))
    if order.asked.as_of > day_of(at):
        raise Misuse("as_of_in_future", f"{order.asked.as_of} 还没有到，不能出简报。请改为今天或以前的日子。")
    freeze(now.known_at)
    request = _request(order, now, unit, by, at)
    document = compose(request)
    return _freeze(document, request, 0, by, at), True


def _request(order: Order, now: Reckoning, unit: Division, by: Person, at: datetime) -> BriefRequest:
    plan = plan_of(now, order.kind)
    kind = DocumentKind(order.kind)
    asked = replace(order.asked, period=period_of_brief(kind, order.asked.as_of).label, known_at=now.known_at)
    earlier = replace(asked, as_of=period_before(kind, asked.as_of), period="")
    return BriefRequest(
        plan=plan,
        unit=unit,
        number=_briefs(now, order.kind, unit).filter(erratum=0).count() + 1,
        now=Reckoning(by, asked, at),
        before=Reckoning(by, earlier, at),
        findings=order.findings,
        proof=order.proof,
        demonstration=order.demonstration,
    )


def plan_of(now: Reckoning, kind: str) -> BriefPlan:
    """The pack's plan for a kind of brief; ``Misuse`` (unknown_brief_kind) when it has none."""
    plan = next((item for item in now.programme.briefs if item.kind == kind), None)
    if plan is None:
        known = "、".join(item.kind for item in now.programme.briefs)
        raise Misuse("unknown_brief_kind", f"“{now.programme.title}”没有“{kind}”这种简报。可选：{known}。")
    return plan


def _unit(now: Reckoning) -> Division:
    unit = now.nodes()[0]
    if unit.placeholder:
        raise Misuse("division_is_placeholder", f"“{unit.name}”只是代码表里的占位，不出简报。请改用它的上级或下级。")
    return unit


def _briefs(now: Reckoning, kind: str, unit: Division):  # type: ignore[no-untyped-def]  # a Django query set
    return Brief.objects.filter(programme=now.programme.name, kind=kind, division=unit.code)


def _freeze(document: Document, request: BriefRequest, erratum: int, by: Person, at: datetime) -> Brief:
    from shishi.adapters.rendering.docx import render_docx
    from shishi.adapters.rendering.pdf import render_pdf

    with tempfile.TemporaryDirectory() as folder:
        docx, pdf = Path(folder) / "brief.docx", Path(folder) / "brief.pdf"
        render_docx(document, docx)
        render_pdf(document, pdf)
        contents = docx.read_bytes(), pdf.read_bytes()
    with transaction.atomic():
        kept = [keep(content, at).sha256 for content in contents]
        brief = Brief.objects.create(
            programme=request.now.programme.name,
            kind=request.plan.kind,
            division=request.unit.code,
            as_of=request.as_of,
            erratum=erratum,
            number=request.number,
            title=document.title,
            known_at=request.now.known_at,
            person=by.username,
            docx=kept[0],
            pdf=kept[1],
            citations=citations_document(document),
        )
        record(
            at=at,
            person=by.username,
            body=body_of(by, day_of(at)),
            action="brief.write" if not erratum else "brief.erratum",
            subject=f"brief:{brief.pk}",
            digest=digest_of_brief(brief),
            detail={"title": brief.title, "as_of": brief.as_of.isoformat(), "number": brief.number},
        )
    return brief


def write_erratum(brief: Brief, order: Order, *, by: Person, at: datetime) -> Brief | None:
    """What of an issued brief is no longer so by what is known now, as a paper of its own; ``None`` when nothing
    changed. The same news gives one erratum, however often it is asked for."""
    return _unrivalled(lambda: _write_erratum(brief, order, by, at))


def _write_erratum(brief: Brief, order: Order, by: Person, at: datetime) -> Brief | None:
    last = Brief.objects.filter(
        programme=brief.programme, kind=brief.kind, division=brief.division, as_of=brief.as_of
    ).latest("erratum")
    checked = check_citations(citations_of(brief.citations), by, at)
    changed = [item for item in checked if item.changed]
    if not changed or (last.erratum and _told(last) == _now(changed)):
        return None
    now = Reckoning(by, order.asked, at)
    freeze(now.known_at)
    request = replace(_request(order, now, _unit(now), by, at), number=brief.number)
    document = compose_erratum(brief.title, request, changed, last.erratum + 1)
    return _freeze(document, request, last.erratum + 1, by, at)


def _told(erratum: Brief) -> set[tuple[str, ...]]:
    return {
        (item.indicator, item.division, item.aspect, str(item.value))
        for item in citations_of(erratum.citations)
        if item.known_at == erratum.known_at
    }


def _now(changed: Sequence[CheckedCitation]) -> set[tuple[str, ...]]:
    return {
        (item.citation.indicator, item.citation.division, item.citation.aspect, str(item.value_now)) for item in changed
    }


def put_files(brief: Brief, folder: Path) -> tuple[Path, Path, Path]:
    """Write the brief's .docx, .pdf and .json into a folder, as they were frozen."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    mark = f"-更正{brief.erratum}" if brief.erratum else ""
    stem = f"{brief.as_of}-{brief.title}-第{brief.number}期{mark}".replace("/", "／")
    paths = tuple(folder / f"{stem}.{ending}" for ending in ("docx", "pdf", "json"))
    paths[0].write_bytes(content_of(brief.docx))
    paths[1].write_bytes(content_of(brief.pdf))
    paths[2].write_text(json.dumps(brief.citations, ensure_ascii=False, indent=1))
    return paths[0], paths[1], paths[2]
