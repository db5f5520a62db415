"""Cases that run outlive the program: whatever any version of it stored is read by this one, and goes on."""

from __future__ import annotations

import pytest

from shishi.adapters.processes import spiff_state
from shishi.core import markings
from tests.diagrams import RUN
from tests.diagrams.stored import ENGINES, Stored, stored

STORED = stored()


@pytest.mark.parametrize("one", STORED, ids=lambda one: f"{one.engine}-{one.format}-{one.diagram}-{len(one.open)}")
def test_what_an_earlier_version_stored_stands_where_it_stood_and_goes_on(one: Stored) -> None:
    case = one.running
    assert case.names == one.open
    if one.done:
        assert case.done(one.done).names == one.after


def test_every_format_and_every_diagram_is_among_what_is_read() -> None:
    assert {(one.engine, one.format) for one in STORED} == {
        *(("reference", number) for number in range(1, markings.VERSION + 1)),
        *(("spiff", number) for number in range(1, spiff_state.VERSION + 1)),
    }
    newest = {"reference": markings.VERSION, "spiff": spiff_state.VERSION}
    for engine in ENGINES:
        told = {one.diagram for one in STORED if (one.engine, one.format) == (engine, newest[engine])}
        assert told == set(RUN), "python -m tests.diagrams.stored adds what is missing"


def test_each_format_but_the_newest_has_a_way_to_the_next() -> None:
    assert set(spiff_state.UPGRADES) == set(range(1, spiff_state.VERSION))
    assert set(markings.UPGRADES) == set(range(1, markings.VERSION))
