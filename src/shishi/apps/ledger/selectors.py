"""Reading the ledger: rows as of a day and known at a moment, batches, receipts, and the digest of what is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

from django.db.models import BigIntegerField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import lying_in, reaches
from shishi.apps.audit import chain
from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.ledger.continuing import newest, receipts, revisions
from shishi.apps.ledger.models import Batch as Batch  # pages name the type
from shishi.apps.ledger.models import Link, Receipt, RevisionRow
from shishi.apps.ledger.sealing import chained_document, decode, fingerprint, typed
from shishi.apps.programmes.selectors import lineage
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY
from shishi.core.errors import Misuse
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.programmes import Programme
from shishi.core.provenance import Door, Provenance
from shishi.core.tables import Table

CHUNK = 800
_KEPT_REPORTS = 64
_kept_reports: dict[object, Mapping[str, Reported]] = {}


@dataclass(frozen=True, slots=True)
class Reported:
    """The last report of a division up to a day, and whether there is one in the asked period."""

    division: str
    last: date
    in_period: bool


def known(table: str, known_at: datetime | None) -> QuerySet[RevisionRow]:
    """Revisions of a table recorded by ``known_at`` and not voided by then; voids themselves left out."""
    recorded = Q(recorded_at__lte=known_at) if known_at else Q()
    voided = Exists(RevisionRow.objects.filter(recorded, voids=OuterRef("sequence")))
    return revisions(table).filter(recorded, ~voided).exclude(kind=RevisionKind.VOIDED)


def states(
    table: str, as_of: date, known_at: datetime | None = None, entries: Collection[UUID] | None = None
) -> QuerySet[RevisionRow]:
    """Of each entry the revision that holds on the day, withdrawn ones included."""
    candidates = known(table, known_at).filter(effective_on__lte=as_of)
    if entries is not None:
        candidates = candidates.filter(entry__in=entries)
    ranked = candidates.annotate(
        place=Window(RowNumber(), partition_by=F("entry"), order_by=[F("effective_on").desc(), F("sequence").desc()])
    ).filter(place=1)
    return RevisionRow.objects.filter(sequence__in=ranked.values("sequence"))


def live(
    table: str, as_of: date, known_at: datetime | None = None, entries: Collection[UUID] | None = None
) -> QuerySet[RevisionRow]:
    """Rows that are there on the day."""
    return states(table, as_of, known_at, entries).exclude(kind=RevisionKind.WITHDRAWN)


def referring(entries: Collection[UUID], on: date) -> dict[UUID, list[RevisionRow]]:
    """Of each entry that rows refer to, on the day or on a later one: the revisions that do."""
    found: dict[UUID, list[RevisionRow]] = {}
    wanted = list(entries)
    for start in range(0, len(wanted), CHUNK):
        links = Link.objects.filter(target__in=wanted[start : start + CHUNK]).select_related("revision")
        standing = _standing({link.revision.table for link in links}, {link.revision.entry for link in links}, on)
        for link in links:
            if link.revision_id in standing:
                found.setdefault(link.target, []).append(link.revision)
    return found


def _standing(names: Collection[str], entries: Collection[UUID], on: date) -> set[int]:
    """Sequences of the revisions of the entries that hold on the day or begin to hold later."""
    found: set[int] = set()
    wanted = list(entries)
    for name in newest(names):
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            found |= set(live(name, on, entries=some).values_list("sequence", flat=True))
            later = known(name, None).filter(entry__in=some, effective_on__gt=on)
            found |= set(later.values_list("sequence", flat=True))
    return found


def rows_for(
    person: Person,
    programme: str,
    table: str,
    as_of: date,
    *,
    on: date,
    known_at: datetime | None = None,
    division: str = "",
) -> QuerySet[RevisionRow]:
    """Live rows that the person may read, under ``division`` (significant code), ordered by key."""
    found = live(table, as_of, known_at).filter(within_reach(person, programme, on))
    if division and division != COUNTRY:
        found = found.filter(division__startswith=division)
    return found.order_by("key", "sequence").select_related("batch")


_SEQUENCES = 50
_these: KeptQuestion[RevisionRow] = KeptQuestion(
    lambda *blanks, shape: RevisionRow.objects.filter(lying_in("division", shape), sequence__in=blanks).defer(
        "settled", "explanation", "digest"
    ),
    *(BigIntegerField() for _ in range(_SEQUENCES)),
)


def rows_of_sequences(person: Person, programme: str, sequences: Sequence[int], on: date) -> Mapping[int, RevisionRow]:
    """By sequence, those of these revisions that the person may read."""
    codes = codes_within_reach(person, programme, on)
    found: dict[int, RevisionRow] = {}
    for start in range(0, len(sequences), _SEQUENCES):
        some = sequences[start : start + _SEQUENCES]
        asked = [*some, *[some[-1]] * (_SEQUENCES - len(some))]
        found |= {row.sequence: row for row in _these(*asked, shape=codes)}
    return found


def within_reach(person: Person, programme: str, on: date) -> Q:
    """Rows that the person may read: decided from the reach of their posts, nowhere else."""
    return lying_in("division", codes_within_reach(person, programme, on))


def codes_within_reach(person: Person, programme: str, on: date) -> tuple[str, ...]:
    """The significant codes of the divisions in which the person may read the programme's rows."""
    own = reaches(person, Action.READ, on)
    return tuple(sorted({code for reach in own for code in reach.divisions if reach.holds(code, programme)}))


