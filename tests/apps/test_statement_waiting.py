"""What statements ask of people, and which reports somebody owes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from shishi.apps.accounts.roles import Role
from shishi.apps.assurance.acceptance import return_statement
from shishi.apps.assurance.waiting import started_by, waiting_for
from shishi.apps.ledger.dues import owed_by
from shishi.apps.ledger.services import report_no_change
from shishi.apps.ledger.waiting import waiting_for as proposals_waiting
from shishi.apps.programmes.selectors import table_named
from shishi.core.waiting import Waiting
from tests.apps.reporting_town import NEXT_WEEK, SUNDAY, WEEK, ReportingTown
from tests.apps.town import GUANGDE, LANGXI, NAME, XUANZHOU, home

pytestmark = pytest.mark.django_db
HERE = ("somewhere", 2021, "homes", "metrics", WEEK)


@pytest.fixture
def town(own_folder: Path, code_list: Path) -> ReportingTown:
    return ReportingTown(own_folder, code_list)


def steps(town: ReportingTown, name: str) -> list[Waiting]:
    """What waits for them but for what they have to hand in."""
    return [item for item in waiting_for(town.who(name), town.now) if item.verb not in ("填报", "补报")]


def verbs(town: ReportingTown, name: str) -> list[str]:
    return [item.verb for item in steps(town, name)]


def test_a_statement_waits_for_the_next_of_its_way_up_and_for_nobody_else(town: ReportingTown) -> None:
    everybody = ("xuanzhou_reviewer", "langxi_reviewer", "reviewer", "province", "clerk_xuanzhou", "leader")
    town.enter(users=100)
    assert {name: verbs(town, name) for name in everybody if verbs(town, name)} == {"xuanzhou_reviewer": ["审核填报"]}
    town.review()
    waiting = {name: steps(town, name) for name in everybody}
    assert {name for name, found in waiting.items() if found} == {"reviewer", "leader"}
    (line,) = waiting["reviewer"]
    assert (line.verb, line.page, line.args) == ("接收填报", "report", (*HERE, "341802"))
    assert "已审核，市级未审" in line.about
    town.accept()
    assert {name: verbs(town, name) for name in everybody if verbs(town, name)} == {"province": ["接收填报"]}
    town.accept(by="province")
    assert not any(verbs(town, name) for name in everybody)


def test_a_form_is_told_once_and_not_as_a_proposal_too(town: ReportingTown) -> None:
    town.enter(users=100)
    assert proposals_waiting(town.who("xuanzhou_reviewer"), town.now) == ()


def test_nobody_is_asked_for_the_second_step_of_their_own_figures(town: ReportingTown) -> None:
    clerk = town.who("clerk_xuanzhou")
    town.enter(users=100)
    assert [item.verb for item in waiting_for(clerk, town.now) if item.verb == "审核填报"] == []
    assert started_by(clerk, town.now) == ()
    town.review()
    assert [item.about for item in started_by(clerk, town.now)] == ["2021-W38　宣州区　已审核，市级未审"]


def test_what_a_level_above_returned_waits_for_who_hands_in_with_the_reason(town: ReportingTown) -> None:
    town.through(users=100)
    told = {"by": town.who("reviewer"), "at": town.tick()}
    return_statement(town.calendar(), town.period(), XUANZHOU, reason="与后台不符", **told)
    (line,) = steps(town, "clerk_xuanzhou")
    assert line.verb == "重新填报"
    assert "与后台不符" in line.about
    assert verbs(town, "reviewer") == []
    town.enter(users=99)
    assert verbs(town, "clerk_xuanzhou") == []


def test_several_divisions_of_a_period_are_one_line_that_leads_to_all_of_them(town: ReportingTown) -> None:
    town.through(users=100)
    town.enter(county=LANGXI, by="clerk_langxi", users=50)
    town.review(WEEK, LANGXI, by="langxi_reviewer")
    (line,) = steps(town, "reviewer")
    assert (line.page, line.count) == ("reports", 2)
    assert dict(line.query) == {"table": f"{NAME}/metrics", "period": WEEK}
    assert "宣州区、郎溪县 2 个单位" in line.about


def test_periods_are_told_apart(town: ReportingTown) -> None:
    town.through(users=100)
    town.now = SUNDAY + timedelta(days=7)
    town.through(NEXT_WEEK, users=120)
    assert sorted(item.args[4] for item in steps(town, "reviewer")) == [WEEK, NEXT_WEEK]


def owed(town: ReportingTown, name: str) -> dict[str, tuple[str, int]]:
    """Table → the first period, and how many were missed."""
    found = owed_by(town.who(name), town.now)
    return {item.table.short: (item.period.label, item.missed) for item in found}


def test_a_report_is_asked_for_before_its_cut_off_and_owed_after_it(town: ReportingTown) -> None:
    assert owed(town, "clerk_xuanzhou")["metrics"] == ("2021-W37", 1)  # never reported: one is owed
    town.now = datetime(2021, 9, 26, 2, tzinfo=UTC)
    town.through(WEEK, users=100)
    assert "metrics" not in owed(town, "clerk_xuanzhou")
    town.now = datetime(2021, 9, 29, 2, tzinfo=UTC)  # Wednesday: the week closes on Sunday
    assert "metrics" not in owed(town, "clerk_xuanzhou")
    town.now = datetime(2021, 10, 1, 2, tzinfo=UTC)
    assert owed(town, "clerk_xuanzhou")["metrics"] == (NEXT_WEEK, 0)
    town.now = datetime(2021, 10, 13, 2, tzinfo=UTC)
    assert owed(town, "clerk_xuanzhou")["metrics"] == (NEXT_WEEK, 2)
    (line,) = [item for item in waiting_for(town.who("clerk_xuanzhou"), town.now) if item.title == "应用周报"]
    assert (line.verb, line.page, line.args[4:]) == ("补报", "report", (NEXT_WEEK, "341802"))
    assert line.overdue(town.now)
    assert "宣州区　2021-W39 至 2021-W40 共 2 期没有报，上次截至 2021-09-26" in line.about


def test_what_was_silent_for_long_is_one_line_that_asks_for_the_newest(town: ReportingTown) -> None:
    town.now = datetime(2021, 9, 26, 2, tzinfo=UTC)
    town.through(WEEK, users=100)
    town.now = datetime(2022, 9, 28, 2, tzinfo=UTC)
    (line,) = [item for item in waiting_for(town.who("clerk_xuanzhou"), town.now) if item.title == "应用周报"]
    assert "2021-W39 至 2022-W38 共 52 期没有报，上次截至 2021-09-26；先报最新一期" in line.about
    assert line.args[4:] == ("2022-W38", "341802")
    assert line.due is not None
    assert town.now - line.due < timedelta(days=7)


def test_figures_that_wait_for_their_review_are_not_asked_for_again(town: ReportingTown) -> None:
    town.enter(users=100)
    assert "metrics" not in owed(town, "clerk_xuanzhou")


def test_a_report_is_owed_by_who_hands_in_for_that_division_and_by_nobody_above(town: ReportingTown) -> None:
    town.person("city_clerk", "office", Role.CLERK, "3418")
    assert set(owed(town, "clerk_guangde")) == {"homes", "metrics", "since"}
    assert all(item.division == GUANGDE for item in owed_by(town.clerk("guangde"), town.now))
    assert owed(town, "city_clerk") == owed(town, "leader") == owed(town, "operator") == {}
    assert owed(town, "xuanzhou_reviewer") == {}  # may hand in, but looks over what others do


def test_a_workbook_or_saying_no_change_meets_the_due_and_undoing_it_owes_it_again(
    town: ReportingTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shishi.apps.ledger.services import undo_batch
    from tests.apps.town import read_rows

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    clerk = town.clerk()
    town.now = datetime(2021, 9, 30, 2, tzinfo=UTC)
    received = town.hand_in(home("X1"), as_of=date(2021, 9, 29), by=clerk)
    assert owed(town, "clerk_xuanzhou")["homes"] == ("2021-09-30", 0)
    programme, table = table_named("homes/homes")
    told = {"division": XUANZHOU, "units": [XUANZHOU], "by": clerk}
    same = report_no_change(programme, table, as_of=date(2021, 9, 30), at=town.tick(), **told)
    assert "homes" not in owed(town, "clerk_xuanzhou")
    undo_batch(same, table, reason="误报", by=clerk, at=town.tick())
    assert owed(town, "clerk_xuanzhou")["homes"] == ("2021-09-30", 0)
    assert received.batch is not None
