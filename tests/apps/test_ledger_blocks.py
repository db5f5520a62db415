"""What is typed and compared in blocks is what row by row, with the core's own functions, comes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shishi.apps.files.services import key_ring
from shishi.apps.ledger import services
from shishi.apps.ledger.models import RevisionRow
from shishi.apps.ledger.sealing import decode, key_of, seal, typed
from shishi.apps.ledger.selectors import batch_of, live
from shishi.apps.ledger.services import undo_batch
from shishi.apps.ledger.single_rows import withdraw_row
from shishi.core.checking import Place, RowContext, check_row, check_sheet
from shishi.core.errors import Refused
from shishi.core.evaluation import Moments
from shishi.core.ledger import Change, Held, Incoming, Mode, reconcile
from shishi.core.tables import Value
from shishi.core.values import CellFault, parse
from tests.apps.town import CITIZEN, DAY, ESTATES, HOMES, LANGXI, OTHER_CITIZEN, XUANZHOU, Town, home

pytestmark = pytest.mark.django_db

NUMBERS = [f"H{at}" for at in range(8)]
CELLS: Mapping[str, st.SearchStrategy[object]] = {
    "number": st.sampled_from([*NUMBERS, "h1 ", None]),
    "county": st.sampled_from([XUANZHOU, LANGXI, "宣州区", "北京", None]),
    "estate": st.sampled_from([None, "E1", "e1", "E9"]),
    "stage": st.sampled_from(["已列入", "已登记", "已发证", "没有", None]),
    "owner": st.sampled_from(["张三", " 李四 ", None]),
    "citizen": st.sampled_from([CITIZEN, OTHER_CITIZEN, "123", None]),
    "area": st.sampled_from(["88.50", 88.5, 88.555, "1e9", 600.0, None]),
    "issued_on": st.sampled_from(["2021-09-01", "2021年9月2日", 44469.0, "昨天", "2022-01-01", None]),
    "household": st.sampled_from(["户1", None]),
    "_explanation": st.sampled_from(["", "", "属实"]),
}
GOOD = {
    **CELLS,
    "number": st.sampled_from(NUMBERS),
    "county": st.just(XUANZHOU),
    "estate": st.sampled_from([None, "E1"]),
    "stage": st.sampled_from(["已列入", "已登记"]),
    "citizen": st.sampled_from([CITIZEN, OTHER_CITIZEN, None]),
    "area": st.sampled_from(["88.50", 88.5, 90.0, None]),
    "issued_on": st.sampled_from(["2021-09-01", None]),
}
HELD = {
    **{name: st.none() for name in CELLS},
    "number": st.sampled_from(["H0", "H1", "H2"]),
    "county": st.just(XUANZHOU),
    "estate": st.just("E1"),
    "stage": st.just("已列入"),
    "citizen": st.just(CITIZEN),
    "area": st.sampled_from(["88.50", 88.5]),
    "_explanation": st.sampled_from(["", "属实"]),
}
SHEETS = st.one_of(
    st.lists(
        st.fixed_dictionaries(HELD) | st.fixed_dictionaries(GOOD),
        min_size=1,
        max_size=6,
        unique_by=lambda row: str(row["number"]),
    ),
    st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=6),
)
DROPPED = st.sampled_from([(), (), ("area",), ("citizen", "household")])


class World:
    """What typing asks, answered plainly."""

    day = DAY

    def __init__(self) -> None:
        self._estates = {row.key: str(row.entry) for row in live(ESTATES.name, DAY)}

    def division(self, text: str) -> str:
        known = {XUANZHOU: XUANZHOU, LANGXI: LANGXI, "宣州区": XUANZHOU}
        if text not in known:
            raise CellFault("division_unknown", "没有。")
        return known[text]

    def entry_of(self, table: str, key: str) -> str | None:
        return self._estates.get(key.strip().upper())


Outcome = tuple[set[tuple[object, ...]], set[tuple[object, ...]]]


def plainly(rows: list[dict[str, object]], mode: Mode) -> Outcome:
    """Changes and faults by the core's functions, cell by cell and row by row."""
    world, cipher = World(), key_ring()
    held = _held()
    faults: set[tuple[object, ...]] = set()
    incoming: list[Incoming] = []
    sheet: list[tuple[dict[str, Value], Place]] = []
    names = [item.name for item in HOMES.fields if any(item.name in row for row in rows)]
    for number, row in enumerate(rows, 2):
        values: dict[str, Value] = {}
        for name in names:
            try:
                values[name] = parse(HOMES.by_name[name], row.get(name), world)
            except CellFault as fault:
                faults.add((fault.code, number, name))
                values[name] = None
        key = key_of(HOMES, values, cipher)
        before = held.get(key)
        whole = {**typed(HOMES, before.cells if before else {}), **values}  # type: ignore[arg-type]  # our own cells
        context = RowContext(Moments(DAY, None, None), Place(row=number), str(row["_explanation"]))
        faults |= {(issue.code, issue.row, issue.field) for issue in check_row(HOMES, whole, context)}
        sheet.append((values, Place(row=number)))
        if key:
            incoming.append(Incoming(key, seal(HOMES, values, cipher), "台账", number, str(row["_explanation"])))
    faults |= {(issue.code, issue.row, issue.field) for issue in check_sheet(HOMES, sheet)}
    unread = {fault[1:] for fault in faults if fault[0] != "required"}
    faults = {fault for fault in faults if fault[0] != "required" or fault[1:] not in unread}
    if mode is Mode.REPLACE:
        held = {key: row for key, row in held.items() if not row.live or row.cells["county"] == XUANZHOU}
    return _told(reconcile(held, incoming, mode)), faults


