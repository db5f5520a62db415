"""Batches: what was handed in under a table, what each changed, which figures it moved, and undoing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may, reaches
from shishi.apps.indicators.moved import Moved, moved
from shishi.apps.ledger.differences import difference_of_batch
from shishi.apps.ledger.selectors import batch_for, batches
from shishi.apps.ledger.services import undo_batch
from shishi.apps.programmes.selectors import programmes_for, table_named, tables
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse, Refused
from shishi.core.tables import Table
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.core.programmes import Programme

PAGE = 50
STATES = {"accepted": "已写入", "unchanged": "没有变化", "undoing": "撤销"}
KINDS = {"posted": "新增", "revised": "更新", "withdrawn": "撤下"}


class UndoForm(Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("为什么撤销"), widget=forms.Textarea(attrs={"rows": 2}))


def chosen_table(request: HttpRequest, viewer: Viewer) -> tuple[Programme | None, Table | None, list[Any]]:
    """The table that the address names, within reach, and all that may be chosen."""
    seen = [programme for _, programme in programmes_for(viewer.person, at=viewer.at)]
    name = request.GET.get("table", "")
    for programme in seen:
        for table in programme.tables:
            if table.name == name:
                return programme, table, seen
    if name:
        raise Misuse("unknown_table", _("没有这张台账，或它不在您的查看范围内。"))
    return None, None, seen


def listed(request: HttpRequest) -> HttpResponse:
    """The batches of a table, newest first."""
    viewer, query = Viewer.of(request), query_of(request)
    programme, table, seen = chosen_table(request, viewer)
    offset = (query.page - 1) * PAGE
    found = batches(viewer.person, programme, table, offset, PAGE + 1, at=viewer.at) if programme and table else ()
    page = {
        "batches": found[:PAGE],
        "table": table,
        "programmes": seen,
        "query": query,
        "more": len(found) > PAGE,
        "states": STATES,
    }
    return render(request, "office/batches.html", page)


def batch(request: HttpRequest, batch: UUID) -> HttpResponse:
    """One batch: who, what, each cell, the figures that moved; and the way to undo it."""
    viewer, query = Viewer.of(request), query_of(request)
    found = batch_for(viewer.person, str(batch), viewer.at)
    programme, table = table_named(found.table)
    shown = difference_of_batch(found, table, tables(), to=viewer.person, at=viewer.at)
    pages = Paginator(shown.rows, PAGE)
    undone = getattr(found, "undone_by", None)
    can_undo = not (undone or found.undoes_id) and may(
        viewer.person, Action.HAND_IN, found.division or "00", programme.name, day_of(viewer.at)
    )
    can_undo = can_undo or (not (undone or found.undoes_id) and found.person == viewer.person.username)
    page = {
        "batch": found,
        "table": table,
        "programme": programme,
        "shown": shown,
        "pages": pages.get_page(query.page),
        "moved": moved_by(viewer, str(found.pk)),
        "undone": undone,
        "can_undo": can_undo,
        "states": STATES,
        "kinds": KINDS,
    }
    return answer(
        request,
        UndoForm,
        "office/batch.html",
        page,
        act=lambda form: undo_batch(found, table, reason=form.cleaned_data["reason"], by=viewer.person, at=viewer.at),
        then=lambda undoing: reverse("office:batch", args=[undoing.pk if undoing else found.pk]),
        told=_("已撤销：这个批次写入的内容不再计入，经过都留着。"),
        by=viewer.person,
        at=viewer.at,
    )


def moved_by(viewer: Viewer, identifier: str) -> tuple[Moved, ...]:
    """The figures of its division that a batch moved; none where the person reads none of them."""
    found = batch_for(viewer.person, identifier, viewer.at)
    programme = found.table.rpartition("/")[0]
    own = [
        code
        for reach in reaches(viewer.person, Action.READ, day_of(viewer.at))
        for code in reach.divisions
        if reach.holds(code, programme)
    ]
    division = found.division or (own[0] if own and own[0] != "00" else "")
    try:
        given = {"recorded_at": found.recorded_at, "at": viewer.at}
        return moved(viewer.person, programme, division, found.as_of, **given)
    except (Misuse, Refused):
        return ()
