"""What stands around every page, whoever looks."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from shishi.apps.files.selectors import is_demonstration
from shishi.web.design.built import HOW, built

log = logging.getLogger("shishi.pages")

CHOICES = {"reading": ("standard", "elder"), "density": ("cosy", "dense")}
"""The ways to read, each with its usual one first."""


def label(request: HttpRequest) -> dict[str, object]:
    """For every template: whether what is shown is 演示数据, and how who looks likes to read: ``reading`` (standard,
    elder) and ``density`` (cosy, dense), out of cookies that hold nothing else."""
    chosen = {name: request.COOKIES.get(name, "") for name in CHOICES}
    return {
        "demonstration": is_demonstration(),
        **{name: value if value in CHOICES[name] else CHOICES[name][0] for name, value in chosen.items()},
    }


class Language:
    """Chinese, unless who looks has chosen otherwise (a cookie); what a browser would like is not asked, for the words
    of packs are Chinese anyway. The public pages are Chinese. Starting, it says what was not built."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        if not built().styles:
            log.warning(HOW)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the language chosen."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        with translation.override(chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """The public pages have one language."""
        if request.resolver_match and request.resolver_match.app_name in ("portal", "services"):
            translation.activate(settings.LANGUAGE_CODE)
