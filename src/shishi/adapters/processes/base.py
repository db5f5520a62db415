"""The port: a :class:`shishi.core.moves.ProcessEngine` moves cases by their process. Cases run on SpiffWorkflow; where it
is measured not to keep up, on the reference. A marking says whose it is."""

from __future__ import annotations

from functools import cache

from shishi.core.diagrams import SCOPES, Many
from shishi.core.moves import ProcessEngine
from shishi.core.processes import Process

__all__ = ["ProcessEngine", "engine_for", "engine_name"]


def engine_name(process: Process) -> str:
    """``spiff``, or ``reference`` for a process with an activity that is done for many and has steps inside: there
    SpiffWorkflow keeps a tree of all tasks of all instances, and each step costs as much as there are of them."""
    many = any(node.kind in SCOPES and node.many is not Many.ONCE for node in process.nodes.values())
    return "reference" if many else "spiff"


def engine_for(process: Process) -> ProcessEngine:
    """What runs the cases of this process. SpiffWorkflow takes a third of a second to be loaded: only who moves a case
    waits for it."""
    return _both()


@cache
def _both() -> ProcessEngine:
    from shishi.adapters.processes.both import Engines

    return Engines()
