"""Capturing in the field: a page that works without a network, and what it sends when there is one.

The phone makes the identity of everything it sends, so whatever is sent twice is taken once. Every answer here is JSON
and says whether the thing was taken, refused for good with the reason, or is to be tried again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shishi.apps.fieldwork.photos import take_photo, take_photo_part
from shishi.apps.fieldwork.problems import NewProblem
from shishi.apps.fieldwork.visits import Carried, NewVisit, carry_out
from shishi.apps.fieldwork.visits_offered import field_programmes, planned_visits, tickets_for
from shishi.core.errors import Misuse, ShishiError
from shishi.core.visits import NamedPhoto, Seen, VisitKind
from shishi.web.design.built import FOLDER, built
from shishi.web.office.fieldwork import point_of
from shishi.web.office.viewing import Viewer

MOST_BYTES = 512 * 1024
MOST_SECRET = 200
BUSY = 503
"""Another is writing: the phone tries again."""


def capture(request: HttpRequest) -> HttpResponse:
    """The page itself: the same for everybody, so that a phone may keep it; what is one's own it asks for apart."""
    page = {"kinds": list(VisitKind), "built": "fieldwork" in built().scripts, "person": None}
    return render(request, "office/fieldwork_capture.html", page)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the page for when there is no network; it governs the addresses under its own."""
    bundle = built().workers.get("fieldwork")
    if bundle is None:
        raise Http404
    script = (FOLDER / bundle.file).read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


def standing(request: HttpRequest) -> HttpResponse:
    """Who this is, what may be chosen from, and the token that a form needs."""
    viewer = Viewer.of(request)
    told = {
        "person": viewer.person.username,
        "name": viewer.person.name or viewer.person.username,
        "csrf": get_token(request),
        "programmes": [
            {"name": item.name, "title": item.title, "bodies": item.bodies, "rectifying": item.rectifying}
            for item in field_programmes(viewer.person, at=viewer.at)
        ],
        "plans": [
            {
                "uuid": str(item.uuid),
                "programme": item.programme,
                "kind": item.kind,
                "title": item.title,
                "purpose": item.purpose,
                "place_division": item.place_division,
                "planned_on": str(item.planned_on or ""),
                "row": item.entry is not None,
            }
            for item in planned_visits(viewer.person, at=viewer.at)
        ],
    }
    return JsonResponse(told)


@require_POST
def tickets(request: HttpRequest) -> HttpResponse:
    """A few tickets for each of the visits that a phone names, while it has a network: for itself alone, since it tells
    the digest of a secret that it keeps."""
    viewer = Viewer.of(request)
    try:
        told = _document(request)
        visits = {UUID(item) for item in told["visits"]}
        found = tickets_for(visits, _text(told["device"]), by=viewer.person, at=viewer.at)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _refused(_malformed())
    except ShishiError as wrong:
        return _refused(wrong)
    held = {
        str(visit): [{"id": str(ticket), "until": until.isoformat()} for ticket, until in some]
        for visit, some in found.items()
    }
    return JsonResponse({"status": "taken", "tickets": held})


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Take a visit as a phone captured it."""
    viewer = Viewer.of(request)
    try:
        uuid, new, carried = _captured(_document(request))
        view = carry_out(uuid, carried, by=viewer.person, at=viewer.at, new=new)
    except ShishiError as wrong:
        return _refused(wrong)
    return JsonResponse({"status": "taken", "visit": view.id, "missing": view.missing})


@require_POST
def upload(request: HttpRequest, photo: UUID) -> HttpResponse:
    """Take a photo that its visit told of: whole, or a part of it (``from`` and ``of`` in the address, the bytes alone
    in the body), which is answered with how many bytes are here."""
    viewer = Viewer.of(request)
    if "from" in request.GET:
        return _part(request, viewer, photo)
    file = request.FILES.get("photo")
    try:
        if file is None:
            raise Misuse("photo_missing", _("请求里没有照片。请在手机上重新打开采集页再发送。"))
        take_photo(photo, file.read(), by=viewer.person, at=viewer.at)
    except ShishiError as wrong:
        return _refused(wrong)
    return JsonResponse({"status": "taken"})