def _held() -> dict[str, Held]:
    last = {row.key: Held(row.entry, row.key, {}, live=False) for row in RevisionRow.objects.filter(table=HOMES.name)}
    now = {
        row.key: Held(row.entry, row.key, decode(row.cells), explanation=row.explanation)
        for row in live(HOMES.name, DAY)
    }
    return last | now


def _told(changes: tuple[Change, ...]) -> set[tuple[object, ...]]:
    return {
        (
            change.kind,
            change.key,
            tuple(sorted((name, str(cell) if isinstance(cell, list) else cell) for name, cell in change.cells.items())),
            change.held.entry if change.held else None,
            change.held.live if change.held else None,
            change.incoming.row if change.incoming else None,
        )
        for change in changes
    }


def in_blocks(town: Town, rows: list[dict[str, object]], mode: Mode) -> Outcome:
    try:
        got = town.hand_in(*rows, dry_run=True, mode=mode, division=XUANZHOU if mode is Mode.REPLACE else "")
    except Refused as refused:
        return set(), {(issue.code, issue.row, issue.field) for issue in refused.issues}
    return _told(got.changes), set()


@pytest.fixture(params=["looked up", "scanned"])
def lived_in(request: pytest.FixtureRequest, town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Rows that stand, one that was withdrawn, one that is true only later, one that was undone."""
    if request.param == "scanned":
        monkeypatch.setattr(services, "_most_are_asked_for", lambda table, size: True)
    town.hand_in({"code": "E1", "county": XUANZHOU, "name": "甲苑"}, table="estates")
    town.hand_in(*(home(f"H{at}", area="88.50", citizen=CITIZEN, estate="E1") for at in range(4)))
    town.hand_in(home("L1", county=LANGXI))
    withdraw_row(HOMES, {"number": "H3"}, as_of=DAY, reason="拆除", by=town.operator, at=town.tick())
    town.now += timedelta(days=3)
    town.hand_in(home("H4"), as_of=DAY + timedelta(days=1))
    undone = town.hand_in(home("H0", "registered"))
    undo_batch(batch_of(undone.batch), HOMES, reason="报错", by=town.operator, at=town.tick())
    return town


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=SHEETS, dropped=DROPPED, mode=st.sampled_from(Mode))
def test_blocks_say_what_rows_say(
    lived_in: Town, rows: list[dict[str, object]], dropped: tuple[str, ...], mode: Mode
) -> None:
    given_rows = [{name: cell for name, cell in row.items() if name not in dropped} for row in rows]
    changes, faults = in_blocks(lived_in, given_rows, mode)
    wanted, wrong = plainly(given_rows, mode)
    if mode is Mode.REPLACE:
        absent = {("column_missing", None, name) for name in dropped}
        outside = {fault for fault in faults if fault[0] == "division_outside"}
        wrong |= absent | outside
    assert faults == wrong
    if not faults:
        assert changes == wanted


def test_a_large_replacement_withdraws_what_it_leaves_out_and_nothing_elsewhere(town: Town) -> None:
    rows = [home(f"H{at:04}") for at in range(3000)]
    town.hand_in(*rows, home("L1", county=LANGXI))
    got = town.hand_in(*_whole(rows[:2500]), mode=Mode.REPLACE, division=XUANZHOU)
    assert (got.posted, got.revised, got.withdrawn) == (0, 0, 500)
    assert live(HOMES.name, DAY).count() == 2501
    assert not live(HOMES.name, DAY).filter(key="H2500").exists()


def _whole(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**dict.fromkeys(HOMES.by_name), **row} for row in rows]


def test_what_was_written_while_a_workbook_was_read_counts(lived_in: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and writing somebody else writes the same table: the workbook
    is compared with what stands then."""
    again = home("H1", "registered", area="88.50", citizen=CITIZEN, estate="E1")
    read_in, written = services.read_in, []

    def slowly(*words: object, **more: object) -> object:
        read = read_in(*words, **more)  # type: ignore[arg-type]  # they are passed on as they come
        if not written:
            written.append(True)
            monkeypatch.setattr(services, "read_in", read_in)
            withdraw_row(HOMES, {"number": "H1"}, as_of=DAY, reason="拆除", by=lived_in.operator, at=lived_in.tick())
        return read

    monkeypatch.setattr(services, "read_in", slowly)
    got = lived_in.hand_in(*_whole([again]))
    assert (got.posted, got.revised) == (1, 0)
