"""Demonstration rows grown from a recipe: exact, the same every time, as clerks would send them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.commands.demonstration.clerk_shapes import LABEL, Sent, _grouped, _template, _text_file, _titled
from shishi.commands.demonstration.growing import clerks_of, grown
from shishi.commands.demonstration.planned import HandIn
from shishi.commands.demonstration.recipes import Correction, Recipe, TableRecipe
from shishi.core.divisions import Division, DivisionTree, Level
from shishi.core.errors import Misuse
from shishi.core.tables import Value, Values
from shishi.packs.loading import load_pack

PACK = load_pack(Path(__file__).parents[1] / "little_pack")
EARLY, LATE = date(2021, 8, 31), date(2021, 9, 30)
TREE = DivisionTree([
    Division("00", "全国", Level.COUNTRY), Division("34", "安徽省", Level.PROVINCE),
    Division("3418", "宣城市", Level.CITY), Division("341802", "宣州区", Level.COUNTY),
    Division("341821", "郎溪县", Level.COUNTY),
])  # fmt: skip


def recipe(**cells: object) -> Recipe:
    plain = {"number": "H-{n:04}", "stage": {"value": "listed"}}
    return Recipe.model_validate({
        "programme": "homes", "hands_in": "county", "weights": {"341802": 3},
        "tables": {"homes": {"count": {EARLY: 40, LATE: 100}, "cells": plain | cells}},
    })  # fmt: skip


def last_rows(made: list[HandIn], by: date = LATE) -> dict[object, Values]:
    return {row["number"]: row for item in made if item.day <= by for row in item.rows}


def test_the_number_of_rows_is_exact_on_every_day_and_spread_by_weight() -> None:
    made = list(grown(recipe(), PACK, TREE))
    assert len(last_rows(made, EARLY)) == 40
    rows = last_rows(made)
    assert len(rows) == 100
    assert sum(row["county"] == "341802" for row in rows.values()) == 75


def test_a_state_holds_for_exactly_so_many_rows_and_what_was_done_stays_done() -> None:
    stages = {EARLY: {"issued": 10, "registered": 5}, LATE: {"issued": 31, "registered": 60}}
    issued_on = {"date": "report", "when": {"stage": ["issued"]}}
    made = list(grown(recipe(stage={"exactly": stages, "else": "listed"}, issued_on=issued_on), PACK, TREE))
    early, late = last_rows(made, EARLY), last_rows(made)
    for rows, issued, registered in ((early, 10, 5), (late, 31, 60)):
        assert sum(row["stage"] == "issued" for row in rows.values()) == issued
        assert sum(row["stage"] == "registered" for row in rows.values()) == registered
    done = {name: row for name, row in early.items() if row["stage"] == "issued"}
    assert all(late[name] == row for name, row in done.items())
    days = [row["issued_on"] for name, row in late.items() if row["stage"] == "issued" and name not in done]
    assert all(isinstance(day, date) and EARLY < day <= LATE for day in days)
    assert all((row["issued_on"] is None) == (row["stage"] != "issued") for row in late.values())


@pytest.mark.parametrize("total", ["8378.25", {EARLY: "100.5", LATE: "8378.25"}])
def test_a_total_is_exact_to_the_last_digit(total: object) -> None:
    made = list(grown(recipe(area={"total": total, "scale": 2}), PACK, TREE))
    areas = [row["area"] for row in last_rows(made).values()]
    assert sum((area for area in areas if isinstance(area, Decimal)), Decimal(0)) == Decimal("8378.25")
    if isinstance(total, dict):
        early = [row["area"] for row in last_rows(made, EARLY).values()]
        assert sum((area for area in early if isinstance(area, Decimal)), Decimal(0)) == Decimal("100.5")


def test_every_word_of_another_column_has_a_total_of_its_own() -> None:
    stage = {"exactly": {EARLY: {"issued": 10}, LATE: {"issued": 10}}, "else": "listed"}
    area = {"totals": {"stage": {"issued": {EARLY: 30, LATE: 40}, "listed": "700.50"}}, "scale": 2}
    rows = last_rows(list(grown(recipe(stage=stage, area=area), PACK, TREE))).values()
    for word, total in (("issued", 40), ("listed", Decimal("700.5"))):
        areas = [row["area"] for row in rows if row["stage"] == word]
        assert sum((one for one in areas if isinstance(one, Decimal)), Decimal(0)) == total


def test_a_unit_s_rows_lie_in_its_places_in_turn_however_heavy_it_is() -> None:
    tables = {"homes": {"count": {LATE: 4}, "place": "county", "cells": {"number": "H-{n}", "stage": "listed"}}}
    made = Recipe.model_validate({
        "programme": "homes", "hands_in": "city", "only": ["341800"], "weights": {"341800": 2}, "tables": tables,
    })  # fmt: skip
    rows = last_rows(list(grown(made, PACK, TREE))).values()
    assert sorted(str(row["county"]) for row in rows) == ["341802", "341802", "341821", "341821"]


def test_stated_rows_carry_on_from_the_division_s_last_one() -> None:
    tables = {"homes": {
        "stated": [EARLY, LATE],
        "cells": {"number": "{division}-{day}", "stage": "listed", "area": {"total": {EARLY: 90, LATE: 97}}},
    }}  # fmt: skip
    plan = Recipe.model_validate({"programme": "homes", "hands_in": "county", "tables": tables})
    made = list(grown(plan, PACK, TREE))
    by_day = {day: [row["area"] for item in made for row in item.rows if item.day == day] for day in (EARLY, LATE)}
    assert [len(areas) for areas in by_day.values()] == [2, 2]
    assert [sum(areas) for areas in by_day.values()] == [90, 97]  # type: ignore[arg-type]  # all of them are decimals
    assert all(before <= after for before, after in zip(*by_day.values(), strict=True))


def test_slow_divisions_stand_last_and_people_are_as_many_as_said() -> None:
    owner = {"text": "演示户{cycle:03}", "cycle": 37}
    plan = recipe(stage={"exactly": {"issued": 75}, "else": "listed"}, owner=owner, issued_on="2021-08-01")
    made = list(grown(plan.model_copy(update={"slow": ["341802"]}), PACK, TREE))
    rows = last_rows(made)
    assert all(row["stage"] == "issued" for row in rows.values() if row["county"] == "341821")
    assert len({row["owner"] for row in rows.values()}) == 37


def test_the_same_recipe_gives_the_same_workbooks_with_numbers_that_pass_and_belong_to_nobody() -> None:
    plan = recipe(citizen={"identifier": "citizen_number"}, area={"number": [50, 300], "scale": 2})
    first, second = (list(grown(plan, PACK, TREE)) for _ in range(2))
    assert first == second
    assert all(str(row["citizen"]).startswith("199999") for row in last_rows(first).values())
    assert [clerk.username for clerk in clerks_of(plan, PACK, TREE)] == ["homes-341802", "homes-341821"]


@pytest.mark.parametrize("cells", [
    {"storeys": "3"},
    {"stage": {"exactly": {"issued": 101}}},
    {"owner": "{nobody}"},
    {"owner": {"of": "projects"}},
])  # fmt: skip
def test_a_recipe_that_cannot_be_carried_out_says_where(cells: dict[str, object]) -> None:
    with pytest.raises(Misuse, match="homes"):
        list(grown(recipe(**cells), PACK, TREE))


def test_a_cell_has_one_form() -> None:
    with pytest.raises(ValidationError, match="只写一种"):
        recipe(owner={"text": "甲", "value": "乙"})


@pytest.mark.parametrize("shape", [_template, _titled, _grouped, _text_file])
def test_every_shape_says_demonstration_and_reads_back_whole(shape: object, tmp_path: Path) -> None:
    plan = recipe(
        stage={"exactly": {"issued": 30}, "else": "registered"}, area={"number": [1000, 3000], "scale": 2},
        issued_on={"date": ["2021-03-01", "2021-08-30"], "when": {"stage": ["issued"]}},
    )  # fmt: skip
    table = PACK.programmes[0].tables[0]
    rows = next(item for item in grown(plan, PACK, TREE) if item.day == LATE).rows
    path = shape(Sent(table, rows, "宣州区", LATE), tmp_path / "sheet")  # type: ignore[operator]  # one of the four
    read = read_workbook(path, table)
    assert not read.issues
    assert len(read.rows) == len(rows)
    if path.suffix == ".csv":
        assert LABEL in path.read_text("gb18030")


def test_what_was_told_wrongly_comes_right_later_as_of_the_day_on_which_it_was_told() -> None:
    tables = {"homes": {
        "count": {EARLY: 6, LATE: 8}, "cells": {"number": "H-{n}", "stage": "listed", "area": {"total": {EARLY: 60}}},
        "corrections": {date(2021, 9, 12): {"of": EARLY, "rows": 2, "cells": {"area": "999"}}},
    }}  # fmt: skip
    plan = Recipe.model_validate({"programme": "homes", "hands_in": "county", "tables": tables})
    made = sorted(grown(plan, PACK, TREE), key=lambda item: (item.received, item.time))
    assert sum(row["area"] == 999 for item in made if item.received == EARLY for row in item.rows) == 2
    (*_, late) = [item for item in made if item.late]
    assert (late.day, late.received) == (EARLY, date(2021, 9, 12))
    assert sum(len(item.rows) for item in made if item.late) == 2
    right = {row["number"]: row["area"] for item in made for row in item.rows if item.day == EARLY}
    assert sum(area for area in right.values() if isinstance(area, Decimal)) == 60
    assert sum(len(item.rows) for item in made if item.day == LATE) == 2


def test_only_what_was_handed_in_can_be_put_right() -> None:
    for correction in ({"of": LATE, "rows": 1}, {"of": date(2021, 8, 1), "rows": 1}):
        table = {"count": {EARLY: 4}, "cells": {"number": "H-{n}"}}
        with pytest.raises(ValidationError, match="corrections"):
            TableRecipe.model_validate(table | {"corrections": {LATE: correction | {"cells": {"area": "1"}}}})
    for cells, rows in (({"number": "H-9"}, 1), ({"area": "1"}, 99)):
        plan = recipe()
        told = Correction.model_validate({"of": EARLY, "rows": rows, "cells": cells})
        wrong = plan.tables["homes"].model_copy(update={"corrections": {LATE: told}})
        with pytest.raises(Misuse, match="homes"):
            list(grown(plan.model_copy(update={"tables": {"homes": wrong}}), PACK, TREE))


def both(table: Mapping[str, object], **cells: object) -> list[HandIn]:
    """What the two counties hand in of a table that says more than how many rows there are."""
    plain = {"number": "H-{division}-{row}", "stage": {"value": "listed"}}
    whole = {"programme": "homes", "hands_in": "county", "tables": {"homes": {**table, "cells": plain | cells}}}
    return list(grown(Recipe.model_validate(whole), PACK, TREE))


def test_every_division_has_rows_and_states_of_its_own() -> None:
    counts = {"341802": {EARLY: 3, LATE: 5}, "341821": {EARLY: 2}}
    stage = {"each": {"341802": {EARLY: {"issued": 1}, LATE: {"issued": 4}}}, "else": "registered"}
    made = both({"counts": counts}, stage=stage, issued_on={"date": "report", "when": {"stage": ["issued"]}})
    rows = last_rows(made)
    assert [row["number"] for row in rows.values() if row["county"] == "341802"] == [
        f"H-341802-{n}" for n in range(1, 6)
    ]
    assert Counter(row["stage"] for row in rows.values()) == {"issued": 4, "registered": 3}
    assert {item.division for item in made if item.day == LATE} == {"341802"}, "who has no news sends nothing"


@pytest.mark.parametrize(("order", "first", "last"), [("first", "issued", "listed"), ("last", "listed", "issued")])
def test_a_state_begins_at_either_end(order: str, first: str, last: str) -> None:
    stage = {"each": {"341802": {"issued": 1}}, "order": order, "else": "listed"}
    rows = list(last_rows(both({"counts": {"341802": {LATE: 4}}}, stage=stage)).values())
    assert (rows[0]["stage"], rows[-1]["stage"]) == (first, last)


def test_the_first_form_that_a_row_meets_fills_its_cell_and_asides_are_not_handed_in() -> None:
    aside = {"fate": {"each": {"341802": {"gone": 2}}, "order": "scattered", "else": "here"}}
    stage = [{"value": "listed", "when": {"fate": ["gone"]}}, {"exactly": {EARLY: {"issued": 3}}, "else": "registered"}]
    made = both({"counts": {"341802": {EARLY: 6, LATE: 6}}, "aside": aside}, stage=stage)
    rows = last_rows(made)
    assert Counter(row["stage"] for row in rows.values()) == {"listed": 2, "issued": 3, "registered": 1}
    assert all("fate" not in row for row in rows.values())
    assert not [item for item in made if item.day == LATE], "what is scattered stays where it fell"


def test_one_who_is_silent_brings_the_news_with_the_next_workbook_and_one_without_news_repeats_the_last() -> None:
    middle = date(2021, 9, 15)
    counts = {"341802": {EARLY: 2, middle: 3, LATE: 4}, "341821": {EARLY: 1}}
    made = both({"counts": counts, "silent": {middle: ["341802"]}, "unchanged": {LATE: ["341821"]}})
    by_day = {(item.day, item.division): item.rows for item in made}
    assert (middle, "341802") not in by_day
    assert len(by_day[LATE, "341802"]) == 2
    assert by_day[LATE, "341821"] == by_day[EARLY, "341821"]
    with pytest.raises(Misuse, match="原样再报"):
        both({"counts": counts, "unchanged": {LATE: ["341802"]}})
    with pytest.raises(ValidationError, match="报送的日子"):
        TableRecipe.model_validate({"count": {EARLY: 1}, "silent": {LATE: ["341802"]}, "cells": {"number": "1"}})


def test_a_silent_division_states_nothing_and_the_totals_are_the_others() -> None:
    table = {"stated": [EARLY, LATE], "silent": {LATE: ["341821"]}}
    made = both(table, number="{division}-{day}", area={"total": {EARLY: 90, LATE: 97}})
    assert [(item.day, item.division) for item in made] == [(EARLY, "341802"), (EARLY, "341821"), (LATE, "341802")]
    area = {(item.day, item.division): item.rows[0]["area"] for item in made}
    assert area[LATE, "341802"] + area[EARLY, "341821"] == 97  # type: ignore[operator]  # decimals, as told above


def test_rows_may_be_written_out_and_a_cell_may_follow_another() -> None:
    written = {LATE: [{"number": "A-1", "county": "341821", "area": "12.5"}, {"number": "A-2", "stage": "issued"}]}
    made = both(
        {"written": written}, owner={"text": "演示户{n}"}, citizen={"identifier": "citizen_number", "per": "owner"}
    )
    rows = last_rows(made)
    assert rows["A-1"]["area"] == Decimal("12.5")
    assert [row["stage"] for row in rows.values()] == ["listed", "issued"]
    assert {item.division for item in made} == {"341821", "341802"}


ABOVE = [
    {"number": "A-1", "county": "341821", "area": "2", "issued_on": "2021-09-20"},
    {"number": "A-2", "county": "341821", "area": "3", "issued_on": "2021-09-20"},
    {"number": "A-3", "county": "341802", "area": "1", "issued_on": "2021-09-20"},
]
LETTERS = """
title: 来信台账
key: [letter]
division_field: county
fields:
  letter: {title: 信号, type: text, required: true}
  county: {title: 所在县区, type: division, required: true}
  home: {title: 房屋, type: text, required: true}
