"""Diagrams 流程图 as modellers write them (BPMN 2.0, bpmn-js): each process as a :class:`Diagram`, and by element id what
is drawn and not run. Nothing is guessed: what has a meaning that shishi does not carry out is a fault, what has none
(notes, data symbols, pools without a process) is said to be only drawn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from shishi.core.diagrams import SCOPES, Diagram, DrawnLane, Flow, Many, Node, NodeKind, Trigger
from shishi.packs.diagram_xml import MODEL, Element, read_xml

KINDS = {
    "startEvent": NodeKind.START,
    "endEvent": NodeKind.END,
    "task": NodeKind.TASK,
    "userTask": NodeKind.USER,
    "manualTask": NodeKind.MANUAL,
    "serviceTask": NodeKind.SERVICE,
    "sendTask": NodeKind.SEND,
    "receiveTask": NodeKind.RECEIVE,
    "exclusiveGateway": NodeKind.EXCLUSIVE,
    "parallelGateway": NodeKind.PARALLEL,
    "inclusiveGateway": NodeKind.INCLUSIVE,
    "eventBasedGateway": NodeKind.EVENT_GATEWAY,
    "intermediateCatchEvent": NodeKind.CATCH,
    "intermediateThrowEvent": NodeKind.THROW,
    "boundaryEvent": NodeKind.BOUNDARY,
    "callActivity": NodeKind.CALL,
    "subProcess": NodeKind.SUBPROCESS,
}
TRIGGERS = {
    "timerEventDefinition": Trigger.TIMER,
    "messageEventDefinition": Trigger.MESSAGE,
    "errorEventDefinition": Trigger.ERROR,
    "escalationEventDefinition": Trigger.ESCALATION,
    "terminateEventDefinition": Trigger.TERMINATE,
}
ALLOWED = {
    NodeKind.START: {Trigger.NONE, Trigger.MESSAGE},
    NodeKind.END: {Trigger.NONE, Trigger.MESSAGE, Trigger.ERROR, Trigger.ESCALATION, Trigger.TERMINATE},
    NodeKind.CATCH: {Trigger.TIMER, Trigger.MESSAGE},
    NodeKind.THROW: {Trigger.NONE, Trigger.MESSAGE, Trigger.ESCALATION},
    NodeKind.BOUNDARY: {Trigger.TIMER, Trigger.MESSAGE, Trigger.ERROR, Trigger.ESCALATION},
}
TRIGGER_WORDS = {
    Trigger.NONE: "空", Trigger.TIMER: "定时", Trigger.MESSAGE: "消息", Trigger.ERROR: "错误",
    Trigger.ESCALATION: "升级", Trigger.TERMINATE: "终止",
}  # fmt: skip
NOT_RUN = {
    "scriptTask": "脚本任务（流程图里的程序不执行；请改用服务任务，在 YAML 里写明动作）",
    "businessRuleTask": "业务规则任务（请改用服务任务）",
    "transaction": "事务子流程（请改用子流程）",
    "adHocSubProcess": "即席子流程（请改用子流程，画明先后）",
    "complexGateway": "复杂网关（请改用排他、并行或包容网关）",
    "subChoreography": "编排图",
    "choreographyTask": "编排图",
    "implicitThrowEvent": "隐式事件",
    "event": "没有类型的事件",
}
WRONG_EVENTS = {
    "signalEventDefinition": "信号事件（请改用消息事件）",
    "conditionalEventDefinition": "条件事件（请用网关，在 YAML 里写条件）",
    "compensateEventDefinition": "补偿事件",
    "cancelEventDefinition": "取消事件",
    "linkEventDefinition": "链接事件（请直接连线）",
}
ONLY_DRAWN = {
    "textAnnotation": "注释", "association": "关联线", "group": "分组框", "dataObject": "数据对象",
    "dataObjectReference": "数据对象", "dataStoreReference": "数据存储", "messageFlow": "消息流", "dataStore": "数据存储",
}  # fmt: skip
GOOD_ID = re.compile(r"[^\W\d][\w.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Note:
    """One thing about an element. ``drawn``: it is only drawn; else the diagram cannot be run with it."""

    code: str
    message: str
    element: str = ""
    line: int | None = None
    drawn: bool = False


@dataclass
class Reading:
    """What a file draws. ``lines``: of every id, for faults that are found later."""

    file: str
    diagrams: list[Diagram] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> list[Note]:
        """What keeps it from running."""
        return [note for note in self.notes if not note.drawn]

    def note(self, code: str, message: str, element: str = "", drawn: bool = False) -> None:
        """Note one thing, once."""
        found = Note(code, message, element, self.lines.get(element), drawn)
        if found not in self.notes:
            self.notes.append(found)


def read_diagram(content: bytes, file: str) -> Reading:
    """Every process of a file. ``Refused`` ``diagram_unreadable`` when it is no BPMN at all."""
    root = read_xml(content, file)
    reading = Reading(file)
    _index(root, reading)
    text = content.decode("utf-8-sig", "replace")
    for process in root.of("process"):
        reader = _ProcessReader(root, process, reading)
        reader.read()
        reading.diagrams.append(reader.diagram(text))
    for element in (element for part in root.of("collaboration") for element in part.of("messageFlow", "group")):
        reading.note("diagram_only_drawn", f"{ONLY_DRAWN[element.name]}只作说明。", element.id, drawn=True)
    for element in root.of("choreography", "globalUserTask", "globalScriptTask"):
        reading.note("diagram_not_run", f"“{element.name}”不运行。", element.id)
    return reading


def _index(root: Element, reading: Reading) -> None:
    for element in _all(root):
        if element.space == MODEL and element.id:
            if element.id in reading.lines:
                reading.note("diagram_id_twice", f"编号“{element.id}”用了两次，请改其中一个。", element.id)
            reading.lines.setdefault(element.id, element.line)


def _all(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _all(child)


class _ProcessReader:
    """Reads one process: its elements, those of its subprocesses, its lanes."""

    def __init__(self, root: Element, process: Element, reading: Reading) -> None:
        self.root = root
        self.process = process
        self.reading = reading
        self.signals = {
            part.id: part.attributes.get("errorCode") or part.attributes.get("escalationCode") or part.title
            for part in root.of("message", "error", "escalation")
        }
        self.nodes: dict[str, Node] = {}
        self.flows: list[Flow] = []
        self.order: dict[str, int] = {}
        self.lanes: list[DrawnLane] = []
        self.lane_of: dict[str, str] = {}

    def read(self) -> None:
        """Read it whole."""
        for lanes in self.process.of("laneSet"):
            self._lanes(lanes)
        self._scope(self.process, "")

    def diagram(self, xml: str) -> Diagram:
        """What was read."""
        behind = {
            flow.target: flow.source
            for flow in self.flows
            if flow.source in self.nodes and self.nodes[flow.source].kind is NodeKind.EVENT_GATEWAY
        }
        nodes = tuple(_waited_for(node, behind) for node in self.nodes.values())
        leaving = Counter(flow.source for flow in self.flows)
        drawn = sorted(self.flows, key=lambda flow: self.order.get(flow.id, len(self.order)))
        flows = [replace(flow, asked=self._asked(flow, leaving[flow.source])) for flow in drawn]
        title = self.process.title or self._pool() or self.process.id
        return Diagram(self.process.id, title, nodes, tuple(flows), tuple(self.lanes), xml)

    def _asked(self, flow: Flow, beside: int) -> bool:
        """Whether a criterion decides: drawn with a condition, or one of several ways out of a gateway that chooses."""
        source = self.nodes.get(flow.source)
        if source is None or flow.id == source.default:
            return False
        return flow.asked or (source.kind in (NodeKind.EXCLUSIVE, NodeKind.INCLUSIVE) and beside > 1)

    def _pool(self) -> str:
        pools = (pool for part in self.root.of("collaboration") for pool in part.of("participant"))
        return next((pool.title for pool in pools if pool.attributes.get("processRef") == self.process.id), "")

    def _lanes(self, lanes: Element) -> None:
        for lane in lanes.of("lane"):
            self.lanes.append(DrawnLane(lane.id, lane.title))
            for reference in lane.of("flowNodeRef"):
                self.lane_of[reference.text.strip()] = lane.id
            for inner in lane.of("childLaneSet"):
                self._lanes(inner)

    def _scope(self, around: Element, scope: str) -> None:
        for element in around.children:
            if element.space != MODEL:
                continue
            if element.name in KINDS:
                self._node(element, scope)
            elif element.name == "sequenceFlow":
                self._flow(element)
            elif element.name in NOT_RUN:
                self.reading.note("diagram_not_run", f"不运行：{NOT_RUN[element.name]}。", element.id)
            elif element.name in ONLY_DRAWN:
                self.reading.note("diagram_only_drawn", f"{ONLY_DRAWN[element.name]}只作说明。", element.id, drawn=True)

    def _flow(self, element: Element) -> None:
        source, target = element.attributes.get("sourceRef", ""), element.attributes.get("targetRef", "")
        conditional = any(True for _ in element.of("conditionExpression"))
        self.flows.append(Flow(element.id, source, target, element.title, conditional))

    def _node(self, element: Element, scope: str) -> None:
        if not GOOD_ID.fullmatch(element.id):
            message = f"编号“{element.id}”要以字母开头，只用字母、数字、“_”“-”“.”，不超过 60 个字。"
            self.reading.note("diagram_bad_id", message, element.id)
        kind = KINDS[element.name]
        trigger, signal, timing = self._event(element, kind)
        self.nodes[element.id] = Node(
            id=element.id,
            kind=kind,
            title=element.title,
            scope=scope,
            lane=self.lane_of.get(element.id, ""),
            trigger=trigger,
            signal=signal,
            interrupting=element.attributes.get("cancelActivity", "true") == "true",
            attached=element.attributes.get("attachedToRef", ""),
            default=element.attributes.get("default", ""),
            many=self._many(element, kind),
            called=element.attributes.get("calledElement", ""),
            timing=timing,
        )
        for outgoing in element.of("outgoing"):
            self.order.setdefault(outgoing.text.strip(), len(self.order))
        self._unusual(element, kind)
        if kind is NodeKind.SUBPROCESS:
            self._scope(element, element.id)

    def _event(self, element: Element, kind: NodeKind) -> tuple[Trigger, str, str]:
        if kind in (NodeKind.SEND, NodeKind.RECEIVE):
            return Trigger.MESSAGE, self._signal(element, element.attributes.get("messageRef", "")), ""
        if kind not in ALLOWED:
            return Trigger.NONE, "", ""
        definitions = [
            part for part in element.children if part.space == MODEL and part.name.endswith("EventDefinition")
        ]
        for part in definitions:
            if part.name in WRONG_EVENTS:
                self.reading.note("diagram_not_run", f"不运行：{WRONG_EVENTS[part.name]}。", element.id)
        if len(definitions) > 1:
            self.reading.note("diagram_not_run", "不运行：一个事件同时等几样。请用事件网关分开画。", element.id)
        definition = next(iter(definitions), None)
        trigger = TRIGGERS.get(definition.name, Trigger.NONE) if definition else Trigger.NONE
        known = definition is None or definition.name in TRIGGERS
        if known and trigger not in ALLOWED[kind]:
            message = f"不运行：这里不能用{TRIGGER_WORDS[trigger]}事件。"
            self.reading.note("diagram_not_run", message, element.id)
        if definition is None:
            return trigger, "", ""
        references = (definition.attributes.get(f"{word}Ref", "") for word in ("message", "error", "escalation"))
        signal = self._signal(element, next((item for item in references if item), ""))
        timings = (definition.says(part) for part in ("timeDuration", "timeDate", "timeCycle"))
        return trigger, signal, next((timing for timing in timings if timing), "")

    def _signal(self, element: Element, reference: str) -> str:
        if reference and reference not in self.signals:
            message = f"引用的“{reference}”在文件里没有定义，请在流程图工具里重新选择。"
            self.reading.note("diagram_reference_unknown", message, element.id)
        return self.signals.get(reference, "")

    def _many(self, element: Element, kind: NodeKind) -> Many:
        multiple = next(element.of("multiInstanceLoopCharacteristics"), None)
        loop = next(element.of("standardLoopCharacteristics"), None)
        if loop is not None and loop.attributes.get("testBefore") == "true":
            self.reading.note("diagram_not_run", "不运行：先判断再办的循环。请画成网关和回头的线。", element.id)
        if (multiple is not None or loop is not None) and kind not in _REPEATED:
            message = "不运行：只有用户任务、人工任务、子流程和调用活动可以办多次。请放进子流程。"
            self.reading.note("diagram_not_run", message, element.id)
        if multiple is not None:
            return Many.IN_TURN if multiple.attributes.get("isSequential") == "true" else Many.TOGETHER
        return Many.AGAIN if loop is not None else Many.ONCE

    def _unusual(self, element: Element, kind: NodeKind) -> None:
        if element.attributes.get("triggeredByEvent") == "true":
            self.reading.note("diagram_not_run", "不运行：事件子流程（请改用边界事件）。", element.id)
        if element.attributes.get("isForCompensation") == "true":
            self.reading.note("diagram_not_run", "不运行：补偿活动。", element.id)
        if element.attributes.get("eventGatewayType") == "Parallel" or element.attributes.get("instantiate") == "true":
            self.reading.note("diagram_not_run", "不运行：由事件新开一件，或等齐几个事件。", element.id)
        if kind is NodeKind.CALL and not element.attributes.get("calledElement"):
            self.reading.note("diagram_call_unknown", "调用活动没有写明调用哪个流程。", element.id)
        if any(child.space != MODEL for part in element.of("extensionElements") for child in part.children):
            message = "其他引擎的扩展属性不读取；办理人、表单、条件都写在 YAML 里。"
            self.reading.note("diagram_only_drawn", message, element.id, drawn=True)


_REPEATED = SCOPES | {NodeKind.USER, NodeKind.MANUAL}


def _waited_for(node: Node, behind: dict[str, str]) -> Node:
    """An event after an event gateway is attached to it."""
    if node.id not in behind or node.kind not in (NodeKind.CATCH, NodeKind.RECEIVE):
        return node
    return replace(node, attached=behind[node.id])
