"""Standing 所在: which instances a move has in hand, what is open in them, and what closes when an activity ends
before it is done."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from shishi.core.diagrams import PEOPLE, Diagram, Node, NodeKind, Trigger
from shishi.core.errors import Issue, Refused
from shishi.core.markings import Inside, Level, Opened, name_of, not_open, parts_of, standing, standing_in
from shishi.core.moves import Token, TokenKind
from shishi.core.processes import Process

DEEPEST = 6
"""Instances within instances."""

TRIGGERED = {
    Trigger.TIMER: TokenKind.TIMER,
    Trigger.MESSAGE: TokenKind.MESSAGE,
    Trigger.ERROR: TokenKind.ERROR,
    Trigger.ESCALATION: TokenKind.ESCALATION,
}


def token_kind(node: Node) -> TokenKind:
    """What an open place of this element waits for."""
    if node.kind in PEOPLE:
        return TokenKind.TASK
    if node.calls:
        return TokenKind.CALL
    return TokenKind.MESSAGE if node.kind is NodeKind.RECEIVE else TRIGGERED[node.trigger]


@dataclass(slots=True, eq=False)
class Place:
    """One instance where it stands: its level, what draws it, its name, the lane that it inherits, and the activity of
    the instance ``above`` in which it stands."""

    level: Level
    diagram: Diagram
    scope: str = ""
    path: str = ""
    lane: str = ""
    above: Place | None = None
    activity: str = ""
    visit: int = 0
    ordinal: int | None = None
    over: bool = False
    steps: int = 0

    def lane_of(self, node: Node) -> str:
        """The lane of an element here."""
        return node.lane or self.lane

    @property
    def depth(self) -> int:
        """How many instances stand around it."""
        return 0 if self.above is None else self.above.depth + 1


class Standing:
    """The instances that a move has in hand, the outermost first, and what it opened and closed."""

    def __init__(self, process: Process, level: Level) -> None:
        self.process = process
        self.top = Place(level, process.diagram)
        self.places = [self.top]
        self.opened: dict[str, Token] = {}
        self.closed: dict[str, None] = {}

    def taken(self, name: str, kinds: Container[TokenKind]) -> tuple[Place, Node, Opened]:
        """Close the token of that name: where it stood, its element, and what it was. ``Misuse`` ``token_not_open``."""
        place = self.top
        *around, (element, visit, number) = parts_of(name)
        for activity, nth, ordinal in around:
            place = self._below(place, activity, nth, ordinal, name)
        node = place.diagram.by_id.get(element)
        opened = place.level.take(element, visit) if node is not None else None
        if node is None or opened is None or number is not None or token_kind(node) not in kinds:
            raise not_open(name)
        return place, node, opened

    def _below(self, place: Place, activity: str, visit: int, ordinal: int | None, name: str) -> Place:
        inside = place.level.inside.get(name_of("", activity, visit))
        if inside is None or inside.numbered is (ordinal is None):
            raise not_open(name)
        if inside.level is not None:
            level = inside.level if ordinal in (None, inside.done) else None
        else:
            level = inside.lift(ordinal or 0)
        if level is None:
            raise not_open(name)
        return self.place(place, place.diagram.by_id[activity], visit, ordinal, level)

    def place(self, above: Place, node: Node, visit: int, ordinal: int | None, level: Level) -> Place:
        """Take an instance in hand. One of many at once is lifted out of its group, and put back at the end."""
        if above.depth >= DEEPEST:
            message = f"流程套流程超过 {DEEPEST} 层（“{node.title or node.id}”），请把里层的步骤画到外层来。"
            raise Refused("process_too_deep", message, [Issue("process_too_deep", message, field=node.id)])
        called = node.kind is NodeKind.CALL
        place = Place(
            level,
            self.process.by_called[node.called] if called else above.diagram,
            "" if called else node.id,
            name_of(above.path, node.id, visit, ordinal),
            above.lane_of(node),
            above,
            node.id,
            visit,
            ordinal,
        )
        self.places.append(place)
        return place

    def put_back(self) -> None:
        """Put the instances that were lifted out of their groups to those that stand as they do."""
        for place in reversed(self.places):
            if place.above is not None and not self.gone(place):
                inside = self.inside(place)
                if inside.level is None:
                    inside.put(place.ordinal or 0, place.level)

    def inside(self, place: Place) -> Inside:
        """What the activity holds in which the place stands."""
        assert place.above is not None  # noqa: S101 - only what stands in an activity is asked for
        return place.above.level.inside[name_of("", place.activity, place.visit)]

    def open(self, place: Place, node: Node, host: int = 0, count: int = 0) -> None:
        """Open a token at an element, and the events at its boundary."""
        visit = place.level.visit(node.id)
        place.level.add(node.id, Opened(visit, host, count))
        token = token_at(place, node, visit, host)
        self.opened[token.token] = token
        if not node.attached:
            self.watch(place, node, visit)

    def watch(self, place: Place, node: Node, visit: int) -> None:
        """Arm the events at the boundary of an activity, or after an event gateway."""
        for event in place.diagram.watching.get(node.id, ()):
            timer = self.process.timer_at.get(event.id)
            self.open(place, event, visit, timer.times if timer else 1)

    def unwatch(self, place: Place, host: str, visit: int) -> None:
        """Disarm them."""
        for event in place.diagram.watching.get(host, ()):
            for opened in list(place.level.open.get(event.id, ())):
                if opened.host == visit:
                    place.level.take(event.id, opened.visit)
                    self.closed[name_of(place.path, event.id, opened.visit)] = None

    def caught(self, place: Place, event: Node, opened: Opened) -> None:
        """An event at a boundary, or after an event gateway, came: what it ends, or that it may come again."""
        host = place.diagram.by_id[event.attached]
        if host.kind is NodeKind.EVENT_GATEWAY:
            self.unwatch(place, host.id, opened.host)
        elif event.interrupting:
            self.unwatch(place, host.id, opened.host)
            self.cancel(place, host, opened.host)
        elif event.trigger is not Trigger.TIMER or opened.count != 1:
            self.open(place, event, opened.host, max(0, opened.count - 1))

    def cancel(self, place: Place, host: Node, visit: int) -> None:
        """End an activity, with all that still stands in it."""
        if place.level.take(host.id, visit) is not None:
            self.closed[name_of(place.path, host.id, visit)] = None
        inside = place.level.inside.pop(name_of("", host.id, visit), None)
        if inside is None:
            return
        for below in self.places:
            if below.above is place and below.activity == host.id and below.visit == visit and not below.over:
                self.clear(below)
                below.over = True
        self.closed.update(dict.fromkeys(standing(inside, name_of(place.path, host.id, visit))))

    def clear(self, place: Place) -> None:
        """End everything in an instance."""
        self.closed.update(dict.fromkeys(standing_in(place.level, place.path)))
        for below in self.places:
            if below.above is place and not below.over:
                self.clear(below)
                below.over = True
        place.level.clear()

    @staticmethod
    def gone(place: Place) -> bool:
        """Whether the instance, or one around it, is over."""
        around: Place | None = place
        while around is not None:
            if around.over:
                return True
            around = around.above
        return False


def token_at(place: Place, node: Node, visit: int, host: int) -> Token:
    """The token of an open place."""
    lane, at_boundary = place.lane_of(node), host > 0 and node.kind is NodeKind.BOUNDARY
    if node.attached and not node.lane:
        lane = place.lane_of(place.diagram.by_id[node.attached])
    return Token(
        token=name_of(place.path, node.id, visit),
        element=node.id,
        kind=token_kind(node),
        lane=lane,
        within=place.path,
        ordinal=place.ordinal,
        host=name_of(place.path, node.attached, host) if at_boundary else "",
        signal=node.signal,
    )
