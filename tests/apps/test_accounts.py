"""Who may do what, where, for how long: reach is decided in one place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shishi.apps.accounts.models import Body, Person, Post
from shishi.apps.accounts.roles import APART, MAY, Action, Role
from shishi.apps.accounts.selectors import (
    body_of,
    may,
    members,
    person_named,
    posts_of,
    require,
    responsible,
)
from shishi.apps.accounts.services import add_body, add_person, add_post, make_operator
from shishi.apps.audit.models import AuditEvent
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.programmes import Part
from tests.apps.town import DAY, GUANGDE, LANGXI, NAME, NOW, XUANZHOU, Town, everything, home

pytestmark = pytest.mark.django_db


def code_of(step: object) -> str:
    with pytest.raises(Misuse) as wrong:
        step()  # type: ignore[operator]  # a step is a lambda
    assert wrong.value.message.endswith("。")
    return wrong.value.code


def post(town: Town, username: str, role: Role, *divisions: str, **more: object) -> Post:
    asked = {"body": "office", "programmes": ["*"], "until": None, "by": town.operator, "at": town.tick(), **more}
    return add_post(username=username, role=role, divisions=divisions, **asked)


def person(town: Town, username: str = "somebody") -> Person:
    return add_person(username=username, name="某人", mail="", demonstration=True, by=town.operator, at=town.tick())


def test_reach_is_divisions_and_programmes_together(town: Town) -> None:
    clerk = town.clerk("xuanzhou")
    assert may(clerk, Action.HAND_IN, XUANZHOU, NAME, DAY)
    assert may(clerk, Action.HAND_IN, f"{XUANZHOU}001", NAME, DAY)
    assert not may(clerk, Action.HAND_IN, LANGXI, NAME, DAY)
    assert not may(clerk, Action.HAND_IN, "3418", NAME, DAY)
    assert not may(clerk, Action.HAND_IN, XUANZHOU, "somewhere/2021/other", DAY)
    assert not may(clerk, Action.RUN_DAY, XUANZHOU, NAME, DAY)


def test_two_posts_do_not_lend_each_other_their_reach(town: Town) -> None:
    """A clerk here and a reader of another programme there is not a clerk of that programme there."""
    somebody = person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU, programmes=[NAME])
    post(town, "somebody", Role.REVIEWER, LANGXI, programmes=["somewhere/2021/other"])
    assert not may(somebody, Action.ASSURE, XUANZHOU, NAME, DAY)
    assert not may(somebody, Action.HAND_IN, LANGXI, NAME, DAY)


def test_a_post_holds_to_its_last_day(town: Town) -> None:
    somebody = person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU, until=DAY)
    assert may(somebody, Action.HAND_IN, XUANZHOU, NAME, DAY)
    assert not may(somebody, Action.HAND_IN, XUANZHOU, NAME, DAY + timedelta(days=1))


def test_a_task_force_that_has_ended_gives_no_rights_and_gets_no_notices(town: Town) -> None:
    add_body(code="force", title="专班", division="341800", ends=DAY, by=town.operator, at=town.tick())
    somebody = person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU, body="force")
    assert posts_of(somebody, DAY)
    assert posts_of(somebody, DAY + timedelta(days=1)) == ()
    assert body_of(somebody, DAY + timedelta(days=1)) == ""
    Body.objects.filter(code="xuanzhou").update(ends=DAY)
    assert [body.code for body in responsible(NAME, XUANZHOU, Part.LEAD, DAY)] == ["xuanzhou"]
    assert responsible(NAME, XUANZHOU, Part.LEAD, DAY + timedelta(days=1)) == ()


def test_members_of_a_body_are_the_people_with_a_current_post(town: Town) -> None:
    person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU, body="xuanzhou", until=DAY)
    body = Body.objects.get(code="xuanzhou")
    assert [member.username for member in members(body, DAY)] == ["clerk_xuanzhou", "somebody"]
    assert [member.username for member in members(body, DAY + timedelta(days=1))] == ["clerk_xuanzhou"]


@pytest.mark.parametrize("role", sorted(APART))
def test_the_three_administrators_are_three_people(town: Town, role: Role) -> None:
    person(town)
    post(town, "somebody", role, "00")
    for other in APART - {role}:
        assert code_of(lambda other=other: post(town, "somebody", other, "00")) == "roles_exclude_each_other"
    post(town, "somebody", Role.CLERK, XUANZHOU)


def test_no_administrator_touches_rows_and_the_labelled_operator_may_do_everything() -> None:
    for role in APART:
        assert not MAY[role] & {Action.HAND_IN, Action.REVEAL, Action.ISSUE_NOTICE, Action.CLOSE_NOTICE}
    assert MAY[Role.OPERATOR] == frozenset(Action)
    assert {action for role in Role if role is not Role.OPERATOR for action in MAY[role]} == set(Action)


def test_only_who_manages_people_may_add_them_and_only_within_reach(town: Town) -> None:
    town.person("county_admin", "office", Role.SECURITY_ADMINISTRATOR, XUANZHOU, programme="*")
    before = everything()
    clerk = town.clerk()
    assert code_of(lambda: person_by(clerk, town)) == "out_of_reach"
    admin = person_named("county_admin")
    assert code_of(lambda: post(town, "clerk_langxi", Role.REVIEWER, LANGXI, by=admin)) == "out_of_reach"
    post(town, "clerk_xuanzhou", Role.REVIEWER, XUANZHOU, by=admin)
    assert everything()["audit.AuditEvent"] == before["audit.AuditEvent"] + 1


def person_by(by: Person, town: Town) -> Person:
    return add_person(username="x", name="x", mail="", demonstration=True, by=by, at=town.tick())


def test_unknown_and_inactive_people_are_refused_with_the_way_out(town: Town) -> None:
    assert code_of(lambda: person_named("nobody")) == "unknown_person"
    Person.objects.filter(username="clerk_langxi").update(is_active=False)
    assert code_of(lambda: person_named("clerk_langxi")) == "unknown_person"
    assert code_of(lambda: post(town, "nobody", Role.CLERK, XUANZHOU)) == "unknown_person"
    assert code_of(lambda: post(town, "operator", Role.CLERK, XUANZHOU, body="none")) == "unknown_body"
    assert code_of(lambda: require(town.clerk(), Action.HAND_IN, GUANGDE, NAME, DAY)) == "out_of_reach"


def test_adding_the_same_again_changes_nothing_and_something_else_is_refused(town: Town) -> None:
    person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU)
    asked = {"code": "force", "division": "341800", "ends": None, "by": town.operator, "at": town.tick()}
    add_body(title="专班", **asked)
    before = everything()
    person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU)
    add_body(title="专班", **asked)
    assert everything() == before
    assert code_of(lambda: add_body(title="另一个", **asked)) == "body_differs"
    other = {"mail": "", "demonstration": True, "by": town.operator, "at": town.tick()}
    assert code_of(lambda: add_person(username="somebody", name="别人", **other)) == "user_differs"


def test_every_addition_is_on_the_trail(town: Town) -> None:
    person(town)
    post(town, "somebody", Role.CLERK, XUANZHOU, until=date(2021, 12, 31))
    event = AuditEvent.objects.filter(action="post.add").latest("pk")
    assert (event.person, event.detail["role"], event.detail["until"]) == ("operator", "clerk", "2021-12-31")


def test_nobody_can_sign_in_as_somebody_who_has_no_password(town: Town) -> None:
    assert not person(town).has_usable_password()
    assert not make_operator(NOW).has_usable_password()


def test_a_clerk_reads_the_figures_of_the_own_county_only(town: Town) -> None:
    town.hand_in(home("H1"), home("L1", county=LANGXI))
    seen = town.figures(person=town.clerk("langxi"))
    assert {division for _, division in seen} == {LANGXI}
    with pytest.raises(Misuse) as wrong:
        town.figures(person=town.clerk("langxi"), division=XUANZHOU)
    assert wrong.value.code == "out_of_reach"
    assert day_of(town.now) == DAY
