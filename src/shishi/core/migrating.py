"""Migrating 换版: a case that runs goes on under a new version of its process where every place that it holds has a
counterpart: the same element id, of the same kind, in the same scope."""

from __future__ import annotations

from collections.abc import Iterator

from shishi.core.diagrams import Diagram, Many, Node, NodeKind
from shishi.core.errors import Issue, Refused
from shishi.core.markings import Inside, Level, Opened, standing_in, written
from shishi.core.moves import Moved, Token
from shishi.core.processes import Process
from shishi.core.standing import Place, Standing, token_at


def migrated(old: Process, new: Process, level: Level, ended: bool) -> Moved:
    """The marking under ``new``. ``Refused`` ``process_cannot_migrate`` with an issue for each place without a
    counterpart. Events at boundaries are disarmed and armed as the new version draws them."""
    before = dict.fromkeys(standing_in(level, ""))
    lost = list(dict.fromkeys(_lost(old.diagram, new.diagram, old, new, level)))
    if lost:
        issues = [
            Issue("process_cannot_migrate", f"新版流程里没有与“{name}”相当的环节，而办件正停在那里。", field=name)
            for name in lost
        ]
        message = f"有 {len(lost)} 处在新版流程里找不到（{'、'.join(lost)}），办件仍按原来的版本办；请在新版中保留这些元素的编号。"
        raise Refused("process_cannot_migrate", message, issues)
    _rearm(new, Place(level, new.diagram))
    after = {token.token: token for token in tokens_in(new, level)}
    return Moved(
        written(level, new.digest, ended),
        tuple(token for name, token in after.items() if name not in before),
        tuple(name for name in before if name not in after),
        ended=ended,
    )


def tokens_in(process: Process, level: Level) -> Iterator[Token]:
    """Every open token."""
    yield from _tokens(Standing(process, level), Place(level, process.diagram))


def _tokens(standing: Standing, place: Place) -> Iterator[Token]:
    for element, places in place.level.open.items():
        for opened in places:
            yield token_at(place, place.diagram.by_id[element], opened.visit, opened.host)
    for name, inside in place.level.inside.items():
        element, _, visit = name.partition("#")
        for ordinal, level in inside.instances():
            below = standing.place(place, place.diagram.by_id[element], int(visit or 1), ordinal, level)
            yield from _tokens(standing, below)


def _lost(was: Diagram, now: Diagram, old: Process, new: Process, level: Level) -> Iterator[str]:
    for element in level.open:
        before, after = was.by_id[element], now.by_id.get(element)
        boundary = before.kind is NodeKind.BOUNDARY
        if not boundary and (after is None or not _alike(before, after)):
            yield element
    for flow in level.arrived:
        line = now.flow_by_id.get(flow)
        if line is None or not _alike(was.by_id[was.flow_by_id[flow].target], now.by_id[line.target]):
            yield flow
    for name, inside in level.inside.items():
        element = name.partition("#")[0]
        before, after = was.by_id[element], now.by_id.get(element)
        if after is None or not _alike(before, after):
            yield element
            continue
        called = before.kind is NodeKind.CALL
        inner = (old.by_called[before.called], new.by_called[after.called]) if called else (was, now)
        for part in _distinct(inside):
            yield from _lost(*inner, old, new, part)


def _alike(before: Node, after: Node) -> bool:
    same = before.kind is after.kind and before.scope == after.scope and before.trigger is after.trigger
    if before.kind is NodeKind.CALL and before.called != after.called:
        return False
    inside = before.kind in (NodeKind.CALL, NodeKind.SUBPROCESS)
    gated = _gated(before) == _gated(after)
    return same and gated and (not inside or before.many is after.many)


def _gated(node: Node) -> str:
    return node.attached if node.kind in (NodeKind.CATCH, NodeKind.RECEIVE) else ""


def _distinct(inside: Inside) -> Iterator[Level]:
    """One level of each group."""
    seen = set()
    for _, level in inside.instances():
        if id(level) not in seen:
            seen.add(id(level))
            yield level


def _rearm(process: Process, place: Place) -> None:
    """Make the events at boundaries those that the diagram draws: gone ones close, new ones open."""
    hosts = [(name, opened.visit) for name, places in place.level.open.items() for opened in places]
    hosts += [(name.partition("#")[0], int(name.partition("#")[2] or 1)) for name in place.level.inside]
    drawn = {(event.id, visit) for name, visit in hosts for event in _boundary(place.diagram, name)}
    for element in list(place.level.open):
        node = place.diagram.by_id.get(element)
        if node is None or node.kind is NodeKind.BOUNDARY:
            for opened in list(place.level.open[element]):
                if (element, opened.host) not in drawn:
                    place.level.take(element, opened.visit)
                drawn.discard((element, opened.host))
    for element, visit in sorted(drawn):
        timer = process.timer_at.get(element)
        place.level.add(element, Opened(place.level.visit(element), visit, timer.times if timer else 1))
    _rearm_inside(process, place)


def _boundary(diagram: Diagram, host: str) -> Iterator[Node]:
    node = diagram.by_id.get(host)
    if node is not None and node.kind is not NodeKind.BOUNDARY:
        yield from (event for event in diagram.watching.get(host, ()) if event.kind is NodeKind.BOUNDARY)


def _rearm_inside(process: Process, place: Place) -> None:
    standing = Standing(process, place.level)
    for name, inside in place.level.inside.items():
        element, _, visit = name.partition("#")
        node = place.diagram.by_id[element]
        if inside.level is not None:
            number = inside.done if node.many is not Many.ONCE else None
            _rearm(process, standing.place(place, node, int(visit or 1), number, inside.level))
            continue
        for ordinal in [ordinal for ordinal, _ in inside.instances() if ordinal is not None]:
            level = inside.lift(ordinal)
            if level is not None:
                _rearm(process, standing.place(place, node, int(visit or 1), ordinal, level))
                inside.put(ordinal, level)
