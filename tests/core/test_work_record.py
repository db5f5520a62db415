"""Of the work record a brief tells what may be published, of its period, so much of each kind; what is left out is
counted."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shishi.core.work_record import PARAGRAPHS, WorkEntry, WorkKind, sentence, told

START, END = date(2021, 9, 1), date(2021, 9, 30)
OWN, BELOW = "34", "3418"


@st.composite
def entries(draw: st.DrawFn) -> WorkEntry:
    revision = draw(st.integers(1, 10**6))
    return WorkEntry(
        entry=UUID(int=revision),
        revision=revision,
        batch="batch",
        kind=draw(st.sampled_from(WorkKind)),
        held_on=START + timedelta(days=draw(st.integers(-5, 35))),
        subject="事项",
        body="单位",
        division=draw(st.sampled_from([OWN, BELOW])),
        place="",
        sentence=draw(st.sampled_from(["", "甲。", "乙。", "丙。", "丁。", "戊。"])),
        publish=draw(st.booleans()),
    )


RECORDS = st.lists(entries(), max_size=25, unique_by=lambda item: item.entry)


def eligible(item: WorkEntry) -> bool:
    return item.publish and START <= item.held_on <= END and bool(item.sentence)


@given(RECORDS, st.integers(0, 4))
def test_what_is_told_is_of_the_record_and_nothing_is_lost_without_being_counted(
    record: list[WorkEntry], most: int
) -> None:
    chosen = told(record, START, END, OWN, most)
    items = [item for paragraph in chosen.paragraphs for item in paragraph]
    assert all(item in record and eligible(item) for item in items)
    assert max(Counter(item.sentence for item in items).values(), default=1) == 1
    assert max(Counter(item.kind for item in items).values(), default=0) <= most
    assert len(items) + chosen.left_out == len({item.sentence for item in record if eligible(item)})


@given(RECORDS)
def test_measures_come_before_visits_before_publicity_each_in_the_order_of_days(record: list[WorkEntry]) -> None:
    kinds = [kind for group in PARAGRAPHS for kind in group]
    items = [item for paragraph in told(record, START, END, OWN, 9).paragraphs for item in paragraph]
    places = [(kinds.index(item.kind), item.held_on) for item in items]
    assert places == sorted(places)


@given(RECORDS, st.integers(1, 3))
def test_nothing_from_below_is_told_in_the_place_of_ones_own(record: list[WorkEntry], most: int) -> None:
    items = [item for paragraph in told(record, START, END, OWN, most).paragraphs for item in paragraph]
    shown = {item.sentence for item in items}
    for kind in {item.kind for item in items if item.division == BELOW}:
        own = [item for item in record if eligible(item) and item.division == OWN and item.kind is kind]
        assert all(item.sentence in shown for item in own)


@given(RECORDS, st.randoms())
def test_the_order_in_which_rows_come_says_nothing(record: list[WorkEntry], random: object) -> None:
    shuffled = list(record)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert told(shuffled, START, END, OWN, 2) == told(record, START, END, OWN, 2)


def test_a_sentence_stands_on_one_line_and_ends() -> None:
    assert sentence("赴两地调研，\n  现场研究；") == "赴两地调研，现场研究。"
    assert sentence("已办结。") == "已办结。"
    assert sentence(" ") == ""
