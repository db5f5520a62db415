"""Spelling 音序: texts in the order of a Chinese dictionary, by their pinyin, and not in that of their code points.

Comparing texts so is ten times as dear as comparing them as they are. So the key by which they compare is kept beside
each text of a relation, once somebody sorts by it: half a second for a million rows, and nothing after.
"""

# ruff: noqa: S608 - SQL is what is made here, and names are quoted by the dialect

from __future__ import annotations

from collections.abc import Collection, Sequence

from shishi.adapters.engines.arrow_rows import column_of
from shishi.adapters.engines.connection import connected
from shishi.adapters.engines.dialects import DUCKDB
from shishi.core.listing import Sort
from shishi.core.tables import FieldType, Table


def spelt_column(name: str) -> str:
    """The column of a field's keys, quoted."""
    return DUCKDB.quoted(f"spelt:{name}")


def spelt_fields(table: Table, sort: Sequence[Sort], group: str = "") -> frozenset[str]:
    """The fields of an order that stand by their sound."""
    named = {*(item.field for item in sort), *([group] if group else ())}
    return frozenset(name for name in named if table.by_name[name].type is FieldType.TEXT)


def with_keys(rows: str, names: Collection[str]) -> str:
    """The same rows with the keys of these fields."""
    return f"SELECT *{''.join(f', {_key(name)} AS {spelt_column(name)}' for name in sorted(names))} FROM ({rows})"


def add_keys(relation: str, names: Collection[str]) -> None:
    """Add the keys of these fields to a relation that stands."""
    with connected() as cursor:
        for name in sorted(names):
            cursor.execute(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {spelt_column(name)} VARCHAR")
            cursor.execute(f"UPDATE {relation} SET {spelt_column(name)} = {_key(name)}")


def _key(name: str) -> str:
    return f"icu_sort_key({DUCKDB.quoted(column_of(name))}, 'zh')"
