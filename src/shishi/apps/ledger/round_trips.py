"""Round trips 带数据的模板交回来: what its sender touched counts, what somebody else changed meanwhile is not undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from shishi.adapters.crypto import Cipher
from shishi.apps.ledger.blocks import TypedRow
from shishi.apps.ledger.comparing import Comparison, held_of
from shishi.apps.ledger.continuing import revisions
from shishi.apps.ledger.identities import Handed, Identity, digest_of_key, read_lines
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import Cell, decode, mask_of, seal
from shishi.apps.ledger.selectors import CHUNK, live, states
from shishi.core.cell_changes import rebase
from shishi.core.errors import Issue, Refused
from shishi.core.ledger import Change, Held, RevisionKind
from shishi.core.tables import Table

SINCE = "这个工作簿发出之后"
RETURN = "请重新下载带数据的模板，把改动填进去再报送；确认要按送来的写入，报送时加 --overwrite"


@dataclass
class Returned:
    """What is made of the rows. ``conflicts``: key → field → what the sender had been given. ``overwritten`` are faults
    that a person may override; ``kept``: what the sheet no longer has and the ledger keeps."""

    rows: list[TypedRow]
    issues: list[Issue] = field(default_factory=list)
    conflicts: dict[str, dict[str, Cell]] = field(default_factory=dict)
    overwritten: list[Issue] = field(default_factory=list)
    kept: list[Held] = field(default_factory=list)
    handed: Handed | None = None


def take_back(hand_in: HandIn, rows: Sequence[TypedRow], lines: Sequence[str], cipher: Cipher) -> Returned:
    """Rows with only the cells that their sender touched. Call it under the ledger's lock. A workbook that was not
    handed out with its rows comes back as it is."""
    try:
        handed = read_lines(lines, cipher)
    except Refused as forged:
        return Returned(list(rows), list(forged.issues))
    if handed is None or handed.table != hand_in.table.name:
        return Returned(list(rows))
    return _Taking(hand_in, handed, cipher).take(rows)


class _Taking:
    """One workbook being taken back."""

    def __init__(self, hand_in: HandIn, handed: Handed, cipher: Cipher) -> None:
        self._hand_in, self._table, self._handed, self._cipher = hand_in, hand_in.table, handed, cipher
        self._by_key = {item.key: item for item in handed.identities}
        self._made = _by_sequence(self._table, handed.identities)
        self._now = _by_entry(self._table, hand_in, [item.entry for item in handed.identities])
        self._claimed: dict[UUID, TypedRow] = {}
        self._returned = Returned([], handed=handed)

    def take(self, rows: Sequence[TypedRow]) -> Returned:
        added: list[TypedRow] = []
        for row in rows:
            identity = self._identity(row)
            made = self._made.get(identity.sequence) if identity else None
            if identity is None or made is None:
                added.append(row)
            elif self._is_itself(row, identity, made):
                self._take_row(row, identity, made)
        self._returned.rows += self._added(added)
        gone = [item.entry for item in self._handed.identities if item.entry not in self._claimed]
        self._returned.kept = [held_of(self._now[entry]) for entry in gone if self._is_live(entry)]
        return self._returned

    def _identity(self, row: TypedRow) -> Identity | None:
        """By its number; a row that lost it (copied into another sheet) by its key."""
        found = self._handed.numbered(row.identity)
        if found is None and row.key:
            found = self._by_key.get(digest_of_key(self._table.name, row.key, self._cipher))
        return found

    def _is_itself(self, row: TypedRow, identity: Identity, made: RevisionRow) -> bool:
        """Whether the row is still the one that was handed out under this identity, and the only one."""
        cells = decode(made.cells)
        masks = {
            name: mask_of(self._table, name, cells, self._cipher) for name in self._table.key if name in row.masked
        }
        keyless = not any(name in row.place.columns for name in self._table.key)
        same = keyless or (
            row.key == made.key if row.key else masks and all(row.masked[name] == mask for name, mask in masks.items())
        )
        if not same:
            message = "这一行的主键与发出时不同。更正主键请用 shishi ledger rekey；新增一行请写在最后一行之下，不要在原有的行上改。"
            self._returned.issues.append(row.place.issue("row_key_changed", message, self._table.key[0]))
        elif (
            identity.entry in self._claimed and not row.key and not keyless
        ):  # keys that can be read are compared by check_sheet
            first = self._claimed[identity.entry].place.row
            message = f"这一行与第 {first} 行是同一条（复制而来），请只留一行；新增请写在最后一行之下。"
            self._returned.issues.append(row.place.issue("row_identity_twice", message, self._table.key[0]))
        self._claimed.setdefault(identity.entry, row)
        return bool(same)

    def _take_row(self, row: TypedRow, identity: Identity, made: RevisionRow) -> None:
        before, now = decode(made.cells), self._now.get(identity.entry)
        masked = {
            name: text for name, text in row.masked.items() if text != mask_of(self._table, name, before, self._cipher)
        }
        wanted = seal(self._table, row.values, self._cipher)
        held = decode(now.cells) if now and self._is_live(identity.entry) else {}
        # What the ledger held on an earlier day is older than the workbook: no news of anybody else.
        newer = held if now and now.sequence > made.sequence else before
        told = rebase(before, newer, wanted)
        self._refuse_locked(row, told.touched | masked.keys(), before)
        if not held and now is not None:
            if told.touched or masked:
                message = f"{SINCE}，这一行已被撤下。要恢复它，请在最后一行之下重新写一行。"
                self._returned.issues.append(row.place.issue("row_withdrawn_since", message, self._table.key[0]))
            return
        key = now.key if now else made.key
        for name in sorted(told.conflicts):
            self._returned.conflicts.setdefault(key, {})[name] = before.get(name)
        values = {name: value for name, value in row.values.items() if name in told.touched}
        self._returned.rows.append(replace(row, values=values, masked=masked, key=key))

    def _refuse_locked(self, row: TypedRow, touched: Iterable[str], before: Mapping[str, Cell]) -> None:
        for name in sorted(self._table.locked & set(touched)):
            if name not in self._table.key:
                title = self._table.by_name[name].title
                message = (
                    f"“{title}”在发出的工作簿里是锁定的，不能改。请恢复原来的内容；确要更改，请由上级用普通模板报送。"
                )
                self._returned.issues.append(row.place.issue("locked_cell_changed", message, name))

    def _added(self, rows: Sequence[TypedRow]) -> Iterator[TypedRow]:
        """Rows that the sender added. What is held by now under such a key, the sender has never seen."""
        held: dict[str, RevisionRow] = {}
        keys = [row.key for row in rows if row.key]
        for start in range(0, len(keys), CHUNK):
            some = live(self._table.name, self._hand_in.as_of).filter(key__in=keys[start : start + CHUNK])
            held |= {item.key: item for item in some}
        for row in rows:
            there = held.get(row.key)
            if there is not None:
                cells = decode(there.cells)
                wanted = seal(self._table, row.values, self._cipher)
                apart = {name for name, cell in wanted.items() if cell != cells.get(name)}
                if apart:
                    self._returned.conflicts.setdefault(row.key, {}).update(dict.fromkeys(apart))
            yield row

    def _is_live(self, entry: UUID) -> bool:
        now = self._now.get(entry)
        return now is not None and now.kind != RevisionKind.WITHDRAWN


def _by_sequence(table: Table, identities: Sequence[Identity]) -> dict[int, RevisionRow]:
    """The revisions that the rows were made from, by sequence."""
    entries = {item.sequence: item.entry for item in identities}
    found: dict[int, RevisionRow] = {}
    wanted = sorted(entries)
    for start in range(0, len(wanted), CHUNK):
        for row in revisions(table.name).filter(sequence__in=wanted[start : start + CHUNK]):
            if entries[row.sequence] == row.entry:
                found[row.sequence] = row
    return found


def _by_entry(table: Table, hand_in: HandIn, entries: Sequence[UUID]) -> dict[UUID, RevisionRow]:
    """What is held of them on the day of the hand-in, withdrawn ones too."""
    found: dict[UUID, RevisionRow] = {}
    for start in range(0, len(entries), CHUNK):
        some = states(table.name, hand_in.as_of, entries=entries[start : start + CHUNK])
        found |= {row.entry: row for row in some}
    return found


def unseen(returned: Returned, outcome: Comparison) -> Iterator[Change]:
    """Rows that a replacement would withdraw though their sender never had them."""
    if returned.handed is None:
        return
    had = {item.entry for item in returned.handed.identities}
    for change in outcome.changes:
        if change.kind is RevisionKind.WITHDRAWN and change.held and change.held.entry not in had:
            yield change


def disagreements(table: Table, returned: Returned, outcome: Comparison) -> tuple[Issue, ...]:
    """``changed_since`` at every cell that somebody else changed after the workbook was made and its sender changed
    too, ``unknown_to_sheet`` for each row of :func:`unseen`."""
    places = {row.key: row.place for row in returned.rows}
    issues = []
    for key, cells in returned.conflicts.items():
        for name in cells:
            message = f"“{table.by_name[name].title}”在{SINCE}已被别人改过，没有覆盖。{RETURN}。"
            issues.append(places[key].issue("changed_since", message, name))
    for _ in unseen(returned, outcome):
        message = f"有一行不在发出的工作簿里（别人后来新增的），整表替换会撤下它，没有撤下。{RETURN}。"
        issues.append(Issue(code="unknown_to_sheet", message=message, field=table.key[0]))
    return tuple(issues)
