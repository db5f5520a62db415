"""A figure asked for right after a hand-in includes it, and is the reference's, whatever was handed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from shishi.adapters.engines.duckdb import DuckDBEngine
from shishi.adapters.engines.gathering import Gathered, Lines
from shishi.apps.assurance.services import mark_rows
from shishi.apps.indicators.selectors import Asked, Reckoning, figures
from shishi.apps.indicators.source import cube_beside
from shishi.apps.indicators.ways import DayTree
from shishi.apps.ledger.selectors import batch_of, holds_rows, reports
from shishi.apps.ledger.services import undo_batch
from shishi.apps.ledger.single_rows import correct_key, withdraw_row
from shishi.apps.programmes.selectors import packs
from shishi.apps.programmes.services import install_pack
from shishi.core.assurance import Basis
from shishi.core.criteria import Compare, Moment, Operator, Quantifier, Related, Through
from shishi.core.divisions import Level
from shishi.core.errors import Refused
from shishi.core.indicators import Figure, Indicator, Measure, Span
from shishi.core.ledger import Mode
from shishi.core.programmes import DivisionChange
from shishi.core.questions import Question
from tests.apps.town import (
    DAY,
    ESTATES,
    HOMES,
    LANGXI,
    NAME,
    PROGRAMME,
    XUANZHOU,
    Town,
    home,
    pack_of,
    read_rows,
    versioned,
)

pytestmark = pytest.mark.django_db
_ISSUED = Compare("stage", Operator.AT_LEAST, "issued")
_OLD = Compare("name", Operator.EQUALS, "老街")
MORE = (
    Indicator("old", "老街房屋", Measure.COUNT, "套", table=HOMES.name, where=Through("estate", ESTATES.name, _OLD)),
    Indicator(
        "done",
        "有证小区",
        Measure.COUNT,
        "个",
        table=ESTATES.name,
        where=Related(HOMES.name, "estate", Quantifier.ANY, _ISSUED),
    ),
    Indicator(
        "by_now",
        "已到发证日",
        Measure.COUNT,
        "套",
        table=HOMES.name,
        where=Compare("issued_on", Operator.ON_OR_BEFORE, Moment.AS_OF),
    ),
    Indicator("run", "累计", Measure.COUNT, "套", table=HOMES.name, span=Span.RUNNING, by="issued_on", where=_ISSUED),
)


@pytest.fixture
def busy(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town with indicators that look at other tables and at the day."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    programme = replace(PROGRAMME, indicators=(*PROGRAMME.indicators, *MORE))
    return Town(own_folder, code_list, pack_of(programme))


def both(town: Town, engine: str, on: date) -> list[Figure]:
    """Every figure of the programme: the city and its counties, with every basis."""
    asked = [
        Asked(NAME, on, division=division, level=level, basis=basis, engine=engine)
        for division, level in (("3418", None), ("3418", Level.COUNTY), ("341802001", None))
        for basis in Basis
    ]
    return [figure for one in asked for figure in figures(town.operator, one, at=town.now)]


def happenings(town: Town) -> Iterator[None]:
    """A hand-in of every kind, one after the other."""
    estates = [{"code": "E1", "county": XUANZHOU, "name": "老街"}, {"code": "E2", "county": LANGXI, "name": "新村"}]
    town.hand_in(*estates, table="estates")
    yield
    rows = [home(f"H{number}", "issued", household=f"F{number % 3}", area="88.50") for number in range(6)]
    rows += [home("L1", county=LANGXI, household="F1", estate="E1"), home("L2", "issued", county=LANGXI, estate="E2")]
    first = town.hand_in(*rows)
    yield
    mark_rows(
        HOMES, "certificate", Basis.VERIFIED, ["H1", "H2"], effective_on=DAY, note="", by=town.reviewer, at=town.tick()
    )
    yield
    town.hand_in(home("H1", estate="E1"), home("H2", "issued", issued_on="2021-09-30", area="9.99"))
    yield
    town.hand_in({**estates[0], "name": "新街"}, {**estates[1], "name": "老街"}, table="estates")
    yield
    town.hand_in({"county": "341800", "complaints": 9}, {"county": XUANZHOU, "complaints": 3}, table="reports")
    yield
    withdraw_row(HOMES, {"number": "H3"}, as_of=DAY, reason="拆除", by=town.operator, at=town.tick())
    yield
    correct_key(HOMES, {"number": "H4"}, {"number": "H44"}, as_of=DAY, reason="抄错", by=town.operator, at=town.tick())
    yield
    every = dict.fromkeys(HOMES.by_name, None) | home("N1", "issued", household="F9")
    town.hand_in(every, mode=Mode.REPLACE, division=XUANZHOU)
    yield
    undo_batch(batch_of(first.batch), HOMES, reason="报错", by=town.operator, at=town.tick())
    yield


def test_every_hand_in_is_in_the_figures_at_once(busy: Town) -> None:
    for _ in happenings(busy):
        for on in (DAY, DAY + timedelta(days=1)):
            assert both(busy, "duckdb", on) == both(busy, "reference", on)


def cube_of(town: Town) -> Path:
    cube = cube_beside("duckdb")
    assert cube is not None
    return cube.file(HOMES.name).path


@pytest.mark.parametrize(
    "harm", [Path.unlink, lambda path: shutil.rmtree(path.parent.parent), lambda path: path.write_text("x" * 5000)]
)
def test_losing_what_is_kept_loses_nothing(busy: Town, harm: Callable[[Path], object]) -> None:
    for step, _ in enumerate(happenings(busy)):
        if step % 4 == 1:
            wanted = both(busy, "duckdb", DAY)
            harm(cube_of(busy))
            assert both(busy, "duckdb", DAY) == wanted


def test_figures_of_today_ask_no_rows(busy: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once they are kept, neither the engine nor the places of the rows are asked."""
    for _ in happenings(busy):
        pass
    wanted = both(busy, "duckdb", DAY)
    monkeypatch.setattr("shishi.adapters.engines.columns.ColumnStore.reading", None)
    assert both(busy, "duckdb", DAY) == wanted


