"""Posts in other hands: never more than the post itself, taken back at once, and every act says so."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shishi.apps.accounts.delegating import delegate, end_post, let_stand_in, take_back
from shishi.apps.accounts.models import Body, Delegation, Person, Post
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import may, person_named, posts_of, reaches
from shishi.apps.accounts.services import add_post, end_body, set_in_use
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, covers
from shishi.core.errors import Misuse
from tests.apps.town import DAY, GUANGDE, LANGXI, NAME, XUANZHOU, Town, home

pytestmark = pytest.mark.django_db
WEEK = {"starts": DAY, "ends": DAY + timedelta(days=7), "reason": "出差"}
CODES = ("", "34", "3418", XUANZHOU, GUANGDE, f"{XUANZHOU}001", "33", "3301")
PROGRAMMES = ("*", NAME, "somewhere/2021/other")


def post_of(username: str) -> Post:
    return Post.objects.get(person__username=username)


def code_of(step: object) -> str:
    with pytest.raises(Misuse) as wrong:
        step()  # type: ignore[operator]  # a step is a lambda
    assert wrong.value.message.endswith("。")
    return wrong.value.code


def give(town: Town, of: str = "reviewer", to: str = "clerk_guangde", **asked: object) -> Delegation:
    told: Any = {**WEEK, **asked}
    return delegate(post_of(of).pk, to=to, by=person_named(of), at=town.tick(), **told)


def test_who_takes_a_post_on_may_what_it_may_from_the_first_day_to_the_last(town: Town) -> None:
    given = give(town)
    clerk = person_named("clerk_guangde")
    days = [DAY - timedelta(days=1), DAY, given.ends, given.ends + timedelta(days=1)]
    assert [may(clerk, Action.APPROVE_ROWS, "3418", NAME, day) for day in days] == [False, True, True, False]
    assert may(person_named("reviewer"), Action.APPROVE_ROWS, "3418", NAME, DAY)


def test_a_part_of_a_post_is_no_more_than_that_part(town: Town) -> None:
    give(town, divisions=[XUANZHOU])
    clerk = person_named("clerk_guangde")
    assert may(clerk, Action.APPROVE_ROWS, XUANZHOU, NAME, DAY)
    assert not may(clerk, Action.APPROVE_ROWS, LANGXI, NAME, DAY)
    assert not may(clerk, Action.APPROVE_ROWS, "3418", NAME, DAY)


def test_it_is_taken_back_at_once_by_either_side_and_by_who_manages_people(town: Town) -> None:
    for by in ("reviewer", "clerk_guangde", "operator"):
        given = give(town)
        assert take_back(given.pk, by=person_named(by), at=town.tick()).taken_back_by == by
        assert not may(person_named("clerk_guangde"), Action.APPROVE_ROWS, "3418", NAME, DAY)
    given = give(town)
    assert code_of(lambda: take_back(given.pk, by=person_named("clerk_langxi"), at=town.tick())) == "out_of_reach"
    take_back(given.pk, by=person_named("reviewer"), at=town.tick())
    events = AuditEvent.objects.filter(action="delegation.end").count()
    take_back(given.pk, by=person_named("reviewer"), at=town.tick())
    assert AuditEvent.objects.filter(action="delegation.end").count() == events
    assert verify().broken is None


def test_it_ends_with_the_post_with_its_giver_and_with_the_body(town: Town) -> None:
    clerk = person_named("clerk_guangde")
    give(town)
    set_in_use("reviewer", False, by=town.operator, at=town.tick())
    assert not may(clerk, Action.APPROVE_ROWS, "3418", NAME, DAY)
    set_in_use("reviewer", True, by=town.operator, at=town.tick())
    assert may(clerk, Action.APPROVE_ROWS, "3418", NAME, DAY)
    end_body("office", on=DAY, by=town.operator, at=town.tick())
    assert may(clerk, Action.APPROVE_ROWS, "3418", NAME, DAY)
    assert not may(clerk, Action.APPROVE_ROWS, "3418", NAME, DAY + timedelta(days=1))
    end_post(post_of("reviewer").pk, on=DAY, by=town.operator, at=town.tick())
    assert not may(clerk, Action.APPROVE_ROWS, "3418", NAME, DAY)
    assert not may(person_named("reviewer"), Action.APPROVE_ROWS, "3418", NAME, DAY)
    assert verify().broken is None


def test_what_cannot_be_handed_on_is_refused_with_the_way_out(town: Town) -> None:
    town.person("keeper", "office", Role.SECURITY_ADMINISTRATOR, COUNTRY, "*")
    Person.objects.create(username="idle", name="无岗")
    last = {"starts": DAY, "ends": DAY + timedelta(days=365), "reason": "出差"}
    assert code_of(lambda: give(town, of="keeper")) == "role_not_delegable"
    assert code_of(lambda: give(town, of="operator")) == "role_not_delegable"
    assert code_of(lambda: give(town, to="reviewer")) == "delegate_unfit"
    assert code_of(lambda: give(town, to="idle")) == "delegate_unfit"
    assert code_of(lambda: give(town, to="nobody")) == "unknown_person"
    assert code_of(lambda: give(town, divisions=["34"])) == "delegation_too_wide"
    assert code_of(lambda: give(town, programmes=["*"])) == "delegation_too_wide"
    assert code_of(lambda: give(town, **last)) == "span_wrong"
    assert code_of(lambda: give(town, ends=DAY - timedelta(days=1))) == "span_wrong"
    assert code_of(lambda: give(town, reason=" ")) == "reason_missing"
    others = post_of("leader").pk
    told = {"to": "clerk_langxi", "by": person_named("reviewer"), "at": town.now, **WEEK}
    assert code_of(lambda: delegate(others, **told)) == "unknown_post"


def test_what_was_taken_on_cannot_be_handed_on_again(town: Town) -> None:
    give(town)
    told = {"to": "clerk_langxi", "by": person_named("clerk_guangde"), "at": town.now, **WEEK}
    assert code_of(lambda: delegate(post_of("reviewer").pk, **told)) == "unknown_post"


def test_every_act_by_delegation_says_so_and_acts_by_ones_own_post_do_not(town: Town) -> None:
    given = give(town, of="clerk_xuanzhou", to="clerk_guangde")
    clerk = person_named("clerk_guangde")
    town.hand_in(home("X1"), by=clerk)
    town.hand_in(home("G1", county=GUANGDE), by=clerk)
    handed = AuditEvent.objects.filter(person="clerk_guangde", action__startswith="ledger").order_by("pk")
    told = [event.detail.get("by_delegation") for event in handed]
    assert told[0] == [f"{given.pk}:clerk_xuanzhou"]
    assert told[-1] is None
    assert verify().broken is None


def test_somebody_stands_in_for_a_post_whose_holder_is_away(town: Town) -> None:
    told = {"to": "clerk_langxi", **WEEK}
    assert (
        code_of(lambda: let_stand_in(post_of("leader").pk, by=person_named("leader"), at=town.now, **told))
        == "out_of_reach"
    )
    let_stand_in(post_of("leader").pk, by=town.operator, at=town.tick(), **told)
    set_in_use("leader", False, by=town.operator, at=town.tick())
    assert may(person_named("clerk_langxi"), Action.APPROVE_NOTICE, "3418", NAME, DAY)


def test_administrators_exclude_each_other_also_where_they_stand_in(town: Town) -> None:
    town.person("keeper", "office", Role.SECURITY_ADMINISTRATOR, COUNTRY, "*")
    town.person("auditor", "office", Role.AUDIT_ADMINISTRATOR, COUNTRY, "*")
    told = {"to": "keeper", "by": town.operator, "at": town.now, **WEEK}
    assert code_of(lambda: let_stand_in(post_of("auditor").pk, **told)) == "roles_exclude_each_other"


def test_the_last_who_can_give_posts_stays(town: Town) -> None:
    own = post_of("operator").pk
    assert code_of(lambda: end_post(own, on=DAY, by=town.operator, at=town.now)) == "post_last_operator"
    town.person("keeper", "office", Role.SECURITY_ADMINISTRATOR, COUNTRY, "*")
    assert end_post(own, on=DAY, by=person_named("keeper"), at=town.now).ended_on == DAY


def test_nobody_puts_themselves_out_of_use(town: Town) -> None:
    assert code_of(lambda: set_in_use("operator", False, by=town.operator, at=town.now)) == "not_oneself"


def test_a_post_that_ended_may_be_given_again(town: Town) -> None:
    old = post_of("clerk_guangde")
    end_post(old.pk, on=DAY, by=town.operator, at=town.tick())
    told = {"divisions": old.divisions, "programmes": old.programmes, "until": None}
    again = add_post(
        username="clerk_guangde", body="guangde", role=Role.CLERK, by=town.operator, at=town.tick(), **told
    )
    assert again.pk != old.pk
    assert [post.pk for post in posts_of(person_named("clerk_guangde"), DAY)] == [again.pk]


reach = st.tuples(
    st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(PROGRAMMES), min_size=1, max_size=2, unique=True),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=reach, asked=reach, role=st.sampled_from(list(Role)))
def test_delegation_never_widens_reach(
    db: None, held: tuple[list[str], list[str]], asked: tuple[list[str], list[str]], role: Role
) -> None:
    """Whatever was written into a delegation, by whatever way: nobody may by it what the giver may not."""
    body, _ = Body.objects.get_or_create(code="b", defaults={"title": "单位", "division": ""})
    giver, _ = Person.objects.get_or_create(username="giver", defaults={"name": "甲"})
    taker, _ = Person.objects.get_or_create(username="taker", defaults={"name": "乙"})
    post = Post.objects.create(person=giver, body=body, role=role, divisions=held[0], programmes=held[1])
    span = {"starts": DAY, "ends": DAY, "reason": "x", "given_by": "giver", "recorded_at": "2021-09-30T00:00:00Z"}
    lent = Delegation.objects.create(post=post, to=taker, divisions=asked[0], programmes=asked[1], **span)
    action = min(MAY[role])
    own, taken = reaches(giver, action, DAY), reaches(taker, action, DAY)
    assert {post.role for post in posts_of(taker, DAY)} <= {role}
    for code, programme in product(CODES, PROGRAMMES[1:]):
        if any(item.holds(code, programme) for item in taken):
            assert any(item.holds(code, programme) for item in own)
            assert any(covers(wanted, code) for wanted in asked[0])
    assert all("*" not in item.programmes or "*" in held[1] for item in taken)
    lent.delete()
    post.delete()


def test_a_span_is_of_the_days_of_shanghai(town: Town) -> None:
    assert day_of(town.now) == date(2021, 9, 30)
