"""The cube: the numbers of every node, kept with the sequence up to which they are true (see docs/adr on the cube).

A figure of today is read from it, not computed. When the ledger has moved on, only the entries that the news touch are
asked again, as they stood before and as they stand after, and the difference is added along their ways up the tree.
The engine's own queries say what every row adds, so that there is one meaning; what can't be followed in small steps
(a reported figure, news larger than the table is worth, another tree, another definition) is asked anew of everything.
"""

from __future__ import annotations

import gc
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import quote

from shishi.adapters.engines.base import Histories, Question, Ways
from shishi.adapters.engines.columns import ColumnStore, Opened
from shishi.adapters.engines.cube_asking import Asked, climbed, latest_of, latest_on, pairs, told_apart
from shishi.adapters.engines.cube_news import Around, Gathering, UnfollowableError
from shishi.adapters.engines.cube_shapes import ADDED, Shape, shape_of
from shishi.adapters.engines.cube_sql import decimals_of
from shishi.adapters.engines.cube_store import CubeFile, Cubes, Horizon, Kept
from shishi.adapters.engines.gathering import Lines
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Measure
from shishi.core.rollup import Amount, nodes_above, reported
from shishi.core.tables import Table

_WORTH = 20
"""Following one row is worth it in a table of this many."""
_FILE = "cubes.sqlite3"
STROKE = "/"
"""Between the nodes of a line, the country first."""
_TURNS = 3
"""How often a cube is brought up to date before it is left to whoever writes that fast."""

Result = TypeVar("Result")


class Cube:
    """The cubes of a column store, each table's in its folder. ``least``: so many rows are followed in small steps even
    where the table is smaller than a hundred times that."""

    def __init__(self, source: Histories, store: ColumnStore, least: int = 1000) -> None:
        self.source, self.store, self.least = source, store, least
        self._files: dict[str, CubeFile] = {}

    def look(self, ways: Ways, beside: Callable[[], Iterable[Question]] = tuple) -> Look:
        """One request: what it asks is asked of one state of the ledger, unless that moves on meanwhile. ``beside``:
        what it is likely to ask as well; that of the same table is brought up to date along with what is asked."""
        return Look(self, ways, beside)

    def file(self, table: str) -> CubeFile:
        """The file of a table (full name)."""
        if table not in self._files:
            self._files[table] = CubeFile(self.store.folder / quote(table, safe="") / _FILE)
        return self._files[table]


@dataclass(frozen=True, slots=True)
class _News:
    """The rows around some news, and for what they were fetched: the next question often needs the same."""

    key: object
    around: Around
    folder: TemporaryDirectory[str]


@dataclass(frozen=True, slots=True)
class _Stale:
    """A cube that is kept, and up to where it shall be true."""

    shape: Shape
    kept: Kept
    heads: Mapping[str, int]


