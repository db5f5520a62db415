"""A table's rows as a board: columns by the values of one field."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shishi.apps.ledger.listing import ListedRow, Rows, rows_of
from shishi.core.errors import Misuse
from shishi.core.listing import Filter, RowsAsked, field_named
from shishi.core.programmes import Programme
from shishi.core.tables import Choice, Field, FieldType, Table
from shishi.web.office.ledger import about, named
from shishi.web.office.ledger_query import ledger_query
from shishi.web.office.viewing import Viewer

CARDS = 25
FACTS = 3


@dataclass(frozen=True, slots=True)
class Lane:
    """One column of the board: a value of the field, how many rows have it, and the first of them."""

    value: str
    title: str
    total: int
    cards: tuple[tuple[ListedRow, tuple[tuple[str, str], ...]], ...]


def board(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """Rows by the field ``by``: moving a card is an edit of that field."""
    viewer = Viewer.of(request)
    pack, programme, known = named(viewer, jurisdiction, year, code, table)
    query = ledger_query(request, viewer, programme, known)
    by = _by(known, request.GET.get("by", ""))
    lanes = [_lane(viewer, programme, known, query.asked, by, choice) for choice in by.values]
    empty = _lane(viewer, programme, known, query.asked, by, Choice("", _("（空）")))
    page = {
        **about(viewer, pack, programme, query),
        "by": by,
        "lanes": [*lanes, *([empty] if empty.total else [])],
        "movable": by.name not in known.locked,
        "cards": CARDS,
    }
    return render(request, "office/board.html", page)


def _by(table: Table, text: str) -> Field:
    choices = [item for item in table.fields if item.type is FieldType.ENUMERATION and item.values]
    if not choices:
        raise Misuse("no_board", f"“{table.title}”没有可以分列的栏目。请用表格看。")
    found = field_named(table, text) if text else choices[0]
    if found not in choices:
        raise Misuse("no_board", f"不能按“{found.title}”分列。可选：{'、'.join(item.title for item in choices)}。")
    return found


def _lane(viewer: Viewer, programme: Programme, table: Table, asked: RowsAsked, by: Field, choice: Choice) -> Lane:
    kept = tuple(item for item in asked.filters if item.field != by.name)
    wanted = replace(
        asked, filters=(*kept, Filter(by.name, "=", choice.value)), size=CARDS, page=1, group="", columns=()
    )
    found = rows_of(viewer.person, programme, table, wanted, at=viewer.at)
    return Lane(choice.value, choice.title, found.total, tuple((row, _facts(found, row, by)) for row in found.rows))


def _facts(found: Rows, row: ListedRow, by: Field) -> tuple[tuple[str, str], ...]:
    """A few cells that say which row it is."""
    told = [
        (item.title, row.cells[item.name].text)
        for item in found.columns
        if item.name not in (by.name, *found.table.key) and item.type is not FieldType.REFERENCE
    ]
    return tuple((title, text) for title, text in told if text)[:FACTS]
