"""Three-way comparison of a row that comes back: laws that hold for any cells."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.cell_changes import ShownCell, ShownRow, cells_of, rebase, shown_row
from shishi.core.ledger import Change, Held, Incoming, RevisionKind

CELLS = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 2)))
ENTRY = UUID(int=1)


def laid(now: dict[str, int | None], wanted: dict[str, int | None], touched: frozenset[str]) -> dict[str, int | None]:
    """What is held after only the touched cells are written."""
    return {**now, **{name: wanted[name] for name in touched}}


@given(made=CELLS, now=CELLS, wanted=CELLS)
def test_what_the_sender_left_alone_keeps_what_is_held_now(
    made: dict[str, int | None], now: dict[str, int | None], wanted: dict[str, int | None]
) -> None:
    told = rebase(made, now, wanted)
    after = laid(now, wanted, told.touched)
    for name in "abcd":
        if name not in wanted or wanted[name] == made.get(name):
            assert after.get(name) == now.get(name)
        else:
            assert after[name] == wanted[name]


@given(made=CELLS, now=CELLS, wanted=CELLS)
def test_a_conflict_is_three_different_values_and_nothing_else(
    made: dict[str, int | None], now: dict[str, int | None], wanted: dict[str, int | None]
) -> None:
    different = {name for name, cell in wanted.items() if len({made.get(name), now.get(name), cell}) == 3}
    assert rebase(made, now, wanted).conflicts == different


@given(made=CELLS, wanted=CELLS)
def test_where_nobody_else_wrote_there_is_no_conflict(
    made: dict[str, int | None], wanted: dict[str, int | None]
) -> None:
    assert not rebase(made, made, wanted).conflicts


@given(made=CELLS, now=CELLS)
def test_a_row_that_comes_back_as_it_was_made_touches_nothing(
    made: dict[str, int | None], now: dict[str, int | None]
) -> None:
    assert not rebase(made, now, made).touched


def test_a_posted_row_has_only_new_cells_and_a_withdrawn_one_only_old() -> None:
    held = Held(ENTRY, "k", {"a": 1})
    posted = Change(RevisionKind.POSTED, "k", {"a": 1}, Held(ENTRY, "k", {"a": 9}, live=False), Incoming("k", {}))
    withdrawn = Change(RevisionKind.WITHDRAWN, "k", {}, held)
    revised = Change(RevisionKind.REVISED, "k", {"a": 1, "b": 2}, held)
    assert [(cell.now, cell.wanted) for cell in cells_of(posted, "ab")] == [(None, 1)]
    assert [(cell.now, cell.wanted) for cell in cells_of(withdrawn, "ab")] == [(1, None)]
    assert [(cell.field, cell.now, cell.wanted) for cell in cells_of(revised, "ba")] == [("b", None, 2)]


def test_what_is_shown_is_read_back_from_its_document() -> None:
    cells = (
        ShownCell("a", "甲", "C", "1", "2"),
        ShownCell("b", "乙", "", "", "3", ""),
        ShownCell("c", "丙", "D", "4", "", "5"),
    )
    row = ShownRow("revised", "k", "表", 7, cells)
    assert shown_row(row.document()) == row
    assert [cell.conflict for cell in row.cells] == [False, True, True]
