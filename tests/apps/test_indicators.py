"""A figure says what it knows and what it does not: never reported is null, carried is marked, three truths stand
apart."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from shishi.apps.assurance.models import MarkRow
from shishi.apps.assurance.services import mark_rows
from shishi.apps.indicators.selectors import Asked, Reckoning, both_sides
from shishi.apps.indicators.why import explain
from shishi.apps.ledger.services import report_no_change
from shishi.core.assurance import Basis
from shishi.core.divisions import Level
from shishi.core.errors import Misuse
from tests.apps.town import DAY, GUANGDE, HOMES, LANGXI, NAME, PROGRAMME, XUANZHOU, Town, home

pytestmark = pytest.mark.django_db
YESTERDAY = DAY - timedelta(days=1)
ENGINES = ("duckdb", "reference")


def code_of(town: Town, **asked: object) -> str:
    with pytest.raises(Misuse) as wrong:
        town.figures(**asked)
    return wrong.value.code


@pytest.mark.parametrize("engine", ENGINES)
def test_never_reported_is_null_and_reported_without_a_match_is_zero(town: Town, engine: str) -> None:
    assert town.value("homes", engine=engine) is None
    town.hand_in(home("H1"))
    figures = town.figures(level=Level.COUNTY, engine=engine)
    assert (figures["issued", XUANZHOU].value, figures["issued", LANGXI].value) == (Decimal(0), None)
    assert figures["rate", LANGXI].value is None
    assert figures["issued", LANGXI].reporting.received == 0
    assert town.value("issued", engine=engine) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_city_holds_itself_is_the_citys_and_no_countys(town: Town, engine: str) -> None:
    town.hand_in(home("H1", county="341800"))
    assert town.value("homes", engine=engine) == 1
    figures = town.figures(level=Level.COUNTY, engine=engine)
    assert [figures["homes", county].value for county in (XUANZHOU, LANGXI)] == [None, None]
    assert town.figures(division="3418")["homes", "3418"].reporting.received == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sum_of_only_empty_cells_is_null(town: Town, engine: str) -> None:
    town.hand_in(home("H1"))
    assert town.value("area", engine=engine) is None
    town.hand_in(home("H2", area="88.50"), home("L1", county=LANGXI, area="1.25"))
    assert town.value("area", engine=engine) == Decimal("89.75")


def test_the_last_rows_are_carried_and_marked_with_their_day(town: Town) -> None:
    town.hand_in(home("H1"), home("L1", county=LANGXI), as_of=YESTERDAY)
    town.hand_in(home("L1", "issued", county=LANGXI))
    county = town.figures(division=XUANZHOU)["homes", XUANZHOU]
    assert (county.value, county.carried_from, county.reporting.received) == (1, YESTERDAY, 0)
    whole = town.figures(division="3418")["homes", "3418"]
    assert (whole.value, whole.carried_from) == (2, YESTERDAY)
    assert (whole.reporting.due, whole.reporting.received) == (3, 1)


def test_no_change_meets_the_due(town: Town) -> None:
    town.hand_in(home("H1"), as_of=YESTERDAY)
    report_no_change(PROGRAMME, HOMES, division=XUANZHOU, as_of=DAY, units=[XUANZHOU], by=town.clerk(), at=town.tick())
    county = town.figures(division=XUANZHOU)["homes", XUANZHOU]
    assert (county.value, county.carried_from, county.reporting.received) == (1, None, 1)


def test_a_table_without_a_cadence_owes_nothing(town: Town) -> None:
    town.hand_in({"county": XUANZHOU, "complaints": 3}, table="reports", as_of=YESTERDAY)
    figure = town.figures(division=XUANZHOU)["complaints", XUANZHOU]
    assert (figure.value, figure.carried_from, figure.reporting.due) == (3, None, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_divisions_own_figure_stands_beside_that_of_its_parts(town: Town, engine: str) -> None:
    town.hand_in(
        {"county": "341800", "complaints": 9},
        {"county": XUANZHOU, "complaints": 3},
        {"county": LANGXI, "complaints": 5},
        table="reports",
    )
    assert town.value("complaints", engine=engine) == 9
    reckoning = Reckoning(town.operator, Asked(NAME, DAY, engine=engine), town.now)
    assert both_sides(reckoning, PROGRAMME.indicator("complaints"), "3418") == (9, 8)
    assert both_sides(reckoning, PROGRAMME.indicator("complaints"), XUANZHOU) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_ratio_is_a_ratio_of_sums_with_its_parts(town: Town, engine: str) -> None:
    town.hand_in(home("H1", "issued"), home("H2"), home("L1", "issued", LANGXI))
    found = town.figures(division="3418", engine=engine)["rate", "3418"]
    assert (found.value, found.numerator, found.denominator) == (Decimal("66.67"), 2, 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_household_in_two_counties_is_one_household_of_the_city(town: Town, engine: str) -> None:
    town.hand_in(
        home("H1", household="F1"),
        home("H2", household="F1"),
        home("L1", county=LANGXI, household="F1"),
        home("L2", county=LANGXI),
    )
    figures = {**town.figures(level=Level.COUNTY, engine=engine), **town.figures(division="3418", engine=engine)}
    assert [figures["households", code].value for code in (XUANZHOU, LANGXI, "3418")] == [1, 1, 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_flow_counts_its_period_only(town: Town, engine: str) -> None:
    town.hand_in(
        home("H1", "issued", issued_on="2021-09-30"),
        home("H2", "issued", issued_on="2021-09-29"),
        home("H3", "issued", issued_on="2021-08-01"),
    )
    asked = {"2021-09-30": 1, "2021-09": 2, "2021-W39": 2, "2021-08": 1, "2021": 3}
    assert {p: town.value("issued_today", period=p, engine=engine) for p in asked} == asked
    assert town.value("issued_today", engine=engine) == 1


def test_three_truths_stand_apart_and_a_change_drops_the_mark(town: Town) -> None:
    town.hand_in(home("H1", "issued"), home("H2", "issued"), home("H3", "issued"))
    for state, keys in ((Basis.EVIDENCED, ["H1", "H2"]), (Basis.VERIFIED, ["H1"])):
        mark_rows(HOMES, "certificate", state, keys, effective_on=DAY, note="证书", by=town.reviewer, at=town.tick())
    known = town.now
    figure = town.figures(division="3418")["issued", "3418"]
    assert figure.assurance == {Basis.REPORTED: 3, Basis.EVIDENCED: 2, Basis.VERIFIED: 1}
    for engine in ENGINES:
        assert town.value("issued", basis=Basis.EVIDENCED, engine=engine) == 2
    town.hand_in(home("H1", "issued", issued_on="2021-09-02"))
    for engine in ENGINES:
        assert town.value("issued", basis=Basis.VERIFIED, engine=engine) == 0
        assert town.value("issued", basis=Basis.VERIFIED, known_at=known, engine=engine) == 1
    again = mark_rows(
        HOMES, "certificate", Basis.VERIFIED, ["H1"], effective_on=DAY, note="复核", by=town.reviewer, at=town.tick()
    )
    assert (again, town.value("issued", basis=Basis.VERIFIED)) == (1, 1)
    assert town.value("households", basis=Basis.VERIFIED) is None


def test_marks_that_stand_are_not_written_again_and_may_be_taken_back(town: Town) -> None:
    town.hand_in(home("H1", "issued"))

    def mark(state: Basis) -> int:
        return mark_rows(
            HOMES, "certificate", state, ["H1"], effective_on=DAY, note="证书", by=town.reviewer, at=town.tick()
        )

    assert [mark(state) for state in (Basis.EVIDENCED, Basis.EVIDENCED, Basis.REPORTED)] == [1, 0, 1]
    assert town.value("issued", basis=Basis.EVIDENCED) == 0
    assert (mark(Basis.EVIDENCED), MarkRow.objects.count()) == (1, 3)
    assert town.value("issued", basis=Basis.EVIDENCED) == 1


def test_marking_needs_the_right_a_known_group_and_known_rows(town: Town) -> None:
    town.hand_in(home("H1", "issued"))
    for by, group, keys, code in (
        (town.clerk(), "certificate", ["H1"], "out_of_reach"),
        (town.reviewer, "roof", ["H1"], "unknown_group"),
        (town.reviewer, "certificate", ["H1", "H9"], "unknown_row"),
    ):
        with pytest.raises(Misuse) as wrong:
            mark_rows(HOMES, group, Basis.EVIDENCED, keys, effective_on=DAY, note="x", by=by, at=town.tick())
        assert (wrong.value.code, MarkRow.objects.count()) == (code, 0)


def test_target_and_trajectory_tell_how_far_behind(town: Town) -> None:
    town.hand_in(home("H1", "issued"), home("H2"))
    figure = town.figures(division=XUANZHOU)["issued", XUANZHOU]
    assert (figure.value, figure.target) == (1, 4)
    assert figure.expected is not None
    assert figure.behind_points is not None
    assert figure.behind_days is not None
    # 272 of 364 days have gone: 2.989 of 4 should be there, 1 is.
    assert 49 < figure.behind_points < 50
    assert 180 < figure.behind_days < 182
    assert town.figures(division="341823")["issued", "341823"].target is None


def test_the_future_is_not_known(town: Town) -> None:
    town.hand_in(home("H1"))
    assert code_of(town, known_at=town.now + timedelta(seconds=1)) == "known_at_in_future"


def test_what_cannot_be_asked_is_told(town: Town) -> None:
    town.hand_in(home("H1"))
    assert code_of(town, engine="abacus") == "unknown_engine"
    assert code_of(town, indicators=("trees",)) == "unknown_indicator"
    assert code_of(town, programme="trees") == "unknown_programme"
    assert code_of(town, period="yesterday") == "period_malformed"
    outsider = replace_reach(town)
    assert code_of(town, person=outsider) == "out_of_reach"


def replace_reach(town: Town) -> object:
    from shishi.apps.accounts.roles import Role

    return town.person("beijing", "office", Role.SUPERVISOR, "11")


def test_levels_list_the_units_within_reach(town: Town) -> None:
    town.hand_in(home("H1"))
    all_counties = {division for _, division in town.figures(level=Level.COUNTY)}
    assert {XUANZHOU, LANGXI, GUANGDE} < all_counties
    assert {division for _, division in town.figures(person=town.clerk(), level=Level.COUNTY)} == {XUANZHOU}
    streets = {division for _, division in town.figures(person=town.clerk(), level=Level.STREET)}
    assert streets
    assert all(code.startswith(XUANZHOU) for code in streets)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_of_an_abolished_code_counts_for_its_successor(town: Town, engine: str) -> None:
    town.hand_in(home("G1", county="341822"), home("G2", county=GUANGDE))
    assert town.value("homes", GUANGDE, engine=engine) == 2


def test_why_gives_every_row_behind_a_figure_page_by_page(town: Town) -> None:
    town.hand_in(*(home(f"H{n}", "issued") for n in range(5)), home("L1", "issued", LANGXI), file="first.xlsx")
    town.hand_in(home("H0", "issued", issued_on="2021-09-09"), file="second.xlsx")
    reckoning = Reckoning(town.operator, Asked(NAME, DAY, division=XUANZHOU), town.now)
    first, rest = (explain(reckoning, "issued", offset=at, limit=3) for at in (0, 3))
    assert (first.total, first.figure.value) == (5, 5)
    rows = [*first.rows, *rest.rows]
    assert sorted(row.key for row in rows) == [f"H{n}" for n in range(5)]
    (changed,) = [row for row in rows if row.key == "H0"]
    assert [trace.file for trace in changed.history] == ["first.xlsx", "second.xlsx"]
    assert changed.now.file == "second.xlsx"


def test_why_of_a_ratio_tells_numerator_and_denominator(town: Town) -> None:
    town.hand_in(home("H1", "issued"), home("H2"))
    reckoning = Reckoning(town.operator, Asked(NAME, DAY, division=XUANZHOU), town.now)
    assert [explain(reckoning, "rate", part=part).total for part in ("numerator", "denominator")] == [1, 2]


def test_why_of_what_was_never_reported_has_no_rows(town: Town) -> None:
    reckoning = Reckoning(town.operator, Asked(NAME, DAY, division=LANGXI), town.now)
    found = explain(reckoning, "homes")
    assert (found.figure.value, found.total, found.rows) == (None, 0, ())


def test_days_before_the_first_row_know_nothing(town: Town) -> None:
    town.hand_in(home("H1"))
    assert town.value("homes", as_of=date(2021, 9, 1)) is None
