"""Listings: a person finds the rows that they may see, in the order and with the filters that they ask for."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.ledger.listing import Rows, rows_of
from shishi.apps.ledger.single_rows import withdraw_row
from shishi.apps.programmes.selectors import table_named
from shishi.core.errors import Misuse
from shishi.core.listing import RowsAsked, filter_of, group_of, sort_of
from tests.apps.town import CITIZEN, DAY, GUANGDE, HOMES, OTHER_CITIZEN, Town, home

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(town: Town) -> Town:
    town.hand_in({"code": "E1", "county": "341802", "name": "三里小区"}, table="estates")
    town.hand_in(
        home("X1", "issued", owner="张三", citizen=CITIZEN, area="80.50", estate="E1"),
        home("X2", owner="李四", area="120.00", citizen=OTHER_CITIZEN),
        home("X10", "registered", owner="单重庆", household="重庆路1号"),
        home("G1", county=GUANGDE, area="99.99"),
    )
    return town


def listed(town: Town, person: Person | None = None, *filters: str, table: str = "homes", **asked: Any) -> Rows:
    programme, found = table_named(table)
    told = {"as_of": DAY, "filters": tuple(filter_of(found, text) for text in filters), **asked}
    told["sort"] = tuple(sort_of(found, text) for text in asked.get("sort", ()))
    told["group"] = group_of(found, asked["group"]) if asked.get("group") else ""
    return rows_of(person or town.operator, programme, found, RowsAsked(**told), at=town.now)


def keys(rows: Rows) -> list[str]:
    return [row.key for row in rows.rows]


def test_rows_stand_by_division_then_key(filled: Town) -> None:
    assert keys(listed(filled)) == ["X1", "X10", "X2", "G1"]


def test_a_clerk_sees_and_counts_only_their_county(filled: Town) -> None:
    rows = listed(filled, filled.clerk("guangde"))
    assert (keys(rows), rows.total) == (["G1"], 1)
    assert rows.rows[0].editable
    assert not listed(filled, filled.leader).rows[0].editable


def test_who_has_no_reach_sees_nothing(filled: Town) -> None:
    rows = listed(filled, filled.clerk("langxi"))
    assert (rows.rows, rows.total) == ((), 0)


FOUND = {
    "stage=issued": ["X1"],
    "stage=已发证": ["X1"],
    "stage=issued|registered": ["X1", "X10"],
    "stage!=issued": ["X10", "X2", "G1"],
    "stage>=registered": ["X1", "X10"],
    "area>=99.99": ["X2", "G1"],
    "面积<=99.99": ["X1", "G1"],
    "area=": ["X10"],
    "area!=": ["X1", "X2", "G1"],
    "owner~三": ["X1"],
    "issued_on>=2021-09-01": ["X1"],
    f"citizen={CITIZEN}": ["X1"],
    "citizen@002x": ["X1"],
    "citizen@0014": ["X2"],
    "citizen@9999": [],
}
MEANINGLESS = {
    "stage": "filter_malformed",
    "colour=red": "unknown_field",
    "area>=many": "filter_unfit",
    "citizen~0010": "filter_unfit",
    "citizen@10": "filter_unfit",
    "owner@0010": "filter_unfit",
    "owner>=a": "filter_unfit",
}


def test_every_filter_finds_its_rows(filled: Town) -> None:
    assert {text: keys(listed(filled, None, text)) for text in FOUND} == FOUND


@pytest.mark.parametrize(("text", "code"), MEANINGLESS.items())
def test_a_filter_that_means_nothing_is_refused(text: str, code: str) -> None:
    with pytest.raises(Misuse) as wrong:
        filter_of(HOMES, text)
    assert wrong.value.code == code


def test_nobody_sorts_or_groups_by_what_is_hidden() -> None:
    for wrong in (lambda: sort_of(HOMES, "citizen"), lambda: group_of(HOMES, "owner")):
        with pytest.raises(Misuse):
            wrong()


def test_rows_are_sorted_with_the_empty_ones_last(filled: Town) -> None:
    assert keys(listed(filled, sort=("area",))) == ["X1", "G1", "X2", "X10"]
    assert keys(listed(filled, sort=("-area",))) == ["X2", "G1", "X1", "X10"]
    assert keys(listed(filled, sort=("-stage", "number"))) == ["X1", "X10", "G1", "X2"]


def test_groups_count_and_sum_exactly_in_the_order_of_the_list(filled: Town) -> None:
    rows = listed(filled, group="stage")
    told = [(group.text, group.rows, group.sums["area"]) for group in rows.groups]
    assert told == [("已列入", 2, Decimal("219.99")), ("已登记", 1, None), ("已发证", 1, Decimal("80.50"))]
    assert rows.sums["area"] == Decimal("300.49")


def test_a_page_of_groups_is_a_piece_of_all_rows_in_the_order_of_the_groups(filled: Town) -> None:
    whole = keys(listed(filled, group="stage", sort=("stage",)))
    assert whole == keys(listed(filled, sort=("stage",)))
    pages = [keys(listed(filled, group="stage", sort=("stage",), size=3, page=page)) for page in (1, 2)]
    assert [len(page) for page in pages] == [3, 1]
    assert [key for page in pages for key in page] == whole


def test_words_are_characters_pinyin_or_initials_and_all_must_be_there(filled: Town) -> None:
    homes = {"x1": ["X1", "X10"], "x1 10": ["X10"], "无此": []}
    assert {text: keys(listed(filled, text=text)) for text in homes} == homes
    for text in ("三里", "sanli", "slxq", "SanLi", "E1 sl"):
        assert keys(listed(filled, table="estates", text=text)) == ["E1"], text


def test_numbers_are_found_as_people_write_them_in_the_list_too(filled: Town) -> None:
    def keys(text: str) -> list[str]:
        return [row.key for row in listed(filled, text=text).rows]

    assert keys(CITIZEN) == keys(f"{CITIZEN[:6]} {CITIZEN[6:14]}-{CITIZEN[14:].lower()}") == ["X1"]
    assert keys(CITIZEN[-4:].lower()) == ["X1"]
    assert keys(OTHER_CITIZEN[-4:]) == ["X2"]
    assert keys("9999") == []


def test_texts_stand_as_in_a_dictionary_by_their_pinyin(filled: Town) -> None:
    filled.hand_in(home("X4", household="安庆路"), home("X5", household="广德路"), home("X6", household="郎溪路"))
    told = listed(filled, None, "household!=", sort=("household",))
    assert [row.cells["household"].text for row in told.rows] == ["安庆路", "重庆路1号", "广德路", "郎溪路"]
    filled.hand_in(home("X7", household="绩溪路"))
    told = listed(filled, None, "household!=", sort=("household",))
    assert [row.cells["household"].text for row in told.rows][2:4] == ["广德路", "绩溪路"]
    back = listed(filled, None, "household!=", sort=("-household",))
    assert [row.key for row in back.rows] == [row.key for row in told.rows][::-1]
    assert [item.text for item in listed(filled, None, "household!=", group="household").groups][:3] == [
        "安庆路",
        "重庆路1号",
        "广德路",
    ]


def test_pages_follow_each_other_and_end(filled: Town) -> None:
    pages = [keys(listed(filled, size=3, page=page)) for page in (1, 2)]
    assert pages == [["X1", "X10", "X2"], ["G1"]]
    with pytest.raises(Misuse) as wrong:
        listed(filled, size=3, page=3)
    assert wrong.value.code == "no_such_page"


def test_the_far_end_is_reached_from_behind(filled: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shishi.adapters.engines.listing.FARTHEST", 1)
    assert keys(listed(filled, size=1, page=4, sort=("area",))) == ["X10"]
    filled.hand_in(*(home(f"Y{number}") for number in range(4)))
    with pytest.raises(Misuse) as wrong:
        listed(filled, size=1, page=4)
    assert wrong.value.code == "page_too_far"


def test_what_is_written_is_on_the_next_page_at_once(filled: Town) -> None:
    assert listed(filled, None, "stage=issued").total == 1
    filled.hand_in(home("X2", "issued"), home("X5", "issued", area="1.00"))
    assert keys(listed(filled, None, "stage=issued")) == ["X1", "X2", "X5"]
    _, table = table_named("homes")
    withdraw_row(table, {"number": "X1"}, as_of=DAY, reason="拆除", by=filled.operator, at=filled.tick())
    assert keys(listed(filled, None, "stage=issued")) == ["X2", "X5"]


def test_a_name_that_changes_is_found_by_its_new_sound(filled: Town) -> None:
    assert keys(listed(filled, table="estates", text="sanli")) == ["E1"]
    filled.hand_in({"code": "E1", "county": "341802", "name": "五里小区"}, table="estates")
    assert keys(listed(filled, table="estates", text="sanli")) == []
    assert keys(listed(filled, table="estates", text="wuli")) == ["E1"]


def test_yesterday_stays_what_it_was(filled: Town) -> None:
    before, known = DAY - timedelta(days=1), filled.now
    assert listed(filled, as_of=before).total == 0
    filled.hand_in(home("X1", "registered"), as_of=DAY)
    assert keys(listed(filled, None, "stage=issued", known_at=known)) == ["X1"]
    assert keys(listed(filled, None, "stage=issued")) == []
    filled.hand_in(home("X7"), as_of=before)
    assert keys(listed(filled, as_of=before)) == ["X7"]


def test_cells_are_shown_as_people_read_them(filled: Town) -> None:
    row = listed(filled, None, "number=X1").rows[0]
    assert row.cells["stage"].text == "已发证"
    assert (row.cells["county"].text, row.cells["county"].raw) == ("宣州区", "341802")
    assert row.cells["estate"].text == "E1"
    assert (row.cells["owner"].text, row.cells["owner"].raw) == ("张*", "")
    assert "19491231" not in row.cells["citizen"].text


def test_a_future_day_is_today(filled: Town) -> None:
    assert listed(filled, as_of=date(2021, 12, 31)).total == 4
