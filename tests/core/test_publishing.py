"""What is held back: small counts, and whatever would give them away."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.indicators import Indicator, Measure
from shishi.core.publishing import gives_away, withheld
from shishi.core.ratings import SCORES

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


def test_the_words_of_the_scores_begin_with_the_best() -> None:
    assert list(SCORES) == sorted(SCORES, reverse=True)
