"""From the rows of a workbook to typed rows with their place, or the faults that they have."""

from __future__ import annotations

import gc
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from shishi.adapters.crypto import Cipher
from shishi.adapters.spreadsheets.base import Block
from shishi.adapters.spreadsheets.understanding import Understood
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.ledger.blocks import BlockReader, TypedBlock, TypedRows
from shishi.apps.ledger.selectors import revisions_of
from shishi.apps.ledger.standing import Standing
from shishi.apps.ledger.typist import Typed, Typist, typed_by
from shishi.core.checking import duplicate
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, normalise
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.ledger import Mode
from shishi.core.programmes import Programme
from shishi.core.provenance import Door
from shishi.core.tables import FieldType, Table
from shishi.core.values import CellFault, Raw, half_width, key_text, parse

CODE_LENGTHS = (2, 4, 6, 9, 12)
MANY_TO_TYPE, SCANNED_AT_MOST = 50_000, 2_000_000
_PLACES = 2**32  # rows that a block may have
_LEADING_CODE = re.compile(r"\s*(\d+)", re.ASCII)  # a drop-down writes "341802 宣州区", a number cell "341802.0"


@dataclass(frozen=True, slots=True)
class HandIn:
    """A workbook as it comes: ``division`` is a significant code or empty."""

    programme: Programme
    table: Table
    path: Path
    as_of: date
    mode: Mode = Mode.MERGE
    division: str = ""
    dry_run: bool = False
    corrected: Mapping[str, str] = field(default_factory=dict)
    """Header → field (its name or title), as the person says this time."""
    overwrite: bool = False
    """Write over what somebody else changed since the workbook was handed out."""
    door: Door = Door.WORKBOOK
    """A form's file holds one row as it was typed (:mod:`shishi.apps.ledger.forms`)."""
    explained: Mapping[str, str] = field(default_factory=dict)
    """Place of a row (``表!7``) → its 核实说明, written beside the workbook instead of in it."""


class WorkbookRefused(Refused):
    """A workbook that was read and has faults; ``understood`` tells what was made of its sheets."""

    def __init__(self, message: str, issues: Iterable[Issue], understood: Understood | None) -> None:
        super().__init__("workbook_refused", message, issues)
        self.understood = understood


@dataclass
class BatchLookups:
    """What typing needs to know as of the batch's day: divisions of the tree, rows of referred tables."""

    day: date
    tree: DivisionTree
    tables: Mapping[str, Table]
    entries: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Of each referred table the texts that were asked for, and the row that each names."""
    divisions: dict[str, str] = field(default_factory=dict)
    """The texts that were asked for, as they are kept."""
    _whole: dict[str, dict[str, str]] = field(default_factory=dict)

    def division(self, text: str) -> str:
        """See :class:`shishi.core.values.Lookups`."""
        if text not in self.divisions:
            self.divisions[text] = self._division(text)
        return self.divisions[text]

    def _division(self, text: str) -> str:
        if text.isdigit():
            try:
                placed = self.tree.place(normalise(text), self.day)
            except Misuse as wrong:
                raise CellFault("division_unknown", wrong.message) from wrong
            if placed is None:
                raise CellFault("division_unknown", f"行政区划代码 {text} 不在本清单的范围内。")
            return text
        found = self.tree.named(text, self.day)
        if len(found) == 1:
            return found[0].official_code
        if found:
            choice = "、".join(f"{item.official_code} {self._told(item)}" for item in found)
            raise CellFault("division_ambiguous", f"“{text}”有 {len(found)} 个，请写代码：{choice}。")
        raise CellFault("division_unknown", f"没有名为“{text}”的行政区划。请按模板下拉选择，或写代码。")

    def _told(self, unit: Division) -> str:
        return "".join(item.name for item in self.tree.lineage(unit.code, self.day)[1:])

    def prepare(self, table: str, raws: Iterable[Raw]) -> None:
        """Look up the keys that are going to be asked for, all of them at once."""
        known = self.entries.setdefault(table, {})
        texts = {half_width(raw) for raw in set(raws) if isinstance(raw, str)} - known.keys()
        if texts:
            keys = {text: self._key_in(table, text) for text in texts}
            whole = self._whole.get(table)
            entries = Standing(table, self.day).entries(keys.values()) if whole is None else whole
            known |= {text: entries.get(key) for text, key in keys.items()}

    def prepare_all(self, table: str) -> None:
        """Read every row of a referred table at once, because most of them will be asked for."""
        self._whole[table] = Standing(table, self.day).all_entries()

    def entry_of(self, table: str, key: str) -> str | None:
        """See :class:`shishi.core.values.Lookups`."""
        known = self.entries.setdefault(table, {})
        if key not in known:
            wanted = self._key_in(table, key)
            known[key] = Standing(table, self.day).entries([wanted]).get(wanted)
        return known[key]

    def _key_in(self, table: str, text: str) -> str:
        referred = self.tables[table]
        parts = text.replace("／", "/").split("/") if len(referred.key) > 1 else [text]
        return key_text(referred, dict(zip(referred.key, parts, strict=False)))


class GrowingTree:
    """As much of the tree as a file needs: the named division or the programme's, and every code that the rows give."""

    def __init__(self, hand_in: HandIn) -> None:
        self._root = hand_in.division or normalise(hand_in.programme.division)
        self._codes = {self._root, hand_in.programme.division}
        self._on, self._field = hand_in.as_of, hand_in.table.division_field
        self.tree = self._grown()

    def take_in(self, block: Block) -> DivisionTree:
        """The tree with the codes that the block gives."""
        raw = {str(cell) for cell in set(block.columns.get(self._field, ()))}
        codes = {match.group(1) for match in map(_LEADING_CODE.match, raw) if match} - self._codes
        new = {code for code in codes if len(code) in CODE_LENGTHS and not self._is_known(code)}
        if new:
            self._codes |= new
            self.tree = self._grown()
        return self.tree

    def _is_known(self, code: str) -> bool:
        try:
            return self.tree.find(normalise(code), self._on) is not None
        except Misuse:
            return False

    def _grown(self) -> DivisionTree:
        down_to = Level.COUNTY if self._root == COUNTRY else Level.VILLAGE
        return load_tree(within=self._root, codes=self._codes, down_to=down_to)


