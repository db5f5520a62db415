"""Every figure of the articles against the ledger of this store."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from shishi.apps.accounts.selectors import person_named
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.programmes.selectors import packs
from shishi.commands.demonstration.figures import Compared, ExpectedFigure, compare, expected_figures, promised
from shishi.core.errors import Misuse
from shishi.core.indicators import Indicator


def compare_all(path: Path) -> list[Compared]:
    """One line for each row of the file, none left out. What was known by the end of
    the day after the article counts."""
    person = person_named("operator")
    reckonings: dict[Asked, Reckoning] = {}

    def answer(item: ExpectedFigure) -> tuple[Indicator | None, Decimal | None]:
        if item.as_of is None:
            return None, None
        asked = Asked(item.programme, item.as_of, division=item.division)
        try:
            reckoning = reckonings.setdefault(asked, Reckoning(person, asked, datetime.now(UTC)))
            indicator = reckoning.programme.indicator(item.indicator)
        except (Misuse, KeyError):
            return None, None
        if item.of_target:
            return promised(reckoning.programme, item.indicator, item.division)
        return indicator, reckoning.figure(indicator, reckoning.nodes()[0]).value

    return [compare(item, *answer(item)) for item in expected_figures(path, packs())]
