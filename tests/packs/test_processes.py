"""Processes of a pack: what is drawn and what is said beside it become one; every slip is told with its place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from shishi.core.criteria import Answer
from shishi.core.errors import Issue, Refused
from shishi.core.evaluation import Moments
from shishi.core.limits import PauseKind, TimeUnit
from shishi.core.process_answers import FactAnswers
from shishi.core.processes import OutcomeKind, Process
from shishi.core.tables import Value
from shishi.packs.assumed import assumed
from shishi.packs.canonical import pack_document, pack_from_document
from shishi.packs.editor_schema import pack_schema
from shishi.packs.loading import load_pack
from tests.diagrams import HERE, REFUSED

LITTLE = Path(__file__).parents[1] / "little_pack"

REVIEW = """
title: 审核
number: {mark: 审}
starts: {form: apply}
lanes: {Lane_window: {role: clerk}, Lane_review: {role: reviewer, body: lead}}
forms:
  apply:
    title: 申请
    fields:
      floors: {title: 层数, type: integer, required: true}
      kind: {title: 类型, type: enumeration, values: {new: 新装, old: 更换}}
steps:
  Task_accept: {form: apply, outcomes: {accept: 受理, refuse: 不予受理}}
"""
PART = """
title: 两级审核
part: true
steps:
  Task_second: {outcomes: {approve: 同意, back: 退回}}
