"""Materials of a case over the interface: the list, handing in, promising, deferring, checking, and the file again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Field, File, Router, Schema
from ninja.files import UploadedFile

from shishi.apps.accounts.selectors import Person
from shishi.apps.cases.materials import add_material, check_material, defer_material, promise_material
from shishi.apps.cases.seen import case_of
from shishi.apps.cases.views import CaseView, MaterialView
from shishi.apps.files.services import content_of
from shishi.apps.hall.papers import MOST_BYTES, take_paper, too_large
from shishi.core.errors import Misuse
from shishi.core.materials import named
from shishi.web.api.entrance import person_asking
from shishi.web.api.interface import KEYED, TROUBLES, once

router = Router(tags=["材料"])
BYTES = {
    "description": "文件的字节。",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class Paper(Schema):
    """One material of a case. ``state``: lacking, held (nobody is asked for it), promised, later, given, fits, returned
    or waived. ``receipt``: the number under which it was taken in; ``due_at``: until when what may follow has to be
    there; ``remark``: what was promised, or why it was sent back."""

    code: str
    title: str
    required: bool
    state: str
    state_title: str
    file_name: str
    sha256: str
    receipt: str
    source: str
    remark: str
    due_at: datetime | None
    may_promise: bool
    may_follow: bool
    note: str


class PromiseIn(Schema):
    """A written promise that stands for a material."""

    text: str = Field(min_length=1, max_length=2000)


class CheckIn(Schema):
    """What was found. A material that does not fit goes back with its ``remark``."""

    fits: bool
    remark: str = Field("", max_length=1000)


@router.get("/{case}/materials/", response={200: list[Paper], **TROUBLES}, url_name="materials", summary="列出材料")
def listed(request: HttpRequest, case: str) -> list[dict[str, object]]:
    """What the case asks for, and what of it is there."""
    return [document_of(item) for item in _seen(request, case).materials]


@router.get("/{case}/materials/{code}/", response={200: Paper, **TROUBLES}, url_name="material", summary="一份材料")
def read(request: HttpRequest, case: str, code: str) -> dict[str, object]:
    """One material."""
    return document_of(_named(_seen(request, case), code))


@router.get(
    "/{case}/materials/{code}/file/",
    response={**TROUBLES},
    url_name="material-file",
    summary="取材料的文件",
    openapi_extra={"responses": {200: BYTES}},
)
def file(request: HttpRequest, case: str, code: str) -> HttpResponse:
    """The file that was handed in, as bytes."""
    found = _named(_seen(request, case), code)
    if not found.sha256:
        raise Misuse("unknown_file", "这项材料没有文件。")
    disposition = content_disposition_header(as_attachment=True, filename=found.file_name)
    headers = {"Content-Disposition": disposition or "attachment"}
    return HttpResponse(content_of(found.sha256), content_type="application/octet-stream", headers=headers)


@router.post(
    "/{case}/materials/{code}/file/",
    response={201: Paper, **TROUBLES},
    url_name="material-give",
    summary="提交材料",
    openapi_extra=KEYED,
)
def give(request: HttpRequest, case: str, code: str, file: File[UploadedFile]) -> HttpResponse:
    """Hand in one file: a photo or a quiet PDF of 50 MB at most; what it is is looked at, whatever it is called. The
    same file again changes nothing."""
    if (file.size or 0) > MOST_BYTES:
        raise too_large()
    name, content = str(file.name), file.read()
    digest = hashlib.sha256(content).hexdigest()

    def act(seen: CaseView, by: Person, at: datetime) -> object:
        paper = take_paper(code, name, content, by=by, at=at)
        return add_material(seen.uuid, code, name=paper.name, content=content, by=by, at=at)

    return _done(request, case, code, act, f"{name}\n{digest}")


@router.post(
    "/{case}/materials/{code}/promise/",
    response={201: Paper, **TROUBLES},
    url_name="material-promise",
    summary="以承诺代替",
    openapi_extra=KEYED,
)
def promise(request: HttpRequest, case: str, code: str, told: PromiseIn) -> HttpResponse:
    """A written promise stands for it 告知承诺, where the process lets it."""
    return _done(request, case, code, lambda seen, by, at: promise_material(seen.uuid, code, told.text, by=by, at=at))


@router.post(
    "/{case}/materials/{code}/later/",
    response={201: Paper, **TROUBLES},
    url_name="material-later",
    summary="容缺后补",
    openapi_extra=KEYED,
)
def later(request: HttpRequest, case: str, code: str) -> HttpResponse:
    """It follows within the limit of the process 容缺, where the process lets it."""
    return _done(request, case, code, lambda seen, by, at: defer_material(seen.uuid, code, by=by, at=at))


@router.post(
    "/{case}/materials/{code}/check/",
    response={201: Paper, **TROUBLES},
    url_name="material-check",
    summary="核验材料",
    openapi_extra=KEYED,
)
def check(request: HttpRequest, case: str, code: str, told: CheckIn) -> HttpResponse:
    """An official looked at it: it fits, or goes back with a reason."""
    return _done(
        request,
        case,
        code,
        lambda seen, by, at: check_material(seen.uuid, code, told.fits, by=by, at=at, remark=told.remark),
    )


def _done(
    request: HttpRequest, case: str, code: str, act: Callable[[CaseView, Person, datetime], object], sent: str = ""
) -> HttpResponse:
    """Do it once, and answer with the material as it stands then."""
    person, at = person_asking(request), datetime.now(UTC)

    def done() -> dict[str, object]:
        seen = case_of(person, case, at)
        named(seen.process.materials, code)
        act(seen, person, at)
        return document_of(_named(case_of(person, seen.uuid, at), code))

    return once(request, done, sent=sent)


def _seen(request: HttpRequest, case: str) -> CaseView:
    return case_of(person_asking(request), case, datetime.now(UTC))


def _named(seen: CaseView, code: str) -> MaterialView:
    found = next((item for item in seen.materials if item.code == code), None)
    if found is None:
        raise Misuse("unknown_material", f"这件办件没有“{code[:40]}”这项材料。请先列出材料，看有哪些。")
    return found


def document_of(item: MaterialView) -> dict[str, object]:
    """A material as it is told."""
    names = ("code", "title", "required", "file_name", "sha256", "receipt", "source", "remark", "due_at")
    told = {name: getattr(item, name) for name in (*names, "may_promise", "may_follow", "note")}
    return {**told, "state": item.state.value, "state_title": item.state.label}
