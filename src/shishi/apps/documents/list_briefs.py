"""Writing the brief of a whole list: once for a day, corrected only by an erratum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError

from shishi.adapters.rendering.printing_house import print_document
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require, responsible
from shishi.apps.documents.erratum import ErratumSheet, correct
from shishi.apps.documents.keeping import Slot, held_brief, keep_brief, next_number, unrivalled
from shishi.apps.documents.models import Brief
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.documents.services import Order, request_of
from shishi.apps.documents.whole_list import ListRequest, Section, compose_list
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.writing import freeze
from shishi.apps.programmes.selectors import pack_named
from shishi.core.briefs import MONTHLY, in_order, list_plan
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.documents import Proof
from shishi.core.errors import Misuse
from shishi.core.programmes import BriefPlan, Pack, Part, Programme

PARTS = {Part.LEAD: "牵头", Part.SUPERVISING: "负责"}


@dataclass(frozen=True, slots=True)
class ListOrder:
    """Which brief of which list (full name of a pack)."""

    pack: str
    as_of: date
    known_at: datetime
    kind: str = MONTHLY
    proof: Proof | None = None
    demonstration: bool = False


def write_list_brief(order: ListOrder, *, by: Person, at: datetime) -> tuple[Brief, bool]:
    """Write the brief of the list, once: when it is there already nothing changes (second value ``False``)."""
    return unrivalled(lambda: _write(order, by, at))


def _write(order: ListOrder, by: Person, at: datetime) -> tuple[Brief, bool]:
    pack, root = require_list(order, by, at)
    found = held_brief(pack.name, order.kind, root, order.as_of)
    if found:
        return found, False
    freeze(order.known_at)
    request = list_request(order, Reckonings(by, at), by, at)
    document = compose_list(request)
    slot = Slot(pack.name, order.kind, root, order.as_of, request.number, order.known_at)
    try:
        return keep_brief(document, print_document(document), slot, by, at), True
    except IntegrityError:
        found = held_brief(pack.name, order.kind, root, order.as_of)
        if found:
            return found, False
        raise


def require_list(order: ListOrder, by: Person, at: datetime) -> tuple[Pack, str]:
    """The list and its division. ``Misuse``: unknown_pack, out_of_reach, as_of_in_future."""
    pack = _pack(order)
    root = normalise(pack.division)
    require(by, Action.RUN_DAY, root, pack.name, day_of(at))
    if order.as_of > day_of(at):
        raise Misuse("as_of_in_future", f"{order.as_of} 还没有到，不能出简报。请改为今天或以前的日子。")
    return pack, root


def correct_list_brief(brief: Brief, order: ListOrder, *, by: Person, at: datetime) -> Brief | None:
    """An erratum of the list's brief, when numbers or sentences of it are no longer so by what is known now."""
    pack = _pack(order)

    def sheet() -> ErratumSheet:
        freeze(at)
        asked = Asked(programme="", as_of=order.as_of, known_at=at)
        return ErratumSheet(_plan(pack, order.kind), order.demonstration, order.proof, Reckonings(by, at), asked)

    return correct(brief, sheet, by=by, at=at)


def list_request(order: ListOrder, reckonings: Reckonings, by: Person, at: datetime) -> ListRequest:
    """Everything that the brief of a list is composed of. ``Misuse``: unknown_pack, unknown_brief_kind."""
    pack = _pack(order)
    return ListRequest(
        pack=pack,
        plan=_plan(pack, order.kind),
        number=next_number(pack.name, order.kind, normalise(pack.division)),
        as_of=order.as_of,
        known_at=order.known_at,
        sections=tuple(_section(order, item, reckonings, by, at) for item in in_order(pack)),
        proof=order.proof,
        demonstration=order.demonstration,
    )


def _section(order: ListOrder, programme: Programme, reckonings: Reckonings, by: Person, at: datetime) -> Section:
    asked = Asked(programme=programme.name, as_of=order.as_of, known_at=order.known_at)
    request = request_of(Order(asked, order.kind, in_list=True), reckonings, by, at)
    return Section(request, _led(programme, order.as_of))


def _led(programme: Programme, on: date) -> str:
    """Who answers for the programme: the lead, or who supervises where every part has a lead of its own."""
    for part, word in PARTS.items():
        bodies = responsible(programme.name, normalise(programme.division), part, on)
        if bodies:
            return f"由{'、'.join(body.title for body in bodies)}{word}。"
    return ""


def _pack(order: ListOrder) -> Pack:
    pack = pack_named(order.pack, order.as_of, order.known_at)
    if pack is None:
        raise Misuse("unknown_pack", f"那时还没有清单“{order.pack}”。用 shishi programme list 查看。")
    return pack


def _plan(pack: Pack, kind: str) -> BriefPlan:
    plan = list_plan(pack, kind)
    if plan is None:
        raise Misuse("unknown_brief_kind", f"整份清单只有月报：种类请选月报（--kind {MONTHLY}），或选一个项目。")
    return plan