"""
CHOICE = """
title: 许可
number: {mark: 许}
starts: {form: apply}
forms: {apply: {title: 申请, fields: {floors: {title: 层数, type: integer}}}}
steps: {Task_review: {outcomes: {approve: 同意, refuse: 不予许可}, limit: {amount: 5}}}
flows: {Flow_yes: {all: [{field: Task_review.outcome, equals: approve}, {field: apply.floors, at_least: 4}]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The little pack with an empty folder for processes."""
    path = tmp_path / "2021"
    shutil.copytree(LITTLE, path, ignore=shutil.ignore_patterns("processes"))
    (path / "processes").mkdir()
    return path


def put(folder: Path, name: str, said: str, drawn: str = "", change: Callable[[str], str] = str) -> None:
    """Write one process: what is said, and a diagram of the library."""
    (folder / "processes" / f"{name}.yaml").write_text(said, encoding="utf-8")
    source = HERE / "run" / f"{drawn or name}.bpmn"
    text = source.read_text(encoding="utf-8")
    (folder / "processes" / f"{name}.bpmn").write_text(change(text), encoding="utf-8")


def lanes(text: str) -> str:
    """The diagram with all its elements in one lane."""
    start = text.index("    <bpmn:startEvent")
    ids = ("Start", "Task_review", "Gateway_ok", "Task_issue", "Task_tell", "End", "End_no")
    references = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in ids)
    lane = f'<bpmn:laneSet id="L"><bpmn:lane id="Lane_all" name="审批科">{references}</bpmn:lane></bpmn:laneSet>\n'
    return text[:start] + lane + text[start:]


def faults(folder: Path) -> list[Issue]:
    with pytest.raises(Refused) as refused:
        load_pack(folder)
    return list(refused.value.issues)


def codes(folder: Path) -> set[tuple[str, str]]:
    return {(issue.code, issue.field) for issue in faults(folder)}


def permit(folder: Path, said: str = CHOICE, change: Callable[[str], str] = lanes) -> Path:
    put(folder, "permit", f"{said}\nlanes: {{Lane_all: {{role: reviewer}}}}\n", "exclusive", change)
    return folder


def test_the_given_process_of_complaints_is_taken_by_its_name(folder: Path) -> None:
    with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("\nprocesses: [complaint]\n")
    pack = load_pack(folder)
    (process,) = pack.processes
    assert process.name == f"{pack.name}/complaint"
    assert (process.mark, process.starts.form, process.programme) == ("诉", "complaint", "")
    intake = process.step_at["Task_intake"]
    assert [(it.code, it.kind, it.state) for it in intake.outcomes] == [
        ("accept", OutcomeKind.APPROVE, "accepted"),
        ("refuse", OutcomeKind.REFUSE, ""),
        ("supplement", OutcomeKind.SUPPLEMENT, ""),
    ]
    timer = process.timer_at["Timer_superior"].after
    assert timer is not None
    assert (timer.amount, timer.unit) == (10, TimeUnit.WORKING_DAY), "the YAML stands before what is drawn"
    assert pack_from_document(json.loads(json.dumps(pack_document(pack)))) == pack


def test_nothing_that_the_given_process_assumes_passes_for_verified(folder: Path) -> None:
    with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("\nprocesses: [complaint]\n")
    (process,) = load_pack(folder).processes
    limits = [step.limit for step in process.steps] + [process.clocks.legal, process.clocks.promised]
    assert all(limit is not None and limit.basis and not limit.verified for limit in limits)


def test_what_a_process_assumes_is_shown_to_who_installs_it(folder: Path) -> None:
    with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("\nprocesses: [complaint]\n")
    told = [line for line in assumed(load_pack(folder)) if line.startswith("流程“投诉建议”")]
    assert any("环节“办理”的时限（参照《安阳市政务服务条例》" in line for line in told)
    assert any("定时“逾期未办”" in line for line in told)


def test_a_called_process_brings_its_steps_and_inherits_the_lane(folder: Path) -> None:
    put(folder, "calls", REVIEW)
    put(folder, "called", PART)
    (process,) = load_pack(folder).processes
    assert [diagram.id for diagram in process.diagrams] == ["calls", "called"]
    assert {step.element: step.lane for step in process.steps} == {
        "Task_accept": "Lane_window",
        "Task_tell": "Lane_window",
        "Task_first": "",
        "Task_second": "",
    }
    assert "Task_second.outcome" in process.facts.by_name
    assert process.forms["apply"].name.endswith("/2021/calls/apply")


def loaded(folder: Path) -> Process:
    (process,) = load_pack(folder).processes
    return process


def test_conditions_are_asked_of_the_facts_of_the_case(folder: Path) -> None:
    process, moments = loaded(permit(folder)), Moments(date(2021, 9, 30))

    def answer(**facts: Value) -> Answer:
        told = {name.replace("__", "."): value for name, value in facts.items()}
        return FactAnswers(process, told, moments).flow("Flow_yes", "")

    assert answer(Task_review__outcome="approve", apply__floors=6) is Answer.MET
    assert answer(Task_review__outcome="refuse") is Answer.NOT_MET
    assert answer(Task_review__outcome="approve") is Answer.NOT_KNOWN


def test_what_was_said_in_an_instance_stands_before_what_was_said_around_it(folder: Path) -> None:
    facts: dict[str, Value] = {
        "Task_review.outcome": "approve",
        "apply.floors": 6,
        "Sub[1]/Task_review.outcome": "refuse",
    }
    answers = FactAnswers(loaded(permit(folder)), facts, Moments(date(2021, 9, 30)))
    asked = [answers.flow("Flow_yes", within) for within in ("", "Sub[0]", "Sub[1]", "Sub[1]/Inner[4]")]
    assert asked == [Answer.MET, Answer.MET, Answer.NOT_MET, Answer.NOT_MET]


def test_the_digest_is_another_when_anything_is(folder: Path) -> None:
    first = loaded(permit(folder)).digest
    again = loaded(permit(folder)).digest
    other = loaded(permit(folder, CHOICE.replace("at_least: 4", "at_least: 5"))).digest
    moved = loaded(permit(folder, change=lambda text: lanes(text).replace('x="162"', 'x="163"'))).digest
    assert first == again
    assert len({first, other, moved}) == 3


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        ("Flow_yes: {all: [{field: Task_review.outcome", "Flow_no: {all: [{field: Task_review.outcome", None),
        ("flows: {Flow_yes:", "notes_: {Flow_yes:", ("pack_unknown_key", "notes_")),
        ("apply.floors, at", "apply.storeys, at", ("process_fact_unknown", "flows.Flow_yes")),
        ("equals: approve", "equals: agreed", ("process_fact_unknown", "flows.Flow_yes")),
        ("starts: {form: apply}", "starts: {form: application}", ("process_form_unknown", "starts.form")),
        ("Task_review: {", "Task_revue: {", ("process_element_unknown", "steps.Task_revue")),
        ("Task_review: {", "Task_review: {form: other, ", ("process_form_unknown", "steps.Task_review.form")),
        ("Task_review: {", "Task_review: {copies: [Lane_x], ", ("process_lane_unknown", "steps.Task_review.copies.0")),
        ("Task_review: {", "Task_review: {state: judged, ", ("process_state_unknown", "steps.Task_review.state")),
        ("number: {mark: 许}", "", ("pack_missing_key", "")),
        ("amount: 5", "amount: 0", ("pack_wrong_type", "steps.Task_review.limit.amount")),
        ("title: 许可", "title: 许可\nprogramme: lifts", ("pack_unknown_reference", "programme")),
        ("title: 许可", "title: 许可\ncalls: {Task_tell: {verb: x}}", ("process_verb_unknown", "calls.Task_tell.verb")),
        ("title: 许可", "title: 许可\ntimers: {End: {amount: 3}}", ("process_element_unknown", "timers.End")),
        ("title: 许可", "title: 许可\nclocks: {case: {starts: X}}", ("process_element_unknown", "clocks.case.starts")),
        (
            "title: 许可",
            "title: 许可\nclocks: {case: {pauses: [supplement]}}",
            ("process_pauses_elsewhere", "clocks.case.pauses"),
        ),
        ("Task_review: {", "Task_review: {special: holidays, ", ("pack_wrong_type", "steps.Task_review.special")),
    ],
)
def test_every_slip_of_what_is_said_is_told_with_its_place(
    folder: Path, wrong: str, right: str, fault: tuple[str, str] | None
) -> None:
    said = CHOICE.replace(wrong, right)
    assert said != CHOICE
    found = codes(permit(folder, said))
    if fault is None:
        assert found == {("process_element_unknown", "flows.Flow_no"), ("process_flow_without_criterion", "Flow_yes")}
    else:
        assert fault in found


def test_a_slip_has_the_line_of_its_file(folder: Path) -> None:
    issue = next(it for it in faults(permit(folder, CHOICE.replace("equals: approve", "equals: agreed"))))
    assert issue.file.endswith("processes/permit.yaml")
    assert issue.line == 7
    assert "approve" in issue.message, "what can stand there is said"


TIMED = """
title: 办理
number: {mark: 办}
lanes: {Lane_all: {role: clerk}}
"""


def timed(folder: Path, drawn: str, more: str = "") -> Path:
    def change(text: str) -> str:
        ids = ("Start", "Task_handle", "Timer_warn", "Timer_late", "Task_urge", "Task_superior", "End")
        references = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in ids)
        lane = f'<bpmn:laneSet id="L"><bpmn:lane id="Lane_all" name="科">{references}</bpmn:lane></bpmn:laneSet>'
        start = text.index("    <bpmn:startEvent")
        return (text[:start] + lane + text[start:]).replace(">P3D<", f">{drawn}<")

    put(folder, "timed", TIMED + more, "timers", change)
    return folder


@pytest.mark.parametrize(
    ("drawn", "amount", "unit", "times"),
    [
        ("P15D", 15, "calendar_day", 1),
        ("P2W", 14, "calendar_day", 1),
        ("P1DT2H", 26 * 60, "minute", 1),
        ("R3/PT30M", 30, "minute", 3),
        ("R/P1D", 1, "calendar_day", 0),
    ],
)
def test_a_drawn_duration_is_read_to_the_letter(folder: Path, drawn: str, amount: int, unit: str, times: int) -> None:
    timer = loaded(timed(folder, drawn)).timer_at["Timer_warn"]
    assert timer.after is not None
    assert (timer.after.amount, timer.after.unit, timer.times) == (amount, unit, times)


def test_time_that_does_not_count_is_said_at_the_step_and_not_at_its_boundary(folder: Path) -> None:
    process = loaded(timed(folder, "P3D", "steps: {Task_handle: {special: hearing}, Task_urge: {special: true}}\n"))
    at = [process.pause_at(name) for name in ("Task_handle", "Task_urge", "Task_superior", "Timer_warn")]
    assert at == [PauseKind.HEARING, PauseKind.SPECIAL, None, None]
    timed(folder, "P3D", "timers: {Timer_warn: {amount: 3, special: publicity}}\n")
    assert ("process_timer_counts", "timers.Timer_warn.special") in codes(folder)


def test_a_drawn_moment_has_its_zone(folder: Path) -> None:
    timer = loaded(timed(folder, "2026-10-01T09:00:00+08:00")).timer_at["Timer_warn"]
    assert (timer.moment, timer.after) == ("2026-10-01T09:00:00+08:00", None)


@pytest.mark.parametrize(
    "drawn",
    ["", "P1M", "P1Y", "PT", "P", "P0D", "P-3D", "P1.5D", "3 天", "${days}", "timedelta(days=3)", "2026-10-01T09:00:00",
     "2026-13-01T09:00:00Z", "P１D"],
)  # fmt: skip
def test_what_is_no_duration_is_refused_and_never_evaluated(folder: Path, drawn: str) -> None:
    assert ("duration_unreadable", "Timer_warn") in codes(timed(folder, drawn))


def test_a_lane_that_nobody_stands_behind_is_told_with_its_id(folder: Path) -> None:
    put(folder, "permit", CHOICE, "exclusive", lanes)
    assert ("process_lane_unknown", "Lane_all") in codes(folder)
    put(folder, "permit", CHOICE, "exclusive")
    assert {field for code, field in codes(folder) if code == "process_lane_unknown"} == {
        "Task_review",
        "Task_issue",
        "Task_tell",
    }


@pytest.mark.parametrize("name", sorted(set(REFUSED) - {"two_processes", "uncaught"}))
def test_a_diagram_of_the_zoo_is_refused_with_its_line(folder: Path, name: str) -> None:
    put(folder, "permit", CHOICE, f"../refused/{name}")
    drawn = [issue for issue in faults(folder) if issue.file.endswith("permit.bpmn")]
    assert any(issue.code.startswith("diagram_") for issue in drawn)
    assert all(issue.line for issue in drawn)


def test_a_file_with_two_processes_is_refused(folder: Path) -> None:
    put(folder, "permit", CHOICE, "../refused/two_processes")
    assert ("diagram_processes", "") in codes(folder)


def test_what_is_called_must_be_there_and_not_come_back(folder: Path) -> None:
    put(folder, "calls", REVIEW)
    assert ("diagram_call_unknown", "Call_review") in codes(folder)
    put(folder, "calls", REVIEW, change=lambda text: text.replace('calledElement="called"', 'calledElement="calls"'))
    assert ("diagram_call_circle", "Call_review") in codes(folder)


def test_a_join_that_waits_for_ever_is_found_before_any_case_runs(folder: Path) -> None:
    ids = ("Start", "Split", "Task_plan", "Task_fire", "Task_lift", "Join", "Task_permit", "End")
    references = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in ids)

    def change(text: str) -> str:
        lane = f'<bpmn:laneSet id="L"><bpmn:lane id="Lane_all" name="科">{references}</bpmn:lane></bpmn:laneSet>'
        start = text.index("    <bpmn:startEvent")
        text = text[:start] + lane + text[start:]
        return text.replace("parallelGateway", "exclusiveGateway", 2)

    said = (
        "title: 联审\nnumber: {mark: 联}\nlanes: {Lane_all: {role: clerk}}\n"
        "forms: {apply: {title: 申请, fields: {a: {title: 甲, type: yes_no}}}}\n"
        "flows:\n"
        + "".join(f"  Flow_to_{name}: {{field: apply.a, equals: true}}\n" for name in ("plan", "fire", "lift"))
    )
    put(folder, "joint", said, "parallel", change)
    assert ("process_stuck", "Join") in codes(folder)


def test_a_diagram_without_what_is_said_of_it_is_a_stray_file(folder: Path) -> None:
    shutil.copy(HERE / "run" / "exclusive.bpmn", folder / "processes" / "alone.bpmn")
    assert [issue.code for issue in faults(folder)] == ["pack_stray_file"]
    (folder / "processes" / "alone.bpmn").rename(folder / "processes" / "other.txt")
    (folder / "processes" / "lonely.yaml").write_text(CHOICE, encoding="utf-8")
    assert [issue.code for issue in faults(folder)] == ["pack_file_missing"]


def test_editors_are_told_the_shape_of_a_process() -> None:
    schema = pack_schema()["processes/*.yaml"]
    assert {"lanes", "forms", "steps", "flows", "timers", "calls", "clocks", "materials"} <= set(schema["properties"])
