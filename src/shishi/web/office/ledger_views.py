"""Views of a table that people keep, and what is seen as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shishi.adapters.spreadsheets.export import write_export
from shishi.apps.accounts.saved_views import drop_view, save_view, view_of
from shishi.apps.ledger.listing import count_of, values_of
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Misuse
from shishi.core.tables import Table, Values
from shishi.core.values import shown
from shishi.web.office.ledger import named
from shishi.web.office.ledger_query import LedgerQuery, ledger_query
from shishi.web.office.viewing import Viewer

FORMS = ("xlsx", "csv")
ROWS_AT_MOST = 200_000
_FORMULAS = "=+-@\t\r＝＋－＠"


@require_POST
def keep(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """Save what is seen under a title, or drop one's own view."""
    viewer = Viewer.of(request)
    _pack, _programme, known = named(viewer, jurisdiction, year, code, table)
    back = reverse("office:ledger-rows", args=[jurisdiction, year, code, table])
    dropped = view_of(viewer.person, known.name, request.POST.get("drop", ""))
    if dropped:
        drop_view(dropped, by=viewer.person, at=viewer.at)
        messages.success(request, _("视图已删除。"))
        return HttpResponseRedirect(back)
    view = save_view(
        table=known.name,
        title=request.POST.get("title", ""),
        query=request.POST.get("query", ""),
        shared=bool(request.POST.get("shared")),
        by=viewer.person,
        at=viewer.at,
    )
    messages.success(request, _("视图“%s”已保存。") % view.title)
    return HttpResponseRedirect(f"{back}?view={view.pk}")


def export(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str, form: str) -> HttpResponseBase:
    """All rows that the address finds, in the columns that are seen, as a workbook or as CSV. ``Misuse``:
    form_unknown, too_many_rows."""
    viewer = Viewer.of(request)
    _pack, programme, known = named(viewer, jurisdiction, year, code, table)
    if form not in FORMS:
        raise Misuse("form_unknown", _("可以导出为 Excel 工作簿或 CSV。"))
    view = view_of(viewer.person, known.name, request.GET.get("view", ""))
    query = ledger_query(request, viewer, programme, known, view.query if view else "")
    many = count_of(viewer.person, programme, known, query.asked, at=viewer.at)
    if many > ROWS_AT_MOST:
        raise Misuse("too_many_rows", _("一次最多导出 %s 行。请先筛选，或用 shishi ledger export。") % ROWS_AT_MOST)
    rows = values_of(viewer.person, programme, known, query.asked, at=viewer.at)
    fields = tuple(item for item in known.fields if not query.asked.columns or item.name in query.asked.columns)
    seen = replace(known, fields=fields)
    made: HttpResponseBase = _workbook(seen, rows, _note(query, viewer)) if form == "xlsx" else _csv(seen, rows)
    made["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(known.title)}.{form}"
    return made


def _note(query: LedgerQuery, viewer: Viewer) -> str:
    when = viewer.at.astimezone(SHANGHAI)
    told = _("；条件：%s") % "、".join(map(str, query.asked.filters)) if query.asked.filters else ""
    facts = {"day": query.asked.as_of, "name": viewer.person.name, "when": f"{when:%Y-%m-%d %H:%M}"}
    return _("截至 %(day)s　导出人 %(name)s　%(when)s") % facts + told + _of_figure(query)


def _of_figure(query: LedgerQuery) -> str:
    if query.figure is None:
        return ""
    figure, many = query.figure.behind.figure, query.figure.behind.total
    facts = {"figure": f"{figure.name}　{figure.indicator.title}", "many": many, "listed": query.figure.listed}
    if many > query.figure.listed:
        return _("；只有构成“%(figure)s”的 %(many)s 行中的前 %(listed)s 行") % facts
    return _("；只有构成“%(figure)s”的 %(many)s 行") % facts


def _quoted(title: str) -> str:
    from urllib.parse import quote

    return quote(title)


def _workbook(table: Table, rows: Iterator[Values], note: str) -> HttpResponse:
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / "export.xlsx"
        write_export(table, rows, path, table.title, note, masked=False)  # values_of has masked what must be
        return HttpResponse(
            path.read_bytes(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )


class _Lines:
    """A file that hands each line on."""

    def write(self, text: str) -> str:
        """Give it back."""
        return text


def _csv(table: Table, rows: Iterator[Values]) -> StreamingHttpResponse:
    writer = csv.writer(_Lines())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow([item.title for item in table.fields])
        for row in rows:
            yield writer.writerow(_cells(table, row))

    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")


def _cells(table: Table, row: Values) -> Sequence[str]:
    return [_plain(shown(item, row.get(item.name), masked=False)) for item in table.fields]


def _plain(text: str) -> str:
    """A text that a spreadsheet would take for a formula is told apart; numbers stay numbers."""
    formula = any(line.strip()[:1] in _FORMULAS and line.strip() for line in text.splitlines())
    number = text.replace(",", "").replace(".", "", 1).removeprefix("-").isdigit()
    return f"'{text}" if formula and not number else text
