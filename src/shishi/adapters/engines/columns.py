"""The column store: immutable Parquet parts under a manifest that is switched atomically, fed by the ledger's sequence.

Each table has a folder of its own. One process writes at a time (``writer.lock``), any number read (a shared
``readers.lock`` for as long as they read). A part is complete and on disk before the manifest names it: a process
that is killed anywhere leaves the old manifest or the new one. Parts that no manifest names are swept when nobody
reads. Nothing here is original: a store that is deleted, damaged, of other field types or ahead of its ledger is
made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from shishi.adapters.engines.base import Source
from shishi.adapters.engines.facts import GENERAL, Facts
from shishi.core.ledger import RevisionKind
from shishi.core.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

_FORMAT = 2
_MANIFEST = "manifest.json"
_EARLIEST = date.min.isoformat()


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of the table's folder. ``last_on`` and ``last_at`` (ISO 8601, UTC): the latest day and moment of
    its rows, empty without any; ``voids``: whether a row of it voids."""

    file: str
    rows: int
    size: int
    last_on: str = ""
    last_at: str = ""
    voids: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the store holds of a table: everything up to and with the sequence ``head``. ``repeats``: some entry has
    more than one revision."""

    schema: str
    head: int
    repeats: bool = False
    revisions: tuple[Part, ...] = ()
    marks: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that must stay."""
        return self.revisions + self.marks

    @property
    def facts(self) -> Facts:
        """What is true of all revisions."""
        ends = [(part.last_on, part.last_at) for part in self.revisions if part.rows]
        last_on, last_at = map(max, zip(*(ends or [(_EARLIEST, _EARLIEST)]), strict=True))
        voids = any(part.voids for part in self.revisions)
        moment = datetime.fromisoformat(last_at).replace(tzinfo=UTC)
        return Facts(self.repeats, voids, date.fromisoformat(last_on), moment)


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of a table, safe to read while the store is held open. There is always one of each kind, if empty.
    ``head``: they hold everything up to and with this sequence, and nothing later."""

    revisions: tuple[str, ...]
    marks: tuple[str, ...]
    head: int = 0
    facts: Facts = GENERAL


class ColumnStore:
    """``folder`` may be deleted at any time when nobody reads. ``part_rows``: parts are merged up to this size."""

    def __init__(self, folder: Path, part_rows: int = 1_000_000) -> None:
        self.folder, self._part_rows = folder, part_rows

    @contextmanager
    def reading(self, source: Source, tables: Iterable[Table]) -> Iterator[dict[str, Opened]]:
        """The tables (by full name), caught up with the ledger and held open until the end of the block."""
        with ExitStack() as held:
            yield {table.name: held.enter_context(self._open(source, table)) for table in tables}

    def catch_up(self, source: Source, table: Table) -> int:
        """Bring in what the ledger has written since; cheap when that is nothing. Returns the sequence reached."""
        head = source.head(table.name)
        place = self._place(table)
        found = self._sound(place, table, head)
        if found is not None and found.head == head:
            return head
        place.mkdir(parents=True, exist_ok=True)
        with _locked(place / "writer.lock", fcntl.LOCK_EX):
            head = source.head(table.name)
            found = self._sound(place, table, head)
            if found is None or found.head < head:
                self._switch(place, self._extended(place, found, source, table, head))
        return head

    @contextmanager
    def _open(self, source: Source, table: Table) -> Iterator[Opened]:
        """Another process may make the store again after we caught up, hence the second look under the lock."""
        place = self._place(table)
        while True:
            head = self.catch_up(source, table)
            with _locked(place / "readers.lock", fcntl.LOCK_SH):
                found = self._sound(place, table)
                if found is not None and found.head >= head:
                    revisions, marks = (
                        tuple(str(place / part.file) for part in parts) for parts in (found.revisions, found.marks)
                    )
                    yield Opened(revisions, marks, found.head, found.facts)
                    return

    def _place(self, table: Table) -> Path:
        return self.folder / quote(table.name, safe="")

    def _sound(self, place: Path, table: Table, head: int | None = None) -> Manifest | None:
        """The manifest, unless it is to be made again: none, of other types, a part gone, or ahead of the ledger."""
        try:
            document = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
            parts = {name: tuple(Part(**part) for part in document[name]) for name in ("revisions", "marks")}
            found = Manifest(document["schema"], document["head"], document["repeats"], **parts)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        ahead = head is not None and found.head > head
        fits = found.schema == _digest(table) and not ahead
        return found if fits and all(_size(place / part.file) == part.size for part in found.parts) else None

    def fill(self, table: Table, head: int, revisions: Iterable[pa.Table], marks: Iterable[pa.Table] = ()) -> None:
        """Put the table's rows in as they are, in the columns of ``arrow_rows``, in place of what was held of it."""
        place = self._place(table)
        place.mkdir(parents=True, exist_ok=True)
        with _locked(place / "writer.lock", fcntl.LOCK_EX):
            self._switch(place, self._fed(place, Manifest(_digest(table), head), table, revisions, marks))

    def _extended(self, place: Path, found: Manifest | None, source: Source, table: Table, head: int) -> Manifest:
        from shishi.adapters.engines import arrow_rows, arrow_texts

        base = found or Manifest(_digest(table), 0)
        texts = source.texts(table.name, base.head, head)
        known = takewhile(lambda item: item.sequence <= head, source.marks(table.name, base.head))
        marks = (arrow_rows.of_marks(chunk) for chunk in iter(lambda: list(islice(known, self._part_rows)), []))
        revisions = (arrow_texts.of_texts(table, several) for several in texts)
        return self._fed(place, replace(base, head=head), table, revisions, marks)

    def _fed(
        self, place: Path, base: Manifest, table: Table, revisions: Iterable[pa.Table], marks: Iterable[pa.Table]
    ) -> Manifest:
        """The manifest with these rows in parts that are on disk; at least one part of each kind, if empty."""
        from shishi.adapters.engines import arrow_rows

        for rows in _sized(revisions, self._part_rows):
            repeats = base.repeats or _repeats(rows, [str(place / part.file) for part in base.revisions])
            base = replace(base, repeats=repeats, revisions=self._with(place, base.revisions, rows))
        for rows in _sized(marks, self._part_rows):
            base = replace(base, marks=self._with(place, base.marks, rows))
        return replace(
            base,
            revisions=base.revisions or self._with(place, (), arrow_rows.of_revisions(table, [])),
            marks=base.marks or self._with(place, (), arrow_rows.of_marks([])),
        )

    def _with(self, place: Path, parts: tuple[Part, ...], rows: pa.Table) -> tuple[Part, ...]:
        """The parts with new rows, merged with every last part that is not larger than what follows it: few parts, and
        no row is written more often than the logarithm of their number."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        kept, merged = list(parts), [rows]
        size = rows.num_rows
        while kept and kept[-1].rows <= size and kept[-1].rows + size <= self._part_rows:
            last = kept.pop()
            merged.insert(0, pq.read_table(place / last.file, memory_map=False))
            size += last.rows
        return (*kept, _written(place, pa.concat_tables(merged)))

    def _switch(self, place: Path, manifest: Manifest) -> None:
        """Make the manifest the one that counts, then sweep what no manifest names."""
        fresh = place / f"{_MANIFEST}.new"
        with fresh.open("w", encoding="utf-8") as sink:
            json.dump(asdict(manifest), sink)
            sink.flush()
            os.fsync(sink.fileno())
        _sync(place)
        fresh.replace(place / _MANIFEST)
        _sync(place)
        with _locked(place / "readers.lock", fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
            named = {part.file for part in manifest.parts}
            for path in place.glob("*.parquet") if alone else ():
                if path.name not in named:
                    path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path, mode: int) -> Iterator[bool]:
    """Hold a lock that ends with the process; with ``LOCK_NB``, ``False`` when somebody else has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, mode)
        except BlockingIOError:
            yield False
            return
        yield True


