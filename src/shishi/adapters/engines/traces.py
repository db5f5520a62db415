"""Traces 字迹 of texts: which pairs of bytes occur in a text, as 64 bits.

To look for a part of a text in a million texts, every one of them has to be walked through. A text can hold the part
only if its trace holds that of the part, which is a comparison of two numbers: of short texts one in fifty is left to
be walked through. Traces are made of the columns of large tables once somebody looks for parts in them, and stay.
"""

# ruff: noqa: S608 - SQL is what is made here, and names are quoted by the dialect

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from shishi.adapters.engines.connection import connected, whole
from shishi.adapters.engines.dialects import DUCKDB

if TYPE_CHECKING:
    import pyarrow as pa

WORTH_IT = 100_000
"""Of fewer rows all texts are walked through sooner than traces are made."""
_FUNCTION = "trace_of_text"


def trace_column(column: str) -> str:
    """The column of the traces of a column, quoted."""
    return DUCKDB.quoted(f"trace:{column}")


def trace_of(part: str) -> int:
    """Of one text; 0 for what is too short to have a pair."""
    held = part.encode()
    return sum({1 << _place(first, second) for first, second in pairwise(held)})


def with_traces(rows: str, columns: Collection[str]) -> str:
    """The same rows with the traces of these columns."""
    told = "".join(f", {_told(column)} AS {trace_column(column)}" for column in sorted(columns))
    return f"SELECT *{told} FROM ({rows})" if columns else rows


def add_traces(relation: str, columns: Collection[str], process: int) -> None:
    """Add the traces of these columns to a relation that stands, in this process."""
    _teach(process)
    with connected() as cursor:
        for column in sorted(columns):
            cursor.execute(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {trace_column(column)} UBIGINT")
            cursor.execute(f"UPDATE {relation} SET {trace_column(column)} = {_told(column)}")


def _told(column: str) -> str:
    return f"{_FUNCTION}(coalesce({DUCKDB.quoted(column)}, ''))"


def _place(first: int, second: int) -> int:
    """One of 64, the same for the same pair of bytes (Fibonacci hashing: Knuth, TAOCP 6.4)."""
    return ((first * 257 + second) * 2_654_435_769 & 0xFFFF_FFFF) >> 26


@cache
def _teach(process: int) -> None:
    """The database of a process learns the function once."""
    from duckdb.func import PythonUDFType

    # The library would look up the words of the annotations: it gets none.
    whole(process).create_function(
        _FUNCTION, lambda texts: _traces(texts), ["VARCHAR"], "UBIGINT", type=PythonUDFType.ARROW
    )


def _traces(texts: pa.Array) -> pa.Array:
    """Of many texts, none of them null, at once."""
    import numpy as np
    import pyarrow as pa

    held = pa.concat_arrays(texts.chunks) if isinstance(texts, pa.ChunkedArray) else texts
    held = held.cast(pa.large_string())
    _, offsets, content = held.buffers()
    ends = np.frombuffer(offsets, np.int64)[held.offset : held.offset + len(held) + 1]
    told = np.zeros(len(held), np.uint64)
    lengths = np.diff(ends)
    if len(held) and lengths.sum() > 1:
        data = np.frombuffer(content, np.uint8)[ends[0] : ends[-1]].astype(np.uint32)
        places = (data[:-1] * np.uint32(257) + data[1:]) * np.uint32(2_654_435_769) >> np.uint32(26)
        bits = np.append(np.left_shift(np.uint64(1), places.astype(np.uint64)), np.uint64(0))
        there = lengths > 0
        bits[ends[1:][there] - ends[0] - 1] = 0  # a pair of the last byte of one text and the first of the next
        told[there] = np.bitwise_or.reduceat(bits, (ends[:-1] - ends[0])[there])
    return pa.array(told)
