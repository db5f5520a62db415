"""YAML read for people: every value stays the text that was written, every value knows its line.

Numbers never pass through a float, ``no`` never becomes false, a key written twice is a fault, and anchors, aliases and
tags are refused: a pack needs none of them, and a few lines of aliases can fill a machine's memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml

from shishi.packs.faults import Faults

LARGEST = 2_000_000
"""Bytes of one file: a table of a hundred fields takes some twenty thousand."""
DEEPEST = 30

Path_ = tuple[str | int, ...]
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Scalar(str):
    """A YAML scalar as written; ``plain`` when it stood without quotes."""

    plain: bool = False

    @classmethod
    def of(cls, text: str, plain: bool) -> Scalar:
        """The scalar of that text."""
        scalar = cls(text)
        scalar.plain = plain
        return scalar


@dataclass
class YamlFile:
    """One file: its name as the reader knows it, its tree of texts, and the line of every path in the tree."""

    name: str
    tree: object = None
    lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, path: Path_) -> int | None:
        """The 1-based line of the path, or of its nearest written ancestor."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(path: Path, name: str, faults: Faults) -> YamlFile | None:
    """The file as texts and lines; ``None`` when it cannot be read (the faults say why and where)."""
    before = len(faults)
    reader = _Reader(YamlFile(name), faults)
    try:
        if path.stat().st_size > LARGEST:
            faults.add("pack_unreadable", f"文件超过 {LARGEST // 1_000_000} MB，请拆分后重试。", name, None)
        else:
            reader.read(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        faults.add("pack_unreadable", "文件不是 UTF-8 编码，请另存为 UTF-8 后重试。", name, None)
    except _Unfit as error:
        faults.add("pack_unreadable", str(error), name, error.line)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        message = f"YAML 写法有误（{error.problem}），请检查这一行及上一行的缩进、冒号后的空格和引号。"
        faults.add("pack_unreadable", message, name, line)
    except yaml.YAMLError:
        faults.add("pack_unreadable", "文件含有 YAML 不允许的字符，请删去后重试。", name, None)
    return reader.file if len(faults) == before else None


def tree_in(text: str) -> object:
    """A text as its tree of texts, without the places; ``ValueError`` when it is no YAML as packs have it."""
    reader = _Reader(YamlFile("text"), faults := Faults())
    try:
        reader.read(text.removeprefix("\ufeff"))
    except (_Unfit, yaml.YAMLError) as error:
        raise ValueError(str(error)) from error
    if len(faults):
        raise ValueError("twice")
    return reader.file.tree


def typed(tree: object) -> object:
    """A free part of a pack (a criterion) with plain scalars as int, Decimal, bool, date
    or ``None``; quoted ones stay text."""
    if isinstance(tree, dict):
        return {str(key): typed(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [typed(value) for value in tree]
    return _typed_scalar(tree) if isinstance(tree, Scalar) else tree


def _typed_scalar(scalar: Scalar) -> str | int | Decimal | bool | date:
    text = str(scalar)
    if not scalar.plain:
        return text
    if text in {"true", "false"}:
        return text == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    if DECIMAL.fullmatch(text):
        return Decimal(text)
    if DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


class _Unfit(Exception):
    """Well-formed YAML that a pack does not use."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Reader:
    """Builds the tree from the parser's events, so that nothing is ever expanded or constructed."""

    def __init__(self, file: YamlFile, faults: Faults) -> None:
        self.file = file
        self.faults = faults
        self.events: Iterator[yaml.Event] = iter(())

    def read(self, text: str) -> None:
        """Read the one document of the text."""
        self.events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Unfit("一个文件只放一份内容，请删去“---”之后的部分。", _line(event))
            elif isinstance(event, yaml.NodeEvent):
                self.file.tree = self._node(event, ())

    def _node(self, event: yaml.Event, path: Path_) -> object:
        self.file.lines.setdefault(path, _line(event))
        if len(path) > DEEPEST:
            raise _Unfit(f"嵌套超过 {DEEPEST} 层，请改写得浅一些。", _line(event))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise _Unfit("清单不使用锚点（&）、引用（*）和标签（!），请直接写出内容。", _line(event))
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style
            return None if plain and event.value in {"", "~", "null"} else Scalar.of(event.value, plain)
        return self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._pairs(path)

    def _list(self, path: Path_) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _pairs(self, path: Path_) -> dict[str, object]:
        pairs: dict[str, object] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                raise _Unfit("项的名称只能是一个词。", _line(event))
            here = (*path, event.value)
            if event.value in pairs:
                message = f"“{event.value}”写了两次（第一次在第 {self.file.lines[here]} 行），请保留一处或改名。"
                self.faults.add("pack_duplicate_code", message, self.file.name, _line(event))
            self.file.lines.setdefault(here, _line(event))
            pairs[event.value] = self._node(next(self.events), here)
        return pairs


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
