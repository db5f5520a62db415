"""What the pages of figures share: the question that the address asks, the days and moments to choose from, and links
that ask another one."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from shishi.apps.divisions.selectors import find_division
from shishi.apps.indicators.overview import Overview, overview
from shishi.apps.indicators.selectors import Asked
from shishi.apps.ledger.origins import known_since, moments_of_knowing
from shishi.apps.ledger.selectors import days_reported
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.divisions import Level, official
from shishi.core.errors import Misuse
from shishi.core.programmes import Pack, Programme
from shishi.web.office.viewing import Query, Viewer, query_of

LEVELS = {level.name.lower(): level for level in Level if level is not Level.COUNTRY}
SORTS = ("gap", "code", "value", "share")


@dataclass(frozen=True)
class Asking:
    """Who asks what of which programme. ``usual``: the day when the address names none."""

    viewer: Viewer
    pack: Pack
    programme: Programme
    query: Query
    usual: date
    level: Level | None
    sort: str
    compared: tuple[str, ...]

    @cached_property
    def asked(self) -> Asked:
        """The request for figures."""
        told = self.query.asked(self.programme, self.usual)
        return Asked(
            told.programme, told.as_of, told.known_at, told.division, self.level, told.basis, indicators=told.indicators
        )

    @cached_property
    def seen(self) -> Overview:
        """The answer."""
        return overview(self.viewer.person, self.asked, at=self.viewer.at)

    def address(self, **other: str) -> str:
        """The query string that asks the same, but for what is named; an empty value leaves a part out."""
        told = {
            **dict(parse_qsl(self.query.address(self.asked.as_of))),
            "indicator": self.query.indicator,
            "level": self.level.name.lower() if self.level else "",
            "sort": self.sort if self.sort != SORTS[0] else "",
            "compare": ",".join(official(code) for code in self.compared),
        }
        return urlencode({name: value for name, value in (told | other).items() if value})

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The parts of the address, for a form that asks another one of them."""
        return parse_qsl(self.address())

    @property
    def of_rows(self) -> str:
        """The query string for pages about single figures: neither indicator nor level nor order."""
        return self.address(indicator="", level="", sort="", compare="")

    @property
    def days(self) -> Days:
        """The days to choose from."""
        tables = {table.name for table in self.programme.tables}
        today = day_of(self.viewer.at)
        found = {day for table in tables for day in days_reported(table, today, self.asked.known_at or self.viewer.at)}
        return Days(self, frozenset(found))

    @property
    def moments(self) -> Moments:
        """The moments of knowing to choose from."""
        tables = [table.name for table in self.programme.tables]
        return Moments(self, moments_of_knowing(tables, self.asked.as_of), known_since(tables))


def asking_of(request: HttpRequest, jurisdiction: str, year: int, code: str) -> Asking:
    """Read the address. ``Misuse`` as ``query_of``, and (level_unknown, sort_unknown, unknown_programme)."""
    viewer, query, given = Viewer.of(request), query_of(request), request.GET
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    level, sort = given.get("level", ""), given.get("sort", "") or SORTS[0]
    if level and level not in LEVELS:
        raise Misuse("level_unknown", f"没有“{level[:20]}”这一级。可选：province、city、county、street、village。")
    if sort not in SORTS:
        raise Misuse("sort_unknown", f"不能按“{sort[:20]}”排。可选：{'、'.join(SORTS)}。")
    compared = [code for text in given.getlist("compare") for code in text.split(",") if code][:MOST_COMPARED]
    found = tuple(dict.fromkeys(find_division(code, query.as_of).code for code in compared))
    usual = viewer.usual_day(programme)
    return Asking(viewer, pack, programme, query, usual, LEVELS.get(level), sort, found)


MOST_COMPARED = 5
"""Curves that can be told apart in one drawing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something else that can be asked, and the address that asks it."""

    title: str
    address: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the calendar."""

    day: date
    inside: bool
    reported: bool
    chosen: bool
    address: str


@dataclass(frozen=True)
class Days:
    """``reported``: the days for which anything was handed in."""

    asking: Asking
    reported: frozenset[date]

    @property
    def chosen(self) -> date:
        """The day of the page."""
        return self.asking.asked.as_of

    @property
    def first(self) -> date | None:
        """The earliest day that has a report."""
        return min(self.reported, default=None)

    @property
    def presets(self) -> tuple[Choice, ...]:
        """Days that are often asked for, counted from the one that is shown."""
        day = self.chosen
        named = (
            (_("最近一次"), self.asking.usual),
            (_("前一天"), day - timedelta(days=1)),
            (_("上周同一天"), day - timedelta(days=7)),
            (_("上月底"), day.replace(day=1) - timedelta(days=1)),
        )
        return tuple(Choice(title, self._address(other), other == day) for title, other in named)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the days of a week."""
        return _("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日")

    @property
    def weeks(self) -> Iterator[list[DayCell]]:
        """The month of the day, week by week."""
        for week in Calendar().monthdatescalendar(self.chosen.year, self.chosen.month):
            yield [
                DayCell(
                    day, day.month == self.chosen.month, day in self.reported, day == self.chosen, self._address(day)
                )
                for day in week
            ]

    @property
    def earlier(self) -> str:
        """The address of the last day of the month before."""
        return self._address(self.chosen.replace(day=1) - timedelta(days=1))

    @property
    def later(self) -> str:
        """The address of the first day of the month after."""
        return self._address((self.chosen.replace(day=28) + timedelta(days=4)).replace(day=1))

    def _address(self, day: date) -> str:
        return self.asking.address(as_of=day.isoformat())


@dataclass(frozen=True)
class Moments:
    """``recent``: when something was handed in, newest first; ``first``: before it nothing was known."""

    asking: Asking
    recent: tuple[datetime, ...]
    first: datetime | None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Now, the end of the day that is shown, and the moments of the last reports."""
        known, told = self.asking.asked.known_at, [Choice(_("现在"), self.asking.address(known_at=""))]
        day = self.asking.asked.as_of
        evening = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)
        if evening < self.asking.viewer.at:
            told.append(Choice(_("当天结束时"), self._address(evening), known == evening))
        if known is None:
            told[0] = Choice(told[0].title, told[0].address, chosen=True)
        return tuple(told)

    @property
    def reports(self) -> tuple[Choice, ...]:
        """The moments right after the last reports."""
        # An address holds whole seconds: the next one lies after the report.
        ends = dict.fromkeys(item.replace(microsecond=0) + timedelta(seconds=1) for item in self.recent)
        known = self.asking.asked.known_at
        return tuple(
            Choice(f"{end.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", self._address(end), known == end) for end in ends
        )

    def _address(self, moment: datetime) -> str:
        return self.asking.address(known_at=f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}")
