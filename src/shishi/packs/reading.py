"""The files of a pack folder, each read and checked for its shape: unknown keys, missing keys, wrong types."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shishi.packs.faults import Faults, suggestion
from shishi.packs.process_shapes import ProcessShape
from shishi.packs.shape_parts import FileShape
from shishi.packs.shapes import ExamplesShape, PackShape, ProgrammeShape, TableShape
from shishi.packs.yaml_files import Path_, YamlFile, read_yaml

ShapeT = TypeVar("ShapeT", bound=FileShape)

EXPECTED = {
    "bool": "true 或 false",
    "int": "整数",
    "decimal": "数",
    "date": "日期（2021-09-30）",
    "time": "时刻（18:00）",
    "string": "文字",
    "list": "列表（每行以“- ”开头）",
    "dict": "若干“名称: 内容”",
    "model": "若干“名称: 内容”",
}


@dataclass(frozen=True)
class Read(Generic[ShapeT]):
    """A file's shape with its lines."""

    file: YamlFile
    shape: ShapeT

    @property
    def name(self) -> str:
        """The file's name as the reader knows it."""
        return self.file.name


@dataclass
class Folder:
    """Everything a pack folder holds. Tables and examples by (programme, table)."""

    pack: Read[PackShape] | None = None
    programmes: dict[str, Read[ProgrammeShape]] = field(default_factory=dict)
    tables: dict[tuple[str, str], Read[TableShape]] = field(default_factory=dict)
    examples: dict[tuple[str, str], Read[ExamplesShape]] = field(default_factory=dict)
    processes: dict[str, Read[ProcessShape]] = field(default_factory=dict)

    @property
    def programmes_by_code(self) -> dict[str, ProgrammeShape]:
        """What programme files say, by code."""
        return {code: read.shape for code, read in self.programmes.items()}


def read_folder(path: Path, faults: Faults) -> Folder:
    """Read every YAML file of the pack; what is at fault is noted and left out."""
    folder = Folder()
    if not (path / "pack.yaml").is_file():
        message = "这里没有 pack.yaml；请给出清单所在的文件夹，如 packs/xuancheng/2021。"
        faults.add("pack_file_missing", message, str(path / "pack.yaml"), None)
        return folder
    folder.pack = read_shape(path / "pack.yaml", PackShape, faults)
    for file in sorted((path / "programmes").glob("*.yaml")):
        if programme := read_shape(file, ProgrammeShape, faults):
            folder.programmes[file.stem] = programme
    for file in sorted((path / "tables").glob("*/*.yaml")):
        if table := read_shape(file, TableShape, faults):
            folder.tables[file.parent.name, file.stem] = table
    for file in sorted((path / "examples").glob("*/*.yaml")):
        if examples := read_shape(file, ExamplesShape, faults):
            folder.examples[file.parent.name, file.stem] = examples
    for file in sorted((path / "processes").glob("*.yaml")):
        if process := read_shape(file, ProcessShape, faults):
            folder.processes[file.stem] = process
    _note_strays(path, faults)
    return folder


def read_shape(file: Path, shape: type[ShapeT], faults: Faults) -> Read[ShapeT] | None:
    """One file in its shape; ``None`` when it has another (the faults say where)."""
    name = str(file)
    read = read_yaml(file, name, faults)
    if read is None:
        return None
    try:
        return Read(read, shape.model_validate({} if read.tree is None else read.tree))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=True):
            _note(detail, read, shape, faults)
        return None


def _note(detail: ErrorDetails, file: YamlFile, shape: type[FileShape], faults: Faults) -> None:
    path: Path_ = tuple(part for part in detail["loc"] if part != "[key]")
    dotted = ".".join(str(part) for part in path)
    line = file.line(path)
    if detail["type"] == "extra_forbidden":
        known = _keys_at(shape, path[:-1])
        message = f"不认识的项“{path[-1]}”，请删去或改名。{suggestion(str(path[-1]), known)}"
        faults.add("pack_unknown_key", message, file.name, line, dotted)
    elif detail["type"] == "missing":
        line = file.line(path[:-1])
        faults.add("pack_missing_key", f"缺少“{path[-1]}”，请补上。", file.name, line, dotted)
    else:
        what = f"“{dotted}”" if dotted else "整个文件"
        message = f"{what}写的是“{_shown(detail['input'])}”，{_wanted(detail)}"
        faults.add("pack_wrong_type", message, file.name, line, dotted)


def _wanted(detail: ErrorDetails) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind in {"enum", "literal_error"}:
        return f"应为 {context['expected']} 之一。".replace(" or ", " 或 ")
    if kind == "string_pattern_mismatch":
        return f"写法应符合 {context['pattern']}。"
    if kind in {"too_short", "string_too_short"}:
        return "不能为空，请补上内容。"
    limits = {"greater_than_equal": ("ge", "不小于"), "less_than_equal": ("le", "不大于")}
    if kind in limits:
        key, word = limits[kind]
        return f"应{word} {context[key]}。"
    wanted = next((words for name, words in EXPECTED.items() if kind.startswith(name)), "另一种写法")
    return f"应为{wanted}。"


def _shown(value: object) -> str:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    text = "空" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _keys_at(shape: type[FileShape], path: Path_) -> list[str]:
    """The keys that may stand at this path of the file."""
    current: object = shape.model_json_schema(by_alias=True)
    definitions = current.get("$defs", {}) if isinstance(current, dict) else {}
    for part in path:
        current = _step(_resolved(current, definitions), part)
    found = _resolved(current, definitions)
    return list(found.get("properties", {})) if isinstance(found, dict) else []


def _resolved(schema: object, definitions: dict[str, object]) -> object:
    if isinstance(schema, dict) and "$ref" in schema:
        return definitions[str(schema["$ref"]).rsplit("/", 1)[-1]]
    return schema


def _step(schema: object, part: str | int) -> object:
    if not isinstance(schema, dict):
        return {}
    if isinstance(part, int):
        return schema.get("items", {})
    patterned: list[object] = list(schema.get("patternProperties", {}).values())
    return schema.get("properties", {}).get(part) or schema.get("additionalProperties") or next(iter(patterned), {})


def _note_strays(path: Path, faults: Faults) -> None:
    """A file that nothing would read is a slip of its writer, not something to pass over."""
    known = {*path.glob("pack.yaml"), *path.glob("programmes/*.yaml"), *path.glob("tables/*/*.yaml")}
    known |= {*path.glob("examples/*/*.yaml"), *path.glob("demonstration/*.yaml"), *path.glob("processes/*.yaml")}
    known |= {file for file in path.glob("processes/*.bpmn") if file.with_suffix(".yaml").is_file()}
    for file in sorted(file for kind in ("yaml", "yml", "bpmn") for file in path.rglob(f"*.{kind}")):
        if file not in known:
            message = (
                "这个文件不在约定的位置，不会被读取；请放到 programmes/、tables/<项目>/、examples/<项目>/ 或 processes/ 下，"
                "扩展名用 .yaml；流程图 .bpmn 要有同名的 .yaml。"
            )
            faults.add("pack_stray_file", message, str(file), None)
