"""What a person may do now with a notice, a matter or a circular: the steps that its state allows and a post gives."""

from __future__ import annotations

from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.supervision.circulars_seen import CircularView
from shishi.apps.supervision.matters_seen import MatterView
from shishi.apps.supervision.selectors import NoticeView
from shishi.core.calendars import day_of
from shishi.core.circulars import TURNS, CircularAction
from shishi.core.matters import MOVES, MatterAction, MatterState
from shishi.core.notices import STEPS, NoticeAction, NoticeState, Right


class Rights:
    """The rights of one person at one moment; each is looked up once."""

    def __init__(self, person: Person, at: datetime) -> None:
        self.person = person
        self.on = day_of(at)
        self._known = {right: reaches(person, Action(right.value), self.on) for right in Right}

    def holds(self, right: Right, division: str, programme: str) -> bool:
        """Whether one of the person's posts gives the right there."""
        return any(reach.holds(division, programme) for reach in self._known[right])

    def over(self, notice: NoticeView) -> tuple[NoticeAction, ...]:
        """The steps of a notice that this person may take; who may approve and issue may do both at once, and who may
        verify and close too."""
        found = []
        for action in notice.actions:
            step = STEPS[action]
            if step.right is Right.ANSWER:
                own = self.answering(notice)
                fits = any(action in notice.actions_of[body] for body in own)
            else:
                fits = self.holds(step.right, notice.issuer_division, notice.programme)
            found += [action] if fits else []
        at_once = {NoticeState.DRAFT: NoticeAction.ISSUE, NoticeState.REPLIED: NoticeAction.CLOSE}.get(notice.state)
        first = {NoticeState.DRAFT: NoticeAction.APPROVE, NoticeState.REPLIED: NoticeAction.VERIFY}.get(notice.state)
        if at_once and first in found and self.holds(STEPS[at_once].right, notice.issuer_division, notice.programme):
            found.insert(found.index(first) + 1, at_once)
        return tuple(found)

    def answering(self, notice: NoticeView) -> tuple[str, ...]:
        """Codes of the recipients in whose name this person may answer."""
        return tuple(
            item.body for item in notice.recipients if self.holds(Right.ANSWER, item.division, notice.programme)
        )

    def rewords(self, notice: NoticeView) -> bool:
        """Whether this person may change the words of the notice: a draft's drafter's rights."""
        drafting = notice.state is NoticeState.DRAFT
        return drafting and self.holds(Right.DRAFT, notice.issuer_division, notice.programme)

    def over_matter(self, matter: MatterView) -> tuple[MatterAction, ...]:
        """The steps of a matter that this person may take; who may verify and close may do both at once."""
        found = []
        for action in matter.actions:
            row = MOVES[action]
            if row.right is Right.ANSWER:
                bodies = [item for item in matter.bodies if item.leads or row.assisting]
                fits = any(self.holds(row.right, item.division, matter.programme) for item in bodies)
            else:
                fits = self.holds(row.right, matter.issuer_division, matter.programme)
            found += [action] if fits else []
        closes = self.holds(Right.CLOSE, matter.issuer_division, matter.programme)
        if matter.state is MatterState.REPORTED and MatterAction.VERIFY in found and closes:
            found.insert(found.index(MatterAction.VERIFY) + 1, MatterAction.CLOSE)
        return tuple(found)

    def breaks_down(self, matter: MatterView) -> bool:
        """Whether this person may hand on a part of the matter."""
        if not matter.standing.owed:
            return False
        issues = self.holds(Right.DRAFT, matter.issuer_division, matter.programme)
        return issues or self.holds(Right.ANSWER, matter.lead.division, matter.programme)

    def over_circular(self, circular: CircularView) -> tuple[CircularAction, ...]:
        """The steps of a circular that this person may take."""
        return tuple(
            action
            for action in circular.actions
            if self.holds(TURNS[action].right, circular.issuer_division, circular.programme)
        )
