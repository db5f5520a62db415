"""The two articles' figures beside the computed ones, with a verdict on each; never corrected."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path

from shishi.core.indicators import Indicator
from shishi.core.printing import Agreement, agreement, print_value, stated_number
from shishi.core.programmes import Pack, Programme, PublishedFigure


class Verdict(StrEnum):
    """How a row of the page stands. ``same``: computed, and printed in the same words; ``equal``: computed, and the
    article says the number in a word of its own (全部, 四个清零); ``untold``: the store has no rows about it."""

    SAME = "same"
    EQUAL = "equal"
    TARGET = "target"
    FACT = "fact"
    MISSING = "missing"
    OFF = "off"
    UNTOLD = "untold"

    @property
    def label(self) -> str:
        """The word on the page."""
        return {
            "same": "算出，写法相同",
            "equal": "算出，数相同",
            "target": "承诺的任务，相同",
            "fact": "照录",
            "missing": "原文空着，账上也空着",
            "off": "不一致",
            "untold": "账上没有行",
        }[self.value]


@dataclass(frozen=True, slots=True)
class ExpectedFigure:
    """One statement of an article, and what proves it. ``indicator`` is empty for a fact that no row proves;
    ``of_target``: the promise proves it, not what was done. ``printed`` is how it stands there; ``qualifier``: eq,
    rounded, ge, gt, lt, approx, missing. ``division`` is a significant code, ``programme`` a full name."""

    id: str
    programme: str
    indicator: str
    division: str
    as_of: date | None
    value: str
    unit: str
    printed: str
    qualifier: str
    statement: str
    source: str
    of_target: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """An article's figure, what the ledger says, how that is printed, and how the two stand to each other."""

    expected: ExpectedFigure
    computed: Decimal | None
    printed: str
    agreement: Agreement

    @property
    def verdict(self) -> Verdict:
        """What the page says of it; a fact is one that nobody claims to prove."""
        told = self.expected
        if told.as_of is None:
            return Verdict.FACT
        if self.agreement is Agreement.OFF:
            return Verdict.OFF
        if told.qualifier == "missing":
            return Verdict.MISSING
        if self.computed is None or self.agreement is Agreement.NOT_CHECKABLE:
            return Verdict.UNTOLD
        if told.of_target:
            return Verdict.TARGET
        return Verdict.SAME if self.printed == told.printed else Verdict.EQUAL


def expected_figures(path: Path, packs: Iterable[Pack]) -> tuple[ExpectedFigure, ...]:
    """Every row of ``reference/seed-figures.csv``, in its order, with what the packs say proves it."""
    known = {pack.name: pack for pack in packs}
    claims = {
        (pack.name, claim.id): (programme, claim)
        for pack in known.values()
        for programme in pack.programmes
        for claim in programme.published
    }
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["pack"] in known]
    return tuple(_expected(row, known[row["pack"]], claims.get((row["pack"], row["id"]))) for row in rows)


def _expected(row: Mapping[str, str], pack: Pack, proof: tuple[Programme, PublishedFigure] | None) -> ExpectedFigure:
    programme, claim = proof or (None, None)
    sources = {fact.id: fact.source for fact in pack.facts}
    return ExpectedFigure(
        id=row["id"],
        programme=programme.name if programme else "",
        indicator=claim.indicator if claim else "",
        division=claim.division if claim else pack.division,
        as_of=claim.as_of if claim else None,
        value=row["value"],
        unit=row["unit"],
        printed=row["printed"],
        qualifier=row["qualifier"],
        statement=row["statement"],
        source=sources.get(row["id"], pack.source),
        of_target=claim.of_target if claim else False,
    )


def promised(programme: Programme, code: str, division: str) -> tuple[Indicator, Decimal | None]:
    """The target of an indicator, under the form in which the promise was printed."""
    indicator = programme.indicator(code)
    target = next(item for item in programme.targets if item.indicator == code)
    form = replace(indicator, printed=target.printed or indicator.printed)
    return form, target.values.get(division)


def compare(expected: ExpectedFigure, indicator: Indicator | None, computed: Decimal | None) -> Compared:
    """Hold one figure against the article. A printed word (全部, 四个清零) is held against the number that it stands for."""
    if indicator is None:
        return Compared(expected, None, "", Agreement.NOT_CHECKABLE)
    if expected.qualifier == "missing":
        verdict = Agreement.EXACT if computed is None else Agreement.OFF
    elif stated_number(expected.printed) is not None:
        verdict = agreement(indicator.printed, indicator.unit, expected.printed, computed)
    else:
        verdict = _against_number(expected.value, computed)
    return Compared(expected, computed, print_value(indicator, computed), verdict)


def _against_number(value: str, computed: Decimal | None) -> Agreement:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return Agreement.NOT_CHECKABLE
    if computed is None:
        return Agreement.NOT_CHECKABLE
    return Agreement.EXACT if number == computed else Agreement.OFF
