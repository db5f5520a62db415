"""Where a case stands in its drawing, on diagrams small enough to follow with a finger."""

from __future__ import annotations

from datetime import datetime, timedelta

from shishi.core.calendars import SHANGHAI
from shishi.core.diagrams import Diagram, DrawnLane, Flow, Node, NodeKind, Trigger
from shishi.core.drawings import Drawing, Mark, Visited, drawn, in_flow

START = datetime(2021, 9, 6, 9, tzinfo=SHANGHAI)
K = NodeKind


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def diagram(nodes: dict[str, NodeKind], *flows: tuple[str, str], **more: Node) -> Diagram:
    """Elements titled by their ids; flows are named by what they join."""
    drawn_nodes = [Node(name, kind, title=name) for name, kind in nodes.items()]
    joined = tuple(Flow(f"{a}>{b}", a, b) for a, b in flows)
    return Diagram("p", "流程", tuple(more.get(node.id, node) for node in drawn_nodes), joined)


REVIEW = diagram(
    {"s": K.START, "apply": K.USER, "check": K.USER, "g": K.EXCLUSIVE, "decide": K.USER, "no": K.END, "yes": K.END},
    ("s", "apply"),
    ("apply", "check"),
    ("check", "g"),
    ("g", "apply"),
    ("g", "decide"),
    ("g", "no"),
    ("decide", "yes"),
)


def marks(drawing: Drawing) -> dict[str, Mark]:
    return {step.element: step.mark for step in drawing.steps}


def flows(drawing: Drawing) -> set[str]:
    return {name for name in drawing.walked if ">" in name}


def test_steps_stand_in_the_order_in_which_a_case_comes_to_them() -> None:
    assert [node.id for node in in_flow(REVIEW)] == ["s", "apply", "check", "g", "decide", "yes", "no"]
    shuffled = Diagram("p", "流程", tuple(reversed(REVIEW.nodes)), REVIEW.flows)
    assert [node.id for node in in_flow(shuffled)] == [node.id for node in in_flow(REVIEW)]


def test_what_nothing_leads_to_stands_last_and_is_not_lost() -> None:
    lonely = diagram({"alone": K.USER, "s": K.START, "a": K.USER}, ("s", "a"))
    assert [node.id for node in in_flow(lonely)] == ["s", "a", "alone"]


def test_each_step_says_how_it_stands() -> None:
    found = drawn(REVIEW, [Visited("apply", at(0), at(1)), Visited("check", at(1))])
    assert marks(found) == {
        "s": Mark.DONE,
        "apply": Mark.DONE,
        "check": Mark.NOW,
        "decide": Mark.AHEAD,
        "yes": Mark.AHEAD,
        "no": Mark.AHEAD,
    }
    assert [step.element for step in found.now] == ["check"]


def test_a_step_beyond_its_limit_is_late_only_while_it_is_open() -> None:
    open_late = drawn(REVIEW, [Visited("apply", at(0), late=True)])
    closed_late = drawn(REVIEW, [Visited("apply", at(0), at(1), late=True)])
    assert (marks(open_late)["apply"], marks(closed_late)["apply"]) == (Mark.LATE, Mark.DONE)


def test_of_an_ended_case_what_it_never_came_to_was_passed_by() -> None:
    visits = [Visited("apply", at(0), at(1)), Visited("check", at(1), at(2))]
    assert marks(drawn(REVIEW, visits, ended=True))["decide"] is Mark.PASSED


def test_a_step_that_was_entered_again_says_how_often() -> None:
    visits = [Visited("apply", at(0), at(1)), Visited("check", at(1), at(2)), Visited("apply", at(2))]
    step = next(step for step in drawn(REVIEW, visits).steps if step.element == "apply")
    assert (step.mark, step.times, step.opened, step.closed) == (Mark.NOW, 2, at(2), None)


def test_the_way_is_what_lies_between_an_end_and_a_beginning_at_one_moment() -> None:
    straight = drawn(REVIEW, [Visited("apply", at(0), at(1)), Visited("check", at(1), at(2)), Visited("decide", at(2))])
    assert flows(straight) == {"s>apply", "apply>check", "check>g", "g>decide"}
    back = drawn(REVIEW, [Visited("apply", at(0), at(1)), Visited("check", at(1), at(2)), Visited("apply", at(2))])
    assert flows(back) == {"s>apply", "apply>check", "check>g", "g>apply"}


