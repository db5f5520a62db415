"""Demonstration rows of ``resettlement_homes``: sources, their 13,900 homes, and what
the housing centre states itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from shishi.commands.demonstration.identifiers import credit_code
from shishi.commands.demonstration.planned import Clerk, HandIn, places
from shishi.commands.demonstration.plans import HomePlan, HomeReport, HomeSource, read_plan
from shishi.core.divisions import DivisionTree, Level
from shishi.core.ledger import Mode
from shishi.core.tables import Value, Values

PACK = "xuancheng/2021"
HOMES_ON_A_FLOOR, FLOORS = 4, 11


def clerks(packs: Path) -> Iterator[Clerk]:
    """The housing centre's clerk."""
    plan = _plan(packs)
    yield Clerk("clerk-homes", plan.clerk, plan.programme, plan.division)


def hand_ins(packs: Path, tree: DivisionTree, rng: Random) -> Iterator[HandIn]:
    """The sources, then at every report the homes (after the first only what changed) and the centre's own totals."""
    plan = _plan(packs)
    yield _hand_in(
        plan, plan.starts, time(9, 0), "sources", [_source(code, item) for code, item in plan.sources.items()]
    )
    homes = list(_homes(plan, tree, rng))
    before: dict[int, Values] = {}
    for day, report in plan.reports.items():
        rows: dict[int, Values] = {
            serial: {**home, **_state(serial, home, report, plan)} for serial, home in enumerate(homes)
        }
        yield _hand_in(plan, day, time(15, 30), "homes", [row for key, row in rows.items() if before.get(key) != row])
        own: Values = {
            "division": plan.division,
            "raised": len(homes),
            "delivered": report.delivered,
            "note": "演示数据",
        }
        yield _hand_in(plan, day, time(16, 0), "city_reports", [own])
        before = rows


def _plan(packs: Path) -> HomePlan:
    return read_plan(packs / PACK / "demonstration" / "resettlement_homes.yaml", HomePlan)


def _hand_in(plan: HomePlan, day: date, at: time, table: str, rows: list[Values]) -> HandIn:
    return HandIn(day, at, "clerk-homes", f"{PACK}/{plan.programme}/{table}", plan.division, Mode.MERGE, tuple(rows))


def _source(code: str, source: HomeSource) -> Values:
    return {
        "source_code": code,
        "division": source.division,
        "name": f"演示安置小区{code[3:]}",
        "kind": source.kind,
        "contractor": f"演示建设{code[3:]}有限公司",
        "contractor_code": credit_code(90000 + int(code[3:7]) % 100 * 100 + int(code[8:])),
        "homes": source.homes,
        "contract_on": date(int(code[3:7]), 5, 6),
        "due_on": source.due_on,
    }


def _homes(plan: HomePlan, tree: DivisionTree, rng: Random) -> Iterator[dict[str, Value]]:
    for code, source in plan.sources.items():
        place = rng.choice(places(tree, source.division, Level.STREET, plan.starts))
        for serial in range(source.homes):
            block, position = divmod(serial, HOMES_ON_A_FLOOR * FLOORS)
            floor, door = divmod(position, HOMES_ON_A_FLOOR)
            yield {
                "home_code": f"{code}-{block + 1:02d}-{floor + 1}{door + 1:02d}",
                "division": place,
                "source": code,
                "area": Decimal(rng.choice((6500, 8000, 9000, 10500, 12000))).scaleb(-2),
                "stage": source.stage,
                "due_on": source.due_on,
            }


def _state(serial: int, home: Values, report: HomeReport, plan: HomePlan) -> dict[str, Value]:
    """Homes are delivered and pre-allocated in their order; the first report's days
    are spread over the weeks before it."""
    days = list(plan.reports)
    opening = plan.reports[days[0]]
    spread = timedelta(days=serial % 14)
    allocated = serial < report.pre_allocated
    delivered = serial < report.delivered
    allocated_on = (
        days[0] - timedelta(days=30) - spread if serial < opening.pre_allocated else days[-1] - timedelta(days=1)
    )
    delivered_on = days[0] - spread if serial < opening.delivered else days[-1]
    stage = "delivered" if delivered else "pre_allocated" if allocated else home["stage"]
    return {
        "stage": stage,
        "pre_allocated_on": allocated_on if allocated else None,
        "household_number": f"AH-{serial + 1:05d}" if allocated else None,
        "delivered_on": delivered_on if delivered else None,
    }
