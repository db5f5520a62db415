"""Editing the grid: what is typed into cells or pasted as a block (asked for by the page's script, answered as JSON
with a piece of page to show), and one change to many rows (a form with a preview)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shishi.apps.ledger.editing import AT_MOST, Edit, EditConflict, Edited, Editing, edit_rows
from shishi.apps.ledger.fillings import note_filling
from shishi.apps.ledger.listing import found_states, listed_rows
from shishi.core.calendars import day_of
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.fillings import Way
from shishi.core.programmes import Programme
from shishi.core.tables import Field, FieldType, Table
from shishi.web.design.forms import Form, answer
from shishi.web.office.ledger import about, named
from shishi.web.office.ledger_query import LedgerQuery, ledger_query
from shishi.web.office.viewing import Viewer

PREVIEWED = 100
MOST_BYTES = 2_000_000
MOST_SECONDS = 3600
EXPLAIN = "query_unexplained"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the script sends."""

    edits: tuple[Edit, ...]
    preview: bool
    overwrite: bool
    took: timedelta | None = None
    """How long one cell was being typed in, as the page tells it."""


@require_POST
def edit(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """Write cells, or show what would be written. ``status``: written, proposed, unchanged, preview, conflict,
    refused; ``html`` what to show; ``rows`` the rows as they are now."""
    viewer = Viewer.of(request)
    _, programme, known = named(viewer, jurisdiction, year, code, table)
    asked = _asked(request)
    editing = Editing(programme, known, day_of(viewer.at), asked.edits, asked.overwrite)
    try:
        told = edit_rows(editing, by=viewer.person, at=viewer.at, preview=asked.preview)
    except EditConflict as apart:
        return _answered(request, "conflict", {"conflicts": apart.conflicts, "table": known}, code=409)
    except Refused as refused:
        page = {"issues": _placed(refused.issues, asked.edits, known), "error": refused, "explain": _explains(refused)}
        return _answered(request, "refused", page, code=422)
    except Misuse as wrong:
        page = {"issues": _placed(wrong.issues, asked.edits, known), "error": wrong}
        return _answered(request, "refused", page, code=422)
    if asked.took is not None and told.status in ("written", "proposed") and not asked.preview:
        note_filling(known.name, asked.took, at=viewer.at, way=Way.CELL)
    page = {"told": told, "shown": told.difference.rows[:PREVIEWED], "table": known}
    rows = () if asked.preview else _now(viewer, programme, known, [item.entry for item in asked.edits])
    return _answered(request, told.status, page, rows=rows)


def _answered(
    request: HttpRequest, status: str, page: Mapping[str, object], *, rows: Sequence[object] = (), code: int = 200
) -> JsonResponse:
    html = render_to_string(f"office/edit_{_TEMPLATES[status]}.html", dict(page), request)
    faults = [
        {"entry": entry, "field": issue.field, "message": issue.message}
        for entry, issue in page.get("issues", ())  # type: ignore[attr-defined]  # made just above here
    ]
    return JsonResponse({"status": status, "html": html, "rows": list(rows), "faults": faults}, status=code)


_TEMPLATES = {
    "conflict": "conflict",
    "refused": "refused",
    "preview": "preview",
    "written": "done",
    "proposed": "done",
    "unchanged": "done",
}


def _asked(request: HttpRequest) -> Asked:
    """Read what was sent; ``Misuse`` (edit_malformed)."""
    try:
        if len(request.body) > MOST_BYTES:
            raise ValueError
        told = json.loads(request.body)
        edits = tuple(
            Edit(
                UUID(item["entry"]),
                int(item["sequence"]),
                {str(name): str(text)[:5000] for name, text in item["cells"].items()},
                str(item.get("explanation", ""))[:1000],
            )
            for item in told["edits"]
        )
        took = told.get("took") if [len(item.cells) for item in edits] == [1] else None
        typed = timedelta(seconds=took) if type(took) is int and 0 <= took <= MOST_SECONDS else None
        return Asked(edits, bool(told.get("preview")), bool(told.get("overwrite")), typed)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Misuse("edit_malformed", _("送来的改动看不懂，没有写入。请刷新页面再试。")) from wrong


def _placed(issues: Sequence[Issue], edits: Sequence[Edit], table: Table) -> list[tuple[str, Issue]]:
    """Each fault with the row that it is about; empty where it is about none."""
    return [
        (str(edits[issue.row - 1].entry) if issue.row and issue.row <= len(edits) else "", issue) for issue in issues
    ]


def _explains(refused: Refused) -> bool:
    """Whether all that is missing is an explanation."""
    return all(issue.code == EXPLAIN for issue in refused.issues)


def _now(viewer: Viewer, programme: Programme, table: Table, entries: Sequence[UUID]) -> list[dict[str, object]]:
    found = listed_rows(viewer.person, programme, table, entries, at=viewer.at)
    return [
        {
            "entry": str(row.entry),
            "sequence": row.sequence,
            "cells": {name: {"text": cell.text, "raw": cell.raw} for name, cell in row.cells.items()},
        }
        for row in found
    ]


class BulkForm(Form):
    """One field of every row that is found gets one value."""

    field = forms.ChoiceField(label="改哪一栏")
    value = forms.CharField(label="改成", required=False, max_length=500, help_text="留空就是清空这一栏。")
    explanation = forms.CharField(
        label="核实说明", required=False, max_length=500, help_text="改动触发核实性审核时要写。"
    )
    expected = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, fields: Sequence[Field] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["field"]
        if isinstance(chosen, forms.ChoiceField):
            chosen.choices = [(item.name, item.title) for item in fields]


def bulk(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """Change one field of all rows that the address finds: first what would change and what is skipped, and why."""
    viewer = Viewer.of(request)
    pack, programme, known = named(viewer, jurisdiction, year, code, table)
    query = ledger_query(request, viewer, programme, known)
    states = found_states(viewer.person, programme, known, query.asked, limit=AT_MOST + 1, at=viewer.at)
    if len(states) > AT_MOST:
        raise Misuse("too_many_rows", _("一次最多改 %s 行。请先筛选，分几次改。") % AT_MOST)
    fields = [item for item in known.fields if item.name not in known.locked and item.type is not FieldType.FILE]
    page = {**about(viewer, pack, programme, query), "many": len(states)}
    back = reverse("office:ledger-rows", args=[jurisdiction, year, code, table]) + query.address()
    if request.method == "POST" and not request.POST.get("expected"):
        return _previewed(request, viewer, query, programme, states, fields, page)

    def act(form: BulkForm) -> Edited:
        told = _bulk(viewer, programme, known, states, form.cleaned_data, preview=True)
        if str(told.rows) != form.cleaned_data["expected"]:
            raise Refused("changed_since", _("预览之后情况有变，没有写入。请重新预览。"))
        return _bulk(viewer, programme, known, states, form.cleaned_data, preview=False)

    return answer(
        request,
        BulkForm,
        "office/bulk.html",
        page,
        act=act,
        then=back,
        by=viewer.person,
        at=viewer.at,
        told=_told,
        given={"fields": fields},
    )


def _previewed(
    request: HttpRequest,
    viewer: Viewer,
    query: LedgerQuery,
    programme: Programme,
    states: Sequence[tuple[UUID, int]],
    fields: Sequence[Field],
    page: dict[str, object],
) -> HttpResponse:
    form = BulkForm(request.POST, fields=fields)
    if form.is_valid():
        try:
            told = _bulk(viewer, programme, query.table, states, form.cleaned_data, preview=True)
        except (Misuse, Refused) as wrong:
            form.refuse(wrong)
        else:
            page |= {"told": told, "shown": told.difference.rows[:PREVIEWED], "asked_field": form.cleaned_data["field"]}
            return render(request, "office/bulk.html", {**page, "form": form})
    return render(request, "office/bulk.html", {**page, "form": form}, status=422)


def _bulk(
    viewer: Viewer,
    programme: Programme,
    table: Table,
    states: Sequence[tuple[UUID, int]],
    asked: Mapping[str, str],
    *,
    preview: bool,
) -> Edited:
    cells = {asked["field"]: asked["value"]}
    edits = [Edit(entry, sequence, cells, asked["explanation"]) for entry, sequence in states]
    editing = Editing(programme, table, day_of(viewer.at), edits, skip=True)
    return edit_rows(editing, by=viewer.person, at=viewer.at, preview=preview)


def _told(told: Edited) -> str:
    words = {
        "written": _("已改 %(rows)s 行"),
        "proposed": _("%(rows)s 行的改动已提请审批"),
        "unchanged": _("没有要改的行"),
    }
    done = words[told.status] % {"rows": told.rows}
    return done + (_("，跳过 %s 行") % len(told.skipped) if told.skipped else "") + "。"
