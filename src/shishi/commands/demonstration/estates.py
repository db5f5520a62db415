"""Demonstration rows of ``estate_renovation``: every province's plan, and the estates
that were started, 47,300 in all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from random import Random

from shishi.commands.demonstration.identifiers import split
from shishi.commands.demonstration.planned import Clerk, HandIn, places
from shishi.commands.demonstration.plans import EstateDivision, EstatePlan, read_plan
from shishi.core.divisions import COUNTRY, DivisionTree, Level, official
from shishi.core.ledger import Mode
from shishi.core.tables import Values

PACK = "mohurd/2021"
CONTENT = (("basic",), ("basic", "improving"), ("basic", "improving", "upgrading"))


def clerks(packs: Path) -> Iterator[Clerk]:
    """The ministry's clerk for the plans, and one for each province."""
    plan = _plan(packs)
    yield Clerk("clerk-plans", plan.planned_clerk, plan.programme, official(COUNTRY))
    for code, division in plan.divisions.items():
        yield Clerk(f"clerk-{code}", division.clerk, plan.programme, code)


def hand_ins(packs: Path, tree: DivisionTree, rng: Random) -> Iterator[HandIn]:
    """The annual plans in one workbook, then every province's new starts at each report."""
    plan = _plan(packs)
    yield _hand_in(plan, plan.planned_on, "clerk-plans", official(COUNTRY), "annual_plans", list(_plans(plan)))
    for code, division in plan.divisions.items():
        counties = places(tree, code, Level.COUNTY, plan.planned_on)
        estates = _estates(code, division, plan, counties, rng)
        done = 0
        for day, started in division.started.items():
            since = max((past for past in division.started if past < day), default=date(plan.plan_year, 1, 4))
            rows = [_started(estate, since, day, rng) for estate in estates[done:started]]
            yield _hand_in(plan, day, f"clerk-{code}", code, "estates", rows)
            done = started


def _plan(packs: Path) -> EstatePlan:
    return read_plan(packs / PACK / "demonstration" / "estate_renovation.yaml", EstatePlan)


def _hand_in(plan: EstatePlan, day: date, person: str, code: str, table: str, rows: list[Values]) -> HandIn:
    return HandIn(day, time(10, 30), person, f"{PACK}/{plan.programme}/{table}", code, Mode.MERGE, tuple(rows))


def _plans(plan: EstatePlan) -> Iterator[Values]:
    for code, division in plan.divisions.items():
        yield {
            "division": code,
            "plan_year": plan.plan_year,
            "estates": division.planned,
            "households": division.planned * plan.household_factor,
            "confirmed_by": "演示文件",
        }


def _estates(code: str, division: EstateDivision, plan: EstatePlan, counties: list[str], rng: Random) -> list[Values]:
    count = max(division.started.values())
    sizes = split(division.households, [rng.randint(50, 160) for _ in range(count)])
    return [
        {
            "project_code": f"LJ-{plan.plan_year}-{code[:2]}-{serial:05d}",
            "name": f"演示小区{code[:2]}{serial:05d}",
            "division": counties[serial % len(counties)],
            "plan_year": plan.plan_year,
            "contact_point": serial <= division.contact_points,
            "built_from": 1970 + serial % 20,
            "built_to": 1990 + serial % 11,
            "buildings": 1 + size // 40,
            "households": size,
            "agreed_households": size - size // 12,
            "content": CONTENT[serial % len(CONTENT)],
            "stage": "started",
        }
        for serial, size in enumerate(sizes, start=1)
    ]


def _started(estate: Values, since: date, day: date, rng: Random) -> Values:
    """Started on a day after the last report, up to this one."""
    return {**estate, "started_on": day - timedelta(days=rng.randrange((day - since).days))}
