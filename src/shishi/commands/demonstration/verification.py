"""The demonstration's verifications: ``<pack>/demonstration/verification.yaml``, from the plan to the last recheck.

Everything in it is invented, the findings too: each so many rows one is refuted, each so many others disputed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_body, add_person, add_post
from shishi.apps.assurance.drawn_rows import DrawnView, drawn_rows
from shishi.apps.assurance.verification import NewVerification, draw_sample, plan_verification
from shishi.apps.assurance.verification_checks import Found, ask_recheck, record_check
from shishi.apps.assurance.verification_seen import verification_of
from shishi.commands.demonstration.growing import username
from shishi.commands.demonstration.tellers import Teller, Told, moment_told
from shishi.core.calendars import SHANGHAI, moment_of
from shishi.core.divisions import normalise, official
from shishi.core.verification import Outcome, Verdict

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person


class Verified(Teller):
    """What a pack's file tells; :meth:`run` does it in the order of time, and says it in sentences."""

    file = "verification.yaml"

    def run(self, programmes: set[str]) -> Iterator[str]:
        """Carry out the plans of these programmes (codes)."""
        plans = [plan for plan in self.told.get("plans", ()) if plan["programme"] in programmes]
        if plans:
            verifiers = self._people(
                moment_told(plans[0]["planned"]), [f"{self.pack}/{one['programme']}" for one in plans]
            )
            for plan in plans:
                yield from self._carry_out(plan, verifiers)

    def _people(self, at: datetime, programmes: list[str]) -> tuple[Person, ...]:
        by, body = person_named("operator"), self.told["body"]
        add_body(code=body["code"], title=body["title"], division=body["division"], ends=None, by=by, at=at)
        for code, name in self.told["verifiers"].items():
            mail = f"{code}@shishi.example"
            add_person(username=code, name=name, mail=mail, demonstration=True, by=by, at=at)
            add_post(
                username=code,
                body=body["code"],
                role=Role.SUPERVISOR,
                divisions=[normalise(body["division"])],
                programmes=programmes,
                until=None,
                by=by,
                at=at,
            )
        return tuple(person_named(name) for name in self.told["verifiers"])

    def _carry_out(self, plan: Told, verifiers: tuple[Person, ...]) -> Iterator[str]:
        first, *_ = verifiers
        new = NewVerification(
            programme=f"{self.pack}/{plan['programme']}",
            indicator=plan["indicator"],
            as_of=plan["as_of"],
            title=plan["title"],
            confidence=Decimal(plan["confidence"]),
            margin=Decimal(plan["margin"]),
            minimum=plan["minimum"],
            seed_source=plan["seed_source"],
            seed_on=plan["seed_on"],
            verifiers=tuple(self.told["verifiers"]),
        )
        made = plan_verification(new, by=first, at=moment_told(plan["planned"]))
        yield f"{plan['planned']} 立核实方案：{made.title}，总体 {made.rows} 行，应抽 {made.size} 行"
        draw_sample(made.pk, str(plan["seed"]), by=first, at=moment_told(plan["drawn"]))
        at = moment_of(plan["visits"][1], datetime.min.time().replace(hour=17))
        _, rows = drawn_rows(first, made.pk, at=at, limit=10**6)
        for place, row in enumerate(rows, start=1):
            _visit(plan, place, row, verifiers, len(rows))
        refuted = [row for row in drawn_rows(first, made.pk, at=at, limit=10**6)[1] if row.outcome is Outcome.REFUTED]
        if refuted and plan.get("recheck"):
            _look_again(plan["recheck"], refuted[0], _clerk(plan, refuted[0]), verifiers)
        view = verification_of(
            person_named("operator"), made.pk, at=moment_told(plan["recheck"]["at"]) + timedelta(days=30)
        )
        if view.estimate is not None:
            point, low, high = view.estimate.interval.percent()
            yield (
                f"{plan['visits'][1]} 核实完成：抽查 {view.drawn} 行，属实 {view.verified} 行，"
                f"估计属实率 {point}%（{low}%—{high}%）"
            )


def _visit(plan: Told, place: int, row: DrawnView, verifiers: tuple[Person, ...], rows: int) -> None:
    """Two people look at a row; where the plan says so a third one, too."""
    start, end = plan["visits"]
    day: date = start + timedelta(days=place * (end - start).days // (rows + 1))
    yes, no = Found(Verdict.CONFIRMED, day), {}
    for kind in ("refuted", "disputed"):
        told = plan[kind]
        no[kind] = Found(Verdict.REFUTED, day, told["reason"], told["text"])
    found = [yes, yes]
    if place % plan["refuted"]["every"] == 0:
        found = [no["refuted"], no["refuted"]]
    elif place % plan["disputed"]["every"] == 0:
        found = [no["disputed"], yes, yes]
    at = datetime.combine(day, datetime.min.time(), SHANGHAI).replace(hour=16)
    for person, said in zip(verifiers, found, strict=False):
        record_check(row.id, said, by=person, at=at)


def _clerk(plan: Told, row: DrawnView) -> Person:
    """Who hands in the workbooks of the division that the row lies in."""
    digits = {"province": 2, "city": 4, "county": 6}[plan["hands_in"]]
    return person_named(username(plan["programme"], official(row.division[:digits])))


def _look_again(told: Told, row: DrawnView, clerk: Person, verifiers: tuple[Person, ...]) -> None:
    """The refuted row was put right, and two people look again."""
    ask_recheck(row.id, told["text"], by=clerk, at=moment_told(told["at"]))
    day = told["visited"]
    at = datetime.combine(day, datetime.min.time(), SHANGHAI).replace(hour=16)
    seen = replace(Found(Verdict.CONFIRMED, day), text=told["text"])
    for person in verifiers[1:]:
        record_check(row.id, seen, by=person, at=at)
