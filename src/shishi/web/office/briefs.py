"""Briefs: the list, one that went out with its check and its corrections, and the files as they went out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import reaches
from shishi.apps.documents.checking import check_citations
from shishi.apps.documents.compositions import of_list
from shishi.apps.documents.list_briefs import ListOrder, correct_list_brief
from shishi.apps.documents.selectors import brief_of, briefs_for, drafts_for, like
from shishi.apps.documents.services import Order, write_erratum
from shishi.apps.documents.showing import ASPECTS
from shishi.apps.documents.work_record import check_entries
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.files.services import content_of
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.calendars import day_of
from shishi.core.citations import citations_of, entry_citations_of
from shishi.core.errors import Misuse
from shishi.web.design.forms import answer
from shishi.web.office.brief_forms import BRIEF_KINDS, PlainForm
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.apps.documents.selectors import Brief

PAGE = 50
FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "json": "application/json",
}


def listed(request: HttpRequest) -> HttpResponse:
    """What is being written, then every brief within reach, newest day first."""
    viewer, query = Viewer.of(request), query_of(request)
    programme, kind = request.GET.get("programme", ""), request.GET.get("kind", "")
    found = briefs_for(
        viewer.person,
        at=viewer.at,
        programme=programme,
        kind=kind,
        as_of=query.as_of,
        offset=(query.page - 1) * PAGE,
        limit=PAGE + 1,
    )
    seen = programmes_for(viewer.person, at=viewer.at)
    titles = {item.name: item.title for both in seen for item in both}
    work = [item for item in drafts_for(viewer.person, at=viewer.at) if item.state in ("writing", "frozen")]
    page = {
        "briefs": found[:PAGE],
        "drafts": work if query.page == 1 else (),
        "titles": titles,
        "programmes": [item for _pack, item in seen],
        "programme": programme,
        "kind": kind,
        "kinds": BRIEF_KINDS,
        "can_write": bool(reaches(viewer.person, Action.RUN_DAY, day_of(viewer.at))),
        "query": query,
        "more": len(found) > PAGE,
    }
    return render(request, "office/briefs.html", page)


def brief(request: HttpRequest, number: int) -> HttpResponse:
    """One brief as it went out. ``?check`` computes every number again; ``POST`` writes a correction."""
    viewer = Viewer.of(request)
    found = brief_of(viewer.person, number, at=viewer.at)
    checked = request.GET.get("check") == "1" or request.method == "POST"
    titles = {item.name: item.title for both in programmes_for(viewer.person, at=viewer.at) for item in both}
    page = {
        "brief": found,
        "programme_title": titles.get(found.programme, found.programme),
        "others": like(viewer.person, found, at=viewer.at),
        "draft": getattr(found, "draft", None),
        "corrects": not found.erratum and viewer.may(Action.RUN_DAY, found.division, found.programme),
        **(_checked(viewer, found) if checked else {}),
    }
    return answer(
        request,
        PlainForm,
        "office/brief.html",
        page,
        act=lambda form: _correct(viewer, found),
        then=lambda made: reverse("office:brief-page", args=[made.pk if made else found.pk]),
        told=_("更正已印发，原文不变。"),
        by=viewer.person,
        at=viewer.at,
    )


def _checked(viewer: Viewer, found: Brief) -> dict[str, object]:
    numbers = check_citations(citations_of(found.citations), viewer.person, viewer.at)
    sentences = check_entries(entry_citations_of(found.citations), viewer.person, viewer.at)
    return {
        "checked": True,
        "indicators": _indicators(viewer),
        "aspects": {aspect.value: word for aspect, word in ASPECTS.items()},
        "many": len(numbers) + len(sentences),
        "held": sum(item.holds for item in numbers) + sum(item.holds for item in sentences),
        "unlike": [item for item in numbers if not item.holds],
        "changed": [item for item in numbers if item.holds and item.changed],
        "sentences": [item for item in sentences if item.changed],
    }


def _indicators(viewer: Viewer) -> dict[str, str]:
    """Titles of indicators by their codes."""
    seen = (programme for _pack, programme in programmes_for(viewer.person, at=viewer.at))
    return {item.code: item.title for programme in seen for item in programme.indicators}


def _correct(viewer: Viewer, found: Brief) -> Brief:
    if of_list(found.programme):
        whole = ListOrder(found.programme, found.as_of, viewer.at, found.kind, demonstration=is_demonstration())
        made = correct_list_brief(found, whole, by=viewer.person, at=viewer.at)
    else:
        made = _correct_one(viewer, found)
    if made is None:
        raise Misuse("nothing_new", _("每个数字现在算出来都和印发时一样，没有要更正的。"))
    return made


def _correct_one(viewer: Viewer, found: Brief) -> Brief | None:
    asked = Asked(programme=found.programme, as_of=found.as_of, known_at=viewer.at, division=found.division)
    order = Order(asked, found.kind, demonstration=is_demonstration())
    return write_erratum(found, order, by=viewer.person, at=viewer.at)


def download(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """One file of a brief: Word to edit, PDF to sign, JSON with every number's question."""
    if form not in FORMS:
        raise Http404
    viewer = Viewer.of(request)
    brief = brief_of(viewer.person, number, at=viewer.at)
    mark = f"-更正{brief.erratum}" if brief.erratum else ""
    name = f"{brief.as_of}-{brief.title}-第{brief.number}期{mark}.{form}".replace("/", "／")
    if form == "json":
        content = json.dumps(brief.citations, ensure_ascii=False, indent=1).encode()
    else:
        content = content_of(brief.docx if form == "docx" else brief.pdf)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=FORMS[form], headers={"Content-Disposition": disposition or "attachment"})
