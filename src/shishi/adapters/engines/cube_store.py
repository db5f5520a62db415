"""The file of a table's cubes: SQLite beside its parts in the column store, one writer, any number of readers.

Nothing here is original. A file that is missing, damaged or of another format is begun anew, and a transaction that a
killed process left behind is as if it had never been.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from shishi.core.rollup import EXACT, Amount

_FORMAT = 2
_WAIT = 3600.0
"""Seconds to wait for another process that is making a cube."""
_CACHE_KIB = 256 * 1024
"""What a transaction may change before it spills: a hand-in of a whole country touches every page of a cube."""
_MANY = 100_000
_AMONG = "(SELECT value FROM json_each(?))"
_MOST_CUBES = 64
"""Cubes of a table; beyond, those that were brought up to date longest ago go (other days, other periods)."""

_TABLES = (
    "CREATE TABLE horizon (head INTEGER, latest_on TEXT)",
    "CREATE TABLE cubes (id INTEGER PRIMARY KEY, key TEXT UNIQUE, decimals INTEGER, heads TEXT, latest_by TEXT, "
    "turn INTEGER)",
    # A number has no type: a whole one as long as it fits, a text where it is longer.
    "CREATE TABLE cells (cube INTEGER, node TEXT, live INTEGER, told INTEGER, value, own TEXT, parts TEXT, "
    "PRIMARY KEY (cube, node), CHECK (told BETWEEN 0 AND live)) WITHOUT ROWID",
    "CREATE TABLE pairs (cube INTEGER, value TEXT, line TEXT, rows INTEGER, PRIMARY KEY (cube, value, line)) "
    "WITHOUT ROWID",
    "CREATE TABLE lines (token TEXT, code TEXT, line TEXT, PRIMARY KEY (token, code)) WITHOUT ROWID",
)
_FITS = 1 << 61
"""Two whole numbers of this size make one that SQLite holds."""
_ADDING = (
    "INSERT INTO cells (cube, node, live, told, value) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "live = live + excluded.live, told = told + excluded.told, value = CASE WHEN typeof(value) = 'integer' "
    "AND typeof(excluded.value) = 'integer' AND value BETWEEN -2305843009213693952 AND 2305843009213693952 "
    "AND excluded.value BETWEEN -2305843009213693952 AND 2305843009213693952 THEN value + excluded.value "
    "ELSE exact_sum(value, excluded.value) END"
)
_EVERYTHING = (
    "DELETE FROM cubes WHERE id = ?",
    "DELETE FROM cells WHERE cube = ?",
    "DELETE FROM pairs WHERE cube = ?",
)


Change = tuple[str, int, int, int | str]
"""Of a node: its live rows, those of them that contribute, and their whole number; or by how much these change."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A cube of the file: true of everything up to ``heads`` (table → sequence). Its numbers are held as whole ones, in
    units of the last of their ``decimals``; without these they are held as decimal text."""

    number: int
    decimals: int | None
    heads: Mapping[str, int]
    latest_by: date | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to the sequence ``head`` nothing of the table is of a later day than ``latest_on``."""

    head: int
    latest_on: date | None


class CubeFile:
    """``path`` may be deleted at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = threading.local()

    @contextmanager
    def reading(self) -> Iterator[Cubes]:
        """One state of the file until the end of the block."""
        with self._transaction("BEGIN") as cubes:
            yield cubes

    @contextmanager
    def writing(self) -> Iterator[Cubes]:
        """Be the only writer until the end of the block; what it raises leaves everything as it was."""
        with self._transaction("BEGIN IMMEDIATE") as cubes:
            yield cubes

    def discard(self) -> None:
        """Begin anew: the file can't be read."""
        self._held.connection = None
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Cubes]:
        connection = self._connection()
        connection.execute(begin)
        try:
            yield Cubes(connection)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _connection(self) -> sqlite3.Connection:
        """One for each thread of each process, for as long as the file is the same."""
        try:
            identity = (os.getpid(), self.path.stat().st_ino)
        except FileNotFoundError:
            identity = (os.getpid(), -1)
        held: sqlite3.Connection | None = getattr(self._held, "connection", None)
        if held is not None and self._held.identity == identity:
            return held
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=NORMAL")
        made.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        made.create_function("exact_sum", 2, _exact_sum, deterministic=True)
        _prepare(made)
        self._held.connection, self._held.identity = made, (os.getpid(), self.path.stat().st_ino)
        return made


