"""Many cases done at once: each as it would be alone, and what is refused leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from shishi.apps.audit.selectors import verify
from shishi.apps.cases import completing
from shishi.apps.cases.advancing import carry_on
from shishi.apps.cases.bulk import approve_many
from shishi.apps.cases.bulk_preview import preview_of
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.in_hand import InHand
from shishi.apps.cases.models import CaseRow, CaseStep, TaskRow
from shishi.apps.cases.pausing import suspend
from shishi.apps.cases.talking import declare_interest
from shishi.apps.cases.thread import replayed, standing_of
from shishi.apps.cases.ticking import tick
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.messages.models import Delivery, Message
from shishi.core.errors import Refused
from tests.apps.case_town import CaseTown

TASK = ("element", "kind", "state", "step", "division", "body", "role", "opened_at", "due_at", "legal_due", "watch_at")
CASE = (
    "state",
    "standing",
    "facts",
    "marking",
    "bodies",
    "clock_from",
    "legal_due",
    "promised_due",
    "watch_at",
    "ended",
)
STEP = ("position", "action", "person", "at", "text", "seen_by", "element", "token", "outcome", "facts")


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    return CaseTown(own_folder, code_list)


def seen(case: CaseRow) -> list[object]:
    """Everything that is stored of a case, but for its own names."""
    row = CaseRow.objects.filter(pk=case.pk)
    heard = Message.objects.filter(about=f"case:{case.number}").order_by("pk")
    texts = [text.replace(case.number, "") for text in heard.values_list("text", flat=True)]
    return [
        [value for name, value in row.values(*CASE).get().items() if name != "facts"],
        list(TaskRow.objects.filter(case=case).order_by("pk").values_list(*TASK, "outcome", "done_by", "done_at")),
        [
            {**line, "facts": sorted(line["facts"]), "text": line["text"].replace(case.number, "")}
            for line in case.steps.order_by("position").values(*STEP)
        ],
        texts,
        Delivery.objects.filter(message__in=heard).count(),
    ]


def alike(town: CaseTown, number: int = 2) -> list[CaseRow]:
    """Cases that were opened in the same moment."""
    town.tick()
    made = []
    for at in range(number):
        now = town.now
        made.append(town.papers(town.open(f"H-{at}")))
        town.now = now
    town.tick(minutes=9)
    return made


def test_of_many_each_is_done_as_it_would_be_alone(town: CaseTown) -> None:
    alone, other, third = alike(town, 3)
    at = town.tick()
    complete_task(town.task(alone).pk, "accept", by=town.window, at=at)
    job = approve_many([town.task(other).pk, town.task(third).pk], "accept", by=town.window, at=at)
    assert job.outcome["done"] == 2
    assert seen(other) == seen(alone) == seen(third)
    for case in (other, third):
        row = town.fresh(case)
        assert replayed(row) == standing_of(row)
    assert verify().broken is None


def test_steps_that_ask_the_store_for_more_are_done_in_many_too(town: CaseTown) -> None:
    cases = [town.review(town.accept(town.papers(town.open(f"H-{at}")))) for at in range(3)]
    tick(town.tick(days=5))
    voices = TaskRow.objects.filter(case__in=cases, kind="voice", state="open", assignee=town.second)
    job = approve_many([task.pk for task in voices], "agree", by=town.second, at=town.tick())
    assert (job.outcome["done"], job.outcome["not_done"]) == (3, 0)
    assert RevisionRow.objects.count() == 3, "the verb of each was run"
    delivery = [town.task(case).pk for case in cases]
    assert approve_many(delivery, "delivered", by=town.window, at=town.tick()).outcome["done"] == 3
    assert {(town.fresh(case).state, town.fresh(case).ended) for case in cases} == {("delivered", True)}
    assert not TaskRow.objects.filter(case__in=cases, state="open").exists()
    assert verify().broken is None


def test_what_is_refused_half_way_takes_back_that_case_and_nothing_else(
    town: CaseTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [town.papers(town.open(f"H-{at}")) for at in range(3)]
    before = seen(cases[1])

    def stuck(case: InHand, token: str) -> list[TaskRow]:
        if case.row.pk == cases[1].pk:
            case.row.tasks.update(text="half done")
            raise Refused("process_no_way", "没有路可走")
        return carry_on(case, token)

    monkeypatch.setattr(completing, "carry_on", stuck)
    job = approve_many([town.task(case).pk for case in cases], "accept", by=town.window, at=town.tick())
    assert (job.outcome["done"], job.outcome["not_done"]) == (2, 1)
    assert job.outcome["reasons"] == [{"code": "process_no_way", "message": "没有路可走", "many": 1}]
    assert seen(cases[1]) == before
    assert [town.fresh(case).state for case in cases] == ["accepted", "submitted", "accepted"]
    assert CaseStep.objects.exclude(batch="").count() == 2
    assert verify().broken is None


def test_each_one_that_is_not_done_is_named_with_its_reason(town: CaseTown) -> None:
    fit, mine, stopped, away = (town.papers(town.open(f"H-{at}")) for at in range(4))
    declare_interest(mine.uuid, "亲属", by=town.window, at=town.tick())
    suspend(stopped.uuid, "等判决", by=town.other_window, at=town.tick())
    complete_task(town.task(away).pk, "accept", by=town.other_window, at=town.tick())
    tasks = [TaskRow.objects.get(case=case, element="Task_accept").pk for case in (fit, mine, stopped, away)]
    told = preview_of(town.window, tasks, "accept", town.tick())
    assert told.fit == (tasks[0],)
    assert told.reasons == [("您须回避", 1), ("办件已中止", 1), ("已经办过或取消了", 1)]
    job = approve_many(tasks, "accept", by=town.window, at=town.tick())
    assert job.outcome["done"] == 1
    codes = {item["number"]: item["code"] for item in job.outcome["left"]}
    assert codes == {
        mine.number: "conflict_of_interest",
        stopped.number: "case_suspended",
        away.number: "task_done",
    }
    assert sum(item["many"] for item in job.outcome["reasons"]) == job.outcome["not_done"] == 3
