"""From a plan over a frozen population to the state of a row, with everything that must be refused on the way."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction

from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.services import add_post
from shishi.apps.assurance.drawn_rows import drawn_rows, work_list
from shishi.apps.assurance.models import DrawnRow, MarkRow, Verification, VerificationDraw
from shishi.apps.assurance.verification import draw_sample, recompute
from shishi.apps.assurance.verification_checks import ask_recheck
from shishi.apps.assurance.verification_seen import standing_estimate, verification_of, verifications_for
from shishi.apps.assurance.verification_waiting import started_by, waiting_for
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.core.assurance import Basis
from shishi.core.errors import Misuse, Refused
from shishi.core.verification import Outcome
from tests.apps.town import BEGIN, DAY, NAME, XUANZHOU, Town, everything, home
from tests.apps.verified_town import VISIT, VerifiedTown, days


@pytest.fixture
def town_of_three(town: Town) -> VerifiedTown:
    return VerifiedTown(town)


def _refused(code: str):  # type: ignore[no-untyped-def]  # a context manager of pytest
    return pytest.raises((Misuse, Refused), match=f"^{code}:")


def test_a_plan_freezes_what_the_indicator_counts_and_allots_it_to_the_divisions(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.plan(margin=Decimal("0.1"), minimum=3)
    strata = {item.code: (item.rows, item.size) for item in plan.strata.all()}
    assert plan.rows == 56
    assert {code: rows for code, (rows, _) in strata.items()} == {"341802": 40, "341821": 4, "341882": 12}
    assert all(size >= 3 for _, size in strata.values())
    assert sum(size for _, size in strata.values()) == plan.size < plan.rows
    assert (plan.table, plan.group) == (f"{NAME}/homes", "certificate")


def test_rows_that_come_later_are_not_in_the_population(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.plan()
    town_of_three.town.hand_in(home("X99", "issued"), by=town_of_three.town.clerk())
    assert town_of_three.plan().population != plan.population
    found = recompute(town_of_three.verifiers[0], plan.pk, at=town_of_three.later())
    assert found.same
    assert sum(len(item.entries) for item in found.strata) == 56


def test_the_same_plan_again_is_the_plan_that_is_there(town_of_three: VerifiedTown) -> None:
    first = town_of_three.plan()
    before = everything()
    assert town_of_three.plan().pk == first.pk
    assert everything() == before


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"indicator": "rate"}, "indicator_not_counted"),
        ({"indicator": "area"}, "indicator_not_assured"),
        ({"indicator": "households"}, "indicator_not_counted"),
        ({"indicator": "homes"}, "indicator_not_assured"),
        ({"indicator": "nothing"}, "unknown_indicator"),
        ({"as_of": DAY + days(30)}, "as_of_in_future"),
        ({"as_of": DAY - days(60)}, "population_empty"),
        ({"confidence": Decimal("0.94")}, "confidence_unknown"),
        ({"seed_on": DAY}, "seed_day_too_early"),
        ({"seed_on": None}, "seed_source_incomplete"),
        ({"verifiers": ("verifier_a",)}, "verifiers_too_few"),
        ({"verifiers": ("verifier_a", "clerk_langxi")}, "no_reach_to_verify"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_leaves_nothing(
    town_of_three: VerifiedTown, asked: dict[str, object], code: str
) -> None:
    with _refused(code):
        town_of_three.plan(**asked)
    assert not Verification.objects.exists()


def test_only_who_may_verify_makes_a_plan(town_of_three: VerifiedTown) -> None:
    with _refused("out_of_reach"):
        town_of_three.plan(by=town_of_three.town.clerk())


def test_a_sample_is_drawn_once(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    before = everything()
    for seed in ("2021110", "2021111"):
        with _refused("drawn_already"):
            draw_sample(plan.pk, seed, by=town_of_three.verifiers[1], at=town_of_three.later())
    assert everything() == before
    assert DrawnRow.objects.filter(verification=plan).count() == plan.size


def test_the_published_seed_leads_anybody_to_the_same_rows(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn(margin=Decimal("0.2"))
    again = recompute(town_of_three.town.leader, plan.pk, at=town_of_three.later())
    assert (again.same, again.same_draw) == (True, True)
    assert again.strata[0].entries


def test_before_its_day_a_seed_cannot_be_known(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.plan()
    with _refused("seed_not_known_yet"):
        draw_sample(plan.pk, "2021110", by=town_of_three.verifiers[0], at=town_of_three.town.tick())
    with _refused("seed_missing"):
        draw_sample(plan.pk, "", by=town_of_three.verifiers[0], at=town_of_three.later())


def test_where_no_source_was_announced_nobody_chooses_the_seed(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.plan(seed_source="", seed_on=None)
    with _refused("seed_not_announced"):
        draw_sample(plan.pk, "my favourite", by=town_of_three.verifiers[0], at=town_of_three.town.tick())
    made = draw_sample(plan.pk, by=town_of_three.verifiers[0], at=town_of_three.town.tick())
    assert len(made.seed) == 32
    assert recompute(town_of_three.verifiers[0], plan.pk, at=town_of_three.later()).same_draw


def test_from_a_population_that_was_tampered_with_nothing_is_drawn(
    town_of_three: VerifiedTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = town_of_three.plan()
    changed = "shishi.apps.assurance.verification.population_of"
    monkeypatch.setattr(changed, lambda person, wanted, at: ())
    with _refused("population_changed"):
        draw_sample(plan.pk, "2021110", by=town_of_three.verifiers[0], at=town_of_three.later())
    assert not VerificationDraw.objects.exists()


def test_two_who_agree_make_the_row_verified(town_of_three: VerifiedTown) -> None:
    row, *_ = town_of_three.rows(town_of_three.drawn())
    assert town_of_three.check(row, 0) is Outcome.ONE
    assert not MarkRow.objects.exists()
    assert town_of_three.check(row, 1, text="房屋在，证已领") is Outcome.VERIFIED
    (mark,) = MarkRow.objects.all()
    assert (mark.entry, mark.group, mark.state, mark.effective_on) == (row.entry, "certificate", "verified", DAY)
    assert town_of_three.town.value("issued", basis=Basis.VERIFIED) == 1


def test_two_who_disagree_wait_for_a_third(town_of_three: VerifiedTown) -> None:
    row, *_ = town_of_three.rows(town_of_three.drawn())
    town_of_three.check(row, 0)
    assert town_of_three.check(row, 1, true=False) is Outcome.DISPUTED
    assert not MarkRow.objects.exists()
    assert town_of_three.check(row, 2, true=False, reason="counted_twice") is Outcome.REFUTED
    assert [mark.state for mark in MarkRow.objects.all()] == ["reported"]


def test_the_same_finding_again_changes_nothing(town_of_three: VerifiedTown) -> None:
    row, *_ = town_of_three.rows(town_of_three.drawn())
    town_of_three.check(row, 0)
    before = everything()
    assert town_of_three.check(row, 0) is Outcome.ONE
    assert everything() == before
    with _refused("checked_already"):
        town_of_three.check(row, 0, true=False)


def test_nobody_verifies_what_their_own_body_reported(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    town = town_of_three.town
    told = {"divisions": ["3418"], "programmes": [NAME], "until": None, "by": town.operator, "at": BEGIN}
    add_post(username="clerk_xuanzhou", body="xuanzhou", role=Role.SUPERVISOR, **told)
    colleague = town.person("colleague", "xuanzhou", Role.SUPERVISOR, "3418")
    row = next(item for item in town_of_three.rows(plan) if item.division == XUANZHOU)
    elsewhere = next(item for item in town_of_three.rows(plan) if item.division != XUANZHOU)
    town_of_three.verifiers = [town.clerk(), colleague]
    with _refused("verifier_reported"):
        town_of_three.check(row, 0)
    with _refused("verifier_of_reporting_body"):
        town_of_three.check(row, 1)
    assert town_of_three.check(elsewhere, 1) is Outcome.ONE


def test_who_handed_in_only_a_later_revision_has_a_part_in_the_row_too(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    row = next(item for item in town_of_three.rows(plan) if item.key == "X00" or item.division == XUANZHOU)
    town_of_three.town.hand_in(home(row.key, "issued", owner="改正"), by=town_of_three.town.operator)
    town_of_three.verifiers = [town_of_three.town.operator]
    with _refused("verifier_reported"):
        town_of_three.check(row, 0)


@pytest.mark.parametrize("on", [DAY - days(1), VISIT + days(30)])
def test_a_visit_before_the_day_or_in_the_future_proves_nothing(town_of_three: VerifiedTown, on: object) -> None:
    row, *_ = town_of_three.rows(town_of_three.drawn())
    with _refused("visit_out_of_range"):
        town_of_three.check(row, 0, on=on)


def test_where_verifiers_are_named_nobody_else_checks(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn(verifiers=("verifier_a", "verifier_b"))
    row, *_ = town_of_three.rows(plan)
    with _refused("not_a_verifier"):
        town_of_three.check(row, 2)
    assert work_list(town_of_three.verifiers[2], at=town_of_three.later()) == ()
    assert len(work_list(town_of_three.verifiers[1], at=town_of_three.later())) == plan.size


def test_a_work_list_holds_what_still_waits_for_that_person(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    row, *_ = town_of_three.rows(plan)
    town_of_three.check(row, 0)
    waiting = [work_list(person, at=town_of_three.later()) for person in town_of_three.verifiers]
    assert [len(items) for items in waiting] == [plan.size - 1, plan.size, plan.size]
    town_of_three.check(row, 1)
    assert len(work_list(town_of_three.verifiers[2], at=town_of_three.later())) == plan.size - 1


def test_the_reporting_body_learns_which_rows_were_drawn_once_they_are_settled(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    clerk = town_of_three.town.clerk()
    colleague = town_of_three.town.person("colleague", "xuanzhou", Role.REVIEWER, XUANZHOU)
    for person in (clerk, colleague):
        assert drawn_rows(person, plan.pk, at=town_of_three.later()) == (0, ())
    row = next(item for item in town_of_three.rows(plan) if item.division == XUANZHOU)
    for who in (0, 1):
        town_of_three.check(row, who, true=False)
    total, (seen,) = drawn_rows(clerk, plan.pk, at=town_of_three.later())
    assert (total, seen.key, seen.outcome) == (1, row.key, Outcome.REFUTED)


def test_a_row_revised_after_verification_falls_back(town_of_three: VerifiedTown) -> None:
    town = town_of_three.town
    row, *_ = town_of_three.rows(town_of_three.drawn())
    for who in (0, 1):
        town_of_three.check(row, who)
    assert town.value("issued", basis=Basis.VERIFIED) == 1
    town.hand_in(home(row.key, "issued", issued_on="2021-09-02"), by=town.clerk(), at=town_of_three.later())
    assert town.value("issued", basis=Basis.VERIFIED) == 0
    assert town.value("issued", basis=Basis.REPORTED) == 56


def test_a_row_changed_between_draw_and_visit_gets_no_state(town_of_three: VerifiedTown) -> None:
    town = town_of_three.town
    row, *_ = town_of_three.rows(town_of_three.drawn())
    town.hand_in(home(row.key, "issued", issued_on="2021-09-02"), by=town.clerk(), at=town_of_three.later())
    town_of_three.check(row, 0)
    assert town_of_three.check(row, 1) is Outcome.VERIFIED
    assert not MarkRow.objects.exists()
    (seen,) = [item for item in town_of_three.rows(Verification.objects.get()) if item.id == row.id]
    assert not seen.marked


def test_a_refuted_row_that_was_put_right_is_looked_at_again_and_leaves_the_estimate_as_it_was(
    town_of_three: VerifiedTown,
) -> None:
    town = town_of_three.town
    plan = town_of_three.drawn()
    rows = town_of_three.rows(plan)
    bad = rows[0]
    town_of_three.settle(plan, lambda row: row.id != bad.id)
    before = verification_of(town.operator, plan.pk, at=town_of_three.later()).estimate
    with _refused("rectification_missing"):
        ask_recheck(bad.id, " ", by=town.clerk(), at=town_of_three.later())
    with _refused("not_refuted"):
        ask_recheck(rows[1].id, "已补", by=town.clerk(), at=town_of_three.later())
    for _ in range(2):
        assert ask_recheck(bad.id, "证已补发", by=town.clerk(), at=town_of_three.later()) == 2
    town_of_three.check(bad, 1, on=VISIT + days(1))
    assert town_of_three.check(bad, 2, on=VISIT + days(1)) is Outcome.VERIFIED
    last = MarkRow.objects.order_by("-sequence")[0]
    assert (last.entry, last.state, last.effective_on) == (bad.entry, "verified", VISIT + days(1))
    view = verification_of(town.operator, plan.pk, at=town_of_three.later())
    assert view.estimate == before
    assert (view.verified, view.rechecked) == (plan.size - 1, 1)


def test_there_is_no_estimate_until_every_row_is_settled(town_of_three: VerifiedTown) -> None:
    town = town_of_three.town
    plan = town_of_three.drawn(margin=Decimal("0.1"))
    rows = town_of_three.rows(plan)
    for row in rows[1:]:
        for who in (0, 1):
            town_of_three.check(row, who)
    assert verification_of(town.operator, plan.pk, at=town_of_three.later()).estimate is None
    assert standing_estimate(town.operator, NAME, "issued", "3418", DAY, at=town_of_three.later()) is None
    for who in (0, 1):
        town_of_three.check(rows[0], who, true=False)
    view = verification_of(town.operator, plan.pk, at=town_of_three.later())
    assert view.estimate is not None
    share = sum(
        (Fraction(item.rows, view.rows) * Fraction(item.verified, item.settled) for item in view.strata), Fraction(0)
    )
    assert view.estimate.interval.share == share
    assert view.estimate.verified == plan.size - 1
    assert view.completed_at is not None


def test_the_estimate_stands_apart_from_the_count_of_verified_rows(town_of_three: VerifiedTown) -> None:
    town = town_of_three.town
    plan = town_of_three.drawn(margin=Decimal("0.2"))
    town_of_three.settle(plan)
    whole = standing_estimate(town.operator, NAME, "issued", "3418", DAY + days(20), at=town_of_three.later())
    county = standing_estimate(town.operator, NAME, "issued", XUANZHOU, DAY + days(20), at=town_of_three.later())
    assert whole is not None
    assert county is not None
    assert (whole.whole, whole.rows, whole.interval.of(whole.rows)[0]) == (True, 56, Decimal(56))
    assert town.value("issued", basis=Basis.VERIFIED) == plan.size < 56
    assert (county.whole, county.rows) == (False, 40)
    assert standing_estimate(town.operator, NAME, "issued", "3418", DAY - days(1), at=town_of_three.later()) is None


def test_each_body_has_the_discount_of_its_own_sample(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    town_of_three.settle(plan, lambda row: row.division != XUANZHOU)
    view = verification_of(town_of_three.town.leader, plan.pk, at=town_of_three.later())
    told = {item.code: item for item in view.strata}
    assert told[XUANZHOU].bodies == ("宣州区专班",)
    found = told[XUANZHOU].interval
    assert found is not None
    assert (found.share, found.low) == (0, 0)
    assert 0 < found.high < Fraction(1, 5)


def test_a_county_sees_its_own_stratum_and_not_the_whole(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    town_of_three.settle(plan)
    (view,) = verifications_for(town_of_three.town.clerk(), at=town_of_three.later())
    assert [item.code for item in view.strata] == [XUANZHOU]
    assert view.estimate is None
    assert view.checks is False
    nobody = town_of_three.town.person("elsewhere", "office", Role.CLERK, "110000", "*")
    assert verifications_for(nobody, at=town_of_three.later()) == ()
    with _refused("unknown_verification"):
        verification_of(nobody, plan.pk, at=town_of_three.later())


def test_the_trail_answers_for_every_step(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    rows = town_of_three.rows(plan)
    for who in (0, 1):
        town_of_three.check(rows[0], who, true=False)
    ask_recheck(rows[0].id, "已整改", by=town_of_three.verifiers[2], at=town_of_three.later())
    kinds = set(AuditEvent.objects.values_list("action", flat=True))
    assert {f"verification.{step}" for step in ("plan", "draw", "check", "recheck")} <= kinds
    assert verify().broken is None


@pytest.mark.parametrize("model", [Verification, VerificationDraw, DrawnRow])
def test_nothing_of_a_verification_is_changed_afterwards(town_of_three: VerifiedTown, model: type) -> None:
    town_of_three.drawn()
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().delete()  # type: ignore[attr-defined]  # a model of Django
    name = "title" if model is Verification else ("seed" if model is VerificationDraw else "key")
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(**{name: "changed"})  # type: ignore[attr-defined]  # a model of Django


def test_until_it_is_settled_nobody_is_told_what_the_other_found(town_of_three: VerifiedTown) -> None:
    plan = town_of_three.drawn()
    row = town_of_three.rows(plan)[0]
    town_of_three.check(row, 0, true=False)
    for who, told in ((0, 1), (1, 0)):
        (seen,) = [item for item in town_of_three.rows(plan, town_of_three.verifiers[who]) if item.id == row.id]
        assert len(seen.checks) == told
    town_of_three.check(row, 1, true=False)
    (seen,) = [item for item in town_of_three.rows(plan, town_of_three.verifiers[2]) if item.id == row.id]
    assert len(seen.checks) == 2


def test_who_was_named_is_asked_to_look_and_who_planned_is_asked_to_draw(town_of_three: VerifiedTown) -> None:
    first, second, third = town_of_three.verifiers
    plan = town_of_three.plan(verifiers=("verifier_a", "verifier_b"))
    (coming,) = started_by(first, town_of_three.town.now)
    assert coming.verb == "等种子公布"
    assert waiting_for(first, town_of_three.town.now) == ()
    (to_draw,) = waiting_for(first, town_of_three.later())
    assert (to_draw.verb, to_draw.page, to_draw.args) == ("抽取样本", "verification", (plan.pk,))
    draw_sample(plan.pk, "2021110", by=first, at=town_of_three.later())
    row, *_ = town_of_three.rows(plan)
    town_of_three.check(row, 0)
    counts = [[item.count for item in waiting_for(person, town_of_three.later())] for person in (first, second, third)]
    assert counts == [[plan.size - 1], [plan.size], []]
