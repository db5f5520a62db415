"""The shipped tables of figures by period: their plans fit, and what the demonstration states contradicts nothing."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from shishi.commands.demonstration.growing import grown
from shishi.commands.demonstration.recipes import Recipe, read_plan
from shishi.core.continuity import Stated, contradictions
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, normalise
from shishi.core.periods import period_of
from shishi.core.programmes import Pack, Programme
from shishi.core.statements import acceptance
from shishi.core.tables import Table
from shishi.packs.loading import load_pack

FOLDER = Path(__file__).parents[2] / "packs" / "mohurd" / "2021"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(FOLDER)


def tables(pack: Pack) -> list[tuple[Programme, Table]]:
    return [(programme, table) for programme in pack.programmes for table in programme.tables if table.statements]


def test_every_level_that_accepts_has_a_mark_over_all_figures(pack: Pack) -> None:
    assert tables(pack)
    for _, table in tables(pack):
        assert table.statements is not None
        for level in table.statements.accepted_by:
            stated = {item.name for item in table.fields} - set(table.key)
            assert set(table.groups[acceptance(level)]) == stated


def test_the_weeks_of_the_demonstration_contradict_nothing(pack: Pack) -> None:
    programme, table = next(item for item in tables(pack) if item[1].short == "app_metrics")
    plan = table.statements
    assert plan is not None
    kind = next(item.kind for item in programme.cadences if item.table == table.name)
    codes = [normalise(code) for code in programme.supervises]
    above = {code[:2] for code in codes}
    units = [
        Division(COUNTRY, "全国", Level.COUNTRY),
        *(Division(code, f"省{code}", Level.PROVINCE) for code in sorted(above)),
        *(Division(code, f"市{code}", Level.CITY) for code in codes),
        *(Division(f"{code}02", f"区{code}", Level.COUNTY) for code in codes),
    ]
    recipe = read_plan(FOLDER / "demonstration" / "public_rental.yaml", Recipe)
    weeks: dict[str, dict[object, Stated]] = defaultdict(dict)
    for hand_in in grown(recipe, pack, DivisionTree(units)):
        if hand_in.table == table.name:
            for row in hand_in.rows:
                period = period_of(kind, row["stated_on"])  # type: ignore[arg-type]  # a date, as the table says
                weeks[str(row["division"])][period] = Stated(period.end, row)
    assert len(weeks) == 10
    for stated in weeks.values():
        assert len(stated) == 4
        for before, now in pairwise(sorted(stated.values(), key=lambda item: item.on)):
            assert [item.message for item in contradictions(table, plan, kind, now, before, None)] == []
