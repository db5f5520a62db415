"""The town with a weekly table of figures that counties state: reviewed at home, accepted by city and province."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.assurance.acceptance import accept, review
from shishi.apps.assurance.statements import Statement, statement_of
from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.entering import Entered, asked_period, enter
from shishi.apps.ledger.models import Proposal
from shishi.apps.ledger.periods import PeriodCalendar, required_calendar
from shishi.apps.ledger.services import Received
from shishi.apps.programmes.selectors import table_named
from shishi.core.divisions import Level
from shishi.core.indicators import Direction, Indicator, Measure
from shishi.core.periods import Period
from shishi.core.programmes import Cadence, PeriodKind, Programme
from shishi.core.statements import Gap, StatementPlan, acceptance
from shishi.core.tables import Field, FieldType, Table
from tests.apps.town import NAME, PROGRAMME, XUANZHOU, Town, pack_of

WEEK, NEXT_WEEK = "2021-W38", "2021-W39"
"""2021-09-20 to 09-26, and the week after."""
SUNDAY = datetime(2021, 9, 26, 2, tzinfo=UTC)
LEVELS = (Level.CITY, Level.PROVINCE)
FIELDS = ("users", "new_users", "visits")
PLAN = StatementPlan(
    by="stated_on",
    accepted_by=LEVELS,
    grace_hours=24,
    never_fall=("users", "visits"),
    gaps=(Gap("new_users", "users"),),
    queried=("visits",),
)
METRICS = Table(
    f"{NAME}/metrics",
    "应用周报",
    1,
    (
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("stated_on", "统计截止日", FieldType.DATE, required=True),
        Field("users", "注册用户数", FieldType.INTEGER, unit="个", required=True),
        Field("new_users", "本周新增用户", FieldType.INTEGER, unit="个"),
        Field("visits", "访问量", FieldType.INTEGER, unit="次"),
    ),
    ("county", "stated_on"),
    "county",
    groups={acceptance(level): FIELDS for level in LEVELS},
    statements=PLAN,
)
SINCE = Table(
    f"{NAME}/since",
    "自开展以来数",
    1,
    (
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("placed", "累计安置户数", FieldType.INTEGER, unit="户", required=True),
    ),
    ("county",),
    "county",
    groups={acceptance(Level.CITY): ("placed",)},
    statements=StatementPlan(accepted_by=(Level.CITY,), grace_hours=0, never_fall=("placed",)),
)
USERS = Indicator("users", "注册用户", Measure.REPORTED, "个", table=METRICS.name, field="users", by="stated_on")
COUNTED = tuple(
    Indicator(f"reports_{name}", name, Measure.REPORTS, "个", table=METRICS.name, field=name, direction=Direction.HOLD)
    for name in ("due", "received", "on_time", "accepted")
)
PUNCTUAL = Indicator(
    "punctual", "及时率", Measure.RATIO, "%", numerator="reports_on_time", denominator="reports_due", scale=2
)
PLACED = Indicator("placed", "安置户数", Measure.REPORTED, "户", table=SINCE.name, field="placed")


def programme_with(plan: StatementPlan = PLAN) -> Programme:
    return replace(
        PROGRAMME,
        tables=(*PROGRAMME.tables, replace(METRICS, statements=plan), SINCE),
        indicators=(*PROGRAMME.indicators, USERS, PLACED, *COUNTED, PUNCTUAL),
        briefs=(replace(PROGRAMME.briefs[0], indicators=("homes", "users"), breakdown="users"),),
        cadences=(
            *PROGRAMME.cadences,
            Cadence(METRICS.name, PeriodKind.WEEK, time(18)),
            Cadence(SINCE.name, PeriodKind.MONTH, time(18)),
        ),
    )


class ReportingTown(Town):
    """Besides the town's people: a reviewer of each county, and one of the province."""

    def __init__(self, folder: Path, code_list: Path, plan: StatementPlan = PLAN) -> None:
        super().__init__(folder, code_list, pack_of(programme_with(plan)))
        self.now = SUNDAY
        self.person("xuanzhou_reviewer", "xuanzhou", Role.REVIEWER, XUANZHOU)
        self.person("langxi_reviewer", "langxi", Role.REVIEWER, "341821")
        self.person("province", "office", Role.REVIEWER, "34")

    def who(self, name: str) -> Person:
        return person_named(name)

    def calendar(self, table: str = "metrics") -> PeriodCalendar:
        programme, found = table_named(table)
        return required_calendar(found, programme)

    def period(self, text: str = WEEK, table: str = "metrics") -> Period:
        return asked_period(self.calendar(table), text, self.now)

    def enter(
        self,
        period: str = WEEK,
        *,
        county: str = XUANZHOU,
        by: str = "clerk_xuanzhou",
        table: str = "metrics",
        explain: str = "",
        **cells: object,
    ) -> Proposal | Received:
        at = self.tick()
        calendar = self.calendar(table)
        told = {name: str(value) for name, value in cells.items()}
        unit = find_division(county, date(2021, 9, 30))
        entered = Entered(calendar, unit, asked_period(calendar, period, at), told, explain)
        return enter(entered, by=self.who(by), at=at)

    def review(self, period: str = WEEK, *counties: str, by: str = "xuanzhou_reviewer", table: str = "metrics") -> None:
        asked = counties or (XUANZHOU,)
        review(self.calendar(table), self.period(period, table), asked, by=self.who(by), at=self.tick())

    def accept(self, period: str = WEEK, *counties: str, by: str = "reviewer", table: str = "metrics") -> None:
        asked = counties or (XUANZHOU,)
        accept(self.calendar(table), self.period(period, table), asked, by=self.who(by), at=self.tick())

    def stated(self, period: str = WEEK, county: str = XUANZHOU, table: str = "metrics") -> Statement:
        return statement_of(self.calendar(table), self.period(period, table), county)

    def through(self, period: str = WEEK, **cells: object) -> None:
        """Entered and reviewed."""
        self.enter(period, **cells)
        self.review(period)
