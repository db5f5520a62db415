"""Sizes against the textbook's formula, allocations and draws by their laws."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from itertools import pairwise
from statistics import NormalDist
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.core.errors import Misuse
from shishi.core.sampling import NORMAL, Precision, allocate, draw, population_digest, rank, sample_size

STRATA = some.dictionaries(some.text("0123456789", min_size=2, max_size=6), some.integers(0, 5000), max_size=40)
ENTRIES = [UUID(int=number) for number in range(1, 201)]


@pytest.mark.parametrize(("confidence", "quantile"), NORMAL.items())
def test_the_quantiles_are_those_of_the_normal_distribution(confidence: Decimal, quantile: Decimal) -> None:
    assert abs(Decimal(NormalDist().inv_cdf(float((1 + confidence) / 2))) - quantile) < Decimal("1e-11")


@pytest.mark.parametrize(
    ("population", "confidence", "margin", "share", "size"),
    [
        (10**9, "0.95", "0.05", "0.5", 385),  # the number every textbook prints
        (1000, "0.95", "0.05", "0.5", 278),  # Krejcie & Morgan 1970, table for N = 1000
        (500, "0.95", "0.05", "0.5", 218),  # as there (217 rounded to nearest)
        (10**9, "0.99", "0.05", "0.5", 664),
        (10**9, "0.95", "0.03", "0.5", 1068),
        (10**9, "0.95", "0.05", "0.9", 139),
        (47300, "0.95", "0.05", "0.5", 382),
        (3, "0.95", "0.05", "0.5", 3),
        (1, "0.95", "0.5", "0.5", 1),
        (0, "0.95", "0.05", "0.5", 0),
    ],
)
def test_the_size_is_cochrans_with_the_finite_population_correction(
    population: int, confidence: str, margin: str, share: str, size: int
) -> None:
    assert sample_size(population, Precision(Decimal(confidence), Decimal(margin), Decimal(share))) == size


@given(some.integers(1, 10**6), some.sampled_from(list(NORMAL)), some.sampled_from(["0.02", "0.05", "0.1"]))
def test_more_rows_or_more_confidence_never_need_a_smaller_sample(rows: int, level: Decimal, margin: str) -> None:
    asked = Precision(level, Decimal(margin))
    assert sample_size(rows, asked) <= sample_size(rows + 1, asked)
    assert sample_size(rows, asked) <= sample_size(rows, Precision(max(NORMAL), Decimal(margin)))
    assert sample_size(rows, asked) >= sample_size(rows, Precision(level, Decimal("0.2")))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"confidence": Decimal("0.94")}, "confidence_unknown"),
        ({"margin": Decimal(0)}, "margin_out_of_range"),
        ({"margin": Decimal("0.6")}, "margin_out_of_range"),
        ({"share": Decimal(1)}, "share_out_of_range"),
    ],
)
def test_a_precision_that_means_nothing_is_refused(changed: dict[str, Decimal], code: str) -> None:
    with pytest.raises(Misuse) as refused:
        Precision(**changed)
    assert refused.value.code == code


@given(STRATA, some.integers(0, 3000), some.integers(0, 8))
def test_an_allocation_adds_up_and_keeps_its_minimum(strata: dict[str, int], size: int, minimum: int) -> None:
    given_out = allocate(strata, size, minimum)
    floors = {code: min(minimum, rows) for code, rows in strata.items()}
    assert list(given_out) == list(strata)
    assert sum(given_out.values()) == min(sum(strata.values()), max(size, sum(floors.values())))
    assert all(floors[code] <= given_out[code] <= rows for code, rows in strata.items())


@given(STRATA, some.integers(0, 3000), some.integers(0, 8))
def test_a_larger_stratum_never_gets_fewer(strata: dict[str, int], size: int, minimum: int) -> None:
    given_out = allocate(strata, size, minimum)
    ordered = sorted(strata, key=lambda code: strata[code])
    assert all(given_out[less] <= given_out[more] for less, more in pairwise(ordered) if strata[less] < strata[more])


@given(STRATA, some.integers(0, 3000))
def test_without_a_minimum_every_share_is_within_one_of_its_proportion(strata: dict[str, int], size: int) -> None:
    given_out, whole = allocate(strata, size), sum(strata.values())
    for code, rows in strata.items():
        exact = Decimal(min(size, whole) * rows) / Decimal(whole or 1)
        assert abs(given_out[code] - exact) < 1


def test_the_remainders_go_to_the_largest_ones() -> None:
    assert allocate({"a": 600, "b": 300, "c": 101}, 10) == {"a": 6, "b": 3, "c": 1}
    assert allocate({"a": 1000, "b": 10, "c": 1}, 100, 5) == {"a": 94, "b": 5, "c": 1}
    assert allocate({"a": 5, "b": 5}, 3) == {"a": 2, "b": 1}


def test_anybody_can_recompute_the_draw_with_a_digest_alone() -> None:
    strata = {"11": ENTRIES[:120], "12": ENTRIES[120:]}
    lines = "".join(f"{code}:{entry}\n" for code in sorted(strata) for entry in sorted(strata[code]))
    published = population_digest(strata)
    assert published == hashlib.sha256(lines.encode()).hexdigest()

    drawn = draw(strata, {"11": 12, "12": 8}, published, "2021110")
    by_hand = sorted(
        strata["11"], key=lambda entry: hashlib.sha256(f"{published}:2021110:{entry}".encode()).hexdigest()
    )
    assert list(drawn["11"]) == by_hand[:12]
    assert len(drawn["12"]) == 8


def test_a_draw_does_not_depend_on_the_order_of_the_rows_and_does_on_the_seed() -> None:
    population = population_digest({"11": ENTRIES})
    forwards = draw({"11": ENTRIES}, {"11": 20}, population, "a seed")
    assert forwards == draw({"11": ENTRIES[::-1]}, {"11": 20}, population, "a seed")
    assert forwards != draw({"11": ENTRIES}, {"11": 20}, population, "another seed")
    assert forwards["11"] == draw({"11": ENTRIES}, {"11": 30}, population, "a seed")["11"][:20]


def test_over_many_seeds_every_row_is_drawn_about_as_often() -> None:
    population = population_digest({"11": ENTRIES})
    drawn = [
        entry for seed in range(400) for entry in draw({"11": ENTRIES}, {"11": 50}, population, str(seed + 1))["11"]
    ]
    often = [drawn.count(entry) for entry in ENTRIES]  # 100 expected of each, standard deviation 8.7
    assert min(often) > 60
    assert max(often) < 140


def test_without_a_seed_nothing_is_drawn() -> None:
    with pytest.raises(Misuse) as refused:
        draw({"11": ENTRIES}, {"11": 2}, "digest", "  ")
    assert refused.value.code == "seed_missing"


def test_a_rank_is_bound_to_population_seed_and_row() -> None:
    ranks = {rank(population, seed, entry) for population in "ab" for seed in "xy" for entry in ENTRIES[:2]}
    assert len(ranks) == 8
