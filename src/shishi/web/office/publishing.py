"""Publishing: what is public now, what would go next, past editions, taking one down; the brief beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.documents.selectors import drafts_for, last_brief
from shishi.apps.jobs.progress import reached
from shishi.apps.publishing.edition_jobs import ask, under_way
from shishi.apps.publishing.editions import (
    Preview,
    days_to_publish,
    editions_of,
    moment_of,
    moment_seen,
    preview,
    publishables,
)
from shishi.apps.publishing.services import take_down
from shishi.core.divisions import normalise
from shishi.core.drafts import DraftState
from shishi.core.errors import Misuse
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.apps.publishing.published import Place, Promised, PublishedEdition, Told
    from shishi.core.indicators import Figure
    from shishi.core.programmes import Programme

L = gettext_lazy
DAYS = 30
CHANGES = 40
"""So many numbers that change stand on the page; all are counted."""


class PublishForm(Form):
    """The last word. ``seen`` is the stocktake that stood on the page."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean_seen(self) -> datetime:
        """The moment of it; what is none was never on the page."""
        try:
            return moment_of(self.cleaned_data["seen"])
        except ValueError:
            raise forms.ValidationError(_("请重新打开这一页，核对后再公开。"), "stale") from None


class TakeDownForm(Form):
    """Why."""

    reason = forms.CharField(
        label=L("为什么撤下"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=L("原因会写在公众页面上，请写得让群众看得懂，例如：郎溪县数据有误，正在核实。"),
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a place as everybody would see it."""

    promised: Promised
    told: Told | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Row:
    """A place with its numbers, in the order of the page."""

    place: Place
    cells: tuple[Cell, ...]


def listed(request: HttpRequest) -> HttpResponse:
    """Every programme that may be published, with what is public of it."""
    viewer = Viewer.of(request)
    found = publishables(viewer.person, at=viewer.at)
    return render(request, "office/publishing.html", {"found": found, "due": sum(item.due for item in found)})


def programme(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """One programme: what would go public of a day, publishing it, and the editions that there were."""
    viewer, query = Viewer.of(request), query_of(request)
    pack, found = viewer.programme(f"{jurisdiction}/{year}/{code}")
    past = editions_of(viewer.person, found.name, at=viewer.at)
    days = days_to_publish(found, viewer.at)
    page: dict[str, Any] = {
        "pack": pack,
        "programme": found,
        "rules": found.publishing,
        "past": past,
        "shown": next((item for item in past if item.shown), None),
        "days": days[:DAYS],
        "query": query,
    }
    template = "office/publishing_programme.html"
    if not days or found.publishing is None:
        return render(request, template, page)
    as_of = query.as_of if query.as_of in days else days[0]
    if request.method != "POST" and (going := under_way(viewer.person, found.name, viewer.at)):
        return render(request, template, page | {"going": going, "progress": reached(going.pk)})

    def look() -> dict[str, object]:
        seen = preview(viewer.person, found.name, as_of, at=viewer.at)
        return page | _previewed(seen) | _brief(viewer, found, as_of)

    context = look() if request.method != "POST" else {}
    return answer(
        request,
        PublishForm,
        template,
        context or look,
        act=lambda form: ask(found.name, as_of, seen=form.cleaned_data["seen"], by=viewer.person, at=viewer.at),
        then=lambda job: reverse("office:job", args=[job.pk]),
        told=_("已开始公开。办好以后，公众页面就是这一版。"),
        by=viewer.person,
        at=viewer.at,
        initial={"seen": context.get("moment", "")},
    )


def _previewed(seen: Preview) -> dict[str, object]:
    """The preview as the page tells it: the whole, then the places right under it."""
    content = seen.edition.content
    rows = [
        Row(place, tuple(_cells(seen, place)))
        for place in seen.places
        if place.division == content.root or place.above == content.root
    ]
    changes = [
        (item, seen.edition.figure(item.place, item.indicator), _before(seen, item.place, item.indicator, item.before))
        for item in seen.changes[:CHANGES]
    ]
    return {
        "preview": seen,
        "moment": moment_seen(seen.edition.known_at),
        "as_of": seen.edition.as_of,
        "content": content,
        "whole": next((row for row in rows if row.place.division == content.root), None),
        "rows": [row for row in rows if row.place.division != content.root],
        "deeper": len(seen.places) - len(rows),
        "changes": changes,
        "more_changes": len(seen.changes) - len(changes),
        "same": seen.shown is not None
        and (seen.shown.as_of, seen.shown.known_at) == (seen.edition.as_of, seen.edition.known_at)
        and not seen.changes
        and _paper(seen.shown) == _paper(seen.edition),
    }


def _paper(edition: PublishedEdition) -> str:
    """Which file everybody may take along: a brief that was signed meanwhile is news, too."""
    return edition.content.brief.pdf if edition.content.brief else ""


def _cells(seen: Preview, place: Place) -> Iterator[Cell]:
    for item in seen.edition.content.indicators:
        code = item.indicator.code
        yield Cell(item, place.told.get(code), seen.edition.figure(place, code))


def _before(seen: Preview, place: Place, indicator: str, before: Told | None) -> Figure | None:
    if seen.shown is None or before is None or indicator not in seen.shown.by_code:
        return None
    return seen.shown.figure(replace(place, told={indicator: before}), indicator)


def _brief(viewer: Viewer, found: Programme, as_of: date) -> dict[str, object]:
    """The brief that would go out with it, and the one that somebody is writing."""
    kind, root = found.publishing.brief if found.publishing else "", normalise(found.division)
    if not kind:
        return {"brief_kind": ""}
    writing = [
        item
        for state in (DraftState.FROZEN, DraftState.WRITING)
        for item in drafts_for(viewer.person, at=viewer.at, state=state.value, programme=found.name)
        if item.kind == kind and item.division == root
    ]
    return {
        "brief_kind": kind,
        "brief": last_brief(found.name, kind, root, as_of),
        "writing": writing[0] if writing else None,
    }


def taking_down(request: HttpRequest, jurisdiction: str, year: int, code: str, day: str, number: int) -> HttpResponse:
    """Show an edition no more, with a reason that everybody reads."""
    viewer = Viewer.of(request)
    pack, found = viewer.programme(f"{jurisdiction}/{year}/{code}")
    try:
        as_of = date.fromisoformat(day)
    except ValueError as wrong:
        raise Http404 from wrong
    past = editions_of(viewer.person, found.name, at=viewer.at)
    edition = next((item for item in past if (item.as_of, item.number) == (as_of, number)), None)
    if edition is None:
        raise Http404
    if edition.taken_at:
        raise Misuse("taken_down", _("这一版已经撤下，原因写在公众页面上。"))
    back = reverse("office:publishing-programme", args=[jurisdiction, year, code])
    after = next((item for item in past if not item.taken_at and item is not edition), None)
    return answer(
        request,
        TakeDownForm,
        "office/publishing_down.html",
        {"pack": pack, "programme": found, "edition": edition, "after": after, "back": back},
        act=lambda form: take_down(
            found.name, as_of, reason=form.cleaned_data["reason"], number=number, by=viewer.person, at=viewer.at
        ),
        then=back,
        told=_("已撤下，原因已写在公众页面上。"),
        by=viewer.person,
        at=viewer.at,
    )
