"""Compare typed rows with what is held: changes to write, or the faults that only the held rows can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from shishi.adapters.crypto import Cipher
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.ledger.intake import HandIn, TypedRow
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import Cell, decode, mask_of, seal, typed
from shishi.apps.ledger.selectors import CHUNK, live, referring, states
from shishi.core.calendars import day_of
from shishi.core.checking import RowContext, check_row
from shishi.core.divisions import Division, DivisionTree, covers, normalise
from shishi.core.errors import Issue
from shishi.core.evaluation import Moments
from shishi.core.ledger import Change, Held, Incoming, Mode, RevisionKind, reconcile
from shishi.core.tables import Table, Value

Item = TypeVar("Item")


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
    hand_in: HandIn, rows: Sequence[TypedRow], *, tree: DivisionTree, by: Person, at: datetime, cipher: Cipher
) -> Comparison:
    """Everything that depends on what is held. Reads only; call it under the ledger's lock."""
    table = hand_in.table
    places = _Places(tree, hand_in.as_of)
    held = _held(table, [row.key for row in rows if row.key], hand_in.as_of)
    issues: list[Issue] = []
    incoming: list[Incoming] = []
    reach = reaches(by, Action.HAND_IN, day_of(at))
    for row in rows:
        before = held.get(row.key)
        cells = seal(table, row.values, cipher)
        issues += _masks(table, row, before, cipher)
        whole = _whole(table, row.values, before)
        issues += _row_issues(hand_in, row, whole, places)
        # A row is taken out of one division and put into another only by somebody who reaches both.
        touched = {str(cells.get(table.division_field) or "") for cells in (_cells(before), whole)} - {""}
        for division in sorted(touched):
            if not any(item.holds(places.code(division), hand_in.programme.name) for item in reach):
                message = f"“{division}”不在您的权限范围内。请删去这一行，或由该地的人员报送。"
                issues.append(row.place.issue("out_of_reach", message, table.division_field))
        if row.key:
            incoming.append(Incoming(row.key, cells, row.place.sheet, row.place.row, row.explanation))
    if hand_in.mode is Mode.REPLACE:
        held |= {
            item.key: held_of(item)
            for item in live(table.name, hand_in.as_of).filter(division__startswith=_prefix(hand_in.division))
        }
        issues += _absent_columns(table, rows)
    changes = reconcile(held, incoming, hand_in.mode)
    issues += _orphans(table, changes, hand_in.as_of)
    reporting = _reporting(hand_in, rows, held, places, tree)
    return Comparison(changes, tuple(issues), reporting, places.code)


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


def _held(table: Table, keys: Sequence[str], as_of: date) -> dict[str, Held]:
    """By key: the row of that key on the day, else the entry that last had the key (withdrawn, or true only later)."""
    entries: set[UUID] = set()
    for chunk in _chunks(keys):
        entries |= set(RevisionRow.objects.filter(table=table.name, key__in=chunk).values_list("entry", flat=True))
    found: dict[str, Held] = {}
    wanted = set(keys)
    for some in _chunks(sorted(entries)):
        for row in states(table.name, date.max, entries=some):
            if row.key in wanted:
                found[row.key] = Held(row.entry, row.key, {}, live=False, settled=row.settled)
        for row in live(table.name, as_of, entries=some):
            if row.key in wanted:
                found[row.key] = held_of(row)
    return found


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


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
    asked = hand_in.division or normalise(hand_in.programme.division)
    if division and not covers(asked, places.code(str(division))):
        message = f"“{division}”不属于本次报送的行政区划。请删去这一行，或改正行政区划。"
        yield row.place.issue("division_outside", message, hand_in.table.division_field)


def _absent_columns(table: Table, rows: Sequence[TypedRow]) -> Iterator[Issue]:
    if not rows:
        return
    present = rows[0].place.columns
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


def _reporting(
    hand_in: HandIn, rows: Sequence[TypedRow], held: Mapping[str, Held], places: _Places, tree: DivisionTree
) -> frozenset[str]:
    """Responsible divisions of the rows, and all of them under the named division."""
    level, on = hand_in.programme.supervised_level, hand_in.as_of
    units: set[str] = set()
    if hand_in.division:
        units = {item.code for item in tree.under(hand_in.division, level, on)}
        units |= _at_level(tree.lineage(hand_in.division, on), level)
    field = hand_in.table.division_field
    codes = {str(row.values.get(field) or _cells(held.get(row.key)).get(field) or "") for row in rows} - {""}
    for text in codes:
        units |= _at_level(tree.lineage(places.code(text), on), level)
    return frozenset(units)


def _at_level(lineage: Sequence[Division], level: int) -> set[str]:
    return {item.code for item in lineage if item.level == level and not item.placeholder}
