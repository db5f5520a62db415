"""The column store: nothing in it is original, so whatever happens to it the answers stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from shishi.adapters.engines import arrow_rows, arrow_texts, columns
from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.duckdb import DuckDBEngine
from shishi.adapters.engines.facts import Facts
from shishi.core.indicators import Indicator, Measure
from shishi.core.ledger import RevisionKind
from shishi.core.questions import Held, Question
from shishi.core.tables import Field, FieldType, Sensitivity
from tests.adapters.ledger_worlds import DAYS, END, START, MemorySource, World, dense_world, simple_world, texts_of

ROWS = [("341802", 1), ("341821", 2), ("341802", 3), ("341821", 4), ("341802", 5), ("341821", 6)]
WORLD = simple_world(ROWS)
TABLE = WORLD.main
SUM = {"341802": 9, "341821": 12}


def question(world: World = WORLD) -> Question:
    indicator = Indicator("sum", "合计", Measure.SUM, "套", table=TABLE.name, field="number")
    return Question(indicator, world.tables, as_of=END.date(), known_at=END)


def parts(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.parquet")}


def manifest(folder: Path) -> Path:
    (found,) = folder.rglob("manifest.json")
    return found


def test_nothing_is_written_when_the_ledger_has_written_nothing(tmp_path: Path) -> None:
    store = ColumnStore(tmp_path)
    store.catch_up(WORLD.source, TABLE)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert store.catch_up(WORLD.source, TABLE) == 6
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_many_small_imports_leave_few_parts(tmp_path: Path) -> None:
    world, source = simple_world([("341802", 1)] * 64), MemorySource({})
    store = ColumnStore(tmp_path)
    for cut in range(65):
        source.held = world.source.until(cut).held
        store.catch_up(source, TABLE)
    assert len(json.loads(manifest(tmp_path).read_text())["revisions"]) <= 7
    assert DuckDBEngine(source, store).leaves(question(world)) == {"341802": 64}


def test_parts_do_not_grow_beyond_their_size(tmp_path: Path) -> None:
    ColumnStore(tmp_path, part_rows=2).catch_up(WORLD.source, TABLE)
    assert [part["rows"] for part in json.loads(manifest(tmp_path).read_text())["revisions"]] == [2, 2, 2]


def test_parts_that_nobody_reads_are_swept_and_those_that_are_read_stay(tmp_path: Path) -> None:
    store, source = ColumnStore(tmp_path), WORLD.source.until(2)
    with store.reading(source, [TABLE]) as opened:
        old = {Path(file).name for file in opened[TABLE.name].revisions}
        source.held = WORLD.source.held
        store.catch_up(source, TABLE)
        assert old <= parts(tmp_path)
    source.held = simple_world([*ROWS, ("341802", 7)]).source.held
    store.catch_up(source, TABLE)
    assert not old & parts(tmp_path)
    assert len(parts(tmp_path)) == 3


def test_what_is_known_of_the_parts_follows_the_ledger(tmp_path: Path) -> None:
    store, source = ColumnStore(tmp_path, part_rows=4), MemorySource({})

    def known() -> Facts:
        with store.reading(source, [TABLE]) as opened:
            return opened[TABLE.name].facts

    assert known().last_on == date.min
    rows = WORLD.source.held[TABLE.name].revisions
    source.held = {TABLE.name: Held(rows)}
    assert known() == Facts(repeats=False, voids=False, last_on=DAYS[0], last_at=START)
    later = replace(rows[0], sequence=7, kind=RevisionKind.REVISED, effective_on=DAYS[2])
    source.held = {TABLE.name: Held((*rows, later))}
    assert known() == Facts(repeats=True, voids=False, last_on=DAYS[2], last_at=START)
    voiding = replace(rows[1], sequence=8, kind=RevisionKind.VOIDED, voids=7, recorded_at=END)
    source.held = {TABLE.name: Held((*rows, later, voiding))}
    assert known() == Facts(repeats=True, voids=True, last_on=DAYS[2], last_at=END)


def test_rows_that_were_made_elsewhere_are_put_in_as_they_are(tmp_path: Path) -> None:
    store, rows = ColumnStore(tmp_path), WORLD.source.held[TABLE.name].revisions
    store.fill(TABLE, 6, [arrow_rows.of_revisions(TABLE, rows[:4]), arrow_rows.of_revisions(TABLE, rows[4:])])
    assert DuckDBEngine(WORLD.source, store).leaves(question()) == SUM


def damage(folder: Path, path: Callable[[Path], Path], content: str | None) -> None:
    place = path(folder)
    if content is None:
        place.unlink()
    else:
        place.write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (manifest, None),
        (manifest, ""),
        (manifest, '{"schema": "x"}'),
        (lambda folder: next(iter(sorted(folder.rglob("*.parquet")))), None),
        (lambda folder: next(iter(sorted(folder.rglob("*.parquet")))), "cut short"),
        (lambda folder: manifest(folder).with_name("manifest.json.new"), "{"),
        (lambda folder: manifest(folder).with_name("left-behind.parquet"), "half a pa"),
    ],
)
def test_a_damaged_store_is_made_again(tmp_path: Path, path: Callable[[Path], Path], content: str | None) -> None:
    engine = DuckDBEngine(WORLD.source, ColumnStore(tmp_path))
    engine.leaves(question())
    damage(tmp_path, path, content)
    assert engine.leaves(question()) == SUM


def test_a_table_of_other_types_is_made_again(tmp_path: Path) -> None:
    engine = DuckDBEngine(WORLD.source, ColumnStore(tmp_path))
    engine.leaves(question())
    wider = replace(TABLE, version=2, fields=(*TABLE.fields, Field("note", "备注", FieldType.TEXT)))
    asked = replace(question(), tables={wider.name: wider})
    named = replace(asked, indicator=replace(asked.indicator, measure=Measure.DISTINCT, field="note"))
    assert engine.distinct(named, {"341802": ("00",)}) == {}
    assert engine.leaves(asked) == SUM


def test_a_ledger_that_went_back_is_followed(tmp_path: Path) -> None:
    source = MemorySource(WORLD.source.held)
    engine = DuckDBEngine(source, ColumnStore(tmp_path))
    engine.leaves(question())
    source.held = WORLD.source.until(2).held
    assert engine.leaves(question()) == {"341802": 1, "341821": 2}


class Killed(BaseException):
    """The process ends here; nothing after it is done."""


@pytest.mark.parametrize("call", ["fsync", "write_table", "replace", "glob"])
@pytest.mark.parametrize("nth", range(1, 5))
def test_a_process_killed_anywhere_leaves_before_or_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    import pyarrow.parquet as pq

    store, source = ColumnStore(tmp_path, part_rows=4), WORLD.source.until(3)
    store.catch_up(source, TABLE)
    source.held = WORLD.source.held
    owner: object = {"fsync": columns.os, "write_table": pq, "replace": Path, "glob": Path}[call]
    real, calls = getattr(owner, call), []

    def dying(*given: object, **named: object) -> object:
        calls.append(call)
        if len(calls) == nth:
            raise Killed
        return real(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(owner, call, dying)
        try:
            store.catch_up(source, TABLE)
        except Killed:
            assert len(calls) == nth
    head = json.loads(manifest(tmp_path).read_text())["head"]
    assert head in (3, 6)
    assert DuckDBEngine(source, store).leaves(question()) == SUM
    named = json.loads(manifest(tmp_path).read_text())
    assert {part["file"] for kind in ("revisions", "marks") for part in named[kind]} <= parts(tmp_path)


@pytest.mark.parametrize("hidden", [Sensitivity.ENCRYPTED, Sensitivity.NONE])
def test_stored_texts_become_the_columns_that_revisions_become(hidden: Sensitivity) -> None:
    world = dense_world()
    fields = (
        replace(field, sensitivity=hidden if field.name == "hidden" else field.sensitivity)
        for field in world.main.fields
    )
    table = replace(world.main, fields=(*fields, Field('n"; DROP/~', "", FieldType.TEXT)))
    rows = [
        replace(row, values={**row.values, 'n"; DROP/~': "'x\"\n中"}) for row in world.source.revisions(table.name, 0)
    ]
    made, wanted = arrow_texts.of_texts(table, texts_of(rows)), arrow_rows.of_revisions(table, rows)
    assert made.schema == wanted.schema
    assert made.sort_by("sequence").to_pylist() == wanted.to_pylist()
