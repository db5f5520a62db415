"""Where a case stands in what its process calls, on the diagrams of our own."""

from __future__ import annotations

from datetime import datetime, timedelta

from shishi.core.calendars import SHANGHAI
from shishi.core.drawings import Drawing, Mark, Visited, drawn
from tests.diagrams import diagram_of

START = datetime(2021, 9, 6, 9, tzinfo=SHANGHAI)
CALLED = {"called": diagram_of("called")}
INSIDE = ("Call_review",)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def marks(drawing: Drawing) -> dict[str, Mark]:
    return {step.element: step.mark for step in drawing.steps}


def of(*visits: Visited, ended: bool = False) -> Drawing:
    return drawn(diagram_of("calls"), visits, called=CALLED, ended=ended)


ACCEPTED = Visited("Task_accept", at(0), at(2))
FIRST = Visited("Task_first", at(2), at(4), within=INSIDE)


def test_a_case_stands_at_the_activity_while_it_stands_inside() -> None:
    found = of(ACCEPTED, FIRST, Visited("Task_second", at(4), within=INSIDE, late=True))
    assert marks(found)["Call_review"] is Mark.LATE
    assert [step.element for step in found.now] == ["Call_review"]
    assert "Flow_2" in found.walked
    (below,) = found.below
    assert (below.caller, below.diagram.id, below.ended) == ("Call_review", "called", False)
    assert {name: marks(below)[name] for name in ("Task_first", "Task_second")} == {
        "Task_first": Mark.DONE,
        "Task_second": Mark.LATE,
    }
    assert found.whole == (found, below)


def test_what_was_gone_through_inside_is_done_outside_and_the_way_goes_on() -> None:
    second = Visited("Task_second", at(4), at(5), within=INSIDE)
    found = of(ACCEPTED, FIRST, second, Visited("Task_tell", at(5)))
    assert marks(found)["Call_review"] is Mark.DONE
    assert [step.element for step in found.now] == ["Task_tell"]
    assert {"Flow_2", "Flow_3"} <= found.walked
    assert found.below[0].now == ()
    assert found.below[0].ended


def test_what_was_never_entered_is_ahead_and_in_a_case_that_ended_passed_by() -> None:
    inside = of(Visited("Task_accept", at(0)))
    assert {mark for name, mark in marks(inside.below[0]).items() if name.startswith("Task_")} == {Mark.AHEAD}
    over = of(ACCEPTED, ended=True)
    assert {mark for name, mark in marks(over.below[0]).items() if name.startswith("Task_")} == {Mark.PASSED}


def test_two_activities_that_call_the_same_process_have_each_a_drawing_of_its_own() -> None:
    other = ("Call_elsewhere",)
    found = of(ACCEPTED, FIRST, Visited("Task_first", at(3), at(9), within=other))
    first = next(step for step in found.below[0].steps if step.element == "Task_first")
    assert (first.times, first.closed) == (1, at(4)), "what was done for the other one is not shown here"


def test_a_process_that_calls_nothing_has_one_drawing() -> None:
    assert drawn(CALLED["called"], [], called=CALLED).whole[1:] == ()
