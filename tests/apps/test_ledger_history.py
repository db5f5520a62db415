"""The ledger against a model of DESIGN §4.1 that fits on half a page: whatever is posted, revised, told of an earlier
day, withdrawn, given another key or undone, both answer alike for every day and every moment, and an answer once
given stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shishi.apps.ledger.models import Batch
from shishi.apps.ledger.selectors import live
from shishi.apps.ledger.services import undo_batch
from shishi.apps.ledger.single_rows import correct_key, withdraw_row
from shishi.apps.ledger.writing import freeze
from shishi.core.errors import Misuse, Refused
from tests.apps.town import HOMES, NOW, Town, home

DAYS = [date(2021, 9, day) for day in range(1, 8)]
KEYS = ["A", "B", "C"]
Cells = tuple[str, str]
"""Stage and household."""
Rows = dict[str, Cells]


@dataclass
class Fact:
    """A revision: ``cells`` is ``None`` when the row is withdrawn."""

    entry: UUID
    key: str
    cells: Cells | None
    since: date
    batch: UUID
    recorded: datetime
    gone: datetime | None = None


@dataclass
class Model:
    """A list of facts in the order in which they were learned."""

    facts: list[Fact] = field(default_factory=list)

    def states(self, on: date, known: datetime) -> dict[UUID, Fact]:
        heard = [f for f in self.facts if f.recorded <= known and not (f.gone and f.gone <= known)]
        return {f.entry: f for f in sorted(heard, key=lambda f: f.since) if f.since <= on}

    def rows(self, on: date, known: datetime) -> Rows:
        return {f.key: f.cells for f in self.states(on, known).values() if f.cells is not None}

    def entry_of(self, key: str, on: date, known: datetime) -> tuple[UUID | None, Cells | None]:
        now = [f for f in self.states(on, known).values() if f.key == key and f.cells]
        ever = [f for f in self.states(date.max, known).values() if f.key == key]
        return (now[0].entry, now[0].cells) if now else (ever[-1].entry if ever else None, None)


rows_handed_in = st.dictionaries(
    st.sampled_from(KEYS),
    st.tuples(st.sampled_from(["listed", "registered"]), st.sampled_from(["F1", "F2", ""])),
    min_size=1,
)
days = st.sampled_from(DAYS)
keys = st.sampled_from(KEYS)


class Ledger(RuleBasedStateMachine):
    """The store and the model side by side."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.batches: list[Batch] = []
        self.answers: dict[tuple[date, datetime], Rows] = {}
        self.moments: list[datetime] = [NOW]
        self.town.now = NOW
        shutil.rmtree(self.town.folder / "columns", ignore_errors=True)
        self.world = transaction.atomic()
        self.world.__enter__()

    def teardown(self) -> None:
        try:
            if self.moments[1:]:
                self.engines_agree()
        finally:
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    @rule(rows=rows_handed_in, on=days, with_households=st.booleans())
    def hand_in(self, rows: Rows, on: date, with_households: bool) -> None:
        told = [
            home(key, stage, **({"household": household or None} if with_households else {}))
            for key, (stage, household) in rows.items()
        ]
        got = self.town.hand_in(*told, as_of=on)
        batch = Batch.objects.get(pk=got.batch)
        for key, (stage, household) in rows.items():
            entry, before = self.model.entry_of(key, on, batch.recorded_at)
            kept = household if with_households else before[1] if before else ""
            if before != (stage, kept):
                self.learn(batch, entry or uuid4(), key, (stage, kept))

    @rule(key=keys, on=days)
    def withdraw(self, key: str, on: date) -> None:
        entry, before = self.model.entry_of(key, on, datetime.max.replace(tzinfo=NOW.tzinfo))
        batch = self.attempt(
            lambda: withdraw_row(
                HOMES, {"number": key}, as_of=on, reason="退出", by=self.town.operator, at=self.town.tick()
            ),
            possible=before is not None,
        )
        if batch and entry:
            self.learn(batch, entry, key, None)

    @rule(key=keys, new=keys, on=days)
    def correct(self, key: str, new: str, on: date) -> None:
        end = datetime.max.replace(tzinfo=NOW.tzinfo)
        entry, before = self.model.entry_of(key, on, end)
        standing = [f for f in self.model.facts if not f.gone]
        later = any(f.entry == entry and f.since > on for f in standing)
        taken = new in self.model.rows(on, end)
        coming = any(f.key == new and f.entry != entry and f.since > on for f in standing)
        batch = self.attempt(
            lambda: correct_key(
                HOMES,
                {"number": key},
                {"number": new},
                as_of=on,
                reason="抄错",
                by=self.town.operator,
                at=self.town.tick(),
            ),
            possible=before is not None and not (later or taken or coming),
        )
        if batch and entry:
            self.learn(batch, entry, new, before)

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        batch = data.draw(st.sampled_from(self.batches))
        undoing = undone(batch, self.town)
        if undoing is None:
            return
        for fact in self.model.facts:
            if fact.batch == batch.pk and fact.gone is None:
                fact.gone = undoing.recorded_at

    @rule(minutes=st.integers(1, 90))
    def clock_steps_back(self, minutes: int) -> None:
        self.town.now -= timedelta(minutes=minutes)

    @invariant()
    def both_answer_alike_and_for_ever(self) -> None:
        now = max(
            [self.town.now, *(f.recorded for f in self.model.facts), *(f.gone for f in self.model.facts if f.gone)]
        )
        freeze(now)
        self.moments.append(now)
        for known in {self.moments[0], self.moments[len(self.moments) // 2], now}:
            for on in (DAYS[0], DAYS[3], DAYS[-1]):
                held = self.held(on, known)
                assert held == self.model.rows(on, known)
                assert self.answers.setdefault((on, known), held) == held

    def engines_agree(self) -> None:
        """The reference and the column store count what the model counts."""
        self.town.now = max(self.moments)
        for known in (self.moments[len(self.moments) // 2], self.moments[-1]):
            rows = self.model.rows(DAYS[-1], known)
            for engine in ("reference", "duckdb"):
                counted = self.town.value("homes", as_of=DAYS[-1], known_at=known, engine=engine)
                assert (counted or 0) == len(rows)

    def learn(self, batch: Batch, entry: UUID, key: str, cells: Cells | None) -> None:
        assert not self.model.facts or batch.recorded_at >= self.model.facts[-1].recorded
        assert batch.recorded_at > self.moments[-1]
        self.model.facts.append(Fact(entry, key, cells, batch.as_of, batch.pk, batch.recorded_at))
        if batch.pk not in [known.pk for known in self.batches]:
            self.batches.append(batch)

    def attempt(self, step: Callable[[], Batch], *, possible: bool) -> Batch | None:
        """Take a step that the model allows, or be refused."""
        if possible:
            return step()
        with pytest.raises((Misuse, Refused)):
            step()
        return None

    def held(self, on: date, known: datetime) -> Rows:
        return {
            row.key: (str(row.cells["stage"]), str(row.cells.get("household", "")))
            for row in live(HOMES.name, on, known)
        }


def undone(batch: Batch, town: Town) -> Batch | None:
    """The undoing; ``None`` when an old key of its rows has gone to somebody else."""
    held = Batch.objects.get(pk=batch.pk)
    with suppress(Refused):
        return undo_batch(held, HOMES, reason="报错了", by=town.operator, at=town.tick())
    return None


@pytest.mark.django_db
def test_the_ledger_keeps_both_times_as_the_model_does(town: Town) -> None:
    machine = type("LedgerOfTown", (Ledger,), {"town": town})
    quick = settings(
        max_examples=20,
        stateful_step_count=12,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(machine, settings=quick)
