"""Figures that divisions state for periods: reviewed, accepted up the levels, locked, counted, not contradicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import docx
import pytest
from django.db import DatabaseError, transaction

from shishi.apps.assurance.acceptance import accept, acceptable, return_statement, reviewable, withdraw
from shishi.apps.assurance.services import mark_rows
from shishi.apps.audit.models import AuditEvent
from shishi.apps.audit.selectors import verify
from shishi.apps.files.services import content_of
from shishi.apps.indicators.completeness import completeness
from shishi.apps.ledger.models import Reopening, RevisionRow
from shishi.apps.ledger.periods import reopen
from shishi.apps.ledger.services import Received, undo_batch
from shishi.apps.supervision.finding import findings_at
from shishi.apps.supervision.stocktake import run_day
from shishi.conf.wiring import wire
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.citations import citations_of
from shishi.core.divisions import Level
from shishi.core.errors import Misuse, Refused
from shishi.core.findings import FindingKind
from shishi.core.statements import StatementState
from tests.apps.reporting_town import METRICS, NEXT_WEEK, PLAN, SINCE, WEEK, ReportingTown
from tests.apps.town import GUANGDE, LANGXI, NAME, XUANZHOU

LATER = timedelta(days=2)


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> ReportingTown:
    return ReportingTown(own_folder, code_list)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises((Misuse, Refused)) as told, transaction.atomic():
        call()
    return told.value.issues[0].code


def users(town: ReportingTown, division: str, as_of: date = date(2021, 9, 26)) -> Decimal | None:
    return town.value("users", division, as_of=as_of)


def test_a_statement_goes_up_step_by_step_each_by_another_named_person(town: ReportingTown) -> None:
    seen = [town.stated().told]
    town.enter(users=100, new_users=5, visits=900)
    seen.append(town.stated().told)
    town.review()
    seen.append(town.stated().told)
    town.accept()
    seen.append(town.stated().told)
    town.accept(by="province")
    seen.append(town.stated().told)
    assert seen == ["未报", "待审核", "已审核，市级未审", "市级已接收，省级未审", "已接收"]
    people = [(item.action.value, item.person) for item in town.stated().standing.history]
    assert people == [
        ("submit", "clerk_xuanzhou"),
        ("review", "xuanzhou_reviewer"),
        ("accept", "reviewer"),
        ("accept", "province"),
    ]
    assert verify().broken is None


def test_nothing_reaches_the_ledger_before_its_review_and_the_form_is_its_paper(town: ReportingTown) -> None:
    town.enter(users=100)
    assert RevisionRow.objects.filter(table=METRICS.name).count() == 0
    assert users(town, XUANZHOU) is None
    town.review()
    (row,) = RevisionRow.objects.filter(table=METRICS.name)
    assert (row.batch.door, row.sheet, row.row, row.division) == ("form", "填报", 1, XUANZHOU)
    assert row.cells["stated_on"] == "2021-09-26"
    assert users(town, XUANZHOU) == 100


def test_nobody_takes_two_steps_skips_a_level_or_acts_beyond_their_reach(town: ReportingTown) -> None:
    town.enter(users=100)
    assert code_of(lambda: town.review(by="clerk_xuanzhou")) == "same_person"
    assert code_of(lambda: town.review(by="langxi_reviewer")) == "out_of_reach"
    assert code_of(town.accept) == "statement_step_not_allowed"
    town.review()
    assert code_of(lambda: town.accept(by="xuanzhou_reviewer")) == "out_of_reach"
    town.accept()
    assert code_of(town.accept) == "out_of_reach"
    assert town.stated().standing.next_level is Level.PROVINCE


def test_a_reviewer_of_the_city_who_reviewed_for_the_county_does_not_accept_too(town: ReportingTown) -> None:
    town.enter(users=100)
    town.review(by="reviewer")
    assert code_of(town.accept) == "same_person"
    town.accept(by="leader")
    assert town.stated().standing.accepted == (Level.CITY,)


def test_the_sender_withdraws_what_is_not_reviewed_and_enters_anew(town: ReportingTown) -> None:
    town.enter(users=100)
    calendar, period = town.calendar(), town.period()
    assert code_of(lambda: town.enter(users=101, by="reviewer")) == "already_submitted"
    town.enter(users=101)
    assert town.stated().waiting is not None
    withdraw(calendar, period, XUANZHOU, by=town.who("clerk_xuanzhou"), at=town.tick())
    assert town.stated().state is StatementState.WITHDRAWN
    town.through(users=102)
    assert users(town, XUANZHOU) == 102


def test_a_refused_second_entry_leaves_the_first_waiting(town: ReportingTown) -> None:
    town.enter(users=100)
    assert code_of(lambda: town.enter(users="许多")) != ""
    waiting = town.stated().waiting
    assert waiting is not None
    assert waiting.state == "open"


def test_what_is_returned_names_its_reason_and_comes_again(town: ReportingTown) -> None:
    town.enter(users=100)
    calendar, period = town.calendar(), town.period()
    reviewer = town.who("xuanzhou_reviewer")
    back = {"by": reviewer, "at": town.tick()}
    assert code_of(lambda: return_statement(calendar, period, XUANZHOU, reason=" ", **back)) == "reason_missing"
    return_statement(calendar, period, XUANZHOU, reason="与后台不符", **back)
    assert (town.stated().state, town.stated().reason) == (StatementState.RETURNED, "与后台不符")
    town.through(users=120)
    return_statement(calendar, period, XUANZHOU, reason="请再核", by=town.who("reviewer"), at=town.tick())
    assert (town.stated().state, town.stated().reason) == (StatementState.RETURNED, "请再核")
    assert code_of(town.accept) == "statement_step_not_allowed"
    town.through(users=121)
    assert town.stated().told == "已审核，市级未审"
    town.accept()


def test_new_figures_for_an_accepted_period_must_be_accepted_again(town: ReportingTown) -> None:
    town.through(users=100)
    town.accept()
    town.enter(users=103)
    assert town.stated().told.endswith("更正待审核")
    assert code_of(lambda: town.accept(by="province")) == "correction_waiting"
    town.review()
    assert town.stated().standing.accepted == ()
    assert users(town, XUANZHOU) == 103


def test_many_are_accepted_at_once_all_or_none(town: ReportingTown) -> None:
    town.through(users=100)
    town.enter(users=50, county=LANGXI, by="clerk_langxi")
    calendar, period, reviewer = town.calendar(), town.period(), town.who("reviewer")
    assert reviewable(calendar, period, by=reviewer, at=town.now) == ()
    assert reviewable(calendar, period, by=town.who("langxi_reviewer"), at=town.now) == (LANGXI,)
    assert code_of(lambda: town.accept(WEEK, XUANZHOU, LANGXI)) == "statement_step_not_allowed"
    assert town.stated().standing.accepted == ()
    town.review(WEEK, LANGXI, by="langxi_reviewer")
    assert acceptable(calendar, period, by=reviewer, at=town.now) == (XUANZHOU, LANGXI)
    assert acceptable(calendar, period, by=town.who("province"), at=town.now) == ()
    assert len(accept(calendar, period, (XUANZHOU, LANGXI), by=reviewer, at=town.tick())) == 2
    assert acceptable(calendar, period, by=town.who("province"), at=town.now) == (XUANZHOU, LANGXI)


def test_marks_of_acceptance_are_not_given_by_the_door_of_evidence(town: ReportingTown) -> None:
    town.through(users=100)
    row = RevisionRow.objects.get(table=METRICS.name)
    asked = {"effective_on": row.effective_on, "note": "", "by": town.operator, "at": town.tick()}
    assert code_of(lambda: mark_rows(METRICS, "accepted_city", Basis.VERIFIED, [row.key], **asked)) == "unknown_group"


def test_unreviewed_and_unaccepted_are_told_apart_from_missing(town: ReportingTown) -> None:
    town.through(users=100)
    town.enter(users=50, county=LANGXI, by="clerk_langxi")
    figure = town.figures(division="3418", as_of=date(2021, 9, 26))["users", "3418"]
    told = figure.reporting
    assert (figure.value, told.due, told.received, told.waiting, told.unaccepted) == (100, 3, 1, 1, 1)
    own = town.figures(division=XUANZHOU, as_of=date(2021, 9, 26))["users", XUANZHOU].reporting
    assert (own.waiting, own.unaccepted) == (0, 0)
    town.accept()
    assert town.figures(division="3418", as_of=date(2021, 9, 26))["users", "3418"].reporting.unaccepted == 0


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_where_only_accepted_figures_count_each_level_counts_what_it_accepted(
    db: None, own_folder: Path, code_list: Path, engine: str
) -> None:
    town = ReportingTown(own_folder, code_list, replace(PLAN, only_accepted=True))
    day = date(2021, 9, 26)

    def seen() -> list[Decimal | None]:
        return [town.value("users", code, as_of=day, engine=engine) for code in (XUANZHOU, "3418")]

    town.through(users=100)
    assert seen() == [100, None]
    town.accept()
    before = town.now
    assert seen() == [100, 100]
    town.through(users=107)
    assert seen() == [107, None]
    assert town.value("users", "3418", as_of=day, known_at=before, engine=engine) == 100
    town.accept()
    assert seen() == [107, 107]


def test_the_form_refuses_periods_of_another_kind_and_of_the_future(town: ReportingTown) -> None:
    for text, code in {
        "2021-09": "period_kind_wrong",
        "2021-W40": "period_in_future",
        "第三十八周": "period_malformed",
        "自开展以来": "period_kind_wrong",
    }.items():
        assert code_of(lambda text=text: town.enter(text, users=1)) == code
    with pytest.raises(Misuse, match="2021-W35、2021-W36"):
        town.period("2021-09")


def test_the_form_names_what_may_be_filled_in(town: ReportingTown) -> None:
    with pytest.raises(Misuse, match="users（注册用户数）") as told:
        town.enter(homes=3)
    assert told.value.code == "unknown_field"
    assert code_of(lambda: town.enter(stated_on="2021-09-01", users=1)) == "unknown_field"
    town.enter(注册用户数=7)


def test_a_running_total_does_not_fall_and_a_query_passes_with_its_reason(town: ReportingTown) -> None:
    town.through(users=100, visits=900)
    town.now += timedelta(days=7)
    assert code_of(lambda: town.enter(NEXT_WEEK, users=99, visits=900)) == "total_fell"
    assert code_of(lambda: town.enter(NEXT_WEEK, users=100, visits=800)) == "query_unexplained"
    town.enter(NEXT_WEEK, users=100, visits=800, explain="统计口径剔除了爬虫")
    town.review(NEXT_WEEK)
    assert users(town, XUANZHOU, date(2021, 10, 3)) == 100


def test_an_earlier_period_does_not_contradict_a_later_one(town: ReportingTown) -> None:
    town.now += timedelta(days=7)
    town.through(NEXT_WEEK, users=100)
    assert code_of(lambda: town.enter(WEEK, users=101)) == "total_above_later"
    town.through(WEEK, users=90)


def test_what_came_in_a_week_is_the_difference_of_two_totals(town: ReportingTown) -> None:
    town.through(users=100)
    town.now += timedelta(days=7)
    assert code_of(lambda: town.enter(NEXT_WEEK, users=110, new_users=11)) == "period_not_difference"
    town.through(NEXT_WEEK, users=110, new_users=10)


def test_a_workbook_is_held_to_the_same_periods(town: ReportingTown, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.apps.town import read_rows

    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    row = {"county": XUANZHOU, "stated_on": "2021-09-26", "users": "100"}
    asked = {"table": "metrics", "as_of": date(2021, 9, 26)}
    town.hand_in(row, **asked)
    assert town.stated().told == "已审核，市级未审"
    second = {**row, "stated_on": "2021-09-24"}
    assert code_of(lambda: town.hand_in(second, **asked)) == "period_stated_twice"
    town.now += timedelta(days=7)
    less = {**row, "stated_on": "2021-10-03", "users": "99"}
    assert code_of(lambda: town.hand_in(less, table="metrics", as_of=date(2021, 10, 3))) == "total_fell"
    assert code_of(lambda: town.hand_in({**row, "users": "98"}, **asked)) == "period_closed"


def test_a_closed_period_is_changed_only_after_the_level_above_opened_it_again(town: ReportingTown) -> None:
    town.through(users=100)
    town.now += LATER
    assert code_of(lambda: town.enter(users=90)) == "period_closed"
    batch = RevisionRow.objects.get(table=METRICS.name).batch
    undone = {"reason": "报错", "by": town.operator, "at": town.tick()}
    assert code_of(lambda: undo_batch(batch, METRICS, **undone)) == "period_closed"
    until = town.now + timedelta(hours=4)
    calendar, period = town.calendar(), town.period()

    def opened(name: str, reason: str = "漏了一个小区", at: datetime | None = None) -> Reopening:
        return reopen(calendar, XUANZHOU, period, until=until, reason=reason, by=town.who(name), at=at or town.now)

    assert code_of(lambda: opened("xuanzhou_reviewer")) == "out_of_reach"
    assert code_of(lambda: opened("reviewer", reason="")) == "reason_missing"
    first = opened("reviewer")
    assert opened("reviewer") == first
    town.through(users=90)
    assert users(town, XUANZHOU) == 90
    town.now = until + timedelta(minutes=1)
    assert code_of(lambda: town.enter(users=91)) == "period_closed"
    assert AuditEvent.objects.filter(action="ledger.reopened").count() == 1
    assert verify().broken is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Reopening.objects.update(reason="别的")


def test_an_open_period_needs_no_reopening(town: ReportingTown) -> None:
    town.through(users=100)
    calendar, period = town.calendar(), town.period()
    asked = {"until": town.now + LATER, "reason": "更正", "by": town.who("reviewer"), "at": town.now}
    assert code_of(lambda: reopen(calendar, XUANZHOU, period, **asked)) == "period_open"


def test_a_first_report_comes_in_late_and_is_late_for_ever(town: ReportingTown) -> None:
    town.now += LATER
    town.through(users=100)
    assert town.stated().late
    reopen(
        town.calendar(),
        XUANZHOU,
        town.period(),
        until=town.now + LATER,
        reason="更正",
        by=town.who("reviewer"),
        at=town.tick(),
    )
    town.through(users=101)
    town.accept()
    assert town.stated().late


def test_what_changes_after_a_reopening_is_an_erratum_that_says_who_opened_it(town: ReportingTown) -> None:
    wire()
    town.through(users=100)
    day, evening = date(2021, 9, 26), town.now.replace(hour=12)
    done = run_day(NAME, day, demonstration=True, by=town.operator, at=evening)
    assert [figure.value for figure in citations_of(done.briefs[0].citations) if figure.indicator == "users"]
    town.now += LATER
    opened = {"until": town.now + LATER, "reason": "漏了一个小区", "by": town.who("reviewer"), "at": town.tick()}
    reopen(town.calendar(), XUANZHOU, town.period(), **opened)
    town.through(users=90)
    (erratum,) = run_day(NAME, day, demonstration=True, by=town.operator, at=town.tick()).errata
    cited = {(item.indicator, item.division, item.value) for item in citations_of(erratum.citations)}
    assert {("users", XUANZHOU, Decimal(100)), ("users", XUANZHOU, Decimal(90))} <= cited
    told = texts_of(content_of(erratum.docx))
    assert "由reviewer重新打开更正：漏了一个小区。" in told


def texts_of(paper: bytes) -> str:
    document = docx.Document(BytesIO(paper))
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_completeness_counts_due_received_on_time_accepted_for_a_list(town: ReportingTown) -> None:
    town.through(users=100)
    town.accept()
    town.now += LATER
    town.enter(users=50, county=LANGXI, by="clerk_langxi")
    asked = (town.who("reviewer"), town.calendar(), town.period())
    city, *counties = completeness(*asked, at=town.now)
    assert (city.due, city.received, city.on_time, city.accepted, city.waiting, city.missing) == (3, 1, 1, 1, 1, 1)
    assert (city.completeness, city.punctuality) == (Decimal("33.33"), Decimal("33.33"))
    assert [item.statement.told for item in counties if item.statement] == ["市级已接收，省级未审", "待审核", "未报"]
    town.review(WEEK, LANGXI, by="langxi_reviewer")
    city, *_ = completeness(*asked, at=town.now)
    assert (city.received, city.on_time, city.waiting) == (2, 1, 0)
    own, *rest = completeness(town.clerk(), *asked[1:], at=town.now)
    assert (own.division, rest) == (XUANZHOU, [])


def test_completeness_and_punctuality_are_indicators_with_exact_parts(town: ReportingTown) -> None:
    day = date(2021, 9, 26)
    before = town.figures(division="3418", as_of=day)
    assert (before["reports_received", "3418"].value, before["punctual", "3418"].value) == (0, 0)
    town.through(users=100)
    town.now += LATER
    town.enter(users=50, county=LANGXI, by="clerk_langxi")
    town.review(WEEK, LANGXI, by="langxi_reviewer")
    town.accept(WEEK, LANGXI)
    found = {code: figure for (code, _), figure in town.figures(division="3418", as_of=day).items()}
    told = {code: figure.value for code, figure in found.items() if code.startswith("reports_")}
    assert told == {"reports_due": 3, "reports_received": 2, "reports_on_time": 1, "reports_accepted": 1}
    punctual = found["punctual"]
    assert (punctual.value, punctual.numerator, punctual.denominator) == (Decimal("33.33"), 1, 3)
    known_then = town.figures(division="3418", as_of=day, known_at=town.now - LATER)
    assert known_then["reports_received", "3418"].value == 1


def test_who_states_nothing_is_the_finding_of_silence_until_the_review(
    town: ReportingTown,
) -> None:
    town.through(users=100, visits=9)
    town.now = town.now.replace(day=27) + timedelta(days=6, hours=12)
    town.enter(NEXT_WEEK, county=LANGXI, by="clerk_langxi", users=3)
    found = findings_at(town.operator, NAME, date(2021, 10, 3), at=town.now)
    silent = {item.division for item in found if item.kind is FindingKind.SILENT and item.table == METRICS.name}
    assert silent == {XUANZHOU, LANGXI, GUANGDE}
    town.review(NEXT_WEEK, LANGXI, by="langxi_reviewer")
    found = findings_at(town.operator, NAME, date(2021, 10, 3), at=town.tick())
    silent = {item.division for item in found if item.kind is FindingKind.SILENT and item.table == METRICS.name}
    assert silent == {XUANZHOU, GUANGDE}


def test_figures_since_the_beginning_are_one_row_that_grows_from_month_to_month(town: ReportingTown) -> None:
    town.enter("自开展以来", table="since", placed=10)
    town.review("2021-09", table="since")
    town.accept("2021-09", table="since")
    town.now += timedelta(days=31)
    assert day_of(town.now).month == 10
    assert code_of(lambda: town.enter("2021-10", table="since", placed=9)) == "total_fell"
    town.enter("2021-10", table="since", placed=12)
    town.review("2021-10", table="since")
    assert town.stated("2021-10", table="since").told == "已审核，市级未审"
    assert town.stated("2021-09", table="since").told == "已接收"
    assert code_of(lambda: town.enter("2021-09", table="since", placed=11)) == "period_closed"
    assert RevisionRow.objects.filter(table=SINCE.name).values("entry").distinct().count() == 1


def test_saying_the_same_again_is_no_change_and_meets_the_due(town: ReportingTown) -> None:
    town.enter("自开展以来", table="since", placed=10)
    town.review("2021-09", table="since")
    town.now += timedelta(days=31)
    again = town.enter("2021-10", table="since", placed=10)
    assert isinstance(again, Received)
    assert again.status == "unchanged"
    assert town.stated("2021-10", table="since").received_at is not None