def _part(request: HttpRequest, viewer: Viewer, photo: UUID) -> HttpResponse:
    try:
        offset, size = int(request.GET["from"]), int(request.GET.get("of", ""))
        held, view = take_photo_part(photo, size, offset, request.body, by=viewer.person, at=viewer.at)
    except ShishiError as wrong:
        return _refused(wrong)
    except (ValueError, RequestDataTooBig):
        return _refused(_malformed())
    return JsonResponse({"status": "taken", "held": held, "whole": view is not None})


def _refused(wrong: ShishiError) -> JsonResponse:
    """What won't be taken however often it is sent, with the reason; a busy store is not that."""
    if wrong.code.endswith("_busy"):
        return JsonResponse({"status": "later", "message": wrong.message}, status=BUSY)
    told = [issue.message for issue in wrong.issues]
    message = wrong.message if wrong.message in told else f"{wrong.message}{''.join(told)}"
    return JsonResponse({"status": "refused", "code": wrong.code, "message": message}, status=422)


def _document(request: HttpRequest) -> Mapping[str, Any]:
    if len(request.body) > MOST_BYTES:
        raise _malformed()
    try:
        found = json.loads(request.body)
    except ValueError as wrong:
        raise _malformed() from wrong
    if not isinstance(found, dict):
        raise _malformed()
    return found


def _captured(told: Mapping[str, Any]) -> tuple[UUID, NewVisit | None, Carried]:
    """What the phone says, in our own words; ``Misuse`` (capture_malformed) for what is not of its shape."""
    try:
        uuid = UUID(told["uuid"])
        seen = told["seen"]
        accuracy = seen.get("accuracy")
        carried = Carried(
            Seen(
                held_on=date.fromisoformat(seen["held_on"]),
                place=_text(seen["place"]),
                text=_text(seen["text"]),
                people=_text(seen.get("people", "")),
                point=point_of(seen.get("longitude"), seen.get("latitude")),
                accuracy=min(max(int(accuracy), 0), 10**6) if accuracy is not None else None,
                publish=seen.get("publish") is not False,
            ),
            tuple(_problem(item) for item in told.get("problems", ())),
            _photos(told.get("photos", ())),
            _text(told.get("device", ""))[:MOST_SECRET],
        )
        return uuid, _new(told["new"], uuid) if told.get("new") else None, carried
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise _malformed() from wrong


def _new(told: Mapping[str, Any], uuid: UUID) -> NewVisit:
    return NewVisit(
        programme=_text(told["programme"]),
        kind=VisitKind(told["kind"]),
        title=_text(told["title"]),
        place_division=_text(told.get("place_division", "")),
        body=_text(told.get("body", "")),
        uuid=uuid,
    )


def _problem(told: Mapping[str, Any]) -> NewProblem:
    photos = _photos(told.get("photos", ()))
    return NewProblem(UUID(told["uuid"]), _text(told["text"]), _text(told["body"]), int(told["within"]), photos)


def _photos(told: list[Mapping[str, Any]]) -> tuple[NamedPhoto, ...]:
    return tuple(
        NamedPhoto(
            str(UUID(item["id"])),
            _text(item["sha256"]),
            _text(item.get("name", "")),
            _moment(item),
            str(UUID(item["ticket"])) if item.get("ticket") else "",
        )
        for item in told
    )


def _moment(told: Mapping[str, Any]) -> datetime | None:
    text = told.get("taken_at")
    found = datetime.fromisoformat(text) if text else None
    if found and found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("not a text")
    return value


def _malformed() -> Misuse:
    return Misuse("capture_malformed", _("送来的内容看不懂，没有写入。请刷新采集页；内容还在手机上。"))
