"""A changed tree written into the YAML that it was read from: what did not change keeps every byte, comments included.

A block mapping is taken apart into its entries, each with the comment lines above it. Entries that are as they were
are copied, changed ones are gone into where they are block mappings themselves and written anew where not, and new
ones are added in the form of :mod:`shishi.packs.yaml_writing`. The result is read back; should it ever say anything
else than the tree, the tree is written as a whole instead: a comment may be lost, a word of the pack never is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from shishi.packs.yaml_files import Scalar, tree_in, typed
from shishi.packs.yaml_writing import entry_text, flow_text, yaml_text

ORDERED = frozenset(
    {"fields", "values", "indicators", "reasons", "checks", "lists", "rules", "bodies", "ladder", "cadences", "targets",
     "trajectories", "briefs", "groups", "evidence", "rows"}
)  # fmt: skip
"""Parts whose entries stand in an order that says something; what stands right within ``lists`` too."""


def patched(text: str, tree: Mapping[str, Any]) -> str:
    """``text`` with what ``tree`` says now. ``text`` that is no mapping is replaced as a whole."""
    whole = yaml_text(dict(tree))
    new = tree_in(whole)
    try:
        old = tree_in(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        if not isinstance(old, dict) or not isinstance(new, dict) or not isinstance(root, yaml.MappingNode):
            return whole
        if same(old, new):
            return text
        lines = text.splitlines(keepends=True)
        made = "".join(_Patcher(lines).root(root, old, new))
        return made if same(tree_in(made), new) else whole
    except (yaml.YAMLError, ValueError):
        return whole


def same(one: object, other: object, part: str = "", above: str = "") -> bool:
    """Whether two trees of texts say the same; the order of entries counts where it says something."""
    if isinstance(one, dict) and isinstance(other, dict):
        if set(one) != set(other) or (_is_ordered(part, above) and list(one) != list(other)):
            return False
        return all(same(item, other[name], name, part) for name, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        first, second = typed(one), typed(other)
        return str(one) == str(other) and type(first) is type(second)
    return one is None and other is None


def _is_ordered(part: str, above: str) -> bool:
    return part in ORDERED or above == "lists"


@dataclass
class _Entry:
    """An entry of a block mapping: ``lead`` the lines above it that are nobody else's, ``own`` its lines."""

    lead: list[str]
    own: list[str]
    first: int
    key: yaml.ScalarNode
    value: yaml.Node