"""


@pytest.fixture(name="hung")
def hung_on_rows_above(tmp_path: Path) -> Callable[..., list[Value]]:
    """Which row above each row below hangs on, in the order of the rows below."""
    shutil.copytree(Path(__file__).parents[1] / "little_pack", tmp_path / "pack")
    (tmp_path / "pack" / "tables" / "homes" / "letters.yaml").write_text(LETTERS)
    pack = load_pack(tmp_path / "pack")

    def done(**plan: object) -> list[Value]:
        letters = {"belongs_to": "homes", **plan, "cells": {"letter": "L-{n}", "home": {"of": "homes"}}}
        homes = {"written": {LATE: ABOVE}, "cells": {"stage": {"value": "issued"}}}
        whole = {"programme": "homes", "hands_in": "county", "tables": {"homes": homes, "letters": letters}}
        made = grown(Recipe.model_validate(whole), pack, TREE)
        rows = {row["letter"]: row["home"] for item in made for row in item.rows if "letter" in row}
        return [rows[f"L-{n}"] for n in range(1, len(rows) + 1)]

    return done


def test_rows_hang_in_turn_or_in_runs_or_as_many_as_the_row_above_says(hung: Callable[..., list[Value]]) -> None:
    six = {"count": {LATE: 6}}
    assert hung(**six) == ["A-1", "A-2", "A-3", "A-1", "A-2", "A-3"]
    assert hung(**six, in_runs=True) == ["A-1", "A-1", "A-2", "A-2", "A-3", "A-3"]
    assert hung(**six, as_many_as="area") == ["A-1", "A-1", "A-2", "A-2", "A-2", "A-3"]
    with pytest.raises(Misuse, match="area 合计不是这里的 5 行"):
        hung(count={LATE: 5}, as_many_as="area")
    with pytest.raises(ValidationError, match="belongs_to"):
        TableRecipe.model_validate({"count": {LATE: 1}, "in_runs": True, "cells": {"number": "1"}})


def test_a_share_of_another_column_is_cut_to_the_scale_and_a_day_is_not_before_another() -> None:
    aside = {
        "whole": {"number": ["37.55", "37.55"], "scale": 2},
        "listed_on": {"date": ["2021-09-25", "2021-09-25"]},
    }
    area = {"share": {"whole": "0.5"}, "scale": 2}

    def days(**more: object) -> set[Value]:
        counts = {"341802": {LATE: 40}}
        rows = last_rows(both({"counts": counts, "aside": aside}, issued_on={"date": "report", **more}, area=area))
        assert {row["area"] for row in rows.values()} == {Decimal("18.77")}
        return {row["issued_on"] for row in rows.values()}

    edge = date(2021, 9, 25)
    early = {day for day in days() if isinstance(day, date) and day < edge}
    late = days(not_before="listed_on")
    assert early
    assert all(isinstance(day, date) and day >= edge for day in late)
