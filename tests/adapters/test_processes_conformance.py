"""What BPMN 2.0 means, told by every construct that is run. Every engine behind the port answers the same."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import replace

import pytest

from shishi.adapters.processes.both import Engines
from shishi.adapters.processes.choosing import engine_name
from shishi.adapters.processes.reference import ReferenceEngine
from shishi.core.diagrams import Flow, Node, NodeKind
from shishi.core.errors import Misuse, Refused
from shishi.core.moves import ProcessEngine, TokenKind
from shishi.core.processes import Process, Timer
from tests.diagrams import RUN, Running, Told, diagram_of, met, process_of


@pytest.fixture(params=[ReferenceEngine, Engines], ids=["reference", "spiff"])
def engine(request: pytest.FixtureRequest) -> ProcessEngine:
    made: ProcessEngine = request.param()
    return made


def running(
    engine: ProcessEngine, *diagrams: str, answers: Told | None = None, timers: Iterable[Timer] = ()
) -> Running:
    return Running(engine, process_of(*diagrams, timers=timers), answers or Told()).start()


def test_an_exclusive_gateway_takes_the_first_flow_that_is_met_and_else_the_default(engine: ProcessEngine) -> None:
    yes = running(engine, "exclusive", answers=met("Flow_yes")).done("Task_review")
    no = running(engine, "exclusive").done("Task_review")
    assert (yes.names, no.names) == (["Task_issue"], ["Task_tell"])
    assert yes.moves[-1].passed == ("Flow_2", "Gateway_ok", "Flow_yes", "Task_issue")
    assert yes.done("Task_issue").ended


def test_a_way_that_depends_on_what_is_not_known_is_not_taken_for_no(engine: ProcessEngine) -> None:
    case = running(engine, "exclusive", answers=Told(unknown=frozenset({"Flow_yes"})))
    with pytest.raises(Refused) as refused:
        case.done("Task_review")
    assert refused.value.code == "process_undecided"
    assert [issue.field for issue in refused.value.issues] == ["Flow_yes"]
    assert case.names == ["Task_review"], "nothing moved"


def test_a_gateway_without_a_way_is_refused_with_its_id(engine: ProcessEngine) -> None:
    drawn = diagram_of("exclusive")
    strict = replace(
        drawn,
        nodes=tuple(replace(node, default="") for node in drawn.nodes),
        flows=tuple(replace(flow, asked=flow.source == "Gateway_ok") for flow in drawn.flows),
    )
    case = Running(engine, process_of(strict)).start()
    with pytest.raises(Refused, match="process_no_way") as refused:
        case.done("Task_review")
    assert [issue.field for issue in refused.value.issues] == ["Gateway_ok"]


def test_a_parallel_gateway_waits_for_every_flow(engine: ProcessEngine) -> None:
    case = running(engine, "parallel")
    assert case.names == ["Task_fire", "Task_lift", "Task_plan"]
    assert case.done("Task_plan", "Task_lift").names == ["Task_fire"]
    assert case.done("Task_fire").names == ["Task_permit"]
    assert case.done("Task_permit").ended


@pytest.mark.parametrize(
    ("flows", "opened"),
    [
        (("Flow_to_road",), ["Task_road"]),
        (("Flow_to_road", "Flow_to_tree"), ["Task_road", "Task_tree"]),
        ((), ["Task_plain"]),
    ],
)
def test_an_inclusive_gateway_waits_for_those_that_were_taken_and_no_other(
    engine: ProcessEngine, flows: tuple[str, ...], opened: list[str]
) -> None:
    case = running(engine, "inclusive", answers=met(*flows))
    assert case.names == opened
    for at, task in enumerate(opened, 1):
        case.done(task)
        assert case.names == (opened[at:] or ["Task_sum"])
    assert case.done("Task_sum").ended


def test_a_flow_out_of_a_task_needs_no_gateway(engine: ProcessEngine) -> None:
    case = running(engine, "implicit", answers=met("Flow_d")).done("Task_a")
    assert case.names == ["Task_b", "Task_c", "Task_d"]
    assert case.done("Task_b", "Task_c", "Task_d").ended


def test_a_timer_that_does_not_interrupt_leaves_the_task_open(engine: ProcessEngine) -> None:
    case = running(engine, "timers")
    assert case.names == ["Task_handle", "Timer_late", "Timer_warn"]
    warn = case.open["Timer_warn"]
    assert (warn.kind, warn.host) == (TokenKind.TIMER, "Task_handle")
    assert case.happened("Timer_warn").names == ["Task_handle", "Task_urge", "Timer_late"]
    case.done("Task_handle")
    assert case.names == ["Task_urge", "Timer_publicity"], "the other timer was disarmed"
    assert case.happened("Timer_publicity").names == ["Task_urge"]
    assert case.done("Task_urge").ended


def test_a_timer_that_interrupts_closes_the_task_and_its_other_timers(engine: ProcessEngine) -> None:
    case = running(engine, "timers").happened("Timer_late")
    assert set(case.moves[-1].closed) == {"Task_handle", "Timer_warn"}
    assert case.names == ["Task_superior"]


def test_a_timer_may_come_as_often_as_the_process_says(engine: ProcessEngine) -> None:
    case = running(engine, "timers", timers=[Timer("Timer_warn", times=2)]).happened("Timer_warn")
    assert "Timer_warn#2" in case.names
    case.happened("Timer_warn#2")
    assert case.names == ["Task_handle", "Task_urge", "Task_urge#2", "Timer_late"]


def test_messages_go_out_as_calls_and_come_in_by_their_name(engine: ProcessEngine) -> None:
    case = running(engine, "messages")
    assert [token.kind for token in case.open.values()] == [TokenKind.CALL]
    case.done("Send_ask")
    assert {name: token.signal for name, token in case.open.items()} == {
        "Receive_answer": "答复",
        "Message_withdrawn": "撤回",
    }
    case.happened("Receive_answer")
    assert case.names == ["Throw_note"]
    case.done("Throw_note").happened("Catch_more")
    assert case.names == ["End"], "the message at the end is to be sent, too"
    assert case.done("End").ended


def test_a_message_at_the_boundary_ends_the_waiting(engine: ProcessEngine) -> None:
    case = running(engine, "messages").done("Send_ask").happened("Message_withdrawn")
    assert case.ended
    assert case.moves[-1].closed == ("Receive_answer",)


def test_an_error_ends_the_subprocess_and_is_caught_outside(engine: ProcessEngine) -> None:
    case = running(engine, "errors")
    assert case.names == ["Error_caught", "Sub_check/Service_check", "Sub_check/Service_failed"]
    case.done("Sub_check/Service_check")
    assert case.names == ["Task_refuse"]
    good = running(engine, "errors", answers=met("Flow_true")).done("Sub_check/Service_check")
    assert good.names == ["Task_go"]
    assert set(good.moves[-1].closed) == {"Sub_check/Service_failed", "Error_caught"}


def test_an_error_of_a_verb_is_caught_at_its_service_task(engine: ProcessEngine) -> None:
    case = running(engine, "errors")
    failed = case.open["Sub_check/Service_failed"]
    assert (failed.kind, failed.host) == (TokenKind.ERROR, "Sub_check/Service_check")
    assert case.happened("Sub_check/Service_failed").names == ["Error_caught", "Sub_check/Task_by_hand"]


def test_an_escalation_calls_somebody_and_the_work_goes_on(engine: ProcessEngine) -> None:
    case = running(engine, "escalations").done("Sub_work/Task_a")
    assert case.names == ["Boundary_help#2", "Boundary_over", "Sub_work/Task_b", "Task_advise"]
    assert case.done("Sub_work/Task_b").names == ["Task_advise"]


def test_an_escalation_that_interrupts_takes_the_work_away(engine: ProcessEngine) -> None:
    case = running(engine, "escalations", answers=met("Flow_over")).done("Sub_work/Task_a", "Sub_work/Task_b")
    assert case.names == ["Task_advise", "Task_superior"]
    assert case.done("Task_advise", "Task_superior").ended


@pytest.mark.parametrize(("came", "task"), [("Catch_reply", "Task_go"), ("Catch_time", "Task_alone")])
def test_after_an_event_gateway_the_first_event_decides(engine: ProcessEngine, came: str, task: str) -> None:
    case = running(engine, "event_gateway").done("Task_ask")
    assert case.names == ["Catch_reply", "Catch_time"]
    assert case.happened(came).names == [task]
    assert case.done(task).ended


def test_a_called_process_has_steps_of_its_own_in_the_lane_of_its_caller(engine: ProcessEngine) -> None:
    case = running(engine, "calls", "called")
    assert case.open["Task_accept"].lane == "Lane_window"
    case.done("Task_accept")
    first = case.open["Call_review/Task_first"]
    assert (first.lane, first.within, first.ordinal) == ("Lane_review", "Call_review", None)
    assert case.done(first.token, "Call_review/Task_second").names == ["Task_tell"]


def test_a_task_of_many_people_is_one_token(engine: ProcessEngine) -> None:
    case = running(engine, "countersign", answers=Told(loops={"Task_again": 2}))
    assert case.done("Task_sign", "Task_leaders").names == ["Task_again"]
    assert case.done("Task_again").names == ["Task_again#2"], "a loop opens it once more"
    assert case.done("Task_again#2").ended


def test_a_subprocess_for_several_runs_once_for_each(engine: ProcessEngine) -> None:
    case = running(engine, "departments")
    names = [f"Sub_part[{number}]/Task_opinion" for number in range(3)]
    assert case.names == names
    assert [case.open[name].ordinal for name in names] == [0, 1, 2]
    assert case.done(names[1], names[0]).names == names[2:]
    assert case.done(names[2]).names == ["Task_sum"]


def test_what_follows_inside_goes_on_when_something_within_it_is_through(engine: ProcessEngine) -> None:
    outer = diagram_of("embedded")
    inner = replace(
        outer,
        nodes=(
            *(node for node in outer.nodes if node.scope == "" and node.id != "Task_sum"),
            Node("In_start", NodeKind.START, scope="Sub_part"),
            Node("In_sub", NodeKind.SUBPROCESS, scope="Sub_part"),
            Node("In_task", NodeKind.USER, scope="Sub_part"),
            Node("In_end", NodeKind.END, scope="Sub_part"),
            Node("Deep_start", NodeKind.START, scope="In_sub"),
            Node("Deep_task", NodeKind.USER, scope="In_sub"),
            Node("Deep_end", NodeKind.END, scope="In_sub"),
        ),
        flows=tuple(
            Flow(f"{source}-{target}", source, target)
            for source, target in (
                ("Start", "Sub_part"),
                ("Sub_part", "End"),
                ("In_start", "In_sub"),
                ("In_sub", "In_task"),
                ("In_task", "In_end"),
                ("Deep_start", "Deep_task"),
                ("Deep_task", "Deep_end"),
            )
        ),
    )
    case = Running(engine, process_of(inner)).start().done("Sub_part/In_sub/Deep_task")
    assert case.names == ["Sub_part/In_task"]
    assert case.done("Sub_part/In_task").ended


def test_of_several_no_more_are_needed_than_the_process_says(engine: ProcessEngine) -> None:
    case = running(engine, "departments", answers=Told(needed={"Sub_part": 2}))
    case.done("Sub_part[2]/Task_opinion", "Sub_part[0]/Task_opinion")
    assert case.names == ["Task_sum"]
    assert case.moves[-1].closed == ("Sub_part[1]/Task_opinion",)


def test_for_none_at_all_the_activity_is_passed(engine: ProcessEngine) -> None:
    assert running(engine, "departments", answers=Told(counts={"Sub_part": 0})).names == ["Task_sum"]


def test_one_after_another_the_next_begins_when_the_last_is_through(engine: ProcessEngine) -> None:
    case = running(engine, "in_turn", answers=Told(counts={"Sub_part": 2}))
    assert case.names == ["Sub_part[0]/Task_opinion"]
    assert case.done("Sub_part[0]/Task_opinion").names == ["Sub_part[1]/Task_opinion"]
    assert case.done("Sub_part[1]/Task_opinion").names == ["Task_sum"]


def test_a_loop_goes_on_while_it_is_told_to(engine: ProcessEngine) -> None:
    case = running(engine, "again", answers=Told(loops={"Sub_part": 3}))
    for number in range(3):
        case.done(f"Sub_part[{number}]/Task_opinion")
    assert case.names == ["Task_sum"]


def test_a_timer_at_the_boundary_of_many_calls_ends_them_all(engine: ProcessEngine) -> None:
    case = running(engine, "called_by_many", "called").done("Call_each[1]/Task_first")
    assert case.names == [
        "Boundary_stop",
        "Call_each[0]/Task_first",
        "Call_each[1]/Task_second",
        "Call_each[2]/Task_first",
    ]
    assert case.happened("Boundary_stop").ended
    assert len(case.moves[-1].closed) == 3


def test_a_terminating_end_ends_everything_beside_it(engine: ProcessEngine) -> None:
    case = running(engine, "terminate").done("Task_b")
    assert case.ended
    assert case.moves[-1].closed == ("Task_a",)
    assert running(engine, "terminate").done("Task_a").names == ["Task_b"]


def test_what_is_sent_back_is_opened_anew_under_another_name(engine: ProcessEngine) -> None:
    case = running(engine, "rework").done("Task_write", "Task_check")
    assert case.names == ["Task_write#2"]
    case.told("Flow_good").done("Task_write#2", "Task_check#2")
    assert case.ended


def test_a_second_time_is_not_done_twice(engine: ProcessEngine) -> None:
    case = running(engine, "rework").done("Task_write")
    for token in ("Task_write", "Task_check#2", "Nobody", "Task_check/Task_write", "Task_check[1]", ""):
        with pytest.raises(Misuse) as misuse:
            engine.complete(case.process, case.marking, token, case.answers)
        assert misuse.value.code == "token_not_open", token


def test_a_task_is_not_fired_and_a_timer_is_not_completed(engine: ProcessEngine) -> None:
    case = running(engine, "timers")
    with pytest.raises(Misuse, match="token_not_open"):
        engine.complete(case.process, case.marking, "Timer_warn", case.answers)
    with pytest.raises(Misuse, match="token_not_open"):
        engine.fire(case.process, case.marking, "Task_handle", case.answers)


def test_the_same_marking_and_answers_give_the_same_move(engine: ProcessEngine) -> None:
    case = running(engine, "parallel")
    moves = {engine.complete(case.process, case.marking, "Task_fire", Told()) for _ in range(3)}
    assert len(moves) == 1


def test_a_marking_of_another_version_or_program_is_not_read(engine: ProcessEngine) -> None:
    case = running(engine, "parallel")
    other = process_of("parallel", digest="two")
    with pytest.raises(Misuse, match="marking_of_other_version"):
        engine.complete(other, case.marking, "Task_fire", Told())
    head, body = (b"spiff:", zlib.decompress(case.marking[6:])) if case.marking[:1] != b"{" else (b"", case.marking)
    newer = json.dumps({**json.loads(body), "v": 99}).encode()
    for broken in (head + (zlib.compress(newer) if head else newer), head, head + b"[]", b"", b"{}", b"\xff"):
        with pytest.raises(Misuse, match="marking_unreadable"):
            engine.complete(case.process, broken, "Task_fire", Told())


def test_a_circle_in_which_nobody_does_anything_is_refused(engine: ProcessEngine) -> None:
    drawn = diagram_of("rework")
    idle = replace(
        drawn, nodes=tuple(replace(n, kind=NodeKind.TASK) if n.kind is NodeKind.USER else n for n in drawn.nodes)
    )
    with pytest.raises(Refused, match="process_endless"):
        engine.start(process_of(idle), Told())


def test_a_join_that_nobody_will_reach_is_told_with_its_id(engine: ProcessEngine) -> None:
    drawn = diagram_of("parallel")
    either = replace(
        drawn,
        nodes=tuple(
            replace(n, kind=NodeKind.EXCLUSIVE, default="Flow_to_fire") if n.id == "Split" else n for n in drawn.nodes
        ),
        flows=tuple(replace(f, asked=f.source == "Split" and f.id != "Flow_to_fire") for f in drawn.flows),
    )
    case = Running(engine, process_of(either)).start()
    with pytest.raises(Refused, match="process_stuck") as refused:
        case.done("Task_fire")
    assert [issue.field for issue in refused.value.issues] == ["Join"]


def migrated(engine: ProcessEngine, case: Running, new: Process) -> Running:
    moved = engine.migrate(case.process, new, case.marking)
    return Running(engine, new, case.answers, case.marking, dict(case.open))._after(moved)


def test_a_running_case_goes_on_under_a_new_version(engine: ProcessEngine) -> None:
    case = running(engine, "timers")
    drawn = diagram_of("timers")
    without = replace(
        drawn,
        nodes=tuple(node for node in drawn.nodes if node.id not in ("Timer_warn", "Task_urge", "End_urge")),
        flows=tuple(flow for flow in drawn.flows if flow.id not in ("Flow_4", "Flow_5")),
    )
    fewer = migrated(engine, case, process_of(without, digest="two"))
    assert fewer.names == ["Task_handle", "Timer_late"]
    more = migrated(engine, fewer, process_of("timers", digest="three"))
    assert more.names == ["Task_handle", "Timer_late", "Timer_warn#2"], "a name is never used twice"
    assert more.done("Task_handle").names == ["Timer_publicity"]


def test_many_instances_go_on_under_a_new_version(engine: ProcessEngine) -> None:
    case = running(engine, "called_by_many", "called").done("Call_each[1]/Task_first")
    new = migrated(engine, case, process_of("called_by_many", "called", digest="two"))
    assert new.names == case.names
    new.done("Call_each[0]/Task_first")


def test_a_case_that_waits_where_the_new_version_has_nothing_stays_as_it_is(engine: ProcessEngine) -> None:
    case = running(engine, "calls", "called").done("Task_accept")
    drawn = diagram_of("called")
    renamed = replace(
        drawn,
        nodes=tuple(replace(n, id="Task_one") if n.id == "Task_first" else n for n in drawn.nodes),
        flows=tuple(
            replace(f, source=f.source.replace("first", "one"), target=f.target.replace("first", "one"))
            for f in drawn.flows
        ),
    )
    with pytest.raises(Refused, match="process_cannot_migrate") as refused:
        engine.migrate(case.process, process_of("calls", renamed, digest="two"), case.marking)
    assert [issue.field for issue in refused.value.issues] == ["Task_first"]


def test_a_marking_of_four_thousand_instances_stays_small(engine: ProcessEngine) -> None:
    case = running(engine, "departments", answers=Told(counts={"Sub_part": 4000}))
    assert len(case.open) == 4000
    case.done(*(f"Sub_part[{number}]/Task_opinion" for number in range(0, 400, 7)))
    assert len(case.marking) < 1500


def test_cases_run_on_spiff_but_where_many_have_steps_inside() -> None:
    called = {"calls": ["called"], "called_by_many": ["called"]}
    names = {name: engine_name(process_of(name, *called.get(name, []))) for name in RUN}
    assert {name for name, engine in names.items() if engine == "reference"} == {
        "again",
        "called_by_many",
        "departments",
        "in_turn",
    }
    assert Engines().start(process_of("parallel"), Told()).marking.startswith(b"spiff:")


def test_an_empty_event_is_passed_and_a_message_beside_leaves_the_task_open(engine: ProcessEngine) -> None:
    case = running(engine, "milestone")
    assert case.happened("Message_added").names == ["Message_added#2", "Task_first", "Task_look"], "it may come again"
    assert case.done("Task_first").names == ["Task_look", "Task_second"]
    assert case.done("Task_look", "Task_second").ended
