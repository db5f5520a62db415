"""The town with issued homes in three counties, and three people of the city's office who may verify them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.assurance.drawn_rows import DrawnView, drawn_rows
from shishi.apps.assurance.models import Verification
from shishi.apps.assurance.verification import NewVerification, draw_sample, plan_verification
from shishi.apps.assurance.verification_checks import Found, record_check
from shishi.core.verification import Outcome, Verdict
from tests.apps.town import DAY, GUANGDE, LANGXI, NAME, XUANZHOU, Town, home

COUNTIES = {"xuanzhou": (XUANZHOU, 40), "langxi": (LANGXI, 4), "guangde": (GUANGDE, 12)}
SEED_DAY = date(2021, 10, 9)
SEED_SOURCE = "10月9日公布的号码"
LATER = datetime.fromisoformat("2021-10-12T03:00:00+00:00")
VISIT = date(2021, 10, 11)


class VerifiedTown:
    """Plans, draws and checks in a line each."""

    def __init__(self, town: Town) -> None:
        self.town = town
        for name, (code, many) in COUNTIES.items():
            rows = [home(f"{name[0].upper()}{number:02}", "issued", county=code) for number in range(many)]
            town.hand_in(*rows, home(f"{name}-listed", county=code), by=town.clerk(name))
        self.verifiers = [town.person(f"verifier_{name}", "office", Role.SUPERVISOR, "3418") for name in "abc"]

    def plan(self, by: Person | None = None, **asked: Any) -> Verification:
        told = {"margin": None, "seed_source": SEED_SOURCE, "seed_on": SEED_DAY} | asked
        new = NewVerification(**({"programme": NAME, "indicator": "issued", "as_of": DAY} | told))
        return plan_verification(new, by=by or self.verifiers[0], at=self.town.tick())

    def drawn(self, seed: str = "2021110", **asked: Any) -> Verification:
        plan = self.plan(**asked)
        draw_sample(plan.pk, seed, by=self.verifiers[0], at=self.later())
        return plan

    def later(self) -> datetime:
        self.town.now = max(self.town.now, LATER)
        return self.town.tick()

    def rows(self, plan: Verification, by: Person | None = None) -> tuple[DrawnView, ...]:
        return drawn_rows(by or self.verifiers[0], plan.pk, at=self.later(), limit=500)[1]

    def check(self, row: DrawnView, who: int, *, true: bool = True, reason: str = "", **found: Any) -> Outcome:
        verdict = Verdict.CONFIRMED if true else Verdict.REFUTED
        told = Found(verdict, found.pop("on", VISIT), reason or ("" if true else "not_there"), **found)
        return record_check(row.id, told, by=self.verifiers[who], at=self.later())

    def settle(self, plan: Verification, is_true: Callable[[DrawnView], bool] = lambda row: True) -> None:
        for row in self.rows(plan):
            for who in (0, 1):
                self.check(row, who, true=is_true(row))


def days(many: int) -> timedelta:
    return timedelta(days=many)
