"""Programmes of a pack: from their files to core objects, with every name they use looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from shishi.core.criteria import ALWAYS, Criterion
from shishi.core.divisions import Level, normalise
from shishi.core.errors import Misuse
from shishi.core.indicators import Direction, Indicator, Measure, Printed, Span, TargetTree, Trajectory, TrajectoryPoint
from shishi.core.programmes import (
    BriefPlan,
    Cadence,
    Example,
    Programme,
    PublishedFigure,
    Reason,
    Rung,
    Source,
    Thresholds,
)
from shishi.core.publishing import Publishing
from shishi.core.rules import Rule
from shishi.core.tables import FieldType, Table
from shishi.packs.faults import Faults
from shishi.packs.publishing_building import build_publishing
from shishi.packs.reading import Read
from shishi.packs.references import criterion_faults
from shishi.packs.shapes import ExamplesShape, IndicatorShape, PrintedShape, ProgrammeShape
from shishi.packs.table_building import Place, TableNames, build_criterion
from shishi.packs.verification_building import build_gaming, build_verification
from shishi.packs.yaml_files import Path_

POWERS = {"": 0, "万": 4, "亿": 8}
NEEDS = {
    Measure.COUNT: ("table",),
    Measure.SUM: ("table", "field"),
    Measure.DISTINCT: ("table", "field"),
    Measure.REPORTED: ("table", "field"),
    Measure.REPORTS: ("table", "field"),
    Measure.RATIO: ("numerator", "denominator"),
}
EARLIER = "earlier"
REPORTS = ("due", "received", "on_time", "accepted")
SPAN_NEEDS = {Span.STOCK: (), Span.RUNNING: ("by", "since"), Span.FLOW: ("by",)}


@dataclass(frozen=True)
class ProgrammeBuilder:
    """Builds one programme. ``tables`` are those of the whole pack, by full name."""

    code: str
    read: Read[ProgrammeShape]
    names: TableNames
    tables: Mapping[str, Table]
    faults: Faults

    @property
    def place(self) -> Place:
        """Where faults are noted."""
        return Place(self.read, self.faults)

    @property
    def own_tables(self) -> tuple[Table, ...]:
        """The tables of this programme, in the order of their names."""
        prefix = f"{self.names.pack}/{self.code}/"
        return tuple(table for name, table in sorted(self.tables.items()) if name.startswith(prefix))

    def build(self, examples: Mapping[str, Read[ExamplesShape]]) -> Programme:
        """The programme; ``examples`` by short table name."""
        shape = self.read.shape
        name = f"{self.names.pack}/{self.code}"
        return Programme(
            name=name,
            title=shape.title,
            promise=shape.promise,
            basis=shape.basis,
            division=division_code(shape.division, self.place, ("division",)),
            supervised_level=Level[shape.supervised_level.upper()],
            tables=self.own_tables,
            indicators=tuple(self._indicator(code, item) for code, item in shape.indicators.items()),
            targets=self._targets(),
            trajectories=self._trajectories(),
            cadences=self._cadences(),
            thresholds=Thresholds(**shape.thresholds.model_dump()),
            ladder=tuple(Rung(kind, **item.model_dump()) for kind, item in shape.ladder.items()),
            reasons=tuple(Reason(code, title) for code, title in shape.reasons.items()),
            briefs=self._briefs(),
            examples=tuple(made for name, read in examples.items() for made in self._examples(name, read)),
            supervises=tuple(
                division_code(code, self.place, ("supervises", index)) for index, code in enumerate(shape.supervises)
            ),
            sources=tuple(Source(**item.model_dump()) for item in shape.sources),
            rules=self._rules(),
            published=self._published(),
            publishing=self._publishing(),
            verification=build_verification(shape.verification, self.place),
            gaming=build_gaming(shape.gaming, self.place, {table.name: table for table in self.own_tables}),
        )

    def _indicator(self, code: str, shape: IndicatorShape) -> Indicator:
        path: Path_ = ("indicators", code)
        for need in (*NEEDS[shape.measure], *SPAN_NEEDS[shape.span]):
            if not getattr(shape, need):
                message = f"指标“{shape.title}”（{shape.measure}、{shape.span}）缺少“{need}”，请补上。"
                self.place.note("pack_missing_key", message, path)
        for part in ("numerator", "denominator"):
            if named := getattr(shape, part):
                self.place.require(named, self.read.shape.indicators, "指标", (*path, part))
                if named in self.read.shape.indicators and self.read.shape.indicators[named].measure is Measure.RATIO:
                    message = f"比率的分子、分母不能是比率，“{named}”是比率。请写它所由来的计数或合计。"
                    self.place.note("pack_ratio_of_ratio", message, (*path, part))
        table = self._table(shape.table, (*path, "table")) if shape.table else None
        where: Criterion = ALWAYS
        if table is not None:
            self._check_fields(shape, table, path)
            if shape.where is not None:
                where = build_criterion(shape.where, table.name, self.names, self.place, (*path, "where"))
                for message in criterion_faults(where, table, self.tables):
                    self.place.note("pack_unknown_reference", message, (*path, "where"))
        kept = shape.model_dump(exclude={"table", "where", "printed"})
        name = table.name if table else ""
        return Indicator(code=code, table=name, where=where, printed=_printed(shape.printed), **kept)

    def _check_fields(self, shape: IndicatorShape, table: Table, path: Path_) -> None:
        if shape.measure is Measure.REPORTS:
            self._check_reports(shape, table, path)
        for part in ("field", "by") if shape.measure is not Measure.REPORTS else ("by",):
            if named := getattr(shape, part):
                self.place.require(named, table.by_name, "列", (*path, part))
        if shape.by in table.by_name and table.by_name[shape.by].type not in {FieldType.DATE, FieldType.DAY_TIME}:
            self.place.note("pack_wrong_type", f"“{shape.by}”应是日期列。", (*path, "by"))
        if shape.assured_group:
            self.place.require(shape.assured_group, table.groups, "核实分组", (*path, "assured_group"))

    def _check_reports(self, shape: IndicatorShape, table: Table, path: Path_) -> None:
        """What can be counted of the reports of a table, and that a new period, which begins at 0, is no fall."""
        if self.place.require(shape.field, REPORTS, "可数的报送情况", (*path, "field")):
            plan, wanted = table.statements, shape.field
            if (wanted == "on_time" and plan is None) or (wanted == "accepted" and not (plan and plan.accepted_by)):
                message = f"“{table.short}”的台账文件里没有写 statements 或 accepted_by，数不出“{wanted}”。"
                self.place.note("pack_missing_key", message, (*path, "field"))
        if shape.direction is not Direction.HOLD:
            message = "每到新的一期，报送的个数从头数起。请写 direction: hold。"
            self.place.note("pack_wrong_type", message, (*path, "direction"))

    def _table(self, name: str, path: Path_) -> Table | None:
        try:
            return self.tables.get(self.names.full(self.code, name))
        except Misuse as error:
            self.place.note("pack_unknown_reference", error.message, path)
            return None

    def _targets(self) -> tuple[TargetTree, ...]:
        made = []
        for code, shape in self.read.shape.targets.items():
            path: Path_ = ("targets", code)
            self.place.require(code, self.read.shape.indicators, "指标", path)
            values = {
                division_code(division, self.place, (*path, "values", division)): value
                for division, value in shape.values.items()
            }
            difference = {
                division_code(division, self.place, (*path, "difference", division)): (item.gap, item.reason)
                for division, item in shape.difference.items()
            }
            printed = _printed(shape.printed) if shape.printed else None
            made.append(TargetTree(code, shape.version, values, shape.document, difference, shape.verified, printed))
        return tuple(made)

    def _trajectories(self) -> tuple[Trajectory, ...]:
        made = []
        for code, shape in self.read.shape.trajectories.items():
            path: Path_ = ("trajectories", code)
            self.place.require(code, self.read.shape.targets, "目标任务", path)
            points = tuple(TrajectoryPoint(day, item.share, item.title) for day, item in shape.points.items())
            ordered = all(a.day < b.day and a.share <= b.share for a, b in pairwise(points))
            if not ordered:
                message = "序时进度的日期应从早到晚，份额应只增不减，请按顺序改写。"
                self.place.note("pack_wrong_type", message, (*path, "points"))
            made.append(Trajectory(code, shape.version, shape.shape, points, shape.start, shape.source, shape.verified))
        return tuple(made)

    def _cadences(self) -> tuple[Cadence, ...]:
        made = []
        for name, shape in self.read.shape.cadences.items():
            table = self._table(name, ("cadences", name))
            if table is not None:
                made.append(Cadence(table=table.name, **shape.model_dump()))
        for table in self.own_tables:
            if table.statements and table.name not in {item.table for item in made}:
                message = f"“{table.short}”按期填报，要在 cadences 里写明多久一期，如 {table.short}: {{kind: week}}。"
                self.place.note("pack_cadence_missing", message, ("cadences",))
        return tuple(made)

    def _rules(self) -> tuple[Rule, ...]:
        """``with: earlier`` is the same figure at the report before; a list stands for its sum."""
        made = []
        for code, shape in self.read.shape.rules.items():
            path: Path_ = ("rules", code)
            named = [shape.with_] if isinstance(shape.with_, str) else shape.with_
            to = () if named == [EARLIER] else tuple(named)
            for part, words in (("compare", (shape.compare,)), ("with", to)):
                for word in words:
                    self.place.require(word, self.read.shape.indicators, "指标", (*path, part))
            made.append(Rule(code, shape.compare, shape.relation, to, shape.message))
        return tuple(made)

    def _published(self) -> tuple[PublishedFigure, ...]:
        made = []
        for key, shape in self.read.shape.published.items():
            path: Path_ = ("published", key)
            if bool(shape.indicator) == bool(shape.target):
                message = "由哪个数对应，indicator（指标）和 target（目标任务）要写且只写一个。"
                self.place.note("pack_missing_key", message, path)
                continue
            if shape.target:
                self.place.require(shape.target, self.read.shape.targets, "目标任务", (*path, "target"))
            else:
                self.place.require(shape.indicator, self.read.shape.indicators, "指标", (*path, "indicator"))
            division = shape.division or self.read.shape.division
            place = division_code(division, self.place, (*path, "division"))
            made.append(PublishedFigure(key, shape.indicator or shape.target, place, shape.as_of, bool(shape.target)))
        return tuple(made)

    def _publishing(self) -> Publishing | None:
        shape = self.read.shape.publishing
        if shape is None:
            return None
        return build_publishing(shape, self.read.shape, self.place, {table.short: table for table in self.own_tables})

    def _briefs(self) -> tuple[BriefPlan, ...]:
        made = []
        for kind, shape in self.read.shape.briefs.items():
            path: Path_ = ("briefs", kind)
            for index, code in enumerate(shape.indicators):
                self.place.require(code, self.read.shape.indicators, "指标", (*path, "indicators", index))
            if shape.breakdown:
                self.place.require(shape.breakdown, self.read.shape.indicators, "指标", (*path, "breakdown"))
            kept = shape.model_dump(exclude={"indicators", "notes"})
            made.append(BriefPlan(kind, indicators=tuple(shape.indicators), notes=tuple(shape.notes), **kept))
        return tuple(made)

    def _examples(self, name: str, read: Read[ExamplesShape]) -> tuple[Example, ...]:
        place = Place(read, self.faults)
        table = self.tables.get(f"{self.names.pack}/{self.code}/{name}")
        if table is None:
            known = [item.short for item in self.own_tables]
            place.require(name, known, f"“{self.read.shape.title}”的台账", ())
            return ()
        titles = {field.title: field.name for field in table.fields}
        made = []
        for index, shape in enumerate(read.shape.examples):
            path: Path_ = ("examples", index)
            values = {}
            for title, text in shape.row.items():
                if place.require(title, [*titles, *table.by_name], "列", (*path, "row", title)):
                    values[titles.get(title, title)] = text or ""
            if not shape.passes and not (shape.code and shape.field):
                message = "应被退回的例子要写明 code（什么问题）和 field（哪一列）。"
                place.note("pack_missing_key", message, path)
            if shape.field:
                place.require(shape.field, [*titles, *table.by_name], "列", (*path, "field"))
            field = titles.get(shape.field, shape.field)
            made.append(Example(table.name, values, shape.passes, shape.code, field, shape.title))
        return tuple(made)


def division_code(text: str, place: Place, path: Path_) -> str:
    """The significant code of a division as a pack writes it (six digits); a fault when it is none."""
    try:
        return normalise(text)
    except Misuse as error:
        place.note("pack_wrong_type", error.message, path)
        return text


def _printed(shape: PrintedShape) -> Printed:
    return Printed(POWERS[shape.in_], shape.digits, shape.qualifier, shape.grouped)
