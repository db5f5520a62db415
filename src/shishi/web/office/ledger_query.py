"""What the address of a ledger's page asks, and the addresses that ask something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from shishi.apps.indicators.why import Behind, entries_behind
from shishi.core.assurance import Basis
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.divisions import official
from shishi.core.errors import Misuse
from shishi.core.listing import (
    Filter,
    RowsAsked,
    Sort,
    field_named,
    filter_of,
    filter_typed,
    group_of,
    sort_of,
    typed_again,
)
from shishi.core.programmes import Programme
from shishi.core.tables import Table
from shishi.web.office.viewing import Query, Viewer, query_of
from shishi.web.office.why import PARTS, part_of

SIZES = (50, 100, 200)
OWN = ("where", "sort", "group", "columns", "q", "size", "page", "view", "freeze")
"""The parameters that make a view of a table; those of time and place are not among them."""


@dataclass(frozen=True, slots=True)
class FigureAsked:
    """The figure whose rows a page shows and no others. ``back``: the query string of its own page."""

    behind: Behind
    part: str
    basis: Basis
    back: str

    @property
    def listed(self) -> int:
        """How many of its rows may be listed."""
        return len(self.behind.entries)


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """A page of a table as it is asked for. ``freeze``: how many columns stay while the rest moves; ``past``: what is
    shown is not the present, so nothing can be edited; ``figure``: only its rows are shown."""

    table: Table
    asked: RowsAsked
    freeze: int
    past: bool
    view: str = ""
    figure: FigureAsked | None = None

    def address(self, **changes: object) -> str:
        """The query string that asks the same with some things changed; every change but that of the page goes back to
        the first."""
        told = self._told()
        if "page" not in changes:
            told.pop("page", None)
        for name, value in changes.items():
            told.pop(name, None)
            if value not in (None, "", ()):
                told[name] = value
        return "?" + urlencode(told, doseq=True)

    def by(self, name: str) -> str:
        """The address that sorts by a field; by the same again, the other way round; then no longer."""
        first = self.asked.sort[0] if self.asked.sort else None
        if first is None or first.field != name:
            return self.address(sort=name)
        return self.address(sort="" if first.descending else f"-{name}")

    def narrowed(self, name: str, value: str) -> str:
        """The address of the rows among these that have one value of a field."""
        kept = [str(item) for item in self.asked.filters if item.field != name]
        return self.address(where=[*kept, f"{name}={value}"], group="")

    def order(self, name: str) -> str:
        """``ascending``, ``descending`` or ``none``, as ``aria-sort`` says it."""
        found = next((item for item in self.asked.sort if item.field == name), None)
        return "none" if found is None else "descending" if found.descending else "ascending"

    @property
    def typed(self) -> Mapping[str, str]:
        """What stands above each column."""
        return {item.field: typed_again(item, self.table) for item in self.asked.filters}

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a form with the filters must send along."""
        told = {name: value for name, value in self._told().items() if name not in ("where", "page", "q")}
        return [
            (name, str(one)) for name, value in told.items() for one in (value if isinstance(value, list) else [value])
        ]

    @property
    def saved(self) -> str:
        """The query string of a saved view: what is seen, not when and where."""
        told = {name: value for name, value in self._told().items() if name in OWN and name not in ("page", "view")}
        return urlencode(told, doseq=True)

    def _told(self) -> dict[str, object]:
        asked = self.asked
        told: dict[str, object] = {
            "as_of": asked.as_of.isoformat() if self.past else "",
            "known_at": f"{asked.known_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}" if asked.known_at else "",
            "division": official(asked.division) if asked.division else "",
            "where": [str(item) for item in asked.filters],
            "sort": ",".join(map(str, asked.sort)),
            "group": asked.group,
            "columns": ",".join(asked.columns),
            "q": asked.text,
            "size": asked.size if asked.size != SIZES[0] else "",
            "page": asked.page if asked.page > 1 else "",
            "freeze": self.freeze if self.freeze != 1 else "",
            "view": self.view,
        }
        if self.figure:
            part = self.figure.part
            told |= {
                "as_of": asked.as_of.isoformat(),
                "indicator": self.figure.behind.figure.indicator.code,
                "part": part if part != PARTS[0] else "",
                "basis": self.figure.basis.value,
            }
        return {name: value for name, value in told.items() if value not in ("", [], None)}

    @property
    def everything(self) -> str:
        """The address of the same without the figure."""
        return self.address(indicator="", part="", basis="")


