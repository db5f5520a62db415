"""A work list goes out as a workbook, is filled in without a network, and comes back whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shishi.apps.assurance.check_lists import record_work_list, write_work_list
from shishi.apps.assurance.drawn_rows import work_list
from shishi.core.errors import Refused
from shishi.core.verification import Outcome
from tests.apps.check_workbooks import fill_in
from tests.apps.town import PROGRAMME, Town, everything
from tests.apps.verified_town import VISIT, VerifiedTown


@pytest.fixture
def town_of_three(town: Town) -> VerifiedTown:
    return VerifiedTown(town)


def _list(town: VerifiedTown, path: Path, who: int = 0) -> int:
    plan = town.drawn()
    return write_work_list(town.verifiers[who], plan.pk, PROGRAMME, path, at=town.later())


def test_a_filled_list_records_every_result_once(town_of_three: VerifiedTown, tmp_path: Path) -> None:
    path = tmp_path / "核实清单.xlsx"
    waiting = _list(town_of_three, path)
    refuted = {"verdict": "不属实", "reason": "没有达到填报的阶段", "visited_on": VISIT, "text": "还没有发证"}
    assert fill_in(path, {0: refuted, 1: {}}, {"verdict": "属实", "visited_on": VISIT}) == waiting
    by = town_of_three.verifiers[0]
    done = record_work_list(path, PROGRAMME, by=by, at=town_of_three.later())
    assert (done.recorded, done.empty) == (waiting - 1, 1)
    (left,) = work_list(by, at=town_of_three.later())
    assert left.outcome is Outcome.OPEN
    before = everything()
    again = record_work_list(path, PROGRAMME, by=by, at=town_of_three.later())
    assert again.recorded == done.recorded
    kept = {name: count for name, count in everything().items() if name != "audit.AuditEvent"}
    assert kept == {name: count for name, count in before.items() if name != "audit.AuditEvent"}


def test_one_wrong_row_keeps_all_out_and_is_told_at_its_cell(town_of_three: VerifiedTown, tmp_path: Path) -> None:
    path = tmp_path / "核实清单.xlsx"
    _list(town_of_three, path)
    wrong = {
        0: {"verdict": "不属实", "visited_on": VISIT},
        1: {"verdict": "属实"},
        2: {"verdict": "属实", "visited_on": date(2021, 1, 1)},
    }
    fill_in(path, wrong, {"verdict": "属实", "visited_on": VISIT})
    before = everything()
    with pytest.raises(Refused) as refused:
        record_work_list(path, PROGRAMME, by=town_of_three.verifiers[0], at=town_of_three.later())
    assert refused.value.code == "results_refused"
    assert [(issue.code, issue.field) for issue in refused.value.issues] == [
        ("reason_missing", "reason"),
        ("visit_out_of_range", "visited_on"),
        ("visit_out_of_range", "visited_on"),
    ]
    assert everything() == before


def test_somebody_elses_list_is_no_way_around_the_rules(town_of_three: VerifiedTown, tmp_path: Path) -> None:
    path = tmp_path / "核实清单.xlsx"
    _list(town_of_three, path)
    fill_in(path, {}, {"verdict": "属实", "visited_on": VISIT})
    with pytest.raises(Refused) as refused:
        record_work_list(path, PROGRAMME, by=town_of_three.town.clerk(), at=town_of_three.later())
    assert {issue.code for issue in refused.value.issues} == {"out_of_reach"}
