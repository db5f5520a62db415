"""A row's page: all it says, every state of it, where each came from, what refers to it, what people say of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from shishi.apps.assurance.evidence_seen import evidence_of
from shishi.apps.assurance.selectors import marks_on
from shishi.apps.fieldwork.visits_seen import visits_about
from shishi.apps.ledger.comments import comment_on, comments_on, readers_of
from shishi.apps.ledger.one_row import RowPage, row_of
from shishi.apps.ledger.single_rows import restore_row, reveal_cell, withdraw_entry
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, ShishiError
from shishi.core.tables import Field, FieldType
from shishi.web.office.viewing import Viewer

SIDE_BY_SIDE = 6
WORDS = {Basis.REPORTED: lazy("填报"), Basis.EVIDENCED: lazy("有佐证"), Basis.VERIFIED: lazy("已核实")}


def row(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Everything about one row."""
    viewer = Viewer.of(request)
    found = row_of(viewer.person, entry, at=viewer.at)
    jurisdiction, year, code = found.programme.name.split("/")
    page = {
        "found": found,
        "table": found.table,
        "programme": found.programme,
        "jurisdiction": jurisdiction,
        "year": int(year),
        "code": code,
        "beside": tuple(reversed(found.versions[:SIDE_BY_SIDE])),
        "older": found.versions[SIDE_BY_SIDE:],
        "marks": _marks(found),
        "evidence": evidence_of(viewer.person, entry, at=viewer.at),
        "visits": visits_about(viewer.person, entry, at=viewer.at),
        "comments": comments_on(viewer.person, entry, at=viewer.at),
        "readers": readers_of(found, viewer.at),
        "me": viewer.person,
        "today": day_of(viewer.at),
        "typing": [_typing(found, item) for item in found.table.fields if _is_typed(found, item)],
    }
    return render(request, "office/row.html", page)


def _marks(found: RowPage) -> list[tuple[str, str, object]]:
    """The state of each assured group, with the mark that gives it: dropped to reported when the group changed."""
    standing = {}
    for mark in marks_on([found.entry]):
        standing[mark.group] = mark
    told: list[tuple[str, str, object]] = []
    for group, names in found.table.groups.items():
        title = "、".join(found.table.by_name[name].title for name in names if name in found.table.by_name)
        changed = max((item.sequence for item in found.versions if item.changed & set(names)), default=0)
        if group in standing and standing[group].sequence >= changed:
            told.append((title, str(WORDS[standing[group].state]), standing[group]))
        else:
            told.append((title, str(WORDS[Basis.REPORTED]), None))
    return told


def _is_typed(found: RowPage, item: Field) -> bool:
    return found.editable and found.live and item.name not in found.table.locked and item.type is not FieldType.FILE


def _typing(found: RowPage, item: Field) -> dict[str, object]:
    return {"field": item, "raw": found.cells[item.name].raw, "text": found.cells[item.name].text}


@require_POST
def comment(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Say something about the row."""
    viewer = Viewer.of(request)
    _done(
        request, lambda: comment_on(entry, request.POST.get("text", ""), by=viewer.person, at=viewer.at), _("已发表。")
    )
    return HttpResponseRedirect(reverse("office:row", args=[entry]) + "#comments")


@require_POST
def restore(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Make the row again what it was, as a new revision."""
    viewer = Viewer.of(request)
    found = row_of(viewer.person, entry, at=viewer.at)
    to, seen, reason = _number(request, "to"), _number(request, "sequence"), request.POST.get("reason", "")
    day = day_of(viewer.at)
    _done(
        request,
        lambda: restore_row(found.table, entry, seen, to, as_of=day, reason=reason, by=viewer.person, at=viewer.at),
        _("已恢复，另立了一个版本。"),
    )
    return HttpResponseRedirect(reverse("office:row", args=[entry]))


@require_POST
def withdraw(request: HttpRequest, entry: UUID) -> HttpResponse:
    """End the row from today on."""
    viewer = Viewer.of(request)
    found = row_of(viewer.person, entry, at=viewer.at)
    seen, reason, day = _number(request, "sequence"), request.POST.get("reason", ""), day_of(viewer.at)
    _done(
        request,
        lambda: withdraw_entry(found.table, entry, seen, as_of=day, reason=reason, by=viewer.person, at=viewer.at),
        _("已从今天起撤下。历史都在，可以恢复。"),
    )
    return HttpResponseRedirect(reverse("office:row", args=[entry]))


@require_POST
def reveal(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Show one sensitive cell; the reason is on the trail."""
    viewer = Viewer.of(request)
    found = row_of(viewer.person, entry, at=viewer.at)
    name = request.POST.get("field", "")
    told = reveal_cell(found.table, entry, name, reason=request.POST.get("reason", ""), to=viewer.person, at=viewer.at)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"text": told})
    return render(request, "office/revealed.html", {"found": found, "field": found.table.by_name[name], "text": told})


def _done(request: HttpRequest, act: Callable[[], object], told: str) -> None:
    """Act, and say what came of it on the next page."""
    try:
        act()
    except ShishiError as wrong:
        for issue in wrong.issues:
            messages.error(request, issue.message)
    else:
        messages.success(request, told)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isdigit():
        raise Misuse("edit_malformed", _("送来的内容看不懂，没有写入。请刷新页面再试。"))
    return int(text)
