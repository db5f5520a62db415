"""What stands around every page of the office: the person, and errors said gently."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from shishi.core.errors import Misuse, ShishiError
from shishi.web.design.typed import came_from_here, keep_typed, typed_elsewhere
from shishi.web.office.viewing import Viewer

UNSEEN = frozenset({"out_of_reach", "division_unknown", "file_missing"})
"""What answers 404 beside all that is called unknown: whether a thing is there is not told to who may not see it."""


class GentleErrors:
    """What cannot be answered becomes a page that says why and the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; :meth:`process_exception` comes in between."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for what shishi raises on purpose; anything else is Django's."""
        if not isinstance(error, ShishiError) or not _is_here(request):
            return None
        unseen = error.code in UNSEEN or error.code.startswith("unknown_")
        status = 404 if unseen else 400 if isinstance(error, Misuse) else 409
        told = [issue.message for issue in error.issues if issue.message != error.message]
        page = {
            "title": "没有找到" if unseen else "这样问不了",
            "message": error.message,
            "code": error.code,
            "told": told,
        }
        return render(request, "office/error.html", page, status=status)


def surroundings(request: HttpRequest) -> dict[str, object]:
    """For the templates of the office: the person, whether the trail is theirs to read, and words that wait for a form
    of this page. Others get nothing."""
    if not _is_here(request) or not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    viewer = Viewer.of(request)
    return {"person": viewer.person, "reads_audit": viewer.reads_audit, "typed": typed_elsewhere(request)}


def _is_here(request: HttpRequest) -> bool:
    """Whether the address is one of the office, or of nobody; the pages of one's account are the office's."""
    return request.resolver_match is None or request.resolver_match.app_name in ("office", "")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere."""
    message = "这个地址没有页面：可能抄错了，或它指的东西不在您的查看范围内。"
    return render(
        request, "office/error.html", {"title": "没有找到", "message": message, "code": "not_found"}, status=404
    )


def not_from_here(request: HttpRequest) -> HttpResponse:
    """A form that comes from another site, from a page that waited too long, or from a browser that keeps no cookie.
    A page of ours that only waited (somebody signed in anew meanwhile) opens again with what was typed into it."""
    if came_from_here(request) and request.content_type != "application/json":
        return HttpResponseRedirect(keep_typed(request))
    message = (
        "这张表不是从本站的页面交来的，或页面停留太久，或浏览器不让保存 Cookie，没有办理。请退回上一页，刷新后再提交。"
    )
    page = {"title": "没有办理", "message": message, "code": "not_from_here"}
    return render(request, "office/error.html", page, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django refuses before any page sees it. It says nothing of who asked."""
    return HttpResponse("请求不完整，请从首页重新进入。", content_type="text/plain; charset=utf-8", status=400)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed that should not: said plainly, without details."""
    text = "出错了，页面没能生成。数据没有改动。请稍后再试，并把发生的时间告诉系统管理员。"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=500)