def _prepare(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == _FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA user_version = {_FORMAT}")
    connection.execute("COMMIT")


class Cubes:
    """What one transaction sees and changes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def horizon(self) -> Horizon | None:
        """How far the days of the table are known."""
        found = self._run("SELECT head, latest_on FROM horizon").fetchone()
        return Horizon(found[0], _day(found[1])) if found else None

    def set_horizon(self, horizon: Horizon) -> None:
        """Say how far they are known."""
        self._run("DELETE FROM horizon")
        self._run("INSERT INTO horizon VALUES (?, ?)", (horizon.head, _text(horizon.latest_on)))

    def find(self, key: str) -> Kept | None:
        """The cube of that key."""
        found = self._run("SELECT id, decimals, heads, latest_by FROM cubes WHERE key = ?", (key,)).fetchone()
        return Kept(found[0], found[1], json.loads(found[2]), _day(found[3])) if found else None

    def begin(self, key: str, decimals: int | None) -> int:
        """An empty cube in place of what was kept under the key; the oldest make room."""
        kept = self._run("SELECT id, key FROM cubes ORDER BY turn DESC").fetchall()
        for place, (number, held) in enumerate(kept):
            if held == key or place >= _MOST_CUBES - 1:
                for everything in _EVERYTHING:
                    self._run(everything, (number,))
        begun = self._run("INSERT INTO cubes (key, decimals) VALUES (?, ?)", (key, decimals))
        return int(begun.lastrowid or 0)

    def settle(self, number: int, heads: Mapping[str, int], latest_by: date | None) -> None:
        """Say up to where the cube is true."""
        (turn,) = self._run("SELECT coalesce(max(turn), 0) + 1 FROM cubes").fetchone()
        told = (json.dumps(dict(sorted(heads.items()))), _text(latest_by), turn, number)
        self._run("UPDATE cubes SET heads = ?, latest_by = ?, turn = ? WHERE id = ?", told)

    def amounts(self, kept: Kept, nodes: Collection[str]) -> dict[str, Amount]:
        """Of these nodes, where there are rows. Numbers are alike by the thousand: each is made once."""
        made: dict[tuple[bool, int | str, str | None, str | None], Amount] = {}
        found = {}
        for node, *cell in self._run(*self._wanted(kept, nodes)):
            if node in nodes:
                told, value, own, parts = key = (cell[0] > 0, *cell[1:])
                amount = made.get(key)
                if amount is None:
                    number = Decimal(value) if not kept.decimals else Decimal(value).scaleb(-kept.decimals, EXACT)
                    amount = made[key] = Amount(number if told else None, own=_number(own), parts=_number(parts))
                found[node] = amount
        return found

    def _wanted(self, kept: Kept, nodes: Collection[str]) -> tuple[str, tuple[object, ...]]:
        """Of very many nodes all cells are read: faster than looking each of them up."""
        select = "SELECT node, told, value, own, parts FROM cells WHERE cube = ?"
        if len(nodes) > _MANY:
            return select, (kept.number,)
        return f"{select} AND node IN {_AMONG}", (kept.number, json.dumps(list(nodes)))

    def live(self, kept: Kept, node: str) -> int:
        """How many rows there are of a node."""
        found = self._run("SELECT live FROM cells WHERE cube = ? AND node = ?", (kept.number, node)).fetchone()
        return found[0] if found else 0

    def put_reported(self, number: int, amounts: Iterable[tuple[str, Amount]]) -> None:
        """Write the cells of a reported figure: its own number and that of its parts, where there is one."""
        self._many(
            "INSERT INTO cells VALUES (?, ?, 1, ?, ?, ?, ?)",
            (
                (number, node, one.value is not None, str(one.value or 0), _text(one.own), _text(one.parts))
                for node, one in amounts
            ),
        )

    def put_numbers(self, number: int, cells: Iterable[Change]) -> None:
        """Write the first cells of a cube."""
        insert = "INSERT INTO cells (cube, node, live, told, value) VALUES (?, ?, ?, ?, ?)"
        self._many(insert, ((number, *cell) for cell in cells))

    def add_numbers(self, number: int, changes: Iterable[Change]) -> None:
        """Add to the cells; one without a live row is no cell. ``sqlite3.IntegrityError`` where that would leave less
        than nothing."""
        gone: list[tuple[int, str]] = []

        def rows() -> Iterator[tuple[object, ...]]:
            for change in changes:
                if change[1] < 0:
                    gone.append((number, change[0]))
                yield number, *change

        self._many(_ADDING, rows())
        self._many("DELETE FROM cells WHERE cube = ? AND node = ? AND live = 0", gone)

    def put_pairs(self, number: int, pairs: Iterable[tuple[str, str, int]]) -> None:
        """Write how many rows have a value ``(value, line, rows)``; none is no pair."""
        rows = ((number, *pair) for pair in pairs)
        self._many("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?)", rows)

    def rows_of(self, number: int, value: str, line: str) -> int:
        """How many rows right under the end of a line have the value."""
        select = "SELECT rows FROM pairs WHERE cube = ? AND value = ? AND line = ?"
        found = self._run(select, (number, value, line)).fetchone()
        return found[0] if found else 0

    def set_rows(self, number: int, value: str, line: str, rows: int) -> None:
        """Set it; nothing is left of none."""
        if rows:
            self._run("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?)", (number, value, line, rows))
        else:
            self._run("DELETE FROM pairs WHERE cube = ? AND value = ? AND line = ?", (number, value, line))

    def has(self, number: int, value: str, line: str) -> bool:
        """Whether any row at the end of a line or below has the value. What goes on from a line follows it with a
        stroke, which stands right before the digits."""
        select = "SELECT 1 FROM pairs WHERE cube = ? AND value = ? AND line >= ? AND line < ? LIMIT 1"
        return self._run(select, (number, value, line, f"{line}0")).fetchone() is not None

    def lines(self, token: str, codes: Collection[str]) -> dict[str, str]:
        """Of these raw codes the nodes for which they count, where it is known."""
        select = "SELECT code, line FROM lines WHERE token = ?"
        if len(codes) > _MANY:
            wanted = frozenset(codes)
            return {code: line for code, line in self._run(select, (token,)) if code in wanted}
        return dict(self._run(f"{select} AND code IN {_AMONG}", (token, json.dumps(list(codes)))).fetchall())

    def put_lines(self, token: str, lines: Mapping[str, str]) -> None:
        """Note them. Those of other trees go when this one is new."""
        if self._run("SELECT 1 FROM lines WHERE token = ? LIMIT 1", (token,)).fetchone() is None:
            self._run("DELETE FROM lines")
        self._many("INSERT OR REPLACE INTO lines VALUES (?, ?, ?)", ((token, *line) for line in lines.items()))


def _exact_sum(one: int | str, other: int | str) -> int | str:
    total = int(one) + int(other)
    return total if -_FITS <= total <= _FITS else str(total)


def _text(value: Decimal | date | None) -> str | None:
    return None if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
