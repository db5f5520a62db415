"""Figures for people: the person first, then what is asked. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.indicators.past_days import GATHERED, Gathering, PastDay
from shishi.apps.indicators.reporting import NodeReporting, TableReporting, responsible_units, table_reporting
from shishi.apps.indicators.source import cube_beside, engine_named
from shishi.apps.indicators.ways import DayTree
from shishi.apps.programmes.selectors import calendar, programme_named
from shishi.core.acceptance import COUNTED, accepted_amounts
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY, Division, DivisionTree, Level, covers, level_of, normalise, official
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure, Indicator, Measure, Span, TargetTree, Trajectory
from shishi.core.periods import parse_period, period_of
from shishi.core.programmes import PeriodKind, Programme
from shishi.core.questions import Question
from shishi.core.rollup import Amount, amounts, ratio
from shishi.core.statements import StatementPlan, acceptance
from shishi.core.targets import adds_up
from shishi.core.trajectories import behind_days, behind_points, expected


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for figures. ``division`` a significant code (empty: the programme's own), ``level`` lists the units of
    that level under it, ``known_at`` empty: now."""

    programme: str
    as_of: date
    known_at: datetime | None = None
    division: str = ""
    level: Level | None = None
    basis: Basis = Basis.REPORTED
    engine: str = "duckdb"
    period: str = ""
    indicators: tuple[str, ...] = ()


def figures(person: Person, asked: Asked, *, at: datetime) -> tuple[Figure, ...]:
    """The figures asked for, indicator by indicator, division by division. ``Misuse``
    (known_at_in_future, out_of_reach …)."""
    return Reckoning(person, asked, at).figures()