def test_the_one_end_that_can_have_been_come_to_is_walked_to_and_of_two_neither() -> None:
    done = [Visited("apply", at(0), at(1)), Visited("check", at(1), at(2)), Visited("decide", at(2), at(3))]
    assert "decide>yes" in drawn(REVIEW, done, ended=True).walked
    assert "yes" in drawn(REVIEW, done, ended=True).walked
    forked = diagram({"s": K.START, "a": K.USER, "g": K.EXCLUSIVE, "x": K.END, "y": K.END}, *_fork())
    assert flows(drawn(forked, [Visited("a", at(0), at(1))], ended=True)) == {"s>a"}


def _fork() -> list[tuple[str, str]]:
    return [("s", "a"), ("a", "g"), ("g", "x"), ("g", "y")]


def test_what_waits_for_the_others_opens_later_and_is_joined_all_the_same() -> None:
    both = diagram(
        {"s": K.START, "f": K.PARALLEL, "a": K.USER, "b": K.USER, "j": K.PARALLEL, "c": K.USER},
        ("s", "f"),
        ("f", "a"),
        ("f", "b"),
        ("a", "j"),
        ("b", "j"),
        ("j", "c"),
    )
    visits = [Visited("a", at(0), at(1)), Visited("b", at(0), at(5)), Visited("c", at(5))]
    assert flows(drawn(both, visits)) == {"s>f", "f>a", "f>b", "a>j", "b>j", "j>c"}


def test_a_timer_between_two_steps_takes_its_time() -> None:
    wait = Node("t", K.CATCH, "t", trigger=Trigger.TIMER)
    timed = diagram({"s": K.START, "a": K.USER, "t": K.CATCH, "b": K.USER}, ("s", "a"), ("a", "t"), ("t", "b"), t=wait)
    assert "t>b" in drawn(timed, [Visited("a", at(0), at(1)), Visited("b", at(400))]).walked
    plain = diagram({"s": K.START, "a": K.USER, "b": K.USER}, ("s", "a"), ("a", "b"))
    assert "a>b" not in drawn(plain, [Visited("a", at(0), at(1)), Visited("b", at(400))]).walked


def test_what_a_boundary_event_led_to_is_walked_to_through_it() -> None:
    edge = Node("late", K.BOUNDARY, "late", trigger=Trigger.TIMER, attached="a")
    guarded = diagram(
        {"s": K.START, "a": K.USER, "late": K.BOUNDARY, "chase": K.USER, "b": K.USER},
        ("s", "a"),
        ("a", "b"),
        ("late", "chase"),
        late=edge,
    )
    found = drawn(guarded, [Visited("a", at(0), at(8)), Visited("chase", at(8))])
    assert "late>chase" in found.walked
    assert "a>b" not in found.walked


def test_inside_an_embedded_process_the_way_leads_in_and_out() -> None:
    inner = {
        "i": Node("i", K.START, "i", scope="sub"),
        "x": Node("x", K.USER, "x", scope="sub"),
        "e": Node("e", K.END, "e", scope="sub"),
    }
    nested = diagram(
        {"s": K.START, "a": K.USER, "sub": K.SUBPROCESS, "i": K.START, "x": K.USER, "e": K.END, "b": K.USER},
        ("s", "a"),
        ("a", "sub"),
        ("i", "x"),
        ("x", "e"),
        ("sub", "b"),
        **inner,
    )
    visits = [Visited("a", at(0), at(1)), Visited("x", at(1), at(2)), Visited("b", at(2))]
    assert flows(drawn(nested, visits)) == {"s>a", "a>sub", "i>x", "x>e", "sub>b"}
    assert marks(drawn(nested, visits))["sub"] is Mark.DONE
    assert marks(drawn(nested, [*visits[:1], Visited("x", at(1))]))["sub"] is Mark.NOW
    assert [node.id for node in in_flow(nested)] == ["s", "a", "sub", "i", "x", "e", "b"]


def test_lanes_say_who_and_gateways_are_no_steps() -> None:
    laned = Diagram(
        "p",
        "流程",
        (Node("s", K.START), Node("a", K.USER, "受理", lane="L"), Node("g", K.EXCLUSIVE, "齐全吗")),
        (Flow("1", "s", "a"), Flow("2", "a", "g")),
        (DrawnLane("L", "窗口"),),
    )
    assert [(step.title, step.lane) for step in drawn(laned, []).steps] == [("受理", "窗口")]


def test_a_visit_of_another_diagram_is_passed_over() -> None:
    assert drawn(REVIEW, [Visited("elsewhere", at(0))]).walked == frozenset()
