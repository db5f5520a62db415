"""Coming in by the login of elsewhere 统一身份认证: the province's OpenID Connect, where the operator has set it up.

What the other side tells becomes an account of ours at once; nothing of its answer is kept as it came.
"""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from shishi.apps.citizens.services import enter_by_login
from shishi.apps.citizens.trust import Trust
from shishi.core.errors import ShishiError
from shishi.web.portal.answering import reading, told
from shishi.web.portal.visitors import now, wanted


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


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Off to the other side; where one wanted to go is remembered here."""
    if not settings.LOGIN_ELSEWHERE:
        return HttpResponseRedirect(reverse("services:sign-in"))
    request.session["elsewhere_next"] = wanted(request)
    return HttpResponseRedirect(reverse("openid_connect_login", kwargs={"provider_id": settings.LOGIN_ELSEWHERE_NAME}))
