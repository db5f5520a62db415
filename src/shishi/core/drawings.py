"""Drawings 走到哪一步: a process with where one case stands in it: each step with a mark, and the way it came.

A log has the steps that somebody did; the way between them is found: a flow was walked when it lies between a step that
ended and one that opened at that very moment, or later where the way between waits for time, a message or the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shishi.core.diagrams import PEOPLE, SCOPES, Diagram, Node, NodeKind, Trigger


class Mark(StrEnum):
    """How a step stands for one case. ``passed``: the case has ended and never came here."""

    DONE = "done"
    NOW = "now"
    LATE = "late"
    AHEAD = "ahead"
    PASSED = "passed"

    @property
    def label(self) -> str:
        """The word beside the shape."""
        return _LABELS[self]


_LABELS = {
    Mark.DONE: "已办",
    Mark.NOW: "正在办",
    Mark.LATE: "正在办，已超时",
    Mark.AHEAD: "未到",
    Mark.PASSED: "未经过",
}
WAITED = "正在等"


@dataclass(frozen=True, slots=True)
class Visited:
    """A case was here. ``closed`` is ``None`` while it is; ``late``: beyond the limit of the step; ``within``: the
    activities that it stood in, the outermost first."""

    element: str
    opened: datetime
    closed: datetime | None = None
    late: bool = False
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """One step in the order of the process. ``times``: how often the case came here; ``opened`` and ``closed`` of the
    last time."""

    element: str
    title: str
    kind: NodeKind
    lane: str
    mark: Mark
    times: int = 0
    opened: datetime | None = None
    closed: datetime | None = None

    @property
    def word(self) -> str:
        """How it stands; what nobody does is waited for."""
        return WAITED if self.mark is Mark.NOW and self.kind not in PEOPLE | SCOPES else self.mark.label


@dataclass(frozen=True, slots=True)
class Drawing:
    """``walked``: ids of the flows, and of the events and gateways, that the case went through. ``caller``: the call
    activity that it is drawn for, of a process that another one calls; ``below``: those that this one calls."""

    diagram: Diagram
    steps: tuple[DrawnStep, ...]
    walked: frozenset[str]
    ended: bool
    caller: str = ""
    below: tuple[Drawing, ...] = ()

    @property
    def whole(self) -> tuple[Drawing, ...]:
        """This drawing and all below it, each before what it calls."""
        return (self, *(drawing for called in self.below for drawing in called.whole))

    @property
    def now(self) -> tuple[DrawnStep, ...]:
        """Where the case stands."""
        return tuple(step for step in self.steps if step.mark in (Mark.NOW, Mark.LATE))


def drawn(
    diagram: Diagram,
    visits: Iterable[Visited],
    *,
    called: Mapping[str, Diagram] | None = None,
    ended: bool = False,
    caller: str = "",
) -> Drawing:
    """The diagram with where one case stands, and below it those that it calls (``called``: by the id that call
    activities name), each with where the case stands in it for that activity."""
    told, below = list(visits), []
    for node in diagram.nodes:
        inside = (called or {}).get(node.called) if node.kind is NodeKind.CALL else None
        if inside is None:
            continue
        inner = [visit for visit in told if node.id in visit.within]
        whole = _summary(node.id, inner)
        over = ended or any(visit.closed for visit in whole)
        below.append(drawn(inside, inner, called=called, ended=over, caller=node.id))
        told += whole
    visited: dict[str, list[Visited]] = {}
    for visit in sorted(told, key=lambda item: item.opened):
        if visit.element in diagram.by_id:
            visited.setdefault(visit.element, []).append(visit)
    lanes = {lane.id: lane.title for lane in diagram.lanes}
    walked = _walked(diagram, visited, ended=ended)
    steps = (
        _step(
            node, lanes.get(node.lane, ""), visited.get(node.id) or _inside(diagram, node, visited), walked, ended=ended
        )
        for node in in_flow(diagram)
        if _is_step(node)
    )
    return Drawing(diagram, tuple(steps), walked, ended, caller, tuple(below))


def in_flow(diagram: Diagram) -> list[Node]:
    """All elements in the order in which a case would come to them; a way back does not change it, branches stand as
    drawn, and what nothing leads to stands last."""
    edges = _edges(diagram)
    seen: set[str] = set()
    found: list[str] = []
    for node in diagram.nodes:
        if node.kind is NodeKind.START and not node.scope:
            found += _reverse_postorder(node.id, edges, seen)
    return [diagram.by_id[name] for name in (*found, *(name for name in diagram.by_id if name not in seen))]


def _reverse_postorder(start: str, edges: Mapping[str, list[tuple[str, str]]], seen: set[str]) -> list[str]:
    order: list[str] = []
    seen.add(start)
    path = [(start, iter([target for target, _flow in reversed(edges[start])]))]
    while path:
        here, targets = path[-1]
        target = next((item for item in targets if item not in seen), None)
        if target is None:
            order.append(here)
            path.pop()
        else:
            seen.add(target)
            path.append((target, iter([item for item, _flow in reversed(edges[target])])))
    return order[::-1]


def _edges(diagram: Diagram) -> dict[str, list[tuple[str, str]]]:
    """Element → (element, flow), with the unwritten ways into an embedded process, out of it, and to the events at an
    activity's edge (their flow is ``""``)."""
    edges: dict[str, list[tuple[str, str]]] = {node.id: [] for node in diagram.nodes}
    inside: dict[str, list[str]] = {}
    for node in diagram.nodes:
        if node.kind is NodeKind.START and node.scope in edges:
            edges[node.scope].append((node.id, ""))
        if node.kind is NodeKind.END and node.scope:
            inside.setdefault(node.scope, []).append(node.id)
        if node.kind is NodeKind.BOUNDARY and node.attached in edges:
            edges[node.attached].append((node.id, ""))
    for flow in diagram.flows:
        for source in inside.get(flow.source, [flow.source]):
            edges[source].append((flow.target, flow.id))
    return edges


