"""Compare typed rows with what is held: changes to write, or the faults that only the held rows can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from shishi.adapters.crypto import Cipher
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.ledger.blocks import TypedBlock, TypedRow, TypedRows
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import Cell, Packed, decode, mask_of, seal, typed
from shishi.apps.ledger.selectors import referring
from shishi.apps.ledger.standing import Standing, State, held_rows
from shishi.core.calendars import day_of
from shishi.core.checking import Place, RowContext, check_row
from shishi.core.divisions import Division, DivisionTree, covers, normalise
from shishi.core.errors import Issue
from shishi.core.evaluation import Moments
from shishi.core.ledger import Change, Held, Incoming, Mode, RevisionKind, reconcile
from shishi.core.tables import Table, Value

AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Comparison:
    """``reporting``: the responsible divisions that the file reports for. ``place``:
    significant code for a row's division."""

    changes: tuple[Change, ...]
    issues: tuple[Issue, ...]
    reporting: frozenset[str]
    place: Callable[[str], str]

    @property
    def counts(self) -> Counter[RevisionKind]:
        """Changes by kind."""
        return Counter(change.kind for change in self.changes)


def compare(
    hand_in: HandIn,
    rows: TypedRows | Sequence[TypedRow],
    standing: Standing,
    *,
    tree: DivisionTree,
    by: Person,
    at: datetime,
    cipher: Cipher,
    told: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Everything that depends on what is held. Reads only; call it under the ledger's lock. Of rows in blocks only
    those are opened that say something new or may have a fault."""
    comparing = _Comparing(hand_in, standing, _Places(tree, hand_in.as_of), by, at, cipher)
    if hand_in.mode is Mode.REPLACE and not standing.scanned:
        standing.scan()
    done, many = 0, len(rows)
    for part in _parts(rows):
        if isinstance(part, TypedBlock):
            comparing.take_block(part)
        else:
            comparing.take_rows(part)
        done += len(part)
        if told:
            told(done, many)
    return comparing.finished(tree)


def _parts(rows: TypedRows | Sequence[TypedRow]) -> Iterator[TypedBlock | Sequence[TypedRow]]:
    if isinstance(rows, TypedRows):
        yield from rows.blocks
    else:
        yield from (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


class _Opened(NamedTuple):
    """A row that is opened; ``values`` only when it has to be checked."""

    key: str
    cells: Mapping[str, Cell]
    place: Place
    explanation: str
    values: TypedRow | None = None


class _Comparing:
    """One hand-in being compared, some rows at a time."""

    def __init__(
        self, hand_in: HandIn, standing: Standing, places: _Places, by: Person, at: datetime, cipher: Cipher
    ) -> None:
        self._hand_in, self._table, self._standing = hand_in, hand_in.table, standing
        self._places, self._cipher = places, cipher
        self._reach = reaches(by, Action.HAND_IN, day_of(at))
        self._reached: dict[str, bool] = {}
        self._changes: list[Change] = []
        self._issues: list[Issue] = []
        self._divisions: set[str] = set()
        self._seen: set[str] = set()
        self._columns: Collection[str] | None = None

    def take_block(self, block: TypedBlock) -> None:
        """Open the rows that must be looked at; what a fingerprint knows again is as it was."""
        self._columns = block.source.letters if self._columns is None else self._columns
        divisions = {str(text) for text in set(block.divisions) if text}
        self._divisions |= divisions
        self._seen.update(block.keys)
        look = set(block.look) if block.whole else set(range(len(block)))
        strange = {text for text in divisions if not (self._is_reached(text) and self._is_asked(text))}
        if strange:
            look.update(at for at, text in enumerate(block.divisions) if text in strange)
        states = self._standing.of(block.keys)
        self._take(sorted(look.union(block.news(states))), block, look, states)

    def _take(self, opened: Sequence[int], block: TypedBlock, look: set[int], states: Mapping[str, State]) -> None:
        rows = [self._looked_at(block.row(at)) if at in look else self._brought(block, at) for at in opened]
        self._open(rows, [states[row.key] for row in rows if row.key in states])

    def _looked_at(self, row: TypedRow) -> _Opened:
        return _Opened(row.key, seal(self._table, row.values, self._cipher), row.place, row.explanation, row)

    def _brought(self, block: TypedBlock, at: int) -> _Opened:
        return _Opened(block.keys[at], block.cells(at, self._cipher), block.place(at), block.explanation(at))

    def take_rows(self, rows: Sequence[TypedRow]) -> None:
        """Open all of them."""
        if self._columns is None and rows:
            self._columns = rows[0].place.columns
        keys = {row.key for row in rows} - {""}
        self._seen |= keys
        states = self._standing.of(keys)
        self._open([self._looked_at(row) for row in rows], [states[key] for key in keys if key in states])

    def _open(self, rows: Sequence[_Opened], states: Iterable[State]) -> None:
        """Compare rows one by one; those that may have a fault are checked too."""
        rest = held_rows(states)
        held = {key: _unpacked(row) for key, row in rest.items()}
        incoming: list[Incoming] = []
        for row in rows:
            before = held.get(row.key)
            if row.values is not None:
                self._check(row.values, before)
            self._check_division_before(row, before)
            if row.key:
                incoming.append(Incoming(row.key, row.cells, row.place.sheet, row.place.row, row.explanation))
        self._changes += (_packed(item, rest) for item in reconcile(held, incoming, Mode.MERGE))

    def _check(self, row: TypedRow, before: Held | None) -> None:
        self._issues += _masks(self._table, row, before, self._cipher)
        whole = _whole(self._table, row.values, before)
        self._issues += _row_issues(self._hand_in, row, whole, self._places)
        division = str(whole.get(self._table.division_field) or "")
        self._divisions.add(division)
        if division and not self._is_reached(division):
            self._issues.append(_out_of_reach(self._table, row.place, division))

    def _check_division_before(self, row: _Opened, before: Held | None) -> None:
        """A row is taken out of one division and put into another only by somebody who reaches both."""
        division = str(_cells(before).get(self._table.division_field) or "")
        now = row.cells.get(self._table.division_field, division)
        if division and division != now and not self._is_reached(division):
            self._issues.append(_out_of_reach(self._table, row.place, division))

    def _is_reached(self, division: str) -> bool:
        if division not in self._reached:
            code, programme = self._places.code(division), self._hand_in.programme.name
            self._reached[division] = any(item.holds(code, programme) for item in self._reach)
        return self._reached[division]

    def _is_asked(self, division: str) -> bool:
        return covers(_asked(self._hand_in), self._places.code(division))

    def finished(self, tree: DivisionTree) -> Comparison:
        """What came of all rows, with what only they all together show."""
        if self._hand_in.mode is Mode.REPLACE:
            self._changes += self._withdrawn()
            if self._columns is not None:
                self._issues += _absent_columns(self._table, self._columns)
        self._issues += _orphans(self._table, self._changes, self._hand_in.as_of)
        reporting = _reporting(self._hand_in, self._divisions - {""}, self._places, tree)
        return Comparison(tuple(self._changes), tuple(self._issues), reporting, self._places.code)

    def _withdrawn(self) -> Iterator[Change]:
        """Rows of the named division that the file leaves out."""
        prefix = _prefix(self._hand_in.division)
        gone = [
            state for key, state in self._standing.live() if key not in self._seen and state.division.startswith(prefix)
        ]
        for key, row in held_rows(gone).items():
            yield Change(RevisionKind.WITHDRAWN, key, {}, row)


def _unpacked(row: Held) -> Held:
    if not isinstance(row.cells, Packed):
        return row
    return Held(row.entry, row.key, row.cells.unpacked(), row.live, row.settled, row.explanation)


def _packed(change: Change, held: Mapping[str, Held]) -> Change:
    """The same, kept small; ``held`` are the rows as they came."""
    cells = Packed.of(change.cells)  # type: ignore[arg-type]  # what this app put in
    # What was handed in is in the row after it; it is not kept twice.
    said = change.incoming
    told = Incoming(said.key, cells, said.sheet, said.row, said.explanation) if said else None
    return Change(change.kind, change.key, cells, held.get(change.key), told)


class _Places:
    """Significant codes of divisions as rows give them, on the batch's day."""

    def __init__(self, tree: DivisionTree, on: date) -> None:
        self._tree, self._on = tree, on
        self._codes: dict[str, str] = {}

    def code(self, text: str) -> str:
        if text not in self._codes:
            placed = self._tree.place(normalise(text), self._on)
            code = normalise(text)
            # A longer code that the tree does not list keeps itself under its known ancestor's successor.
            self._codes[text] = placed.code if placed and not covers(placed.code, code) else code
        return self._codes[text]


def _prefix(division: str) -> str:
    return "" if division == "00" else division


def held_of(row: RevisionRow) -> Held:
    """A live row as the comparison holds it."""
    return Held(row.entry, row.key, decode(row.cells), settled=row.settled, explanation=row.explanation)


def _cells(held: Held | None) -> Mapping[str, Cell]:
    return held.cells if held else {}  # type: ignore[return-value]  # what this app put in


def _whole(table: Table, values: Mapping[str, Value], before: Held | None) -> dict[str, Value]:
    return {**typed(table, _cells(before)), **values}


def _masks(table: Table, row: TypedRow, before: Held | None, cipher: Cipher) -> Iterator[Issue]:
    for name, text in row.masked.items():
        if before is None or mask_of(table, name, _cells(before), cipher) != text:
            item = table.by_name[name]
            message = f"“{item.title}”里是遮盖后的内容，与现存的不一致。要修改请填完整内容，不改请保持原样。"
            yield row.place.issue("masked_value_changed", message, name)


def _row_issues(hand_in: HandIn, row: TypedRow, whole: Mapping[str, Value], places: _Places) -> Iterator[Issue]:
    context = RowContext(Moments(hand_in.as_of, None, None), row.place, row.explanation)
    yield from check_row(hand_in.table, whole, context)
    division = whole.get(hand_in.table.division_field)
    if division and not covers(_asked(hand_in), places.code(str(division))):
        message = f"“{division}”不属于本次报送的行政区划。请删去这一行，或改正行政区划。"
        yield row.place.issue("division_outside", message, hand_in.table.division_field)


def _asked(hand_in: HandIn) -> str:
    """The division for which it is handed in, as a significant code."""
    return hand_in.division or normalise(hand_in.programme.division)


def _out_of_reach(table: Table, place: Place, division: str) -> Issue:
    message = f"“{division}”不在您的权限范围内。请删去这一行，或由该地的人员报送。"
    return place.issue("out_of_reach", message, table.division_field)


def _absent_columns(table: Table, present: Collection[str]) -> Iterator[Issue]:
    for item in table.fields:
        if item.name not in present:
            message = f"整表替换时每一列都要有，缺“{item.title}”。请用模板，或改用合并（merge）方式。"
            yield Issue(code="column_missing", message=message, field=item.name)


def _orphans(table: Table, changes: Sequence[Change], as_of: date) -> Iterator[Issue]:
    gone = {change.held.entry: change for change in changes if change.kind is RevisionKind.WITHDRAWN and change.held}
    for entry, holders in referring(gone, as_of).items():
        others = {row.table for row in holders if row.entry not in gone}
        if others:
            message = (
                f"“{gone[entry].key}”还被台账 {'、'.join(sorted(others))} 的行引用，不能单独撤下。请先处理那些行。"
            )
            yield Issue(code="row_referred_to", message=message, field=table.key[0])


def _reporting(hand_in: HandIn, divisions: Collection[str], places: _Places, tree: DivisionTree) -> frozenset[str]:
    """Responsible divisions of the rows, and all of them under the named division. What lies above their level (the
    city's own policy library) is reported by the division in which it lies."""
    level, on = hand_in.programme.supervised_level, hand_in.as_of
    units: set[str] = set()
    if hand_in.division:
        units = {item.code for item in tree.under(hand_in.division, level, on)}
        units |= _at_level(tree.lineage(hand_in.division, on), level)
    for text in divisions:
        lineage = tree.lineage(places.code(text), on)
        units |= _at_level(lineage, level) or {item.code for item in lineage[-1:] if item.level < level}
    return frozenset(units)


def _at_level(lineage: Sequence[Division], level: int) -> set[str]:
    return {item.code for item in lineage if item.level == level and not item.placeholder}
