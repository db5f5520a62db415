"""What a process must say of its diagram, and does not: a flow without a criterion, a lane without anybody, a service
task without a verb, an error that nobody catches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shishi.core.case_states import CaseState
from shishi.core.diagrams import PEOPLE, SCOPES, Many, Node, NodeKind, Trigger
from shishi.core.processes import NEVER, Process, Step
from shishi.packs.faults import suggestion
from shishi.packs.process_files import ProcessFile


def check_process(process: Process, files: Iterable[ProcessFile]) -> None:
    """Note everything that is missing or does not fit."""
    seen: dict[str, str] = {}
    for file in files:
        for node in file.diagram.nodes:
            if node.id in seen:
                message = f"编号在流程“{seen[node.id]}”里也有；互相调用的流程，元素编号不能相同。"
                file.draws("diagram_id_twice", message, node.id)
            seen[node.id] = file.code
            _check_node(process, file, node)
        for flow in file.diagram.flows:
            if flow.asked and flow.id not in process.flows:
                message = f"{_from(file, flow.source)}之后要看条件，YAML 的 flows 里没有写；请补上，或画成默认线。"
                file.draws("process_flow_without_criterion", message, flow.id)
        _check_lanes(process, file)
        _check_forms(process, file)
        _check_states(process, file)
    _check_case(process, next(iter(files)))


def _from(file: ProcessFile, source: str) -> str:
    node = file.diagram.by_id.get(source)
    return f"“{(node.title or node.id) if node else source}”"


def _check_node(process: Process, file: ProcessFile, node: Node) -> None:
    repeat = process.repeat_at.get(node.id)
    if node.calls and node.id not in process.call_at:
        file.draws("process_call_missing", "要在 YAML 的 calls 里写明做什么动作。", node.id)
    counted = repeat is not None and (repeat.times is not None or bool(repeat.each))
    if node.kind in SCOPES and node.many in (Many.TOGETHER, Many.IN_TURN) and not counted:
        file.draws("process_times_missing", "要办多份，请在 YAML 的 repeats 里写明几份（times 或 each）。", node.id)
    if node.many is Many.AGAIN and (repeat is None or repeat.again == NEVER):
        file.draws("process_times_missing", "是循环，请在 YAML 的 repeats 里写明什么时候再办（again）。", node.id)
    step = process.step_at.get(node.id)
    if node.kind in PEOPLE and node.many in (Many.TOGETHER, Many.IN_TURN) and step and step.countersign is None:
        file.draws("process_countersign_missing", "由多人办理，请在 YAML 的 steps 里写明 countersign。", node.id)
    receives = node.kind in (NodeKind.RECEIVE, NodeKind.CATCH, NodeKind.BOUNDARY) and node.trigger is Trigger.MESSAGE
    if receives and not node.signal:
        file.draws("process_message_unnamed", "等哪个消息没有写明；请在流程图工具里选择消息。", node.id)


def _check_lanes(process: Process, file: ProcessFile) -> None:
    drawn = {lane.id for lane in file.diagram.lanes}
    for element in file.shape.lanes:
        if element not in drawn:
            message = f"流程图里没有泳道“{element}”。{suggestion(element, drawn)}"
            file.note("process_lane_unknown", message, ("lanes", element))
    for lane in file.diagram.lanes:
        used = [node for node in file.diagram.nodes if node.lane == lane.id and node.kind in PEOPLE]
        if used and lane.id not in process.lane_of:
            file.draws("process_lane_unknown", f"泳道“{lane.title}”是谁，YAML 的 lanes 里没有写。", lane.id)
    for element, shape in file.shape.lanes.items():
        if shape.applicant is bool(shape.role):
            message = "泳道要么是申请人（applicant: true），要么写明岗位的角色（role）。"
            file.note("process_lane_unclear", message, ("lanes", element))
    if file.shape.part:
        return
    for step in process.steps:
        if step.element in file.diagram.by_id and not step.lane:
            file.draws("process_lane_unknown", "没有放在任何泳道里，不知道由谁办。", step.element)


def _check_forms(process: Process, file: ProcessFile) -> None:
    for step in process.steps:
        if step.element in file.diagram.by_id:
            for path, name in _forms_of(step):
                if name not in process.forms:
                    message = f"没有表单“{name}”。{suggestion(name, process.forms)}"
                    file.note("process_form_unknown", message, ("steps", step.element, *path))
            for at, lane in enumerate(step.copies):
                if lane not in process.lane_of:
                    message = f"没有泳道“{lane}”。{suggestion(lane, process.lane_of)}"
                    file.note("process_lane_unknown", message, ("steps", step.element, "copies", at))


def _check_states(process: Process, file: ProcessFile) -> None:
    """States that a step or an outcome gives to the case."""
    known = [state.value for state in CaseState]
    for step in process.steps:
        if step.element not in file.diagram.by_id:
            continue
        told: list[tuple[tuple[str, ...], str]] = [(("state",), step.state)]
        told += [(("outcomes", outcome.code, "state"), outcome.state) for outcome in step.outcomes]
        for path, state in told:
            if state and state not in known:
                message = f"办件没有状态“{state}”。{suggestion(state, known)}"
                file.note("process_state_unknown", message, ("steps", step.element, *path))


def _forms_of(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if step.form:
        yield ("form",), step.form
    yield from ((("shown", at), name) for at, name in enumerate(step.shown))


def _check_case(process: Process, file: ProcessFile) -> None:
    starts = process.starts
    if starts.form and starts.form not in process.forms:
        message = f"没有表单“{starts.form}”。{suggestion(starts.form, process.forms)}"
        file.note("process_form_unknown", message, ("starts", "form"))
    if not process.mark:
        file.note("pack_missing_key", "缺少 number: {mark: …}（受理编号的字头），请补上。", ())
    if process.clocks.starts and process.clocks.starts not in process.nodes:
        message = f"流程图里没有元素“{process.clocks.starts}”。"
        file.note("process_element_unknown", message, ("clocks", "case", "starts"))
