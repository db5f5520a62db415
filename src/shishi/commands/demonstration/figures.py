"""The two articles' figures beside the computed ones: exact, within rounding, off, or
not checkable, never corrected."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from shishi.core.indicators import Indicator
from shishi.core.printing import Agreement, agreement, print_value, stated_number


@dataclass(frozen=True, slots=True)
class ExpectedFigure:
    """One statement of an article. ``indicator`` is empty for a fact that no row proves; ``printed``
    is how it stands there; ``qualifier``: eq, rounded, ge, gt, lt, approx. ``division`` is an
    official code, ``programme`` a full name."""

    id: str
    programme: str
    indicator: str
    division: str
    as_of: date
    value: str
    unit: str
    printed: str
    qualifier: str
    statement: str
    source: str


@dataclass(frozen=True, slots=True)
class Compared:
    """An article's figure, what the ledger says, how that is printed, and how the two stand to each other."""

    expected: ExpectedFigure
    computed: Decimal | None
    printed: str
    agreement: Agreement


def expected_figures(path: Path) -> tuple[ExpectedFigure, ...]:
    """Every row of ``reference/seed-figures.csv``, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(ExpectedFigure(as_of=date.fromisoformat(row.pop("as_of")), **row) for row in csv.DictReader(file))


def compare(expected: ExpectedFigure, indicator: Indicator | None, computed: Decimal | None) -> Compared:
    """Hold one figure against the article. A printed word (全部, 四个清零) is held against the number that it stands for."""
    if indicator is None:
        return Compared(expected, None, "", Agreement.NOT_CHECKABLE)
    if stated_number(expected.printed) is not None:
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