def test_a_division_that_became_part_of_another_takes_its_rows_along(busy: Town) -> None:
    for step, _ in enumerate(happenings(busy)):
        if step % 4 == 1:
            both(busy, "duckdb", DAY)
    merged = DivisionChange(LANGXI, "郎溪县", DAY, (XUANZHOU,), "演示依据")
    pack = packs()[0]
    changed = versioned(replace(pack, division_changes=(*pack.division_changes, merged)))
    install_pack(changed, effective_on=DAY, holds_rows=holds_rows, by=busy.operator, at=busy.tick())
    for on in (DAY - timedelta(days=1), DAY):
        assert both(busy, "duckdb", on) == both(busy, "reference", on)


def test_the_tree_has_a_token_of_its_own_for_each_state(busy: Town) -> None:
    before, later = (DayTree(day, busy.now).token for day in (date(2018, 12, 31), date(2019, 1, 1)))
    assert before != later
    assert later == DayTree(DAY, busy.now).token


def test_reports_are_told_anew_after_each_and_as_they_were_known(busy: Town) -> None:
    told = []
    for _ in happenings(busy):
        told.append((busy.now, reports(HOMES.name, DAY, busy.now, DAY, DAY)))
    assert [len(found) for _, found in told][:2] == [0, 2]
    for known_at, found in told:
        assert reports(HOMES.name, DAY, known_at, DAY, DAY) == found


def test_whoever_asks_about_an_earlier_day_gets_that_day(busy: Town) -> None:
    busy.hand_in(home("H1", "issued"), as_of=DAY - timedelta(days=1))
    busy.hand_in(home("H2", "issued"))
    asked = Asked(NAME, DAY - timedelta(days=1), engine="duckdb")
    indicator = PROGRAMME.indicator("issued")
    amount = Reckoning(busy.operator, asked, busy.now).amount(indicator, "3418", Basis.REPORTED)
    assert amount is not None
    assert amount.value == 1


EARLIER = DAY - timedelta(days=5)


def gone_by(town: Town) -> Town:
    """Rows of an earlier day, and what became of them since."""
    town.hand_in({"code": "E1", "county": XUANZHOU, "name": "老街"}, table="estates", as_of=EARLIER)
    rows = [home(f"H{number}", "issued", household=f"F{number % 3}", area="88.50") for number in range(6)]
    town.hand_in(*rows, home("L1", county=LANGXI, household="F1", estate="E1"), as_of=EARLIER)
    by, at = town.reviewer, town.tick()
    mark_rows(HOMES, "certificate", Basis.VERIFIED, ["H1", "H2"], effective_on=EARLIER, note="", by=by, at=at)
    town.hand_in(home("H1"), home("H7", "issued", issued_on=f"{DAY}", household="F8"))
    return town


def test_a_day_gone_by_is_answered_by_one_look_at_each_table(busy: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    gone_by(busy)
    days = (EARLIER - timedelta(days=1), EARLIER, DAY - timedelta(days=1))
    wanted = {on: both(busy, "reference", on) for on in days}
    looks: list[int] = []
    gathered = DuckDBEngine._gathered

    def counting(engine: DuckDBEngine, asked: Sequence[Question], lines: Lines) -> list[Gathered]:
        looks.append(len(asked))
        return gathered(engine, asked, lines)

    monkeypatch.setattr(DuckDBEngine, "_gathered", counting)
    monkeypatch.setattr(DuckDBEngine, "distinct", None)
    assert {on: both(busy, "duckdb", on) for on in days} == wanted
    looks.clear()
    reckoning = Reckoning(busy.operator, Asked(NAME, EARLIER), busy.now)
    values = [
        reckoning.amount(indicator, node, basis)
        for indicator in reckoning.programme.indicators
        if indicator.table == HOMES.name and indicator.measure in (Measure.COUNT, Measure.SUM, Measure.DISTINCT)
        for node in ("3418", XUANZHOU)
        for basis in (Basis.REPORTED, *(Basis if indicator.assured_group else ()))
    ]
    assert len(values) > 10
    assert len(looks) == 1


def test_a_question_without_an_answer_does_not_take_the_others_along(
    busy: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*given: object) -> None:
        raise Refused("sum_too_long", "合计放不下。")

    wanted = both(gone_by(busy), "reference", EARLIER)
    monkeypatch.setattr(DuckDBEngine, "gather", refusing)
    assert both(busy, "duckdb", EARLIER) == wanted
