"""Saved views 视图: how people like to see a table, their own and those that others share."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import AutoField, CharField, Q

from shishi.apps.accounts.models import Person, SavedView
from shishi.apps.accounts.selectors import body_of
from shishi.apps.audit.kept_questions import KeptQuestion
from shishi.apps.audit.services import record
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse

TITLE_AT_MOST = 80
QUERY_AT_MOST = 4000


_found: KeptQuestion[SavedView] = KeptQuestion(
    lambda person, table: SavedView.objects.filter(Q(person=person) | Q(shared=True), table=table).select_related(
        "person"
    ),
    AutoField(),
    CharField(),
)


def saved_views(person: Person, table: str) -> tuple[SavedView, ...]:
    """Those of a table (full name) that the person finds: their own first, then those that others share."""
    found = _found(person.pk, table)
    return tuple(sorted(found, key=lambda view: (view.person_id != person.pk, view.title, view.pk)))


def view_of(person: Person, table: str, number: str) -> SavedView | None:
    """The view of that number; ``None`` for no number. ``Misuse`` (unknown_view) when it is nobody's or hidden."""
    if not number:
        return None
    for view in saved_views(person, table):
        if str(view.pk) == number:
            return view
    raise Misuse("unknown_view", "没有这个视图，或它没有共享给您。请从台账页的“视图”里选。")


@transaction.atomic
def save_view(*, table: str, title: str, query: str, shared: bool, by: Person, at: datetime) -> SavedView:
    """Keep a view under a title; the same title again is the same view with what is said now."""
    title = " ".join(title.split())
    if not title or len(title) > TITLE_AT_MOST:
        raise Misuse("title_missing", f"请给视图起个名字，{TITLE_AT_MOST} 字以内。")
    if len(query) > QUERY_AT_MOST:
        raise Misuse("view_too_long", "筛选的内容太多，存不下。请减少一些条件。")
    held = SavedView.objects.select_for_update().filter(person=by, table=table, title=title).first()
    if held and (held.query, held.shared) == (query, shared):
        return held
    view = held or SavedView(person=by, table=table, title=title)
    view.query, view.shared, view.recorded_at = query, shared, at
    view.save()
    _record("view.saved", view, by, at)
    return view


@transaction.atomic
def drop_view(view: SavedView, *, by: Person, at: datetime) -> None:
    """Forget one's own view; ``Misuse`` (not_your_view) for somebody else's."""
    if view.person_id != by.pk:
        raise Misuse("not_your_view", f"这个视图是 {view.person} 的，只有本人能删。可以另存一个自己的。")
    _record("view.dropped", view, by, at)
    view.delete()


def _record(action: str, view: SavedView, by: Person, at: datetime) -> None:
    detail = {"table": view.table, "title": view.title, "query": view.query, "shared": view.shared}
    body = body_of(by, day_of(at))
    record(at=at, person=by.username, body=body, action=action, subject=f"view:{view.pk}", detail=detail)
