"""Estimates of totals against published formulas, by their laws, and by simulation."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.errors import Misuse
from shishi.core.estimates import Counted, decimal, estimate
from shishi.core.sampling import NORMAL
from shishi.core.totals import Amount, Compared, Summed, corrected, estimate_total, student

LEVEL = Decimal("0.95")
Z = NORMAL[LEVEL]
amounts = some.decimals(min_value=0, max_value=5000, places=2)


@some.composite
def strata(draw: some.DrawFn) -> list[Summed]:
    made = []
    for number in range(draw(some.integers(1, 5))):
        pairs = draw(some.lists(some.builds(Compared, amounts, amounts), min_size=1, max_size=12))
        rows = len(pairs) + draw(some.integers(0, 400))
        unseen = draw(amounts) * (rows - len(pairs))
        made.append(Summed(str(number), rows, sum((item.reported for item in pairs), unseen), tuple(pairs)))
    return made


def pairs_of(*told: tuple[str, str]) -> tuple[Compared, ...]:
    return tuple(Compared(Decimal(reported), Decimal(found)) for reported, found in told)


@pytest.mark.parametrize(
    ("freedom", "printed"),
    [(3, "3.182"), (5, "2.571"), (10, "2.228"), (30, "2.042"), (120, "1.980")],  # any table of Student's distribution
)
def test_the_quantile_is_that_of_the_tables(freedom: int, printed: str) -> None:
    assert abs(decimal(student(Z, Fraction(freedom))) - Decimal(printed)) < Decimal("0.01")


def test_the_estimate_is_reported_minus_rows_times_the_mean_difference_with_the_variance_of_the_textbook() -> None:
    told = (("100", "0"), ("80", "80"), ("120", "10"), ("100", "130"), ("60", "0"))
    item = Summed("34", 50, Decimal(4600), pairs_of(*told))
    differences = [float(reported) - float(found) for reported, found in told]
    assert item.total == Fraction(4600) - 50 * Fraction(240, 5)
    expected = 50**2 * (1 - 5 / 50) * variance(differences) / 5
    assert abs(float(item.variance) - expected) < 1e-6
    found = corrected(item, Z)
    assert found is not None
    half = float(student(Z, Fraction(4))) * expected**0.5
    assert abs(float(found.high - found.point) - half) < 1e-6


def test_a_total_that_was_checked_to_the_last_row_is_known() -> None:
    item = Summed("34", 2, Decimal(30), pairs_of(("10", "10"), ("20", "5")))
    assert corrected(item, Z) == Amount(Fraction(15), Fraction(15), Fraction(15))


def test_where_nothing_false_was_seen_the_interval_still_has_a_width() -> None:
    found = corrected(Summed("34", 1000, Decimal(50_000), pairs_of(*[("50", "50")] * 30)), Z)
    assert found is not None
    assert found.point == 50_000
    assert 45_000 < found.low < 49_000


def test_the_ends_are_rounded_outwards_and_the_point_half_up() -> None:
    assert Amount(Fraction("1.005"), Fraction("0.999"), Fraction("2.001")).at(2) == (
        Decimal("1.01"),
        Decimal("0.99"),
        Decimal("2.01"),
    )


def test_more_checked_rows_than_rows_cannot_be() -> None:
    with pytest.raises(Misuse, match=r"^stratum_inconsistent:"):
        Summed("34", 1, Decimal(1), pairs_of(("1", "1"), ("1", "1")))


def test_without_a_checked_row_in_each_stratum_nothing_is_estimated() -> None:
    seen = Summed("11", 5, Decimal(5), pairs_of(("1", "1")))
    assert estimate_total([seen, Summed("12", 5, Decimal(5), ())], LEVEL, Z) is None
    assert estimate_total([seen, Summed("13", 0, Decimal(0), ())], LEVEL, Z) is not None


@given(strata())
def test_the_point_lies_within_and_the_interval_closes_when_all_is_checked(found: list[Summed]) -> None:
    told = estimate_total(found, LEVEL, Z, negative=True)
    assert told is not None
    assert told.amount.low <= told.amount.point <= told.amount.high
    assert told.amount.point == sum((item.total for item in found), Fraction(0))
    assert (told.amount.low == told.amount.high) is all(not item.variance for item in found)


@given(strata())
def test_true_rows_leave_the_reported_total_as_it_is(found: list[Summed]) -> None:
    true = [
        Summed(item.code, item.rows, item.reported, tuple(Compared(one.reported, one.reported) for one in item.checked))
        for item in found
    ]
    told = estimate_total(true, LEVEL, Z)
    assert told is not None
    assert told.amount.point == Fraction(told.reported)


@given(strata(), some.integers(2, 1000))
def test_in_another_unit_it_is_the_same_estimate(found: list[Summed], times: int) -> None:
    def scaled(item: Summed) -> Summed:
        pairs = tuple(Compared(one.reported * times, one.found * times) for one in item.checked)
        return Summed(item.code, item.rows, item.reported * times, pairs)

    first, second = (estimate_total(items, LEVEL, Z) for items in (found, [scaled(item) for item in found]))
    assert first is not None
    assert second is not None
    assert second.amount.point == first.amount.point * times
    assert abs(second.amount.high - first.amount.high * times) <= Fraction(1, 10**20) * times


@given(some.integers(1, 40), some.integers(1, 40), some.integers(0, 40))
def test_amounts_that_are_all_one_are_counted(more: int, checked: int, verified: int) -> None:
    verified, rows = min(verified, checked), checked + more
    pairs = pairs_of(*[("1", "1")] * verified, *[("1", "0")] * (checked - verified))
    summed = estimate_total([Summed("34", rows, Decimal(rows), pairs)], LEVEL, Z)
    counted = estimate([Counted("34", rows, checked, verified)], LEVEL, Z)
    assert summed is not None
    assert counted is not None
    assert decimal(summed.amount.point) == counted.total[0]


@pytest.mark.parametrize(("wrong", "least"), [(0.5, 0.92), (0.2, 0.92), (0.05, 0.93)])
def test_over_many_samples_the_interval_holds_the_true_total_about_as_often_as_it_says(
    wrong: float, least: float
) -> None:
    dice = random.Random(f"20210922:{wrong}")
    population = {code: [_row(dice, wrong) for _ in range(many)] for code, many in (("11", 300), ("12", 120))}
    true = sum(Fraction(item.found) for rows in population.values() for item in rows)
    held, points = 0, Fraction(0)
    for _ in range(200):
        sample = [
            Summed(code, len(rows), sum((item.reported for item in rows), Decimal(0)), tuple(dice.sample(rows, 40)))
            for code, rows in population.items()
        ]
        told = estimate_total(sample, LEVEL, Z)
        assert told is not None
        held += told.amount.low <= true <= told.amount.high
        points += told.amount.point
    assert held >= least * 200
    assert abs(points / 200 - true) < true / 100  # unbiased


def _row(dice: random.Random, wrong: float) -> Compared:
    reported = Decimal(dice.randrange(5000, 15000)).scaleb(-2)
    found = (reported * dice.randrange(0, 100) / 100).quantize(Decimal("0.01")) if dice.random() < wrong else reported
    return Compared(reported, found)
