"""Coming in by the login of elsewhere 统一身份认证: the province's OpenID Connect, where the operator has set it up.

What the other side tells becomes an account of ours at once; nothing of its answer is kept as it came.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.citizens.services import enter_by_login
from shishi.apps.citizens.trust import Trust
from shishi.core.errors import ShishiError
from shishi.web.portal.answering import reading, told
from shishi.web.portal.visitors import now, wanted

log = logging.getLogger(__name__)


class Elsewhere(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Turns the other side's word into one of our accounts, and ends allauth's own way there."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Accounts are made below and nowhere else."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Called with a proved answer of the other side."""
        data = sociallogin.account.extra_data
        claims = {**data.get("id_token", {}), **data.get("userinfo", {})}
        names = settings.LOGIN_ELSEWHERE_CLAIMS
        said = {ours: str(claims[theirs]) for ours, theirs in names.items() if claims.get(theirs)}
        try:
            person = enter_by_login(
                settings.LOGIN_ELSEWHERE_ISSUER,
                str(claims.get("sub", "")),
                said,
                Trust(settings.LOGIN_ELSEWHERE_TRUST),
                now(),
            )
        except ShishiError as error:
            raise ImmediateHttpResponse(told(request, error)) from error
        address = request.session.pop("elsewhere_next", "") or reverse("services:mine")
        if address.startswith("/identity/"):
            request.session["onward"] = address
            address = reverse("services:onward")
        raise ImmediateHttpResponse(perform_login(request, person, redirect_url=address))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Cancelled there, or broken on the way: said plainly, with the other way in."""
        page = {"cancelled": str(error) == "cancelled", **reading(request)}
        raise ImmediateHttpResponse(render(request, "portal/elsewhere_failed.html", page, status=401))


def leaving(request: HttpRequest, provider_id: str) -> HttpResponse:
    """allauth's way there. It first asks the other side for its description, which may not come, or be none."""
    return _reached(request, lambda: openid_connect.login(request, provider_id=provider_id))


def coming_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """allauth's way back, on which the other side is asked for what its code stands for."""
    return _reached(request, lambda: openid_connect.callback(request, provider_id=provider_id))


def _reached(request: HttpRequest, step: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return step()
    except (OSError, KeyError, ValueError):  # no answer, one too late or a refusal (all of them OSError), or nonsense
        log.warning("the login of elsewhere gave no answer that can be read", exc_info=True)
        return render(request, "portal/elsewhere_failed.html", {"cancelled": False, **reading(request)}, status=503)


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Off to the other side; where one wanted to go is remembered here."""
    if not settings.LOGIN_ELSEWHERE:
        return HttpResponseRedirect(reverse("services:sign-in"))
    request.session["elsewhere_next"] = wanted(request)
    return HttpResponseRedirect(reverse("openid_connect_login", kwargs={"provider_id": settings.LOGIN_ELSEWHERE_NAME}))
