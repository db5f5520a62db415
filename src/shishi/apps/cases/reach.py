"""Who may see and do what with cases, decided by posts: lane → role × body ×
division. One place; nothing else decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import MAY, Action, Role
from shishi.apps.accounts.selectors import EVERYTHING, Reach, acts_by, lying_in, may, posts_of, reaches
from shishi.apps.cases.models import CaseParty, CaseRow, TaskRow

NOTHING = Q(pk__in=[])
EARLIER = Q(("token__startswith", "@"))
"""Tasks, waits, calls of a round before a case was reopened: their tokens were set aside."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A post in which somebody works on cases. The operator of one office PC stands in every role of every body."""

    body: str
    role: Role
    reach: Reach

    @property
    def any_lane(self) -> bool:
        """Whether roles and bodies make no difference."""
        return self.role is Role.OPERATOR

    def fits(self, task: TaskRow) -> bool:
        """Whether the task lies in this post's lane and reach. What is allowed by a delegation is told to the trail."""
        lane = self.any_lane or (self.role == task.role and task.body in ("", self.body))
        return lane and not task.applicant and self.reach.holds(task.division, task.programme)


def hands(person: Person, on: date) -> tuple[Hand, ...]:
    """The posts of the day in which the person works on cases."""
    return tuple(
        Hand(
            post.body.code,
            Role(post.role),
            Reach(tuple(post.divisions), tuple(post.programmes), acts_by(post, Action.HANDLE_CASES)),
        )
        for post in posts_of(person, on)
        if Action.HANDLE_CASES in MAY[Role(post.role)]
    )


def manages(person: Person, division: str, programme: str, on: date) -> bool:
    """Whether the person looks after cases there: hands tasks over, suspends, prolongs, mends incidents."""
    return may(person, Action.MANAGE_CASES, division, programme, on)


def inside(reach: Reach) -> Q:
    """Cases and tasks within a reach."""
    named = Q() if EVERYTHING in reach.programmes else Q(programme__in=reach.programmes)
    return lying_in("division", reach.divisions) & named


def waiting_in(hand: Hand) -> Q:
    """Open tasks that nobody has and that this post may take."""
    lane = Q() if hand.any_lane else Q(role=hand.role.value)
    return Q(state="open", assignee__isnull=True, applicant=False) & lane & inside(hand.reach)


def within_reach(person: Person, on: date) -> Q:
    """The cases that an official may look at: their own, those that one of their bodies worked on or got a copy of, and
    for who looks after cases all within reach."""
    managed = _any(inside(reach) for reach in reaches(person, Action.MANAGE_CASES, on))
    own = hands(person, on)
    codes = sorted({hand.body for hand in own})
    mine = TaskRow.objects.filter(Q(assignee=person) | Q(done_by=person.username), case=OuterRef("pk"))
    copied = CaseParty.objects.filter(Q(person=person) | Q(body__in=codes), case=OuterRef("pk")).exclude(part="recused")
    found = managed | Q(Exists(mine)) | Q(Exists(copied)) | Q(opened_by=person.username)
    if not own:
        return found
    of_body = TaskRow.objects.filter(case=OuterRef("pk"), body__in=codes)
    free = TaskRow.objects.filter(_any(waiting_in(hand) for hand in own), case=OuterRef("pk"))
    found |= Q(Exists(free))
    return found | (_any(inside(hand.reach) for hand in own) & Q(Exists(of_body)))


def sees(person: Person, row: CaseRow, on: date) -> bool:
    """Whether this one case lies within reach."""
    return CaseRow.objects.filter(within_reach(person, on), pk=row.pk).exists()


def _any(conditions: Iterable[Q]) -> Q:
    found = NOTHING
    for condition in conditions:
        found |= condition
    return found
