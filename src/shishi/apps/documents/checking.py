"""Checking a brief: every cited number is computed again, at its own moment and as known now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shishi.apps.accounts.models import Person
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.core.citations import Citation, number_of
from shishi.core.errors import Misuse


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """``value_then``: the answer to the frozen question, computed again. ``value_now``: the
    same question by what is known now."""

    citation: Citation
    value_then: Decimal | None
    value_now: Decimal | None

    @property
    def holds(self) -> bool:
        """The frozen question still gives the printed number, as it must."""
        return self.value_then == self.citation.value

    @property
    def changed(self) -> bool:
        """Later news has changed the answer."""
        return self.value_now != self.value_then


def check_citations(citations: Iterable[Citation], person: Person, at: datetime) -> tuple[CheckedCitation, ...]:
    """Recompute every citation; figures of one day and moment are reckoned together."""
    reckonings: dict[Asked, Reckoning] = {}

    def value(citation: Citation, known_at: datetime) -> Decimal | None:
        asked = Asked(
            programme=citation.programme,
            as_of=citation.as_of,
            known_at=known_at,
            basis=citation.basis,
            period=citation.period,
        )
        if asked not in reckonings:
            reckonings[asked] = Reckoning(person, asked, at)
        return _number(reckonings[asked], citation)

    return tuple(
        CheckedCitation(item, value(item, item.known_at), value(item, at)) for item in citations if _askable(item, at)
    )


def _askable(citation: Citation, at: datetime) -> bool:
    if citation.known_at > at:
        raise Misuse("known_at_in_future", "引用的所知时间晚于现在：这份文件不是由本库在此之前写成的。")
    return True


def _number(reckoning: Reckoning, citation: Citation) -> Decimal | None:
    unit = reckoning.tree.find(citation.division, reckoning.asked.as_of)
    known = {item.code: item for item in reckoning.programme.indicators}
    if unit is None or citation.indicator not in known:
        return None
    within = replace(reckoning.asked, division=citation.division)
    Reckoning(reckoning.person, within, reckoning.known_at).nodes()
    return number_of(reckoning.figure(known[citation.indicator], unit), citation.aspect)
