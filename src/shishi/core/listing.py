"""Listings 列表: which rows of a table are asked for, in which order and how summed up, as people write it.

A filter is written ``field sign text``: ``stage=issued|done`` (one of), ``name~小区`` (contains), ``amount>=5``,
``amount<=9``, ``stage!=done``, ``phone@1234`` (an encrypted number ends so), ``note=`` (empty), ``note!=`` (not empty).
A sort is a field, with ``-`` before it for descending.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from shishi.core.cells import half_width
from shishi.core.criteria import All, Compare, Criterion, Literal, Operator
from shishi.core.errors import Misuse
from shishi.core.tables import Field, FieldType, Sensitivity, Table

PAGE = 50
_FILTER = re.compile(r"(\w+)(!=|>=|<=|=|~|@)(.*)", re.DOTALL)
_OPERATORS = {
    "=": Operator.EQUALS,
    "!=": Operator.NOT_EQUALS,
    ">=": Operator.AT_LEAST,
    "<=": Operator.AT_MOST,
    "~": Operator.CONTAINS,
}
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})
_DAYS = frozenset({FieldType.DATE, FieldType.DAY_TIME})
_ORDERED = _NUMBERS | _DAYS | {FieldType.ENUMERATION}
_UNSORTED = frozenset({FieldType.CHOICES, FieldType.POINT, FieldType.FILE, FieldType.REFERENCE})
TAIL = "@"
ONE_OF = "|"
TAIL_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Filter:
    """One field against what was typed. ``sign`` as in the module's grammar."""

    field: str
    sign: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}{self.sign}{self.text}"


@dataclass(frozen=True, slots=True)
class Sort:
    """One field of the order."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.field}"


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """What of a table is wanted. ``division``: significant code, empty for all within reach; ``columns``: field names,
    empty for all; ``text``: words, pinyin or initials; ``known_at`` ``None`` is now. ``entries``: no others than these,
    wherever they lie; ``None`` for all."""

    as_of: date
    known_at: datetime | None = None
    division: str = ""
    filters: tuple[Filter, ...] = ()
    sort: tuple[Sort, ...] = ()
    group: str = ""
    columns: tuple[str, ...] = ()
    text: str = ""
    page: int = 1
    size: int = PAGE
    entries: tuple[UUID, ...] | None = None

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.page - 1) * self.size


def filter_of(table: Table, text: str) -> Filter:
    """Read one filter; ``Misuse`` (filter_malformed, unknown_field, filter_unfit)."""
    found = _FILTER.fullmatch(text.strip())
    if found is None:
        message = f"筛选“{text[:40]}”写得不对。请写成 栏目=内容，或用 !=、>=、<=、~（包含）、@（尾号）。"
        raise Misuse("filter_malformed", message)
    given = Filter(field_named(table, found[1]).name, found[2], found[3].strip())
    if given.sign == TAIL:
        _require_tail(table, given)
    else:
        _compared(table, given)
    return given


def sort_of(table: Table, text: str) -> Sort:
    """Read one part of an order; ``Misuse`` (unknown_field, not_sortable)."""
    item = field_named(table, text.removeprefix("-"))
    if item.type in _UNSORTED or item.sensitivity is Sensitivity.ENCRYPTED:
        raise Misuse("not_sortable", f"不能按“{item.title}”排序。请换一栏。")
    return Sort(item.name, text.startswith("-"))


def group_of(table: Table, text: str) -> str:
    """The field by which rows are summed up; ``Misuse`` (unknown_field, not_groupable)."""
    item = field_named(table, text)
    if item.type in _UNSORTED or item.sensitive:
        raise Misuse("not_groupable", f"不能按“{item.title}”分组。请换一栏。")
    return item.name


def field_named(table: Table, text: str) -> Field:
    """A field by its name or title."""
    for item in table.fields:
        if text in (item.name, item.title):
            return item
    titles = "、".join(item.title for item in table.fields)
    raise Misuse("unknown_field", f"“{table.title}”没有“{text[:40]}”这一栏。可选：{titles}。")


def summed(table: Table) -> tuple[Field, ...]:
    """The fields of which a sum says something: amounts, numbers, quantities."""
    return tuple(item for item in table.fields if item.type in _NUMBERS and not item.sensitive)


def sortable(item: Field) -> bool:
    """Whether rows have an order by the field."""
    return item.type not in _UNSORTED and item.sensitivity is not Sensitivity.ENCRYPTED


def criterion_of(table: Table, filters: Sequence[Filter], digests: Mapping[Filter, str]) -> Criterion:
    """What all filters but those of tails say; ``digests``: what stands for the text of those on encrypted fields."""
    return All(tuple(_compared(table, item, digests.get(item)) for item in filters if item.sign != TAIL))


def tail_column(name: str) -> str:
    """The column of the digest of an encrypted field's last characters."""
    return f"tail:{name}"