def ledger_query(
    request: HttpRequest, viewer: Viewer, programme: Programme, table: Table, saved: str = ""
) -> LedgerQuery:
    """Read the address over what a saved view says. ``Misuse``: as core.listing, viewing and indicators.why say,
    size_malformed, figure_elsewhere."""
    query, today = query_of(request), day_of(viewer.at)
    given = _given(request.GET, saved)
    as_of = query.as_of or today
    asked = RowsAsked(
        as_of=as_of,
        known_at=query.known_at,
        division=query.division,
        filters=_filters(table, given),
        sort=tuple(sort_of(table, text) for text in _listed(given, "sort")),
        group=group_of(table, str(given["group"])) if given.get("group") else "",
        columns=tuple(field_named(table, text).name for text in _listed(given, "columns")),
        text=given.get("q", "").strip()[:100],
        page=query.page,
        size=_number(given, "size", SIZES[0], SIZES[-1]),
    )
    figure = _figure(request, viewer, programme, table, query, as_of) if query.indicator else None
    if figure:
        asked = replace(asked, entries=figure.behind.entries)
    past = as_of != today or query.known_at is not None
    freeze, view = _number(given, "freeze", 1, 6, 0), request.GET.get("view", "")
    return LedgerQuery(table, _in_order(asked), freeze, past, view, figure)


def _figure(
    request: HttpRequest, viewer: Viewer, programme: Programme, table: Table, query: Query, as_of: date
) -> FigureAsked:
    """The figure that the address names, as its own page reckons it."""
    part = part_of(request)
    behind = entries_behind(viewer.person, query.asked(programme, as_of), query.indicator, part, at=viewer.at)
    if behind.part.table != table.name:
        title = programme.table(behind.part.table).title
        raise Misuse("figure_elsewhere", f"“{behind.part.title}”数的是“{title}”的行，不是“{table.title}”的。")
    back = query.address(as_of, part=part if part != PARTS[0] else "")
    return FigureAsked(behind, part, query.basis, back)


def saved_query(table: Table, told: str, as_of: date) -> RowsAsked:
    """What a saved view asks, of a day."""
    given = QueryDict(told)
    return RowsAsked(as_of, filters=_filters(table, given))


def _given(own: QueryDict, saved: str) -> QueryDict:
    """The address itself, where it says anything of what makes a view; else the saved one."""
    says = any(name in own for name in OWN if name not in ("view", "page")) or any(
        name.startswith("f.") for name in own
    )
    return own if says or not saved else QueryDict(saved)


def _filters(table: Table, given: QueryDict) -> tuple[Filter, ...]:
    """One a field: what is typed above a column counts more than what was asked before."""
    found = {}
    for text in given.getlist("where"):
        item = filter_of(table, text)
        found[item.field, item.sign] = item
    for name in given:
        if name.startswith("f."):
            field = field_named(table, name.removeprefix("f.")).name
            found = {key: item for key, item in found.items() if key[0] != field}
            texts = [text for text in given.getlist(name) if text.strip()]
            typed = filter_typed(table, field, "|".join(texts))
            if typed:
                found[field, typed.sign] = typed
    return tuple(found.values())


def _listed(given: QueryDict, name: str) -> list[str]:
    return [part.strip() for text in given.getlist(name) for part in text.split(",") if part.strip()]


def _number(given: QueryDict, name: str, default: int, most: int, least: int = 1) -> int:
    text = given.get(name) or str(default)
    if not text.isdigit() or not least <= int(text) <= most:
        raise Misuse(f"{name}_malformed", f"{name} 要写 {least} 到 {most} 的整数。")
    return int(text)


def _in_order(asked: RowsAsked) -> RowsAsked:
    """A group is sorted by first: its rows stand together."""
    if asked.group and asked.sort[:1] != (Sort(asked.group),) and all(item.field != asked.group for item in asked.sort):
        return replace(asked, sort=(Sort(asked.group), *asked.sort))
    return asked


def query_division(query: Query) -> str:
    """The official code that the address names."""
    return official(query.division) if query.division else ""
