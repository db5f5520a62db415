"""Listings: whatever happens to a ledger, what they find is what is live, within the codes that are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shishi.adapters.engines.columns import ColumnStore
from shishi.adapters.engines.listing import Listing
from shishi.adapters.engines.listing_sql import ListingQuestion, spoken_fields
from shishi.adapters.search.pinyin import sounds_of
from shishi.core.ledger import Revision, RevisionKind
from shishi.core.listing import Sort, tail_column
from shishi.core.live_rows import division_of, state_as_of
from shishi.core.questions import Held
from shishi.core.tables import Choice, Field, FieldType, Sensitivity, Table
from tests.adapters.ledger_worlds import DAYS, END, SEEN, START, World, worlds
from tests.adapters.test_cube import Followed

lawful = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


class Placed(Followed):
    """A ledger in memory as listings follow it: a row lies where its own code says."""

    def turn(self) -> object:
        return sum(self.head(name) for name in self.held)

    def placed(self, table: Table, sealed: Sequence[str], sequences: Collection[int] | None = None) -> pa.Table:
        rows = [row for row in self.revisions(table.name, 0) if sequences is None or row.sequence in set(sequences)]
        told = {
            "sequence": pa.array([row.sequence for row in rows], pa.int64()),
            "division": pa.array([division_of(table, row) for row in rows], pa.string()),
        }
        return pa.table(told | {tail_column(name): pa.array([""] * len(rows), pa.string()) for name in sealed})


@contextmanager
def listing_over(source: Placed) -> Iterator[Listing]:
    with tempfile.TemporaryDirectory() as folder:
        yield Listing(source, ColumnStore(Path(folder)), sounds_of)


def live(source: Placed, question: ListingQuestion) -> set[int]:
    rows = state_as_of(source.revisions(question.table.name, 0), question.as_of, question.known_at or END)
    codes = {row.sequence: division_of(question.table, row) for row in rows.values()}
    return {at for at, code in codes.items() if any(code.startswith(prefix) for prefix in question.within)}


@lawful
@given(
    worlds(),
    st.sampled_from([*DAYS, END.date()]),
    st.none() | st.integers(0, 100).map(lambda hours: START + timedelta(hours=hours)),
    st.sampled_from([("",), ("3418",), ("341802",), ("32", "99"), ()]),
    st.lists(st.integers(1, 40), max_size=3),
)
def test_what_is_found_is_what_is_live_while_the_ledger_grows(
    world: World, day: object, known_at: object, within: tuple[str, ...], steps: list[int]
) -> None:
    question = ListingQuestion(world.main, day, known_at, within)  # type: ignore[arg-type]  # drawn as they are
    source = Placed({})
    with listing_over(source) as listing:
        for step in [*sorted(steps), 40]:
            source.held = world.source.until(step).held
            wanted = live(source, question)
            assert listing.total(question).rows == len(wanted)
            assert set(listing.page(question, 100)) == wanted


@lawful
@given(worlds())
def test_of_some_entries_no_others_are_found_and_sets_are_told_apart(world: World) -> None:
    source = Placed({})
    source.held = world.source.until(40).held
    rows = state_as_of(source.revisions(world.main.name, 0), END.date(), END)
    entries = sorted(rows)
    with listing_over(source) as listing:
        for some in (entries[::2], entries[1::2], entries, []):
            question = ListingQuestion(world.main, END.date(), entries=tuple(some))
            wanted = {rows[entry].sequence for entry in some}
            assert listing.total(question).rows == len(wanted)
            assert set(listing.page(question, 100)) == wanted


def test_rows_are_found_by_three_texts_and_by_every_number_that_is_no_secret() -> None:
    fields = (
        Field("code", "代码", FieldType.CREDIT_CODE, required=True),
        Field("name", "名称", FieldType.TEXT, required=True),
        *(Field(f"note_{at}", f"备注{at}", FieldType.TEXT) for at in range(4)),
        Field("hotline", "公开电话", FieldType.PHONE),
        Field("phone", "联系电话", FieldType.PHONE, sensitivity=Sensitivity.ENCRYPTED),
    )
    table = Table("somewhere/2021/homes/firms", "企业", 1, fields, ("code",), "code")
    assert [item.name for item in spoken_fields(table)] == ["name", "note_0", "note_1", "code", "hotline"]


STAGES = ("open", "done")
ROOMS = Table(
    "somewhere/2021/homes/rooms",
    "房间",
    1,
    (
        Field("number", "编号", FieldType.TEXT, required=True),
        Field("stage", "环节", FieldType.ENUMERATION, values=tuple(Choice(stage, stage) for stage in STAGES)),
        Field("road", "路", FieldType.TEXT),
        Field("area", "面积", FieldType.INTEGER),
    ),
    ("number",),
    "number",
)


def rooms(*told: tuple[str | None, str | None]) -> Placed:
    """A ledger of rooms, each with its stage and its road."""
    revisions = tuple(
        Revision(
            sequence=at,
            entry=UUID(int=at),
            kind=RevisionKind.POSTED,
            effective_on=DAYS[0],
            recorded_at=START,
            key=f"R{at}",
            values={"number": f"R{at}", "stage": stage, "road": road, "area": Decimal(at)},
            provenance=SEEN,
        )
        for at, (stage, road) in enumerate(told, 1)
    )
    return Placed({ROOMS.name: Held(revisions)})


def test_groups_stand_in_the_order_of_the_list_with_what_is_not_on_it_counted_apart() -> None:
    area = ROOMS.by_name["area"]
    question = ListingQuestion(ROOMS, END.date())
    with listing_over(rooms(("done", None), ("open", None), (None, None), ("done", None))) as listing:
        told = [(group.told, group.total.rows, group.total.sums) for group in listing.groups(question, "stage", [area])]
        assert told == [("open", 1, (Decimal(2),)), ("done", 2, (Decimal(5),)), (None, 1, (Decimal(3),))]
    with listing_over(rooms(("done", None), ("given up", None), ("open", None), (None, None))) as listing:
        found = listing.groups(question, "stage")
        assert [group.told for group in found][:2] == ["open", "done"]
        assert {group.told: group.total.rows for group in found} == {"open": 1, "done": 1, "given up": 1, None: 1}


def test_a_list_that_changes_its_order_changes_that_of_its_groups() -> None:
    turned = replace(ROOMS.by_name["stage"], values=ROOMS.by_name["stage"].values[::-1])
    other = replace(ROOMS, fields=tuple(turned if item.name == "stage" else item for item in ROOMS.fields))
    with listing_over(rooms(("done", None), ("open", None))) as listing:
        orders = [
            [group.told for group in listing.groups(ListingQuestion(table, END.date()), "stage")]
            for table in (ROOMS, other)
        ]
    assert orders == [["open", "done"], ["done", "open"]]


@lawful
@given(
    st.lists(st.none() | st.text("aAé安庆路宣城市1 ", max_size=12).map(lambda end: f"宣城市宣州区{end}"), min_size=1)
)
def test_texts_that_begin_alike_stand_in_the_order_of_their_whole_keys(roads: list[str | None]) -> None:
    with duckdb.connect() as beside:
        told = beside.execute("SELECT icu_sort_key(road, 'zh') FROM unnest($1) AS t(road)", [roads]).fetchall()
    ranks = {at: key for at, (key,) in enumerate(told, 1)}
    there = [at for at in ranks if ranks[at] is not None]
    empty = [at for at in ranks if ranks[at] is None]
    with listing_over(rooms(*((None, road) for road in roads))) as listing:
        for descending in (False, True):
            question = ListingQuestion(ROOMS, END.date(), sort=(Sort("road", descending),))
            page = listing.page(question, len(roads))
            assert [ranks[at] for at in page[: len(there)]] == sorted((ranks[at] for at in there), reverse=descending)
            assert set(page[len(there) :]) == set(empty)
