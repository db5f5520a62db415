"""Estimates against published formulas, by their laws, and by simulation."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.errors import Misuse
from shishi.core.estimates import Counted, decimal, discount, estimate, wilson
from shishi.core.sampling import NORMAL, Precision, allocate, sample_size

LEVEL = Decimal("0.95")
Z = NORMAL[LEVEL]
UNLIMITED = 10**12


def _counted(rows: int, checked: int, verified: int) -> Counted:
    return Counted("34", rows, checked, verified)


@some.composite
def strata(draw: some.DrawFn) -> list[Counted]:
    found = []
    for number in range(draw(some.integers(1, 6))):
        rows = draw(some.integers(1, 3000))
        checked = draw(some.integers(1, min(rows, 60)))
        found.append(Counted(str(number), rows, checked, draw(some.integers(0, checked))))
    return found


@pytest.mark.parametrize(
    ("verified", "checked", "low", "high"),
    [  # Wilson's interval as printed in Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_of_one_stratum_it_is_wilsons_interval(verified: int, checked: int, low: str, high: str) -> None:
    found = discount(_counted(UNLIMITED, checked, verified), Z)
    assert found is not None
    assert decimal(found.low).quantize(Decimal("0.0001")) == Decimal(low)
    assert decimal(found.high).quantize(Decimal("0.0001")) == Decimal(high)


def test_the_share_of_strata_is_weighted_by_their_rows_exactly() -> None:
    found = estimate([Counted("11", 900, 30, 30), Counted("12", 100, 10, 5)], LEVEL, Z)
    assert found is not None
    assert found.interval.share == Fraction(95, 100)
    assert found.total[0] == Decimal(950)
    assert (found.rows, found.checked, found.verified) == (1000, 40, 35)


def test_one_stratum_alone_is_estimated_as_its_discount() -> None:
    item = _counted(2000, 140, 126)
    found = estimate([item], LEVEL, Z)
    assert found is not None
    assert found.interval == discount(item, Z)


def test_what_was_checked_to_the_last_row_is_known() -> None:
    found = estimate([Counted("11", 40, 40, 38), Counted("12", 10, 10, 10)], LEVEL, Z)
    assert found is not None
    assert found.total == (Decimal(48), 48, 48)


def test_a_sample_in_which_all_is_true_does_not_prove_that_all_is_true() -> None:
    found = estimate([Counted("11", 5000, 50, 50), Counted("12", 5000, 50, 50)], LEVEL, Z)
    assert found is not None
    assert found.interval.share == 1
    assert found.interval.high == 1
    assert Fraction(9, 10) < found.interval.low < Fraction(98, 100)


def test_while_a_stratum_has_no_row_checked_there_is_no_estimate() -> None:
    assert estimate([Counted("11", 50, 5, 5), Counted("12", 50, 0, 0)], LEVEL, Z) is None
    assert estimate([], LEVEL, Z) is None
    assert discount(_counted(50, 0, 0), Z) is None
    assert estimate([Counted("11", 50, 5, 5), Counted("12", 0, 0, 0)], LEVEL, Z) is not None


@given(strata())
def test_the_point_lies_between_its_ends_and_all_between_nothing_and_everything(items: list[Counted]) -> None:
    found = estimate(items, LEVEL, Z)
    assert found is not None
    assert 0 <= found.interval.low <= found.interval.share <= found.interval.high <= 1
    point, low, high = found.total
    assert 0 <= low <= point <= high <= found.rows
    percent, least, most = found.interval.percent()
    assert least <= percent <= most


@given(strata())
def test_more_confidence_is_a_wider_interval(items: list[Counted]) -> None:
    surer, less = (estimate(items, level, NORMAL[level]) for level in (Decimal("0.99"), LEVEL))
    assert surer is not None
    assert less is not None
    assert surer.interval.low <= less.interval.low
    assert less.interval.high <= surer.interval.high


@given(some.integers(0, 40), some.integers(41, 4000))
def test_a_smaller_population_is_known_better_from_the_same_sample(verified: int, rows: int) -> None:
    small, large = discount(_counted(rows, 40, verified), Z), discount(_counted(rows * 2, 40, verified), Z)
    assert small is not None
    assert large is not None
    assert large.low <= small.low
    assert small.high <= large.high


@given(some.integers(1, 300), some.integers(0, 300))
def test_the_interval_of_what_is_false_mirrors_that_of_what_is_true(checked: int, verified: int) -> None:
    share, size = Fraction(min(verified, checked), checked), Fraction(checked)
    true, false = wilson(share, size, Z), wilson(1 - share, size, Z)
    assert abs(true.low - (1 - false.high)) < Fraction(1, 10**30)
    assert abs(true.high - (1 - false.low)) < Fraction(1, 10**30)


def test_ends_are_rounded_outwards_and_the_point_half_up() -> None:
    found = discount(_counted(UNLIMITED, 263, 81), Z)
    assert found is not None
    assert found.percent(2) == (Decimal("30.80"), Decimal("25.52"), Decimal("36.63"))


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(Misuse) as refused:
        Counted("11", 5, 6, 1)
    assert refused.value.code == "stratum_inconsistent"


@pytest.mark.parametrize(
    "truth",
    [
        {"11": (2000, "0.9")},
        {"11": (2000, "0.95"), "12": (500, "0.8"), "13": (100, "0.5")},
        {str(number + 10): (100 + 50 * number, f"0.{99 - number}") for number in range(20)},
        {"11": (2000, "0.995"), "12": (800, "1"), "13": (50, "0.9")},
        {"11": (500, "0.5"), "12": (500, "0.5")},
    ],
    ids=["one", "three unlike", "twenty", "nearly all true", "half"],
)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(truth: dict[str, tuple[int, str]]) -> None:
    chance = random.Random(20210922)
    rows = {code: item[0] for code, item in truth.items()}
    true = {code: int(item[0] * Decimal(item[1])) for code, item in truth.items()}
    sizes = allocate(rows, sample_size(sum(rows.values()), Precision(LEVEL, Decimal("0.08"))), 2)
    whole = Fraction(sum(true.values()), sum(rows.values()))
    held, trials = 0, 600
    for _ in range(trials):
        found = estimate(
            [
                Counted(
                    code, rows[code], sizes[code], sum(one < true[code] for one in chance.sample(range(many), size))
                )
                for code, many in rows.items()
                for size in (sizes[code],)
            ],
            LEVEL,
            Z,
        )
        assert found is not None
        held += found.interval.low <= whole <= found.interval.high
    assert held >= trials * 92 // 100
