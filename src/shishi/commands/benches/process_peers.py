"""``bench processes``: each way to run a process, in a process of its own."""

from __future__ import annotations

import json
import time
from typing import Any

from shishi.commands.benches.alone import Told
from shishi.core.criteria import Answer
from shishi.core.diagrams import Diagram, Flow, Many, Node, NodeKind
from shishi.core.moves import ProcessEngine
from shishi.core.processes import Process
from shishi.core.tables import Table

MET = frozenset({"Flow_accepted", "Flow_agreed"})
STEPS = ("Task_intake", "Task_assign", "Task_handle", "Task_review", "Service_reply")
"""What is done in each case of the given process of complaints."""

_MANY = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="D">
<bpmn:process id="many" isExecutable="true"><bpmn:startEvent id="S" /><bpmn:subProcess id="Sub">
<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>{count}</bpmn:loopCardinality>
</bpmn:multiInstanceLoopCharacteristics><bpmn:startEvent id="Is" /><bpmn:userTask id="Opinion" />
<bpmn:endEvent id="Ie" /><bpmn:sequenceFlow id="i1" sourceRef="Is" targetRef="Opinion" />
<bpmn:sequenceFlow id="i2" sourceRef="Opinion" targetRef="Ie" /></bpmn:subProcess><bpmn:endEvent id="E" />
<bpmn:sequenceFlow id="f1" sourceRef="S" targetRef="Sub" /><bpmn:sequenceFlow id="f2" sourceRef="Sub" targetRef="E" />
</bpmn:process></bpmn:definitions>"""


class Answering:
    """Answers that are always the same."""

    def __init__(self, count: int = 1) -> None:
        self.count = count

    def flow(self, flow: str, within: str) -> Answer:
        """Accepted, ours, agreed."""
        return Answer.MET if flow in MET else Answer.NOT_MET

    def times(self, element: str, within: str) -> int:
        """As many as asked for."""
        return self.count

    def again(self, element: str, within: str, done: int) -> bool:
        """Once."""
        return False

    def enough(self, element: str, within: str, done: int) -> bool:
        """All."""
        return False


def ours(engine: str, cases: int) -> Told:
    """Cases from their start to their end, through our port; the marking is written and read at every step."""
    process, runs, answers = _complaint(), _engine(engine), Answering()
    runs.start(process, answers)
    begun, ended, size = time.perf_counter(), 0, 0
    for _ in range(cases):
        moved = runs.start(process, answers)
        for step in STEPS:
            moved = runs.complete(process, moved.marking, step, answers)
            size = max(size, len(moved.marking))
        ended += moved.ended
    return Told(time.perf_counter() - begun, cases * len(STEPS), {"ended": ended}, {})


def plain(cases: int) -> Told:
    """The same drawing with SpiffWorkflow as its documentation uses it: parser, Python conditions, serializer."""
    from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    spec, serializer = _parsed(_as_spiff_wants_it(), "Process_complaint"), BpmnWorkflowSerializer()
    begun, ended = time.perf_counter(), 0
    for _ in range(cases):
        workflow: Any = BpmnWorkflow(*spec)
        workflow.do_engine_steps()
        for step in STEPS:
            _done(workflow, step)
            workflow = serializer.deserialize_json(serializer.serialize_json(workflow))
        ended += workflow.is_completed()
    return Told(time.perf_counter() - begun, cases * len(STEPS), {"ended": ended})


def many(instances: int) -> Told:
    """One activity with steps inside for so many, one after another done, saved after each."""
    process, runs, answers = _many(), _engine("reference"), Answering(instances)
    begun = time.perf_counter()
    moved = runs.start(process, answers)
    for number in range(instances):
        moved = runs.complete(process, moved.marking, f"Sub[{number}]/Opinion", answers)
    return Told(time.perf_counter() - begun, instances, {"ended": moved.ended})


def many_plain(instances: int, steps: int) -> Told:
    """The same with SpiffWorkflow's own multi-instance: the first ``steps`` are measured and stand for all."""
    from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

    spec, serializer = _parsed(_MANY.format(count=instances), "many"), BpmnWorkflowSerializer()
    workflow: Any = BpmnWorkflow(*spec)
    workflow.do_engine_steps()
    begun = time.perf_counter()
    for _ in range(steps):
        _done(workflow, "Opinion")
        workflow = serializer.deserialize_json(serializer.serialize_json(workflow))
    taken = time.perf_counter() - begun
    return Told(taken / steps * instances, instances, {"ended": True}, {f"量过的 {steps} 步": taken})


def _done(workflow: Any, step: str) -> None:
    from SpiffWorkflow.util.task import TaskState

    ready = workflow.get_tasks(state=TaskState.READY, manual=True)
    task = next(task for task in ready if task.task_spec.name == step)
    task.run()
    workflow.do_engine_steps()


def _parsed(text: str, name: str) -> tuple[Any, Any]:
    from SpiffWorkflow.bpmn.parser import BpmnParser

    parser = BpmnParser()
    parser.add_bpmn_str(text.encode())
    return parser.get_spec(name), parser.get_subprocess_specs(name)


def _as_spiff_wants_it() -> str:
    """Conditions and durations in Python, a person instead of a verb, and no element of the names ``Start`` and
    ``End``, which it keeps for itself (and passes such elements over without a word)."""
    from shishi.packs.process_files import GIVEN

    text = (GIVEN / "complaint.bpmn").read_text(encoding="utf-8").replace("bpmn:serviceTask", "bpmn:userTask")
    for flow in ("Flow_accepted", "Flow_agreed", "Flow_not_ours"):
        start = text.index(f'<bpmn:sequenceFlow id="{flow}"')
        end = text.index("/>", start)
        told = f"<bpmn:conditionExpression>{flow in MET}</bpmn:conditionExpression></bpmn:sequenceFlow>"
        text = f"{text[:end]}>{told}{text[end + 2 :]}"
    text = text.replace(">P14D<", ">'P14D'<")
    for word in ("Start", "End"):
        text = text.replace(f'"{word}"', f'"{word}_1"').replace(f">{word}<", f">{word}_1<")
    return text


def _engine(name: str) -> ProcessEngine:
    from shishi.adapters.processes.reference import ReferenceEngine
    from shishi.adapters.processes.spiff import SpiffEngine

    return SpiffEngine() if name == "spiff" else ReferenceEngine()


def _complaint() -> Process:
    from shishi.packs.faults import Faults
    from shishi.packs.process_files import given_file

    file = given_file("complaint", Faults())
    assert file is not None  # noqa: S101 - the platform's own file; the tests load it
    return _said_nothing(file.diagram)


def _many() -> Process:
    nodes = (
        Node("S", NodeKind.START),
        Node("Sub", NodeKind.SUBPROCESS, many=Many.TOGETHER),
        Node("E", NodeKind.END),
        Node("Is", NodeKind.START, scope="Sub"),
        Node("Opinion", NodeKind.USER, scope="Sub"),
        Node("Ie", NodeKind.END, scope="Sub"),
    )
    pairs = (("S", "Sub"), ("Sub", "E"), ("Is", "Opinion"), ("Opinion", "Ie"))
    return _said_nothing(Diagram("many", "", nodes, tuple(Flow(f"{a}-{b}", a, b) for a, b in pairs)))


def _said_nothing(diagram: Diagram) -> Process:
    facts = Table(diagram.id, diagram.title, 1, (), (), "")
    return Process(diagram.id, diagram.title, 1, json.dumps(diagram.id), "", (diagram,), facts)
