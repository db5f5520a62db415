"""XML of diagrams as a small tree that knows its lines. What can be sent to do harm is refused before it is read: no
document type (so no entities, no bombs of them, nothing outside the file), no depth, no size beyond any real
drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from shishi.core.errors import Issue, Refused

LARGEST = 5_000_000
"""Bytes of one file: a drawing of three hundred elements takes some 200,000."""
DEEPEST = 60
MOST_ELEMENTS = 60_000
MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(slots=True)
class Element:
    """One element: its namespace, name, attributes (those without a prefix by their name), text and children."""

    space: str
    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def id(self) -> str:
        """Its id, ``""`` without one."""
        return self.attributes.get("id", "")

    @property
    def title(self) -> str:
        """Its name as people see it, on one line."""
        return " ".join(self.attributes.get("name", "").split())

    def of(self, *names: str) -> Iterator[Element]:
        """Children of these names in the namespace of BPMN."""
        return (child for child in self.children if child.space == MODEL and child.name in names)

    def says(self, name: str) -> str:
        """The text of the child of that name, ``""`` without one."""
        return next((child.text.strip() for child in self.of(name)), "")


def read_xml(content: bytes, name: str) -> Element:
    """The tree of a file. ``Refused`` ``diagram_unreadable`` with its line."""
    if len(content) > LARGEST:
        raise _unreadable(f"文件超过 {LARGEST // 1_000_000} MB，请拆成几张流程图，用调用活动连起来。", name, None)
    reader = _Reader(name)
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as wrong:
        raise _unreadable("不是完整的 XML 文件，请用流程图工具重新导出。", name, wrong.lineno) from wrong
    except (UnicodeError, ValueError, LookupError) as wrong:
        raise _unreadable("文件的编码读不出来，请另存为 UTF-8。", name, None) from wrong
    if reader.root is None or (reader.root.space, reader.root.name) != (MODEL, "definitions"):
        raise _unreadable("不是 BPMN 2.0 流程图（最外层应为 definitions）。", name, 1)
    return reader.root


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Element | None = None
        self.around: list[Element] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise _unreadable("流程图不用文档类型声明（DOCTYPE），也不用实体，请删去后重试。", self.name, line)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        line = self.parser.CurrentLineNumber
        if len(self.around) >= DEEPEST or self.count > MOST_ELEMENTS:
            raise _unreadable("流程图嵌套太深或元素太多，不像是画出来的。", self.name, line)
        space, _, name = tag.rpartition(" ")
        element = Element(space, name, line, attributes)
        if self.around:
            self.around[-1].children.append(element)
        else:
            self.root = element
        self.around.append(element)

    def _end(self, _: str) -> None:
        self.around.pop()

    def _text(self, text: str) -> None:
        self.around[-1].text += text


def _unreadable(why: str, name: str, line: int | None) -> Refused:
    return Refused("diagram_unreadable", why, [Issue("diagram_unreadable", why, file=name, line=line)])
