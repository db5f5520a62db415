"""Figures by period on pages: entered, reviewed, accepted, returned, taken back, opened again; how complete it is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from shishi.apps.ledger.models import FillingRow
from shishi.web.office import viewing
from tests.apps.reporting_town import SUNDAY, WEEK, ReportingTown
from tests.web.conftest import SignedIn

PAGE = f"/reports/somewhere/2021/homes/metrics/{WEEK}/341802/"


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> ReportingTown:
    """The reporting town on its Sunday; every page opens a minute after the one before."""
    made = ReportingTown(own_folder, code_list)

    class Clock(datetime):
        """Tells the town's time."""

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # a clock for tests
            return made.tick()

    monkeypatch.setattr(viewing, "datetime", Clock)
    return made


@pytest.fixture
def clerk(town: ReportingTown, signed_in: SignedIn) -> Client:
    """宣州区's clerk."""
    return signed_in("clerk_xuanzhou")


def text_of(page: HttpResponse) -> str:
    """What somebody reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_it_goes_up_step_by_step(town: ReportingTown, clerk: Client, signed_in: SignedIn) -> None:
    assert "未报" in text_of(clerk.get(PAGE))
    sent = clerk.post(PAGE, {"users": "9700", "visits": "120"}, follow=True)
    assert "待审核" in text_of(sent)
    assert clerk.post(f"{PAGE}review/", {}).status_code in (403, 422)
    reviewed = signed_in("xuanzhou_reviewer").post(f"{PAGE}review/", {}, follow=True)
    assert "注册用户数 9700个" in text_of(reviewed)
    assert town.stated().state == "reviewed"
    accepted = signed_in("reviewer").post(f"{PAGE}accept/", {}, follow=True)
    assert "接收" in text_of(accepted)
    assert [level.name for level in town.stated().standing.accepted] == ["CITY"]


def test_faults_stand_at_their_field_and_nothing_typed_is_lost(town: ReportingTown, clerk: Client) -> None:
    page = clerk.post(PAGE, {"users": "九千", "visits": "120"})
    assert page.status_code == 422
    assert 'value="九千"' in page.content.decode()
    assert 'href="#id_users"' in page.content.decode()
    assert town.stated().state == "missing"


def test_how_long_a_form_was_open_is_measured_without_a_name_and_only_from_openings_that_we_signed(
    town: ReportingTown, clerk: Client
) -> None:
    page = clerk.get(PAGE).content.decode()
    opened = re.search(r'name="form_opened" value="([^"]+)"', page)
    assert opened is not None
    assert clerk.post(PAGE, {"users": "九千", "form_opened": opened[1]}).status_code == 422
    assert not FillingRow.objects.exists()
    clerk.post(PAGE, {"users": "9700", "form_opened": opened[1]})
    filling = FillingRow.objects.get()
    assert (filling.table, filling.seconds) == ("somewhere/2021/homes/metrics", 120)
    clerk.post(PAGE, {"users": "9800", "form_opened": f"2020-01-01T00:00:00+00:00:{'x' * 40}"})
    assert FillingRow.objects.count() == 1
    town.now += timedelta(hours=2)
    clerk.post(PAGE, {"users": "9900", "form_opened": opened[1]})  # it lay open
    assert FillingRow.objects.count() == 1


def test_it_comes_back_with_a_reason_and_is_entered_again(
    town: ReportingTown, clerk: Client, signed_in: SignedIn
) -> None:
    clerk.post(PAGE, {"users": "9700"})
    reviewer = signed_in("xuanzhou_reviewer")
    assert reviewer.post(f"{PAGE}return/", {}).status_code == 422
    reviewer.post(f"{PAGE}return/", {"reason": "与后台不符"})
    assert "与后台不符" in text_of(clerk.get(PAGE))
    assert "待审核" in text_of(clerk.post(PAGE, {"users": "9600"}, follow=True))


def test_who_sent_it_may_take_it_back(town: ReportingTown, clerk: Client) -> None:
    clerk.post(PAGE, {"users": "9700"})
    assert "已收回" in text_of(clerk.post(f"{PAGE}withdraw/", {}, follow=True))


def test_a_closed_period_is_opened_again_from_above(town: ReportingTown, clerk: Client, signed_in: SignedIn) -> None:
    town.through(users=9700)
    town.now = SUNDAY + timedelta(days=3)
    assert "截止" in text_of(clerk.get(PAGE))
    assert clerk.post(PAGE, {"users": "9800"}).status_code == 422
    told = {"reason": "漏了一个街道", "until": "2021-10-09T18:00"}
    opened = signed_in("reviewer").post(f"{PAGE}reopen/", told, follow=True)
    assert "漏了一个街道" in text_of(opened)
    assert "更正待审核" in text_of(clerk.post(PAGE, {"users": "9800"}, follow=True))


def test_a_period_tells_how_complete_it_is_and_what_waits_for_me(town: ReportingTown, signed_in: SignedIn) -> None:
    town.enter(users=9700)
    address = f"/reports/?table=somewhere/2021/homes/metrics&period={WEEK}"
    reviewer = signed_in("xuanzhou_reviewer")
    assert "审核轮到我的 1 个" in text_of(reviewer.get(address))
    told = {"table": "somewhere/2021/homes/metrics", "period": WEEK}
    assert "已办理 1 个" in text_of(reviewer.post("/reports/review/", told, follow=True))
    city = signed_in("reviewer")
    page = text_of(city.get(address))
    assert "齐全率 33.33 %" in page
    assert "接收轮到我的 1 个" in page
    city.post("/reports/accept/", told)
    assert "及时率 33.33 %" in text_of(city.get(address))


def test_nobody_reads_what_lies_beyond_their_reach(town: ReportingTown, signed_in: SignedIn) -> None:
    other = signed_in("clerk_langxi")
    assert other.get(PAGE).status_code == 404
    assert other.post(PAGE, {"users": "1"}).status_code == 404
