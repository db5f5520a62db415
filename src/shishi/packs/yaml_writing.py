"""YAML written as packs are written by hand: :func:`shishi.packs.yaml_files.read_yaml` reads back the same tree.

Small pairs stand in one line (``{title: 编号, type: text}``), everything else one part a line; nothing is sorted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any

import yaml

from shishi.packs.yaml_files import Scalar

WIDTH = 110
"""Characters of a line, about."""
_ONE_LINE = 96
MOST = 1_000_000
"""Characters of a line that is never broken."""


def yaml_text(tree: object) -> str:
    """The tree as a document. Leaves are texts, ``bool``, ``int``, ``Decimal``, days, times, enum members and ``None``;
    a text that a reader would take for something else is quoted."""
    return yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=False)


def entry_text(name: str, value: object) -> str:
    """One entry of a mapping in block form, as it stands in a document."""
    return yaml.dump(_Block({name: value}), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


def flow_text(value: object) -> str:
    """A value in one line, lists and pairs in brackets."""
    told = yaml.dump(_Flow((value,)), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=MOST)
    return told.strip()[1:-1]


class _Block(dict[str, object]):
    """Pairs that are written one on a line, however few."""


class _Flow(tuple[object, ...]):
    """Items that are written in one line, however many."""


class _Dumper(yaml.SafeDumper):
    """Writes what a pack holds; never an anchor, an alias or a tag, which packs do not use."""

    def ignore_aliases(self, data: Any) -> bool:
        """The same value twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Items of a list stand in from their name."""
        super().increase_indent(flow, False)

    def plain(self, text: str) -> yaml.Node:
        """A scalar without quotes, whatever a reader takes it for."""
        tag = self.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # PyYAML's stubs
        return self.represent_scalar(tag, text)

    def scalar(self, scalar: Scalar) -> yaml.Node:
        """As it stood in the file that it was read from."""
        return self.plain(str(scalar)) if scalar.plain else self.text(str(scalar))

    def text(self, text: str) -> yaml.Node:
        """A text; in quotes where it would be read as something else, with escapes where a line could break in it."""
        broken = any(not sign.isprintable() for sign in text)
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"' if broken else None)

    def pairs(self, pairs: Mapping[str, object]) -> yaml.Node:
        """In one line where that is short and nothing but scalars stands in it."""
        node = self.represent_mapping("tag:yaml.org,2002:map", pairs.items(), flow_style=False)
        node.flow_style = bool(pairs) and _short(pairs)
        return node

    def items(self, items: list[object]) -> yaml.Node:
        """As :meth:`pairs`."""
        plain = not any(isinstance(item, Mapping | list | tuple) for item in items)
        short = plain and sum(2 + len(str(item)) for item in items) <= _ONE_LINE
        return self.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


def _short(pairs: Mapping[str, object]) -> bool:
    if any(isinstance(item, Mapping | tuple) or _nested(item) for item in pairs.values()):
        return False
    return sum(4 + len(str(key)) + len(str(item)) for key, item in pairs.items()) <= _ONE_LINE


def _nested(item: object) -> bool:
    return isinstance(item, list) and any(isinstance(part, Mapping | list | tuple) for part in item)


def _day(value: date | time) -> str:
    return value.isoformat() if isinstance(value, date) else value.isoformat("minutes")


_Dumper.add_representer(
    _Block, lambda dumper, told: dumper.represent_mapping("tag:yaml.org,2002:map", told.items(), flow_style=False)
)
_Dumper.add_representer(
    _Flow, lambda dumper, told: dumper.represent_sequence("tag:yaml.org,2002:seq", list(told), flow_style=True)
)
_Dumper.add_representer(Scalar, _Dumper.scalar)
_Dumper.add_representer(str, _Dumper.text)
_Dumper.add_representer(dict, _Dumper.pairs)
_Dumper.add_representer(list, _Dumper.items)
_Dumper.add_representer(tuple, lambda dumper, value: dumper.items(list(value)))
_Dumper.add_representer(bool, lambda dumper, value: dumper.plain("true" if value else "false"))
_Dumper.add_representer(int, lambda dumper, value: dumper.plain(str(value)))
_Dumper.add_representer(Decimal, lambda dumper, value: dumper.plain(str(value)))
_Dumper.add_representer(date, lambda dumper, value: dumper.plain(_day(value)))
_Dumper.add_representer(time, lambda dumper, value: dumper.text(_day(value)))
_Dumper.add_multi_representer(Enum, lambda dumper, value: dumper.text(str(value.value)))
