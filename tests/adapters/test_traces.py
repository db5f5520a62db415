"""Traces: whatever holds a part has its trace, and what is found with traces is what is found without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.adapters.engines import traces
from shishi.adapters.engines.listing_sql import ListingQuestion
from shishi.adapters.engines.traces import trace_of
from shishi.core.criteria import All, Compare, Operator
from tests.adapters.ledger_worlds import END
from tests.adapters.test_listing import ROOMS, lawful, listing_over, rooms

TEXTS = st.text("aAé7安庆路 \x00'", max_size=8)


@pytest.fixture(autouse=True)
def of_few_rows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shishi.adapters.engines.listed_rows.WORTH_IT", 0)


@lawful
@given(TEXTS, TEXTS, TEXTS)
def test_a_text_has_the_trace_of_each_of_its_parts(before: str, part: str, after: str) -> None:
    assert trace_of(before + part + after) & trace_of(part) == trace_of(part)


@lawful
@given(st.lists(TEXTS, max_size=6), st.integers(0, 3))
def test_many_texts_have_at_once_the_traces_that_each_has_alone(texts: list[str], cut: int) -> None:
    held = pa.array(texts, pa.string())[cut:]
    assert traces._traces(held).to_pylist() == [trace_of(text) for text in texts[cut:]]
    assert traces._traces(pa.chunked_array([held, held])).to_pylist() == [trace_of(text) for text in texts[cut:]] * 2


def questions(part: str) -> Iterator[ListingQuestion]:
    asked = ListingQuestion(ROOMS, END.date())
    yield replace(asked, where=All((Compare("road", Operator.CONTAINS, part),)))
    if part.split():
        yield replace(asked, words=tuple(part.split()))


@lawful
@given(st.lists(st.none() | TEXTS, min_size=1, max_size=6), TEXTS.filter(bool), st.lists(st.none() | TEXTS, max_size=3))
def test_what_holds_a_part_is_found_and_nothing_else_while_the_ledger_grows(
    roads: list[str | None], part: str, later: list[str | None]
) -> None:
    source = rooms(*((None, road) for road in roads))
    with listing_over(source) as listing:
        for held in (roads, [*roads, *later]):
            source.held = rooms(*((None, road) for road in held)).held
            for question in questions(part):
                words = [word.lower() for word in question.words]
                wanted = {
                    at
                    for at, road in enumerate(held, 1)
                    if (
                        all(word in f"r{at} {(road or '').lower()}" for word in words)
                        if words
                        else part in (road or "")
                    )
                }
                assert set(listing.page(question, 100)) == wanted
                assert listing.total(question).rows == len(wanted)
