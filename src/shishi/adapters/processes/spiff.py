"""SpiffWorkflow behind the port: what cases run on wherever it keeps up (``choosing`` says where not). It decides which
task comes next; the names of tokens, which are never used twice, are ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException

from shishi.adapters.processes import spiff_state
from shishi.adapters.processes.spiff_specs import FREE, Specs, element_of, specs_of
from shishi.adapters.processes.spiff_standing import SpiffStanding
from shishi.adapters.processes.spiff_state import State
from shishi.core.criteria import Answer
from shishi.core.diagrams import Many, Trigger
from shishi.core.errors import Issue, Refused
from shishi.core.migrating import migrated
from shishi.core.moves import Answers, Moved, Raised, Token
from shishi.core.processes import Process
from shishi.core.standing import TRIGGERED
from shishi.core.walking import DONE, HAPPENED, MOST_STEPS


class SpiffEngine:
    """See :class:`shishi.core.moves.ProcessEngine`."""

    def start(self, process: Process, answers: Answers) -> Moved:
        """A case begins."""
        specs = specs_of(process)
        workflow = BpmnWorkflow(specs.top, specs.within)
        return _Move(process, specs, State(workflow, process.digest), answers).made(lambda: None)

    def complete(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A task or a call is done."""
        move = _Move.of(process, marking, answers)
        return move.made(lambda: move.complete(token))

    def fire(self, process: Process, marking: bytes, token: str, answers: Answers) -> Moved:
        """A timer is due, a message came, an error or escalation was raised."""
        move = _Move.of(process, marking, answers)
        return move.made(lambda: move.fire(token))

    def migrate(self, old: Process, new: Process, marking: bytes) -> Moved:
        """The marking under another version. What a tree of tasks went through has no counterpart there, where it
        stands has: from here on the reference moves the case."""
        state = spiff_state.read(marking, specs_of(old), old.digest)
        return migrated(old, new, SpiffStanding(old, specs_of(old), state).level(), state.ended)

    def open_tokens(self, process: Process, marking: bytes) -> Iterator[Token]:
        """Every open token."""
        specs = specs_of(process)
        state = spiff_state.read(marking, specs, process.digest)
        return iter(token for token, _ in SpiffStanding(process, specs, state).open().values())


class _Asking(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Asks the case where SpiffWorkflow would evaluate a text; the text is the id of a sequence flow."""

    def __init__(self, answers: Answers, standing: SpiffStanding) -> None:
        super().__init__()
        self.answers = answers
        self.standing = standing

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        """Whether the flow is taken. ``Refused`` ``process_undecided`` when that is not known."""
        if expression == FREE:
            return True
        answer = self.answers.flow(expression, self.standing.path(task.workflow))
        if answer is Answer.NOT_KNOWN:
            title = self.standing.title(task)
            message = f"“{title}”之后走哪条线，要看的内容还没有填写；请补填后再提交。"
            raise Refused("process_undecided", message, [Issue("process_undecided", message, field=expression)])
        return answer is Answer.MET

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """No script is ever run."""
        raise Refused("process_script", "流程图里的程序不执行。")

    def call_service(self, task: Any, **more: Any) -> Any:
        """Verbs are run by the platform, not by the engine."""
        raise Refused("process_script", "流程图里的程序不执行。")


class _Move:
    def __init__(self, process: Process, specs: Specs, state: State, answers: Answers) -> None:
        self.process = process
        self.state = state
        self.answers = answers
        self.standing = SpiffStanding(process, specs, state)
        self.workflow = state.workflow
        self.workflow.script_engine = _Asking(answers, self.standing)
        self.before = self.standing.open()
        self.known = self.standing.entered()
        self.done = ""
        self.steps = 0

    @classmethod
    def of(cls, process: Process, marking: bytes, answers: Answers) -> _Move:
        """A move of a case that stands somewhere."""
        specs = specs_of(process)
        return cls(process, specs, spiff_state.read(marking, specs, process.digest), answers)

    def complete(self, name: str) -> None:
        """Somebody is done."""
        token, task = self.standing.found(self.before, name, DONE)
        self.done = name
        node, done = task.task_spec.drawn, self.state.counts.get(task.id, 0) + 1
        if node.many is Many.AGAIN and self.answers.again(node.id, token.within, done):
            self.state.counts[task.id] = done
            self.standing.rename(task)
        else:
            task.run()

    def fire(self, name: str) -> None:
        """What was waited for came."""
        _, task = self.standing.found(self.before, name, HAPPENED)
        self.done = name
        self.standing.set_off(task)

    def made(self, step: Callable[[], None]) -> Moved:
        """The step with all that follows."""
        try:
            step()
            self.workflow.do_engine_steps(did_complete_task=self._count)
            while self.standing.arm_again():
                self.workflow.do_engine_steps(did_complete_task=self._count)
        except WorkflowException as lost:
            raise self._no_way(lost) from lost
        raised = self._raised()
        passed = self.standing.note(self.known)
        self.standing.require_going_on()
        after = self.standing.open()
        self.state.ended = bool(self.workflow.is_completed())
        self.standing.tidy()
        return Moved(
            spiff_state.written(self.state),
            tuple(token for name, (token, _) in after.items() if name not in self.before),
            tuple(name for name in self.before if name not in after and name != self.done),
            passed,
            raised,
            self.state.ended,
        )

    def _count(self, task: Any) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            title = self.standing.title(task)
            message = f"“{title}”所在的一圈里没有要人办的环节，办件会一直转下去；请修改流程图。"
            raise Refused("process_endless", message, [Issue("process_endless", message, field=element_of(task))])

    def _raised(self) -> tuple[Raised, ...]:
        thrown = self.workflow.get_events()
        ends = any(getattr(item, "trigger", None) is Trigger.ERROR for item in thrown)
        if ends:
            self.workflow.cancel()
        return tuple(
            Raised(item.name, TRIGGERED[item.trigger], item.signal) for item in thrown if hasattr(item, "trigger")
        )

    def _no_way(self, lost: WorkflowException) -> Refused:
        element = element_of(lost)
        node = self.process.nodes.get(element)
        title = (node.title or node.id) if node else element
        message = f"“{title}”之后没有一条线的条件成立，也没有画默认线，办件无处可去；请核对填写的内容。"
        return Refused("process_no_way", message, [Issue("process_no_way", message, field=element)])
