"""Demonstration rows of ``title_certificates``: 78 projects, their buildings, 15,167
units on their way to a certificate.

In every division the units stand in one fixed order of issue. A day's report cuts that order: the first are
issued, the next have a certificate made; the last of those still coming stand in buildings with open obstacles and
are not registered yet, and before them some wait for a promised paper or are blocked. Behind all of them stand the
units that remain, each with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from shishi.commands.demonstration.identifiers import citizen_number, credit_code, real_estate_unit, split
from shishi.commands.demonstration.planned import Clerk, HandIn, places
from shishi.commands.demonstration.plans import TitleDivision, TitlePlan, read_plan
from shishi.core.divisions import DivisionTree, Level
from shishi.core.ledger import Mode
from shishi.core.tables import Value, Values

PACK = "xuancheng/2021"
CAUSES = (
    "land_papers",
    "planning",
    "acceptance",
    "arrears",
    "mortgage",
    "mismatch",
    "developer_gone",
    "across_parcels",
)
UNDER_WAY = ("registered", "taxed", "accepted", "applied")
ZONE, ZONE_COUNTY = "341871", "341802"
"""The development zone stands in the statistical list only; its land is registered under the county around it."""


def clerks(packs: Path) -> Iterator[Clerk]:
    """One clerk for each division."""
    plan = _plan(packs)
    for code, division in plan.divisions.items():
        yield Clerk(f"clerk-{code}", division.clerk, plan.programme, code)


def hand_ins(packs: Path, tree: DivisionTree, rng: Random) -> Iterator[HandIn]:
    """Projects and buildings first, then the units of every report day; after the first day only what changed."""
    plan = _plan(packs)
    households = {code: _households(code, division, rng) for code, division in plan.divisions.items()}
    lender, borrower = plan.sharing
    count = plan.shared_households
    households[borrower][-count:] = households[lender][:count]
    for code, division in plan.divisions.items():
        yield from _Division(code, division, plan, tree, rng, households[code]).hand_ins()


def _plan(packs: Path) -> TitlePlan:
    return read_plan(packs / PACK / "demonstration" / "title_certificates.yaml", TitlePlan)


@dataclass(frozen=True, slots=True)
class _Household:
    number: str
    owner: str
    owner_number: str


def _households(code: str, division: TitleDivision, rng: Random) -> list[_Household]:
    return [
        _Household(f"H-{code}-{serial:05d}", f"演示户{code[2:]}{serial:05d}", citizen_number(rng, serial))
        for serial in range(1, division.households + 1)
    ]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What never changes of a unit: ``fixed`` cells, and the days of its way."""

    fixed: Values
    building: str
    registered_on: date
    applied_on: date


