"""Conditions 条件 as a person puts them together: groups that hang in each other, and comparisons in them.

A group says how its parts are joined and over what: the row itself, the rows that hang on it, or the row that it
refers to. A comparison says what people say: titles instead of codes, 是 and 否, a day. :func:`group_of` takes a
criterion apart without losing anything, :func:`document_of` writes it as packs do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from shishi.core.criteria import Moment, Operator, Quantifier
from shishi.core.errors import Issue, Refused
from shishi.packs.yaml_files import typed

Columns = Mapping[str, Mapping[str, Any]]
"""Every column of a draft's tables as ``table.field``, as its file has it."""
DEEPEST, MOST = 6, 80
FILLED, EMPTY = "filled", "empty"
OPERATORS: Mapping[str, str] = {
    Operator.EQUALS: "为",
    Operator.NOT_EQUALS: "不为",
    Operator.AT_LEAST: "不低于",
    Operator.AT_MOST: "不高于",
    Operator.MORE_THAN: "高于",
    Operator.LESS_THAN: "低于",
    Operator.ON_OR_BEFORE: "不晚于",
    Operator.ON_OR_AFTER: "不早于",
    Operator.BEFORE: "早于",
    Operator.AFTER: "晚于",
    Operator.IN: "是其中之一",
    Operator.NOT_IN: "不是其中任何一个",
    Operator.CONTAINS: "含有",
    FILLED: "已填写",
    EMPTY: "没有填",
}
MOMENTS: Mapping[str, str] = {
    Moment.AS_OF: "截至日",
    Moment.PERIOD_START: "本期第一天",
    Moment.PERIOD_END: "本期最后一天",
}
QUANTIFIERS: Mapping[str, str] = {
    Quantifier.ANY: "至少有一行",
    Quantifier.ALL: "每一行都",
    Quantifier.NONE: "没有一行",
}


class Join(StrEnum):
    """How the parts of a group are joined."""

    ALL = "all"
    ANY = "any"
    NOT_ALL = "not_all"
    NOT_ANY = "not_any"


