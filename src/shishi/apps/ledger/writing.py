"""The one way into the ledger: claim sequences, write a batch with its revisions,
links and receipts, record the event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from uuid import UUID, uuid4

from django.db import transaction

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit import chain
from shishi.apps.audit.services import record
from shishi.apps.ledger.inserting import Line, insert_lines
from shishi.apps.ledger.models import Batch, LedgerSequence, Receipt, RevisionRow
from shishi.apps.ledger.sealing import Packed, chained_document, document_of, fingerprint
from shishi.apps.ledger.selectors import digest_of_facts
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.ledger import Change, RevisionKind
from shishi.core.tables import FieldType, Table

WRITE_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Claimed:
    """Sequences ``first`` … and the moment at which they are recorded."""

    first: int
    recorded_at: datetime


def lock() -> LedgerSequence:
    """Be the only writer until the end of this transaction: what is compared must still stand when it is written."""
    LedgerSequence.objects.get_or_create(pk=1)
    return LedgerSequence.objects.select_for_update().get(pk=1)


def claim(many: int, at: datetime) -> Claimed:
    """Lock the ledger and take ``many`` sequences. The moment never decreases, and is later than every moment about
    which a frozen answer was given (DESIGN §4.1)."""
    held = lock()
    moments = [at, *([held.recorded_at] if held.recorded_at else ())]
    if held.answered_at:
        moments.append(held.answered_at + timedelta(microseconds=1))
    first = held.last + 1
    held.last += many
    held.recorded_at = max(moments)
    held.save()
    return Claimed(first, held.recorded_at)


@transaction.atomic
def freeze(known_at: datetime) -> None:
    """An answer as known at this moment is about to be kept for ever: wait for whoever is writing, and let everything
    written from now on be recorded later."""
    held = lock()
    if held.answered_at is None or held.answered_at < known_at:
        held.answered_at = known_at
        held.save()


def write_batch(
    batch: Batch,
    table: Table,
    changes: Sequence[Change],
    *,
    by: Person,
    at: datetime,
    place: Callable[[str], str] = normalise,
    receipts: Iterable[str] = (),
    new_entry: Callable[[], UUID] = uuid4,
    progress: Callable[[int, int], None] | None = None,
) -> Batch:
    """Write everything of one batch in the caller's transaction. ``place`` gives the significant code under which a
    row's division is kept for reach (an abolished code stands under its successor)."""
    claimed = claim(len(changes), at)
    batch.recorded_at = claimed.recorded_at
    batch.save(force_insert=True)
    lines = (
        _line(batch, table, change, sequence, claimed.recorded_at, place, new_entry)
        for sequence, change in zip(count(claimed.first), changes, strict=False)
    )
    revisions = chain.digest_of_all(_write_lines(lines, table, len(changes), progress))
    told = write_receipts(batch, receipts)
    _record(batch, digest_of_facts(batch, told, revisions), by)
    return batch


def _write_lines(
    lines: Iterator[Line], table: Table, many: int, progress: Callable[[int, int], None] | None = None
) -> Iterator[str]:
    """Insert revisions and their links; gives the digests in order."""
    references = [item.name for item in table.fields if item.type is FieldType.REFERENCE]
    done = 0
    while part := list(islice(lines, WRITE_CHUNK)):
        yield from insert_lines(part, references)
        done += len(part)
        if progress:
            progress(done, many)


def write_receipts(batch: Batch, divisions: Iterable[str]) -> list[str]:
    """Note which divisions reported with this batch; returns them in order."""
    told = sorted(set(divisions))
    Receipt.objects.bulk_create(
        Receipt(table=batch.table, division=division, as_of=batch.as_of, recorded_at=batch.recorded_at, batch=batch)
        for division in told
    )
    return told


def void_rows(batch: Batch, table: Table, targets: Sequence[RevisionRow], *, by: Person, at: datetime) -> Batch:
    """Write a batch that voids ``targets``: each of them is gone for every day, known only from now on."""
    claimed = claim(len(targets), at)
    batch.recorded_at = claimed.recorded_at
    batch.save(force_insert=True)
    lines = (
        Line(
            sequence=sequence,
            table=table.name,
            entry=target.entry,
            kind=RevisionKind.VOIDED,
            effective_on=target.effective_on,
            recorded_at=claimed.recorded_at,
            key=target.key,
            division=target.division,
            batch_id=batch.pk,
            voids=target.sequence,
        )
        for sequence, target in zip(count(claimed.first), targets, strict=False)
    )
    digests = _write_lines(lines, table, len(targets))
    _record(batch, digest_of_facts(batch, (), chain.digest_of_all(digests)), by)
    return batch


def _line(
    batch: Batch,
    table: Table,
    change: Change,
    sequence: int,
    recorded_at: datetime,
    place: Callable[[str], str],
    new_entry: Callable[[], UUID],
) -> Line:
    # A withdrawn row keeps its division so that reach can still be decided.
    cells = change.cells or (change.held.cells if change.held else {})
    division = cells.get(table.division_field)
    document = document_of(Packed.of(change.cells).text)  # type: ignore[arg-type]  # opaque to the core
    return Line(
        sequence=sequence,
        table=table.name,
        entry=change.held.entry if change.held else new_entry(),
        kind=change.kind,
        effective_on=batch.as_of,
        recorded_at=recorded_at,
        key=change.key,
        division=place(str(division)) if division else "",
        cells=document,
        batch_id=batch.pk,
        sheet=change.incoming.sheet if change.incoming else "",
        row=change.incoming.row if change.incoming else None,
        settled=change.settled(table.groups, sequence),
        explanation=change.incoming.explanation if change.incoming else "",
        fingerprint=fingerprint(chain.canonical(chained_document(document))) if document else None,
    )


def _record(batch: Batch, digest: str, by: Person) -> None:
    detail = {
        "table": batch.table,
        "as_of": batch.as_of.isoformat(),
        "status": batch.status,
        "file": batch.file_name,
        "sha256": batch.sha256,
        "posted": batch.posted,
        "revised": batch.revised,
        "withdrawn": batch.withdrawn,
        "undoes": str(batch.undoes_id) if batch.undoes_id else None,
        **({"approved_by": batch.approved_by} if batch.approved_by else {}),
    }
    record(
        at=batch.recorded_at,
        person=by.username,
        body=body_of(by, day_of(batch.recorded_at)),
        action=f"ledger.{batch.status}",
        subject=f"ledger.batch:{batch.pk}",
        digest=digest,
        detail=detail,
    )
