"""What is wrong with the lines of a diagram, before any case runs: dead ends, what nobody reaches, lines that lead
nowhere or across the border of a subprocess, gateways and events that don't fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shishi.core.diagrams import PEOPLE, SCOPES, Diagram, Flow, Node, NodeKind, Trigger
from shishi.packs.diagram_reading import Reading

ACTIVITIES = PEOPLE | SCOPES | {NodeKind.TASK, NodeKind.SERVICE, NodeKind.SEND, NodeKind.RECEIVE}


def check_diagram(diagram: Diagram, reading: Reading) -> None:
    """Note everything that keeps the diagram from running well."""
    scopes = sorted({"", *(node.id for node in diagram.nodes if node.kind is NodeKind.SUBPROCESS)})
    sound = [_check_flow(diagram, flow, reading) for flow in diagram.flows]
    sound += [_check_node(diagram, node, reading) for node in diagram.nodes]
    sound += [_check_scope(diagram, scope, reading) for scope in scopes]
    if all(sound):
        _check_ways(diagram, reading)
    lanes = {lane.id for lane in diagram.lanes}
    for node in diagram.nodes:
        if node.lane and node.lane not in lanes:
            reading.note("diagram_lane_unknown", f"所在的泳道“{node.lane}”没有画。", node.id)


def _check_flow(diagram: Diagram, flow: Flow, reading: Reading) -> bool:
    source, target = diagram.by_id.get(flow.source), diagram.by_id.get(flow.target)
    if source is None or target is None:
        lost = flow.source if source is None else flow.target
        if any(note.element == lost for note in reading.faults):
            return False
        reading.note("diagram_flow_nowhere", f"连线的一端“{lost}”不在图上；请重新连线。", flow.id)
        return False
    if source.scope != target.scope:
        reading.note("diagram_flow_across", "连线穿过了子流程的边界；请连到子流程本身。", flow.id)
        return False
    if target.kind in (NodeKind.START, NodeKind.BOUNDARY):
        reading.note("diagram_flow_wrong", "开始事件和边界事件不能有连入的线。", flow.id)
    if source.kind is NodeKind.END:
        reading.note("diagram_flow_wrong", "结束事件不能有连出的线。", flow.id)
    return True


def _check_node(diagram: Diagram, node: Node, reading: Reading) -> bool:
    leaving = [flow for flow in diagram.flows if flow.source == node.id]
    if node.default and node.default not in {flow.id for flow in leaving}:
        reading.note("diagram_reference_unknown", f"默认线“{node.default}”不从这里出发。", node.id)
    if node.kind is NodeKind.BOUNDARY:
        return _check_boundary(diagram, node, reading)
    if node.kind is NodeKind.EVENT_GATEWAY:
        return _check_event_gateway(diagram, node, leaving, reading)
    choosing = ACTIVITIES | {NodeKind.EXCLUSIVE, NodeKind.INCLUSIVE}
    if node.kind not in choosing and any(flow.asked for flow in leaving):
        reading.note("diagram_flow_wrong", "这里的线都要走，不能带条件；请加一个排他网关。", node.id)
    return True


def _check_boundary(diagram: Diagram, node: Node, reading: Reading) -> bool:
    host = diagram.by_id.get(node.attached)
    if host is None or host.kind not in ACTIVITIES or host.kind is NodeKind.TASK or host.scope != node.scope:
        reading.note("diagram_boundary_nowhere", "边界事件要贴在一个要办的任务、子流程或调用活动上。", node.id)
        return False
    if node.trigger is Trigger.ERROR and not node.interrupting:
        reading.note("diagram_not_run", "不运行：不中断的错误事件。错误总是中断所在的活动。", node.id)
    return True


def _check_event_gateway(diagram: Diagram, node: Node, leaving: Iterable[Flow], reading: Reading) -> bool:
    for flow in leaving:
        target = diagram.by_id.get(flow.target)
        lone = [other for other in diagram.flows if other.target == flow.target] == [flow]
        if target is None or target.kind not in (NodeKind.CATCH, NodeKind.RECEIVE) or not lone:
            message = "事件网关之后只能接等定时或消息的事件（或接收任务），而且只由它连入。"
            reading.note("diagram_event_gateway", message, node.id)
            return False
    return True


def _check_scope(diagram: Diagram, scope: str, reading: Reading) -> bool:
    inside = [node for node in diagram.nodes if node.scope == scope]
    where, element = ("子流程", scope) if scope else ("流程", diagram.id)
    starts = [node for node in inside if node.kind is NodeKind.START]
    if len(starts) != 1:
        message = f"{where}要有一个开始事件，现在有 {len(starts)} 个。"
        reading.note("diagram_start", message, starts[1].id if len(starts) > 1 else element)
        return False
    if not any(node.kind is NodeKind.END for node in inside):
        reading.note("diagram_no_end", f"{where}没有结束事件。", element)
    return True


def _check_ways(diagram: Diagram, reading: Reading) -> None:
    """Everything is reached from a start, and leads to an end."""
    starts = [node.id for node in diagram.nodes if node.kind is NodeKind.START]
    reached = _spread(starts, lambda name: [*_after(diagram, name), *_watching(diagram, name)])
    ends = [node.id for node in diagram.nodes if node.kind is NodeKind.END]
    leading = _spread(ends, lambda name: [flow.source for flow in diagram.entering[name]])
    for node in diagram.nodes:
        title = f"“{node.title or node.id}”"
        if node.id not in reached:
            reading.note("diagram_unreachable", f"{title}从开始走不到；请连线，或删去。", node.id)
        elif node.id not in leading:
            reading.note("diagram_dead_end", f"{title}之后走不到结束；请连到下一步或结束事件。", node.id)


def _after(diagram: Diagram, name: str) -> list[str]:
    return [flow.target for flow in diagram.leaving[name]]


def _watching(diagram: Diagram, name: str) -> list[str]:
    return [event.id for event in diagram.watching.get(name, ()) if event.kind is NodeKind.BOUNDARY]


def _spread(starts: Iterable[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += onward(name)
    return seen