def sealed_fields(table: Table) -> tuple[str, ...]:
    """The fields of which only digests are known."""
    return tuple(item.name for item in table.fields if item.sensitivity is Sensitivity.ENCRYPTED)


def _compared(table: Table, given: Filter, digest: str | None = None) -> Criterion:
    item, operator = table.by_name[given.field], _OPERATORS[given.sign]
    if not given.text:
        if operator not in (Operator.EQUALS, Operator.NOT_EQUALS):
            raise Misuse("filter_unfit", f"“{item.title}”的筛选缺内容。")
        return Compare(item.name, Operator.IS_EMPTY, operator is Operator.EQUALS)
    _require_fit(item, operator)
    if digest is not None or item.sensitivity is Sensitivity.ENCRYPTED:
        return Compare(item.name, operator, digest or given.text)
    if item.type is FieldType.CHOICES:
        return Compare(item.name, Operator.CONTAINS, _literal(item, given.text))
    several = tuple(_literal(item, text) for text in given.text.split(ONE_OF) if text.strip())
    if operator is Operator.EQUALS and len(several) > 1:
        return Compare(item.name, Operator.IN, several)
    if operator is Operator.NOT_EQUALS and len(several) > 1:
        return Compare(item.name, Operator.NOT_IN, several)
    return Compare(item.name, operator, _literal(item, given.text))


def _require_fit(item: Field, operator: Operator) -> None:
    ordered = operator in (Operator.AT_LEAST, Operator.AT_MOST)
    unfit = (ordered and item.type not in _ORDERED) or (operator is Operator.CONTAINS and item.type in _ORDERED)
    if item.sensitivity is Sensitivity.ENCRYPTED and operator is not Operator.EQUALS:
        message = f"“{item.title}”是加密保存的，只能按完整内容（=）或末四位（@）筛选。"
        raise Misuse("filter_unfit", message)
    if unfit:
        raise Misuse(
            "filter_unfit", f"“{item.title}”不能这样筛选。{'请用 = 、>= 或 <=。' if not ordered else '请用 = 或 ~。'}"
        )


def _literal(item: Field, text: str) -> Literal:
    text = half_width(text).strip() if item.type is not FieldType.TEXT else text.strip()
    try:
        if item.type in _NUMBERS:
            return Decimal(text.replace(",", ""))
        if item.type in _DAYS:
            return date.fromisoformat(text)
    except (InvalidOperation, ValueError) as wrong:
        kind = "数" if item.type in _NUMBERS else "日期（如 2021-09-30）"
        raise Misuse("filter_unfit", f"“{item.title}”要按{kind}筛选，“{text[:40]}”不是。") from wrong
    if item.type is FieldType.YES_NO:
        return text in ("是", "true", "1")
    for choice in item.values:
        if text in (choice.value, choice.title):
            return choice.value
    return text


def _require_tail(table: Table, given: Filter) -> None:
    item = table.by_name[given.field]
    if item.sensitivity is not Sensitivity.ENCRYPTED:
        raise Misuse("filter_unfit", f"“{item.title}”不是加密保存的，请用 = 或 ~ 筛选。")
    if len(given.text) != TAIL_DIGITS:
        raise Misuse("filter_unfit", f"尾号要写末 {TAIL_DIGITS} 位。")


def filter_typed(table: Table, name: str, text: str) -> Filter | None:
    """What is typed above a column: a sign, if any, then the content. Without a sign texts are looked into, the end of
    an encrypted number is found by its last four, anything else is equal; a sign alone asks for empty cells. ``None``
    for nothing."""
    told = half_width(text).strip()
    if not told:
        return None
    item = field_named(table, name)
    for sign in ("!=", ">=", "<=", "=", "~", TAIL):
        if told.startswith(sign):
            return filter_of(table, f"{item.name}{sign}{told.removeprefix(sign).strip()}")
    sealed = item.sensitivity is Sensitivity.ENCRYPTED
    if sealed:
        return filter_of(table, f"{item.name}{TAIL if len(told) == TAIL_DIGITS else '='}{told}")
    return filter_of(table, f"{item.name}{'=' if item.type in _ORDERED or item.values else '~'}{told}")


def typed_again(given: Filter, table: Table) -> str:
    """What to type above the column to get this filter."""
    plain = filter_typed(table, given.field, given.text) if given.text else None
    return given.text if plain == given else f"{given.sign}{given.text}"