class Look:
    """See ``Cube.look``. Not to be shared between threads."""

    def __init__(self, cube: Cube, ways: Ways, beside: Callable[[], Iterable[Question]]) -> None:
        self._cube, self._ways, self._beside = cube, ways, beside
        self._standing: dict[str, tuple[int, datetime | None]] = {}
        self._horizons: dict[str, Horizon] = {}
        self._news: _News | None = None

    @property
    def token(self) -> str:
        """While it is the same, every code lies where it lay."""
        return self._ways.token

    def amounts(self, question: Question, nodes: Collection[str]) -> dict[str, Amount] | None:
        """What ``rollup.amounts`` says of these nodes; a ratio is asked by its parts. ``None`` for a question that is
        not about the present: an earlier day than the latest that is held, or known at an earlier moment than the last
        that was recorded."""
        if not question.answerable:
            return None if question.indicator.measure is Measure.DISTINCT else {}
        for pinned in (False, True):
            shape = shape_of(question, self._ways.token, pinned=pinned)
            found = self._kept(question, shape, nodes)
            if found is None:
                return None
            latest_by, amounts = found
            if shape.holds_on(question.as_of, latest_by):
                return amounts
        return None

    def _kept(
        self, question: Question, shape: Shape, nodes: Collection[str]
    ) -> tuple[date | None, dict[str, Amount]] | None:
        """The latest ``by`` day and the amounts, true of the ledger as it stands; ``None`` when that is not asked."""
        file = self._cube.file(question.table.name)
        for _ in range(_TURNS):
            if not self._about_now(question):
                return None
            heads = {name: self._head(name) for name in question.touched}

            def read(heads: Mapping[str, int] = heads) -> tuple[date | None, dict[str, Amount]] | None:
                with file.reading() as cubes:
                    kept = cubes.find(shape.key)
                    fresh = kept is not None and kept.heads == heads
                    return (kept.latest_by, cubes.amounts(kept, nodes)) if kept and fresh else None

            found = _mended(file, read)
            if found is not None:
                return found
            try:
                with _uncollected():
                    _mended(file, lambda: self._bring_up(file, shape))
            except Refused:
                return None  # a sum that no column holds: asked leaf by leaf it may still fit
            self._standing.clear()
        return None

    def _about_now(self, question: Question) -> bool:
        for name in question.touched:
            head, recorded_at = self._stands(name)
            if recorded_at is not None and question.known_at < recorded_at:
                return False
            latest_on = self._horizon(question.tables[name], head).latest_on
            if latest_on is not None and question.as_of < latest_on:
                return False
        return True

    def _stands(self, table: str) -> tuple[int, datetime | None]:
        if table not in self._standing:
            self._standing[table] = self._cube.source.standing(table)
        return self._standing[table]

    def _head(self, table: str) -> int:
        return self._stands(table)[0]

    def _horizon(self, table: Table, head: int) -> Horizon:
        """The latest day held up to ``head`` at least."""
        held = self._horizons.get(table.name)
        if held is None or held.head < head:
            file = self._cube.file(table.name)
            held = self._horizons[table.name] = _mended(file, lambda: self._known_horizon(file, table, head))
        return held

    def _known_horizon(self, file: CubeFile, table: Table, head: int) -> Horizon:
        with file.reading() as cubes:
            kept = cubes.horizon()
        if kept is not None and kept.head == head:
            return kept
        with file.writing() as cubes:
            kept = cubes.horizon()
            if kept is None or kept.head > head:
                made = self._first_horizon(table)
            else:
                later = self._cube.source.latest_on(table.name, kept.head)
                made = Horizon(head, max((day for day in (kept.latest_on, later) if day), default=None))
            cubes.set_horizon(made)
        return made

    def _first_horizon(self, table: Table) -> Horizon:
        with self._cube.store.reading(self._cube.source, [table]) as opened:
            parts = opened[table.name]
            return Horizon(parts.head, latest_on(table, parts))

    def _bring_up(self, file: CubeFile, asked: Shape) -> None:
        """Make the cube true of the ledger as it stands now, by following its news or from everything; and with it the
        others that are asked of the table, so that news are read once and all rows are looked at once."""
        with file.writing() as cubes:
            known: dict[str, int] = {}
            missing, stale = list[Shape](), dict[object, list[_Stale]]()
            for shape in self._together(asked):
                heads = {name: self._known_head(name, known) for name in sorted(shape.question.touched)}
                kept = cubes.find(shape.key)
                if kept is not None and kept.heads == heads:
                    continue
                if kept is not None and shape.added and all(kept.heads[name] <= head for name, head in heads.items()):
                    like = (shape.question.as_of, shape.question.ties, *kept.heads.items())
                    stale.setdefault(like, []).append(_Stale(shape, kept, heads))
                elif shape is asked or (kept is None and missing):
                    missing.append(shape)
            for several in stale.values():
                try:
                    self._follow(cubes, several)
                except UnfollowableError:
                    missing += [one.shape for one in several]
            self._build_all(cubes, missing)

    def _together(self, asked: Shape) -> Iterator[Shape]:
        """The one that is asked, then those beside it that one look at the rows answers as well."""
        yield asked
        named, table = {asked.key}, asked.question.table.name
        for question in self._beside() if asked.added else ():
            if question.indicator.measure in ADDED and question.table.name == table and question.answerable:
                with suppress(Misuse, Refused):
                    shape = shape_of(question, self._ways.token, pinned=asked.question.as_of == question.as_of)
                    if shape.key not in named and shape.question.as_of == asked.question.as_of:
                        named.add(shape.key)
                        yield shape

    def _known_head(self, table: str, known: dict[str, int]) -> int:
        if table not in known:
            known[table] = self._cube.source.head(table)
        return known[table]

    def _build_all(self, cubes: Cubes, shapes: Sequence[Shape]) -> None:
        """Together; one by one where one of them has no answer."""
        for alike in _alike(shapes):
            if not alike[0].added:
                self._build_reported(cubes, alike[0])
                continue
            try:
                self._build(cubes, alike)
            except Refused:
                if len(alike) == 1:
                    raise
                self._build(cubes, alike[:1])

    def _build(self, cubes: Cubes, shapes: Sequence[Shape]) -> None:
        """From everything that is held, through the column store."""
        questions = [shape.question for shape in shapes]
        with self._opened(questions) as opened:
            heads = {name: parts.head for name, parts in opened.items()}
            asked = Asked(questions, opened)
            leaves = asked.leaves()
            ways = self._lines(cubes, leaves["code"].to_pylist())
            lines = Lines.written(ways, STROKE)
            found = climbed(questions, lines, leaves)
            for place, shape in enumerate(shapes):
                cells, own = found.changes(place), {name: heads[name] for name in shape.question.touched}
                number = cubes.begin(shape.key, decimals_of(shape.question))
                if shape.question.indicator.measure is Measure.DISTINCT:
                    values = asked.values(place)
                    told = told_apart(lines, values)
                    cells = ((node, live, some, told.get(node, 0)) for node, live, some, _ in cells)
                    cubes.put_pairs(number, pairs(ways, values))
                cubes.put_numbers(number, cells)
                cubes.settle(number, own, latest_of(leaves, place))

    def _build_reported(self, cubes: Cubes, shape: Shape) -> None:
        question = shape.question
        with self._opened([question]) as opened:
            asked = Asked([question], opened)
            stated, latest_by = asked.stated(), asked.latest_by()
            found = reported(stated, question.indicator, self._ways.tree(stated), self._ways.on)
            number = cubes.begin(shape.key, None)
            cubes.put_reported(number, sorted(found.items()))
            cubes.settle(number, {name: parts.head for name, parts in opened.items()}, latest_by)

    def _opened(self, questions: Sequence[Question]) -> AbstractContextManager[dict[str, Opened]]:
        tables = {name: question.tables[name] for question in questions for name in question.touched}
        return self._cube.store.reading(self._cube.source, [tables[name] for name in sorted(tables)])

    def _follow(self, cubes: Cubes, several: Sequence[_Stale]) -> None:
        """Add the difference that the news make: what the touched entries add now, less what they added before."""
        first, questions = several[0], [one.shape.question for one in several]
        most = max(self._cube.least, cubes.live(first.kept, COUNTRY) // _WORTH)
        around = self._around(questions[0], first.kept.heads, first.heads, most)
        before, after = (Asked(questions, parts, around.touched) for parts in (around.before, around.after))
        old, new = before.leaves(), after.leaves()
        ways = self._lines(cubes, {*old["code"].to_pylist(), *new["code"].to_pylist()})
        try:
            found = climbed(questions, Lines.written(ways, STROKE), new, old)
            for place, one in enumerate(several):
                changes = found.changes(place)
                if one.shape.question.indicator.measure is Measure.DISTINCT:
                    values = pairs(ways, after.values(place), before.values(place))
                    told = _told_apart(cubes, one.kept.number, values)
                    more = {node: (live, some) for node, live, some, _ in changes}
                    nodes = dict.fromkeys([*more, *told])
                    changes = ((node, *more.get(node, (0, 0)), told[node]) for node in nodes)
                cubes.add_numbers(one.kept.number, changes)
                cubes.settle(one.kept.number, one.heads, _latest((one.kept.latest_by, latest_of(new, place))))
        except (Refused, sqlite3.IntegrityError) as error:
            raise UnfollowableError from error

    def _around(self, question: Question, base: Mapping[str, int], heads: Mapping[str, int], most: int) -> Around:
        key = (question.table.name, question.ties, dict(base), dict(heads), most)
        if self._news is None or self._news.key != key:
            folder = TemporaryDirectory(prefix="shishi-")
            gathering = Gathering(self._cube.source, question.tables, base, heads, most)
            self._news = _News(key, gathering.around(question, Path(folder.name)), folder)
        return self._news.around

    def lines(self, table: str, codes: Collection[str]) -> dict[str, str]:
        """Of each raw code the nodes for which it counts on the day, from the country down, with strokes between: as
        they are kept beside the cubes of a table, and for the other codes by the tree."""
        file = self._cube.file(table)

        def read() -> dict[str, str]:
            with file.reading() as cubes:
                return cubes.lines(self._ways.token, codes)

        known = _mended(file, read)
        return known | self._by_tree(codes, known)

    def _lines(self, cubes: Cubes, codes: Collection[str]) -> dict[str, str]:
        """The same; what the tree says is kept."""
        known = cubes.lines(self._ways.token, codes)
        made = self._by_tree(codes, known)
        if made:
            cubes.put_lines(self._ways.token, made)
        return known | made

    def _by_tree(self, codes: Collection[str], known: Collection[str]) -> dict[str, str]:
        unknown = [code for code in codes if code not in known]
        if not unknown:
            return {}
        tree = self._ways.tree(unknown)
        return {code: STROKE.join(nodes_above(tree, code, self._ways.on)) for code in unknown}


def _alike(shapes: Sequence[Shape]) -> Iterator[list[Shape]]:
    """Those that one look at the rows answers; a reported figure stands alone."""
    found: dict[object, list[Shape]] = {}
    for place, shape in enumerate(shapes):
        found.setdefault(shape.question.as_of if shape.added else place, []).append(shape)
    yield from found.values()


def _told_apart(cubes: Cubes, number: int, change: Iterable[tuple[str, str, int]]) -> Counter[str]:
    """Node → how many different values more it has, one change after the other: a value that comes to a line is new to
    the nodes above it up to the first that has it already; one that goes is gone likewise."""
    found: Counter[str] = Counter()
    for value, line, more in change:
        held = cubes.rows_of(number, value, line)
        if held + more < 0:
            raise UnfollowableError
        if held:
            cubes.set_rows(number, value, line, held + more)
        if not held or not held + more:
            found.update(dict.fromkeys(_without(cubes, number, value, line), 1 if more > 0 else -1))
        if not held:
            cubes.set_rows(number, value, line, more)
    return found


def _without(cubes: Cubes, number: int, value: str, line: str) -> list[str]:
    """The nodes of a line, from its end up to the first under which the value is found."""
    nodes = []
    while line and not cubes.has(number, value, line):
        line, _, node = line.rpartition(STROKE)
        nodes.append(node)
    return nodes


@contextmanager
def _uncollected() -> Iterator[None]:
    """A million small things are made here and no cycle among them: looking for one again and again takes longest."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _mended(file: CubeFile, work: Callable[[], Result]) -> Result:
    """Do it, once more with a new file when the old one turns out to be damaged or was taken away meanwhile."""
    try:
        return work()
    except sqlite3.DatabaseError:
        file.discard()
        return work()
