"""Writing briefs: compose, render, freeze. What went out is never changed; later news becomes an erratum."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import IntegrityError, transaction

from shishi.adapters.rendering.printing_house import Printed, print_document, print_documents
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.services import record
from shishi.apps.documents.checking import CheckedCitation, check_citations
from shishi.apps.documents.composing import BriefRequest, compose, period_before, period_of_brief
from shishi.apps.documents.erratum import compose_erratum
from shishi.apps.documents.models import Brief
from shishi.apps.documents.reckonings import Reckonings
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
    (written,) = write_briefs([order], by=by, at=at)
    return written


def write_briefs(
    orders: Sequence[Order], *, by: Person, at: datetime, progress: Callable[[int, int], None] | None = None
) -> tuple[tuple[Brief, bool], ...]:
    """Write many briefs, each once; in the order of the orders. Figures are reckoned once for all of them, pages are
    set by several processes. ``progress`` is told how many of how many are done."""
    desk = _Desk(by, at)
    held = [desk.held(order) for order in orders]
    waiting = [order for order, brief in zip(orders, held, strict=True) if brief is None]
    composed: deque[tuple[Order, BriefRequest, Document]] = deque()

    def documents() -> Iterator[Document]:
        for order in waiting:
            request = desk.request(order)
            composed.append((order, request, compose(request)))
            yield composed[-1][2]

    made = []
    for printed in print_documents(documents()):
        order, request, document = composed.popleft()
        made.append(desk.keep(order, request, document, printed))
        if progress:
            progress(len(made), len(waiting))
    fresh = iter(made)
    return tuple((brief, False) if brief else next(fresh) for brief in held)


class _Desk:
    """What briefs are written at: one person, one moment, shared reckonings."""

    def __init__(self, by: Person, at: datetime) -> None:
        self.by, self.at, self.reckonings = by, at, Reckonings(by, at)

    def held(self, order: Order) -> Brief | None:
        """The brief, when it is written already."""
        now, unit = self.reckonings.of(order.asked), _unit(self.reckonings, order)
        found: Brief | None = _briefs(now, order.kind, unit).filter(as_of=order.asked.as_of, erratum=0).first()
        return found

    def request(self, order: Order) -> BriefRequest:
        """What the brief is made of; from here on its answers are frozen."""
        now, unit = self.reckonings.of(order.asked), _unit(self.reckonings, order)
        require(self.by, Action.RUN_DAY, unit.code, now.programme.name, day_of(self.at))
        if order.asked.as_of > day_of(self.at):
            raise Misuse("as_of_in_future", f"{order.asked.as_of} 还没有到，不能出简报。请改为今天或以前的日子。")
        freeze(now.known_at)
        return _request(order, self.reckonings)

    def keep(self, order: Order, request: BriefRequest, document: Document, printed: Printed) -> tuple[Brief, bool]:
        """Write it down; another process that was faster leaves its own."""
        try:
            return _freeze(document, printed, request, 0, self.by, self.at), True
        except IntegrityError:
            found = self.held(order)
            if found:
                return found, False
            return _unrivalled(lambda: self._again(order))

    def _again(self, order: Order) -> tuple[Brief, bool]:
        """Somebody took the number: compose once more with the next."""
        found = self.held(order)
        if found:
            return found, False
        request = self.request(order)
        document = compose(request)
        return _freeze(document, print_document(document), request, 0, self.by, self.at), True


def _unrivalled(write: Callable[[], Written]) -> Written:
    """Pages are rendered outside of the transaction: who finds that another process was faster looks again."""
    for _ in range(ATTEMPTS):
        try:
            return write()
        except IntegrityError:
            continue
    raise Refused("store_busy", "另外几个进程也正在写简报，还没有轮到，没有写入这一份。请稍后再试。")


def _request(order: Order, reckonings: Reckonings) -> BriefRequest:
    now, unit = reckonings.of(order.asked), _unit(reckonings, order)
    plan = plan_of(now, order.kind)
    kind = DocumentKind(order.kind)
    asked = replace(order.asked, period=period_of_brief(kind, order.asked.as_of).label, known_at=now.known_at)
    earlier = replace(asked, as_of=period_before(kind, asked.as_of), period="")
    return BriefRequest(
        plan=plan,
        unit=unit,
        number=_briefs(now, order.kind, unit).filter(erratum=0).count() + 1,
        now=reckonings.of(asked),
        before=reckonings.of(earlier),
        findings=order.findings,
        proof=order.proof,
        demonstration=order.demonstration,
        reckonings=reckonings,
    )


def plan_of(now: Reckoning, kind: str) -> BriefPlan:
    """The pack's plan for a kind of brief; ``Misuse`` (unknown_brief_kind) when it has none."""
    plan = next((item for item in now.programme.briefs if item.kind == kind), None)
    if plan is None:
        known = "、".join(item.kind for item in now.programme.briefs)
        raise Misuse("unknown_brief_kind", f"“{now.programme.title}”没有“{kind}”这种简报。可选：{known}。")
    return plan


def _unit(reckonings: Reckonings, order: Order) -> Division:
    unit = reckonings.unit(order.asked)
    if unit.placeholder:
        raise Misuse("division_is_placeholder", f"“{unit.name}”只是代码表里的占位，不出简报。请改用它的上级或下级。")
    return unit


def _briefs(now: Reckoning, kind: str, unit: Division):  # type: ignore[no-untyped-def]  # a Django query set
    return Brief.objects.filter(programme=now.programme.name, kind=kind, division=unit.code)


def _freeze(
    document: Document, printed: Printed, request: BriefRequest, erratum: int, by: Person, at: datetime
) -> Brief:
    with transaction.atomic():
        kept = [keep(content, at).sha256 for content in (printed.docx, printed.pdf)]
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
    reckonings = Reckonings(by, at)
    freeze(reckonings.of(order.asked).known_at)
    request = replace(_request(order, reckonings), number=brief.number)
    document = compose_erratum(brief.title, request, changed, last.erratum + 1)
    return _freeze(document, print_document(document), request, last.erratum + 1, by, at)


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
