"""Where a case of SpiffWorkflow stands, in our words: its open tokens with their names, what it went through, and the
level that the reference would have."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, EventBasedGateway
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from shishi.adapters.processes.spiff_specs import Specs, Wait, element_of
from shishi.adapters.processes.spiff_state import State
from shishi.core import ways
from shishi.core.diagrams import SCOPES, Node, NodeKind, Trigger
from shishi.core.errors import Issue, Refused
from shishi.core.markings import Inside, Level, Opened, name_of, not_open
from shishi.core.moves import Token, TokenKind
from shishi.core.processes import Process
from shishi.core.standing import Place, token_at

Open = dict[str, tuple[Token, Any]]
_NUMBERED = SCOPES | {NodeKind.BOUNDARY, NodeKind.EVENT_GATEWAY, NodeKind.CATCH, NodeKind.RECEIVE}


class SpiffStanding:
    """A case in hand."""

    def __init__(self, process: Process, specs: Specs, state: State) -> None:
        self.process = process
        self.specs = specs
        self.state = state
        self.top = state.workflow
        self._places: dict[int, Place] = {}

    def title(self, task: Any) -> str:
        """What people call the element of a task."""
        node = self.process.nodes.get(element_of(task))
        return (node.title or node.id) if node else element_of(task)

    def path(self, workflow: Any) -> str:
        """The name of the instance that a workflow is."""
        return self.place(workflow).path

    def place(self, workflow: Any) -> Place:
        """The instance that a workflow is."""
        kept = self._places.get(id(workflow))
        if kept is None:
            kept = self._places[id(workflow)] = self._made(workflow)
        return kept

    def _made(self, workflow: Any) -> Place:
        if workflow.parent_task_id is None:
            return Place(Level(), self.process.diagram)
        activity = self.top.get_task_from_id(workflow.parent_task_id)
        above, node = self.place(activity.workflow), activity.task_spec.drawn
        called = node.kind is NodeKind.CALL
        return Place(
            Level(),
            self.process.by_called[node.called] if called else above.diagram,
            "" if called else node.id,
            name_of(above.path, node.id, self.visit(activity)),
            above.lane_of(node),
            above,
            node.id,
            self.visit(activity),
        )

    def visit(self, task: Any) -> int:
        """The number under which a task is named; a new one when it has none."""
        number = self.state.visits.get(task.id)
        if number is None:
            counted = self.state.counted.setdefault(self.path(task.workflow), {})
            name = task.task_spec.drawn.id
            number = self.state.visits[task.id] = counted[name] = counted.get(name, 0) + 1
        return number

    def workflows(self) -> list[Any]:
        """The case and every instance in it that is not over, the outermost first."""
        found = [self.top]
        for workflow in found:
            for task in workflow.tasks.values():
                inner = self.top.subprocesses.get(task.id)
                if inner is not None and task.has_state(TaskState.STARTED):
                    found.append(inner)
        return found

    def open(self) -> Open:
        """Every open token with its task, by name."""
        return {token.token: (token, task) for workflow in self.workflows() for token, task in self._open_in(workflow)}

    def _open_in(self, workflow: Any) -> Iterator[tuple[Token, Any]]:
        place = self.place(workflow)
        for task in list(workflow.tasks.values()):
            for waiting in _waiting(task):
                node = waiting.task_spec.drawn
                host = self.visit(self.host(waiting)) if node.attached else 0
                yield token_at(place, node, self.visit(waiting), host), waiting

    def host(self, event: Any) -> Any:
        """The task at whose boundary an event waits, or the gateway that waits for it."""
        if not isinstance(event.task_spec, BoundaryEvent):
            return event.parent
        return next(task for task in event.parent.children if not isinstance(task.task_spec, BoundaryEvent))

    @staticmethod
    def found(before: Open, name: str, kinds: Container[TokenKind]) -> tuple[Token, Any]:
        """An open token by its name. ``Misuse`` ``token_not_open``."""
        if name not in before or before[name][0].kind not in kinds:
            raise not_open(name)
        return before[name]

    def set_off(self, task: Any) -> None:
        """An event comes."""
        waits = task
        if isinstance(task.parent.task_spec, EventBasedGateway):
            waits = task.parent
            at = [child.id for child in waits.children].index(task.id)
            event = BpmnEvent(waits.task_spec.event_definition.event_definitions[at])
            waits.task_spec.catch(waits, event)
        else:
            waits.task_spec.catch(waits, None)
        waits.task_spec._update(waits)

    def rename(self, task: Any) -> None:
        """A task is opened once more, with the events at its boundary."""
        beside = task.parent.children if isinstance(task.parent.task_spec, BoundaryEventSplit) else [task]
        for each in beside:
            if each is task or each.state == TaskState.WAITING:
                self.state.visits.pop(each.id, None)
                self.visit(each)

    def arm_again(self) -> bool:
        """Events that came and did not interrupt may come again."""
        armed = False
        for workflow in self.workflows():
            for task in list(workflow.tasks.values()):
                came = isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.COMPLETED
                if came and not task.task_spec.drawn.interrupting:
                    armed = self._arm(task, task.task_spec.drawn) or armed
        return armed

    def _arm(self, task: Any, node: Node) -> bool:
        left = self._left(task, node)
        if task.id in self.state.counts and self.state.counts[task.id] < 0:
            return False
        self.visit(task)
        self.state.counts[task.id] = -1
        if self.host(task).has_state(TaskState.FINISHED_MASK) or (node.trigger is Trigger.TIMER and left == 1):
            return False
        again = task.parent._add_child(task.task_spec, TaskState.WAITING)
        again.triggered = True
        task.task_spec._predict(again, mask=TaskState.NOT_FINISHED_MASK)
        again.task_spec._update(again)
        self.state.counts[again.id] = max(0, left - 1)
        return True

    def _left(self, task: Any, node: Node) -> int:
        timer = self.process.timer_at.get(node.id)
        return self.state.counts.get(task.id, timer.times if timer else 1)

    def entered(self) -> dict[UUID, bool]:
        """Tasks that something came to, and whether they are through."""
        return {task.id: task.state == TaskState.COMPLETED for _, task in self._entered()}

    def _entered(self) -> Iterator[tuple[Any, Any]]:
        for workflow in [self.top, *self.top.subprocesses.values()]:
            for task in list(workflow.tasks.values()):
                if getattr(task.task_spec, "drawn", None) is not None and _came(task):
                    yield workflow, task

    def note(self, known: Mapping[UUID, bool]) -> tuple[str, ...]:
        """Give everything its number that came in this move, and tell what was gone through."""
        passed: dict[str, None] = {}
        for workflow, task in self._entered():
            node: Node = task.task_spec.drawn
            fresh, through = task.id not in known, task.state == TaskState.COMPLETED
            place = self.place(workflow)
            join = ways.joins(place.diagram, node)
            flow = self._flow(task)
            if fresh and flow and (node.kind is not NodeKind.BOUNDARY):
                passed[flow] = None
                if join:
                    arrived = self.state.arrived.setdefault(place.path, {})
                    arrived[flow] = arrived.get(flow, 0) + 1
            if fresh and (node.kind in _NUMBERED or isinstance(task.task_spec, Wait)):
                self.visit(task)
                self._number_events(task)
            late = join or node.kind is NodeKind.BOUNDARY
            if (fresh and not late) or (late and through and not known.get(task.id, False)):
                passed[node.id] = None
        self._consume(known)
        return tuple(passed)

    def _number_events(self, task: Any) -> None:
        if isinstance(task.task_spec, EventBasedGateway):
            for child in task.children:
                self.visit(child)

    def _consume(self, known: Mapping[UUID, bool]) -> None:
        for workflow, task in self._entered():
            place, node = self.place(workflow), task.task_spec.drawn
            through = task.state == TaskState.COMPLETED and not known.get(task.id, False)
            if through and ways.joins(place.diagram, node):
                level = Level(arrived=self.state.arrived.setdefault(place.path, {}))
                ways.consume(place.diagram, node, level)

    def _flow(self, task: Any) -> str:
        """The sequence flow by which something came to a task; ``""`` where there is none."""
        source = task.parent
        while source is not None and getattr(source.task_spec, "drawn", None) is None:
            source = source.parent
        if source is None:
            return ""
        return self.specs.flows.get((source.task_spec.drawn.id, task.task_spec.drawn.id), "")

    def require_going_on(self) -> None:
        """``Refused`` ``process_stuck`` when an instance only waits at joins that nothing comes to any more."""
        for workflow in self.workflows():
            tasks = list(workflow.tasks.values())
            going = any(task.has_state(TaskState.STARTED) or any(_waiting(task)) for task in tasks)
            joins = [
                task for task in tasks if task.state == TaskState.WAITING and getattr(task.task_spec, "drawn", None)
            ]
            if joins and not going and not workflow.completed:
                names = sorted({element_of(task) for task in joins})
                named = "、".join(f"“{self.title(task)}”" for task in joins)
                message = f"办件停在{named}：它要等的另一条线上不会再有人办了。请修改流程图后升级这个流程。"
                raise Refused("process_stuck", message, [Issue("process_stuck", message, field=name) for name in names])

    def tidy(self) -> None:
        """Forget what was counted in instances that are over."""
        paths = {self.path(workflow) for workflow in self.workflows()}
        self.state.counted = {path: part for path, part in self.state.counted.items() if path in paths}
        self.state.arrived = {path: part for path, part in self.state.arrived.items() if path in paths}

    def level(self) -> Level:
        """The level that the reference would have."""
        levels: dict[str, Level] = {}
        for workflow in self.workflows():
            place = self.place(workflow)
            level = Level(
                visits=dict(self.state.counted.get(place.path, {})),
                arrived=dict(self.state.arrived.get(place.path, {})),
            )
            for token, task in self._open_in(workflow):
                node = task.task_spec.drawn
                host = self.visit(self.host(task)) if node.attached else 0
                count = self._left(task, node) if node.kind is NodeKind.BOUNDARY else self.state.counts.get(task.id, 0)
                level.add(token.element, Opened(self.visit(task), host, count))
            levels[place.path] = level
            if place.above is not None:
                around = levels[place.above.path]
                around.inside[name_of("", place.activity, place.visit)] = Inside(level)
        return levels[""]


def _waiting(task: Any) -> Iterator[Any]:
    """The tasks that are open for somebody, a verb or an event because of this one."""
    spec = task.task_spec
    if getattr(spec, "drawn", None) is None:
        return
    if isinstance(spec, Wait):
        if task.state == TaskState.READY:
            yield task
    elif isinstance(spec, EventBasedGateway):
        if task.state == TaskState.WAITING:
            yield from task.children
    elif spec.drawn.kind in (NodeKind.CATCH, NodeKind.RECEIVE, NodeKind.BOUNDARY) and task.state == TaskState.WAITING:
        yield task


def _came(task: Any) -> bool:
    """Whether something came to a task, though it may have been cancelled since. What follows an activity that was
    interrupted is made and cancelled at once: nothing came there."""
    before = task.parent
    if before is None or before.state != TaskState.COMPLETED:
        return False
    split = before.parent
    if (
        split is None
        or not isinstance(split.task_spec, BoundaryEventSplit)
        or isinstance(before.task_spec, BoundaryEvent)
    ):
        return True
    beside = (child for child in split.children if isinstance(child.task_spec, BoundaryEvent))
    return not any(event.state == TaskState.COMPLETED and event.task_spec.cancel_activity for event in beside)
