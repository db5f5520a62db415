"""Checking a brief: every cited number is computed again, at its own moment and as known now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shishi.apps.accounts.models import Person
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.core.citations import Citation, number_of
from shishi.core.errors import Issue, Misuse
from shishi.core.indicators import Indicator
from shishi.core.rankings import Ranking, rank


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
        return _number(reckonings[asked], citation, at)

    return tuple(
        CheckedCitation(item, value(item, item.known_at), value(item, at)) for item in citations if _askable(item, at)
    )


def altered(content: object, issued: Sequence[Mapping[str, object]]) -> tuple[Issue, ...]:
    """What a document's citations say otherwise than those that went out under the same title, number and day; one
    issue (citation_altered) for each, or document_not_issued when there is no such paper."""
    if content in issued:
        return ()
    if not issued:
        message = "本库没有发出过这份文件：标题、期号或日期对不上。请使用与简报同时生成的 .json 文件。"
        return (Issue(code="document_not_issued", message=message),)
    held, given = _entries(issued[-1]), _entries(content)
    wrong = [name for name in {**held, **given} if held.get(name) != given.get(name)]
    return tuple(
        Issue(
            code="citation_altered",
            message=f"引用 {name} 与发出时不一样，或被删去、添加。请以发出的文件为准。",
            field=name,
        )
        for name in wrong or ("文件头",)
    )


def _entries(content: object) -> dict[str, object]:
    told = content if isinstance(content, dict) else {}
    listed = [*(told.get("citations") or ()), *(told.get("entries") or ())]
    return {str(entry.get("id")): entry for entry in listed if isinstance(entry, dict)}


def _askable(citation: Citation, at: datetime) -> bool:
    if citation.known_at > at:
        raise Misuse("known_at_in_future", "引用的所知时间晚于现在：这份文件不是由本库在此之前写成的。")
    return True


def _number(reckoning: Reckoning, citation: Citation, at: datetime) -> Decimal | None:
    unit = reckoning.tree.find(citation.division, reckoning.asked.as_of)
    known = {item.code: item for item in reckoning.programme.indicators}
    if unit is None or citation.indicator not in known:
        return None
    within = replace(reckoning.asked, division=citation.division)
    Reckoning(reckoning.person, within, at).nodes()
    indicator = known[citation.indicator]
    ranking = ranked(reckoning, indicator) if citation.aspect.of_ranking else None
    return number_of(reckoning.figure(indicator, unit), citation.aspect, ranking)


def ranked(reckoning: Reckoning, indicator: Indicator) -> Ranking:
    """The ranking of a programme's supervised divisions by an indicator: what a cited place is a place in."""
    units = (reckoning.tree.find(code, reckoning.asked.as_of) for code in sorted(reckoning.units))
    return rank(reckoning.figure(indicator, unit) for unit in units if unit)
