"""The demonstration as it is told: packs, people, workbooks over several days, stocktakes, one notice to its end."""

from __future__ import annotations

import time as stopwatch
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path

from django.conf import settings

from shishi.adapters.spreadsheets.cage import spare_child
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named, responsible
from shishi.apps.accounts.services import add_person, add_post
from shishi.apps.assurance.services import mark_rows
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.documents.keeping import put_files
from shishi.apps.documents.services import Order, write_briefs
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.selectors import holds_rows, live, totals
from shishi.apps.ledger.services import receive_workbook
from shishi.apps.programmes.selectors import packs, programmes, table_named
from shishi.apps.programmes.services import install_pack
from shishi.apps.publishing.services import publish
from shishi.apps.supervision.month_end import close_month, ends_month
from shishi.apps.supervision.stocktake import Stocktake, run_day
from shishi.commands.demonstration.cases import Handled
from shishi.commands.demonstration.clerk_shapes import Sent
from shishi.commands.demonstration.evidence import Proved
from shishi.commands.demonstration.hand_ins import clerks, hand_ins
from shishi.commands.demonstration.notice import follow
from shishi.commands.demonstration.planned import Clerk
from shishi.commands.demonstration.planned import HandIn as Planned
from shishi.commands.demonstration.statements import Taken, reviewers_of, statements_plan, steps_of, take
from shishi.commands.demonstration.supervision import Followed
from shishi.commands.demonstration.verification import Verified
from shishi.commands.demonstration.visits import Visited
from shishi.commands.demonstration.work_record import record_plan
from shishi.commands.demonstration.writing_ahead import written_ahead
from shishi.core.assurance import Basis
from shishi.core.briefs import MONTHLY
from shishi.core.calendars import moment_of
from shishi.core.divisions import COUNTRY, DivisionTree, Level, normalise
from shishi.core.documents import Proof
from shishi.core.programmes import Pack, Part
from shishi.packs.loading import load_pack

TITLES = "xuancheng/2021/title_certificates"
FIRST = date(2021, 1, 4)
ARTICLE = date(2021, 9, 22)
"""The day of the ministry's article."""
LAST = date(2021, 9, 30)
END = date(2021, 10, 27)
"""The day of the city's article, to which the other programmes are told."""
CITY = "3418"
THREE = ("title_certificates", "resettlement_homes", "estate_renovation")
"""Told when nothing is asked for: they show the daily cycle."""
CATALOGUE = "service_items"
"""Handed in beside the three, so that citizens find something to apply for."""
BEFORE = (date(2021, 9, 26), date(2021, 9, 29))
"""Days on which these three are looked at too: a Sunday, which ends a week, and the day before the last."""


