"""Ways 走向: which flows are taken when an element is left, and when a gateway that joins has got what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from shishi.core.criteria import Answer
from shishi.core.diagrams import Diagram, Flow, Node, NodeKind
from shishi.core.errors import Issue, Refused
from shishi.core.markings import Level

Ask = Callable[[str], Answer]


def taken(diagram: Diagram, node: Node, ask: Ask) -> tuple[Flow, ...]:
    """The flows by which ``node`` is left. ``Refused`` ``process_undecided`` when that depends on facts that are not
    known (not known is not *no*), ``process_no_way`` when none is open."""
    flows = diagram.leaving[node.id]
    if not any(flow.asked for flow in flows):
        return flows
    if node.kind is NodeKind.EXCLUSIVE:
        return _first(node, flows, ask)
    answers = {flow.id: ask(flow.id) for flow in flows if flow.asked}
    unknown = [flow for flow in flows if answers.get(flow.id) is Answer.NOT_KNOWN]
    if unknown:
        raise _undecided(node, unknown)
    free = [flow for flow in flows if not flow.asked and flow.id != node.default]
    met = [flow for flow in flows if answers.get(flow.id) is Answer.MET]
    return tuple(free + met) or _otherwise(node, flows)


def _first(node: Node, flows: Sequence[Flow], ask: Ask) -> tuple[Flow, ...]:
    unknown: list[Flow] = []
    for flow in flows:
        if flow.asked:
            answer = ask(flow.id)
            if answer is Answer.MET and not unknown:
                return (flow,)
            if answer is Answer.NOT_KNOWN:
                unknown.append(flow)
    if unknown:
        raise _undecided(node, unknown)
    return _otherwise(node, flows)


def _otherwise(node: Node, flows: Sequence[Flow]) -> tuple[Flow, ...]:
    default = tuple(flow for flow in flows if flow.id == node.default)
    if not default:
        message = f"“{node.title or node.id}”之后没有一条线的条件成立，也没有画默认线，办件无处可去；请核对填写的内容。"
        raise Refused("process_no_way", message, [Issue("process_no_way", message, field=node.id)])
    return default


def _undecided(node: Node, unknown: Sequence[Flow]) -> Refused:
    named = "、".join(f"“{flow.title or flow.id}”" for flow in unknown)
    message = f"“{node.title or node.id}”之后走哪条线，要看{named}的条件，而所需的内容还没有填写；请补填后再提交。"
    return Refused(
        "process_undecided", message, [Issue("process_undecided", message, field=flow.id) for flow in unknown]
    )


def joins(diagram: Diagram, node: Node) -> bool:
    """Whether a token that arrives waits for others."""
    return node.kind in (NodeKind.PARALLEL, NodeKind.INCLUSIVE) and len(diagram.entering[node.id]) > 1


def joined(diagram: Diagram, node: Node, level: Level) -> bool:
    """Whether a parallel gateway has a token on each flow that leads to it."""
    return all(level.arrived.get(flow.id) for flow in diagram.entering[node.id])


def gathered(diagram: Diagram, node: Node, level: Level) -> bool:
    """Whether an inclusive gateway has every token that can still reach it: BPMN 2.0, table 13.4. A token elsewhere
    keeps it waiting when it can reach a flow without a token, and no flow that has one."""
    entering = diagram.entering[node.id]
    full = {flow.id for flow in entering if level.arrived.get(flow.id)}
    if not full:
        return False
    lacking = {flow.id for flow in entering} - full
    for place in _places(diagram, level, node.id):
        reached = _reached(_Graph(diagram), place, node.id)
        if reached & lacking and not reached & full:
            return False
    return True


def consume(diagram: Diagram, node: Node, level: Level) -> None:
    """Take one token from each flow that has one."""
    for flow in diagram.entering[node.id]:
        if level.arrived.get(flow.id):
            level.arrived[flow.id] -= 1
            if not level.arrived[flow.id]:
                del level.arrived[flow.id]


def _places(diagram: Diagram, level: Level, join: str) -> set[str]:
    """Elements that hold a token, but the join itself."""
    places = set(level.open) | {name.partition("#")[0] for name in level.inside}
    places |= {diagram.flow_by_id[flow].target for flow in level.arrived}
    return places - {join}


class _Graph:
    """A diagram as a key: the same object is the same graph."""

    __slots__ = ("diagram",)

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Graph) and self.diagram is other.diagram

    def __hash__(self) -> int:
        return id(self.diagram)


@lru_cache(maxsize=4096)
def _reached(graph: _Graph, place: str, join: str) -> frozenset[str]:
    """The flows that a token at ``place`` may still take without going through ``join``."""
    diagram = graph.diagram
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [place]
    while ahead:
        element = ahead.pop()
        if element in seen or element == join:
            continue
        seen.add(element)
        ahead += [event.id for event in diagram.watching.get(element, ())]
        for flow in diagram.leaving[element]:
            found.add(flow.id)
            ahead.append(flow.target)
    return frozenset(found)
