"""The port: a :class:`shishi.core.moves.ProcessEngine` moves cases by their process. Cases run on SpiffWorkflow;
where it is measured not to keep up, on the reference. A marking says whose it is."""

from __future__ import annotations

from functools import cache

from shishi.core.moves import ProcessEngine
from shishi.core.processes import Process

__all__ = ["ProcessEngine", "engine_for"]


def engine_for(process: Process) -> ProcessEngine:
    """What runs the cases of this process. SpiffWorkflow takes a third of a second to be loaded: only who moves a case
    waits for it."""
    return _both()


@cache
def _both() -> ProcessEngine:
    from shishi.adapters.processes.both import Engines
    from shishi.adapters.processes.remembered import Remembering

    return Remembering(Engines())
