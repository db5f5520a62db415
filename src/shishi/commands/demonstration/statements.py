"""The demonstration's statements 填报 on their way up the levels, step by step:
``<pack>/demonstration/statements.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.assurance.acceptance import accept, acceptable, return_statement, review
from shishi.apps.divisions.selectors import find_division
from shishi.apps.ledger.entering import Entered, asked_period, enter
from shishi.apps.ledger.periods import PeriodCalendar, reopen, required_calendar
from shishi.apps.ledger.sealing import decode, typed
from shishi.apps.ledger.stated import stated_rows
from shishi.apps.programmes.selectors import table_named
from shishi.commands.demonstration.growing import username
from shishi.commands.demonstration.planned import Clerk
from shishi.commands.demonstration.recipes import Count, read_plan
from shishi.core.calendars import SHANGHAI
from shishi.core.divisions import Division, official
from shishi.core.periods import Period, closes_at, previous
from shishi.core.programmes import Pack
from shishi.packs.shape_parts import Code, DivisionCode, FileShape, Text

FILE = "statements.yaml"
WORDS = {"enter": "填报", "review": "审核", "accept": "接收", "return": "退回", "reopen": "重新打开"}


class Step(FileShape):
    """One step. ``more``: by how much figures grew since the period before; all others stayed."""

    at: datetime
    step: Literal["enter", "review", "accept", "return", "reopen"]
    period: Text
    division: DivisionCode | None = Field(default=None, description="不写：轮到上一级办理的全部（只用于 accept）")
    more: dict[Code, Count] = Field(default={}, description="比上一期增加多少")
    reason: str = ""
    until: datetime | None = None

    @model_validator(mode="after")
    def _whole(self) -> Step:
        if self.division is None and self.step != "accept":
            raise ValueError("要写 division")
        if (self.step in ("return", "reopen")) != bool(self.reason) or (self.step == "reopen") != bool(self.until):
            raise ValueError("return 和 reopen 要写 reason，reopen 还要写 until")
        return self


class StatementsPlan(FileShape):
    """The steps of one table, and the division that accepts."""

    table: Text
    accepted_by: DivisionCode
    steps: Annotated[list[Step], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Taken:
    """A step and when it is taken, in the order of the hand-ins."""

    plan: StatementsPlan
    step: Step

    @property
    def moment(self) -> datetime:
        """In Shanghai, to which the file's times belong."""
        return self.step.at.replace(tzinfo=SHANGHAI)

    @property
    def received(self) -> date:
        """The day."""
        return self.step.at.date()

    @property
    def time(self) -> time:
        """The time of day."""
        return self.step.at.time()


def statements_plan(packs: Path, pack: Pack) -> StatementsPlan | None:
    """The plan of one pack; ``None`` when it has none."""
    path = packs / pack.name / "demonstration" / FILE
    return read_plan(path, StatementsPlan) if path.is_file() else None


def steps_of(plan: StatementsPlan) -> Iterator[Taken]:
    """The steps in the order of time."""
    yield from (Taken(plan, step) for step in sorted(plan.steps, key=lambda step: step.at))


def reviewers_of(plan: StatementsPlan) -> tuple[Clerk, ...]:
    """The second persons of the divisions that enter by hand, and the one who accepts."""
    programme = plan.table.partition("/")[0]
    divisions = dict.fromkeys(official(step.division) for step in plan.steps if step.division)
    return tuple(
        Clerk(_reviewer(programme, code), f"{title}演示复核员", programme, code)
        for code, title in (*((code, code) for code in divisions), (official(plan.accepted_by), "上级"))
    )


def take(taken: Taken) -> str:
    """Take the step as those would whose turn it is; returns what happened."""
    plan, step, at = taken.plan, taken.step, taken.moment
    programme, table = table_named(plan.table)
    calendar = required_calendar(table, programme)
    period = asked_period(calendar, step.period, at)
    above = person_named(_reviewer(programme.code, official(plan.accepted_by)))
    if step.division is None:
        codes = acceptable(calendar, period, by=above, at=at)
        accept(calendar, period, codes, by=above, at=at)
        return f"{taken.received} {above.username} 接收 {table.title}（{period.label}）：{len(codes)} 个单位"
    unit = find_division(step.division, period.end)
    done = _one(calendar, period, unit, taken, above)
    corrected = any(
        other.division == step.division and other.step == "reopen" for other in plan.steps if other.at < step.at
    )
    after = step.step == "enter" and at > closes_at(calendar.cadence, period)
    late = ("，更正" if corrected else "，迟报") if after else ""
    why = f"：{step.reason}" if step.reason else ""
    return f"{taken.received} {done.username} {WORDS[step.step]} {unit.name} {table.title}（{period.label}{late}）{why}"


def _one(calendar: PeriodCalendar, period: Period, unit: Division, taken: Taken, above: Person) -> Person:
    step, at = taken.step, taken.moment
    programme = calendar.programme.code
    clerk = person_named(username(programme, unit.official_code))
    second = person_named(_reviewer(programme, unit.official_code))
    match step.step:
        case "enter":
            enter(Entered(calendar, unit, period, _cells(calendar, period, unit, step)), by=clerk, at=at)
            return clerk
        case "review":
            review(calendar, period, [unit.code], by=second, at=at)
            return second
        case "accept":
            accept(calendar, period, [unit.code], by=above, at=at)
        case "return":
            return_statement(calendar, period, unit.code, reason=step.reason, by=above, at=at)
        case "reopen":
            until = (step.until or step.at).replace(tzinfo=SHANGHAI)
            reopen(calendar, unit.code, period, until=until, reason=step.reason, by=above, at=at)
    return above


def _cells(calendar: PeriodCalendar, period: Period, unit: Division, step: Step) -> Mapping[str, str]:
    """What stood for the period before, and what has come."""
    before = stated_rows(calendar, previous(period), None)[unit.code]
    values = typed(calendar.table, decode(before.cells))
    own = {calendar.table.division_field, calendar.plan.by}
    held = {name: value for name, value in values.items() if name not in own and isinstance(value, int | Decimal)}
    return {name: str(value + step.more.get(name, 0)) for name, value in held.items()}


def _reviewer(programme: str, division: str) -> str:
    return f"{username(programme, division)}-reviewer"
