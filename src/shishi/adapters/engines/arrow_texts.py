"""Revisions as the store writes them, column by column, made into the very columns of ``arrow_rows``: DuckDB reads the
cells, and no object is made for a row."""

# ruff: noqa: S608 - SQL is what is made here: names of fields are quoted or escaped

from __future__ import annotations

import json

import pyarrow as pa

from shishi.adapters.engines.arrow_rows import (
    DIGITS,
    SEQUENCE_BITS,
    Kind,
    column_of,
    kind_of,
    of_revisions,
    scale_of,
    settled_column,
)
from shishi.adapters.engines.base import RevisionTexts
from shishi.adapters.engines.connection import connected
from shishi.adapters.engines.dialects import DUCKDB
from shishi.core.tables import Field, Table

_DAY_NUMBER = "(effective_on - DATE '0001-01-01' + 1)"  # date.toordinal


def of_texts(table: Table, texts: RevisionTexts) -> pa.Table:
    """The same table as ``of_revisions`` makes of the same revisions."""
    wanted = of_revisions(table, []).schema
    text, number = pa.string(), pa.int64()
    given = pa.table(
        {
            "sequence": pa.array(texts.sequence, number),
            "entry": pa.array(texts.entry, text),
            "kind": pa.array(texts.kind, text),
            "effective_on": pa.array(texts.effective_on, text),
            "recorded_at": pa.array(texts.recorded_at, text),
            "voids": pa.array(texts.voids, number),
            "settled": pa.array(texts.settled, text),
            "cells": pa.array(texts.cells, text),
        }
    )
    with connected() as connection:
        connection.register("texts", given)
        made = connection.sql(_select(table)).to_arrow_table()
    return made.select(wanted.names).cast(wanted)


def _select(table: Table) -> str:
    groups = (f"coalesce(g.{DUCKDB.quoted(name)}, 0) AS {DUCKDB.quoted(settled_column(name))}" for name in table.groups)
    fields = (f"{_value(item)} AS {DUCKDB.quoted(column_of(item.name))}" for item in table.fields)
    settled = _literal(json.dumps(dict.fromkeys(table.groups, "BIGINT")))
    cells = _literal(json.dumps({item.name: _form(item) for item in table.fields}, ensure_ascii=False))
    read = [f"from_json(settled, {settled}) AS g"] if table.groups else []
    return (
        f"SELECT *, ({_DAY_NUMBER}::BIGINT << {SEQUENCE_BITS}) | sequence AS standing, "
        f"{', '.join([*groups, *fields])} FROM (SELECT * EXCLUDE (settled) REPLACE (entry::UUID AS entry, "
        "effective_on::DATE AS effective_on, recorded_at::TIMESTAMP AS recorded_at), "
        f"contains(cells, '\"sealed\":') AS sealed, {', '.join([*read, f'from_json(cells, {cells}) AS c'])} FROM texts)"
    )


def _form(item: Field) -> object:
    return ["VARCHAR"] if kind_of(item) is Kind.LIST else "VARCHAR"


def _value(item: Field) -> str:
    """A field of the cells ``c``, as ``values.from_text`` and ``arrow_rows`` make it."""
    told = f"c.{DUCKDB.quoted(item.name)}"
    match kind_of(item):
        case Kind.NUMBER:
            return f"{told}::DECIMAL({DIGITS}, {scale_of(item)})"
        case Kind.DAY:
            return f"{told}::DATE"
        case Kind.MOMENT:
            return f"{told}::TIMESTAMP"  # stored moments are UTC
        case Kind.FLAG:
            return f"{told} NOT IN ('false', '0', '')"
        case Kind.LIST:
            return f"CASE WHEN len({told}) > 0 THEN {told} END"
        case Kind.KEY:
            return f"nullif({told}, '')::UUID"
        case Kind.PLACE:
            longitude, latitude = (_plain(f"split_part({told}, ',', {part})") for part in (1, 2))
            return f"{longitude} || ',' || {latitude}"
        case _:
            path = _literal("/" + item.name.replace("~", "~0").replace("/", "~1"))
            digest = f"json_extract_string(cells, {path}) ->> '$.digest'"
            return f"nullif(CASE WHEN sealed AND json_type(cells, {path}) = 'OBJECT' THEN {digest} ELSE {told} END, '')"


def _plain(number: str) -> str:
    """A number without the noughts that say nothing."""
    return f"CASE WHEN contains({number}, '.') THEN rtrim(rtrim({number}, '0'), '.') ELSE {number} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
