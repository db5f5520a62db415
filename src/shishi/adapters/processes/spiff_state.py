"""What a case of SpiffWorkflow is between two moves: its tree of tasks as rows of numbers, without data, ids and times,
which mean nothing there. The specs are not in it: they come from the process."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from shishi.adapters.processes.spiff_specs import Specs
from shishi.core.errors import Misuse

HEAD = b"spiff:"
VERSION = 2
"""1 held the library's own numbers of states, which it may give anew; 2 holds ours."""
STATES = ("MAYBE", "LIKELY", "FUTURE", "WAITING", "READY", "STARTED", "COMPLETED", "ERROR", "CANCELLED")
"""The library's names of states; their places here are what is stored, and never change."""
_TRIGGERED = 16
_NUMBER = {getattr(TaskState, name): number for number, name in enumerate(STATES)}
_STATE = [getattr(TaskState, name) for name in STATES]


def _numbered(document: dict[str, Any]) -> dict[str, Any]:
    """From format 1, where a state was a power of two and 1024 stood for triggered."""
    first, *inner = document["w"]
    for rows in (first, *(rows for _, rows in inner)):
        for row in rows:
            told = row[2]
            row[2] = (told & 1023).bit_length() - 1 + (_TRIGGERED if told > 1023 else 0)
    return {**document, "v": 2}


UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _numbered}
"""From the format of that number to the next one: a case that runs is read by every later program."""


@dataclass
class State:
    """A case in hand. ``visits``: the number under which a task is named, by its id; ``counted``: how often each
    element was visited in the instance of that name; ``counts``: how often a loop was done, a timer may still come."""

    workflow: Any
    digest: str
    visits: dict[UUID, int] = field(default_factory=dict)
    counted: dict[str, dict[str, int]] = field(default_factory=dict)
    counts: dict[UUID, int] = field(default_factory=dict)
    arrived: dict[str, dict[str, int]] = field(default_factory=dict)
    ended: bool = False


def written(state: State) -> bytes:
    """As bytes."""
    order: dict[UUID, int] = {}
    parts: list[Any] = [_rows(state.workflow, state, order)]
    ahead = [state.workflow]
    while ahead:
        for task in ahead.pop(0).tasks.values():
            inner = state.workflow.subprocesses.get(task.id)
            if inner is not None and not task.has_state(TaskState.FINISHED_MASK):
                parts.append([order[task.id], _rows(inner, state, order)])
                ahead.append(inner)
    document = {
        "v": VERSION,
        "p": state.digest,
        "e": int(state.ended),
        "w": parts,
        "n": {name: part for name, part in state.counted.items() if part},
        "a": {name: part for name, part in state.arrived.items() if part},
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return HEAD + zlib.compress(text.encode(), 1)


def _rows(workflow: Any, state: State, order: dict[UUID, int]) -> list[list[Any]]:
    """Parents before children: spec, parent, state, visit, count; trailing zeros are left out."""
    rows = []
    ahead = [workflow.task_tree]
    while ahead:
        task = ahead.pop()
        order[task.id] = len(order)
        parent = order[task.parent.id] if task.parent is not None else -1
        row = [task.task_spec.name, parent, _NUMBER[task.state] + (_TRIGGERED if task.triggered else 0)]
        row += [state.visits.get(task.id, 0), state.counts.get(task.id, 0)]
        while len(row) > 3 and not row[-1]:
            row.pop()
        rows.append(row)
        ahead += reversed(task.children)
    return rows


def read(marking: bytes, specs: Specs, digest: str) -> State:
    """The case in hand again. ``Misuse`` ``marking_unreadable``, ``marking_of_other_version``."""
    try:
        document = json.loads(zlib.decompress(marking.removeprefix(HEAD)))
        while document["v"] != VERSION:
            document = UPGRADES[document["v"]](document)
        if document["p"] != digest:
            message = "办件按流程的另一版本办理，请按那个版本推进，或先换到这个版本。"
            raise Misuse("marking_of_other_version", message)
        return _restored(document, specs)
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, IndexError) as wrong:
        message = "办件的流程标识读不出来，可能已损坏，或由更新版本的程序写入；请升级程序或从备份恢复后重试。"
        raise Misuse("marking_unreadable", message) from wrong


def _restored(document: dict[str, Any], specs: Specs) -> State:
    top = BpmnWorkflow(specs.top, specs.within, deserializing=True)
    state = State(top, document["p"], counted=document["n"], arrived=document["a"], ended=bool(document["e"]))
    numbered: list[Any] = []
    first, *inner = document["w"]
    _tasks(top, first, numbered, state)
    for at, rows in inner:
        task = numbered[at]
        spec = specs.within[task.task_spec.spec]
        below = BpmnSubWorkflow(spec, task.id, top, deserializing=True)
        _tasks(below, rows, numbered, state)
        top.subprocesses[task.id] = below
        below.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    return state


def _tasks(workflow: Any, rows: list[list[Any]], numbered: list[Any], state: State) -> None:
    for name, parent, told, *more in rows:
        spec = workflow.spec.task_specs[name]
        state_of_task = _STATE[told % _TRIGGERED]
        task = Task(workflow, spec, state=state_of_task, id=UUID(int=len(numbered)))
        task.triggered = told >= _TRIGGERED
        if parent >= 0:
            above = numbered[parent]
            task._parent = above.id
            above._children.append(task.id)
        else:
            workflow.task_tree = task
        numbered.append(task)
        if more and more[0]:
            state.visits[task.id] = more[0]
        if len(more) > 1:
            state.counts[task.id] = more[1]
        if isinstance(spec, CatchingEvent) and state_of_task == TaskState.WAITING:
            workflow.top_workflow.event_manager.add_task(task)
