"""Compositions: what a draft's pieces are made and reckoned with, whether it is one programme's brief or a list's.

A list's brief is drafted under the full name of its pack (``jurisdiction/year``), a programme's under its own
(``jurisdiction/year/programme``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from shishi.apps.accounts.models import Person
from shishi.apps.documents.composing import BriefRequest, composed, period_of_brief, title_of
from shishi.apps.documents.keeping import number_for
from shishi.apps.documents.list_briefs import ListOrder, list_request
from shishi.apps.documents.models import Draft
from shishi.apps.documents.paper import paper
from shishi.apps.documents.quoting import Quotes
from shishi.apps.documents.reckonings import Reckonings
from shishi.apps.documents.services import Order, request_of
from shishi.apps.documents.whole_list import ListRequest, composed_list
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.indicators.selectors import Asked
from shishi.core.blocks import Block, Heading, Note, Paragraph
from shishi.core.documents import Document, DocumentKind
from shishi.core.programmes import Programme


@dataclass(frozen=True, slots=True)
class OfProgramme:
    """A brief of one programme."""

    request: BriefRequest

    @property
    def title(self) -> str:
        """As it stands on top."""
        return title_of(self.request)

    @property
    def as_of(self) -> date:
        """The day of the figures."""
        return self.request.as_of

    @property
    def known_at(self) -> datetime:
        """The moment as known at which every number is reckoned."""
        return self.request.now.known_at

    @property
    def period(self) -> str:
        """The label of its period, for figures that count within one."""
        return self.request.now.asked.period

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.request.now.person

    @property
    def reckonings(self) -> Reckonings:
        """What was reckoned already."""
        return self.request.reckonings

    @property
    def programmes(self) -> tuple[Programme, ...]:
        """What it tells of."""
        return (self.request.now.programme,)

    def quotes(self) -> Quotes:
        """An empty collection for its citations."""
        return Quotes(self.request.now.programme.name, self.period)

    def blocks(self, quotes: Quotes) -> Iterator[Block]:
        """The brief as its plan composes it; what it cites is in ``quotes``."""
        return composed(self.request, quotes)

    def document(self, title: str, blocks: tuple[Block, ...], quotes: Quotes) -> Document:
        """The blocks with head and foot."""
        return paper(self.request, title or self.title, blocks, quotes)


@dataclass(frozen=True, slots=True)
class OfList:
    """The brief of a whole list."""

    request: ListRequest
    person: Person
    reckonings: Reckonings

    @property
    def title(self) -> str:
        """As it stands on top."""
        return self.request.plan.title

    @property
    def as_of(self) -> date:
        """The day of the figures."""
        return self.request.as_of

    @property
    def known_at(self) -> datetime:
        """The moment as known at which every number is reckoned."""
        return self.request.known_at

    @property
    def period(self) -> str:
        """The label of its period, for figures that count within one."""
        return period_of_brief(DocumentKind(self.request.plan.kind), self.as_of).label

    @property
    def programmes(self) -> tuple[Programme, ...]:
        """What it tells of, in its order."""
        return tuple(section.request.now.programme for section in self.request.sections)

    def quotes(self) -> Quotes:
        """An empty collection for its citations, of no programme in particular."""
        return Quotes("", self.period)

    def blocks(self, quotes: Quotes) -> Iterator[Block]:
        """The brief as its plan composes it; what it cites is in ``quotes``."""
        return composed_list(self.request, quotes)

    def document(self, title: str, blocks: tuple[Block, ...], quotes: Quotes) -> Document:
        """The blocks with head and foot."""
        return paper(self.request, title or self.title, blocks, quotes)


Composition: TypeAlias = OfProgramme | OfList


def of_list(name: str) -> bool:
    """Whether a series of briefs is that of a whole list: its name is a pack's."""
    return name.count("/") == 1


def composition_of(draft: Draft, *, by: Person, at: datetime) -> Composition:
    """What a draft's numbers are reckoned with: as known when it was frozen, or now."""
    series = draft.programme, draft.kind, draft.division
    number = draft.brief.number if draft.brief else number_for(*series, draft.as_of)
    known_at = draft.known_at or at
    if of_list(draft.programme):
        order = ListOrder(draft.programme, draft.as_of, known_at, draft.kind, demonstration=is_demonstration())
        found = of_order(order, by=by, at=at)
        return replace(found, request=replace(found.request, number=number))
    asked = Asked(programme=draft.programme, as_of=draft.as_of, known_at=known_at, division=draft.division)
    ordered = Order(asked, draft.kind, demonstration=is_demonstration())
    return OfProgramme(replace(request_of(ordered, Reckonings(by, at), by, at), number=number))


def of_order(order: ListOrder, *, by: Person, at: datetime) -> OfList:
    """The brief of a list that is ordered. ``Misuse``: unknown_pack, unknown_brief_kind."""
    reckonings = Reckonings(by, at)
    return OfList(list_request(order, reckonings, by, at), by, reckonings)


def planned_blocks(composition: Composition, quotes: Quotes) -> list[Block]:
    """The tables and charts of the plan, in order: what people move or take out but don't write."""
    return [item for item in composition.blocks(quotes) if not isinstance(item, Paragraph | Heading | Note)]
