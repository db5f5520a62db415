"""What every brief has around its blocks: a programme's own and the whole list's."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from shishi.apps.documents.quoting import Quotes
from shishi.core.blocks import Block
from shishi.core.documents import Document, DocumentKind, Proof
from shishi.core.programmes import BriefPlan


class Requested(Protocol):
    """What head and foot are made of."""

    @property
    def plan(self) -> BriefPlan:
        """The pack's plan of the brief."""

    @property
    def number(self) -> int:
        """Its number in the series."""

    @property
    def as_of(self) -> date:
        """The day of the figures."""

    @property
    def proof(self) -> Proof | None:
        """The day's root, where it is printed."""

    @property
    def demonstration(self) -> bool:
        """Whether every page says 演示数据."""


def paper(request: Requested, title: str, blocks: tuple[Block, ...], quotes: Quotes) -> Document:
    """The blocks as the document that the plan says, with all that they cite."""
    plan = request.plan
    return Document(
        kind=DocumentKind(plan.kind),
        title=title,
        issuer_mark=plan.mark,
        number=f"第{request.number}期",
        date=request.as_of,
        blocks=blocks,
        issuer=plan.signatory,
        addressee=plan.addressee,
        signatory=plan.signatory,
        signed_on=request.as_of,
        citations=quotes.citations,
        entries=quotes.entries,
        demonstration=request.demonstration,
        proof=request.proof,
    )
