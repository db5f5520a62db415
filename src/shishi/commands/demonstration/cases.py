"""The demonstration's cases: ``<pack>/demonstration/cases.yaml``, each carried on step by step by the people it names.

Everything in them is invented and says so. Every step goes through the service that its page calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_body, add_person, add_post
from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.ticking import tick
from shishi.apps.citizens.services import enter_by_phone, tell_identity
from shishi.apps.exchange.own_keys import has_identity, make_identity
from shishi.apps.hall.drafts import answer, begin_draft, send
from shishi.apps.ledger.single_rows import hold_row
from shishi.apps.programmes.selectors import process_named, table_named
from shishi.commands.demonstration.case_steps import Walk, take_step
from shishi.commands.demonstration.tellers import Teller, Told, moment_told
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise


class Handled(Teller):
    """What a pack's file tells; :meth:`run` does it case by case and says how each stands in the end."""

    file = "cases.yaml"

    def run(self, tells: Callable[[str], bool]) -> Iterator[str]:
        """Carry on the cases of programmes that are told, then let time pass to the file's ``until``."""
        cases = [told for told in self.told.get("cases", ()) if tells(told["programme"])]
        if not cases:
            return
        operator, begins = person_named("operator"), moment_told(self.told["begins"])
        self._prepare(cases, operator, begins)
        walks = [(told, self._walked(told)) for told in cases]
        until = moment_told(self.told["until"])
        tick(until)
        for told, walk in walks:
            if walk.number:
                case = case_of(operator, walk.number, until)
                yield f"演示办件 {case.number} {told['says']}：{case.state.label}"
            else:
                yield f"演示草稿 {told['says']}"

    def _prepare(self, cases: list[Told], operator: Person, at: datetime) -> None:
        """Bodies, people with posts, rows that a process refers to, an identity where cases go across."""
        named = {told["programme"] for told in cases}
        for told in self.told.get("bodies", ()):
            add_body(**{key: str(told[key]) for key in ("code", "title", "division")}, ends=None, by=operator, at=at)
        for told in self.told.get("people", ()):
            if told["programme"] in named:
                self._post(told, operator, at)
        for told in self.told.get("rows", ()):
            _, table = table_named(f"{self.pack}/{told['table']}")
            cells = dict(told["cells"])
            hold_row(table, cells, as_of=day_of(at), by=operator, at=at)
        known = self.told.get("identity")
        if known and not has_identity():
            make_identity(known["code"], known["title"], by=operator, at=at)

    def _post(self, told: Told, operator: Person, at: datetime) -> None:
        username = told["username"]
        mail = f"{username}@shishi.example"
        add_person(username=username, name=told["name"], mail=mail, demonstration=True, by=operator, at=at)
        add_post(
            username=username,
            body=told["body"],
            role=Role(told["role"]),
            divisions=[normalise(str(told["division"]))],
            programmes=[f"{self.pack}/{told['programme']}"],
            until=None,
            by=operator,
            at=at,
        )

    def _walked(self, told: Told) -> Walk:
        """One case from its beginning as far as it is told."""
        people = {name: self._citizen(name) for name in told.get("citizens", ())}
        walk = Walk(people, self.told.get("ballot", ""))
        begins = told["opens"]
        at = moment_told(begins["at"])
        walk.number = self._applied(walk, begins, at) if "item" in begins else self._opened(told, begins, at)
        for step in told.get("steps", ()):
            take_step(walk, step)
        return walk

    def _citizen(self, name: str) -> Person:
        told = self.told["citizens"][name]
        at = moment_told(self.told["begins"])
        person = enter_by_phone(told["phone"], at)
        tell_identity(person, told["name"], str(told.get("number", "")), at)
        return person

    def _opened(self, told: Told, begins: Told, at: datetime) -> str:
        """At the window, by an official."""
        process = process_named(f"{self.pack}/{begins['process']}")
        form = form_of(process, process.starts.form)
        who = begins["applicant"]
        made = open_case(
            process.name,
            answers=read_answers(form, {name: str(text) for name, text in begins["answers"].items()}, day_of(at)),
            applicant=Applicant(who["name"], None, str(who.get("phone", ""))),
            division=str(begins["division"]),
            programme=f"{self.pack}/{told['programme']}",
            channel=begins.get("channel", "window"),
            once=f"demonstration:{told['says']}",
            title=begins.get("title", ""),
            by=person_named(begins["by"]),
            at=at,
        )
        return made.number

    def _applied(self, walk: Walk, begins: Told, at: datetime) -> str:
        """Online, by a citizen: question by question, then sent; a draft that is not sent has no number."""
        person = walk.citizens[begins["by"]]
        draft = begin_draft(begins["item"], by=person, at=at)
        for name, text in begins["answers"].items():
            answer(person, draft.code, name, str(text), at=at)
        return send(person, draft.code, at=at) if begins.get("sent", True) else ""
