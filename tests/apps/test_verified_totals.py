"""Amounts verified by sample: frozen with their sums, looked at by two people who say how much there is, estimated."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shishi.apps.assurance.check_lists import record_work_list, write_work_list
from shishi.apps.assurance.drawn_rows import drawn_row, work_list
from shishi.apps.assurance.models import DrawnRow, FieldCheckRow
from shishi.apps.assurance.verification import recompute
from shishi.apps.assurance.verification_checks import Found, record_check
from shishi.apps.assurance.verification_seen import standing_estimate, verification_of
from shishi.apps.audit.selectors import verify
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Indicator, Measure
from shishi.core.sampling import NORMAL
from shishi.core.totals import Compared, Summed, estimate_total
from shishi.core.verification import Outcome, Verdict
from tests.apps.check_workbooks import fill_in
from tests.apps.town import HOMES, NAME, PROGRAMME, Town, home, pack_of, read_rows
from tests.apps.verified_town import COUNTIES, VISIT, VerifiedTown

pytestmark = pytest.mark.django_db
ISSUED_AREA = Indicator(
    "issued_area",
    "发证面积",
    Measure.SUM,
    "平方米",
    table=HOMES.name,
    field="area",
    where=next(item.where for item in PROGRAMME.indicators if item.code == "issued"),
    scale=2,
    assured_group="certificate",
)


@pytest.fixture
def measured(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> VerifiedTown:
    """The verified town, whose homes say how large they are: 60.50, 61.50 and so on in each county."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    programme = replace(PROGRAMME, indicators=(*PROGRAMME.indicators, ISSUED_AREA))
    found = VerifiedTown(Town(own_folder, code_list, pack_of(programme)))
    for name, (code, many) in COUNTIES.items():
        sized = [home(f"{name[0].upper()}{at:02}", "issued", county=code, area=f"{60 + at}.50") for at in range(many)]
        found.town.hand_in(*sized, by=found.town.clerk(name))
    return found


def refused(code: str):  # type: ignore[no-untyped-def]  # a context manager of pytest
    return pytest.raises(Misuse, match=f"^{code}:")


def reported(code: str) -> Decimal:
    many = dict(COUNTIES.values())[code]
    return sum((Decimal(60 + at) + Decimal("0.5") for at in range(many)), Decimal(0))


def _found(row: DrawnRow) -> Compared:
    """What was reported, and 30 where it was refuted."""
    amount = Decimal(row.amount or "")
    return Compared(amount, Decimal(30) if row.checks.filter(verdict="refuted").exists() else amount)


def test_a_plan_of_a_sum_freezes_what_each_division_reported(measured: VerifiedTown) -> None:
    plan = measured.plan(indicator="issued_area")
    held = {item.code: Decimal(item.amount or "") for item in plan.strata.all()}
    assert held == {code: reported(code) for code, _ in COUNTIES.values()}
    assert recompute(measured.verifiers[0], plan.pk, at=measured.later()).same


def test_the_estimate_is_that_of_the_drawn_rows_and_of_each_body(measured: VerifiedTown) -> None:
    plan = measured.drawn(indicator="issued_area", margin=Decimal("0.2"), minimum=3)
    for number, row in enumerate(measured.rows(plan)):
        for who in (0, 1):
            if number % 4 == 0:
                measured.check(row, who, true=False, reason="quantity_differs", amount=Decimal(30))
            else:
                measured.check(row, who)
    view = verification_of(measured.verifiers[0], plan.pk, at=measured.later())
    pairs = {code: tuple(_found(row) for row in plan.drawn.filter(stratum__code=code)) for code, _ in COUNTIES.values()}
    level = Decimal(plan.confidence)
    strata = [Summed(code, many, reported(code), pairs[code]) for code, many in sorted(COUNTIES.values())]
    assert view.total == estimate_total(strata, level, NORMAL[level])
    assert view.total is not None
    assert view.total.amount.low < view.total.amount.point < Fraction(view.total.reported)
    assert {item.code: item.share is not None for item in view.strata} == dict.fromkeys(pairs, True)
    told = standing_estimate(measured.verifiers[0], NAME, "issued_area", "341802", plan.as_of, at=measured.later())
    assert told is not None
    assert told.share == next(item.share for item in view.strata if item.code == "341802")
    assert verify().broken is None


