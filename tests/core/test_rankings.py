"""Places: equal is equal, and silence has none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.assurance import Basis
from shishi.core.indicators import Direction, Figure, Indicator, Measure
from shishi.core.rankings import rank

DAY = date(2021, 9, 30)
AT = datetime(2021, 9, 30, 12, tzinfo=UTC)


def figure(
    division: str,
    value: int | None,
    behind: int | None = None,
    *,
    carried: bool = False,
    direction: Direction = Direction.UP,
) -> Figure:
    indicator = Indicator("issued", "发证套数", Measure.COUNT, "套", table="t", direction=direction)
    points = None if behind is None else Decimal(behind)
    number = None if value is None else Decimal(value)
    carried_from = date(2021, 9, 29) if carried else None
    return Figure(
        indicator, division, division, DAY, AT, Basis.REPORTED, number, behind_points=points, carried_from=carried_from
    )


def places(*figures: Figure) -> list[tuple[str, int, bool]]:
    return [(item.figure.division, item.place, item.tied) for item in rank(figures).placed]


def test_equal_gaps_share_a_place_and_the_next_place_is_left_out() -> None:
    found = places(figure("1", 5, 3), figure("2", 9, -2), figure("3", 7, 3), figure("4", 1, 8))
    assert found == [("2", 1, False), ("1", 2, True), ("3", 2, True), ("4", 4, False)]


def test_who_never_reported_or_stands_on_an_earlier_report_has_no_place() -> None:
    ranking = rank([figure("1", 5, 3), figure("2", None), figure("3", 9, 0, carried=True)])
    assert [item.figure.division for item in ranking.placed] == ["1"]
    assert [item.division for item in ranking.silent] == ["2", "3"]
    assert ranking.place_of("3") is None


def test_without_a_trajectory_the_value_decides_in_its_direction() -> None:
    assert [name for name, *_ in places(figure("1", 5), figure("2", 9))] == ["2", "1"]
    down = Direction.DOWN
    assert [name for name, *_ in places(figure("1", 5, direction=down), figure("2", 9, direction=down))] == ["1", "2"]


@given(st.lists(st.tuples(st.none() | st.integers(0, 5), st.integers(-3, 3)), max_size=12))
def test_a_place_is_one_more_than_the_number_of_those_ahead(told: list[tuple[int | None, int]]) -> None:
    figures = [figure(f"{at:02}", value, gap) for at, (value, gap) in enumerate(told)]
    ranking = rank(figures)
    assert len(ranking.placed) + len(ranking.silent) == len(figures)
    gaps = [item.figure.behind_points or Decimal(0) for item in ranking.placed]
    for item in ranking.placed:
        own = item.figure.behind_points or Decimal(0)
        assert item.place == 1 + sum(gap < own for gap in gaps)
        assert item.tied is (gaps.count(own) > 1)
