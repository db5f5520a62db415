"""Spelling 音序: texts in the order of a Chinese dictionary, by their pinyin, and not in that of their code points.

Comparing texts so is ten times as dear as comparing them as they are. So the key by which they compare is kept beside
each text of a relation, once somebody sorts by it: half a second for a million rows, and nothing after. Beside the key
stands its beginning as a number: most rows are told apart by that alone, in half of the time.
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


def spelt_order(name: str, alias: str) -> tuple[str, str]:
    """By what a field's texts stand in their order: the beginnings of their keys, then the keys."""
    return f"{alias}.{_start_column(name)}", f"{alias}.{spelt_column(name)}"


def _start_column(name: str) -> str:
    return DUCKDB.quoted(f"spelt:{name}:start")


def spelt_fields(table: Table, sort: Sequence[Sort], group: str = "") -> frozenset[str]:
    """The fields of an order that stand by their sound."""
    named = {*(item.field for item in sort), *([group] if group else ())}
    return frozenset(name for name in named if table.by_name[name].type is FieldType.TEXT)


def with_keys(rows: str, names: Collection[str]) -> str:
    """The same rows with the keys of these fields."""
    keys = "".join(f", {_key(name)} AS {spelt_column(name)}" for name in sorted(names))
    starts = "".join(f", {_start(name)} AS {_start_column(name)}" for name in sorted(names))
    return f"SELECT *{starts} FROM (SELECT *{keys} FROM ({rows}))" if names else rows


def add_keys(relation: str, names: Collection[str]) -> None:
    """Add the keys of these fields to a relation that stands."""
    with connected() as cursor:
        for name in sorted(names):
            cursor.execute(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {spelt_column(name)} VARCHAR")
            cursor.execute(f"UPDATE {relation} SET {spelt_column(name)} = {_key(name)}")
            cursor.execute(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {_start_column(name)} UBIGINT")
            cursor.execute(f"UPDATE {relation} SET {_start_column(name)} = {_start(name)}")


def _key(name: str) -> str:
    return f"icu_sort_key({DUCKDB.quoted(column_of(name))}, 'zh')"


def _start(name: str) -> str:
    """The first eight bytes of a key, which is written in hexadecimal digits."""
    return f"CAST('0x' || rpad(left({spelt_column(name)}, 16), 16, '0') AS UBIGINT)"
