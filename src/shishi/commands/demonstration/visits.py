"""The demonstration's visits: ``<pack>/demonstration/visits.yaml``, from the plan to a problem that was put right.

Everything in it is invented and says so: where somebody went, what they saw, what was put right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from shishi.apps.accounts.selectors import person_named, posts_of
from shishi.apps.fieldwork.problems import NewProblem, close_problem, reply, return_reply
from shishi.apps.fieldwork.visits import Carried, NewVisit, carry_out, plan_visit
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.selectors import table_named
from shishi.commands.demonstration.tellers import Teller, Told, moment_told
from shishi.core.calendars import day_of
from shishi.core.divisions import official
from shishi.core.visits import Seen, VisitKind

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person
    from shishi.apps.fieldwork.visits_seen import ProblemView
    from shishi.apps.ledger.models import RevisionRow


class Visited(Teller):
    """What a pack's file tells; :meth:`run` does it in the order of time, and says it in sentences."""

    file = "visits.yaml"

    def run(self, programmes: set[str]) -> Iterator[str]:
        """Carry the visits out where their programme is told and its rows are there."""
        if self.told.get("programme") not in programmes:
            return
        name = f"{self.pack}/{self.told['programme']}"
        _, table = table_named(f"{name}/{self.told['table']}")
        on = day_of(moment_told(self.told["visits"][0]["written"]))
        rows = live(table.name, on).filter(division__startswith=self.told["division"]).order_by("key")
        meant = [row for row in rows.select_related("batch") if self.is_meant(row)]
        for visit in self.told["visits"]:
            if visit["row"] < len(meant):
                yield self._visit(name, visit, meant[visit["row"]])

    def _visit(self, programme: str, told: Told, row: RevisionRow) -> str:
        by = person_named(told["by"])
        new = NewVisit(
            programme,
            VisitKind(told["kind"]),
            told["title"],
            official(row.division),
            planned_on=told["planned_on"],
            purpose=told["purpose"],
            entry=row.entry,
            uuid=_identity(programme, told["title"]),
            demonstration=True,
        )
        made = plan_visit(new, by=by, at=moment_told(told["written"]))
        if "held" not in told:
            return f"{told['written']} 计划走访：{made.title}（{told['planned_on']}）"
        at = moment_told(told["held"])
        clerk = person_named(row.batch.person)
        body = posts_of(clerk, day_of(at))[0].body.code
        found = tuple(
            NewProblem(_identity(programme, item["text"]), item["text"], body, item["within"])
            for item in told["problems"]
        )
        seen = Seen(day_of(at), told["place"], told["text"])
        done = carry_out(made.uuid, Carried(seen, found), by=by, at=at)
        closed = sum(_follow(item, held, clerk) for item, held in zip(told["problems"], done.problems, strict=True))
        return f"{told['held']} 走访：{made.title}，发现 {len(found)} 个问题，已复查销号 {closed} 个"


def _follow(told: Told, problem: ProblemView, clerk: Person) -> bool:
    """What became of a problem; whether it is closed."""
    for step in told.get("steps", ()):
        at = moment_told(step["at"])
        if "reply" in step:
            reply(problem.id, step["reply"], by=clerk, at=at)
        elif "return" in step:
            return_reply(problem.id, step["return"], by=person_named(step["by"]), at=at, days=step["days"])
        else:
            close_problem(problem.id, step["close"], by=person_named(step["by"]), at=at)
    return any("close" in step for step in told.get("steps", ()))


def _identity(programme: str, text: str) -> UUID:
    """The same each time the demonstration is built."""
    return uuid5(NAMESPACE_URL, f"shishi:demonstration:{programme}:{text}")
