"""Anybody tries anything with a week's figures, in any order, before and after it closes: the store keeps its word."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shishi.apps.assurance.acceptance import return_statement, withdraw
from shishi.apps.assurance.models import MarkRow
from shishi.apps.audit.models import AuditEvent
from shishi.apps.ledger.models import Proposal, Reopening, RevisionRow
from shishi.apps.ledger.periods import reopen
from shishi.core.errors import Misuse, Refused
from shishi.core.statements import StatementState
from tests.apps.reporting_town import LEVELS, METRICS, ReportingTown
from tests.apps.town import XUANZHOU

PEOPLE = ("clerk_xuanzhou", "clerk_langxi", "xuanzhou_reviewer", "langxi_reviewer", "reviewer", "leader", "province")
ENTER = {"clerk_xuanzhou", "xuanzhou_reviewer", "reviewer", "province"}
REVIEW = {"xuanzhou_reviewer", "reviewer", "leader", "province"}
ABOVE = ({"reviewer", "leader", "province"}, {"province"})
S = StatementState


class Week(RuleBasedStateMachine):
    """The model: what stands (figures, hands, levels), what waits, what is opened until when."""

    town: ReportingTown

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.begun, self.town.now = self.town.now, self.town.now
        self.stands: tuple[int, list[str], int] | None = None  # figure, hands, levels that accepted
        self.returned = False
        self.waits: tuple[int, str] | None = None
        self.open_until: datetime | None = None
        self.steps = 0

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)
        self.town.now = self.begun

    def attempt(self, allowed: bool, call: object) -> bool:
        try:
            with transaction.atomic():
                call()  # type: ignore[operator]  # a rule's own lambda
        except (Misuse, Refused):
            assert not allowed
            return False
        assert allowed
        return True

    @property
    def closed(self) -> bool:
        closing = self.town.calendar().closing(self.town.period())
        at = self.town.now + timedelta(minutes=1)
        assert closing is not None
        return at > closing and not (self.open_until and at <= self.open_until)

    @rule(who=st.sampled_from(PEOPLE), more=st.integers(1, 3))
    def enter(self, who: str, more: int) -> None:
        figure = (self.stands[0] if self.stands else 100) + more
        others = self.waits is not None and self.waits[1] != who
        allowed = who in ENTER and not others and not (self.stands and self.closed)
        if self.attempt(allowed, lambda: self.town.enter(users=figure, by=who)):
            self.waits = (figure, who)

    @rule(who=st.sampled_from(PEOPLE))
    def review(self, who: str) -> None:
        allowed = self.waits is not None and who in REVIEW and who != self.waits[1]
        allowed = allowed and not (self.stands and self.closed)
        if self.attempt(allowed, lambda: self.town.review(by=who)) and self.waits:
            self.stands, self.waits, self.returned = (self.waits[0], [self.waits[1], who], 0), None, False

    def from_above(self, who: str) -> bool:
        if self.stands is None or self.returned or self.waits or self.stands[2] == len(LEVELS):
            return False
        return who in ABOVE[self.stands[2]] and who not in self.stands[1]

    @rule(who=st.sampled_from(PEOPLE))
    def accept(self, who: str) -> None:
        if self.attempt(self.from_above(who), lambda: self.town.accept(by=who)) and self.stands:
            self.stands = (self.stands[0], [*self.stands[1], who], self.stands[2] + 1)

    @rule(who=st.sampled_from(PEOPLE), reason=st.sampled_from(["", "与后台不符"]))
    def send_back(self, who: str, reason: str) -> None:
        waiting = self.waits is not None and who in REVIEW and who != self.waits[1]
        allowed = bool(reason) and (waiting if self.waits else self.from_above(who))

        def call() -> None:
            at, period = self.town.tick(), self.town.period()
            return_statement(self.town.calendar(), period, XUANZHOU, reason=reason, by=self.town.who(who), at=at)

        if self.attempt(allowed, call):
            self.returned = self.returned or self.waits is None
            self.waits = None

    @rule(who=st.sampled_from(PEOPLE))
    def take_back(self, who: str) -> None:
        def call() -> None:
            at, period = self.town.tick(), self.town.period()
            withdraw(self.town.calendar(), period, XUANZHOU, by=self.town.who(who), at=at)

        if self.attempt(self.waits is not None and self.waits[1] == who, call):
            self.waits = None

    @rule()
    def go_on(self) -> None:
        """The next proper step, so that what lies far up is seen often."""
        if self.waits:
            self.review("xuanzhou_reviewer" if self.waits[1] != "xuanzhou_reviewer" else "leader")
        elif self.stands is None or self.returned:
            self.enter("clerk_xuanzhou", 1)
        else:
            self.accept("province" if self.stands[2] else "reviewer")

    @rule(hours=st.sampled_from([1, 20, 60]))
    def wait(self, hours: int) -> None:
        self.town.now += timedelta(hours=hours)

    @rule(who=st.sampled_from(PEOPLE), hours=st.sampled_from([2, 30]))
    def open_again(self, who: str, hours: int) -> None:
        at, period, calendar = self.town.now + timedelta(minutes=1), self.town.period(), self.town.calendar()
        until, closing = at + timedelta(hours=hours), calendar.closing(period)

        def call() -> None:
            self.town.tick()
            reopen(calendar, XUANZHOU, period, until=until, reason="漏报", by=self.town.who(who), at=at)

        if self.attempt(closing is not None and at > closing and who in ABOVE[0], call):
            self.open_until = max(until, self.open_until or until)

    @invariant()
    def one_state_that_is_the_models(self) -> None:
        found = self.town.stated()
        if self.waits:
            assert found.state is S.SUBMITTED
        elif self.stands is None:
            assert found.state in (S.MISSING, S.RETURNED, S.WITHDRAWN)
        elif self.returned:
            assert found.state is S.RETURNED
        else:
            assert found.state is (S.ACCEPTED if self.stands[2] == len(LEVELS) else S.REVIEWED)
        assert (found.row.cells["users"] if found.row else None) == (self.stands[0] if self.stands else None)

    @invariant()
    def the_history_names_every_hand_and_skips_no_level(self) -> None:
        standing = self.town.stated().standing
        if self.stands:
            people = [item.person for item in standing.history if item.action.value != "return"]
            assert people == self.stands[1]
            assert standing.accepted == LEVELS[: self.stands[2]]

    @invariant()
    def every_write_is_in_the_trail(self) -> None:
        asked = {
            "ledger.proposed": Proposal.objects.count(),
            "ledger.reopened": Reopening.objects.count(),
            "ledger.accepted": RevisionRow.objects.filter(table=METRICS.name).count(),
        }
        for action, many in asked.items():
            assert AuditEvent.objects.filter(action=action).count() == many
        assert AuditEvent.objects.filter(action__startswith="assurance.").count() == MarkRow.objects.count()


@pytest.mark.django_db
def test_no_order_of_steps_skips_one(own_folder: Path, code_list: Path) -> None:
    Week.town = ReportingTown(own_folder, code_list)
    few = settings(
        max_examples=6,
        stateful_step_count=18,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Week, settings=few)
