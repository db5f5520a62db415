"""What was done in a period, for a brief to tell: the work record 工作纪实 as it stood, and as it stands now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.ledger.selectors import live, revision_of, rows_for
from shishi.apps.programmes.selectors import programme_named
from shishi.core.calendars import day_of
from shishi.core.citations import EntryCitation
from shishi.core.errors import Misuse
from shishi.core.programmes import Programme
from shishi.core.tables import Table
from shishi.core.work_record import WORK_RECORD, WorkEntry, work_entry


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """``then``: the sentence that the cited state of the entry gives; ``now``: what the entry says by what is known
    now. Empty: it does not stand, or is not to be published."""

    citation: EntryCitation
    then: str
    now: str
    revision_now: int
    batch_now: str

    @property
    def holds(self) -> bool:
        """The cited entry still gives the printed sentence, as it must."""
        return self.then == self.citation.printed

    @property
    def changed(self) -> bool:
        """The entry was changed or withdrawn since."""
        return self.now != self.then


def record_of(programme: Programme) -> Table | None:
    """The programme's record; ``None`` when it keeps none."""
    return next((table for table in programme.tables if table.short == WORK_RECORD), None)


def entries(
    person: Person,
    programme: Programme,
    as_of: date,
    *,
    at: datetime,
    known_at: datetime | None = None,
    within: str = "",
) -> tuple[WorkEntry, ...]:
    """The entries that the person may read, done by divisions in ``within`` (significant code; none: all), in the order
    of their days."""
    table = record_of(programme)
    if table is None:
        return ()
    rows = rows_for(person, programme.name, table.name, as_of, on=day_of(at), known_at=known_at, division=within)
    found = (work_entry(revision_of(row, table)) for row in rows)
    return tuple(sorted((item for item in found if item), key=lambda item: (item.held_on, item.revision)))


def check_entries(citations: Iterable[EntryCitation], person: Person, at: datetime) -> tuple[CheckedEntry, ...]:
    """Look every cited entry up again. What was done on a day does not change with the days: whatever is said of it
    later is a correction, from whichever day on it is said. ``Misuse`` (known_at_in_future, out_of_reach)."""
    cited = tuple(citations)
    if any(item.known_at > at for item in cited):
        raise Misuse("known_at_in_future", "引用的所知时间晚于现在：这份文件不是由本库在此之前写成的。")
    together: dict[tuple[str, str, date, datetime], list[EntryCitation]] = defaultdict(list)
    for item in cited:
        together[item.programme, item.table, item.as_of, item.known_at].append(item)
    then: dict[str, WorkEntry] = {}
    now: dict[UUID, WorkEntry] = {}
    for (_, _, as_of, known_at), items in together.items():
        stood = _standing(items, as_of, known_at, person, at)
        then |= {item.id: stood[item.entry] for item in items if item.entry in stood}
        now |= _standing(items, max(as_of, day_of(at)), at, person, at)
    return tuple(_checked(item, then.get(item.id), now.get(item.entry)) for item in cited)


def _checked(citation: EntryCitation, then: WorkEntry | None, now: WorkEntry | None) -> CheckedEntry:
    """Only the state that was cited is the one that it was taken from."""
    same = then and (then.revision, then.batch) == (citation.revision, citation.batch)
    newest = now.revision if now else citation.revision, now.batch if now else citation.batch
    return CheckedEntry(citation, _sentence(then) if same else "", _sentence(now), *newest)


def _standing(
    items: list[EntryCitation], as_of: date, known_at: datetime, person: Person, at: datetime
) -> dict[UUID, WorkEntry]:
    """The entries of one record that stand on the day, as known then."""
    _, programme = programme_named(items[0].programme, as_of, known_at)
    table = record_of(programme)
    if table is None or table.name != items[0].table:
        return {}
    found = {}
    for row in live(table.name, as_of, known_at, {item.entry for item in items}).select_related("batch"):
        require(person, Action.READ, row.division, programme.name, day_of(at))
        if entry := work_entry(revision_of(row, table)):
            found[row.entry] = entry
    return found


def _sentence(found: WorkEntry | None) -> str:
    return found.sentence if found and found.publish else ""
