"""A process as SpiffWorkflow has it: its specs, made straight from our diagrams. No file of a modeller reaches it, and
so no text of one: what it asks as a condition is the id of a sequence flow, and its events are set off from outside."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    CallActivity,
    EndEvent,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ParallelGateway,
    StartEvent,
    SubWorkflowTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.util.task import TaskState

from shishi.core.diagrams import PEOPLE, Diagram, Node, NodeKind, Trigger
from shishi.core.processes import Process

KEPT = 256
GATEWAYS = {
    NodeKind.EXCLUSIVE: ExclusiveGateway,
    NodeKind.PARALLEL: ParallelGateway,
    NodeKind.INCLUSIVE: InclusiveGateway,
}
FREE = "*"
"""The condition of a flow that is always taken beside others that are asked."""


def named(element: str) -> str:
    """The name of an element's spec: apart from the names that SpiffWorkflow gives its own."""
    return f"e:{element}"


def element_of(task: Any) -> str:
    """The element that a task, or what SpiffWorkflow put around it, is drawn as."""
    return str(task.task_spec.name).removeprefix("e:").partition(":")[0]


class Wait(BpmnTaskSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Somebody, or a verb of the platform, must say that it is done."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.manual = True


class Pass(BpmnTaskSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Nothing is to be done."""


class Awaited(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow has no types
    """An event that is set off from outside: a time, a message, an error of a verb."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Awaited) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Thrown(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow has no types
    """An error or an escalation that goes outwards to the boundary of the activities around it, one after another."""

    def __init__(self, name: str, trigger: Trigger, signal: str) -> None:
        super().__init__(name)
        self.trigger = trigger
        self.signal = signal

    def throw(self, my_task: Any) -> None:
        """The innermost boundary that is armed for this code, else for any, catches it; nobody: the case is told."""
        top, around = my_task.workflow.top_workflow, my_task.workflow
        while around.parent_task_id is not None:
            activity = top.get_task_from_id(around.parent_task_id)
            event = self._caught(activity)
            if event is not None:
                event.task_spec.catch(event, None)
                event.task_spec._update(event)
                return
            around = activity.workflow
        top.bpmn_events.append(self)

    def _caught(self, activity: Any) -> Any:
        split = activity.parent
        if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
            return None
        armed = [
            child
            for child in split.children
            if isinstance(child.task_spec, BoundaryEvent)
            and child.state == TaskState.WAITING
            and child.task_spec.drawn.trigger is self.trigger
        ]
        same = [child for child in armed if child.task_spec.drawn.signal == self.signal]
        return next(iter([*same, *(child for child in armed if not child.task_spec.drawn.signal)]), None)


@dataclass(slots=True)
class Specs:
    """The specs of one process: its own, and by name those of what is called and embedded. ``flows``: the sequence
    flow between two elements."""

    top: Any
    within: dict[str, Any] = field(default_factory=dict)
    flows: dict[tuple[str, str], str] = field(default_factory=dict)


_made: OrderedDict[tuple[str, str], tuple[Process, Specs]] = OrderedDict()
_making = Lock()


def specs_of(process: Process) -> Specs:
    """The specs, made once for each version of a process; nothing in them changes when a case moves."""
    key = (process.name, process.digest)
    with _making:
        kept = _made.get(key)
        if kept is None or (kept[0] is not process and kept[0].diagrams != process.diagrams):
            kept = _made[key] = (process, _specs(process))
        _made.move_to_end(key)
        while len(_made) > KEPT:
            _made.popitem(last=False)
        return kept[1]


def _specs(process: Process) -> Specs:
    within: dict[str, Any] = {}
    flows = {(flow.source, flow.target): flow.id for diagram in process.diagrams for flow in diagram.flows}
    for diagram in process.diagrams:
        for scope in ("", *(node.id for node in diagram.nodes if node.kind is NodeKind.SUBPROCESS)):
            within[named(scope) if scope else diagram.id] = _Scope(diagram, scope).made()
    return Specs(within[process.diagram.id], within, flows)


class _Scope:
    """Makes the spec of a process, or of an embedded subprocess."""

    def __init__(self, diagram: Diagram, scope: str) -> None:
        self.diagram = diagram
        self.nodes = [node for node in diagram.nodes if node.scope == scope]
        self.spec = BpmnProcessSpec(name=scope or diagram.id)
        self.entries: dict[str, Any] = {}
        self.exits: dict[str, Any] = {}

    def made(self) -> Any:
        for node in self.nodes:
            if node.kind is not NodeKind.BOUNDARY:
                self._node(node)
        for node in self.nodes:
            if node.id in self.exits:
                self._leave(node)
            if node.kind is NodeKind.BOUNDARY:
                self.exits[node.id] = self.spec.task_specs[named(node.id)]
                self._leave(node)
        return self.spec

    def _node(self, node: Node) -> None:
        made = self._task(node)
        made.drawn = node
        self.entries[node.id] = self.exits[node.id] = made
        if node.kind is NodeKind.START:
            self.spec.start.connect(made)
        elif node.kind is NodeKind.END:
            made.connect(self.spec.end)
        watching = [event for event in self.diagram.watching.get(node.id, ()) if event.kind is NodeKind.BOUNDARY]
        if watching:
            self.entries[node.id] = self._boundary(node, made, watching)
        if node.kind not in GATEWAYS and any(flow.asked for flow in self.diagram.leaving[node.id]):
            ways = InclusiveGateway(self.spec, f"{named(node.id)}:ways")
            ways.drawn = None
            made.connect(ways)
            self.exits[node.id] = ways

    def _task(self, node: Node) -> Any:
        kind, spec = node.kind, self.spec
        if kind in PEOPLE or node.calls:
            return Wait(spec, named(node.id))
        if kind is NodeKind.START:
            return StartEvent(spec, named(node.id), event_definition=NoneEventDefinition())
        if kind in GATEWAYS:
            return GATEWAYS[kind](spec, named(node.id))
        if kind is NodeKind.EVENT_GATEWAY:
            return EventBasedGateway(spec, named(node.id), event_definition=MultipleEventDefinition())
        if kind in (NodeKind.CATCH, NodeKind.RECEIVE):
            return IntermediateCatchEvent(spec, named(node.id), event_definition=Awaited(node.id))
        if kind is NodeKind.CALL:
            return CallActivity(spec, named(node.id), subworkflow_spec=node.called)
        if kind is NodeKind.SUBPROCESS:
            return SubWorkflowTask(spec, named(node.id), subworkflow_spec=named(node.id))
        return self._thrower(node)

    def _thrower(self, node: Node) -> Any:
        if node.trigger in (Trigger.ERROR, Trigger.ESCALATION):
            thrown = Thrown(node.id, node.trigger, node.signal)
            made = EndEvent if node.kind is NodeKind.END else IntermediateThrowEvent
            return made(self.spec, named(node.id), event_definition=thrown)
        if node.kind is NodeKind.END:
            ends = node.trigger is Trigger.TERMINATE
            return EndEvent(
                self.spec,
                named(node.id),
                event_definition=TerminateEventDefinition() if ends else NoneEventDefinition(),
            )
        return Pass(self.spec, named(node.id))

    def _boundary(self, node: Node, made: Any, watching: list[Node]) -> Any:
        split = BoundaryEventSplit(self.spec, f"{named(node.id)}:split")
        join = BoundaryEventJoin(self.spec, f"{named(node.id)}:join", split_task=split.name, cancel=True)
        split.drawn = join.drawn = None
        split.connect(made)
        made.connect(join)
        for event in watching:
            spec = BoundaryEvent(
                self.spec, named(event.id), event_definition=Awaited(event.id), cancel_activity=event.interrupting
            )
            spec.drawn = event
            split.connect(spec)
            spec.connect(join)
        return split

    def _leave(self, node: Node) -> None:
        source = self.exits[node.id]
        flows = self.diagram.leaving[node.id]
        choosing = isinstance(source, ExclusiveGateway | InclusiveGateway)
        split = choosing and source.drawn is None
        for flow in flows:
            target = self.entries[flow.target]
            if flow.asked and choosing:
                source.connect_outgoing_if(flow.id, target)
            elif split and flow.id != node.default:
                source.connect_outgoing_if(FREE, target)
            else:
                source.connect(target)
