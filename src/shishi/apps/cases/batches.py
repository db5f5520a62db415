"""Batches 成批: many cases in hand at once. Each is done as it would be alone; what they have in common is looked up
once, and what was only put off is written together at the end, with one event of the trail.

Where a case asks the store for more than was looked up (a verb is run, a second person is asked), what was put off of
it is written first, in a savepoint of its own, so that a refusal takes back that case and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import body_of, one_look
from shishi.apps.audit.chain import digest_of_all
from shishi.apps.audit.services import record
from shishi.apps.cases.in_hand import CHANGING, InHand, Later, taken
from shishi.apps.cases.models import CaseParty, CaseRow, CaseStep, MaterialRow, PauseRow, TaskRow
from shishi.apps.cases.partners import speaks_across, tell_partner
from shishi.apps.cases.telling import tell_applicants
from shishi.apps.programmes.selectors import calendar
from shishi.core.calendars import day_of
from shishi.core.errors import ShishiError
from shishi.core.tasks import TaskKind, TaskState


@dataclass
class Batch:
    """Cases of one transaction, all locked. ``tasks``: those that were asked for and are there."""

    tasks: dict[int, TaskRow]
    cases: dict[int, InHand]
    name: str
    by: Person
    at: datetime
    done: dict[int, InHand] = field(default_factory=dict)

    def try_one(self, task: TaskRow, work: Callable[[InHand], object]) -> ShishiError | None:
        """Do it as if it were alone; what refused it, of which nothing is left."""
        held = self.cases[task.case_id]
        if held.later is None or held.later.any:
            held.write_put_off()  # an earlier task of the same case is not this one's to take back
        before, point = _state_of(held), _Lazily(held)
        try:
            with connection.execute_wrapper(point):
                work(held)
        except ShishiError as refused:
            point.rollback()
            _restore(held, before)
            return refused
        point.commit()
        self.done[held.row.pk] = held
        return None

    def lay_down(self) -> None:
        """Write everything that was put off, the lines of all threads, what applicants hear, and, last, one event."""
        done = [self.done[pk] for pk in sorted(self.done)]
        update_many([row for held in done if held.later for row in held.later.closed], TaskRow, _CLOSING)
        TaskRow.objects.bulk_create([row for held in done if held.later for row in held.later.opened])
        update_many([held.row for held in done], CaseRow, CHANGING)
        lines = [line for held in done for line in held.lines]
        if not lines:
            return
        CaseStep.objects.bulk_create(lines)
        tell_applicants((held.row, line) for held in done for line in held.lines)
        for held in done:
            if speaks_across(held.process) and held.lines:
                tell_partner(held.row, held.lines, self.by, self.at)
        record(
            at=self.at,
            person=self.by.username,
            body=body_of(self.by, day_of(self.at)),
            action="case.many",
            subject=f"case.batch:{self.name}",
            digest=digest_of_all(line.digest for line in lines),
            detail={"cases": len(done), "lines": len(lines)},
        )


@contextmanager
def batch_in_hand(tasks: Sequence[int], *, by: Person, at: datetime, name: str) -> Iterator[Batch]:
    """The cases of these tasks in hand: every one is locked before anything is done, the smaller id first (see
    in_hand). Whose posts are whose is looked up for each batch anew."""
    with transaction.atomic(), one_look():
        asked = TaskRow.objects.filter(pk__in=tasks).values_list("case_id", flat=True)
        held = CaseRow.objects.select_for_update(of=("self",)).select_related("applicant")
        rows = {row.pk: row for row in held.filter(pk__in=set(asked)).order_by("pk")}
        found = Batch({}, _cases(rows, by, at, name), name, by, at)
        found.tasks = {row.pk: row for row in TaskRow.objects.filter(pk__in=tasks, case__in=rows)}
        for row in found.tasks.values():
            row.case = rows[row.case_id]
            found.cases[row.case_id].ahead[row.pk] = row
        yield found
        found.lay_down()


def _cases(rows: dict[int, CaseRow], by: Person, at: datetime, name: str) -> dict[int, InHand]:
    """Each with what a step may ask for."""
    days, pks = calendar(None, at), list(rows)
    concerned = set(CaseParty.objects.filter(case__in=pks).values_list("case_id", flat=True))
    pauses = _by_case(PauseRow.objects.filter(case__in=pks).order_by("started_at", "pk"))
    papers = _by_case(MaterialRow.objects.filter(case__in=pks).order_by("pk"))
    open_ones = TaskRow.objects.filter(case__in=pks, kind=TaskKind.CORRECTION, state=TaskState.OPEN)
    corrected = _by_case(open_ones)
    found = {}
    for pk, row in rows.items():
        held = found[pk] = taken(row, by=by, at=at, batch=name)
        held.later, held.nobodys, held.papers = Later(), pk not in concerned, papers[pk]
        held.days = days
        held.know_pauses(pauses[pk])
        held.corrected = frozenset(task.token for task in corrected[pk])
    return found


def _by_case(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(row)
    return found


_CLOSING = ["state", "outcome", "text", "done_at", "done_by", "watch_at", "assignee"]


def update_many(rows: Sequence[Model], model: type[Model], names: Sequence[str]) -> None:
    """Write these columns of many rows, each by its key: one question that the store reads once."""
    if not rows:
        return
    columns = [item for item in model._meta.concrete_fields if item.name in names]
    places = ", ".join(f"{connection.ops.quote_name(str(item.column))} = %s" for item in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"UPDATE {table} SET {places} WHERE id = %s"  # noqa: S608 - names of our own models alone
    values = [[*(_prepared(item, row) for item in columns), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _prepared(column: Any, row: Model) -> object:
    return column.get_db_prep_save(getattr(row, column.attname), connection)


class _Lazily:
    """A savepoint that is made when the store is asked something: most of a batch asks nothing."""

    def __init__(self, held: InHand) -> None:
        self.held = held
        self.point: str | None = None
        self.busy = False

    def __call__(self, execute: Callable[..., object], sql: str, params: Any, many: bool, context: Any) -> object:
        if self.point is None and not self.busy:
            self.busy = True
            self.point = transaction.savepoint()
            self.held.write_put_off()
            self.busy = False
        return execute(sql, params, many, context)

    def commit(self) -> None:
        """It was done."""
        if self.point is not None:
            transaction.savepoint_commit(self.point)

    def rollback(self) -> None:
        """It was refused."""
        if self.point is not None:
            transaction.savepoint_rollback(self.point)
            transaction.set_rollback(False)


_State = tuple[dict[str, object], object, int, bool]


def _state_of(held: InHand) -> _State:
    kept = {item.attname: getattr(held.row, item.attname) for item in CaseRow._meta.concrete_fields}
    return kept, held.standing, len(held.lines), held.later is not None


def _restore(held: InHand, before: _State) -> None:
    """What a refused task did to the case in hand is as if it had not been."""
    kept, standing, lines, put_off = before
    for name, value in kept.items():
        setattr(held.row, name, value)
    held.standing = standing  # type: ignore[assignment]  # it was taken from there
    del held.lines[lines:]
    held.forget_pauses()
    held.later = Later() if put_off else None
