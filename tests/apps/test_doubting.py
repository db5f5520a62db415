"""Patterns in real rows become findings of the stocktake, which a person dismisses with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.apps.divisions.selectors import load_tree
from shishi.apps.divisions.services import apply_pack_divisions, load_snapshot
from shishi.apps.indicators.patterns import answering, nearest_of
from shishi.apps.supervision.dismissing import dismiss
from shishi.apps.supervision.finding import findings_at
from shishi.apps.supervision.findings_seen import look_seen
from shishi.apps.supervision.stocktake import run_day
from shishi.core.divisions import COUNTRY, Level, covers
from shishi.core.findings import Finding, FindingKind
from shishi.core.gaming import GamingRules
from shishi.core.indicators import Direction, Indicator, Measure
from shishi.core.programmes import DivisionChange
from shishi.core.tables import Field, FieldType
from tests.apps.town import (
    DAY,
    ESTATES,
    GUANGDE,
    HOMES,
    INDICATORS,
    NAME,
    PROGRAMME,
    REPORTS,
    XUANZHOU,
    Town,
    home,
    pack_of,
)

CODES = ("00", "34", "33", "3418", "3401", "341802", "341882", "341802001", "341802001001", "330102003002")
BEGIN, NOW = datetime(2021, 9, 1, 1, tzinfo=UTC), datetime(2021, 9, 30, 2, tzinfo=UTC)
MEASURED = tuple(Field(name, title, FieldType.INTEGER) for name, title in (("rooms", "间数"), ("floor", "楼层")))
WIDE = replace(HOMES, fields=(*HOMES.fields, *MEASURED))
LISTED = Indicator("unissued", "未发证", Measure.COUNT, "套", table=HOMES.name, direction=Direction.DOWN)


@pytest.fixture
def wide(db: None, own_folder, code_list, monkeypatch) -> Town:  # type: ignore[no-untyped-def]  # fixtures of pytest
    from tests.apps.town import read_rows

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    rules = GamingRules(digit_rows=100, never_falls=4)
    programme = replace(PROGRAMME, tables=(ESTATES, WIDE, REPORTS), indicators=(*INDICATORS, LISTED), gaming=rules)
    return Town(own_folder, code_list, pack_of(programme))


def _seen(town: Town, kind: FindingKind, as_of: date = DAY) -> list[Finding]:
    found = findings_at(town.operator, NAME, as_of, at=town.tick())
    return [item for item in found if item.kind is kind]


def test_rows_that_were_copied_are_found_with_how_many_there_are(wide: Town) -> None:
    same = {"area": "88.50", "rooms": 3, "floor": 2}
    copied = [home(f"X{number}", "issued", **same) for number in range(6)]
    different = [home(f"Y{number}", "issued", **{**same, "area": f"{80 + number}.00"}) for number in range(6)]
    wide.hand_in(*copied, *different, by=wide.clerk())
    (found,) = _seen(wide, FindingKind.COPIED_ROWS)
    assert (found.division, found.facts["most"]) == (XUANZHOU, "6")
    assert "面积 88.50平方米" in found.message


def test_rows_that_measure_little_are_alike_by_chance(wide: Town) -> None:
    wide.hand_in(*(home(f"X{number}", "issued", area="88.50") for number in range(9)), by=wide.clerk())
    assert _seen(wide, FindingKind.COPIED_ROWS) == []


def test_numbers_that_end_alike_are_found_of_the_body_that_reports_them(wide: Town) -> None:
    rounded = [home(f"X{number}", area=f"{100 + 10 * (number % 30)}.00") for number in range(150)]
    honest = [home(f"G{number}", county=GUANGDE, area=f"{100 + number}.00") for number in range(150)]
    wide.hand_in(*rounded, by=wide.clerk())
    wide.hand_in(*honest, by=wide.clerk("guangde"))
    (found,) = _seen(wide, FindingKind.DIGITS)
    assert found.division == XUANZHOU
    assert "末位是 0 的有 150 个，按均匀应约 15 个" in found.message


def test_what_should_become_less_and_never_does_is_found(wide: Town) -> None:
    for back in (6, 4, 2, 0):
        day = DAY - timedelta(days=back)
        wide.hand_in(*(home(f"X{back}-{number}") for number in range(2)), as_of=day, by=wide.clerk())
    (found,) = _seen(wide, FindingKind.NEVER_FALLS)
    assert (found.indicator, found.division) == ("unissued", XUANZHOU)
    assert "从2套到8套" in found.message


def test_a_person_dismisses_a_doubt_by_name_and_it_stays_dismissed(wide: Town) -> None:
    same = {"area": "88.50", "rooms": 3, "floor": 2}
    wide.hand_in(*(home(f"X{number}", "issued", **same) for number in range(6)), by=wide.clerk())
    run_day("homes", DAY, demonstration=True, by=wide.operator, at=wide.tick())
    look = look_seen(wide.leader, NAME, DAY, at=wide.tick())
    assert look is not None
    seen = next(item for item in look.findings if item.finding.kind is FindingKind.COPIED_ROWS)
    dismiss(seen.id, "同一批安置房，户型一样，已看图纸。", by=wide.leader, at=wide.tick())
    again = look_seen(wide.leader, NAME, DAY, at=wide.tick())
    assert again is not None
    kept = next(item for item in again.findings if item.id == seen.id)
    assert kept.dismissed is not None
    assert kept.dismissed.person == "leader"


@given(some.sets(some.sampled_from(CODES)), some.sampled_from(CODES))
def test_the_nearest_unit_is_the_longest_that_covers_and_the_country_comes_last(units: set[str], code: str) -> None:
    above = [unit for unit in units if covers(unit, code)]
    own = [unit for unit in above if unit != COUNTRY]
    assert nearest_of(units)(code) == (max(own, key=len) if own else COUNTRY if above else None)


@pytest.mark.parametrize("on", [date(2018, 1, 1), date(2021, 9, 30)])
@pytest.mark.parametrize("level", [Level.PROVINCE, Level.CITY, Level.COUNTY])
def test_whose_a_row_is_is_what_the_whole_tree_says_also_where_it_changed(
    db: None, own_folder: Path, code_list: Path, on: date, level: Level
) -> None:
    load_snapshot(code_list, by="operator", at=BEGIN)
    change = DivisionChange("341822", "广德县", date(2019, 7, 1), ("341882",), "演示依据", verified=False)
    apply_pack_divisions((), (change,), by="operator", at=BEGIN)
    tree = load_tree(COUNTRY, known_at=NOW)
    units = [unit.code for unit in tree.under(COUNTRY, level, on)]
    places = {unit.code for unit in tree.under(COUNTRY, Level.VILLAGE, on)}
    places |= {"341822", "341822001", "341882001", "341822999999", "34", "000000", "349900000000", "341800000000"}
    nearest = nearest_of(units)
    placed = {code: tree.place(code, on) for code in places}
    wanted = {code: nearest(unit.code) for code, unit in placed.items() if unit is not None}
    found = answering(places, units, on, NOW)
    assert found == {code: unit for code, unit in wanted.items() if unit is not None}
    assert found
