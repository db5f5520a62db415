"""Criteria as documents (read from packs, written as JSON, without loss) and as Chinese sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from shishi.core.criteria import (
    All,
    AnyOf,
    Compare,
    Criterion,
    Literal,
    Moment,
    Not,
    Operand,
    Operator,
    OtherField,
    Quantifier,
    Related,
    Through,
)
from shishi.core.errors import Refused
from shishi.core.tables import Field, Table

_DAY_OPERATORS = {Operator.ON_OR_BEFORE, Operator.ON_OR_AFTER, Operator.BEFORE, Operator.AFTER}
_TAGS: Mapping[str, Callable[[str], Literal]] = {"day": date.fromisoformat, "number": Decimal, "text": str}
_SHAPES = ("all", "any", "not", "field", "related", "through")


def parse_criterion(
    document: object,
    resolve_table: Callable[[str], str],
    references: Callable[[str, str], str] | None = None,
    table: str = "",
) -> Criterion:
    """A criterion from its document. ``resolve_table`` turns a short table name into the full one. ``{through:
    project}`` may leave out ``table:`` when ``references(table, field)`` tells the full name of the table a
    field refers to, asked from ``table``, the one that the criterion is about. Raises ``Refused``
    criterion_malformed naming the path."""
    return _Reader(resolve_table, references).read(document, table, "")


class _Reader:
    def __init__(self, resolve: Callable[[str], str], references: Callable[[str, str], str] | None) -> None:
        self._resolve = resolve
        self._references = references

    def read(self, document: object, table: str, path: str) -> Criterion:
        if not isinstance(document, Mapping):
            raise _malformed(path, "应为“键: 值”的写法")
        shapes = [name for name in _SHAPES if name in document]
        if "field" in shapes and len(document) == 2:
            return self._compare(document, path)
        if len(shapes) != 1 or shapes == ["field"]:
            raise _malformed(path, f"每个条件须且只能是一种：{'、'.join(_SHAPES)}（field 须带一个比较）")
        shape = shapes[0]
        if shape == "not":
            _only(document, {"not"}, path)
            return Not(self.read(document["not"], table, f"{path}.not"))
        if shape in ("all", "any"):
            _only(document, {shape}, path)
            parts = document[shape]
            if not isinstance(parts, list | tuple):
                raise _malformed(path, f"{shape} 后应为列表")
            read = tuple(self.read(part, table, f"{path}.{shape}[{at}]") for at, part in enumerate(parts))
            return All(read) if shape == "all" else AnyOf(read)
        return self._related(document, path) if shape == "related" else self._through(document, table, path)

    def _compare(self, document: Mapping[object, object], path: str) -> Compare:
        ((name, operand),) = ((key, item) for key, item in document.items() if key != "field")
        if name not in set(Operator):
            raise _malformed(path, f"没有“{name}”这种比较，可用：{'、'.join(Operator)}")
        operator = Operator(str(name))
        return Compare(_text(document, "field", path), operator, _operand(operand, operator, path))

    def _related(self, document: Mapping[object, object], path: str) -> Related:
        _only(document, {"related", "via", "quantifier", "where"}, path)
        quantifier = document.get("quantifier", "any")
        if quantifier not in set(Quantifier):
            raise _malformed(path, f"quantifier 只能是：{'、'.join(Quantifier)}")
        full = self._resolve(_text(document, "related", path))
        where = self.read(document.get("where", {"all": []}), full, f"{path}.where")
        return Related(full, _text(document, "via", path), Quantifier(str(quantifier)), where)

    def _through(self, document: Mapping[object, object], table: str, path: str) -> Through:
        _only(document, {"through", "table", "where"}, path)
        field = _text(document, "through", path)
        if "table" in document:
            full = self._resolve(_text(document, "table", path))
        elif self._references is not None:
            full = self._references(table, field)
        else:
            raise _malformed(path, "through 须写明 table（所引用的台账）")
        return Through(field, full, self.read(document.get("where"), full, f"{path}.where"))


def _malformed(path: str, why: str) -> Refused:
    place = path.lstrip(".") or "开头"
    return Refused("criterion_malformed", f"条件写法有误（{place}）：{why}。")


def _only(document: Mapping[object, object], known: set[str], path: str) -> None:
    extra = [str(key) for key in document if key not in known]
    if extra:
        raise _malformed(path, f"不认识的键：{'、'.join(extra)}")


def _text(document: Mapping[object, object], key: str, path: str) -> str:
    found = document.get(key)
    if not isinstance(found, str) or not found:
        raise _malformed(path, f"{key} 须为名称")
    return found


def _operand(raw: object, operator: Operator, path: str) -> Operand:
    if isinstance(raw, list | tuple):
        return tuple(_literal(item, operator, path) for item in raw)
    if isinstance(raw, Mapping) and set(raw) == {"field"}:
        return OtherField(_text(raw, "field", path))
    if isinstance(raw, str) and raw in set(Moment):
        return Moment(raw)
    return _literal(raw, operator, path)


def _literal(raw: object, operator: Operator, path: str) -> Literal:
    """Plain where the type shows; else tagged: ``{day: 2021-09-30}``, ``{number: "60.50"}``, ``{text: as_of}``."""
    try:
        if isinstance(raw, Mapping) and len(raw) == 1:
            ((tag, text),) = raw.items()
            return _TAGS[str(tag)](str(text))
        if isinstance(raw, float):
            return Decimal(repr(raw))
        if isinstance(raw, str) and operator in _DAY_OPERATORS:
            return date.fromisoformat(raw)
    except (KeyError, ValueError, ArithmeticError) as error:
        raise _malformed(path, f"读不懂“{raw}”") from error
    if isinstance(raw, str | bool | int | Decimal | date) and not isinstance(raw, datetime):
        return raw
    raise _malformed(path, f"读不懂“{raw}”")


def criterion_document(criterion: Criterion) -> object:
    """The JSON form; ``parse_criterion`` gives the same criterion back when full table names resolve to themselves."""
    match criterion:
        case All(parts):
            return {"all": [criterion_document(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [criterion_document(part) for part in parts]}
        case Not(part):
            return {"not": criterion_document(part)}
        case Related(table, via, quantifier, where):
            head = {"related": table, "via": via, "quantifier": quantifier.value}
            return {**head, "where": criterion_document(where)}
        case Through(field, table, where):
            return {"through": field, "table": table, "where": criterion_document(where)}
        case Compare(field, operator, operand):
            return {"field": field, operator.value: _operand_document(operand, operator)}


def _operand_document(operand: Operand, operator: Operator) -> object:
    if isinstance(operand, Moment):
        return operand.value
    if isinstance(operand, OtherField):
        return {"field": operand.name}
    if isinstance(operand, tuple):
        return [_literal_document(item, operator) for item in operand]
    return _literal_document(operand, operator)


def _literal_document(literal: Literal, operator: Operator) -> object:
    if isinstance(literal, Decimal):
        return {"number": str(literal)}
    if isinstance(literal, date):
        return literal.isoformat() if operator in _DAY_OPERATORS else {"day": literal.isoformat()}
    if isinstance(literal, str) and (literal in set(Moment) or operator in _DAY_OPERATORS):
        return {"text": literal}
    return literal


_WORDS = {
    Operator.EQUALS: "为",
    Operator.NOT_EQUALS: "不为",
    Operator.IN: "为以下之一：",
    Operator.NOT_IN: "不是以下任何一项：",
    Operator.AT_LEAST: "不低于",
    Operator.AT_MOST: "不高于",
    Operator.MORE_THAN: "高于",
    Operator.LESS_THAN: "低于",
    Operator.ON_OR_BEFORE: "不晚于",
    Operator.ON_OR_AFTER: "不早于",
    Operator.BEFORE: "早于",
    Operator.AFTER: "晚于",
    Operator.CONTAINS: "含有",
}
_MOMENT_WORDS = {Moment.AS_OF: "截至日", Moment.PERIOD_START: "本期首日", Moment.PERIOD_END: "本期末日"}
_QUANTIFIER_WORDS = {Quantifier.ANY: "至少有一条", Quantifier.ALL: "每一条都", Quantifier.NONE: "没有一条"}


def describe(criterion: Criterion, table: Table, others: Mapping[str, Table] | None = None) -> str:
    """The criterion as a Chinese sentence without its full stop. ``others``: tables by full name, for their titles."""
    match criterion:
        case All(parts) | AnyOf(parts):
            if not parts:
                return "无条件" if isinstance(criterion, All) else "恒不满足"
            joint = "，且" if isinstance(criterion, All) else "，或"
            return joint.join(_bracketed(part, describe(part, table, others)) for part in parts)
        case Not(part):
            return f"并非（{describe(part, table, others)}）"
        case Related(name, _, quantifier, where):
            other = (others or {}).get(name, _nameless(name))
            return f"所属“{other.title}”中{_QUANTIFIER_WORDS[quantifier]}满足（{describe(where, other, others)}）"
        case Through(field, name, where):
            other = (others or {}).get(name, _nameless(name))
            return f"{_title(table, field)}所指的“{other.title}”满足（{describe(where, other, others)}）"
        case Compare():
            return _compare_words(criterion, table)


def _bracketed(part: Criterion, words: str) -> str:
    return f"（{words}）" if isinstance(part, All | AnyOf) and len(part.parts) > 1 else words


def _nameless(name: str) -> Table:
    return Table(name, name.rsplit("/", 1)[-1], 0, (), (), "")


def _title(table: Table, name: str) -> str:
    field = table.by_name.get(name)
    return f"“{field.title if field else name}”"


def _compare_words(criterion: Compare, table: Table) -> str:
    title = _title(table, criterion.field)
    if criterion.operator is Operator.IS_EMPTY:
        return f"{title}{'已填写' if criterion.operand is False else '为空'}"
    operand, field = criterion.operand, table.by_name.get(criterion.field)
    if isinstance(operand, Moment):
        words = _MOMENT_WORDS[operand]
    elif isinstance(operand, OtherField):
        words = _title(table, operand.name)
    else:
        literals = operand if isinstance(operand, tuple) else (operand,)
        words = "、".join(_literal_words(item, field) for item in literals)
    return f"{title}{_WORDS[criterion.operator]}{words}"


def _literal_words(literal: Literal, field: Field | None) -> str:
    if isinstance(literal, bool):
        return "是" if literal else "否"
    if isinstance(literal, str):
        titles = {item.value: item.title for item in field.values} if field else {}
        return f"“{titles.get(literal, literal)}”"
    unit = field.unit if field and not isinstance(literal, date) else ""
    return f"{literal}{unit}"
