"""Diagrams 流程图: what a process draws, as a graph. Its texts are names and ids; none of them is ever evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class NodeKind(StrEnum):
    """What stands in a diagram and is run. ``task`` has nothing to do and is passed; ``event_gateway`` waits for
    whichever of the events after it comes first."""

    START = "start"
    END = "end"
    TASK = "task"
    USER = "user"
    MANUAL = "manual"
    SERVICE = "service"
    SEND = "send"
    RECEIVE = "receive"
    EXCLUSIVE = "exclusive"
    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"
    EVENT_GATEWAY = "event_gateway"
    CATCH = "catch"
    THROW = "throw"
    BOUNDARY = "boundary"
    CALL = "call"
    SUBPROCESS = "subprocess"


class Trigger(StrEnum):
    """What an event waits for or gives."""

    NONE = "none"
    TIMER = "timer"
    MESSAGE = "message"
    ERROR = "error"
    ESCALATION = "escalation"
    TERMINATE = "terminate"


class Many(StrEnum):
    """How often an activity is done: once, for several at a time 多人并行, for one after another 逐个, again while a
    condition holds 循环."""

    ONCE = "once"
    TOGETHER = "together"
    IN_TURN = "in_turn"
    AGAIN = "again"


PEOPLE = frozenset({NodeKind.USER, NodeKind.MANUAL})
"""Somebody must do these; done by many, they are one token for the engine and many rows for the office."""
SCOPES = frozenset({NodeKind.CALL, NodeKind.SUBPROCESS})
"""These have steps of their own inside."""
CALLING = frozenset({NodeKind.SERVICE, NodeKind.SEND})


@dataclass(frozen=True, slots=True)
class Node:
    """One element. ``scope``: the id of the embedded subprocess that it stands in, ``""`` for the process itself.
    ``lane``: of the innermost lane that holds it, ``""`` when it inherits. ``signal``: the name of its message or the
    code of its error or escalation. ``attached``: the activity whose boundary it stands on, or the event gateway that
    waits for it. ``timing``: the ISO 8601 text of a timer as drawn. ``called``: the id of the process it calls."""

    id: str
    kind: NodeKind
    title: str = ""
    scope: str = ""
    lane: str = ""
    trigger: Trigger = Trigger.NONE
    signal: str = ""
    interrupting: bool = True
    attached: str = ""
    default: str = ""
    many: Many = Many.ONCE
    called: str = ""
    timing: str = ""

    @property
    def calls(self) -> bool:
        """Whether a verb of the platform is run here."""
        return self.kind in CALLING or (self.kind in (NodeKind.THROW, NodeKind.END) and self.trigger is Trigger.MESSAGE)


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow 连线. ``asked``: a criterion decides whether it is taken."""

    id: str
    source: str
    target: str
    title: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class DrawnLane:
    """A lane 泳道 as drawn; who stands behind it is said in the process."""

    id: str
    title: str


@dataclass(frozen=True)
class Diagram:
    """One drawn process. ``id``: the process id that call activities name; ``xml``: the file as it was drawn, for a
    viewer."""

    id: str
    title: str
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    lanes: tuple[DrawnLane, ...] = ()
    xml: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Element by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def flow_by_id(self) -> Mapping[str, Flow]:
        """Sequence flow by id."""
        return {flow.id: flow for flow in self.flows}

    @cached_property
    def leaving(self) -> Mapping[str, tuple[Flow, ...]]:
        """The flows that leave each element, as drawn."""
        return {node.id: tuple(flow for flow in self.flows if flow.source == node.id) for node in self.nodes}

    @cached_property
    def entering(self) -> Mapping[str, tuple[Flow, ...]]:
        """The flows that lead to each element."""
        return {node.id: tuple(flow for flow in self.flows if flow.target == node.id) for node in self.nodes}

    @cached_property
    def watching(self) -> Mapping[str, tuple[Node, ...]]:
        """The events at the boundary of an activity, or after an event gateway."""
        found: dict[str, list[Node]] = {}
        for node in self.nodes:
            if node.attached:
                found.setdefault(node.attached, []).append(node)
        return {host: tuple(nodes) for host, nodes in found.items()}

    @cached_property
    def starts(self) -> Mapping[str, Node]:
        """The start of each scope."""
        return {node.scope: node for node in self.nodes if node.kind is NodeKind.START}
