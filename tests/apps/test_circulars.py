"""Circulars: the ranking that they freeze, who may take which step, what goes out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest

from shishi.apps.accounts.models import Person
from shishi.apps.audit import selectors as audit
from shishi.apps.documents.checking import check_citations
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.messages.selectors import inbox_of
from shishi.apps.supervision.circular_document import circular_document
from shishi.apps.supervision.circulars import (
    circular_paper,
    circulars_issued,
    draft_circular,
    issue_circular,
    reword_circular,
    sign_circular,
    withdraw_circular,
)
from shishi.apps.supervision.circulars_seen import circular_seen, circulars_for
from shishi.apps.supervision.stocktake import run_day
from shishi.core.blocks import Grid, text_of
from shishi.core.circulars import CircularState
from shishi.core.citations import Aspect, citations_of
from shishi.core.errors import Misuse
from tests.apps.town import DAY, GUANGDE, LANGXI, NAME, Town, home

pytestmark = pytest.mark.django_db


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Misuse) as caught:
        yield
    assert caught.value.code == code


@pytest.fixture
def looked(town: Town) -> Town:
    """宣州区 and 郎溪县 report today, 广德市 only the day before."""
    before = town.now - timedelta(days=1)
    town.hand_in(home("G1", "issued", county=GUANGDE), as_of=date(2021, 9, 29), at=before, by=town.clerk("guangde"))
    town.hand_in(home("X1", "issued"), home("X2", "issued"), by=town.clerk())
    town.hand_in(home("L1", county=LANGXI), by=town.clerk("langxi"))
    run_day("homes", DAY, demonstration=True, by=town.operator, at=town.now + timedelta(hours=10))
    town.now += timedelta(hours=10)
    return town


def drafted(town: Town) -> str:
    return str(draft_circular(NAME, DAY, by=town.leader, at=town.tick()).id)


def test_it_ranks_who_reported_and_names_the_others_apart(looked: Town) -> None:
    view = circular_seen(looked.leader, drafted(looked), at=looked.tick())
    reckoning = Reckoning(looked.leader, Asked(NAME, view.as_of, view.known_at), looked.now)
    document = circular_document(view, reckoning)
    (grid,) = (block for block in document.blocks if isinstance(block, Grid))
    assert [(text_of(row[0]), text_of(row[1])) for row in grid.rows] == [("1", "宣州区"), ("2", "郎溪县")]
    told = "".join(run.text for block in document.blocks for run in getattr(block, "runs", ()))
    assert "下列单位当期未报，不参加排名：广德市（最近一次为2021年9月29日）。" in told
    assert "演示" not in view.title
    assert view.demonstration is False


def test_every_place_is_cited_and_can_be_computed_again(looked: Town) -> None:
    circular = drafted(looked)
    sign_circular(circular, by=looked.leader, at=looked.tick())
    view = issue_circular(circular, by=looked.leader, at=looked.tick())
    assert view.number == "通报〔2021〕1号"
    files = circular_paper(circular, by=looked.leader, at=looked.tick())
    cited = citations_of(files.citations)
    assert [(item.division, item.printed) for item in cited if item.aspect is Aspect.PLACE] == [
        ("341802", "1"),
        ("341821", "2"),
    ]
    assert all(item.holds for item in check_citations(cited, looked.leader, looked.now))
    assert circulars_issued(view.title, view.number, "2021-09-30") == (files.citations,)
    assert files.pdf.startswith(b"%PDF")


def test_later_news_changes_the_place_now_and_never_the_one_that_went_out(looked: Town) -> None:
    circular = drafted(looked)
    sign_circular(circular, by=looked.leader, at=looked.tick())
    issue_circular(circular, by=looked.leader, at=looked.tick())
    before = circular_paper(circular, by=looked.leader, at=looked.tick())
    more = [home(f"L{number}", "issued", county=LANGXI) for number in range(2, 9)]
    looked.hand_in(*more, by=looked.clerk("langxi"))
    after = circular_paper(circular, by=looked.leader, at=looked.tick())
    assert (after.pdf, after.citations) == (before.pdf, before.citations)
    checked = check_citations(citations_of(after.citations), looked.leader, looked.tick())
    assert all(item.holds for item in checked)
    assert any(item.changed for item in checked if item.citation.aspect is Aspect.PLACE)


def test_it_is_signed_by_a_leader_and_again_after_its_words_were_changed(looked: Town) -> None:
    circular = drafted(looked)
    with refused("circular_step_not_allowed"):
        issue_circular(circular, by=looked.leader, at=looked.tick())
    sign_circular(circular, by=looked.leader, at=looked.tick())
    words = {"title": "通报", "opening": "现将情况通报如下。", "requirement": "请抓紧。"}
    view = reword_circular(circular, **words, by=looked.leader, at=looked.tick())
    assert (view.state, view.title) == (CircularState.DRAFT, "通报")
    with refused("circular_step_not_allowed"):
        issue_circular(circular, by=looked.leader, at=looked.tick())
    assert audit.verify().broken is None


def visible(person: Person, at: datetime) -> list[str]:
    return [item.number for item in circulars_for(person, at=at)]


def test_a_draft_is_the_issuers_own_and_what_went_out_is_told_to_every_lead(looked: Town) -> None:
    circular = drafted(looked)
    assert visible(looked.clerk(), looked.tick()) == []
    with refused("unknown_circular"):
        circular_seen(looked.clerk(), circular, at=looked.tick())
    with refused("out_of_reach"):
        draft_circular(NAME, DAY, by=looked.clerk(), at=looked.tick())
    sign_circular(circular, by=looked.leader, at=looked.tick())
    number = issue_circular(circular, by=looked.leader, at=looked.tick()).number
    for county in ("xuanzhou", "langxi", "guangde"):
        assert visible(looked.clerk(county), looked.tick()) == [number]
        assert any(number in item.subject for item in inbox_of(looked.clerk(county)))
    with refused("circular_reason_missing"):
        withdraw_circular(circular, " ", by=looked.leader, at=looked.tick())
    assert withdraw_circular(circular, "数字有误", by=looked.leader, at=looked.tick()).number == number


def test_there_is_no_circular_without_a_stocktake_and_one_draft_of_it(looked: Town) -> None:
    with refused("no_look"):
        draft_circular(NAME, date(2021, 9, 28), by=looked.leader, at=looked.tick())
    with refused("unknown_indicator"):
        draft_circular(NAME, DAY, by=looked.leader, at=looked.tick(), indicator="nothing")
    assert drafted(looked) == drafted(looked)
