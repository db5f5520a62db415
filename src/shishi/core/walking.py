"""Walking 推进: what BPMN 2.0 means by a token that moves, in plain Python: the reference for every engine.

A move lifts the instance that it is about out of the marking, works off what follows, and puts it back. The order is
fixed (flows as drawn, instances by number), so that the same marking and the same answers give the same move.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container

from shishi.core import ways
from shishi.core.criteria import Answer
from shishi.core.diagrams import PEOPLE, SCOPES, Flow, Many, Node, NodeKind, Trigger
from shishi.core.errors import Issue, Refused
from shishi.core.markings import Inside, Level, name_of, written
from shishi.core.moves import Answers, Moved, Raised, TokenKind
from shishi.core.processes import Process
from shishi.core.standing import TRIGGERED, Place, Standing

MOST_STEPS = 1000
"""Elements that one instance may enter in one move: more is a loop in which nobody has anything to do."""
MOST_INSTANCES = 10_000
DONE: Container[TokenKind] = (TokenKind.TASK, TokenKind.CALL)
HAPPENED: Container[TokenKind] = (TokenKind.TIMER, TokenKind.MESSAGE, TokenKind.ERROR, TokenKind.ESCALATION)


class Walk:
    """One move. Make it, call what happened, then ``finish``."""

    def __init__(self, process: Process, level: Level, answers: Answers) -> None:
        self.process = process
        self.answers = answers
        self.here = Standing(process, level)
        self.ahead: deque[tuple[Place, Node, Flow | None]] = deque()
        self.passed: dict[str, None] = {}
        self.raised: list[Raised] = []

    def begin(self) -> None:
        """The case begins."""
        self.ahead.append((self.here.top, self.process.diagram.starts[""], None))

    def complete(self, name: str) -> None:
        """A task or a call is done."""
        place, node, opened = self.here.taken(name, DONE)
        self.here.unwatch(place, node.id, opened.visit)
        if node.many is Many.AGAIN and self.answers.again(node.id, place.path, opened.count + 1):
            self.here.open(place, node, count=opened.count + 1)
        else:
            self._leave(place, node)

    def fire(self, name: str) -> None:
        """A timer is due, a message came, an error or an escalation was raised."""
        place, node, opened = self.here.taken(name, HAPPENED)
        if node.attached:
            self.here.caught(place, node, opened)
            self.passed.update({flow.id: None for flow in place.diagram.entering[node.id]})
            self.passed[node.id] = None
        else:
            self.here.unwatch(place, node.id, opened.visit)
        self._leave(place, node)

    def finish(self) -> Moved:
        """Work off what follows, and put everything back where it belongs."""
        while self._enter_all() or self._join_inclusive() or self._end_instances():
            pass
        here = self.here
        here.put_back()
        closed = tuple(name for name in here.closed if name not in here.opened)
        opened = tuple(token for name, token in here.opened.items() if name not in here.closed)
        ended = here.top.level.empty
        marking = written(here.top.level, self.process.digest, ended)
        return Moved(marking, opened, closed, tuple(self.passed), tuple(self.raised), ended)

    def _enter_all(self) -> bool:
        moved = bool(self.ahead)
        while self.ahead:
            place, node, flow = self.ahead.popleft()
            if not self.here.gone(place) and self._arrived(place, node, flow):
                self.passed[node.id] = None
                self._enter(place, node)
        return moved

    def _arrived(self, place: Place, node: Node, flow: Flow | None) -> bool:
        """Whether a token that came by ``flow`` enters, or waits for others."""
        place.steps += 1
        if place.steps > MOST_STEPS:
            message = f"“{node.title or node.id}”所在的一圈里没有要人办的环节，办件会一直转下去；请修改流程图。"
            raise Refused("process_endless", message, [Issue("process_endless", message, field=node.id)])
        if flow is None:
            return True
        self.passed[flow.id] = None
        if not ways.joins(place.diagram, node):
            return True
        place.level.arrived[flow.id] = place.level.arrived.get(flow.id, 0) + 1
        if node.kind is NodeKind.INCLUSIVE or not ways.joined(place.diagram, node, place.level):
            return False
        ways.consume(place.diagram, node, place.level)
        return True

    def _enter(self, place: Place, node: Node) -> None:
        if node.kind is NodeKind.EVENT_GATEWAY:
            self.here.watch(place, node, place.level.visit(node.id))
        elif node.kind in SCOPES:
            self._go_inside(place, node)
        elif node.kind in PEOPLE or node.kind in (NodeKind.RECEIVE, NodeKind.CATCH) or node.calls:
            self.here.open(place, node)
        elif node.trigger in (Trigger.ERROR, Trigger.ESCALATION):
            self._throw(place, node)
        elif node.trigger is Trigger.TERMINATE:
            self.here.clear(place)
            self.ahead = deque(item for item in self.ahead if item[0] is not place)
        else:
            self._leave(place, node)

    def _leave(self, place: Place, node: Node) -> None:
        def ask(flow: str) -> Answer:
            return self.answers.flow(flow, place.path)

        for flow in ways.taken(place.diagram, node, ask):
            self.ahead.append((place, place.diagram.by_id[flow.target], flow))

    def _throw(self, place: Place, node: Node) -> None:
        """An error or an escalation goes outwards until somebody catches it. Nobody: the error ends the case, the
        escalation is told; either is in ``raised``."""
        here, below, around = self.here, place, place.above
        while around is not None:
            event = _catcher(around, below, node)
            if event is not None:
                opened = next(it for it in around.level.open[event.id] if it.host == below.visit)
                around.level.take(event.id, opened.visit)
                here.closed[name_of(around.path, event.id, opened.visit)] = None
                here.caught(around, event, opened)
                self.passed[event.id] = None
                self._leave(around, event)
                break
            below, around = around, around.above
        else:
            self.raised.append(Raised(node.id, TRIGGERED[node.trigger], node.signal))
            if node.trigger is Trigger.ERROR:
                here.clear(here.top)
                self.ahead.clear()
                return
        if not here.gone(place):
            self._leave(place, node)

    def _go_inside(self, place: Place, node: Node) -> None:
        total = 1
        if node.many in (Many.TOGETHER, Many.IN_TURN):
            total = self.answers.times(node.id, place.path)
            if total > MOST_INSTANCES:
                message = f"“{node.title or node.id}”要办 {total} 份，超过 {MOST_INSTANCES} 份；请分批办理。"
                raise Refused("process_too_many", message, [Issue("process_too_many", message, field=node.id)])
        visit = place.level.visit(node.id)
        if total < 1:
            self._leave(place, node)
            return
        inside = Inside(total=total, numbered=node.many is not Many.ONCE)
        place.level.inside[name_of("", node.id, visit)] = inside
        self.here.watch(place, node, visit)
        for ordinal in range(total if node.many is Many.TOGETHER else 1):
            self._begin_instance(place, node, visit, inside, ordinal)

    def _begin_instance(self, place: Place, node: Node, visit: int, inside: Inside, ordinal: int) -> None:
        level = Level()
        if node.many is not Many.TOGETHER:
            inside.level = level
        below = self.here.place(place, node, visit, ordinal if inside.numbered else None, level)
        self.ahead.append((below, below.diagram.starts[below.scope], None))

    def _join_inclusive(self) -> bool:
        """In each instance at most one inclusive gateway goes on; what follows from it may keep others waiting."""
        moved = False
        for place in self.here.places:
            if place.level.arrived and not self.here.gone(place):
                waiting = {place.diagram.flow_by_id[flow].target for flow in place.level.arrived}
                for node in (place.diagram.by_id[name] for name in sorted(waiting)):
                    if node.kind is NodeKind.INCLUSIVE and ways.gathered(place.diagram, node, place.level):
                        ways.consume(place.diagram, node, place.level)
                        self.passed[node.id] = None
                        self._leave(place, node)
                        moved = True
                        break
        return moved

    def _end_instances(self) -> bool:
        """What has nothing left inside is through, the innermost first: what follows in the instance around them goes
        on before that is asked the same. Only when nothing moves any more does a token at a join wait for ever."""
        through = [
            place
            for place in self.here.places
            if place.above is not None and place.level.empty and not self.here.gone(place)
        ]
        deepest = max((place.depth for place in through), default=0)
        for place in through:
            if place.above is not None and place.depth == deepest and not self.here.gone(place):
                self._end_instance(place, place.above)
        for place in [] if through else self.here.places:
            if place.level.arrived and not (place.level.open or place.level.inside or self.here.gone(place)):
                raise _stuck(place)
        return bool(through)

    def _end_instance(self, place: Place, above: Place) -> None:
        inside, node = self.here.inside(place), above.diagram.by_id[place.activity]
        place.over = True
        inside.done += 1
        if self._through(node, inside, above):
            self.here.unwatch(above, node.id, place.visit)
            self.here.cancel(above, node, place.visit)
            self._leave(above, node)
        elif node.many is not Many.TOGETHER:
            self._begin_instance(above, node, place.visit, inside, inside.done)

    def _through(self, node: Node, inside: Inside, above: Place) -> bool:
        if node.many is Many.ONCE:
            return True
        if node.many is Many.AGAIN:
            return not self.answers.again(node.id, above.path, inside.done)
        return inside.done >= inside.total or self.answers.enough(node.id, above.path, inside.done)


def _catcher(around: Place, below: Place, thrown: Node) -> Node | None:
    """The event at the boundary of the activity that ``below`` stands in: of the same code, else of any."""
    armed = [
        event
        for event in around.diagram.watching.get(below.activity, ())
        if event.trigger is thrown.trigger
        and any(opened.host == below.visit for opened in around.level.open.get(event.id, ()))
    ]
    same = [event for event in armed if event.signal == thrown.signal]
    return next(iter([*same, *(event for event in armed if not event.signal)]), None)


def _stuck(place: Place) -> Refused:
    """Tokens wait at joins that no other token can reach any more."""
    joins = sorted({place.diagram.flow_by_id[flow].target for flow in place.level.arrived})
    named = "、".join(f"“{place.diagram.by_id[name].title or name}”" for name in joins)
    message = f"办件停在{named}：它要等的另一条线上不会再有人办了。请修改流程图后升级这个流程。"
    return Refused("process_stuck", message, [Issue("process_stuck", message, field=name) for name in joins])
