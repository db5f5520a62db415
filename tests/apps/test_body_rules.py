"""Each centre by its own rules: what it promises, how much it pays at most and what else it asks for is a row of
its own, taken when the case is opened; the other centre's row has no part in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shishi.apps.cases.body_rules import rules_seen
from shishi.apps.cases.both_sides import both_sides
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.models import CaseLink, CaseRow
from shishi.apps.programmes.selectors import calendar
from shishi.core.errors import Refused
from tests.apps.two_centres import SHANGHAI, XUANCHENG, TwoCentres

PAID = {"amount": Decimal("86000.00"), "paid_on": date(2021, 9, 14)}


@pytest.fixture
def centres(db: None, own_folder: Path, code_list: Path) -> TwoCentres:
    return TwoCentres(code_list)


def both_set(centres: TwoCentres) -> None:
    centres.sets_rules(
        XUANCHENG, "handling", days=2, maximum=Decimal("80000.00"), materials=("invoice",), basis="甲文件"
    )
    centres.sets_rules(SHANGHAI, "accepting", days=1, hours="工作日 9:00–17:00", basis="乙文件", verified=True)


def promised(case: CaseRow, centres: TwoCentres) -> tuple[int, str] | None:
    due = clock_of(case, process_of(case), calendar(None, centres.now)).promised
    return (due.limit.amount, due.sentence) if due else None


def test_without_a_row_of_its_own_a_centre_goes_by_the_process(centres: TwoCentres) -> None:
    here, there = centres.forwarded()
    assert promised(there, centres) is None
    seen = rules_seen(here, process_of(here))
    assert seen is not None
    assert (seen.entry, seen.lines) == ("", ())


def test_each_centre_keeps_its_own_promise_and_says_on_what_it_rests(centres: TwoCentres) -> None:
    both_set(centres)
    here, there = centres.forwarded()
    told = promised(there, centres)
    assert told is not None
    assert told[0] == 2
    assert "甲文件" in told[1]
    assert "未核实" in told[1]
    assert "rule.maximum" not in here.facts, "the other centre's ceiling is none of the accepting one's"
    assert here.facts["rule.days"] == 1
    take = here.tasks.get(element="Task_take")
    assert take.due_at is not None
    assert take.legal_due is not None
    assert take.due_at <= take.legal_due


def test_both_see_by_whose_rules_the_other_goes(centres: TwoCentres) -> None:
    both_set(centres)
    here, there = centres.forwarded()
    for person, case in ((centres.window, here), (centres.auditor, there)):
        seen = both_sides(person, str(case.uuid), centres.now)
        assert seen is not None
        rules = [side.stands.rules for side in seen.sides if side.stands]
        assert [(rule.basis, rule.verified) for rule in rules if rule] == [("乙文件", True), ("甲文件", False)]
        assert [dict(rule.lines).get("承诺时限（工作日）") for rule in rules if rule] == ["1", "2"]
        assert [side.ours for side in seen.sides] == [case == here, case == there]
        assert seen.sides[1].stands is not None
        assert seen.sides[1].stands.steps == ("审核",)
        assert seen.turn == "handling"


def test_what_a_centre_asks_besides_is_asked_there_alone(centres: TwoCentres) -> None:
    both_set(centres)
    here, there = centres.forwarded()
    assert there.materials.filter(code="invoice").exists()
    assert not here.materials.filter(code__in=["invoice", "marriage"]).exists()


def test_more_than_the_centre_allows_is_not_paid_and_nothing_is_written(centres: TwoCentres) -> None:
    both_set(centres)
    here, there = centres.forwarded()
    centres.decides(there)
    with pytest.raises(Refused) as refused:
        centres.does(there, centres.officer, "done", answers=PAID)
    assert refused.value.code == "rules_broken"
    assert [issue.code for issue in refused.value.issues] == ["rule_over_maximum"]
    there = centres.fresh(there)
    assert "result.amount" not in there.facts
    assert CaseLink.objects.get(case=here).decided_at is None
    centres.does(there, centres.officer, "done", answers={**PAID, "amount": Decimal("80000.00")})
    centres.carry()
    assert CaseLink.objects.get(case=here).decided_at is not None


def test_a_rule_that_changes_later_concerns_later_cases(centres: TwoCentres) -> None:
    both_set(centres)
    _, there = centres.forwarded()
    centres.sets_rules(XUANCHENG, "handling", days=3, maximum=Decimal("90000.00"))
    _, later = centres.forwarded()
    assert (promised(there, centres) or (0,))[0] == 2
    assert (promised(later, centres) or (0,))[0] == 3
