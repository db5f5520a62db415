"""What is held back: small counts, and whatever would give them away."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.indicators import Indicator, Measure
from shishi.core.publishing import gives_away, withheld
from shishi.core.ratings import AVERAGE, COUNT, SCORES, SUM, rating_indicators, ratings_table

COUNTS = st.dictionaries(st.text("abcdef", min_size=1), st.none() | st.integers(0, 60).map(Decimal), max_size=8)


@given(COUNTS, st.integers(2, 20))
def test_every_small_count_is_held_back_and_nothing_that_names_nobody(
    parts: dict[str, Decimal | None], minimum: int
) -> None:
    held = withheld(parts, minimum)
    for part, value in parts.items():
        if value and value < minimum:
            assert part in held
        if not value:
            assert part not in held


@given(COUNTS, st.integers(2, 20))
def test_no_single_part_can_be_told_from_the_whole(parts: dict[str, Decimal | None], minimum: int) -> None:
    held = withheld(parts, minimum)
    told = {part for part, value in parts.items() if value}
    assert len(held) != 1 or held == told


def test_a_ratio_is_held_back_with_either_of_its_sides() -> None:
    rate = Indicator("rate", "率", Measure.RATIO, "%", numerator="done", denominator="all")
    assert [gives_away(rate, held) for held in ({"done"}, {"all"}, {"rate"}, {"other"}, ())] == [True] * 3 + [False] * 2


def test_the_average_is_the_ratio_of_the_sum_of_scores_to_their_number() -> None:
    indicators = {item.code: item for item in rating_indicators("somewhere/2021/homes")}
    assert (indicators[AVERAGE].numerator, indicators[AVERAGE].denominator) == (SUM, COUNT)
    table = ratings_table("somewhere/2021/homes")
    assert {item.table for item in indicators.values()} == {table.name, ""}
    assert table.by_service
    assert table.by_name["comment"].sensitive
    assert list(SCORES) == sorted(SCORES, reverse=True)
