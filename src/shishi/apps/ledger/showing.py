"""Showing 显示 rows: what cells say to people, masked where they must not be seen, and what a form sends back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.apps.divisions.selectors import load_tree, tree_token
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import decode, opened
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.selectors import tables
from shishi.core.divisions import Level, normalise
from shishi.core.listing import RowsAsked
from shishi.core.tables import Field, FieldType, Table, Value
from shishi.core.values import KEY_SEPARATOR, shown, to_text

DEEPEST = 3
"""So far keys are followed that mean rows of other tables."""
_names: dict[str, dict[str, str]] = {}
"""By the token of the tree that tells them."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A cell for people: ``text`` as they read it (masked where sensitive), ``raw`` as a form sends it back (empty
    where it must not be shown)."""

    text: str = ""
    raw: str = ""


_EMPTY = ShownValue()
_WORDS = {str, type(None)}


def plain_key(key: str) -> str:
    """A key as people read it; a part that is a digest is told as such."""
    return " / ".join("（加密）" if len(part) >= 40 else part for part in key.split(KEY_SEPARATOR))


def told_keys(
    table: Table, rows: Sequence[RevisionRow], on: date, known_at: datetime | None = None, depth: int = DEEPEST
) -> list[str]:
    """The keys of several rows as people read them: a part that means a row of another table is told by that row's own
    key, as far as it is there on the day, one of a list by its title."""
    parts = [row.key.split(KEY_SEPARATOR) for row in rows]
    for at, name in enumerate(table.key):
        item = table.by_name[name]
        if item.type is FieldType.ENUMERATION:
            titles = {choice.value.upper(): choice.title for choice in item.values}
            parts = [
                [*part[:at], titles.get(part[at], part[at]), *part[at + 1 :]] if len(part) > at else part
                for part in parts
            ]
        if item.type is FieldType.REFERENCE and depth:
            meant = {UUID(part[at]) for part in parts if len(part) > at and part[at]}
            held = list(live(item.references, on, known_at, entries=meant)) if meant else []
            other = tables().get(item.references)
            told = told_keys(other, held, on, known_at, depth - 1) if other else [plain_key(row.key) for row in held]
            keys = {str(row.entry).upper(): key for row, key in zip(held, told, strict=True)}  # keys are in capitals
            parts = [[*part[:at], keys.get(part[at], part[at]), *part[at + 1 :]] for part in parts]
    return [plain_key(KEY_SEPARATOR.join(part)) for part in parts]


def show_rows(table: Table, rows: Sequence[RevisionRow], asked: RowsAsked) -> list[dict[str, ShownValue]]:
    """What the cells of several rows say to people: references as the key of the row that they mean, divisions by
    name, sensitive values masked."""
    wanted = [item for item in table.fields if not asked.columns or item.name in asked.columns]
    # Most of a page is words that are shown as they are stored: only the others become values first.
    words = {item.name for item in wanted if _as_stored(item, rows)}
    typed = [item for item in wanted if item.name not in words]
    values = opened_values(typed, table, rows)
    referred = dict(_referred(typed, values, asked))
    names = _division_names(typed, values, asked.as_of)
    columns = [
        [_word(row.cells.get(item.name)) for row in rows]
        if item.name in words
        else [_shown(item, told.get(item.name), referred, names) for told in values]
        for item in wanted
    ]
    called = [item.name for item in wanted]
    return [dict(zip(called, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _as_stored(item: Field, rows: Sequence[RevisionRow]) -> bool:
    """Whether the cells of a column are words that people see, and send back, as they are."""
    plain = item.type is FieldType.TEXT and not item.values and not item.sensitive
    return plain and all(type(row.cells.get(item.name)) in _WORDS for row in rows)


def _word(cell: str | None) -> ShownValue:
    return _EMPTY if cell is None else ShownValue(cell, cell)


def _shown(item: Field, value: Value, referred: Mapping[str, ShownValue], names: Mapping[str, str]) -> ShownValue:
    if value is None:
        return _EMPTY
    if item.type is FieldType.REFERENCE:
        return referred.get(str(value)) or ShownValue("（不在所看的日期）")
    if item.type is FieldType.DIVISION:
        return ShownValue(names.get(str(value), str(value)), str(value))
    if item.sensitive:
        return ShownValue(shown(item, value))
    raw = to_text(value)
    return ShownValue(shown(item, value), "、".join(raw) if isinstance(raw, list) else _typed_again(item, value))


def _typed_again(item: Field, value: Value) -> str:
    """As it would be typed: the text that reading it again makes the same value of."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return shown(item, value).replace(",", "") if item.type is FieldType.MONEY else str(to_text(value))


def referred_keys(wanted: Sequence[Field], values: Sequence[Mapping[str, Value]], asked: RowsAsked) -> dict[str, str]:
    """The keys of the rows that these rows mean."""
    return {entry: told.raw for entry, told in _referred(wanted, values, asked)}


def _referred(
    wanted: Sequence[Field], values: Sequence[Mapping[str, Value]], asked: RowsAsked
) -> Iterator[tuple[str, ShownValue]]:
    """The rows that these rows mean, by entry: as people read their keys, and as a form sends them back."""
    for item in wanted:
        if item.type is FieldType.REFERENCE:
            meant = {UUID(str(told[item.name])) for told in values if told.get(item.name)}
            rows = list(live(item.references, asked.as_of, asked.known_at, entries=meant)) if meant else []
            other = tables().get(item.references)
            plain = [plain_key(row.key) for row in rows]
            keys = told_keys(other, rows, asked.as_of, asked.known_at) if other else plain
            for row, key, raw in zip(rows, keys, plain, strict=True):
                yield str(row.entry), ShownValue(key, raw)


def _division_names(wanted: Sequence[Field], values: Sequence[Mapping[str, Value]], on: date) -> dict[str, str]:
    """The names of the divisions, by the codes that the rows give."""
    fields = [item.name for item in wanted if item.type is FieldType.DIVISION]
    return names_of({str(told[name]) for name in fields for told in values if told.get(name)}, on)


def names_of(codes: Collection[str], on: date) -> dict[str, str]:
    """What these divisions are called (below the county with the county before it), as far as the tree knows them."""
    token = tree_token(on)
    if token not in _names:
        _names.clear()
        _names[token] = {}
    known = _names[token]
    if missing := [code for code in codes if code not in known]:
        tree = load_tree(codes=[normalise(code) for code in missing])
        for code in missing:
            lineage = [unit.name for unit in tree.lineage(normalise(code), on) if unit.level >= Level.COUNTY]
            placed = tree.place(normalise(code), on)
            known[code] = "".join(lineage) if lineage else placed.name if placed else code
    return {code: known[code] for code in codes}


def given(item: Field, value: Value, referred: Mapping[str, str]) -> Value:
    """A value for an export: a reference as a key, what is sensitive masked."""
    if value is not None and item.type is FieldType.REFERENCE:
        return referred.get(str(value), str(value))
    return shown(item, value) if item.sensitive and value is not None else value


def opened_values(wanted: Sequence[Field], table: Table, rows: Sequence[RevisionRow]) -> list[dict[str, Value]]:
    """The plain values of some fields of several rows; only masked ones leave this app."""
    cipher = key_ring()
    told = ({item.name: row.cells[item.name] for item in wanted if item.name in row.cells} for row in rows)
    return [opened(table, decode(cells), cipher) for cells in told]
