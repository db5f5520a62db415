"""The port: a :class:`shishi.core.moves.ProcessEngine` moves cases by their process. ``reference`` is what cases
run on; ``spiff`` is SpiffWorkflow behind the same port, for comparing. An engine reads only markings of its own."""

from __future__ import annotations

from shishi.core.moves import ProcessEngine
from shishi.core.processes import Process

__all__ = ["ProcessEngine", "engine_for"]


def engine_for(process: Process) -> ProcessEngine:
    """What runs the cases of this process."""
    from shishi.adapters.processes.reference import ReferenceEngine

    return ReferenceEngine()