def history(entries: Collection[UUID], known_at: datetime | None = None) -> dict[UUID, list[RevisionRow]]:
    """Every revision of the entries, in order of recording, voids included."""
    found: dict[UUID, list[RevisionRow]] = {entry: [] for entry in entries}
    wanted = list(entries)
    for start in range(0, len(wanted), CHUNK):
        rows = RevisionRow.objects.filter(entry__in=wanted[start : start + CHUNK])
        if known_at:
            rows = rows.filter(recorded_at__lte=known_at)
        for row in rows.select_related("batch").order_by("sequence"):
            found[row.entry].append(row)
    return found


def revision_of(row: RevisionRow, table: Table) -> Revision:
    """The core's revision; encrypted values are their digests."""
    provenance = Provenance(
        door=Door(row.batch.door),
        batch=str(row.batch_id),
        person=row.batch.person,
        file=row.batch.file_name,
        sheet=row.sheet,
        row=row.row,
    )
    return Revision(
        sequence=row.sequence,
        entry=row.entry,
        kind=RevisionKind(row.kind),
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        key=row.key,
        values=typed(table, decode(row.cells)),
        provenance=provenance,
        voids=row.voids,
        settled=row.settled,
        explanation=row.explanation,
    )


def revisions_after(table: Table, sequence: int) -> Iterator[Revision]:
    """Revisions of a table recorded after ``sequence``, in order: what feeds the column store."""
    rows = revisions(table.name).filter(sequence__gt=sequence).select_related("batch")
    for row in rows.order_by("sequence").iterator(chunk_size=5000):
        yield revision_of(row, table)


def head(table: str) -> int:
    """The last sequence of a table, 0 when it is empty."""
    last = revisions(table).order_by("-sequence").values_list("sequence", flat=True).first()
    return last or 0


def revisions_of(table: str) -> int:
    """How many revisions the table has."""
    return revisions(table).count()


def holds_rows(table: str) -> bool:
    """Whether anything was ever written under the table."""
    return RevisionRow.objects.filter(table=table).exists()


def batch_of(identifier: str) -> Batch:
    """The batch of that id; ``Misuse`` (unknown_batch) otherwise."""
    try:
        found = Batch.objects.filter(pk=UUID(identifier)).first()
    except ValueError:
        found = None
    if found is None:
        raise Misuse("unknown_batch", f"没有批次“{identifier}”。用 shishi ledger batches 台账 查看。")
    return found


def rows_of_batch(
    batch: Batch, person: Person | None = None, programme: str = "", on: date | None = None
) -> list[RevisionRow]:
    """The revisions that a batch wrote, in order; with a person and a day only those that they may read."""
    found = RevisionRow.objects.filter(batch=batch)
    if person is not None and on is not None:
        found = found.filter(within_reach(person, programme, on))
    return list(found.order_by("sequence"))


def batches(
    person: Person, programme: Programme, table: Table, offset: int = 0, limit: int = 50, *, at: datetime
) -> tuple[Batch, ...]:
    """Batches of a table that touch the person's reach (or are their own), newest first, paged."""
    own = within_reach(person, programme.name, day_of(at))
    touched = revisions(table.name).filter(own).values("batch")
    found = Batch.objects.filter(Q(pk__in=touched) | Q(person=person.username), table__in=lineage(table.name))
    return tuple(found.order_by("-recorded_at")[offset : offset + limit])


def batches_since(person: Person, programme: str, since: datetime, limit: int = 20) -> tuple[Batch, ...]:
    """What the person handed in under a programme's tables since a moment and what still counts, newest first."""
    found = Batch.objects.filter(table__startswith=f"{programme}/", person=person.username, recorded_at__gte=since)
    return tuple(found.filter(undoes__isnull=True, undone_by__isnull=True).order_by("-recorded_at")[:limit])


def batch_for(person: Person, identifier: str, at: datetime) -> Batch:
    """The batch of that id; ``Misuse`` (unknown_batch) also when none of its rows is the person's to read."""
    found = batch_of(identifier)
    if found.person != person.username:
        own = within_reach(person, found.table.rpartition("/")[0], day_of(at))
        rows = RevisionRow.objects.filter(batch=found)
        told = Receipt.objects.filter(batch=found).values_list("division", flat=True)
        reach = reaches(person, Action.READ, day_of(at))
        named = any(item.holds(code, found.table.rpartition("/")[0]) for item in reach for code in told)
        if not rows.filter(own).exists() and not named:
            raise Misuse("unknown_batch", f"没有批次“{identifier}”。用 shishi ledger batches 台账 查看。")
    return found


def totals() -> tuple[int, int]:
    """How many batches there are, and how many rows they brought."""
    found = Batch.objects.aggregate(batches=Count("pk"), rows=Sum("rows"))
    return found["batches"], found["rows"] or 0


