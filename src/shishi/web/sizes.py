"""How large a request may be, decided before anything of it is read: a form is read whole before anybody knows who sent
it, so that a stranger could fill the disk with it."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

SMALL = 2**20
"""Bytes of a form without files, and of JSON."""
PAPERS = 120 * 2**20
"""Of a form with the photos of one material."""
_PAPERS = re.compile(r"/services/(drafts/[^/]+/papers/[^/]+|cases/[^/]+/supplement)/")
_FILE = re.compile(r"/api/v1/cases/[^/]+/materials/[^/]+/file/")
_OWN = ("/exchange/", "/openrosa/")
"""These weigh what they take themselves."""
_PUBLIC = ("/services/", "/promises/", "/api/", "/open311/", "/identity/")


class RequestSizes:
    """Refuses by the length that a request says of itself; what says none has no body. Officials who are signed in are
    not weighed here: their pages say of each file how large it may be."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or say that it is too large."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= SMALL or request.path.startswith(_OWN):
            return self.get_response(request)
        if int(length) <= _most(request):
            return self.get_response(request)
        return _too_large(request)


def _most(request: HttpRequest) -> int:
    """Bytes at most."""
    if _PAPERS.fullmatch(request.path) or _FILE.fullmatch(request.path):
        return PAPERS
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    return SMALL if request.path.startswith(_PUBLIC) or not known else int(request.META["CONTENT_LENGTH"])


def _too_large(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(("/api/", "/open311/")):
        message = "请求太大，没有读。JSON 最大 1 MB，文件最大 50 MB。"
        told: dict[str, object] = {"code": "body_too_large", "message": message, "issues": []}
        return JsonResponse(told, status=413, json_dumps_params={"ensure_ascii": False})
    message = "交来的内容太大，没有收下。照片一次不超过 9 张，一共不超过 120 MB：请拍得小一些，或分几次交。"
    page = {"title": "太大了", "message": message, "code": "body_too_large", "here": request.path}
    return render(request, "portal/error.html", page, status=413)
