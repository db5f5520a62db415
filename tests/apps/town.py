"""A town to test in: 宣城市 with its real divisions, one small pack, and a person for every part.

The pack has two tables (estates 小区, homes 房屋 that refer to them) with every kind of rule that the ledger knows, and
is written with the core's own types so that a test can change one thing of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import apps as django_apps

from shishi.adapters.spreadsheets.base import ReadRow, Sheetful, column_letter
from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.services import add_person, add_post, make_operator
from shishi.apps.divisions.services import load_snapshot
from shishi.apps.indicators.selectors import Asked, figures
from shishi.apps.ledger.intake import HandIn
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.ledger.services import Received, receive_workbook
from shishi.apps.programmes.selectors import table_named
from shishi.apps.programmes.services import install_pack
from shishi.core.criteria import AnyOf, Compare, Moment, Operator
from shishi.core.divisions import Level
from shishi.core.indicators import (
    Figure,
    Indicator,
    Measure,
    Shape,
    Span,
    TargetTree,
    Trajectory,
    TrajectoryPoint,
)
from shishi.core.ledger import Mode
from shishi.core.programmes import (
    BodyEntry,
    BriefPlan,
    Cadence,
    DivisionChange,
    Pack,
    Part,
    PeriodKind,
    Programme,
    ResponsibilityEntry,
    Rung,
)
from shishi.core.tables import Check, CheckKind, Choice, Field, FieldType, Sensitivity, Table, Values
from shishi.packs.canonical import pack_version
from tests.standing import standing

BEGIN = datetime(2021, 9, 1, 1, tzinfo=UTC)
NOW = datetime(2021, 9, 30, 2, tzinfo=UTC)
DAY = date(2021, 9, 30)
NAME = "somewhere/2021/homes"
XUANZHOU, LANGXI, GUANGDE = "341802", "341821", "341882"
CITIZEN, OTHER_CITIZEN = "11010519491231002X", "440524188001010014"

ESTATES = Table(
    f"{NAME}/estates",
    "小区台账",
    1,
    (
        Field("code", "小区编号", FieldType.TEXT, required=True),
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("name", "小区名称", FieldType.TEXT, required=True),
    ),
    ("code",),
    "county",
)
HOMES = Table(
    f"{NAME}/homes",
    "房屋台账",
    1,
    (
        Field("number", "房屋编号", FieldType.TEXT, required=True),
        Field("county", "县市区", FieldType.DIVISION, required=True, synonyms=("所在区划",)),
        Field("estate", "所属小区", FieldType.REFERENCE, references=ESTATES.name),
        Field(
            "stage",
            "阶段",
            FieldType.ENUMERATION,
            required=True,
            values=(Choice("listed", "已列入"), Choice("registered", "已登记"), Choice("issued", "已发证")),
        ),
        Field("owner", "权利人", FieldType.TEXT, sensitivity=Sensitivity.MASKED),
        Field("citizen", "身份证号", FieldType.CITIZEN_NUMBER, sensitivity=Sensitivity.ENCRYPTED),
        Field("area", "面积", FieldType.DECIMAL, scale=2, unit="平方米", minimum=Decimal("0.01")),
        Field("issued_on", "发证日期", FieldType.DATE),
        Field("household", "户编号", FieldType.TEXT),
    ),
    ("number",),
    "county",
    checks=(
        Check(
            "issued_undated",
            CheckKind.ERROR,
            AnyOf((Compare("issued_on", Operator.IS_EMPTY, False), Compare("stage", Operator.LESS_THAN, "issued"))),
            "已发证的要填发证日期。",
        ),
        Check(
            "issued_in_future",
            CheckKind.ERROR,
            Compare("issued_on", Operator.ON_OR_BEFORE, Moment.AS_OF),
            "发证日期晚于截至日。",
        ),
        Check("area_unusual", CheckKind.QUERY, Compare("area", Operator.AT_MOST, 500), "面积超过500平方米，请核实。"),
    ),
    groups={"certificate": ("stage", "issued_on")},
)
REPORTS = Table(
    f"{NAME}/reports",
    "自报数",
    1,
    (
        Field("county", "县市区", FieldType.DIVISION, required=True),
        Field("complaints", "投诉件数", FieldType.INTEGER),
    ),
    ("county",),
    "county",
)
_ISSUED = Compare("stage", Operator.AT_LEAST, "issued")
INDICATORS = (
    Indicator("homes", "房屋套数", Measure.COUNT, "套", table=HOMES.name),
    Indicator(
        "issued",
        "发证套数",
        Measure.COUNT,
        "套",
        table=HOMES.name,
        where=_ISSUED,
        assured_group="certificate",
        headline=True,
    ),
    Indicator("rate", "发证率", Measure.RATIO, "%", numerator="issued", denominator="homes", scale=2),
    Indicator("area", "建筑面积", Measure.SUM, "平方米", table=HOMES.name, field="area", scale=2),
    Indicator("households", "户数", Measure.DISTINCT, "户", table=HOMES.name, field="household"),
    Indicator(
        "issued_today", "当日发证", Measure.COUNT, "套", table=HOMES.name, where=_ISSUED, span=Span.FLOW, by="issued_on"
    ),
    Indicator(
        "complaints", "投诉件数", Measure.REPORTED, "件", table=REPORTS.name, field="complaints", own_counts=True
    ),
)
PROGRAMME = Programme(
    NAME,
    "房屋办证",
    "全部办证。",
    "演示依据",
    "341800",
    Level.COUNTY,
    (ESTATES, HOMES, REPORTS),
    INDICATORS,
    targets=(
        TargetTree(
            "issued",
            1,
            {"341800": Decimal(10), "341802": Decimal(4), "341821": Decimal(3), "341882": Decimal(3)},
            "演示文件",
        ),
    ),
    trajectories=(
        Trajectory(
            "issued",
            1,
            Shape.LINEAR,
            (
                TrajectoryPoint(date(2021, 1, 1), Decimal(0)),
                TrajectoryPoint(date(2021, 12, 31), Decimal(1)),
            ),
        ),
    ),
    cadences=(Cadence(HOMES.name, PeriodKind.DAY, time(18)),),
    ladder=(Rung("reminder", 1), Rung("prompt_notice", 3, after_days=1), Rung("supervision_order", 5, after_days=5)),
    supervises=(XUANZHOU, LANGXI, GUANGDE),
    briefs=(
        BriefPlan(
            "daily", "房屋办证日汇总", "房屋办证日汇总", "日汇总", ("homes", "issued", "rate"), breakdown="issued"
        ),
    ),
)
_COUNTIES = {"xuanzhou": (XUANZHOU, "宣州区"), "langxi": (LANGXI, "郎溪县"), "guangde": (GUANGDE, "广德市")}


def versioned(pack: Pack) -> Pack:
    """The pack under the hash of its content, as loading would give it."""
    return replace(pack, version=pack_version(pack))


def pack_of(programme: Programme = PROGRAMME, **changed: Any) -> Pack:
    """The small pack, with the programme or anything else exchanged."""
    pack = Pack(
        "somewhere",
        2021,
        "演示清单",
        "341800",
        "演示",
        "",
        (programme,),
        bodies=(
            BodyEntry("office", "市办公室", "341800"),
            *(BodyEntry(code, f"{name}专班", division) for code, (division, name) in _COUNTIES.items()),
        ),
        responsibilities=(
            ResponsibilityEntry("office", "homes", Part.SUPERVISING),
            *(ResponsibilityEntry(code, "homes", Part.LEAD) for code in _COUNTIES),
        ),
        division_changes=(DivisionChange("341822", "广德县", date(2019, 1, 1), (GUANGDE,), "演示依据"),),
    )
    return versioned(replace(pack, **changed))


def home(number: str, stage: str = "listed", county: str = XUANZHOU, **cells: object) -> dict[str, object]:
    """One row of homes as a clerk writes it; issued ones get their date."""
    dated = {"issued_on": "2021-09-01"} if stage == "issued" else {}
    return {"number": number, "county": county, "stage": stage, **dated, **cells}


class Town:
    """The store in use. Every write comes a minute after the one before, unless a test says when."""

    def __init__(
        self,
        folder: Path,
        code_list: Path,
        pack: Pack | None = None,
        story: Callable[[Town], object] | None = None,
    ) -> None:
        """``story``: what has happened in it already; told once, and for every other test as it stood then."""
        self.folder = folder
        self.now = NOW
        self._files = 0
        pack = pack or pack_of()
        if story is None:
            standing(pack.version, lambda: self._found(code_list, pack))
        else:
            told = standing((story, pack.version), lambda: self._after(story, code_list, pack), folder)
            self.now, self._files = told
        self.operator, self.leader, self.reviewer = map(person_named, ("operator", "leader", "reviewer"))

    def _found(self, code_list: Path, pack: Pack) -> None:
        """Divisions, the pack, and a person for every part."""
        self.operator = make_operator(BEGIN)
        load_snapshot(code_list, by="operator", at=BEGIN)
        install_pack(pack, effective_on=None, holds_rows=holds_rows, by=self.operator, at=BEGIN)
        self.person("leader", "office", Role.LEADER, "3418")
        self.person("reviewer", "office", Role.REVIEWER, "3418")
        for code, (division, _) in _COUNTIES.items():
            self.person(f"clerk_{code}", code, Role.CLERK, division)

    def _after(self, story: Callable[[Town], object], code_list: Path, pack: Pack) -> tuple[datetime, int]:
        town = Town(self.folder, code_list, pack)
        story(town)
        return town.now, town._files

    def person(self, username: str, body: str, role: Role, division: str, programme: str = NAME) -> Person:
        told = {"by": self.operator, "at": BEGIN}
        person = add_person(username=username, name=f"{username}（演示）", mail="", demonstration=True, **told)
        reach = {"divisions": [division], "programmes": [programme], "until": None}
        add_post(username=username, body=body, role=role, **reach, **told)
        return person

    def clerk(self, county: str = "xuanzhou") -> Person:
        return person_named(f"clerk_{county}")

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def hand_in(
        self,
        *rows: Mapping[str, object],
        table: str = "homes",
        as_of: date = DAY,
        by: Person | None = None,
        at: datetime | None = None,
        file: str = "",
        **asked: Any,
    ) -> Received:
        """Hand in rows as they stand in a workbook; ``file`` names it. What reads real workbooks is replaced by
        :func:`read_rows`; tests of real ones use :meth:`workbook` and :meth:`receive`."""
        self._files += 1
        path = self.folder / (file or f"hand-in-{self._files}.xlsx")
        path.write_text(json.dumps(list(rows), default=str))
        return self.receive(path, table=table, as_of=as_of, by=by, at=at, **asked)

    def receive(
        self,
        path: Path,
        *,
        table: str = "homes",
        as_of: date = DAY,
        by: Person | None = None,
        at: datetime | None = None,
        mode: Mode = Mode.MERGE,
        division: str = "",
        dry_run: bool = False,
    ) -> Received:
        programme, found = table_named(table)
        hand_in = HandIn(programme, found, path, as_of, mode, division, dry_run)
        return receive_workbook(hand_in, by=by or self.operator, at=at or self.tick())

    def workbook(self, rows: Iterable[Values] = (), table: Table = HOMES, name: str = "报送.xlsx") -> Path:
        path = self.folder / name
        write_template(table, path, divisions=[(code, name) for code, name in _COUNTIES.values()], rows=rows)
        return path

    def figures(self, person: Person | None = None, **asked: Any) -> dict[tuple[str, str], Figure]:
        """Figures by indicator and division."""
        question = Asked(**{"programme": NAME, "as_of": DAY, **asked})
        found = figures(person or self.operator, question, at=self.now)
        return {(figure.indicator.code, figure.division): figure for figure in found}

    def value(self, indicator: str, division: str = "3418", **asked: Any) -> Decimal | None:
        return self.figures(division=division, **asked)[indicator, division].value


def read_rows(path: Path, table: Table, *corrected: object) -> Sheetful:
    """Stands in for the reader of workbooks: the file holds the rows, the header is their columns. A row may name its
    ``_explanation`` and say ``_hidden``."""
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    names = [item.name for item in table.fields if any(item.name in row for row in rows)]
    header = {name: column_letter(at) for at, name in enumerate(names)}
    return Sheetful(
        tuple(_read_rows(rows, header)), {table.title: header}, (), sum(bool(row.get("_hidden")) for row in rows)
    )


def _read_rows(rows: Iterable[Mapping[str, Any]], header: Mapping[str, str]) -> Iterator[ReadRow]:
    for number, row in enumerate(rows, start=2):
        cells = {name: (letter, row.get(name)) for name, letter in header.items()}
        yield ReadRow("台账", number, cells, str(row.get("_explanation", "")))


def everything() -> dict[str, int]:
    """How many rows each table of the store holds: nothing written means nothing here changes."""
    return {model._meta.label: model._default_manager.count() for model in django_apps.get_models()}
