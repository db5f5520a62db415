"""Whatever people and time do to a case, in whatever order: it has one owner, skips no step, and its history is whole.

People of several posts try everything, also what they may not; deadlines pass, clocks are paused,
tasks change hands. What is refused has changed nothing. After each step the store, the thread and the
marking of the engine tell the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shishi.adapters.processes.base import engine_for
from shishi.apps.accounts.models import Person
from shishi.apps.cases.clock_reading import clock_of
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.handing import claim, delegate, hand_over, release
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.pausing import extend, reopen, resume, suspend, withdraw
from shishi.apps.cases.supplementing import Lacking, ask_supplement, return_for_correction, supplement
from shishi.apps.cases.talking import declare_interest
from shishi.apps.cases.thread import recomputed_step_digest, replayed, standing_of
from shishi.apps.cases.ticking import tick
from shishi.apps.programmes.selectors import calendar
from shishi.core.errors import Misuse, Refused
from tests.apps.case_town import REMEDY, CaseTown

PEOPLE = ("window", "other_window", "reviewer", "second", "far", "chief", "citizen")
OUTCOMES = ("accept", "approve", "agree", "disagree", "delivered", "refuse", "back", "against", "nonsense")
OPEN = ("open", "held")
POSTS = {"clerk": {"window", "other_window"}, "reviewer": {"reviewer", "second"}}
WORK = {
    "accept",
    "refuse",
    "handle",
    "agree",
    "disagree",
    "vote",
    "decide",
    "deliver",
    "ask_supplement",
    "return",
    "correct",
}
HANDS = {"claim", "release", "hand_over", "delegate"}
APPLICANTS = {"submit", "material", "supplement", "withdraw", "reopen", "comment"}


class Life(RuleBasedStateMachine):
    """One case."""

    town: ClassVar[CaseTown]
    number: ClassVar[int] = 0

    @initialize(steps=some.integers(0, 7), tried=some.booleans())
    def opened(self, steps: int, tried: bool) -> None:
        """A case that has come some way already: what happens late is lived through as often as what happens first."""
        Life.number += 1
        self.case = self.town.open(f"L-{Life.number}")
        self.town.papers(self.case)
        self.history: list[str] = []
        self.apart: dict[str, int] = {}
        self.go_on(steps, tried)

    def tried(self, work: Callable[[], object]) -> bool:
        """What is refused changes nothing."""
        before = self.seen()
        try:
            with transaction.atomic():
                work()
        except (Misuse, Refused):
            assert self.seen() == before
            return False
        return True

    def seen(self) -> tuple[object, ...]:
        row = self.town.fresh(self.case)
        tasks = tuple(row.tasks.order_by("pk").values_list("pk", "state", "assignee", "outcome"))
        return (row.steps_count, row.state, bytes(row.marking), row.legal_due, tasks)

    def person(self, name: str) -> Person:
        found: Person = getattr(self.town, name)
        return found

    def tasks(self) -> list[TaskRow]:
        return list(self.case.tasks.filter(state__in=OPEN).select_related("assignee").order_by("pk"))

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
        done = self.tried(
            lambda: complete_task(
                task.pk, outcome, by=by, at=at, answers=answers, text="写明", basis=basis, remedy=remedy
            )
        )
        if task.assignee is not None and task.assignee != by:
            assert not done or TaskRow.objects.get(pk=task.pk).state == "open", "what somebody has is theirs to do"

    @rule(
        one=some.sampled_from(PEOPLE[:4]),
        other=some.sampled_from(PEOPLE[:4]),
        outcome=some.sampled_from(["accept", "approve", "agree"]),
    )
    def two_at_once(self, one: str, other: str, outcome: str) -> None:
        """Both have the page of the same task before them, and both send it."""
        task = self.first()
        if task is None:
            return
        answers = {"finding": "属实"} if task.element == "Task_review" and task.kind == "work" else {}
        at = self.town.tick()
        said = self.case.steps.count()
        for name in (one, other):
            sent = partial(complete_task, task.pk, outcome, by=self.person(name), at=at, answers=answers)
            self.tried(sent)
        lines = self.case.steps.filter(position__gt=said, token=task.token, action__in=WORK)
        spoken = [line for line in lines if line.told.get("task") == task.pk]
        assert len({line.person for line in spoken}) <= 1, "one of them did it, and nobody did it after"

    @rule(who=some.sampled_from(PEOPLE), key=some.sampled_from(["a", "b"]))
    def asked_twice(self, who: str, key: str) -> None:
        """The same form is sent twice: the second time nothing happens."""
        by, at = self.person(who), self.town.tick()
        if self.tried(lambda: suspend(self.case.uuid, "等消息", by=by, at=at, once=key)):
            before = self.seen()
            suspend(self.case.uuid, "等消息", by=by, at=at, once=key)
            assert self.seen() == before

    @rule(who=some.sampled_from(["reviewer", "second", "window"]))
    def second_approval(self, who: str) -> None:
        """Whoever is asked to agree, also who decided first."""
        task = next((task for task in self.tasks() if task.kind == "second"), None)
        if task is not None:
            by, at = self.person(who), self.town.tick()
            self.tried(lambda: complete_task(task.pk, "agree", by=by, at=at))

    @rule(who=some.sampled_from(["window", "reviewer", "chief"]))
    def resumed(self, who: str) -> None:
        """Without it what was suspended would stand still for most of its life."""
        if self.town.fresh(self.case).state == "suspended":
            self.tried(lambda: resume(self.case.uuid, "可以继续", by=self.person(who), at=self.town.tick()))

    @rule(steps=some.integers(1, 5), tried=some.booleans())
    def goes_on(self, steps: int, tried: bool) -> None:
        """As most cases do."""
        self.go_on(steps, tried)

    def go_on(self, steps: int, tried: bool) -> None:
        """The usual next steps by the usual people: without it few lives come far. ``tried``: at each of them somebody
        first tries what they never may."""
        for _ in range(steps):
            self.next_step(tried)

    def next_step(self, tried: bool) -> None:
        task = next((task for task in self.tasks() if task.state == "open"), None)
        if task is None:
            tick(self.town.tick(days=4))  # a publicity that lasts
            return
        if task.kind == "supplement":
            self.tried(lambda: supplement(self.case.uuid, text="补好了", by=self.town.citizen, at=self.town.tick()))
            return
        if task.kind == "correction":
            self.tried(lambda: complete_task(task.pk, "", by=task.assignee, at=self.town.tick(), text="改好了"))
            return
        usual = {"Task_accept": ("accept", "window"), "Task_review": ("approve", "reviewer")}
        usual |= {"Task_voices": ("agree", "second"), "Task_deliver": ("delivered", "window")}
        outcome, who = ("agree", "second") if task.kind == "second" else usual[task.element]
        answers = {"finding": "属实"} if task.element == "Task_review" and task.kind == "work" else {}
        done = partial(complete_task, task.pk, outcome, answers=answers)
        if tried:
            self.never(task, done)
        by, at = task.assignee or self.person(who), self.town.tick()
        self.tried(lambda: done(by=by, at=at))

    def never(self, task: TaskRow, done: Callable[..., object]) -> None:
        """Who decided first does not agree to it; what somebody has is nobody else's to take or to do."""
        if task.kind == "second":
            first = next(item for item in self.tasks() if item.state == "held" and item.token == task.token)
            by = self.person(first.done_by)
            assert not self.tried(lambda: done(by=by, at=self.town.tick()))
            return
        one, other = sorted(POSTS.get(task.role, ()))
        mine = partial(claim, task.pk, by=self.person(one))
        if task.kind == "work" and task.assignee is None and self.tried(lambda: mine(at=self.town.tick())):
            by = self.person(other)
            assert not self.tried(lambda: claim(task.pk, by=by, at=self.town.tick()))
            assert not self.tried(lambda: done(by=by, at=self.town.tick()))
            self.tried(lambda: release(task.pk, "放回", by=self.person(one), at=self.town.tick()))

    @rule(who=some.sampled_from(["window", "reviewer", "chief"]), days=some.integers(0, 9))
    def stands_still(self, who: str, days: int) -> None:
        """It is stopped, time passes, and it goes on."""
        by = self.person(who)
        if self.tried(lambda: suspend(self.case.uuid, "等判决", by=by, at=self.town.tick())):
            tick(self.town.tick(days=days, minutes=1))
            self.tried(lambda: resume(self.case.uuid, "已判决", by=self.town.chief, at=self.town.tick()))

    @rule(
        who=some.sampled_from(PEOPLE),
        to=some.sampled_from(PEOPLE),
        way=some.sampled_from(["claim", "hand", "lend", "back"]),
    )
    def change_hands(self, who: str, to: str, way: str) -> None:
        task = self.first()
        if task is None:
            return
        by, at = self.person(who), self.town.tick()
        taken = way == "claim" and task.assignee is not None and task.assignee != by
        ways: dict[str, Callable[[], object]] = {
            "claim": lambda: claim(task.pk, by=by, at=at),
            "hand": lambda: hand_over(task.pk, to, "出差", by=by, at=at),
            "lend": lambda: delegate(task.pk, to, "请代办", by=by, at=at),
            "back": lambda: release(task.pk, "放回", by=by, at=at),
        }
        if self.tried(ways[way]):
            assert not taken, "nobody takes what somebody has"
            now = TaskRow.objects.select_related("assignee").get(pk=task.pk)
            wanted = {"claim": who, "hand": to, "lend": to, "back": ""}[way]
            assert (now.assignee.username if now.assignee else "") == wanted, "it is theirs, and nobody else's"

    @rule(to=some.sampled_from(PEOPLE[:4]))
    def lent(self, to: str) -> None:
        """Who has a task, or may take it, lends it to a colleague of whichever post."""
        task = self.first()
        if task is None or task.applicant:
            return
        by = task.assignee or self.person(min(POSTS[task.role]))
        if self.tried(lambda: delegate(task.pk, to, "请代办", by=by, at=self.town.tick())):
            now = TaskRow.objects.select_related("assignee").get(pk=task.pk)
            assert now.assignee is not None
            assert (now.assignee.username, now.lent_by) == (to, by.username)

    @rule(who=some.sampled_from(["reviewer", "second", "window", "far"]))
    def sent_back(self, who: str) -> None:
        task = self.first()
        if task is not None:
            by, at = self.person(who), self.town.tick()
            if self.tried(lambda: return_for_correction(task.pk, "Task_accept", ["材料目录"], by=by, at=at)):
                act = partial(complete_task, task.pk, "approve", answers={"finding": "属实"}, by=by)
                assert not self.tried(lambda: act(at=self.town.tick())), "it waits until it is put right"

    @rule(who=some.sampled_from(PEOPLE), stop=some.sampled_from([suspend, resume, extend, withdraw, reopen]))
    def stop(self, who: str, stop: Callable[..., object]) -> None:
        if stop is withdraw and who in ("chief", "window"):
            return  # lives that end early are short
        self.tried(lambda: stop(self.case.uuid, "理由", by=self.person(who), at=self.town.tick()))

    @rule(who=some.sampled_from(PEOPLE), item=some.sampled_from(["apply.owner", "apply.urgent"]))
    def lacking(self, who: str, item: str) -> None:
        task = self.first()
        if task is not None:
            wanted = [Lacking("写全", field=item)]
            self.tried(lambda: ask_supplement(task.pk, wanted, by=self.person(who), at=self.town.tick()))

    @rule()
    def taken_back(self) -> None:
        """Seldom, for it ends a life: only what has come to its last step."""
        if any(task.element == "Task_deliver" or task.kind == "voice" for task in self.tasks()):
            self.tried(lambda: withdraw(self.case.uuid, "不办了", by=self.town.citizen, at=self.town.tick()))

    @rule(who=some.sampled_from(["citizen", "window", "far"]))
    def supplied(self, who: str) -> None:
        self.tried(lambda: supplement(self.case.uuid, text="补好了", by=self.person(who), at=self.town.tick()))

    @rule(who=some.sampled_from(["other_window", "second"]))
    def interest(self, who: str) -> None:
        if self.tried(lambda: declare_interest(self.case.uuid, "亲属", by=self.person(who), at=self.town.tick())):
            self.apart.setdefault(who, self.case.steps.count())
            for task in self.tasks():
                if task.kind != "correction":
                    act = partial(complete_task, task.pk, "agree" if task.kind != "work" else "accept")
                    assert not self.tried(partial(act, by=self.person(who), at=self.town.tick()))

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
        for task in self.case.tasks.filter(kind__in=["work", "second", "voice"]).select_related("assignee"):
            fits = POSTS.get(task.role, set())
            if task.state == "open" and task.assignee is not None:
                assert task.assignee.username in fits or task.lent_by, "whoever has it holds the post, or it was lent"
            if task.state == "done":
                assert task.assignee is not None
                assert task.done_by == task.assignee.username, "who had it did it"
                assert task.done_by in fits or task.lent_by

    @invariant()
    def nobody_without_a_part_in_it(self) -> None:
        """What is done to the case is done by who may: by post, by the applicant, by who looks after cases."""
        if not hasattr(self, "case"):
            return
        for step in self.case.steps.order_by("position"):
            if step.person == "citizen":
                assert step.action in APPLICANTS
            assert step.person != "far", "somebody of another county never has a part"
            if step.action in WORK | HANDS and step.person in self.apart:
                assert step.position <= self.apart[step.person], "who declared an interest keeps out of it"

    @invariant()
    def what_stands_still_is_not_worked_on(self) -> None:
        """Between a stop and its end nobody works on the case, and its clock has no deadline."""
        if not hasattr(self, "case"):
            return
        stops: list[str] = []
        ends = {"resume": "suspend", "supplement": "ask_supplement"}
        for step in self.case.steps.order_by("position"):
            assert not (stops and step.action in WORK), f"{step.action} after {stops[-1:]}"
            if step.action in ends.values():
                stops.append(step.action)
            elif step.action in ends:
                assert stops.pop() == ends[step.action], "what was stopped last goes on first"
            elif step.action in ("withdraw", "reopen"):
                stops.clear()
        row = self.town.fresh(self.case)
        assert (row.state in ("suspended", "supplementing", "paused")) is (
            row.pauses.filter(token="", ended_at__isnull=True).exists()
        )
        if row.state in ("suspended", "supplementing", "paused"):
            assert row.watch_at is None

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
        digests = [step.digest for step in steps]
        assert digests[: len(self.history)] == self.history, "what was said stays as it was said"
        self.history = digests

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
        if row.ended or row.state == "withdrawn":
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
    run_state_machine_as_test(Life, settings=settings(max_examples=14, stateful_step_count=12, deadline=None))
    assert CaseRow.objects.filter(ended=True).exists(), "some lives came to their end"
    assert CaseRow.objects.exclude(state="submitted").count() > 2
