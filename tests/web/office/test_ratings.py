"""Bad ratings as officials answer them: looked into, put right, called back, rated once more; counted by body."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.audit.selectors import verify
from shishi.apps.cases.models import CaseRating, CaseRow
from shishi.apps.cases.pausing import reopen
from shishi.apps.cases.rated import RatingQuery, access_bad_ratings, rating_statistics
from shishi.apps.cases.rating import rate
from shishi.apps.cases.rating_loop import (
    assign_rating,
    correct_rating,
    feed_back_rating,
    loop_of,
    rate_again,
    verify_rating,
)
from shishi.apps.cases.waiting import waiting_for
from shishi.core.errors import Misuse, Refused
from tests.apps.case_town import REMEDY, CaseTown
from tests.web.office.test_cases import read, send

SignedIn = Callable[[str], Client]
LIST = "/cases/ratings/"


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> CaseTown:
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True, "created_at": "2021-09-01T00:00:00Z"}))
    made = CaseTown(own_folder, code_list)
    made.now = datetime.now(UTC) - timedelta(hours=6)
    return made


@pytest.fixture
def case(town: CaseTown) -> CaseRow:
    """A case that was refused and badly rated by who applied."""
    opened = town.open()
    town.papers(opened)
    town.accept(opened)
    town.review(opened, "refuse", basis="演示规定第七条", remedy=REMEDY, text="不合条件")
    rate(opened.uuid, 4, by=town.citizen, at=town.tick(), text="说得不清楚")
    return town.fresh(opened)


def page_of(case: CaseRow) -> str:
    return f"{LIST}{case.uuid}/"


def test_a_bad_rating_finds_somebody_to_answer_it_and_waits_for_them(town: CaseTown, case: CaseRow) -> None:
    rating = CaseRating.objects.get(case=case)
    assert (rating.assignee, rating.body) == (town.reviewer, "xuanzhou")
    (line,) = [item for item in waiting_for(town.reviewer, town.now) if item.page == "rating"]
    assert (line.verb, line.about, line.due) == ("核实", case.number, rating.verify_due)
    assert not [item for item in waiting_for(town.window, town.now) if item.page == "rating"]


def test_it_is_looked_into_put_right_and_called_back_on_its_page(
    town: CaseTown, case: CaseRow, signed_in: SignedIn
) -> None:
    reviewer, page = signed_in("reviewer"), page_of(case)
    assert case.number in read(reviewer, LIST)
    assert "说得不清楚" in read(reviewer, page)
    read(reviewer, f"{page}correct/", 404)
    for step, word in (("verify", "待核实"), ("correct", "待整改"), ("feed_back", "待回访")):
        assert word in read(reviewer, page)
        fields = {"text": f"{word}的情况", **({"way": "phone"} if step == "feed_back" else {})}
        assert send(reviewer, f"{page}{step}/", **fields) == page
    assert "已回访" in read(reviewer, page)
    read(reviewer, f"{page}verify/", 404)
    assert case.number not in read(reviewer, LIST)
    assert case.number in read(reviewer, f"{LIST}?stage=closed")
    assert "差评回访（电话）" in "\n".join(case.steps.values_list("text", flat=True))
    assert not [item for item in waiting_for(town.reviewer, town.tick()) if item.page == "rating"]
    assert verify().broken is None


def test_who_does_not_reach_the_case_knows_nothing_of_it(town: CaseTown, case: CaseRow, signed_in: SignedIn) -> None:
    far = signed_in("far")
    assert case.number not in read(far, f"{LIST}?stage=all")
    read(far, page_of(case), 404)
    read(far, f"{page_of(case)}verify/", 404)
    with pytest.raises(Misuse, match="没有"):
        verify_rating(case.number, "看过了", by=town.far, at=town.tick())
    assert "宣州区专班" not in read(far, f"{LIST}statistics/")


def test_it_is_given_to_a_colleague_by_who_has_it_or_looks_after_cases(town: CaseTown, case: CaseRow) -> None:
    with pytest.raises(Misuse):
        assign_rating(case.number, "window", by=town.window, at=town.tick())
    with pytest.raises(Misuse, match="没有办理"):
        assign_rating(case.number, "far", by=town.reviewer, at=town.tick())
    before = case.steps.count()
    given = [assign_rating(case.number, "window", by=town.reviewer, at=town.tick()) for _ in range(2)]
    assert {loop.assignee for loop in given} == {"window"}
    assert town.fresh(case).steps.count() == before + 1, "told twice is told once"
    assert [item.page for item in waiting_for(town.window, town.now)].count("rating") == 1
    assert assign_rating(case.number, "reviewer", by=town.window, at=town.tick()).assignee == "reviewer"
    last = case.steps.order_by("-position")[0]
    assert last.seen_by == "officials", "who answers is nothing to the applicant"


def test_who_rated_rates_the_answer_once_and_the_first_rating_stays(town: CaseTown, case: CaseRow) -> None:
    with pytest.raises(Refused, match="回访以后"):
        rate_again(case.number, 2, by=town.citizen, at=town.tick())
    verify_rating(case.number, "确实没有说清楚", by=town.reviewer, at=town.tick())
    correct_rating(case.number, "改了说明", by=town.reviewer, at=town.tick())
    feed_back_rating(case.number, "已改，请看", by=town.reviewer, at=town.tick())
    with pytest.raises(Misuse, match="只有申请人"):
        rate_again(case.number, 2, by=town.window, at=town.tick())
    first = rate_again(case.number, 2, by=town.citizen, at=town.tick(), text="这次清楚了")
    assert rate_again(case.number, 2, by=town.citizen, at=town.tick()) == first
    with pytest.raises(Refused, match="评价过"):
        rate_again(case.number, 1, by=town.citizen, at=town.tick())
    told = loop_of(town.citizen, case.number)
    assert told is not None
    assert (told.code, told.again, told.again_text) == (4, "满意", "这次清楚了")
    (line,) = rating_statistics(town.chief, town.now)
    assert (line.title, line.rated, line.bad, line.told, line.again, line.again_good) == ("宣州区专班", 1, 1, 1, 1, 1)
    assert (str(line.satisfied), str(line.called_back)) == ("0.0", "100.0")


def test_somebody_without_an_account_is_called_and_not_sent_a_message(town: CaseTown) -> None:
    opened = town.open(by=town.window, person=None, channel="window")
    town.window, giver = town.window, town.citizen
    town.citizen = town.window
    town.papers(opened)
    town.citizen = giver
    town.accept(opened)
    town.review(opened, "refuse", basis="演示规定第七条", remedy=REMEDY, text="不合条件")
    rate(opened.uuid, 5, by=town.window, at=town.tick())
    verify_rating(opened.number, "看过", by=town.reviewer, at=town.tick())
    correct_rating(opened.number, "改过", by=town.reviewer, at=town.tick())
    with pytest.raises(Misuse, match="没有账号"):
        feed_back_rating(opened.number, "说明", by=town.reviewer, at=town.tick())
    assert feed_back_rating(opened.number, "说明", by=town.reviewer, at=town.tick(), way="phone").closed


def test_what_was_not_answered_in_time_stands_first_and_is_counted(town: CaseTown, case: CaseRow) -> None:
    later = town.now + timedelta(days=20)
    asked = RatingQuery(late=True)
    assert access_bad_ratings(town.chief, town.now, asked).count == 0
    found = access_bad_ratings(town.chief, later, asked)
    assert [loop.number for loop in found.lines] == [case.number]
    assert found.lines[0].late(later)
    assert rating_statistics(town.chief, later)[0].late == 1
    assert rating_statistics(town.chief, later, since=later.date()) == ()


def test_a_case_done_again_is_rated_anew_and_the_old_rating_is_still_answered(town: CaseTown, case: CaseRow) -> None:
    reopen(case.uuid, "请重新办", by=town.citizen, at=town.tick())
    assert verify_rating(case.number, "看过了", by=town.reviewer, at=town.tick()).stage == "correct"
    assert access_bad_ratings(town.chief, town.now, RatingQuery(stage="correct", text=case.number)).count == 1


def test_a_leader_of_the_city_sees_every_body_and_no_names(town: CaseTown, case: CaseRow, signed_in: SignedIn) -> None:
    page = read(signed_in("chief"), f"{LIST}statistics/")
    assert "宣州区专班" in page
    assert "reviewer" not in page[page.index("<main") :]


def test_a_bare_reader_reads_no_case_but_the_counts(town: CaseTown, case: CaseRow, signed_in: SignedIn) -> None:
    town.person("watcher", "office", Role.SUPERVISOR, "3418")
    watcher = signed_in("watcher")
    read(watcher, LIST, 403)
    assert "宣州区专班" in read(watcher, f"{LIST}statistics/")
