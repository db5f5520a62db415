"""The definition that a case runs under: the newest for a new one, for a running one the version that it began with or
was moved to."""

from __future__ import annotations

from functools import lru_cache

from shishi.apps.cases.models import CaseRow
from shishi.apps.programmes.selectors import process_named as process_named
from shishi.apps.programmes.selectors import process_of_digest
from shishi.core.diagrams import Node
from shishi.core.processes import Lane, Process, Step


def process_of(row: CaseRow) -> Process:
    """The process of a case in its own version."""
    return _process(row.process, row.digest)


@lru_cache(maxsize=256)
def _process(name: str, digest: str) -> Process:
    """A digest never means anything else, in no store."""
    return process_of_digest(name, digest)


def step_of(process: Process, element: str) -> Step:
    """What is to be done at an element; one of which nothing is said beside its drawing is done by who stands in its
    lane."""
    found = process.step_at.get(element)
    if found is not None:
        return found
    node: Node | None = process.nodes.get(element)
    return Step(element, node.title or element if node else element)


def lane_of(process: Process, element: str, lane: str = "") -> Lane:
    """Who stands behind it: what the step says, else what was drawn; nobody in particular where neither speaks."""
    asked = step_of(process, element).lane or lane
    return process.lane_of.get(asked, Lane(asked))