@dataclass(frozen=True, slots=True)
class Line:
    """A comparison. ``against``: empty for ``value``, a moment, or ``=field`` for another column of the row."""

    field: str = ""
    operator: str = Operator.EQUALS
    value: str = ""
    against: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that are joined. ``scope``: empty for the row itself, ``related:TABLE:FIELD:QUANTIFIER`` for the rows of
    another table that refer to it by their FIELD, ``through:FIELD`` for the row that its FIELD refers to."""

    join: Join = Join.ALL
    scope: str = ""
    parts: tuple[Group | Line, ...] = ()


Node = Group | Line
_JOINS = {"all": Join.ALL, "any": Join.ANY}
_DENIED = {Join.ALL: Join.NOT_ALL, Join.ANY: Join.NOT_ANY}


def group_of(tree: object, columns: Columns, table: str) -> Group:
    """A criterion over ``table`` as its file has it, taken apart; ``None`` is a group without parts."""
    if tree is None or tree == "":
        return Group()
    node = _node(typed(tree), columns, table)
    return node if isinstance(node, Group) and not node.scope else Group(parts=(node,))


def _node(tree: Any, columns: Columns, table: str) -> Node:
    if not isinstance(tree, Mapping):
        return Line()
    for shape, join in _JOINS.items():
        if shape in tree:
            return Group(join, parts=tuple(_node(part, columns, table) for part in tree[shape] or ()))
    if "not" in tree:
        inner = _node(tree["not"], columns, table)
        if isinstance(inner, Group) and not inner.scope and inner.join in _DENIED:
            return replace(inner, join=_DENIED[inner.join])
        return Group(Join.NOT_ALL, parts=(inner,))
    if "related" in tree:
        other = str(tree["related"]).rsplit("/", 1)[-1]
        scope = f"related:{other}:{tree.get('via', '')}:{tree.get('quantifier', 'any')}"
        return _scoped(tree.get("where"), columns, other, scope)
    if "through" in tree:
        other = _referred(columns, table, str(tree["through"]))
        return _scoped(tree.get("where"), columns, other, f"through:{tree['through']}")
    return _line(tree, columns, table)


def _scoped(where: object, columns: Columns, table: str, scope: str) -> Group:
    inner = _node(where, columns, table) if where is not None else Group()
    plain = isinstance(inner, Group) and not inner.scope
    return replace(inner, scope=scope) if plain and isinstance(inner, Group) else Group(scope=scope, parts=(inner,))


def _line(tree: Mapping[str, Any], columns: Columns, table: str) -> Line:
    name = str(tree.get("field", ""))
    operator, operand = next(((str(key), item) for key, item in tree.items() if key != "field"), ("equals", ""))
    if operator == Operator.IS_EMPTY:
        return Line(name, FILLED if operand is False else EMPTY)
    if isinstance(operand, Mapping) and set(operand) == {"field"}:
        return Line(name, operator, against=f"={operand['field']}")
    if isinstance(operand, str) and operand in MOMENTS:
        return Line(name, operator, against=operand)
    column = columns.get(f"{table}.{name}", {})
    items = operand if isinstance(operand, list | tuple) else [operand]
    return Line(name, operator, "、".join(_told(item, column) for item in items))


def _told(literal: object, column: Mapping[str, Any]) -> str:
    """A literal as people say it."""
    if isinstance(literal, Mapping):
        literal = next(iter(literal.values()), "")
    if isinstance(literal, bool):
        return "是" if literal else "否"
    return str((column.get("values") or {}).get(str(literal), literal))


def table_within(scope: str, table: str, columns: Columns) -> str:
    """The table that the parts of a group of that scope are about."""
    kind, _, rest = scope.partition(":")
    if kind == "related":
        return rest.split(":")[0]
    return _referred(columns, table, rest) if kind == "through" else table


def _referred(columns: Columns, table: str, name: str) -> str:
    return str(columns.get(f"{table}.{name}", {}).get("references") or "").rsplit("/", 1)[-1]


def scopes_of(table: str, columns: Columns) -> list[tuple[str, str]]:
    """What a group over ``table`` may be about, each with its words; the row itself first."""
    found = [("", "本行")]
    for place, column in columns.items():
        owner, _, name = place.partition(".")
        referred = str(column.get("references") or "").rsplit("/", 1)[-1]
        if referred == table:
            told = f"《{column.get('table_title', owner)}》里“{column.get('title', name)}”指到本行的"
            found += [(f"related:{owner}:{name}:{code}", f"{told}，{words}") for code, words in QUANTIFIERS.items()]
        if owner == table and referred:
            title = next((item.get("table_title") for at, item in columns.items() if at.startswith(f"{referred}.")), "")
            found.append((f"through:{name}", f"“{column.get('title', name)}”所指的《{title or referred}》那一行"))
    return found


@dataclass
class _Writer:
    """Writes a group as packs have it, and keeps every fault with the place that it is about."""

    columns: Columns
    issues: list[Issue] = field(default_factory=list)

    def group(self, group: Group, table: str, at: str) -> Any:
        """The document; ``None`` for a group that says nothing."""
        within = table_within(group.scope, table, self.columns)
        if group.scope and group.scope not in dict(scopes_of(table, self.columns)):
            self._note(at, "这一组说的不是这里能说的范围，请重新选择。")
        written = [self.node(part, within, f"{at}_{n}") for n, part in enumerate(group.parts)]
        parts = [part for part in written if part is not None]
        inner = self._joined(group.join, parts)
        kind, _, rest = group.scope.partition(":")
        if kind == "related":
            other, via, quantifier = rest.split(":")
            told = {"related": other, "via": via, "quantifier": quantifier}
            return told if inner is None else {**told, "where": inner}
        if kind == "through":
            return {"through": rest, "where": {"all": []} if inner is None else inner}
        return inner

    def node(self, node: Node, table: str, at: str) -> Any:
        return self.group(node, table, at) if isinstance(node, Group) else self._line(node, table, at)

    def _joined(self, join: Join, parts: list[Any]) -> Any:
        if not parts:
            return None
        if join in (Join.ALL, Join.ANY):
            return parts[0] if len(parts) == 1 else {join.value: parts}
        plain = Join.ALL if join is Join.NOT_ALL else Join.ANY
        return {"not": parts[0] if len(parts) == 1 else {plain.value: parts}}

    def _line(self, line: Line, table: str, at: str) -> Any:
        if not line.field:
            if line.value or line.against:
                self._note(at, "请选要比较的列。")
            return None
        column = self.columns.get(f"{table}.{line.field}")
        if column is None:
            self._note(at, "这一列不在这一组所说的台账里，请选那张台账的列。")
            return None
        if line.operator in (FILLED, EMPTY):
            return {"field": line.field, "is_empty": line.operator == EMPTY}
        return {"field": line.field, line.operator: self._operand(line, column, at)}

    def _operand(self, line: Line, column: Mapping[str, Any], at: str) -> Any:
        if line.against.startswith("="):
            return {"field": line.against[1:]}
        if line.against:
            return line.against
        if line.operator in (Operator.IN, Operator.NOT_IN) or str(column.get("type")) == "choices":
            words = [word.strip() for word in re.split(r"[、,，;；\n]", line.value) if word.strip()]
            if not words:
                self._note(at, "请写出这几个值，用顿号隔开。")
            told = [self._literal(word, column, at) for word in words]
            return told[0] if line.operator == Operator.CONTAINS and len(told) == 1 else told
        return self._literal(line.value.strip(), column, at)

    def _literal(self, text: str, column: Mapping[str, Any], at: str) -> Any:
        kind, title = str(column.get("type", "text")), column.get("title", "")
        if not text:
            self._note(at, f"请写明“{title}”与什么比较；只看填没填，选“已填写”或“没有填”。")
            return text
        try:
            if kind in ("integer", "decimal", "money"):
                number = Decimal(text.replace(",", ""))
                return int(number) if number == int(number) and "." not in text else number
            if kind in ("date", "day_time"):
                return date.fromisoformat(text)
            if kind == "yes_no":
                return {"是": True, "否": False}[text]
        except (InvalidOperation, ValueError, OverflowError, KeyError):
            words = f"“{title}”不能与“{text}”相比，请改写：数写数字，日期写 2021-09-30，是非题写“是”或“否”。"
            self._note(at, words)
            return text
        titles = {str(name): code for code, name in (column.get("values") or {}).items()}
        told = titles.get(text, text)
        return {"text": told} if told in MOMENTS else told

    def _note(self, at: str, message: str) -> None:
        self.issues.append(Issue("condition_unfit", message, field=at))


def document_of(group: Group, columns: Columns, table: str, at: str = "c") -> Any:
    """The group as a criterion over ``table``, ``None`` when it says nothing. ``Refused`` (``condition_unfit``): each
    issue's ``field`` is the place of the part, ``c_0_1`` for the second part of the first."""
    if sum(1 for _ in _walk(group)) > MOST or _depth(group) > DEEPEST:
        told = f"条件最多 {MOST} 条、{DEEPEST} 层。请拆成几条核对规则或几个指标。"
        raise Refused("condition_unfit", told, [Issue("condition_unfit", told, field=at)])
    writer = _Writer(columns)
    document = writer.group(group, table, at)
    if writer.issues:
        raise Refused("condition_unfit", writer.issues[0].message, writer.issues)
    return document


