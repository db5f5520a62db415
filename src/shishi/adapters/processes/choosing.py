"""Which engine runs the cases of a process: its diagrams alone decide, so that it is the same for ever."""

from __future__ import annotations

from shishi.core.diagrams import SCOPES, Many
from shishi.core.processes import Process


def engine_name(process: Process) -> str:
    """``spiff``, or ``reference`` for a process with an activity that is done for many and has steps inside: there
    SpiffWorkflow keeps a tree of all tasks of all instances, and each step costs as much as there are of them."""
    many = any(node.kind in SCOPES and node.many is not Many.ONCE for node in process.nodes.values())
    return "reference" if many else "spiff"
