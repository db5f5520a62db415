"""The two articles' figures beside the computed ones: exact, within rounding, off, or
not checkable, never corrected."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from shishi.core.indicators import Indicator
from shishi.core.printing import Agreement, agreement, print_value, stated_number
from shishi.core.programmes import Pack, Programme, PublishedFigure


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
        source=pack.source,
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