class Story:
    """Runs once in an empty folder; ``tell`` prints what happens. ``whole`` tells all programmes, ``only`` those of
    these codes; otherwise three are told."""

    def __init__(
        self, folder: Path, tell: Callable[[str], None], *, whole: bool = False, only: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.tell = tell
        self.whole = whole or bool(only)
        self.asked = frozenset(only)
        self.only = frozenset(only or (() if whole else (*THREE, CATALOGUE)))
        self.packs = Path(settings.PACKS)
        self.started = stopwatch.monotonic()
        self._summary: list[str] = []
        self._looked: set[tuple[str, date]] = set()
        self._late: set[tuple[str, date]] = set()

    def summary(self) -> list[str]:
        """What was done, for the end of the page."""
        batches, rows = totals()
        return [f"演示数据：{batches} 份工作簿，{rows:,} 行。", *self._summary]

    def run(self) -> None:
        """From an empty folder to a closed notice."""
        from shishi.commands.main import main

        main(["init", "--demonstration"])
        installed = self.install()
        tree = self.tree()
        plans = [plan for pack in installed if (plan := statements_plan(self.packs, pack))]
        plans = [plan for plan in plans if self.tells(plan.table.partition("/")[0])]
        self.people(clerks(self.packs, tree, installed, self.only))
        self.people((clerk for plan in plans for clerk in reviewers_of(plan)), Role.REVIEWER)
        self.superiors()
        told: list[Planned | Taken] = [*hand_ins(self.packs, tree, installed, self.only)]
        told += (taken for plan in plans for taken in steps_of(plan))
        told.sort(key=lambda item: (item.received, item.time))
        with spare_child():
            self.until(told, tree, LAST, waiting=[day for day in (ARTICLE, *BEFORE) if self.whole or day in BEFORE])
            if self.tells("title_certificates"):
                self.assure()
            self.stocktake(LAST)
            followed = Followed(self.packs / "xuancheng" / "2021") if self.tells("title_certificates") else None
            self._tell_all(followed, moment_of(LAST, time(23)))
            if self.tells("title_certificates"):  # before anything later is known
                self._summary += follow(self.folder, tree, self.tell)
            self.until([item for item in told if item.received > LAST], tree, END)
            self._tell_all(followed, moment_of(END, time(19)))
        if self.whole:
            self.stocktake(END)
            self.look_again(END)
        self.publish()
        self.prove()
        self.verify(installed)
        self.visit(installed)
        self.handle(installed)
        self.tell(f"共用 {stopwatch.monotonic() - self.started:.0f} 秒。")

    def _tell_all(self, followed: Followed | None, moment: datetime) -> None:
        """Meetings and matters up to a moment."""
        for line in followed.until(moment) if followed else ():
            self.tell(line)

    def tells(self, code: str) -> bool:
        """Whether the programme of this code is told."""
        return not self.only or code in self.only

    def until(
        self, told: Sequence[Planned | Taken], tree: DivisionTree, last: date, waiting: Iterable[date] = ()
    ) -> None:
        """Hand in everything up to a day, and look at each of the ``waiting`` days when it has passed."""
        looks = list(waiting)
        coming = [item for item in told if item.received <= last]
        written = written_ahead((item, *self._sent(item, tree)) for item in coming if isinstance(item, Planned))
        for item in coming:
            while looks and looks[0] < item.received:
                self.stocktake(looks.pop(0))
            if isinstance(item, Planned):
                self.hand_in(*next(written))
            else:
                self.tell(take(item))
        for day in looks:
            self.stocktake(day)

    def install(self) -> list[Pack]:
        """Install every pack at the beginning of the year; returns them."""
        at = moment_of(FIRST, time(9))
        operator = person_named("operator")
        found = [load_pack(folder) for folder in sorted(self.packs.glob("*/*"))]
        for pack in found:
            install_pack(pack, effective_on=None, holds_rows=holds_rows, by=operator, at=at)
            self.tell(f"安装清单 {pack.title}")
        return found

    def people(self, clerks: Iterable[Clerk], role: Role = Role.CLERK) -> None:
        """Everybody of the divisions: demonstration people."""
        at = moment_of(FIRST, time(10))
        operator = person_named("operator")
        names = {item.code: item.name for _, item in programmes()}
        for clerk in clerks:
            self._person(clerk.username, clerk.name, operator, at)
            programme = names[clerk.programme]
            add_post(
                username=clerk.username,
                body=self._body(clerk, programme),
                role=role,
                divisions=[normalise(clerk.division)],
                programmes=[programme],
                until=None,
                by=operator,
                at=at,
            )

    def superiors(self) -> None:
        """A supervisor, a leader and a reviewer of the city, and the leader of the ministry who publishes."""
        at = moment_of(FIRST, time(10))
        operator = person_named("operator")
        for username, name, role, body, division in (
            ("supervisor", "演示督办员", Role.SUPERVISOR, "title_office", CITY),
            ("leader", "演示领导", Role.LEADER, "title_office", CITY),
            ("reviewer", "演示复核员", Role.REVIEWER, "title_office", CITY),
            ("minister", "演示部领导", Role.LEADER, "office", COUNTRY),
        ):
            self._person(username, name, operator, at)
            add_post(
                username=username,
                body=body,
                role=role,
                divisions=[division],
                programmes=["*"],
                until=None,
                by=operator,
                at=at,
            )

    def _person(self, username: str, name: str, operator: Person, at: datetime) -> None:
        mail = f"{username}@shishi.example"
        add_person(username=username, name=name, mail=mail, demonstration=True, by=operator, at=at)

    def _body(self, clerk: Clerk, programme: str) -> str:
        held = responsible(programme, normalise(clerk.division), Part.LEAD, FIRST)
        return held[0].code if held else "office"

    def tree(self) -> DivisionTree:
        """Counties of the country, everything below the city."""
        return DivisionTree([*load_tree(within=COUNTRY, down_to=Level.COUNTY), *load_tree(within=CITY)])

    def _sent(self, planned: Planned, tree: DivisionTree) -> tuple[Sent, Path]:
        """The workbook as the clerk fills it, and where it is written."""
        _, table = table_named(planned.table)
        folder = self.folder / "hand-ins" / planned.received.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        sender = tree.name(normalise(planned.division), planned.day)
        return Sent(table, planned.rows, sender, planned.day), folder / f"{planned.person}-{table.short}"

    def hand_in(self, planned: Planned, path: Path) -> None:
        """Hand the workbook in as the clerk would."""
        programme, table = table_named(planned.table)
        received = receive_workbook(
            HandIn(programme, table, path, planned.day, planned.mode),
            by=person_named(planned.person),
            at=moment_of(planned.received, planned.time),
        )
        if planned.late:
            self._late.add((programme.name, planned.day))
        done = f"新增 {received.posted}，更新 {received.revised}"
        as_of = "" if planned.received == planned.day else f"（截至 {planned.day}）"
        self.tell(f"{planned.received} {planned.person} 报送 {table.title}{as_of}：{done}")

    def assure(self) -> None:
        """Mark most issued certificates as evidenced and a sample as verified, so that three truths are seen."""
        at = moment_of(LAST, time(17))
        reviewer = person_named("reviewer")
        _, table = table_named(f"{TITLES}/units")
        issued = [row.key for row in live(table.name, LAST).order_by("key") if row.cells.get("stage") == "cert_issued"]
        evidenced = [key for position, key in enumerate(issued) if position % 40]
        verified = evidenced[:: max(len(evidenced) // 380, 1)][:380]
        for state, keys in ((Basis.EVIDENCED, evidenced), (Basis.VERIFIED, verified)):
            note = "演示：按证书扫描件登记" if state is Basis.EVIDENCED else "演示：抽样上门核对"
            marked = mark_rows(table, "certificate", state, keys, effective_on=LAST, note=note, by=reviewer, at=at)
            self.tell(f"{LAST} reviewer 标记 {state.value} {marked} 套")

    def stocktake(self, day: date) -> None:
        """Run the day of the programmes that are told, after its last cut-off, and write the lists' briefs."""
        at = moment_of(day, time(20))
        operator = person_named("operator")
        looked = []
        for pack, programme in programmes():
            if self.looks_at(programme.code, pack.division, day):
                self._looked.add((programme.name, day))
                looked.append(run_day(programme.name, day, demonstration=True, by=operator, at=at))
                self._keep(looked[-1])
        if day in (ARTICLE, END):
            self.tell_in_full(looked, at)
        for pack in packs() if self.whole and not self.only else ():
            plan = record_plan(self.packs, pack)
            if ends_month(day) or (plan and day in plan.monthly_on):
                self.monthly(pack, day)

    def looks_at(self, code: str, division: str, day: date) -> bool:
        """Whether a programme is looked at on a day: the list of an article alone on the day of the article, the three
        alone on the days before the last."""
        article = {ARTICLE: COUNTRY, END: CITY}.get(day, division)
        more = self.whole and day not in BEFORE
        return self.tells(code) and article == division and (code in THREE or more)

    def tell_in_full(self, looked: Sequence[Stocktake], at: datetime) -> None:
        """On the day of an article every programme of its list has a brief that tells all of it."""
        orders = []
        for done in looked:
            asked = Asked(done.programme.name, done.as_of, known_at=done.known_at)
            orders.append(Order(asked, MONTHLY, done.findings, Proof(done.as_of, done.root), demonstration=True))
        written = write_briefs(orders, by=person_named("operator"), at=at)
        for done, (brief, _) in zip(looked, written, strict=True):
            put_files(brief, self.folder / "briefs" / done.programme.code)
            self.tell(f"{done.as_of} 写成 {brief.title}第{brief.number}期")

    def look_again(self, today: date) -> None:
        """Run the past days anew whose rows were corrected since: what was issued stays, with an erratum."""
        for name, day in sorted(self._looked):
            if any(programme == name and told <= day < today for programme, told in self._late):
                at, operator = moment_of(today, time(20, 40)), person_named("operator")
                done = run_day(name, day, demonstration=True, by=operator, at=at)
                for brief in done.errata:
                    put_files(brief, self.folder / "briefs" / done.programme.code)
                self.tell(f"{today} 重看 {day} {done.programme.title}：有更正，写成 {len(done.errata)} 份勘误")

    def monthly(self, pack: Pack, day: date) -> None:
        """Write the whole list's brief of the day."""
        at = moment_of(day, time(20, 30))
        done = close_month(pack, day, demonstration=True, by=person_named("operator"), at=at)
        put_files(done.brief, self.folder / "briefs" / pack.jurisdiction)
        self.tell(f"{day} 写成 {done.brief.title}第{done.brief.number}期")

    def publish(self) -> None:
        """Let everybody see the last day of each list that was looked at, so that the public pages can be opened."""
        at = moment_of(END if self.whole else LAST, time(21))
        for pack, programme in programmes():
            day = END if self.whole and pack.division == CITY else LAST
            if programme.publishing and (programme.name, day) in self._looked:
                by = person_named("minister" if pack.division == COUNTRY else "leader")
                edition, _ = publish(programme.name, day, by=by, at=at)
                self.tell(f"{day} 公开 {programme.title} 第 {edition.number} 版")

    def prove(self) -> None:
        """Show the archive of one estate: pictures that are made up and say so."""
        for folder in sorted(self.packs.glob("*/*")):
            for line in Proved(folder).run(moment_of(END, time(19, 10)), self.tells):
                self.tell(line)

    def verify(self, installed: Iterable[Pack]) -> None:
        """Check a sample on the spot, after all else: what is verified changes no figure that was reported."""
        for pack in installed:
            folder = self.packs / pack.jurisdiction / str(pack.year)
            told = {item.code for item in pack.programmes if self.tells(item.code)}
            for line in Verified(folder).run(told):
                self.tell(line)
                self._summary.append(line)

    def visit(self, installed: Iterable[Pack]) -> None:
        """Go and see, and have put right what was found: by the people of the verification, after it."""
        for pack in installed:
            folder = self.packs / pack.jurisdiction / str(pack.year)
            for line in Visited(folder).run({item.code for item in pack.programmes if self.tells(item.code)}):
                self.tell(line)

    def handle(self, installed: Iterable[Pack]) -> None:
        """Carry on the cases of citizens, after all else: what they post is known later than every figure."""
        for pack in installed:
            folder = self.packs / pack.jurisdiction / str(pack.year)
            for line in Handled(folder).run(lambda code: not self.asked or code in self.asked):
                self.tell(line)
                self._summary.append(line)

    def _keep(self, done: Stocktake) -> None:
        for brief in done.briefs:
            put_files(brief, self.folder / "briefs" / done.programme.code)
        line = f"{done.as_of} 调度 {done.programme.title}：{len(done.findings)} 个问题，起草 {len(done.drafted)} 份单"
        self.tell(f"{line}，写成 {done.written} 份简报")
        if done.as_of == LAST:
            self._summary.append(f"{line}，日根 {done.root[:16]}…")
