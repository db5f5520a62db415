"""Compare typed rows with what is held: changes to write, or the faults that only the held rows can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from shishi.adapters.crypto import Cipher
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.ledger.intake import TypedRow
from shishi.apps.ledger.models import Link, RevisionRow
from shishi.apps.ledger.sealing import Cell, decode, mask_of, seal, typed
from shishi.apps.ledger.selectors import CHUNK, live, states
from shishi.core.calendars import day_of
from shishi.core.checking import RowContext, check_row
from shishi.core.divisions import Division, DivisionTree, covers, normalise
from shishi.core.errors import Issue
from shishi.core.evaluation import Moments
from shishi.core.ledger import Change, Held, Incoming, Mode, RevisionKind, reconcile
from shishi.core.programmes import Programme
from shishi.core.tables import Table, Value

Item = TypeVar("Item")


class Asked(Protocol):
    """What of a hand-in matters here."""

    @property
    def programme(self) -> Programme: ...
    @property
    def table(self) -> Table: ...
    @property
    def as_of(self) -> date: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def division(self) -> str: ...


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
    asked: Asked, rows: Sequence[TypedRow], *, tree: DivisionTree, by: Person, at: datetime, cipher: Cipher
) -> Comparison:
    """Everything that depends on what is held. Reads only; call it under the ledger's lock."""
    table = asked.table
    places = _Places(tree, asked.as_of)
    held = _held(table, [row.key for row in rows if row.key], asked.as_of)
    issues: list[Issue] = []
    incoming: list[Incoming] = []
    reach = [item for item in reaches(by, Action.HAND_IN, day_of(at))]
    for row in rows:
        before = held.get(row.key)
        cells = seal(table, row.values, cipher)
        issues += _masks(table, row, before, cipher)
        whole = _whole(table, row.values, before)
        issues += _row_issues(asked, row, whole, places)
        division = str(whole.get(table.division_field) or "")
        if division and not any(item.holds(places.code(division), asked.programme.name) for item in reach):
            message = f"“{division}”不在您的权限范围内。请删去这一行，或由该地的人员报送。"
            issues.append(row.place.issue("out_of_reach", message, table.division_field))
        if row.key:
            incoming.append(Incoming(row.key, cells, row.place.sheet, row.place.row, row.explanation))
    if asked.mode is Mode.REPLACE:
        held |= {
            item.key: _held_of(item)
            for item in live(table.name, asked.as_of).filter(division__startswith=_prefix(asked.division))
        }
        issues += _absent_columns(table, rows)
    changes = reconcile(held, incoming, asked.mode)
    issues += _orphans(table, changes, asked.as_of)
    reporting = _reporting(asked, rows, held, places, tree)
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
    for chunk in _chunks(sorted(entries)):
        for row in states(table.name, date.max, entries=chunk):
            if row.key in wanted:
                found[row.key] = Held(row.entry, row.key, {}, live=False, settled=row.settled)
        for row in live(table.name, as_of, entries=chunk):
            if row.key in wanted:
                found[row.key] = _held_of(row)
    return found


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _held_of(row: RevisionRow) -> Held:
    return Held(row.entry, row.key, decode(row.cells), settled=row.settled)


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


def _row_issues(asked: Asked, row: TypedRow, whole: Mapping[str, Value], places: _Places) -> Iterator[Issue]:
    context = RowContext(Moments(asked.as_of, None, None), row.place, row.explanation)
    yield from check_row(asked.table, whole, context)
    division = whole.get(asked.table.division_field)
    if division and asked.division and not covers(asked.division, places.code(str(division))):
        message = f"“{division}”不属于本次报送的行政区划。请删去这一行，或改正行政区划。"
        yield row.place.issue("division_outside", message, asked.table.division_field)


def _absent_columns(table: Table, rows: Sequence[TypedRow]) -> Iterator[Issue]:
    if not rows:
        return
    present = set(rows[0].values) | set(rows[0].masked)
    for item in table.fields:
        if item.name not in present:
            message = f"整表替换时每一列都要有，缺“{item.title}”。请用模板，或改用合并（merge）方式。"
            yield Issue(code="column_missing", message=message, field=item.name)


def _orphans(table: Table, changes: Sequence[Change], as_of: date) -> Iterator[Issue]:
    gone = {change.held.entry: change for change in changes if change.kind is RevisionKind.WITHDRAWN and change.held}
    for chunk in _chunks(sorted(gone)):
        links = Link.objects.filter(target__in=chunk).select_related("revision")
        holders: dict[str, set[UUID]] = {}
        for link in links:
            if not (link.revision.table == table.name and link.revision.entry in gone):
                holders.setdefault(link.revision.table, set()).add(link.revision.entry)
        for name, entries in holders.items():
            for row in live(name, as_of, entries=entries):
                for value in row.cells.values():
                    target = gone.get(_uuid(value))
                    if target:
                        message = f"“{target.key}”还被台账 {name} 的行引用，不能单独撤下。请先处理那些行。"
                        yield Issue(code="row_referred_to", message=message, field=table.key[0])


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        return UUID(int=0)


def _reporting(
    asked: Asked, rows: Sequence[TypedRow], held: Mapping[str, Held], places: _Places, tree: DivisionTree
) -> frozenset[str]:
    """Responsible divisions of the rows, and all of them under the named division."""
    level, on = asked.programme.supervised_level, asked.as_of
    units: set[str] = set()
    if asked.division:
        units = {item.code for item in tree.under(asked.division, level, on)}
        units |= _at_level(tree.lineage(asked.division, on), level)
    field = asked.table.division_field
    codes = {str(row.values.get(field) or _cells(held.get(row.key)).get(field) or "") for row in rows} - {""}
    for text in codes:
        units |= _at_level(tree.lineage(places.code(text), on), level)
    return frozenset(units)


def _at_level(lineage: Sequence[Division], level: int) -> set[str]:
    return {item.code for item in lineage if item.level == level and not item.placeholder}