class Reckoning:
    """One request being answered: definitions of the day, the tree of the day, one
    engine, each amount computed once."""

    def __init__(self, person: Person, asked: Asked, at: datetime, programme: Programme | None = None) -> None:
        """``programme``: definitions that are tried out, in place of those that are installed."""
        self.person, self.asked = person, asked
        self.known_at = asked.known_at or at
        if self.known_at > at:
            raise Misuse("known_at_in_future", "“所知时间”不能晚于现在：还没有知道的事不能回答。")
        self.today = day_of(at)
        self.programme = programme or programme_named(asked.programme, asked.as_of, self.known_at)[1]
        self.engine = engine_named(asked.engine)
        cube = cube_beside(asked.engine) if programme is None else None
        self._look = cube and cube.look(DayTree(asked.as_of, self.known_at), self._beside)
        self._amounts: dict[tuple[str, Basis], dict[str, Amount | None]] = {}
        self._complete: set[tuple[str, Basis]] = set()
        self._reporting: dict[str, TableReporting] = {}
        self._promised: dict[str, tuple[TargetTree | None, Mapping[str, Decimal]]] = {}
        self._past: dict[str, PastDay] = {}
        self._shown: set[str] = set()

    @cached_property
    def root(self) -> str:
        """Significant code of the programme's division."""
        return normalise(self.programme.division)

    @cached_property
    def reach(self) -> frozenset[str]:
        """The divisions of the person's posts that read this programme."""
        own = reaches(self.person, Action.READ, self.today)
        return frozenset(code for one in own for code in one.divisions if one.holds(code, self.programme.name))

    @cached_property
    def tree(self) -> DivisionTree:
        """The tree of the day, as far down as figures are asked for. Of the whole country only what lies within the
        division asked for is held below the county, unless more is listed or supervised."""
        asked, shallow = self.asked, max(Level.COUNTY, self.programme.supervised_level)
        codes = {*self.reach, *map(normalise, self.programme.supervises)}
        if self.root != COUNTRY:
            return load_tree(self.root, codes, known_at=self.known_at)
        wanted = asked.level or Level.COUNTY
        if asked.division in ("", COUNTRY):
            return load_tree(self.root, codes, down_to=max(wanted, shallow), known_at=self.known_at)
        deep = wanted > Level.COUNTY or level_of(asked.division) >= Level.COUNTY
        all_below = asked.division if deep else None
        return load_tree(self.root, codes, down_to=shallow, all_below=all_below, known_at=self.known_at)

    @cached_property
    def climbing(self) -> DivisionTree:
        """The tree of the day as far as rows lie in it: what an engine's leaves are climbed by."""
        tables = {item.table for item in self.programme.indicators if item.table}
        places = (self.engine.places(self.programme.table(name), self.asked.as_of, self.known_at) for name in tables)
        return load_tree(codes=frozenset().union(*places) - {""}, known_at=self.known_at)

    @cached_property
    def units(self) -> frozenset[str]:
        """The responsible divisions."""
        return responsible_units(self.programme, self.tree, self.asked.as_of)

    def figures(self) -> tuple[Figure, ...]:
        """All figures of the request."""
        nodes, chosen = self.nodes(), self.chosen
        missing = set(self.asked.indicators) - {item.code for item in chosen}
        if missing:
            known = "、".join(item.code for item in self.programme.indicators)
            raise Misuse("unknown_indicator", f"没有指标“{'、'.join(sorted(missing))}”。现有：{known}。")
        return tuple(self.figure(indicator, node) for indicator in chosen for node in nodes)

    @property
    def chosen(self) -> tuple[Indicator, ...]:
        """The indicators asked for; all, where none is named."""
        named = self.asked.indicators
        return tuple(item for item in self.programme.indicators if not named or item.code in named)

    def _beside(self) -> Iterator[Question]:
        """What the request asks of rows, most likely: every truth of every indicator, a ratio by its parts."""
        codes = [item.code for item in self.chosen]
        for code in codes:
            indicator = self.programme.indicator(code)
            if indicator.measure is Measure.RATIO:
                codes += (part for part in (indicator.numerator, indicator.denominator) if part not in codes)
            elif indicator.measure in GATHERED and not self.only_accepted(indicator):
                yield from (self.question(indicator, basis) for basis in Basis)

    def nodes(self) -> tuple[Division, ...]:
        """The divisions asked for, as far as the person reaches."""
        asked, on = self.asked, self.asked.as_of
        if asked.division and not covers(self.root, asked.division):
            message = f"{official(asked.division)} 不在“{self.programme.title}”的范围（{official(self.root)}）内。请改用范围内的行政区划。"
            raise Misuse("division_outside", message)
        own = self.reach
        start = asked.division or next((self.root for code in own if covers(code, self.root)), "")
        if start and asked.level is not None:
            listed = self.tree.under(start, asked.level, on)
            found = tuple(unit for unit in listed if any(covers(code, unit.code) for code in own))
        else:
            wanted = [start] if start else sorted(code for code in own if covers(self.root, code))
            if asked.level is not None:
                found = tuple(unit for code in wanted for unit in self.tree.under(code, asked.level, on))
            else:
                units = (self.tree.find(code, on) for code in wanted if any(covers(mine, code) for mine in own))
                found = tuple(unit for unit in units if unit)
        if not found:
            where = official(asked.division) if asked.division else "这些行政区划"
            raise Misuse("out_of_reach", f"{where}不在 {self.person} 的查看范围内，或没有这一级。请核对代码和权限。")
        self.show(*found)
        return found

    def show(self, *units: Division) -> None:
        """Say which nodes will be asked for, so that they are answered together."""
        self._shown.update(unit.code for unit in units)

    def amount(self, indicator: Indicator, node: str, basis: Basis) -> Amount | None:
        """The amount of a node, where its rows make one."""
        held = self._amounts.setdefault((indicator.code, basis), {})
        if node not in held:
            # Whoever asks for a second one is likely to go through all.
            return self.amounts(indicator, {node, *self._shown, *(self.units if held else ())}, basis).get(node)
        return held[node]

    def amounts(self, indicator: Indicator, nodes: Collection[str], basis: Basis) -> Mapping[str, Amount | None]:
        """The amounts of these nodes, and of others that are known by now."""
        key = indicator.code, basis
        held = self._amounts.setdefault(key, {})
        wanted = set() if key in self._complete else set(nodes) - held.keys()
        if not wanted:
            return held
        held |= dict.fromkeys(wanted)
        if indicator.measure is Measure.RATIO:
            held |= self._ratios(indicator, wanted, basis)
        elif self.only_accepted(indicator):
            held |= self._accepted(indicator, basis)
            self._complete.add(key)
        elif (question := self.question(indicator, basis)).answerable:
            kept = self._look.amounts(question, wanted) if self._look else None
            kept = self._gathered(question, wanted) if kept is None else kept
            if kept is None:
                kept = amounts(self.engine, question, self.climbing, question.as_of)
                self._complete.add(key)
            held |= kept
        return held

    def _ratios(self, indicator: Indicator, nodes: Collection[str], basis: Basis) -> Iterator[tuple[str, Amount]]:
        """Those of nodes where either part has rows. Of a whole country most are alike: each is divided once."""
        parts = (self.programme.indicator(code) for code in (indicator.numerator, indicator.denominator))
        above, below = (self.amounts(part, nodes, basis) for part in parts)
        made: dict[tuple[Decimal | None, Decimal | None], Amount] = {}
        for node in nodes:
            one, other = above.get(node), below.get(node)
            if one or other:
                key = one.value if one else None, other.value if other else None
                yield node, made.get(key) or made.setdefault(key, ratio(indicator, *key))

    def only_accepted(self, indicator: Indicator) -> bool:
        """Whether statements count above their division only as far as they are accepted."""
        plan = self.programme.table(indicator.table).statements
        return plan is not None and plan.only_accepted and indicator.measure in COUNTED

    def _accepted(self, indicator: Indicator, basis: Basis) -> Mapping[str, Amount]:
        """The amounts of all nodes from what has been accepted for them."""
        question = self.question(indicator, basis)
        plan = self.programme.table(indicator.table).statements or StatementPlan()

        def ask(level: Level | None) -> Mapping[str, Decimal | None]:
            return self.engine.leaves(replace(question, accepted="" if level is None else acceptance(level)))

        return accepted_amounts(ask, indicator, plan, self.climbing, question.as_of)

    def _gathered(self, question: Question, nodes: Collection[str]) -> dict[str, Amount] | None:
        """The amounts of these nodes out of the rows, with all other questions about the same rows; ``None`` where a
        question is to be asked alone."""
        indicator = question.indicator
        if not (self._look and isinstance(self.engine, Gathering) and indicator.measure in GATHERED):
            return None
        table = indicator.table
        if table not in self._past:
            asked = (self.question(item, basis) for item in self.programme.indicators for basis in Basis)
            together = {
                (one.indicator.code, one.basis): one
                for one in asked
                if one.indicator.table == table and one.indicator.measure in GATHERED and one.answerable
            }
            places = self.engine.places(question.table, question.as_of, question.known_at)
            self._past[table] = PastDay(self.engine, together, places, self._look)
        return self._past[table].amounts((indicator.code, question.basis), nodes)

    def question(self, indicator: Indicator, basis: Basis) -> Question:
        """The question for the engine."""
        kind = next((item.kind for item in self.programme.cadences), PeriodKind.MONTH)
        period = parse_period(self.asked.period) if self.asked.period else period_of(kind, self.asked.as_of)
        return Question(
            indicator=indicator,
            tables={table.name: table for table in self.programme.tables},
            as_of=self.asked.as_of,
            known_at=self.known_at,
            period_start=period.start,
            period_end=period.end,
            basis=basis,
            indicators={item.code: item for item in self.programme.indicators},
        )

    def reporting(self, indicator: Indicator, node: str) -> NodeReporting:
        """Dues and reports of the indicator's table for the node."""
        table = self.table_of(indicator)
        if table not in self._reporting:
            days = calendar(self.asked.as_of, self.known_at)
            self._reporting[table] = table_reporting(
                self.programme, table, self.units, self.asked.as_of, self.known_at, days
            )
        return self._reporting[table].of(node)

    def table_of(self, indicator: Indicator) -> str:
        """Full name of the table behind an indicator; of a ratio that of its numerator."""
        while indicator.measure is Measure.RATIO:
            indicator = self.programme.indicator(indicator.numerator)
        return indicator.table

    def value(self, indicator: Indicator, node: str, basis: Basis) -> Amount:
        """The amount of one node: never reported is null, reported without a matching row is 0."""
        if self._counts_reports(indicator):
            return self._of_reports(indicator, node) if basis is Basis.REPORTED else Amount(None)
        if not self.reporting(indicator, node).ever:
            return Amount(None)
        if basis is not Basis.REPORTED and not self._assured(indicator):
            return Amount(None)
        held = self.amount(indicator, node, basis)
        if held is None and indicator.measure in (Measure.COUNT, Measure.SUM, Measure.DISTINCT):
            return Amount(Decimal(0))
        return held or Amount(None)

    def _counts_reports(self, indicator: Indicator) -> bool:
        """Whether it says nothing of rows, but who reported."""
        if indicator.measure is Measure.RATIO:
            return self._counts_reports(self.programme.indicator(indicator.numerator))
        return indicator.measure is Measure.REPORTS

    def _of_reports(self, indicator: Indicator, node: str) -> Amount:
        if indicator.measure is Measure.RATIO:
            parts = (self.programme.indicator(code) for code in (indicator.numerator, indicator.denominator))
            above, below = (self.value(part, node, Basis.REPORTED).value for part in parts)
            return ratio(indicator, above, below)
        told = getattr(self.reporting(indicator, node).reporting, indicator.field)
        return Amount(None if told is None else Decimal(told))

    def _assured(self, indicator: Indicator) -> bool:
        if indicator.measure is Measure.RATIO:
            return self._assured(self.programme.indicator(indicator.numerator))
        return bool(indicator.assured_group)

    def figure(self, indicator: Indicator, unit: Division) -> Figure:
        """One figure with everything that makes it honest."""
        amount = self.value(indicator, unit.code, self.asked.basis)
        told = self.reporting(indicator, unit.code)
        target, tree = self.target(indicator, unit.code)
        path = self.trajectory(indicator, target)
        bare = Figure(
            indicator=indicator,
            division=unit.code,
            name=unit.name,
            as_of=self.asked.as_of,
            known_at=self.known_at,
            basis=self.asked.basis,
            value=amount.value,
            numerator=amount.numerator,
            denominator=amount.denominator,
            target=target,
            assurance={basis: self.value(indicator, unit.code, basis).value for basis in Basis},
            carried_from=told.carried_from,
            reporting=told.reporting,
            versions=self._versions(indicator, tree, path),
        )
        return bare if target is None else _measured(bare, path, target)

    def target(self, indicator: Indicator, node: str) -> tuple[Decimal | None, TargetTree | None]:
        """The promised number of a node; what does not add up (a ratio) is inherited from the nearest unit above."""
        newest, values = self._targets(indicator.code)
        if newest is None:
            return None, None
        if adds_up(indicator):
            return values.get(node), newest
        lineage = [unit.code for unit in self.tree.lineage(node, self.asked.as_of)]
        return next((values[code] for code in reversed(lineage) if code in values), None), newest

    def _targets(self, indicator: str) -> tuple[TargetTree | None, Mapping[str, Decimal]]:
        """The newest tree of targets, and its values by significant code."""
        if indicator not in self._promised:
            trees = [item for item in self.programme.targets if item.indicator == indicator]
            newest = max(trees, key=lambda item: item.version, default=None)
            values = newest.values if newest else {}
            self._promised[indicator] = newest, {normalise(code): value for code, value in values.items()}
        return self._promised[indicator]

    def trajectory(self, indicator: Indicator, target: Decimal | None) -> Trajectory | None:
        """The newest trajectory; a part starts at its share of the whole's start."""
        paths = [item for item in self.programme.trajectories if item.indicator == indicator.code]
        if not paths or target is None:
            return None
        newest = max(paths, key=lambda item: item.version)
        whole, _ = self.target(indicator, self.root)
        if newest.start and whole and adds_up(indicator):
            return replace(newest, start=newest.start * target / whole)
        return newest

    def _versions(self, indicator: Indicator, tree: TargetTree | None, path: Trajectory | None) -> dict[str, int]:
        found = {"indicator": indicator.version, "table": self.programme.table(self.table_of(indicator)).version}
        if tree:
            found["target"] = tree.version
        if path:
            found["trajectory"] = path.version
        return found


def _measured(figure: Figure, path: Trajectory | None, target: Decimal) -> Figure:
    indicator, on = figure.indicator, figure.as_of
    wanted = expected(path, target, on, indicator.direction, max(indicator.scale, 0))
    if figure.value is None or indicator.span is Span.FLOW:
        return replace(figure, expected=wanted)
    return replace(
        figure,
        expected=wanted,
        behind_points=behind_points(path, target, figure.value, on, indicator.direction),
        behind_days=behind_days(path, target, figure.value, on, indicator.direction),
    )


def both_sides(reckoning: Reckoning, indicator: Indicator, node: str) -> tuple[Decimal, Decimal] | None:
    """A division's own report beside the sum of its parts' reports, where both exist."""
    amount = reckoning.amount(indicator, node, Basis.REPORTED)
    if amount is None or amount.own is None or amount.parts is None:
        return None
    return amount.own, amount.parts
