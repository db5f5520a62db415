"""Verifications on pages: planned, drawn, checked by two people, estimated beside the reported figure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shishi.apps.accounts.roles import Role
from shishi.apps.assurance.drawn_rows import DrawnView, drawn_rows
from shishi.apps.assurance.verification_seen import VerificationView, verifications_for
from shishi.core.verification import Outcome
from tests.apps.check_workbooks import fill_in
from tests.apps.town import NAME, Town, home
from tests.web.conftest import SignedIn
from tests.web.verified import verify

LATER = datetime(2100, 1, 1, tzinfo=UTC)
NEW = f"/verifications/new/{NAME}/"
FORM = {"indicator": "issued", "as_of": "2021-09-30", "confidence": "0.95", "margin": "0.05", "minimum": "2"}


def read(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@pytest.fixture
def checked_town(lived_in: Town) -> Town:
    for name in ("va", "vb", "vc"):
        lived_in.person(name, "office", Role.SUPERVISOR, "3418")
    lived_in.hand_in(*(home(f"V{number}", "issued") for number in range(5)), by=lived_in.clerk())
    return lived_in


@pytest.fixture
def first(checked_town: Town, signed_in: SignedIn) -> Client:
    return signed_in("va")


def only(town: Town) -> VerificationView:
    (found,) = verifications_for(town.operator, at=LATER)
    return found


def rows(town: Town) -> tuple[DrawnView, ...]:
    from shishi.apps.accounts.selectors import person_named

    return drawn_rows(person_named("vc"), only(town).id, at=LATER)[1]


def drawn(town: Town, first: Client) -> str:
    first.post(NEW, FORM)
    address = f"/verifications/{only(town).id}/"
    first.post(f"{address}draw/", {})
    return address


def settle(town: Town, signed_in: SignedIn, refuted: int = 0) -> None:
    for place, row in enumerate(rows(town)):
        for name in ("va", "vb"):
            found = {"verdict": "refuted", "reason": "not_reached"} if place < refuted else {"verdict": "confirmed"}
            answered = signed_in(name).post(f"/verifications/rows/{row.id}/", found | {"visited_on": "2021-10-08"})
            assert answered.status_code == 302, read(answered)


def test_an_empty_list_says_what_to_do_next(first: Client) -> None:
    assert "新立方案" in read(first.get("/verifications/"))


def test_a_verification_walks_from_its_plan_to_the_estimate_beside_the_figure(
    checked_town: Town, first: Client, signed_in: SignedIn
) -> None:
    answered = first.post(NEW, FORM)
    address = answered["Location"]
    planned = read(first.get(address))
    assert only(checked_town).population in planned
    assert "下一步：抽取" in planned
    first.post(f"{address}draw/", {})
    under_way = read(first.get(address))
    assert "核实进展" in under_way
    assert only(checked_town).seed in under_way
    assert f"等我核实的 {only(checked_town).size} 行" in under_way
    settle(checked_town, signed_in, refuted=1)
    told = read(first.get(address))
    assert only(checked_town).estimate is not None
    assert "核实估计" in told
    assert "谁都可以复算" in told
    beside = read(first.get(f"/p/{NAME}/?as_of=2021-09-30&indicator=issued"))
    assert "核实估计" in beside
    assert "核实估计" not in read(first.get(f"/p/{NAME}/?as_of=2021-09-30&indicator=homes"))


def test_a_second_draw_is_told_and_changes_nothing(checked_town: Town, first: Client) -> None:
    address = drawn(checked_town, first)
    seed = only(checked_town).seed
    again = first.post(f"{address}draw/", {})
    assert again.status_code == 422
    assert "只能抽一次" in read(again)
    assert only(checked_town).seed == seed


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"verdict": "refuted"}, "选一个原因"),
        ({"verdict": "confirmed", "reason": "not_there"}, "不用选原因"),
        ({}, "请选择“现场看到的与填报的”"),
        ({"verdict": "confirmed", "visited_on": "2021-01-01"}, "到现场的日期"),
    ],
)
def test_a_result_that_is_filled_in_wrong_comes_back_with_the_way_out(
    checked_town: Town, first: Client, found: dict[str, str], told: str
) -> None:
    drawn(checked_town, first)
    answered = first.post(f"/verifications/rows/{rows(checked_town)[0].id}/", {"visited_on": "2021-10-08"} | found)
    assert answered.status_code == 422
    assert told in read(answered)


def test_who_reports_sees_neither_the_form_nor_the_rows_before_they_are_settled(
    checked_town: Town, first: Client, signed_in: SignedIn
) -> None:
    address = drawn(checked_town, first)
    row = rows(checked_town)[0]
    clerk = signed_in("clerk_xuanzhou")
    assert clerk.get(address).status_code == 200
    assert row.key not in read(clerk.get(f"{address}rows/"))
    assert clerk.get(f"/verifications/rows/{row.id}/").status_code == 404
    assert clerk.get("/verifications/mine/").status_code == 403
    assert clerk.post(f"{address}draw/").status_code == 403


def test_a_refuted_row_is_put_right_and_looked_at_again(checked_town: Town, first: Client, signed_in: SignedIn) -> None:
    drawn(checked_town, first)
    settle(checked_town, signed_in, refuted=1)
    (bad,) = [row for row in rows(checked_town) if row.outcome is Outcome.REFUTED]
    clerk = signed_in("clerk_guangde" if bad.division == "341882" else "clerk_xuanzhou")
    page = read(clerk.get(f"/verifications/rows/{bad.id}/"))
    assert "没有达到填报的阶段" in page
    assert "申请复核" in page
    clerk.post(f"/verifications/rows/{bad.id}/recheck/", {"text": "证已补发"})
    waiting = read(first.get("/verifications/mine/"))
    assert bad.key in waiting
    assert "证已补发" in waiting


def test_the_frozen_population_is_there_for_anybody_who_reads_the_whole(
    checked_town: Town, first: Client, signed_in: SignedIn
) -> None:
    address = drawn(checked_town, first)
    listed = first.get(f"{address}population.csv").content.decode("utf-8-sig").splitlines()
    assert listed[0] == "stratum,entry"
    assert len(listed) == 1 + only(checked_town).rows
    assert signed_in("clerk_xuanzhou").get(f"{address}population.csv").status_code in (403, 404)


def test_a_plan_over_what_counts_no_rows_cannot_be_chosen(checked_town: Town, first: Client) -> None:
    answered = first.post(NEW, FORM | {"indicator": "rate"})
    assert answered.status_code == 422
    assert verifications_for(checked_town.operator, at=LATER) == ()


def test_whoever_may_opens_every_page_of_a_settled_sample(lived_in: Town, signed_in: SignedIn) -> None:
    things = verify(lived_in)
    opened = {
        "/verifications/": "已完成的核实",
        f"/verifications/{things['verification']}/": "核实估计",
        f"/verifications/{things['verification']}/rows/?outcome=refuted": "核实不符",
        f"/verifications/rows/{things['drawn_refuted']}/": "还没有发证",
        f"/verifications/rows/{things['drawn_open']}/": "现场看到的",
        f"/verifications/{things['verification_planned']}/draw/": "只能一次",
        "/verifications/mine/": "正在核实",
    }
    for address, words in opened.items():
        page = signed_in("verifier_a").get(address)
        assert page.status_code == 200, address
        assert words in read(page)
    settled = read(signed_in("leader").get(f"/verifications/rows/{things['drawn_refuted']}/"))
    assert "还没有发证" in settled


def test_a_list_is_taken_along_and_handed_in_filled(lived_in: Town, signed_in: SignedIn, tmp_path: Path) -> None:
    going = verify(lived_in)["verification_going"]
    browser = signed_in("verifier_a")
    path = tmp_path / "清单.xlsx"
    path.write_bytes(browser.get(f"/verifications/{going}/sheet.xlsx").content)
    told = {"verdict": "属实", "visited_on": date(2021, 10, 8)}
    many = fill_in(path, {0: {"verdict": "不属实", "visited_on": date(2021, 10, 8)}}, told)
    address = f"/verifications/{going}/results/"
    with path.open("rb") as file:
        wrong = browser.post(address, {"file": file})
    assert wrong.status_code == 422
    assert "填“不属实”要选一个原因" in read(wrong)
    fill_in(path, {}, told)
    with path.open("rb") as file:
        assert browser.post(address, {"file": file}).status_code == 302
    assert f"记下 {many} 行结果" in read(browser.get(f"/verifications/{going}/"))
