"""Writing briefs: compose, render, freeze. What went out is never changed; later news becomes an erratum."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError

from shishi.adapters.rendering.printing_house import Printed, print_document, print_documents
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.documents.composing import BriefRequest, compose, period_before, period_of_brief
from shishi.apps.documents.erratum import ErratumSheet, correct
from shishi.apps.documents.keeping import Slot, held_brief, keep_brief, next_number, unrivalled
from shishi.apps.documents.models import Brief
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.documents.work_record import entries
from shishi.apps.files.services import lay_down
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.writing import freeze
from shishi.core.briefs import MONTHLY, plan_of, section_plan
from shishi.core.calendars import day_of
from shishi.core.divisions import Division
from shishi.core.documents import Document, DocumentKind, Proof
from shishi.core.errors import Misuse
from shishi.core.findings import Finding
from shishi.core.programmes import BriefPlan, Programme
from shishi.core.work_record import told

_AHEAD = 4
"""Briefs whose files a disk may be taking at once."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which brief: ``asked`` names programme, day, moment and division."""

    asked: Asked
    kind: str
    findings: tuple[Finding, ...] = ()
    proof: Proof | None = None
    demonstration: bool = False
    in_list: bool = False
    """As a section of its list's brief, not as one of its own."""


def write_brief(order: Order, *, by: Person, at: datetime) -> tuple[Brief, bool]:
    """Write the brief of the day, once: when it is there already nothing changes (second value ``False``)."""
    (written,) = write_briefs([order], by=by, at=at)
    return written


def write_briefs(
    orders: Sequence[Order], *, by: Person, at: datetime, progress: Callable[[int, int], None] | None = None
) -> tuple[tuple[Brief, bool], ...]:
    """Write many briefs, each once, in the order of the orders. Figures are reckoned once for all of them, pages are
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
    for printed in _on_disk(print_documents(documents())):
        order, request, document = composed.popleft()
        made.append(desk.keep(order, request, document, printed))
        if progress:
            progress(len(made), len(waiting))
    fresh = iter(made)
    return tuple((brief, False) if brief else next(fresh) for brief in held)


def _on_disk(several: Iterable[Printed]) -> Iterator[Printed]:
    """Each in its order, once its files are on disk; meanwhile the next ones are composed and set."""
    waiting: deque[tuple[Printed, Future[list[str]]]] = deque()
    with ThreadPoolExecutor(_AHEAD) as pool:
        for printed in several:
            waiting.append((printed, pool.submit(lay_down, (printed.docx, printed.pdf))))
            if len(waiting) > _AHEAD:
                yield _laid(*waiting.popleft())
        while waiting:
            yield _laid(*waiting.popleft())


def _laid(printed: Printed, written: Future[list[str]]) -> Printed:
    written.result()
    return printed


class _Desk:
    """What briefs are written at: one person, one moment, shared reckonings."""

    def __init__(self, by: Person, at: datetime) -> None:
        self.by, self.at, self.reckonings = by, at, Reckonings(by, at)

    def held(self, order: Order) -> Brief | None:
        """The brief, when it is written already."""
        now, unit = self.reckonings.of(order.asked), _unit(self.reckonings, order)
        return held_brief(now.programme.name, order.kind, unit.code, order.asked.as_of)

    def request(self, order: Order) -> BriefRequest:
        """What the brief is made of; from here on its answers are frozen."""
        now, unit = self.reckonings.of(order.asked), _unit(self.reckonings, order)
        require(self.by, Action.RUN_DAY, unit.code, now.programme.name, day_of(self.at))
        if order.asked.as_of > day_of(self.at):
            raise Misuse("as_of_in_future", f"{order.asked.as_of} 还没有到，不能出简报。请改为今天或以前的日子。")
        freeze(now.known_at)
        return request_of(order, self.reckonings, self.by, self.at)

    def keep(self, order: Order, request: BriefRequest, document: Document, printed: Printed) -> tuple[Brief, bool]:
        """Write it down; another process that was faster leaves its own."""
        try:
            return keep_brief(document, printed, _slot(request), self.by, self.at), True
        except IntegrityError:
            found = self.held(order)
            if found:
                return found, False
            return unrivalled(lambda: self._again(order))

    def _again(self, order: Order) -> tuple[Brief, bool]:
        """Somebody took the number: compose once more with the next."""
        found = self.held(order)
        if found:
            return found, False
        request = self.request(order)
        document = compose(request)
        return keep_brief(document, print_document(document), _slot(request), self.by, self.at), True


def request_of(order: Order, reckonings: Reckonings, by: Person, at: datetime) -> BriefRequest:
    """Everything that the brief is composed of."""
    now, unit = reckonings.of(order.asked), _unit(reckonings, order)
    plan = planned(now.programme, order.kind)
    if order.in_list:
        plan = section_plan(now.programme) or plan
    kind = DocumentKind(order.kind)
    period = period_of_brief(kind, order.asked.as_of)
    asked = replace(order.asked, period=period.label, known_at=now.known_at)
    earlier = replace(asked, as_of=period_before(kind, asked.as_of), period="")
    done = entries(by, now.programme, asked.as_of, at=at, known_at=now.known_at, within=unit.code)
    return BriefRequest(
        plan=plan,
        unit=unit,
        number=next_number(now.programme.name, order.kind, unit.code),
        now=reckonings.of(asked),
        before=reckonings.of(earlier),
        findings=order.findings,
        proof=order.proof,
        demonstration=order.demonstration,
        reckonings=reckonings,
        work=told(done, period.start, asked.as_of, unit.code, plan.most_entries),
    )


def planned(programme: Programme, kind: str) -> BriefPlan:
    """The pack's plan for a kind of brief; ``Misuse`` (unknown_brief_kind) when it has none."""
    plan = plan_of(programme, kind)
    if plan is None:
        known = "、".join(dict.fromkeys((*(item.kind for item in programme.briefs), MONTHLY)))
        raise Misuse("unknown_brief_kind", f"“{programme.title}”没有“{kind}”这种简报。可选：{known}。")
    return plan


def _unit(reckonings: Reckonings, order: Order) -> Division:
    unit = reckonings.unit(order.asked)
    if unit.placeholder:
        raise Misuse("division_is_placeholder", f"“{unit.name}”只是代码表里的占位，不出简报。请改用它的上级或下级。")
    return unit


def _slot(request: BriefRequest, erratum: int = 0) -> Slot:
    name, known_at = request.now.programme.name, request.now.known_at
    return Slot(name, request.plan.kind, request.unit.code, request.as_of, request.number, known_at, erratum)


def write_erratum(brief: Brief, order: Order, *, by: Person, at: datetime) -> Brief | None:
    """What of an issued brief is no longer so by what is known now, as a paper of its own; ``None`` when nothing
    changed. The same news gives one erratum, however often it is asked for."""

    def sheet() -> ErratumSheet:
        reckonings = Reckonings(by, at)
        freeze(reckonings.of(order.asked).known_at)
        request = request_of(order, reckonings, by, at)
        return ErratumSheet(request.plan, order.demonstration, order.proof, reckonings, order.asked)

    return correct(brief, sheet, by=by, at=at)