class _Division:
    """One division's rows."""

    def __init__(
        self,
        code: str,
        plan: TitleDivision,
        whole: TitlePlan,
        tree: DivisionTree,
        rng: Random,
        households: list[_Household],
    ) -> None:
        self.code, self.plan, self.rng, self.households = code, plan, rng, households
        self.programme, self.starts = whole.programme, whole.starts
        self.days = list(plan.reports)
        self.places = places(tree, code, Level.VILLAGE, whole.starts)
        self.projects: list[Values] = []
        self.buildings: list[dict[str, Value]] = []
        made = self._make()
        self.open_buildings = {row["building_code"] for row in self.buildings if not row["obstacles_removed"]}
        self.units = self._in_order_of_issue(made)
        self.coming = plan.reports[self.days[-1]].issued
        self.free = sum(unit.building not in self.open_buildings for unit in self.units[: self.coming])
        self.reasons = [reason for reason, count in plan.remaining.items() for _ in range(count)]

    def hand_ins(self) -> Iterator[HandIn]:
        """The division's workbooks."""
        yield self._hand_in(self.starts, time(9, 10), "projects", self.projects)
        yield self._hand_in(self.starts, time(9, 40), "buildings", self.buildings)
        before: dict[int, Values] = {}
        handed: list[Values] = []
        for index, day in enumerate(self.days):
            rows = {serial: self._row(serial, index) for serial in range(len(self.units))}
            # A day without news is handed in too: the clerk sends yesterday's workbook once more.
            handed = [row for serial, row in rows.items() if before.get(serial) != row] or handed
            yield self._hand_in(day, time(16, 20), "units", handed)
            before = rows
            if cleared := self._cleared_buildings(index):
                yield self._hand_in(day, time(16, 50), "buildings", cleared)

    def _hand_in(self, day: date, at: time, table: str, rows: list[Values] | list[dict[str, Value]]) -> HandIn:
        name = f"{PACK}/{self.programme}/{table}"
        return HandIn(day, at, f"clerk-{self.code}", name, self.code, Mode.MERGE, tuple(rows))

    def _make(self) -> list[_Unit]:
        units: list[_Unit] = []
        open_blocks = -(-self.plan.reports[self.days[0]].unregistered // 35)
        sizes = split(self.plan.units, [self.rng.randint(60, 140) for _ in range(self.plan.projects)])
        for number, size in enumerate(sizes, start=1):
            project = f"NBZ-{self.code}-{number:03d}"
            place = self.rng.choice(self.places)
            causes = tuple(sorted(self.rng.sample(CAUSES, self.rng.randint(1, 3)), key=CAUSES.index))
            self.projects.append(self._project(project, number, causes))
            blocks = max(1, size // 48)
            for block, count in enumerate(split(size, [1] * blocks), start=1):
                still = number == len(sizes) and block > blocks - open_blocks
                self.buildings.append(self._building(project, block, place, causes, still))
                for serial in range(1, count + 1):
                    units.append(self._unit(project, number, block, serial, place, len(units)))
        return units

    def _project(self, project: str, number: int, causes: tuple[str, ...]) -> Values:
        return {
            "project_code": project,
            "division": self.code,
            "name": f"演示小区{self.code[2:]}{number:02d}",
            "developer": f"演示置业{self.code[2:]}{number:02d}有限公司",
            "developer_code": credit_code(int(self.code[2:]) % 1000 * 100 + number),
            "developer_gone": "developer_gone" in causes,
            "causes": causes,
            "force": self.rng.choice(("housing", "land")),
            "listed_on": date(2020, 10, 10) + timedelta(days=self.rng.randrange(40)),
        }

    def _building(
        self, project: str, block: int, place: str, causes: tuple[str, ...], open_still: bool
    ) -> dict[str, Value]:
        removed = not open_still
        return {
            "building_code": f"{project}-{block:02d}",
            "division": place,
            "project": project,
            "name": f"{block}号楼",
            "causes": causes,
            "plan_version": 1,
            "plan": "补齐手续，责任追究与群众办证分开处理（演示）",
            "legal_basis": "自然资发〔2021〕1号",
            "responsible": self.plan.clerk.removesuffix("演示填报员"),
            "due_on": self.days[-1],
            "signed_on": date(2021, 6, 20),
            "obstacles_removed": removed,
            "obstacles_removed_on": date(2021, 8, 20) if removed else None,
        }

    def _unit(self, project: str, number: int, block: int, serial: int, place: str, index: int) -> _Unit:
        owners = self.households
        owner = owners[index] if index < len(owners) else self.rng.choice(owners)
        county = ZONE_COUNTY if self.code == ZONE else self.code
        parcel = number + (500 if self.code == ZONE else 0)
        registered = date(2021, 3, 1) + timedelta(days=self.rng.randrange(120))
        fixed: Values = {
            "unit_number": real_estate_unit(county, parcel, block, serial),
            "division": place,
            "building": f"{project}-{block:02d}",
            "room": f"{1 + (serial - 1) // 4}{1 + (serial - 1) % 4:02d}",
            "area": Decimal(self.rng.randrange(6000, 14000)).scaleb(-2),
            "owner": owner.owner,
            "owner_number": owner.owner_number,
            "household_number": owner.number,
        }
        return _Unit(fixed, f"{project}-{block:02d}", registered, registered + timedelta(self.rng.randint(5, 20)))

    def _in_order_of_issue(self, units: list[_Unit]) -> list[_Unit]:
        """Those that will be issued, the ones in open buildings last; then those that remain."""
        last = self.plan.reports[self.days[-1]].issued
        chosen = set(self.rng.sample(range(len(units)), last))
        coming = [unit for index, unit in enumerate(units) if index in chosen]
        self.rng.shuffle(coming)
        coming.sort(key=lambda unit: unit.building in self.open_buildings)
        return coming + [unit for index, unit in enumerate(units) if index not in chosen]

    def _row(self, serial: int, report: int) -> Values:
        unit = self.units[serial]
        cells: dict[str, Value] = {
            **unit.fixed,
            **dict.fromkeys(_WAY),
            "blocked": False,
            "first_registered_on": unit.registered_on,
        }
        if serial >= self.coming:
            return cells | self._remaining(serial, unit)
        now = self.plan.reports[self.days[report]]
        first = self.plan.reports[self.days[0]]
        gaps_from = self.free - first.overdue
        if serial >= self.coming - now.unregistered:
            return cells | {"stage": "listed", "reason": "in_progress", "first_registered_on": None}
        if serial >= self.coming - first.unregistered:
            cells["first_registered_on"] = self._first_day(serial, "unregistered")
        elif gaps_from <= serial < self.free:
            cells |= self._gap(serial, report)
        if serial < now.issued + now.made:
            return cells | self._made(serial, report, self._applied(unit, cells))
        if self.free - now.overdue <= serial < self.free:
            return cells | {
                "stage": "accepted_with_gap",
                "reason": "in_progress",
                "applied_on": self._applied(unit, cells),
            }
        blocked_from = gaps_from - now.blocked
        if blocked_from <= serial < gaps_from:
            return cells | {"stage": "first_registered", "blocked": True, "reason": "in_progress"}
        stage = UNDER_WAY[serial % len(UNDER_WAY)]
        return cells | {"stage": stage, "reason": "in_progress", "applied_on": self._applied(unit, cells)}

    def _remaining(self, serial: int, unit: _Unit) -> dict[str, Value]:
        reason = self.reasons[serial - self.coming]
        if reason != "tax_unpaid":
            return {"stage": "first_registered", "reason": reason}
        return {
            "stage": "accepted",
            "reason": reason,
            "applied_on": unit.applied_on,
            "accepted_on": unit.applied_on + timedelta(days=2),
        }

    def _gap(self, serial: int, report: int) -> dict[str, Value]:
        """A promised paper, due before the first report; supplied on the day from which it is not overdue any more."""
        place = self.free - serial
        cleared = [day for day in self.days[: report + 1] if self.plan.reports[day].overdue < place]
        return {
            "gap_item": "婚姻状况证明",
            "gap_promised_on": self.starts - timedelta(days=60),
            "gap_due_on": self.starts - timedelta(days=7),
            "gap_supplied_on": cleared[0] if cleared else None,
        }

    def _made(self, serial: int, report: int, applied_on: date) -> dict[str, Value]:
        """A certificate was made, and perhaps collected: on a day that this report and all later ones agree about."""
        at = next(index for index, day in enumerate(self.days) if serial < self._made_by(day))
        given = next((index for index, day in enumerate(self.days) if serial < self.plan.reports[day].issued), None)
        made_on = self.days[at] - timedelta(days=serial % (30 if at == 0 else 1))
        cells: dict[str, Value] = {"applied_on": applied_on, "made_on": made_on, "notified_on": made_on}
        if given is None or given > report:
            return cells | {"stage": "cert_made", "reason": "in_progress"}
        collected_on = self.days[given] if given else min(made_on + timedelta(days=3), self.days[0])
        return cells | {"stage": "cert_issued", "collected_on": collected_on}

    def _made_by(self, day: date) -> int:
        report = self.plan.reports[day]
        return report.issued + report.made

    def _first_day(self, serial: int, kind: str) -> date:
        """The first report day on which the unit is no longer among the last ``kind``."""
        place = self.coming - serial
        return next(day for day in self.days if getattr(self.plan.reports[day], kind) < place)

    def _applied(self, unit: _Unit, cells: dict[str, Value]) -> date:
        registered = cells["first_registered_on"]
        return max(unit.applied_on, registered) if isinstance(registered, date) else unit.applied_on

    def _cleared_buildings(self, report: int) -> list[Values]:
        """Buildings whose obstacles went on this day: those of the last project, once all its units are registered."""
        counts = [self.plan.reports[day].unregistered for day in self.days]
        if report == 0 or counts[report] or not counts[report - 1]:
            return []
        removed: Values = {"obstacles_removed": True, "obstacles_removed_on": self.days[report]}
        return [{**row, **removed} for row in self.buildings if not row["obstacles_removed"]]


_WAY = (
    "stage",
    "first_registered_on",
    "applied_on",
    "accepted_on",
    "gap_item",
    "gap_promised_on",
    "gap_due_on",
    "gap_supplied_on",
    "made_on",
    "notified_on",
    "collected_on",
    "blocked",
    "reason",
    "reason_note",
)