def _sized(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of that many; the last one may be smaller, but not empty."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(item.num_rows for item in waiting) >= rows:
            whole = pa.concat_tables(waiting)
            full = whole.num_rows // rows * rows
            yield from (whole.slice(first, rows) for first in range(0, full, rows))
            waiting = [whole.slice(full)]
    if any(item.num_rows for item in waiting):
        yield pa.concat_tables(waiting)


def _written(place: Path, rows: pa.Table) -> Part:
    """A new part, complete and on disk."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = f"{secrets.token_hex(8)}.parquet"
    with (place / file).open("wb") as sink:
        pq.write_table(rows, sink, row_group_size=122_880)
        sink.flush()
        os.fsync(sink.fileno())
    last_on, last_at = (pc.max(rows[name]).as_py() for name in ("effective_on", "recorded_at"))
    return Part(
        file,
        rows.num_rows,
        _size(place / file),
        last_on.isoformat() if last_on else "",
        last_at.isoformat(timespec="microseconds") if last_at else "",
        "kind" in rows.column_names and bool(pc.any(pc.equal(rows["kind"], RevisionKind.VOIDED.value)).as_py()),
    )


def _repeats(rows: pa.Table, parts: Sequence[str]) -> bool:
    """Whether an entry of the new rows has another revision, among them or in the parts."""
    from shishi.adapters.engines.connection import connected

    with connected() as connection:
        connection.register("entries", rows.select(["entry"]))
        many = connection.execute("SELECT count(*) > count(DISTINCT entry) FROM entries").fetchone()
        if many == (True,) or not parts:
            return many == (True,)
        there = "SELECT count(*) > 0 FROM read_parquet($parts) SEMI JOIN entries USING (entry)"
        return connection.execute(there, {"parts": list(parts)}).fetchone() == (True,)


def _size(path: Path) -> int:
    """Bytes; -1 for a file that is not there."""
    return path.stat().st_size if path.exists() else -1


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(table: Table) -> str:
    """What decides the columns: names and types of the fields, and the assured groups."""
    fields = [(field.name, field.type, field.scale, field.sensitivity) for field in table.fields]
    shape = json.dumps([_FORMAT, fields, sorted(table.groups)], ensure_ascii=False)
    return hashlib.sha256(shape.encode()).hexdigest()