class _Patcher:
    """Works on lines: in a block mapping every entry begins on a line of its own."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [line if line.endswith("\n") else f"{line}\n" for line in lines]

    def root(self, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
        """The document; what stands below its last entry stays there."""
        if node.flow_style or not node.value:
            raise ValueError("not in block form")
        last = self._end(node)
        return [*self._mapping(node, 0, last, old, new, ("", "")), *self.lines[last:]]

    def _end(self, node: yaml.Node) -> int:
        """The line after the node's last."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            parts = last if isinstance(last, tuple) else (last,)
            return max(self._end(part) for part in parts)
        block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        return int(node.end_mark.line) + (0 if block else 1)

    def _entries(self, node: yaml.MappingNode, begin: int) -> list[_Entry]:
        found: list[_Entry] = []
        for key, value in node.value:
            first = int(key.start_mark.line)
            end = max(first + 1, self._end(value) if value.end_mark.line >= first else 0)
            found.append(_Entry(self.lines[begin:first], self.lines[first:end], first, key, value))
            begin = end
        return found

    def _mapping(
        self,
        node: yaml.MappingNode,
        begin: int,
        end: int,
        old: dict[str, Any],
        new: dict[str, Any],
        place: tuple[str, str],
    ) -> list[str]:
        """The lines of a block mapping that stands from ``begin`` to ``end``; ``place``: its own name and the one
        above."""
        entries = {str(entry.key.value): entry for entry in self._entries(node, begin)}
        if len(entries) != len(node.value):
            raise ValueError("a key twice")
        indent = int(node.value[0][0].start_mark.column)
        leads = _leads(entries, new)
        made: list[str] = []
        for name in _order(list(old), list(new), _is_ordered(*place)):
            entry = entries.get(name)
            made += leads.get(name, [])
            if entry is None:
                made += _written(name, new[name], indent)
            elif same(old[name], new[name], name, place[0]):
                made += entry.own
            else:
                made += self._changed(entry, name, old[name], new[name], indent, place[0])
        return made

    def _changed(self, entry: _Entry, name: str, old: object, new: object, indent: int, above: str) -> list[str]:
        node = entry.value
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)
        if block and node.start_mark.line > entry.first:
            begin, end = entry.first + 1, self._end(node)
            head = self.lines[entry.first : begin]
            if isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(new, dict) and new:
                return [*head, *self._mapping(node, begin, end, old, new, (name, above))]
            if isinstance(node, yaml.SequenceNode) and isinstance(old, list) and isinstance(new, list) and new:
                return [*head, *self._list(node, begin, end, old, new)]
        aside = self._aside(entry)
        written = self._anew(entry, name, new, indent)
        if aside and len(written) == 1:
            return [f"{written[0].rstrip()}  {aside}\n"]
        return [f"{' ' * indent}{aside}\n", *written] if aside else written

    def _anew(self, entry: _Entry, name: str, new: object, indent: int) -> list[str]:
        """A changed entry; what stood in brackets stays in brackets."""
        if isinstance(entry.value, yaml.CollectionNode) and entry.value.flow_style and isinstance(new, dict | list):
            named = self.lines[entry.first][: entry.key.end_mark.column]
            return [f"{named}: {flow_text(new)}\n"]
        return _written(name, new, indent)

    def _aside(self, entry: _Entry) -> str:
        """The comment that stands behind the value, or behind the name of a block."""
        mark = entry.value.end_mark
        if isinstance(entry.value, yaml.CollectionNode) and not entry.value.flow_style:
            mark = entry.key.end_mark
        if isinstance(entry.value, yaml.ScalarNode) and entry.value.style in ("|", ">"):
            return ""
        rest = self.lines[mark.line][mark.column :].lstrip(": ").strip()
        return rest if rest.startswith("#") else ""

    def _list(self, node: yaml.SequenceNode, begin: int, end: int, old: list[Any], new: list[Any]) -> list[str]:
        """Items that were there keep their lines and the comments above them."""
        indent = int(node.start_mark.column)
        kept: list[tuple[object, list[str]]] = []
        leads: list[list[str]] = []
        for item, value in zip(old, node.value, strict=True):
            first, last = int(value.start_mark.line), self._end(value)
            leads.append(self.lines[begin:first])
            kept.append((item, self.lines[begin:last]))
            begin = last
        flow = all(isinstance(value, yaml.ScalarNode) or value.flow_style for value in node.value)
        made: list[str] = []
        for at, item in enumerate(new):
            found = next((n for n, (known, _) in enumerate(kept) if same(known, item)), None)
            if found is not None:
                made += kept.pop(found)[1]
            else:
                made += [*(leads[at] if len(new) == len(old) else []), *_item(item, indent, flow)]
        return [*made, *self.lines[begin:end]]


def _leads(entries: Mapping[str, _Entry], new: Mapping[str, Any]) -> dict[str, list[str]]:
    """The lines above each entry. Of one that went, the comment right above it goes too; where as many came as went,
    each new one has the comment of the one in whose stead it stands: it was renamed."""
    came = [name for name in new if name not in entries]
    gone = [name for name in entries if name not in new]
    instead = dict(zip(gone, came, strict=True)) if len(gone) == len(came) else {}
    leads: dict[str, list[str]] = {}
    passed_on: list[str] = []
    for name, entry in entries.items():
        if name in new or name in instead:
            leads[instead.get(name, name)] = [*passed_on, *entry.lead]
            passed_on = []
        else:
            blank = max((at for at, line in enumerate(entry.lead) if not line.strip()), default=-1)
            passed_on += entry.lead[: blank + 1]
    return leads


def _order(old: Sequence[str], new: Sequence[str], ordered: bool) -> list[str]:
    """The names in the order in which they are written: as told where the order says something, else as they stood."""
    if ordered:
        return list(new)
    return [*(name for name in old if name in new), *(name for name in new if name not in old)]


def _written(name: str, value: object, indent: int) -> list[str]:
    return _indented(entry_text(name, value), indent)


def _item(value: object, indent: int, flow: bool) -> list[str]:
    lines = entry_text("items", [value]).splitlines(keepends=True)
    if flow or len(lines) == 1:  # a short list stands in one line
        return [f"{' ' * indent}- {flow_text(value)}\n"]
    return _indented("".join(line.removeprefix("  ") for line in lines[1:]), indent)


def _indented(text: str, indent: int) -> list[str]:
    return [f"{' ' * indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True)]
