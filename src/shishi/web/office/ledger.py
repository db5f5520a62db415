"""The ledger: every table within reach, and the rows of one as a grid that works as a plain table too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.accounts.saved_views import saved_views, view_of
from shishi.apps.ledger.listing import ListedGroup, ListedRow, Rows, count_of, may_edit, rows_of
from shishi.apps.ledger.places import mapped_fields
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.listing import RowsAsked, sortable
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Field, FieldType, Table
from shishi.web.office.ledger_query import SIZES, LedgerQuery, ledger_query
from shishi.web.office.viewing import Viewer

GROUPABLE = frozenset(
    {FieldType.ENUMERATION, FieldType.DIVISION, FieldType.YES_NO, FieldType.DATE, FieldType.TEXT, FieldType.INTEGER}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A table of the list: how many rows the person sees in it."""

    table: Table
    rows: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the grid: its field, where its head leads, what is typed above it. ``locked``: not edited in
    place."""

    field: Field
    sorted: str
    address: str
    typed: str
    locked: bool
    number: bool

    @property
    def odd(self) -> str:
        """What is typed above a column of few values, where it is none of them."""
        return self.typed if self.typed not in {choice.value for choice in self.field.values} else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the grid; ``head``: the group of which it is the first."""

    row: ListedRow
    head: ListedGroup | None


def tables(request: HttpRequest) -> HttpResponse:
    """Every table that the person may read, by programme."""
    viewer = Viewer.of(request)
    today = day_of(viewer.at)
    found = [
        (pack, programme, [Standing(table, _many(viewer, programme, table, today)) for table in programme.tables])
        for pack, programme in programmes_for(viewer.person, at=viewer.at)
    ]
    return render(request, "office/ledger.html", {"listed": found, "today": today})


def _many(viewer: Viewer, programme: Programme, table: Table, today: date) -> int:
    return count_of(viewer.person, programme, table, RowsAsked(today), at=viewer.at)


def named(viewer: Viewer, jurisdiction: str, year: int, code: str, table: str) -> tuple[Pack, Programme, Table]:
    """A table of a programme within reach; ``Misuse`` (unknown_programme, unknown_table) otherwise."""
    pack, programme = viewer.programme(f"{jurisdiction}/{year}/{code}")
    return pack, programme, programme.table(f"{programme.name}/{table}")


def rows(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """A page of a table's rows."""
    viewer = Viewer.of(request)
    pack, programme, known = named(viewer, jurisdiction, year, code, table)
    view = view_of(viewer.person, known.name, request.GET.get("view", ""))
    query = ledger_query(request, viewer, programme, known, view.query if view else "")
    found = rows_of(viewer.person, programme, known, query.asked, at=viewer.at)
    page = {
        **about(viewer, pack, programme, query),
        "found": found,
        "columns": columns(query, found),
        "rows": grid(query, found),
        "pages": Paginator(range(found.total), query.asked.size).get_page(query.asked.page),
        "views": saved_views(viewer.person, known.name),
        "view": view,
        "sizes": SIZES,
    }
    return render(request, "office/rows.html", page)


def about(viewer: Viewer, pack: Pack, programme: Programme, query: LedgerQuery) -> dict[str, object]:
    """What every page of a table says of it."""
    table = query.table
    edits = not query.past and not table.by_service
    return {
        "pack": pack,
        "programme": programme,
        "table": table,
        "query": query,
        "asked": query.asked,
        "today": day_of(viewer.at),
        "fields": table.fields,
        "groupable": [item for item in table.fields if item.type in GROUPABLE and not item.sensitive],
        "boards": [item for item in table.fields if item.type is FieldType.ENUMERATION],
        "mapped": mapped_fields(table),
        "edits": edits and may_edit(viewer.person, programme.name, day_of(viewer.at)),
    }


def columns(query: LedgerQuery, found: Rows) -> tuple[Column, ...]:
    """The columns in the order in which they were chosen."""
    typed, table = query.typed, query.table
    return tuple(
        Column(
            item,
            query.order(item.name) if sortable(item) else "",
            query.by(item.name) if sortable(item) else "",
            typed.get(item.name, ""),
            item.name in table.locked or item.type is FieldType.FILE,
            item.type in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY),
        )
        for item in found.columns
    )


def grid(query: LedgerQuery, found: Rows) -> list[Line]:
    """The rows, with the head of a group before the first of its rows."""
    told, last = [], None
    heads = {group.raw: group for group in found.groups}
    for row in found.rows:
        head = heads.get(row.group) if query.asked.group and row.group != last else None
        last = row.group
        told.append(Line(row, head))
    return told