def _is_step(node: Node) -> bool:
    """Whether an element is told in the list: what is done or waited for, and titled beginnings and ends."""
    if node.kind in (NodeKind.EXCLUSIVE, NodeKind.PARALLEL, NodeKind.INCLUSIVE, NodeKind.EVENT_GATEWAY):
        return False
    if node.kind in PEOPLE or node.kind in SCOPES:
        return True
    return bool(node.title) and node.kind is not NodeKind.BOUNDARY


def _inside(diagram: Diagram, scope: Node, visited: Mapping[str, list[Visited]]) -> list[Visited]:
    """An embedded process is where its steps are."""
    inner = [visit for name, visits in visited.items() if diagram.by_id[name].scope == scope.id for visit in visits]
    return _summary(scope.id, inner)


def _summary(scope: str, inner: Collection[Visited]) -> list[Visited]:
    """An activity with steps inside lasts from the first of them to the last."""
    if not inner:
        return []
    closed = [visit.closed for visit in inner if visit.closed]
    ended = max(closed) if len(closed) == len(inner) else None
    return [Visited(scope, min(visit.opened for visit in inner), ended, any(visit.late for visit in inner))]


def _step(node: Node, lane: str, visits: Collection[Visited], walked: Collection[str], *, ended: bool) -> DrawnStep:
    """What leaves no visit and lies on the way is done."""
    last = max(visits, key=lambda item: (item.closed is None, item.opened), default=None)
    if last is None:
        unseen = Mark.DONE if node.id in walked else Mark.PASSED if ended else Mark.AHEAD
        return DrawnStep(node.id, node.title, node.kind, lane, unseen)
    standing = Mark.LATE if any(item.late for item in visits if item.closed is None) else Mark.NOW
    mark = Mark.DONE if last.closed is not None else standing
    return DrawnStep(node.id, node.title, node.kind, lane, mark, len(visits), last.opened, last.closed)


_WAITS = frozenset({NodeKind.PARALLEL, NodeKind.INCLUSIVE, NodeKind.EVENT_GATEWAY, NodeKind.BOUNDARY, NodeKind.RECEIVE})


def _waits(node: Node) -> bool:
    return node.kind in _WAITS or (node.kind is NodeKind.CATCH and node.trigger is not Trigger.NONE)


def _walked(diagram: Diagram, visited: Mapping[str, list[Visited]], *, ended: bool) -> frozenset[str]:
    if not visited:
        return frozenset()
    edges = _edges(diagram)
    begun = min(visit.opened for visits in visited.values() for visit in visits)
    left = {name: [visit.closed for visit in visits if visit.closed] for name, visits in visited.items()}
    starts = [node.id for node in diagram.nodes if node.kind is NodeKind.START and not node.scope]
    found = set(starts)
    for source, moments in (*((start, [begun]) for start in starts), *left.items()):
        ways = _quiet_ways(diagram, edges, source, visited)
        came = [
            place for place in ways if place[0] in visited and _followed(moments, visited[place[0]], waited=place[1])
        ]
        found.update(_between(ways, came))
    if ended:
        found |= _to_the_end(diagram, edges, visited, left)
    return frozenset(found)


_Way = dict[tuple[str, bool], list[tuple[tuple[str, bool], str]]]
"""(element, whether the way to it waited) → from where and by which flow it was come to."""


def _quiet_ways(
    diagram: Diagram, edges: Mapping[str, list[tuple[str, str]]], source: str, visited: Collection[str]
) -> _Way:
    """Every way from an element through those that leave no visit, up to those that do."""
    ways: _Way = {}
    waiting = [(source, False)]
    seen = set(waiting)
    while waiting:
        place = waiting.pop()
        for target, flow in edges[place[0]]:
            reached = (target, place[1] or _waits(diagram.by_id[target]))
            ways.setdefault(reached, []).append((place, flow))
            quiet = target not in visited and diagram.by_id[target].kind not in PEOPLE
            if quiet and reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return ways


def _followed(left: Iterable[datetime], visits: Iterable[Visited], *, waited: bool) -> bool:
    opened = {visit.opened for visit in visits}
    return any(moment in opened or (waited and any(later >= moment for later in opened)) for moment in left)


def _between(ways: _Way, places: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The flows and the elements on the ways to these places."""
    waiting = list(places)
    seen = set(waiting)
    while waiting:
        for before, flow in ways.get(waiting.pop(), ()):
            if flow:
                yield flow
            yield before[0]
            if before not in seen:
                seen.add(before)
                waiting.append(before)


def _to_the_end(
    diagram: Diagram,
    edges: Mapping[str, list[tuple[str, str]]],
    visited: Mapping[str, list[Visited]],
    left: Mapping[str, list[datetime]],
) -> set[str]:
    """The way to the end, where only one end can have been come to from the step that ended last."""
    last = max((moment for moments in left.values() for moment in moments), default=None)
    found: set[str] = set()
    over = {node.id for node in diagram.nodes if node.kind is NodeKind.END and not node.scope}
    for source in (name for name, moments in left.items() if last in moments):
        ways = _quiet_ways(diagram, edges, source, visited)
        ends = [place for place in ways if place[0] in over]
        if len({name for name, _waited in ends}) == 1:
            found |= {*_between(ways, ends), ends[0][0]}
    return found