def explained_block(block: Block, explained: Mapping[str, str]) -> Block:
    """The block with what was written beside the workbook; it stands before what is written in it."""
    places = [f"{block.sheet}!{number}" for number in block.numbers] if explained else []
    if not any(place in explained for place in places):
        return block
    given = block.explanations or [""] * len(places)
    told = [explained.get(place, text) for place, text in zip(places, given, strict=True)]
    return replace(block, explanations=told)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Nothing in a hand-in goes round in circles; to look for circles among millions of cells, again and again, takes
    a fifth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Typing:
    """Types the blocks of one workbook, in their order, and keeps them small. A large one is typed by two hands."""

    def __init__(self, hand_in: HandIn, tables: Mapping[str, Table], cipher: Cipher, standing: Standing) -> None:
        self._table = hand_in.table
        self._growing = GrowingTree(hand_in)
        self._lookups = BatchLookups(hand_in.as_of, self._growing.tree, tables)
        self._reader = BlockReader(hand_in.table, self._lookups, cipher, self._lookups.prepare)
        self._standing, self._cipher = standing, cipher
        self._explained = hand_in.explained
        self._first: dict[str, int] = {}
        self._waiting: deque[tuple[Block, Typed | Future[Typed | None]]] = deque()
        self._typist: Typist | None = None
        self.rows = TypedRows()
        self.issues: list[Issue] = []

    @property
    def tree(self) -> DivisionTree:
        """The tree in which all rows so far have their place."""
        return self._growing.tree

    def expect(self, rows: int) -> None:
        """So many rows may come: of a great many, some are typed by a second hand."""
        if rows >= MANY_TO_TYPE and Typist.is_welcome():
            known = self._lookups
            self._typist = Typist(self._table, known.day, self._cipher, known.divisions, known.entries)

    def look_ahead(self) -> None:
        """Read at once what most rows will ask for: how the table stands, and the keys of the tables that it refers
        to."""
        self._standing.scan()
        for table in sorted({item.references for item in self._table.fields if item.type is FieldType.REFERENCE}):
            if revisions_of(table) <= SCANNED_AT_MOST:
                self._lookups.prepare_all(table)

    def take(self, block: Block) -> None:
        """Type a block; a cell that can't be read is an issue at its place and an empty value."""
        block = explained_block(block, self._explained)
        self._lookups.tree = self._growing.take_in(block)
        self._waiting.append((block, self._handed_over(block) or self._reader.read(block)))
        while self._waiting and not (isinstance(first := self._waiting[0][1], Future) and not first.done()):
            self._keep_next()

    def finish(self) -> None:
        """Wait for what is still under other hands."""
        while self._waiting:
            self._keep_next()

    def close(self) -> None:
        """Nothing more will come."""
        if self._typist is not None:
            self._typist.close()

    def _handed_over(self, block: Block) -> Future[Typed | None] | None:
        if self._typist is None or not self._typist.is_free():
            return None
        for item in self._table.fields:
            cells = block.columns.get(item.name, ())
            if item.type is FieldType.REFERENCE:
                self._lookups.prepare(item.references, cells)
            elif item.type is FieldType.DIVISION:
                for raw in set(cells):
                    with suppress(CellFault):
                        parse(item, raw, self._lookups)
        return self._typist.ask(block)

    def _keep_next(self) -> None:
        block, found = self._waiting.popleft()
        told = typed_by(found) if isinstance(found, Future) else found
        typed, faults = told or self._reader.read(block)
        typed.table = self._table
        self.rows.blocks.append(typed)
        self.issues += [*faults, *self._duplicates(typed, len(self.rows.blocks) - 1)]
        if self._standing.scanned:
            typed.forget(self._standing.of(typed.keys))

    def _duplicates(self, block: TypedBlock, number: int) -> Iterator[Issue]:
        """Of two rows of one key the second one is a fault; rows with an incomplete key are told elsewhere."""
        first = self._first
        for at, key in enumerate(block.keys):
            if not key:
                continue
            earlier = first.setdefault(key, place := number * _PLACES + at)
            if earlier != place:
                values = block.row(at).values
                if not any(values.get(name) in (None, "", ()) for name in self._table.key):
                    before = self.rows.blocks[earlier // _PLACES].place(earlier % _PLACES)
                    yield duplicate(self._table, values, block.place(at), before)
