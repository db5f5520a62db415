"""One box: rows, programmes, bodies, notices and briefs by name, pinyin, initials, or the end of a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.adapters.search.pinyin import is_meant
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import bodies
from shishi.apps.documents.selectors import briefs_for
from shishi.apps.ledger.searching import search_rows
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.selectors import notices_for
from shishi.core.divisions import COUNTRY
from shishi.web.office.viewing import Viewer

EACH = 5
SUGGESTED = 8
_BODIES, NOTICES = 2000, 50


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found: what kind of thing, what it is called, where it is."""

    kind: str
    title: str
    about: str
    address: str


def page(request: HttpRequest) -> HttpResponse:
    """Everything that is found."""
    viewer, text = Viewer.of(request), _text(request)
    found = (*_things(viewer, text, NOTICES), *_rows(viewer, text, 50)) if text else ()
    return render(request, "office/search.html", {"text": text, "found": found})


def suggestions(request: HttpRequest) -> HttpResponse:
    """The first few, while somebody types."""
    viewer, text = Viewer.of(request), _text(request)
    things = tuple(islice(_things(viewer, text, SUGGESTED), EACH)) if text else ()
    rows = tuple(_rows(viewer, text, SUGGESTED)) if text else ()
    return render(request, "office/search_found.html", {"text": text, "found": (*things, *rows)[:SUGGESTED]})


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:60]


def _rows(viewer: Viewer, text: str, limit: int) -> Iterable[Found]:
    for hit in search_rows(viewer.person, text, at=viewer.at, limit=limit):
        yield Found(hit.table.title, hit.key, "　".join(hit.facts), reverse("office:row", args=[hit.entry]))


def _things(viewer: Viewer, text: str, notices: int) -> Iterable[Found]:
    for pack, programme in programmes_for(viewer.person, at=viewer.at):
        if is_meant(programme.title, text):
            address = reverse("office:programme", args=[pack.jurisdiction, pack.year, programme.code])
            yield Found(_("重点项目"), programme.title, pack.title, address)
        for table in programme.tables:
            if is_meant(table.title, text):
                address = reverse(
                    "office:ledger-rows", args=[pack.jurisdiction, pack.year, programme.code, table.short]
                )
                yield Found(_("台账"), table.title, programme.title, address)
    for notice in notices_for(viewer.person, at=viewer.at, limit=notices):
        if is_meant(f"{notice.title} {notice.number}", text):
            yield Found(_("提示单"), notice.title, str(notice.number or ""), reverse("office:notice", args=[notice.id]))
    for brief in briefs_for(viewer.person, at=viewer.at):
        if is_meant(f"{brief.title} {brief.number}", text):
            yield Found(_("简报"), brief.title, str(brief.as_of), reverse("office:brief-page", args=[brief.pk]))
    for body in bodies(limit=_BODIES):
        if is_meant(body.title, text):
            managed = viewer.may(Action.MANAGE_PEOPLE, body.division or COUNTRY)
            yield Found(_("单位"), body.title, body.code, reverse("office:body", args=[body.code]) if managed else "")
