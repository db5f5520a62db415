"""What a stocktake sees in figures, and what it must not confuse."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.assurance import Basis
from shishi.core.calendars import WorkingCalendar
from shishi.core.divisions import Level
from shishi.core.findings import days_stood, obstacles
from shishi.core.indicators import (
    Direction,
    Figure,
    Indicator,
    Measure,
    Shape,
    Span,
    Trajectory,
    TrajectoryPoint,
)
from shishi.core.programmes import Cadence, PeriodKind, Programme, Thresholds
from shishi.core.silence import missed
from shishi.core.supervision import FindingKind, OwnAndParts, find
from shishi.core.tables import Table

DAY = date(2021, 9, 30)
EVENING = datetime(2021, 9, 30, 12, tzinfo=UTC)  # 20:00 in Shanghai
CALENDAR = WorkingCalendar()
TABLE = "somewhere/2021/certificates/units"
ISSUED = Indicator("issued", "已办证套数", Measure.COUNT, "套", table=TABLE)
ALL = Indicator("all", "应办证套数", Measure.COUNT, "套", table=TABLE)
RATE = Indicator("rate", "办证率", Measure.RATIO, "%", numerator="issued", denominator="all", scale=2)
PROGRAMME = Programme(
    name="somewhere/2021/certificates",
    title="“难办证”治理",
    promise="",
    basis="",
    division="3418",
    supervised_level=Level.COUNTY,
    tables=(Table(TABLE, "办证台账", 1, (), (), "county"),),
    indicators=(ISSUED, ALL, RATE),
    trajectories=(Trajectory("issued", 1, Shape.LINEAR, (TrajectoryPoint(DAY, Decimal(1)),)),),
    cadences=(Cadence(TABLE, PeriodKind.DAY, time(18), working_days_only=True, starts=date(2021, 9, 1)),),
)


def figure(value: int | None, on: date = DAY, indicator: Indicator = ISSUED, **more: object) -> Figure:
    settings: dict[str, object] = {"division": "341802", "name": "宣州区"} | more
    number = None if value is None else Decimal(value)
    return Figure(indicator, as_of=on, known_at=EVENING, basis=Basis.REPORTED, value=number, **settings)


def seen(*today: Figure, before: tuple[Figure, ...] = (), thresholds: Thresholds | None = None) -> list[FindingKind]:
    programme = PROGRAMME if thresholds is None else changed(thresholds)
    return [item.kind for item in find(programme, today, before, CALENDAR)]


def changed(thresholds: Thresholds) -> Programme:
    settings = {name: getattr(PROGRAMME, name) for name in PROGRAMME.__dataclass_fields__}
    return Programme(**settings | {"thresholds": thresholds})


def test_a_figure_behind_by_more_than_the_threshold_is_told_in_one_sentence_with_what_clears_it() -> None:
    late = figure(8876, target=Decimal(15167), expected=Decimal(13350), behind_points=Decimal("11.98"), behind_days=24)
    (finding,) = find(PROGRAMME, [late], [], CALENDAR)
    assert finding.kind is FindingKind.BEHIND
    assert finding.message == (
        "截至2021年9月30日，宣州区“已办证套数”为8876套，按序时进度应为13350套，滞后11.98个百分点、约24天。"
    )
    assert finding.clears == "填报数据滞后不超过5个百分点后自动消除。"
    assert finding.facts["expected"] == "13350套"
    assert finding.facts["behind_points"] == "11.98"


def test_a_figure_on_the_threshold_is_not_behind() -> None:
    assert seen(figure(1, behind_points=Decimal(5), behind_days=900)) == []


def test_days_alone_can_make_a_figure_behind() -> None:
    late = figure(1, behind_points=Decimal(1), behind_days=8)
    assert seen(late, thresholds=Thresholds(behind_days=7)) == [FindingKind.BEHIND]
    assert seen(late, thresholds=Thresholds(behind_days=8)) == []


def test_zero_is_a_report_and_can_be_behind() -> None:
    assert seen(figure(0, behind_points=Decimal(80))) == [FindingKind.BEHIND]


def test_null_is_silent_and_never_behind() -> None:
    (finding,) = find(PROGRAMME, [figure(None, behind_points=Decimal(80))], [], CALENDAR)
    assert finding.kind is FindingKind.SILENT
    assert finding.message == "宣州区应填报“办证台账”而从未填报，无数据可用，不按零计。"
    assert finding.facts["last_report"] == "未报"


def test_a_carried_figure_is_silent_and_still_judged_by_what_is_known() -> None:
    stale = figure(10, carried_from=date(2021, 9, 27), behind_points=Decimal(80))
    behind, silent = find(PROGRAMME, [stale], [], CALENDAR)
    assert "沿用2021年9月27日填报数" in behind.message
    assert silent.facts == {"table": "办证台账", "last_report": "2021年9月27日", "missed": "3"}
    assert "已有3期未报" in silent.message


def test_silence_is_told_once_for_a_table_however_many_figures_stand_on_it() -> None:
    assert seen(figure(None), figure(None, indicator=ALL), figure(None, indicator=RATE)) == [FindingKind.SILENT]


def test_nobody_is_silent_before_the_hour_at_which_a_report_is_late() -> None:
    assert missed(PROGRAMME.cadences[0], None, DAY, EVENING - timedelta(hours=3), CALENDAR) == 21
    assert missed(PROGRAMME.cadences[0], date(2021, 9, 29), DAY, EVENING - timedelta(hours=3), CALENDAR) == 0
    assert missed(PROGRAMME.cadences[0], date(2021, 9, 29), DAY, EVENING, CALENDAR) == 1


def test_days_off_are_not_owed_and_working_weekends_are() -> None:
    daily = Cadence(TABLE, PeriodKind.DAY, time(18), working_days_only=True)
    # 18 September 2021 was a working Saturday, 19 to 21 were the Mid-Autumn holiday.
    later = datetime(2021, 9, 22, 12, tzinfo=UTC)
    assert missed(daily, date(2021, 9, 17), date(2021, 9, 22), later, CALENDAR) == 2


def test_a_city_is_not_silent_for_its_counties() -> None:
    assert seen(figure(None, division="3418", name="宣城市")) == []


def test_without_a_cadence_nothing_is_due() -> None:
    free = Indicator("other", "其他", Measure.COUNT, "件", table="somewhere/2021/certificates/other")
    assert seen(figure(None, indicator=free)) == []


def test_a_figure_that_should_only_grow_is_compared_with_the_last_known_one() -> None:
    before = (figure(900, DAY - timedelta(days=4)), figure(None, DAY - timedelta(days=1)))
    assert seen(figure(899), before=before) == [FindingKind.FALLING]
    assert seen(figure(900), before=before) == []


@pytest.mark.parametrize("kind", [{"direction": Direction.DOWN}, {"span": Span.FLOW}])
def test_what_may_fall_is_not_called_falling(kind: dict[str, object]) -> None:
    indicator = Indicator("x", "余量", Measure.COUNT, "套", table=TABLE, **kind)
    before = (figure(900, DAY - timedelta(days=1), indicator),)
    assert seen(figure(1, indicator=indicator), before=before) == []


def test_a_share_above_the_whole_is_seen_though_it_prints_as_one_hundred_percent() -> None:
    over = figure(100, indicator=RATE, numerator=Decimal(100_001), denominator=Decimal(100_000))
    assert seen(over) == [FindingKind.OVER_WHOLE]
    assert seen(figure(100, indicator=RATE, numerator=Decimal(7), denominator=Decimal(7))) == []


def test_own_report_and_parts_are_shown_both_with_which_of_them_counts() -> None:
    both = [OwnAndParts(ISSUED, "3418", "宣城市", Decimal(13350), Decimal(13349))]
    (finding,) = find(PROGRAMME, [figure(1)], [], CALENDAR, both)
    assert finding.kind is FindingKind.PARTS_DIFFER
    assert finding.message == (
        "截至2021年9月30日，宣城市“已办证套数”自报13350套，下级合计13349套，相差1套；统计采用下级合计数。"
    )


def test_round_numbers_are_asked_about_but_zero_is_not_round() -> None:
    assert seen(figure(12000)) == [FindingKind.ROUND_NUMBER]
    assert seen(figure(12001)) == seen(figure(0)) == seen(figure(12000), thresholds=Thresholds(round_number=None)) == []


def test_a_jump_on_the_last_day_is_measured_against_the_usual_day() -> None:
    before = tuple(figure(100 + 10 * step, DAY - timedelta(days=5 - step)) for step in range(5))
    assert seen(figure(140 + 101), before=before) == [FindingKind.LAST_DAY_JUMP]
    assert seen(figure(140 + 99), before=before) == []
    early = tuple(figure(100 + 10 * step, DAY - timedelta(days=15 - step)) for step in range(5))
    assert seen(figure(140 + 101, DAY - timedelta(days=10)), before=early) == []


def test_work_that_piled_up_while_nobody_reported_is_no_jump() -> None:
    before = (figure(0, DAY - timedelta(days=20)), figure(100, DAY - timedelta(days=10)))
    carried = tuple(figure(100, DAY - timedelta(days=day), carried_from=DAY - timedelta(days=10)) for day in (3, 2, 1))
    assert seen(figure(301), before=before + carried) == []


def test_the_gravest_comes_first() -> None:
    kinds = seen(
        figure(1000, behind_points=Decimal(6), division="341802"),
        figure(1, behind_points=Decimal(9), division="341821"),
        figure(None, division="341822"),
    )
    assert kinds == [FindingKind.BEHIND, FindingKind.BEHIND, FindingKind.SILENT, FindingKind.ROUND_NUMBER]


def test_nothing_in_gives_nothing_out() -> None:
    assert find(PROGRAMME, [], [], CALENDAR) == ()


def test_the_same_finding_or_silence_about_its_table_keeps_it_from_being_cleared() -> None:
    (ground,) = find(PROGRAMME, [figure(5, behind_points=Decimal(40))], [], CALENDAR)
    still = find(PROGRAMME, [figure(6, behind_points=Decimal(39))], [], CALENDAR)
    silent = find(PROGRAMME, [figure(None)], [], CALENDAR)
    other = find(PROGRAMME, [figure(5, behind_points=Decimal(40), division="341821")], [], CALENDAR)
    assert obstacles([ground], still) == still
    assert obstacles([ground], silent) == silent
    assert obstacles([ground], other) == obstacles([ground], ()) == ()


def test_a_finding_stands_back_to_the_first_look_that_saw_it_without_a_gap() -> None:
    days = [date(2021, 9, day) for day in range(20, 31)]
    looked = [day for day in days if day.weekday() < 5]
    assert days_stood(looked[2:], looked, DAY) == (DAY - looked[2]).days + 1
    assert days_stood([looked[0], *looked[4:]], looked, DAY) == (DAY - looked[4]).days + 1
    assert days_stood([], looked, DAY) == 1


@given(
    st.lists(st.tuples(st.integers(0, 4000) | st.none(), st.decimals(-50, 100, places=2)), min_size=1, max_size=6),
    st.data(),
)
def test_every_finding_names_its_division_and_the_way_out_whatever_the_order_of_the_figures(
    values: list[tuple[int | None, Decimal]], data: st.DataObject
) -> None:
    today = [
        figure(value, division=f"34180{place}", name=f"{place}区", behind_points=points, expected=Decimal(1))
        for place, (value, points) in enumerate(values)
    ]
    found = find(PROGRAMME, today, [], CALENDAR)
    assert found == find(PROGRAMME, data.draw(st.permutations(today)), [], CALENDAR)
    behind = {item.division for item in found if item.kind is FindingKind.BEHIND}
    silent = {item.division for item in found if item.kind is FindingKind.SILENT}
    assert silent == {item.division for item in today if item.value is None}
    assert not behind & silent
    assert all(
        item.clears.endswith("。") and item.message.endswith("。") and item.name in item.message for item in found
    )
