"""The interface ``/api/v1/``: its document, how errors are told, how an answer says whether it changed,
and what is done once under a key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from django.core.exceptions import SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.params.functions import Query as Param
from ninja.parser import Parser

from shishi import __version__
from shishi.apps.machines.answering import Answer, answer_once
from shishi.core.errors import Issue, Misuse, Refused, ShishiError
from shishi.web.api.document import completed
from shishi.web.api.entrance import Bearer, client_asking

KEY = "Idempotency-Key"
MOST = 200
Page = Annotated[int, Param(1, ge=1)]
Size = Annotated[int, Param(50, ge=1, le=MOST)]
STATUS = {
    "out_of_reach": 403,
    "may_not_start": 403,
    "not_private": 403,
    "not_your_case": 403,
    "client_unknown": 401,
    "client_ended": 401,
    "key_reused": 422,
    "answers_refused": 422,
    "too_many_requests": 429,
    "not_json": 415,
    "not_multipart": 415,
    "paper_too_large": 413,
    "body_too_large": 413,
    "nothing_here": 404,
}
RETRY_AFTER_SECONDS = 60


class Fault(Schema):
    """One fault: a stable code, words for people with the way out, and the field where it lies."""

    code: str
    message: str
    field: str = ""


class Trouble(Schema):
    """Why nothing was done. ``code`` is stable, ``message`` is for people."""

    code: str
    message: str
    issues: list[Fault] = []


class Bodies(Parser):
    """What is sent says what it is: nothing is taken for JSON that does not call itself so."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of a body. ``Misuse`` (not_json)."""
        if request.content_type != "application/json":
            raise Misuse("not_json", "请求的内容应为 JSON，并带请求头 Content-Type: application/json。")
        return super().parse_body(request)


class Interface(NinjaAPI):
    """What was read says by its ETag whether it changed since; its document has examples of everything."""

    def get_openapi_schema(self, **told: Any) -> Any:
        """The document, completed."""
        return completed(super().get_openapi_schema(**told))

    def create_response(self, request: HttpRequest, data: Any, **told: Any) -> HttpResponse:
        """As JSON; 304 for what the other end has already."""
        response = super().create_response(request, data, **told)
        if request.method != "GET" or response.status_code != 200:
            return response
        set_response_etag(response)
        found = get_conditional_response(request, etag=response["ETag"], response=response)
        return found if isinstance(found, HttpResponse) else response


interface = Interface(
    title="实事 shishi",
    version="1",
    description=(
        "凭接口凭证（Authorization: Bearer …）调用，权限同凭证所用人员的岗位。时间为 ISO 8601，带时区；"
        "数字为字符串；新建一律带 Idempotency-Key。"
    ),
    urls_namespace="v1",
    openapi_url=None,
    docs_url=None,
    auth=Bearer(),
    parser=Bodies(),
    openapi_extra={"info": {"x-software": __version__}},
)
TROUBLES = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429), Trouble)
"""What every operation may answer beside what it is for."""


def status_of(error: ShishiError) -> int:
    """The HTTP status of a refusal."""
    if error.code in STATUS:
        return STATUS[error.code]
    if error.code.startswith(("unknown_", "no_such_")):
        return 404
    return 409 if isinstance(error, Refused) else 400


def trouble_of(error: ShishiError) -> dict[str, object]:
    """A refusal as it is told."""
    issues = [_fault(issue) for issue in error.issues if issue.field or issue.code != error.code]
    return {"code": error.code, "message": error.message, "issues": issues}


def _fault(issue: Issue) -> dict[str, str]:
    return {"code": issue.code, "message": issue.message, "field": issue.field}


@interface.exception_handler(ShishiError)
def _refused(request: HttpRequest, error: ShishiError) -> HttpResponse:
    response = interface.create_response(request, trouble_of(error), status=status_of(error))
    if response.status_code == 401:
        response["WWW-Authenticate"] = "Bearer"
    if response.status_code == 429:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


@interface.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _refused(request, Misuse("client_unknown", "请带上接口凭证：Authorization: Bearer …。"))


@interface.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not have the shape that the document tells."""
    issues = [
        {"code": str(item["type"]), "message": str(item["msg"]), "field": ".".join(map(str, item["loc"][1:]))}
        for item in error.errors
    ]
    told = {"code": "request_malformed", "message": "请求的内容不合接口文档（见 issues）。", "issues": issues}
    return interface.create_response(request, told, status=422)


@interface.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that cannot be read: what refused it is told, where that was ours."""
    if isinstance(error.__cause__, ShishiError):
        return _refused(request, error.__cause__)
    return _refused(request, Misuse("body_malformed", "请求的内容不是一份完整的 JSON（UTF-8）。"))


@interface.exception_handler(Http404)
def _nothing_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return _refused(request, Misuse("nothing_here", "这个地址没有内容。有哪些地址，见 /api/openapi.json。"))


@interface.exception_handler(SuspiciousOperation)
def _too_much(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
    """More than is taken in one request: bytes, fields or files."""
    return _refused(request, Misuse("body_too_large", "请求太大，没有读。JSON 最大 1 MB，文件最大 50 MB。"))


def once(request: HttpRequest, act: Callable[[], dict[str, object]], status: int = 201, sent: str = "") -> HttpResponse:
    """Do it once for the key that the request names; the same request again gets the same answer, marked
    ``Idempotency-Replayed``. ``sent``: what stands for the body of a request with a file."""
    body = sent.encode() or request.body
    asked = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()

    def done() -> Answer:
        return Answer(status, _ENCODER.encode(act()))

    found = answer_once(client_asking(request), request.headers.get(KEY, ""), asked, done, datetime.now(UTC))
    response = HttpResponse(found.body, status=found.status, content_type="application/json; charset=utf-8")
    if found.again:
        response["Idempotency-Replayed"] = "true"
    return response


_ENCODER = DjangoJSONEncoder(ensure_ascii=False)
KEYED = {
    "parameters": [
        {
            "name": KEY,
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 8, "maxLength": 200},
            "description": "每件事一个，重发时用同一个：同一个键、同样的内容，得到同一个答复；内容不同则 422。",
        }
    ]
}
"""What the document says of operations that are done once under a key."""
