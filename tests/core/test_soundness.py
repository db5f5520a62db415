"""Every way through a process is gone before any case goes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shishi.core.diagrams import Diagram, NodeKind
from shishi.core.soundness import explore
from shishi.packs.diagram_reading import read_diagram
from tests.diagrams import HERE, RUN, diagram_of, process_of


@pytest.mark.parametrize("name", RUN)
def test_every_diagram_of_the_library_is_sound(name: str) -> None:
    called = ["called"] if name in ("calls", "called_by_many") else []
    found = explore(process_of(name, *called))
    assert found.whole
    assert found.unsound == ()


def unsound(diagram: Diagram) -> list[tuple[str, str]]:
    return [(item.code, item.element) for item in explore(process_of(diagram)).unsound]


def test_a_choice_that_leads_into_a_join_of_all_waits_for_ever() -> None:
    drawn = diagram_of("parallel")
    either = replace(
        drawn,
        nodes=tuple(replace(it, kind=NodeKind.EXCLUSIVE) if it.id == "Split" else it for it in drawn.nodes),
        flows=tuple(replace(flow, asked=flow.source == "Split") for flow in drawn.flows),
    )
    assert unsound(either) == [("process_stuck", "Join")]


def test_a_step_behind_an_end_that_is_never_taken_is_found() -> None:
    (drawn,) = read_diagram((HERE / "refused" / "uncaught.bpmn").read_bytes(), "uncaught").diagrams
    assert unsound(drawn) == [("process_error_uncaught", "Part_end")]


def test_a_circle_without_a_way_out_is_found() -> None:
    drawn = diagram_of("rework")
    endless = replace(
        drawn,
        nodes=tuple(replace(it, default="") if it.id == "Gateway_good" else it for it in drawn.nodes),
        flows=tuple(
            replace(flow, target="Merge", asked=False) if flow.id == "Flow_good" else replace(flow, asked=False)
            for flow in drawn.flows
            if flow.id != "Flow_back"
        ),
    )
    assert ("process_never_reached", "End") in unsound(endless)
    assert ("process_no_ending", "Task_write") in unsound(endless) or ("process_no_ending", "Task_check") in unsound(
        endless
    )


def test_a_process_with_too_many_ways_is_not_called_sound_nor_unsound() -> None:
    found = explore(process_of("parallel"), most=3)
    assert not found.whole
    assert found.unsound == ()
