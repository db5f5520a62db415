"""Whatever people and time do to a case, in whatever order: it has one owner, skips no step, and its history is whole.

People of several posts try everything, also what they may not; deadlines pass, clocks are paused,
tasks change hands. What is refused has changed nothing. After each step the store, the thread and the
marking of the engine tell the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shishi.adapters.processes.base import engine_for
from shishi.apps.accounts.models import Person
from shishi.apps.cases.clocks import clock_of
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.handing import claim, hand_over, release
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.pausing import extend, reopen, resume, suspend, withdraw
from shishi.apps.cases.supplementing import Lacking, ask_supplement, supplement
from shishi.apps.cases.talking import declare_interest
from shishi.apps.cases.thread import recomputed_step_digest, replayed, standing_of
from shishi.apps.cases.ticking import tick
from shishi.apps.programmes.selectors import calendar
from shishi.core.errors import Misuse, Refused
from tests.apps.case_town import REMEDY, CaseTown

PEOPLE = ("window", "other_window", "reviewer", "second", "far", "chief", "citizen")
OUTCOMES = ("accept", "approve", "agree", "disagree", "delivered", "refuse", "back", "against", "nonsense")
OPEN = ("open", "held")


class Life(RuleBasedStateMachine):
    """One case."""

    town: ClassVar[CaseTown]
    number: ClassVar[int] = 0

    @initialize()
    def opened(self) -> None:
        Life.number += 1
        self.case = self.town.open(f"L-{Life.number}")
        self.town.papers(self.case)

    def tried(self, work: Callable[[], object]) -> None:
        """What is refused changes nothing."""
        before = self.seen()
        try:
            with transaction.atomic():
                work()
        except (Misuse, Refused):
            assert self.seen() == before

    def seen(self) -> tuple[object, ...]:
        row = self.town.fresh(self.case)
        tasks = tuple(row.tasks.order_by("pk").values_list("pk", "state", "assignee", "outcome"))
        return (row.steps_count, row.state, bytes(row.marking), row.legal_due, tasks)

    def person(self, name: str) -> Person:
        found: Person = getattr(self.town, name)
        return found

    def tasks(self) -> list[TaskRow]:
        return list(self.case.tasks.filter(state__in=OPEN).order_by("pk"))

    def first(self, at: int = 0) -> TaskRow | None:
        found = self.tasks()
        return found[at] if at < len(found) else None

    @rule(who=some.sampled_from(PEOPLE), outcome=some.sampled_from(OUTCOMES), which=some.integers(0, 3))
    def complete(self, who: str, outcome: str, which: int) -> None:
        task = self.first(which)
        if task is None:
            return
        answers = {"finding": "属实"} if task.element == "Task_review" and task.kind == "work" else {}
        basis, remedy = ("演示规定第七条", REMEDY) if outcome == "refuse" else ("", "")
        by, at = self.person(who), self.town.tick()
        self.tried(
            lambda: complete_task(
                task.pk, outcome, by=by, at=at, answers=answers, text="写明", basis=basis, remedy=remedy
            )
        )

    @rule()
    def go_on(self) -> None:
        """The usual next step by the usual person: without it few lives come far."""
        task = self.first()
        if task is None or task.kind == "supplement":
            return
        usual = {"Task_accept": ("accept", "window"), "Task_review": ("approve", "reviewer")}
        usual |= {"Task_voices": ("agree", "second"), "Task_deliver": ("delivered", "window")}
        outcome, who = ("agree", "second") if task.kind == "second" else usual[task.element]
        answers = {"finding": "属实"} if task.element == "Task_review" and task.kind == "work" else {}
        by, at = self.person(who), self.town.tick()
        self.tried(lambda: complete_task(task.pk, outcome, by=by, at=at, answers=answers))

    @rule(who=some.sampled_from(PEOPLE), to=some.sampled_from(PEOPLE), way=some.sampled_from(["claim", "hand", "back"]))
    def change_hands(self, who: str, to: str, way: str) -> None:
        task = self.first()
        if task is None:
            return
        by, at = self.person(who), self.town.tick()
        ways: dict[str, Callable[[], object]] = {
            "claim": lambda: claim(task.pk, by=by, at=at),
            "hand": lambda: hand_over(task.pk, to, "出差", by=by, at=at),
            "back": lambda: release(task.pk, "放回", by=by, at=at),
        }
        self.tried(ways[way])

    @rule(who=some.sampled_from(PEOPLE), stop=some.sampled_from([suspend, resume, extend, withdraw, reopen]))
    def stop(self, who: str, stop: Callable[..., object]) -> None:
        if stop is withdraw and who != "citizen":
            return
        self.tried(lambda: stop(self.case.uuid, "理由", by=self.person(who), at=self.town.tick()))

    @rule(who=some.sampled_from(PEOPLE), item=some.sampled_from(["apply.owner", "apply.urgent"]))
    def lacking(self, who: str, item: str) -> None:
        task = self.first()
        if task is not None:
            wanted = [Lacking("写全", field=item)]
            self.tried(lambda: ask_supplement(task.pk, wanted, by=self.person(who), at=self.town.tick()))

    @rule(who=some.sampled_from(["citizen", "window", "far"]))
    def supplied(self, who: str) -> None:
        self.tried(lambda: supplement(self.case.uuid, text="补好了", by=self.person(who), at=self.town.tick()))

    @rule(who=some.sampled_from(["other_window", "second"]))
    def interest(self, who: str) -> None:
        self.tried(lambda: declare_interest(self.case.uuid, "亲属", by=self.person(who), at=self.town.tick()))

    @rule(days=some.integers(0, 25))
    def time_passes(self, days: int) -> None:
        at = self.town.tick(days=days, minutes=1)
        tick(at)
        assert tick(at).many == 0, "the same moment twice is once"

    @invariant()
    def one_owner(self) -> None:
        if not hasattr(self, "case"):
            return
        working = self.case.tasks.filter(state__in=OPEN, kind="work").values_list("token", flat=True)
        assert len(set(working)) == len(working)
        assert not self.case.tasks.filter(state="open", assignee=self.town.citizen).exclude(kind="supplement").exists()

    @invariant()
    def whole_history(self) -> None:
        if not hasattr(self, "case"):
            return
        row = self.town.fresh(self.case)
        steps = list(row.steps.order_by("position"))
        assert [step.position for step in steps] == list(range(1, row.steps_count + 1))
        assert recomputed_step_digest(f"{row.uuid}/{row.steps_count}") == row.last_digest == steps[-1].digest
        assert replayed(row) == standing_of(row)
        assert [step.at for step in steps] == sorted(step.at for step in steps)

    @invariant()
    def nothing_skipped(self) -> None:
        if not hasattr(self, "case"):
            return
        row = self.town.fresh(self.case)
        elements = [step.element for step in row.steps.order_by("position") if step.action in ("agree", "call", "vote")]
        seen: set[str] = set()
        for element in elements:
            seen.add(element)
            if element == "Service_register":
                assert {"Task_review", "Task_voices"} <= seen, "two people agreed and one spoke before it was posted"
        firsts = row.steps.filter(action="agree", element="Task_review")
        assert all(step.person != step.told["first"] for step in firsts)

    @invariant()
    def store_and_engine_agree(self) -> None:
        if not hasattr(self, "case"):
            return
        row = self.town.fresh(self.case)
        if row.ended:
            assert not row.tasks.filter(state__in=OPEN).exists()
            assert not row.waits.filter(state="waiting").exists()
            return
        process = process_of(row)
        drawn = {token.token for token in engine_for(process).open_tokens(process, bytes(row.marking))}
        tasks = row.tasks.filter(state__in=OPEN, kind__in=["work", "voice"]).values_list("token", flat=True)
        waits = row.waits.filter(state="waiting").values_list("token", flat=True)
        calls = row.calls.filter(state__in=["waiting", "broken"]).values_list("token", flat=True)
        assert drawn == {*tasks, *waits, *calls}

    @invariant()
    def deadlines_follow_from_what_is_kept(self) -> None:
        if not hasattr(self, "case"):
            return
        row = self.town.fresh(self.case)
        clock = clock_of(row, process_of(row), calendar(None, self.town.now))
        if not row.ended and clock.legal is not None:
            assert row.legal_due == clock.legal.moment
            stands = row.pauses.filter(token="", ended_at__isnull=True).exists()
            assert stands is (clock.legal.moment is None) or clock.legal.left == 0


@pytest.mark.django_db
def test_any_life_of_a_case_keeps_its_laws(own_folder: Path, code_list: Path) -> None:
    Life.town, Life.number = CaseTown(own_folder, code_list), 0
    run_state_machine_as_test(Life, settings=settings(max_examples=12, stateful_step_count=16, deadline=None))
    assert CaseRow.objects.filter(ended=True).exists(), "some lives came to their end"
    assert CaseRow.objects.exclude(state="submitted").count() > 2