class Stored(Protocol):
    """A revision as it is stored or is going to be."""

    sequence: int
    table: str
    entry: UUID
    kind: str
    effective_on: date
    recorded_at: datetime
    key: str
    division: str
    sheet: str
    row: int | None
    voids: int | None
    explanation: str

    @property
    def cells(self) -> Mapping[str, object]:
        """The JSON form of the store."""

    @property
    def settled(self) -> Mapping[str, int]:
        """Of each assured group the sequence of its last change."""


def digest_of_revision(row: Stored | RevisionRow) -> str:
    """SHA-256 over a revision, digests in place of encrypted values."""
    return chain.digest(
        [
            row.sequence,
            row.table,
            str(row.entry),
            str(row.kind),
            row.effective_on.isoformat(),
            row.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            row.key,
            row.division,
            chained_document(row.cells),
            row.sheet,
            row.row,
            row.voids,
            row.settled,
            row.explanation,
        ]
    )


def digest_of_batch(identifier: str) -> str | None:
    """Recomputed from what is stored now; ``None`` when the batch is gone."""
    batch = Batch.objects.filter(pk=UUID(identifier)).first()
    if batch is None:
        return None
    rows = RevisionRow.objects.filter(batch=batch).order_by("sequence")
    receipts = Receipt.objects.filter(batch=batch).order_by("division").values_list("division", flat=True)
    revisions = chain.digest_of_all(_digest_if_alike(row) for row in rows.iterator(chunk_size=5000))
    return digest_of_facts(batch, receipts, revisions)


def _digest_if_alike(row: RevisionRow) -> str:
    """The digest of a revision; of one whose fingerprint is not that of its cells, another one: a hand-in would
    be taken for what it does not say."""
    alike = row.fingerprint in (None, fingerprint(chain.canonical(chained_document(row.cells))))
    return digest_of_revision(row) if alike else chain.digest(row.fingerprint)


def digest_of_facts(batch: Batch, receipts: Iterable[str], revisions: str) -> str:
    """SHA-256 over who handed in what and for whom, and over the digest of the revisions."""
    facts = [
        *(str(batch.pk), batch.table, batch.as_of.isoformat(), str(batch.mode), batch.division, batch.status),
        *(str(batch.door), batch.file_name, batch.sha256, batch.person, batch.reason),
        *(batch.rows, batch.table_version, str(batch.undoes_id) if batch.undoes_id else None),
    ]
    if batch.approved_by:
        facts.append(batch.approved_by)
    return chain.digest([facts, list(receipts), revisions])


def batch_identifiers() -> Iterator[str]:
    """The id of every batch, for the audit."""
    return map(str, Batch.objects.values_list("pk", flat=True).iterator())


def reports(table: str, as_of: date, known_at: datetime | None, start: date, end: date) -> Mapping[str, Reported]:
    """Of each division that ever reported up to ``as_of`` its last report, and whether one lies in ``start`` … ``end``.
    What is known now is kept in memory until there is another receipt, or a batch is undone."""
    last = Receipt.objects.order_by("-pk").values_list("pk", "batch_id", "recorded_at").first()
    undone = Batch.objects.filter(undoes__isnull=False)
    if last is None or (known_at and (known_at < last[2] or undone.filter(recorded_at__gt=known_at).exists())):
        return _reports(table, as_of, known_at, start, end)
    key = (table, as_of, start, end, last, undone.count())
    if key not in _kept_reports:
        while len(_kept_reports) >= _KEPT_REPORTS:
            _kept_reports.pop(next(iter(_kept_reports)), None)
        _kept_reports[key] = _reports(table, as_of, None, start, end)
    return _kept_reports[key]


def _reports(table: str, as_of: date, known_at: datetime | None, start: date, end: date) -> dict[str, Reported]:
    undone = Batch.objects.filter(undoes__isnull=False)
    told = receipts(table).filter(as_of__lte=as_of)
    if known_at:
        undone, told = undone.filter(recorded_at__lte=known_at), told.filter(recorded_at__lte=known_at)
    standing = told.exclude(batch__in=undone.values("undoes")).order_by().values("division")
    found = standing.annotate(last=Max("as_of"), inside=Max("as_of", filter=Q(as_of__range=(start, end))))
    return {row["division"]: Reported(row["division"], row["last"], row["inside"] is not None) for row in found}


def last_day_reported(tables: Collection[str], as_of: date, known_at: datetime) -> date | None:
    """The last day up to ``as_of`` for which anything was handed in under one of the tables, as known."""
    found = receipts(*tables).filter(as_of__lte=as_of, recorded_at__lte=known_at)
    last: date | None = found.aggregate(last=Max("as_of"))["last"]
    return last


def days_reported(table: str, as_of: date, known_at: datetime) -> tuple[date, ...]:
    """The days up to ``as_of`` for which anything was handed in under the table, as known, in order."""
    found = receipts(table).filter(as_of__lte=as_of, recorded_at__lte=known_at)
    return tuple(found.order_by("as_of").values_list("as_of", flat=True).distinct())
