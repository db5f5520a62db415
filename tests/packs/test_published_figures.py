"""Every number of the two articles is claimed once, by an indicator, a target or a
fact, and prints as it was printed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.commands.demonstration.figures import ExpectedFigure, expected_figures, promised
from shishi.core.indicators import Indicator, Printed
from shishi.core.printing import print_value, satisfies, stated_number
from shishi.core.programmes import Pack, Programme
from shishi.packs.loading import load_pack

REPOSITORY = Path(__file__).parents[2]
PACKS = [load_pack(file.parent) for file in sorted((REPOSITORY / "packs").glob("*/2021/pack.yaml"))]
EXPECTED = expected_figures(REPOSITORY / "reference" / "seed-figures.csv", PACKS)
PROGRAMMES = {programme.name: programme for pack in PACKS for programme in pack.programmes}
CLAIMED = [item for item in EXPECTED if item.as_of is not None]
FACTS = {fact.id: fact for pack in PACKS for fact in pack.facts}


def claims(pack: Pack) -> list[str]:
    told = [fact.id for fact in pack.facts]
    return told + [claim.id for programme in pack.programmes for claim in programme.published]


def form(expected: ExpectedFigure, programme: Programme) -> Indicator:
    """The indicator with the form in which this statement is printed."""
    if expected.of_target:
        return promised(programme, expected.indicator, expected.division)[0]
    return programme.indicator(expected.indicator)


def example(expected: ExpectedFigure) -> Decimal:
    """A value of which the statement is true: 近3万 is below 30,000, 超过2000 above 2,000."""
    return Decimal(expected.value) + {"lt": -1, "gt": 1}.get(expected.qualifier, 0)


def test_every_row_is_claimed_exactly_once_and_nothing_else_is_claimed() -> None:
    ids = [item.id for item in EXPECTED]
    assert len(ids) == 119 + 4  # the four clearings of B020 are a row each besides it
    assert Counter(claim for pack in PACKS for claim in claims(pack)) == Counter(ids)


def test_a_claim_is_made_by_the_pack_whose_article_it_is() -> None:
    for pack in PACKS:
        letter = {"mohurd": "A", "xuancheng": "B"}[pack.jurisdiction]
        assert all(claim.startswith(letter) for claim in claims(pack))


@pytest.mark.parametrize("expected", [item for item in EXPECTED if item.as_of is None], ids=lambda item: item.id)
def test_a_fact_says_what_the_article_says(expected: ExpectedFigure) -> None:
    fact = FACTS[expected.id]
    assert fact.source
    assert fact.value in {expected.value, expected.printed}


@pytest.mark.parametrize("expected", CLAIMED, ids=lambda item: item.id)
def test_the_value_prints_as_in_the_article(expected: ExpectedFigure) -> None:
    indicator = form(expected, PROGRAMMES[expected.programme])
    if expected.qualifier == "missing":
        assert print_value(indicator, None) == "未报"
    elif stated_number(expected.printed) is None:
        assert Decimal(expected.value) == Decimal(expected.value).to_integral_value()
    else:
        assert print_value(indicator, example(expected)) == expected.printed


@pytest.mark.parametrize("expected", [item for item in CLAIMED if item.of_target], ids=lambda item: item.id)
def test_a_promise_of_the_article_is_the_target(expected: ExpectedFigure) -> None:
    _, target = promised(PROGRAMMES[expected.programme], expected.indicator, expected.division)
    assert target == Decimal(expected.value)


@pytest.mark.parametrize(
    ("id", "off"), [("B034", 214000), ("B037", 156000000), ("B051", 21358800), ("B054", 15800), ("B019", "88.03")]
)
def test_a_value_beyond_the_last_printed_digit_prints_otherwise(id: str, off: int | str) -> None:
    expected = next(item for item in EXPECTED if item.id == id)
    printed: Printed = form(expected, PROGRAMMES[expected.programme]).printed
    assert not satisfies(printed, expected.unit, expected.printed, Decimal(off))


def test_where_the_articles_arithmetic_does_not_close_a_brief_says_so() -> None:
    notes = {
        name: "".join(note for brief in programme.briefs for note in brief.notes)
        for name, programme in PROGRAMMES.items()
    }
    for code, words in {
        "title_certificates": "四个清零",
        "resettlement_homes": "不等于 13900",
        "elder_care": "998.55",
        "enterprise_support": "不相加",
    }.items():
        assert words in notes[f"xuancheng/2021/{code}"]