def kept_or_new(tree: object, group: Group, columns: Columns, table: str) -> Any:
    """The criterion as it stood where the group says just what it said; else as it is told now."""
    if tree is not None and group_of(tree, columns, table) == group:
        return tree
    return document_of(group, columns, table)


def _walk(node: Node) -> Iterable[Node]:
    yield node
    if isinstance(node, Group):
        for part in node.parts:
            yield from _walk(part)


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, node.parts), default=0) if isinstance(node, Group) else 0


def changed_at(group: Group, place: str, step: str) -> Group:
    """The group after one step at a place (``c``, ``c_0_1`` …): ``line`` or ``group`` adds one at the end of the group
    there, ``drop`` takes the part away, ``up`` moves it before its neighbour."""
    path = [int(part) for part in place.split("_")[1:]]
    changed = _at(group, path, step)
    return changed if isinstance(changed, Group) else group


def _at(node: Node, path: list[int], step: str) -> Node:
    if not isinstance(node, Group):
        return node
    parts = list(node.parts)
    if not path:
        added: Node = Line() if step == "line" else Group(parts=(Line(),))
        return replace(node, parts=(*parts, added)) if step in ("line", "group") else node
    here, *rest = path
    if here >= len(parts):
        return node
    if rest or step in ("line", "group"):
        parts[here] = _at(parts[here], rest, step)
    elif step == "drop":
        del parts[here]
    elif step == "up" and here:
        parts[here - 1], parts[here] = parts[here], parts[here - 1]
    return replace(node, parts=tuple(parts))
