"""The files of the processes of a pack: ``processes/NAME.bpmn`` with ``NAME.yaml``, and those that the platform
gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shishi.core.diagrams import Diagram
from shishi.core.errors import Issue, Refused
from shishi.core.processes import Process
from shishi.core.soundness import Explored, explore
from shishi.core.tables import Table
from shishi.packs.diagram_checks import check_diagram
from shishi.packs.diagram_reading import Reading, read_diagram
from shishi.packs.faults import Faults, suggestion
from shishi.packs.process_shapes import ProcessShape
from shishi.packs.reading import Folder, Read, read_shape
from shishi.packs.table_building import Place
from shishi.packs.yaml_files import Path_

GIVEN = Path(__file__).parent / "given" / "processes"


@dataclass(frozen=True)
class ProcessFile:
    """A process as it is written: what is said, what is drawn, and where to note a fault of either."""

    code: str
    read: Read[ProcessShape]
    reading: Reading
    diagram: Diagram
    faults: Faults

    @property
    def shape(self) -> ProcessShape:
        """What the YAML says."""
        return self.read.shape

    @property
    def sources(self) -> dict[str, str]:
        """Both files as they were written, by their names under the pack's folder; none of the platform's own."""
        path = Path(self.read.name)
        if path.parent == GIVEN:
            return {}
        said = path.read_text(encoding="utf-8-sig")
        return {f"processes/{self.code}.yaml": said, f"processes/{self.code}.bpmn": self.diagram.xml}

    def note(self, code: str, message: str, path: Path_) -> None:
        """Note a fault of the YAML."""
        Place(self.read, self.faults).note(code, message, path)

    def draws(self, code: str, message: str, element: str) -> None:
        """Note a fault of the diagram at an element."""
        line = self.reading.lines.get(element)
        self.faults.add(code, f"元素 {element}：{message}", self.reading.file, line, element)


def process_files(folder: Folder, faults: Faults) -> dict[str, ProcessFile]:
    """Every process of the pack and of those that it takes, by short name."""
    found: dict[str, ProcessFile] = {}
    for code, read in folder.processes.items():
        path = Path(read.name).with_suffix(".bpmn")
        file = _process_file(code, read, path, faults)
        if file is not None:
            found[code] = file
    for index, code in enumerate(folder.pack.shape.processes if folder.pack else ()):
        if folder.pack is None or not _may_take(code, index, folder, faults):
            continue
        taken = given_file(code, faults)
        if taken is not None:
            found[code] = taken
    return found


def given_names() -> list[str]:
    """Processes that the platform gives."""
    return sorted(path.stem for path in GIVEN.glob("*.yaml"))


def given_file(code: str, faults: Faults) -> ProcessFile | None:
    """One of them, as it is written."""
    path = GIVEN / f"{code}.yaml"
    read = read_shape(path, ProcessShape, faults)
    return _process_file(code, read, path.with_suffix(".bpmn"), faults) if read else None


def _may_take(code: str, index: int, folder: Folder, faults: Faults) -> bool:
    assert folder.pack is not None  # noqa: S101 - asked for its own list
    place = Place(folder.pack, faults)
    if code in folder.processes:
        message = f"清单自己有流程“{code}”，又要取平台的同名流程；请删去一个，或给自己的换一个名称。"
        place.note("pack_duplicate_code", message, ("processes", index))
        return False
    return place.require(code, given_names(), "平台给出的流程", ("processes", index))


def _process_file(code: str, read: Read[ProcessShape], path: Path, faults: Faults) -> ProcessFile | None:
    if not path.is_file():
        message = f"缺少流程图 {path.name}；请把它和这个文件放在一起。"
        faults.add("pack_file_missing", message, read.name, None)
        return None
    try:
        reading = read_diagram(path.read_bytes(), str(path))
    except Refused as refused:
        faults.issues += refused.issues
        return None
    if len(reading.diagrams) != 1:
        several = "、".join(diagram.id for diagram in reading.diagrams) or "没有"
        message = f"一个文件要有一个流程，现在有 {len(reading.diagrams)} 个（{several}）；请分成几个文件，其他单位画成没有内容的泳池。"
        faults.add("diagram_processes", message, str(path), None)
        return None
    check_diagram(reading.diagrams[0], reading)
    faults.issues += issues_of(reading)
    return ProcessFile(code, read, reading, reading.diagrams[0], faults)


def issues_of(reading: Reading) -> list[Issue]:
    """What keeps a diagram from running, as issues: the element's id is in the message and in ``field``."""
    return [
        Issue(note.code, f"元素 {note.element}：{note.message}", file=reading.file, line=note.line, field=note.element)
        for note in reading.faults
    ]


def called_by(file: ProcessFile, files: dict[str, ProcessFile]) -> Iterator[ProcessFile]:
    """The processes that one calls, and those that they call, each once; an unknown one or a circle is a fault."""
    by_id = {other.diagram.id: other for other in files.values()}
    seen = {file.diagram.id}
    ahead: list[tuple[ProcessFile, tuple[str, ...]]] = [(file, (file.diagram.id,))]
    while ahead:
        caller, around = ahead.pop(0)
        for node in caller.diagram.nodes:
            if not node.called:
                continue
            called = by_id.get(node.called)
            if called is None:
                message = f"没有流程“{node.called}”。{suggestion(node.called, by_id)}"
                caller.draws("diagram_call_unknown", message, node.id)
            elif node.called in around:
                caller.draws("diagram_call_circle", f"流程“{node.called}”绕回来调用了自己。", node.id)
            elif node.called not in seen:
                seen.add(node.called)
                ahead.append((called, (*around, node.called)))
                yield called


def walked(diagram: Diagram, drawn: Mapping[str, Diagram], reading: Reading) -> Explored:
    """Every way through a diagram and those that it calls is gone once; what goes wrong is noted by its element."""
    diagrams, missing = _with_called(diagram, drawn)
    for element, called in missing:
        reading.note("diagram_call_unknown", f"没有流程“{called}”。{suggestion(called, drawn)}", element)
    if missing:
        return Explored(0, False, ())
    facts = Table(diagram.id, diagram.title, 1, (), (), "")
    found = explore(Process(diagram.id, diagram.title, 1, "", "", diagrams, facts))
    for unsound in found.unsound:
        reading.note(unsound.code, unsound.message, unsound.element)
    return found


def _with_called(diagram: Diagram, drawn: Mapping[str, Diagram]) -> tuple[tuple[Diagram, ...], list[tuple[str, str]]]:
    found = {diagram.id: diagram}
    missing: list[tuple[str, str]] = []
    ahead = [diagram]
    while ahead:
        for node in ahead.pop().nodes:
            if node.called and node.called not in drawn:
                missing.append((node.id, node.called))
            elif node.called and node.called not in found:
                found[node.called] = drawn[node.called]
                ahead.append(drawn[node.called])
    return tuple(found.values()), missing