def test_two_who_find_different_amounts_wait_for_a_third_and_the_middle_one_holds(measured: VerifiedTown) -> None:
    plan = measured.drawn(indicator="issued_area", margin=Decimal("0.2"))
    row = measured.rows(plan)[0]
    for who, (amount, state) in enumerate((("40", Outcome.ONE), ("20", Outcome.DISPUTED), ("30.00", Outcome.REFUTED))):
        assert row.id in [item.id for item in work_list(measured.verifiers[who], at=measured.later())]
        found = measured.check(row, who, true=False, reason="quantity_differs", amount=Decimal(amount))
        assert found is state
    assert drawn_row(measured.verifiers[0], row.id, at=measured.later()).settled == 30


def test_what_a_person_may_say_of_an_amount(measured: VerifiedTown) -> None:
    plan = measured.drawn(indicator="issued_area", margin=Decimal("0.2"))
    row = measured.rows(plan)[0]
    assert row.reported is not None
    for verdict, amount, code in (
        (Verdict.REFUTED, None, "amount_missing"),
        (Verdict.REFUTED, row.reported, "amount_as_reported"),
        (Verdict.REFUTED, Decimal(-1), "amount_malformed"),
        (Verdict.REFUTED, Decimal("NaN"), "amount_malformed"),
        (Verdict.CONFIRMED, Decimal(1), "amount_not_needed"),
    ):
        reason = "" if verdict is Verdict.CONFIRMED else "quantity_differs"
        with refused(code):
            record_check(
                row.id, Found(verdict, VISIT, reason, "", amount), by=measured.verifiers[0], at=measured.later()
            )
    assert not FieldCheckRow.objects.exists()
    assert measured.check(row, 0) is Outcome.ONE
    assert FieldCheckRow.objects.get().amount == f"{row.reported:f}"


def test_where_rows_are_counted_no_amount_is_taken(measured: VerifiedTown) -> None:
    plan = measured.drawn(margin=Decimal("0.2"))
    row = measured.rows(plan)[0]
    assert row.reported is None
    with refused("amount_not_needed"):
        measured.check(row, 0, true=False, amount=Decimal(3))
    assert verification_of(measured.verifiers[0], plan.pk, at=measured.later()).field is None


def test_a_list_taken_along_asks_for_amounts_and_brings_them_back(measured: VerifiedTown, tmp_path: Path) -> None:
    path, by = tmp_path / "核实清单.xlsx", measured.verifiers[0]
    plan = measured.drawn(indicator="issued_area", margin=Decimal("0.2"))
    write_work_list(by, plan.pk, PROGRAMME, path, at=measured.later())
    wrong = {"verdict": "不属实", "reason": "数量与填报不符", "visited_on": VISIT}
    fill_in(path, {0: wrong, 1: {**wrong, "amount": "三十"}}, {"verdict": "属实", "visited_on": VISIT})
    with pytest.raises(Refused) as refused:
        record_work_list(path, PROGRAMME, by=by, at=measured.later())
    assert [(item.code, item.field) for item in refused.value.issues] == [
        ("amount_missing", "amount"),
        ("amount_malformed", "amount"),
    ]
    fill_in(path, {0: {"amount": "1,030.50"}, 1: {"amount": 0}}, {})
    record_work_list(path, PROGRAMME, by=by, at=measured.later())
    found = FieldCheckRow.objects.filter(verdict="refuted").order_by("pk")
    assert [item.amount for item in found] == ["1030.50", "0"]
