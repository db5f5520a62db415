"""A store with the little pack and its process 房屋登记, and the people who work on its cases."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_person, add_post, make_operator
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.materials import add_material, promise_material
from shishi.apps.cases.models import CaseRow, TaskRow
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.services import install_pack
from shishi.core.tables import Value
from shishi.packs.loading import load_pack
from tests.standing import standing

PACK = load_pack(Path(__file__).parents[1] / "little_pack")
PERMIT = next(process for process in PACK.processes if process.short == "permit")
HOMES = "somewhere/2021/homes"
XUANZHOU, LANGXI = "341802", "341821"
BEGIN = datetime(2021, 9, 1, 1, tzinfo=UTC)
CITIZEN = "11010519491231002X"
REMEDY = "六十日内向市政府申请行政复议"


def one_province(code_list: Path, folder: Path) -> Path:
    """The code list of 安徽 down to the county: nobody in these tests lives anywhere else."""
    folder.mkdir(parents=True)
    for name in ("provinces", "cities", "areas", "streets", "villages"):
        with (code_list / f"{name}.csv").open(encoding="utf-8-sig", newline="") as given:
            lines = list(csv.reader(given))
        at = lines[0].index("code")
        kept = [line for line in lines[1:] if line[at][:2] == "34" and name in ("provinces", "cities", "areas")]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([lines[0], *kept])
    return folder


class CaseTown:
    """Every write comes a minute after the one before, unless a test says when."""

    def __init__(self, folder: Path, code_list: Path) -> None:
        self.folder, self.now = folder, datetime(2021, 9, 13, 1, tzinfo=UTC)
        standing(CaseTown, lambda: self._found(code_list))
        self.operator, self.citizen, self.chief, self.far = map(person_named, ("operator", "citizen", "chief", "far"))
        self.window, self.other_window, self.reviewer, self.second = map(
            person_named, ("window", "other_window", "reviewer", "second")
        )

    def _found(self, code_list: Path) -> None:
        """One province, the pack, and everybody who has a part in it."""
        self.operator = make_operator(BEGIN)
        load_snapshot(one_province(code_list, self.folder / "code-list"), by="operator", at=BEGIN)
        install_pack(PACK, effective_on=None, holds_rows=holds_rows, by=self.operator, at=BEGIN)
        for clerk in ("window", "other_window"):
            self.person(clerk, "xuanzhou", Role.CLERK, XUANZHOU)
        for reviewer in ("reviewer", "second"):
            self.person(reviewer, "xuanzhou", Role.REVIEWER, XUANZHOU)
        self.person("far", "langxi", Role.CLERK, LANGXI)
        self.person("chief", "office", Role.LEADER, "3418")
        self.plain("citizen")

    def person(self, username: str, body: str, role: Role, division: str) -> Person:
        """Somebody with a post."""
        person = self.plain(username)
        reach = {"divisions": [division], "programmes": [HOMES]}
        add_post(username=username, body=body, role=role, until=None, by=self.operator, at=BEGIN, **reach)
        return person

    def plain(self, username: str) -> Person:
        """Somebody without one."""
        name = f"{username}（演示）"
        return add_person(username=username, name=name, mail="", demonstration=True, by=self.operator, at=BEGIN)

    def tick(self, **later: int) -> datetime:
        """The next moment."""
        self.now += timedelta(**(later or {"minutes": 1}))
        return self.now

    def open(self, number: str = "H-01", by: Person | None = None, **asked: Any) -> CaseRow:
        """A case of the citizen's own."""
        answers: Mapping[str, Value] = {"number": number, "county": XUANZHOU, "owner": "张三", "citizen": CITIZEN}
        applicant = Applicant("张三", asked.pop("person", self.citizen), "13800001234", CITIZEN)
        told = {"answers": answers, "applicant": applicant, "division": XUANZHOU, **asked}
        return open_case("permit", by=by or self.citizen, at=self.tick(), **told)

    def papers(self, case: CaseRow) -> CaseRow:
        """Everything that the process asks for is there."""
        add_material(case.uuid, "title", name="证.pdf", content=b"%PDF-1.4 title", by=self.citizen, at=self.tick())
        promise_material(case.uuid, "pledge", "没有纠纷", by=self.citizen, at=self.tick())
        return case

    def task(self, case: CaseRow, kind: str = "work", state: str = "open") -> TaskRow:
        """The one task of that kind."""
        return TaskRow.objects.get(case=case, kind=kind, state=state)

    def accept(self, case: CaseRow) -> CaseRow:
        """The window accepts it."""
        complete_task(self.task(case).pk, "accept", by=self.window, at=self.tick())
        return self.fresh(case)

    def review(self, case: CaseRow, outcome: str = "approve", **said: Any) -> CaseRow:
        """Two reviewers, one after the other."""
        answers = {"answers": {"finding": "属实"}, **said}
        complete_task(self.task(case).pk, outcome, by=self.reviewer, at=self.tick(), **answers)
        complete_task(self.task(case, "second").pk, "agree", by=self.second, at=self.tick())
        return self.fresh(case)

    def fresh(self, case: CaseRow) -> CaseRow:
        """As it is stored now."""
        return CaseRow.objects.get(pk=case.pk)

    def actions(self, case: CaseRow) -> list[str]:
        """What its thread says was done, in order."""
        return list(case.steps.order_by("position").values_list("action", flat=True))
