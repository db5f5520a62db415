"""A second hand types as the first one does, and nothing is lost when it can't."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.spreadsheets.base import Block, column_letter
from shishi.apps.files.services import key_ring
from shishi.apps.ledger import intake
from shishi.apps.ledger.intake import HandIn, Typing
from shishi.apps.ledger.standing import Standing
from shishi.apps.ledger.typist import Typist, typed_by
from shishi.apps.programmes.selectors import tables
from tests.apps.town import CITIZEN, DAY, HOMES, LANGXI, PROGRAMME, XUANZHOU, Town, home

pytestmark = pytest.mark.django_db
MANY, EACH = 12, 5


@pytest.fixture
def estates(town: Town) -> Town:
    town.hand_in(*({"code": f"E{at}", "county": XUANZHOU, "name": "苑"} for at in range(MANY)), table="estates")
    return town


def blocks() -> Iterator[Block]:
    """Rows of every kind: divisions by code and by name, sealed numbers, rows of another table, masks, every fault."""
    for number in range(MANY):
        rows = [
            home(
                f"H{number}-{at}",
                county=(XUANZHOU, LANGXI, "宣州区", None, "北京" if number % 2 else LANGXI)[at],
                estate=f"e{number}" if at else "没有",
                citizen=CITIZEN if at % 2 else "123",
                area=(88.5, "1e9", 88.555, "90", None)[at],
            )
            for at in range(EACH)
        ]
        letters = {item.name: column_letter(at) for at, item in enumerate(HOMES.fields)}
        columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in letters}
        yield Block("台账", letters, range(2 + number * EACH, 2 + (number + 1) * EACH), columns)


def typed(town: Town, rows: int) -> Typing:
    hand_in = HandIn(PROGRAMME, HOMES, Path("报送.xlsx"), DAY)
    with closing(Typing(hand_in, tables(), key_ring(), Standing(HOMES.name, DAY))) as typing:
        typing.expect(rows)
        for block in blocks():
            typing.take(block)
        typing.finish()
    return typing


def told(typing: Typing) -> list[object]:
    return [
        *typing.issues,
        *((block.keys, block.documents, block.fingerprints, block.plain, block.look) for block in typing.rows.blocks),
        *((row.values, row.place, row.masked) for row in typing.rows),
    ]


def test_two_hands_type_what_one_types_and_in_the_same_order(estates: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = typed(estates, rows=0)
    by_another: list[bool] = []
    monkeypatch.setattr(Typist, "is_welcome", staticmethod(lambda: True))
    monkeypatch.setattr(intake, "MANY_TO_TYPE", 1)
    monkeypatch.setattr(
        intake, "typed_by", lambda future: (found := typed_by(future), by_another.append(found is not None))[0]
    )
    assert told(typed(estates, rows=1)) == told(alone)
    assert any(by_another), "the second hand typed nothing"
    assert {issue.code for issue in alone.issues} >= {"division_unknown", "too_many_decimals", "reference_unknown"}


def test_a_block_that_asks_for_what_was_not_told_goes_back(estates: Town) -> None:
    with closing(Typist(HOMES, DAY, key_ring(), {}, {})) as typist:
        assert (future := typist.ask(next(blocks()))) is not None
        assert typed_by(future) is None


def test_a_second_hand_that_dies_loses_no_row(estates: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = typed(estates, rows=0)
    asked = Typist.ask

    def ask_and_kill(self: Typist, block: Block | None) -> object:
        future = asked(self, block)
        for process in list(self._pool._processes):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return future

    monkeypatch.setattr(Typist, "is_welcome", staticmethod(lambda: True))
    monkeypatch.setattr(intake, "MANY_TO_TYPE", 1)
    monkeypatch.setattr(Typist, "ask", ask_and_kill)
    assert told(typed(estates, rows=1)) == told(alone)
