"""What the periods of a table allow: a closed one is not changed, a later one does not contradict an earlier one.

Looked at under the ledger's lock, whichever door the figures come through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from shishi.apps.ledger.comparing import Comparison
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.periods import PeriodCalendar, calendar_of
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.selectors import known, live
from shishi.core.continuity import Stated, contradictions
from shishi.core.errors import Issue, Refused
from shishi.core.ledger import Change, RevisionKind
from shishi.core.periods import Period
from shishi.core.tables import Table, Values
from shishi.core.values import KEY_SEPARATOR


@dataclass(frozen=True, slots=True)
class _Touched:
    """A change with the division and the period that it is about."""

    change: Change
    division: str
    period: Period
    stated: Stated

    def issue(self, code: str, message: str, field: str) -> Issue:
        incoming = self.change.incoming
        return Issue(code, message, incoming.sheet if incoming else "", incoming.row if incoming else None, "", field)


def period_issues(hand_in: HandIn, outcome: Comparison, at: datetime) -> Iterator[Issue]:
    """The faults of a hand-in: ``period_closed``, ``period_stated_twice``, and contradictions under their own codes;
    ``query_unexplained`` for one that an explanation would let pass."""
    known_as = calendar_of(hand_in.table, hand_in.programme)
    if known_as is None or not outcome.changes:
        return
    touched = [_touched(hand_in, known_as, outcome, change) for change in outcome.changes]
    past = _Past(hand_in.table, known_as, touched, hand_in.as_of)
    for item in touched:
        yield from _period_faults(known_as, past, item, at)
        if item.change.kind is not RevisionKind.WITHDRAWN:
            yield from _contradicting(hand_in.table, known_as, past, item)


def _touched(hand_in: HandIn, known_as: PeriodCalendar, outcome: Comparison, change: Change) -> _Touched:
    table, held = hand_in.table, change.held
    before = _values(table, held.cells) if held else {}
    after = _values(table, change.cells) if change.cells else before
    division = outcome.place(str(after.get(table.division_field) or ""))
    on = known_as.day(after, hand_in.as_of)
    return _Touched(change, division, known_as.period(on), Stated(on, after))


def _values(table: Table, cells: Mapping[str, object]) -> Values:
    return typed(table, cells)  # type: ignore[arg-type]  # what this app put in


def _period_faults(known_as: PeriodCalendar, past: _Past, item: _Touched, at: datetime) -> Iterator[Issue]:
    table, other = past.table, past.other_of_period(item)
    if other is not None and item.change.kind is RevisionKind.POSTED:
        message = f"{item.period.label} 这一期已有一行（{other}）。一个区划一期只有一行，请改那一行。"
        yield item.issue("period_stated_twice", message, known_as.plan.by)
    elif past.stated_in_period(item) and known_as.closed(item.division, item.period, at):
        yield item.issue("period_closed", known_as.closed_message(item.period), known_as.plan.by or table.key[0])


def _contradicting(table: Table, known_as: PeriodCalendar, past: _Past, item: _Touched) -> Iterator[Issue]:
    before, after = past.around(item)
    incoming = item.change.incoming
    explained = bool(incoming and incoming.explanation.strip())
    for found in contradictions(table, known_as.plan, known_as.cadence.kind, item.stated, before, after):
        if not found.query:
            yield item.issue(found.code, found.message, found.field)
        elif not explained:
            message = f"{found.message}（如情况属实，请写明“核实说明”后重新报送；用 report enter 的，加 --explain。）"
            yield item.issue("query_unexplained", message, found.field)


class _Past:
    """What the touched divisions have stated, with what the hand-in would make of it."""

    def __init__(self, table: Table, known_as: PeriodCalendar, touched: Iterable[_Touched], as_of: date) -> None:
        self.table, self._known_as, self._as_of = table, known_as, as_of
        items = list(touched)
        codes = {item.division for item in items}
        self._held: dict[str, dict[str, Stated]] = defaultdict(dict)
        self._rows = {row.key: row for row in live(table.name, date.max).filter(division__in=codes)} if codes else {}
        for row in self._rows.values():
            values = typed(table, decode(row.cells))
            self._held[row.division][row.key] = Stated(known_as.day(values, row.effective_on), values)
        self._now: dict[str, dict[str, Stated]] = {code: dict(found) for code, found in self._held.items()}
        for item in items:
            mine = self._now.setdefault(item.division, {})
            if item.change.kind is RevisionKind.WITHDRAWN:
                mine.pop(item.change.key, None)
            else:
                mine[item.change.key] = item.stated

    def stated_in_period(self, item: _Touched) -> bool:
        """Whether the division had stated figures for the period: then this is a change of them."""
        if item.change.kind is RevisionKind.POSTED:
            return False
        if self._known_as.plan.by:
            return True
        revisions = self._revisions(item)
        return any(stated.on in item.period for stated in revisions)

    def other_of_period(self, item: _Touched) -> str | None:
        """The key of another row of the division for the period."""
        if not self._known_as.plan.by:
            return None
        others = self._now.get(item.division, {})
        found = (key for key, stated in others.items() if key != item.change.key and stated.on in item.period)
        key = next(found, None)
        return key.replace(KEY_SEPARATOR, " ") if key is not None else None

    def around(self, item: _Touched) -> tuple[Stated | None, Stated | None]:
        """What the division stated last before the period, and first after it."""
        if self._known_as.plan.by:
            told = [stated for key, stated in self._now.get(item.division, {}).items() if key != item.change.key]
        else:
            told = self._revisions(item)
        before = [stated for stated in told if stated.on < item.period.start]
        after = [stated for stated in told if stated.on > item.period.end]
        first = min(after, key=lambda stated: stated.on, default=None)
        return _last(before), first

    def _revisions(self, item: _Touched) -> list[Stated]:
        """Every state of a row that is revised from period to period, by day, the last one of each day."""
        held = item.change.held
        if held is None:
            return []
        rows: Mapping[date, RevisionRow] = {
            row.effective_on: row for row in known(self.table.name, None).filter(entry=held.entry).order_by("sequence")
        }
        return [Stated(on, typed(self.table, decode(row.cells))) for on, row in rows.items()]


def _last(told: Iterable[Stated]) -> Stated | None:
    return max(told, key=lambda stated: stated.on, default=None)


def require_open_period(table: Table, rows: Iterable[RevisionRow], at: datetime) -> None:
    """``Refused`` (period_closed) when one of these rows belongs to a period that is closed for its division."""
    known_as = calendar_of(table)
    if known_as is None:
        return
    for row in rows:
        if not row.cells:
            continue
        period = known_as.period(known_as.day(typed(table, decode(row.cells)), row.effective_on))
        if known_as.closed(row.division, period, at):
            raise Refused("period_closed", known_as.closed_message(period))
