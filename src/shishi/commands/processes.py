"""``process check | list | show``: what a diagram draws that is run and what is not, by element id; and the processes
of this store, each with its steps."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shishi.commands.context import Context, Outcome, command
from shishi.core.errors import Misuse, Refused
from shishi.core.limits import Limit, TimeUnit
from shishi.core.processes import Process, Step

if TYPE_CHECKING:
    from shishi.core.diagrams import Diagram
    from shishi.packs.diagram_reading import Reading

_UNITS = {
    TimeUnit.WORKING_DAY: "个工作日",
    TimeUnit.CALENDAR_DAY: "天",
    TimeUnit.HOUR: "小时",
    TimeUnit.MINUTE: "分钟",
}


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the operations on processes."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    checking = command(commands, "check", "流程图里什么能运行、什么不能，不需要库", _check, needs_store=False)
    checking.add_argument("path", type=Path, help=".bpmn 文件，或放着流程图的文件夹")
    command(commands, "list", "已安装的流程", _list)
    showing = command(commands, "show", "一个流程的环节、时限、条件、动作", _show)
    showing.add_argument("process", help="流程名称，如 xuancheng/2021/complaint 或 complaint")


def _check(context: Context) -> Outcome:
    path: Path = context.arguments.path
    files = sorted(path.rglob("*.bpmn")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise Misuse("diagram_missing", f"{path} 里没有 .bpmn 流程图；请给出流程图文件，或放着它们的文件夹。")
    checked = _checked(files)
    sound = sum(item["status"] == "runs" for item in checked)
    lines = [line for item in checked for line in _lines(item)]
    total = f"{len(checked)} 个文件：{sound} 个能运行，{len(checked) - sound} 个不能。"
    return Outcome({"files": checked}, [*lines, total], 0 if sound == len(checked) else 1)


def _checked(files: Sequence[Path]) -> list[dict[str, Any]]:
    from shishi.packs.diagram_checks import check_diagram
    from shishi.packs.diagram_reading import read_diagram

    readings: list[Reading | Refused] = []
    for file in files:
        try:
            readings.append(read_diagram(file.read_bytes(), str(file)))
        except Refused as refused:
            readings.append(refused)
    drawn: dict[str, Diagram] = {}
    for reading in readings:
        if not isinstance(reading, Refused):
            for diagram in reading.diagrams:
                check_diagram(diagram, reading)
                drawn.setdefault(diagram.id, diagram)
    return [
        _unread(str(file), reading) if isinstance(reading, Refused) else _told(reading, drawn)
        for file, reading in zip(files, readings, strict=True)
    ]


def _unread(file: str, refused: Refused) -> dict[str, Any]:
    issues = [
        {"element": "", "line": issue.line, "code": issue.code, "message": issue.message} for issue in refused.issues
    ]
    return {"file": file, "status": "unreadable", "processes": [], "not_run": issues, "only_drawn": []}


def _told(reading: Reading, drawn: dict[str, Diagram]) -> dict[str, Any]:
    """What one file draws. A diagram without a fault is gone through, every way once."""
    from shishi.packs.process_files import walked

    walks = {}
    if not reading.faults:
        walks = {diagram.id: walked(diagram, drawn, reading) for diagram in reading.diagrams}
    faulty = {note.element for note in reading.faults}
    return {
        "file": reading.file,
        "status": "not_run" if reading.faults or not reading.diagrams else "runs",
        "processes": [
            {
                "id": diagram.id,
                "title": diagram.title,
                "states": walks[diagram.id].states if diagram.id in walks else None,
                "whole": walks[diagram.id].whole if diagram.id in walks else None,
                "run": [
                    {"element": node.id, "kind": node.kind.value, "title": node.title, "line": reading.lines[node.id]}
                    for node in diagram.nodes
                    if node.id not in faulty
                ],
            }
            for diagram in reading.diagrams
        ],
        "not_run": [_note(note) for note in reading.notes if not note.drawn],
        "only_drawn": [_note(note) for note in reading.notes if note.drawn],
    }


def _note(note: Any) -> dict[str, Any]:
    return {"element": note.element, "line": note.line, "code": note.code, "message": note.message}


def _lines(item: dict[str, Any]) -> Iterator[str]:
    words = {"runs": "能运行", "not_run": "不能运行", "unreadable": "读不出来"}
    yield f"{item['file']}：{words[item['status']]}"
    for process in item["processes"]:
        run = "、".join(part["element"] for part in process["run"])
        walked = ""
        if process["states"] is not None:
            walked = f"；走过 {process['states']} 种情形" + ("" if process["whole"] else "（还有更多，没有走完）")
        yield f"  流程 {process['id']}《{process['title']}》：{len(process['run'])} 个元素能运行（{run}）{walked}"
    for part, word in (("not_run", "不运行"), ("only_drawn", "只画出来")):
        for note in item[part]:
            where = f"第 {note['line']} 行" if note["line"] else ""
            yield f"  {word} {note['element']} {where}：{note['message']}（{note['code']}）"


def _processes() -> list[Process]:
    from shishi.apps.programmes.selectors import packs

    return [process for pack in packs() for process in pack.processes]


def _list(context: Context) -> Outcome:
    found = _processes()
    document = [
        {
            "process": item.name,
            "title": item.title,
            "version": item.version,
            "digest": item.digest,
            "programme": item.programme or None,
            "steps": len(item.steps),
        }
        for item in found
    ]
    lines = [f"{item.name}　{item.title}（第 {item.version} 版，{len(item.steps)} 个环节）" for item in found]
    return Outcome(
        document, lines or ["还没有流程。清单里写上 processes/，或用 processes: [complaint] 取用平台给出的，再安装。"]
    )


def _show(context: Context) -> Outcome:
    from shishi.adapters.processes.choosing import engine_name
    from shishi.packs.canonical import written

    asked = context.arguments.process
    found = [item for item in _processes() if asked in (item.name, item.short)]
    if len(found) != 1:
        known = "、".join(item.name for item in found or _processes()) or "还没有"
        raise Misuse("process_unknown", f"{'不止一个' if found else '没有'}流程“{asked}”。现有：{known}。")
    (process,) = found
    document: Any = {**cast("dict[str, Any]", written(process)), "engine": engine_name(process)}
    for diagram in document["diagrams"]:
        del diagram["xml"]
    return Outcome(document, list(_shown(process)))


def _shown(process: Process) -> Iterator[str]:
    from shishi.adapters.processes.choosing import engine_name
    from shishi.core.evaluation import describe

    engine = {"spiff": "SpiffWorkflow", "reference": "参照引擎（多份办理的子流程）"}[engine_name(process)]
    yield f"{process.name}　{process.title}（第 {process.version} 版 {process.digest[:12]}，由 {engine} 运行）"
    for step in process.steps:
        yield f"  {step.element}　{step.title}{_step(process, step)}"
    for diagram in process.diagrams:
        for flow in diagram.flows:
            if flow.id in process.flows:
                source = diagram.by_id[flow.source]
                words = describe(process.flows[flow.id], process.facts)
                yield f"  连线 {flow.id}　{source.title or source.id} → {flow.title}：{words}"
    for timer in process.timers:
        yield f"  定时 {timer.element}　{_limit(timer.after) if timer.after else timer.at or timer.moment}"
    for call in process.calls:
        yield f"  动作 {call.element}　{call.verb}{f' → {call.table}' if call.table else ''}"


def _step(process: Process, step: Step) -> str:
    lane = process.lane_of.get(step.lane)
    parts = [
        f"由{lane.title}办" if lane else "",
        f"时限{_limit(step.limit)}" if step.limit else "",
        f"承诺{_limit(step.promised)}" if step.promised else "",
        "结果：" + "、".join(item.title for item in step.outcomes) if step.outcomes else "",
    ]
    told = "，".join(part for part in parts if part)
    return f"：{told}" if told else ""


def _limit(limit: Limit) -> str:
    return f"{limit.amount}{_UNITS[limit.unit]}"
