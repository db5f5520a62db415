"""Cases from the application to its end: one owner, one outcome, one thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from shishi.apps.audit.selectors import verify
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.thread import replayed, standing_of
from shishi.apps.cases.ticking import tick
from shishi.apps.ledger.models import Batch, RevisionRow
from tests.apps.case_town import CaseTown


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    return CaseTown(own_folder, code_list)


def walked(town: CaseTown) -> CaseRow:
    """A case up to its delivery."""
    case = town.review(town.accept(town.papers(town.open())))
    tick(town.tick(days=5))
    complete_task(
        _voice(town, case), "agree", by=town.reviewer, at=town.tick()
    )
    complete_task(town.task(case).pk, "delivered", by=town.window, at=town.tick())
    return town.fresh(case)


def _voice(town: CaseTown, case: CaseRow) -> int:
    return TaskRow.objects.get(case=case, kind="voice", assignee=town.reviewer).pk


def test_a_case_walks_to_its_end_and_posts_its_row(town: CaseTown) -> None:
    case = walked(town)
    assert (case.state, case.ended) == ("delivered", True)
    assert not TaskRow.objects.filter(case=case, state="open").exists()
    (row,) = RevisionRow.objects.all()
    batch = Batch.objects.get()
    assert (row.key, row.cells["stage"], batch.door, batch.reason) == (
        "H-01",
        "registered",
        "case",
        f"办件 {case.number}（Service_register）",
    )
    assert "sealed" in row.cells["citizen"], "a number stays encrypted on its way"
    assert (town.actions(case)[0], town.actions(case)[-1]) == ("submit", "deliver")
    assert replayed(case) == standing_of(case)
    assert verify().broken is None
