"""Freezing: a programme's figures as they were known at its stocktake become the
published things, and nothing else does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property

from shishi.apps.accounts.models import Person
from shishi.apps.documents.selectors import last_brief
from shishi.apps.indicators.overview import course_points, promised_line, spread
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.ledger.selectors import days_reported, revision_of, rows_for
from shishi.apps.publishing.published import (
    Moment,
    Place,
    Promised,
    Publication,
    PublishedBrief,
    PublishedList,
    Told,
)
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.criteria import ALWAYS
from shishi.core.divisions import Division, Level, covers, normalise
from shishi.core.indicators import Figure, Indicator, Measure
from shishi.core.programmes import Pack, Part, Programme
from shishi.core.publishing import Publishing, gives_away, withheld
from shishi.core.ratings import AVERAGE
from shishi.core.values import shown

PARTS = {Part.ANSWERING: "领办", Part.LEAD: "牵头", Part.ASSISTING: "配合", Part.SUPERVISING: "督办"}


Progress = Callable[[str, int, int], None]
"""Hears of the work: the stage in words, how much is done, of how much."""


class Freezer:
    """One publication being made. ``rules`` are those of the pack as it stands now: what may be public is decided
    today, the figures are those of then. ``told`` hears how far it is; ``most``: for a look beforehand, levels of which
    all places together would be more than so many are left out, but never the level right under the whole."""

    def __init__(
        self,
        pack: Pack,
        rules: Publishing,
        asked: Asked,
        *,
        by: Person,
        at: datetime,
        told: Progress | None = None,
        most: int | None = None,
    ) -> None:
        self.pack, self.rules, self.by, self.at = pack, rules, by, at
        self._tell, self._most, self.left = told or (lambda stage, done, of: None), most, 0
        self.now = Reckoning(by, asked, at)
        self.programme = self.now.programme
        known = {item.code: item for item in self.programme.indicators}
        self.indicators = [known[code] for code in rules.indicators if code in known]
        self.rating = known.get(AVERAGE) if rules.ratings else None
        self.lead = _lead(self.programme, self.indicators)
        self._units = {unit.code: unit for unit in self._divisions()}
        self.now.show(*self._units.values())

    def publication(self) -> Publication:
        """The head."""
        small, programme = self.rules.small_numbers, self.programme
        return Publication(
            programme=programme.name,
            pack=self.pack.title,
            title=programme.title,
            promise=programme.promise,
            basis=programme.basis,
            root=self.now.root,
            supervised_level=programme.supervised_level,
            down_to=self.rules.down_to,
            lead=self.lead.code,
            indicators=tuple(map(self._promised, self.indicators)),
            sources=programme.sources,
            bodies=tuple(self._bodies()),
            notes=next((plan.notes for plan in programme.briefs if plan.kind == self.rules.brief), ()),
            lists=tuple(self._lists()),
            brief=self._brief(),
            asks_ratings=self.rules.ratings,
            ratings=self._promised(self.rating) if self.rating else None,
            minimum=small.minimum if small else 0,
            shown_at=small.shown_at if small else Level.COUNTY,
        )

    def places(self) -> Iterator[Place]:
        """The divisions, those above first; one of which nothing is known is left out."""
        told = {code: self._told(unit) for code, unit in self._counted("汇总各地的数", self._units)}
        held_back = self._held_back(told)
        for code, unit in self._counted("写成各地的页", self._units):
            if self._known(unit, told):
                told[code] |= self._courses(unit, told[code])
                hidden = held_back.get(code, frozenset())
                yield Place(
                    division=code,
                    name=unit.name,
                    above=self._above(unit),
                    told={
                        item: _left_out(found) if gives_away(self.programme.indicator(item), hidden) else found
                        for item, found in told[code].items()
                    },
                    silent=tuple(self._silent(unit)),
                    reports=code in self.now.units,
                    difference=self._difference(code),
                )

    def _counted(self, stage: str, units: Mapping[str, Division]) -> Iterator[tuple[str, Division]]:
        for done, item in enumerate(units.items()):
            self._tell(stage, done, len(units))
            yield item

    def _divisions(self) -> list[Division]:
        root, on = self.now.root, self.now.asked.as_of
        found: list[Division] = []
        levels = [self.now.tree.under(root, level, on) for level in Level if level <= self.rules.down_to]
        for under in (units for units in levels if units):
            if self._most is None or len(found) <= 1 or len(found) + len(under) <= self._most:
                found += under
            else:
                self.left += len(under)
        return found

    def _known(self, unit: Division, told: Mapping[str, Mapping[str, Told]]) -> bool:
        """Whether there is anything to say of a unit, or it owes a report, or one under it does."""
        if any(covers(unit.code, code) for code in self.now.units):
            return True
        return any(item.reported is not None for item in told[unit.code].values())

    def _above(self, unit: Division) -> str:
        if unit.code == self.now.root:
            return ""
        lineage = [item.code for item in self.now.tree.lineage(unit.code, self.now.asked.as_of)][:-1]
        return next((code for code in reversed(lineage) if code in self._units), self.now.root)

    def _promised(self, indicator: Indicator) -> Promised:
        """The definition without what lies behind it: no table, field or criterion leaves the house."""
        public = {item.code for item in self.indicators}
        bare = replace(
            indicator,
            table="",
            field="",
            by="",
            where=ALWAYS,
            assured_group="",
            numerator=indicator.numerator if indicator.numerator in public else "",
            denominator=indicator.denominator if indicator.denominator in public else "",
        )
        tree = max(
            (item for item in self.programme.targets if item.indicator == indicator.code),
            key=lambda item: item.version,
            default=None,
        )
        path = max(
            (item for item in self.programme.trajectories if item.indicator == indicator.code),
            key=lambda item: item.version,
            default=None,
        )
        return Promised(
            indicator=bare,
            assured=self._assured(indicator),
            document=tree.document if tree else "",
            document_verified=tree.verified if tree else True,
            due=path.points[-1].day if path else None,
            plan=path.source if path else "",
            plan_verified=path.verified if path else True,
        )

    def _assured(self, indicator: Indicator) -> bool:
        while indicator.measure is Measure.RATIO:
            indicator = self.programme.indicator(indicator.numerator)
        return bool(indicator.assured_group)

    def _bodies(self) -> Iterator[tuple[str, str]]:
        titles = {body.code: body.title for body in self.pack.bodies if body.each is None}
        own = {body.code for body in self.pack.bodies if normalise(body.division) == self.now.root}
        for part, word in PARTS.items():
            duties = [item for item in self.pack.responsibilities if item.programme == self.programme.code]
            named = [titles[item.body] for item in duties if item.part is part and item.body in own & titles.keys()]
            if named:
                yield word, "、".join(named)

    def _brief(self) -> PublishedBrief | None:
        kind, as_of = self.rules.brief, self.now.asked.as_of
        found = last_brief(self.programme.name, kind, self.now.root, as_of) if kind else None
        return PublishedBrief(found.title, found.number, found.as_of, found.pdf) if found else None

    def _lists(self) -> Iterator[PublishedList]:
        """Rows as people read them; what is sensitive stays masked even if a pack should name it."""
        as_of, known_at = self.now.asked.as_of, self.now.known_at
        for short, names in self.rules.rows.items():
            table = self.programme.table(short)
            fields = [table.by_name[name] for name in names if not table.by_name[name].sensitive]
            found = rows_for(self.by, self.programme.name, table.name, as_of, on=day_of(self.at), known_at=known_at)
            rows = tuple(
                (row.division, tuple(shown(item, revision_of(row, table).values.get(item.name)) for item in fields))
                for row in found
            )
            yield PublishedList(short, table.title, tuple(item.title for item in fields), rows)

    def _told(self, unit: Division) -> dict[str, Told]:
        asked = [*self.indicators, *([self.rating] if self.rating else [])]
        return {item.code: _of(self.now.figure(item, unit)) for item in asked}

    def _courses(self, unit: Division, told: Mapping[str, Told]) -> dict[str, Told]:
        """The same with their courses, where they are drawn."""
        return {
            item.code: replace(
                told[item.code], promised=promised_line(self.now, item, unit), real=tuple(self._real(item, unit))
            )
            for item in self.indicators
            if item.headline or item is self.lead
        }

    def _real(self, indicator: Indicator, unit: Division) -> Iterator[Moment]:
        for point in course_points(self._past, indicator, unit):
            truths = [point.truths[basis] for basis in Basis]
            yield Moment(point.day, truths[0], truths[1], truths[2], point.reporting.due, point.reporting.received)

    @cached_property
    def _past(self) -> list[Reckoning]:
        """The days of the curves."""
        asked, known_at = self.now.asked, self.now.known_at
        tables = {self.now.table_of(item) for item in self.indicators if item.headline or item is self.lead}
        days = {day for name in tables for day in days_reported(name, asked.as_of, known_at)}
        drawn, found = spread(sorted(days | {asked.as_of})), []
        for done, day in enumerate(drawn):
            self._tell("算出以前各天的数", done, len(drawn))
            found.append(self.now if day == asked.as_of else self._on(day, known_at))
        return found

    def _on(self, day: date, known_at: datetime) -> Reckoning:
        """A day of the curves, asked for all divisions at once."""
        found = Reckoning(self.by, replace(self.now.asked, as_of=day, known_at=known_at), self.at)
        found.show(*self._units.values())
        return found

    def _held_back(self, told: Mapping[str, Mapping[str, Told]]) -> dict[str, frozenset[str]]:
        """For each division the indicators whose numbers are too small to show there."""
        small = self.rules.small_numbers
        if small is None:
            return {}
        parts: defaultdict[tuple[str, str], dict[str, Told]] = defaultdict(dict)
        for code, unit in self._units.items():
            if unit.level > small.shown_at:
                for indicator, item in told[code].items():
                    if indicator in small.indicators:
                        parts[self._above(unit), indicator][code] = item
        found: defaultdict[str, set[str]] = defaultdict(set)
        for (_, indicator), items in parts.items():
            for code in withheld({code: item.reported for code, item in items.items()}, small.minimum):
                found[code].add(indicator)
        return {code: frozenset(codes) for code, codes in found.items()}

    def _silent(self, unit: Division) -> Iterator[tuple[str, date | None]]:
        for code in sorted(self.now.units):
            if covers(unit.code, code) and code in self._units:
                owing = self.now.reporting(self.lead, code)
                if owing.reporting.received < owing.reporting.due:
                    yield self._units[code].name, owing.carried_from

    def _difference(self, code: str) -> str:
        trees = [item for item in self.programme.targets if item.indicator == self.lead.code]
        newest = max(trees, key=lambda item: item.version, default=None)
        named = {normalise(key): reason for key, (_, reason) in newest.difference.items()} if newest else {}
        return named.get(code, "")


def _of(figure: Figure) -> Told:
    truths = figure.assurance
    return Told(
        reported=figure.value,
        evidenced=truths.get(Basis.EVIDENCED),
        verified=truths.get(Basis.VERIFIED),
        numerator=figure.numerator,
        denominator=figure.denominator,
        target=figure.target,
        expected=figure.expected,
        behind_points=figure.behind_points,
        behind_days=figure.behind_days,
        carried_from=figure.carried_from,
        due=figure.reporting.due,
        received=figure.reporting.received,
        versions=dict(figure.versions),
    )


def _left_out(told: Told) -> Told:
    """What may still be said where the number may not: the promise, and whether somebody owes a report."""
    return Told(
        target=told.target,
        expected=told.expected,
        carried_from=told.carried_from,
        due=told.due,
        received=told.received,
        withheld=True,
        versions=told.versions,
        promised=told.promised,
    )


def _lead(programme: Programme, public: Collection[Indicator]) -> Indicator:
    """The first public headline figure with a trajectory, else any headline figure, else any."""
    planned = {item.indicator for item in programme.trajectories}
    headline = [item for item in public if item.headline]
    return next((item for item in headline if item.code in planned), (headline or list(public))[0])
