"""One login for many systems 统一登录: OpenID Connect by django-allauth, with the rules of this house around it.

Authorisation code alone, with PKCE (S256) and state; a code is good once and for a minute; the subject is the unified
id; the number of a document is told at the back end alone, to systems that are registered for it. Only citizens are
anybody here: a session of an office is nobody's.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any, Literal

import jwt
from allauth.core.internal import jwkkit
from allauth.idp.oidc import views
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import PrivateKey
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from shishi.apps.accounts.selectors import signed_in_citizen
from shishi.apps.citizens.keys import signing_keys
from shishi.apps.citizens.selectors import account_of, person_by_uid, system_of_client
from shishi.apps.citizens.systems import note_visit
from shishi.apps.citizens.trust import Trust
from shishi.core.errors import Misuse, Refused
from shishi.web.portal.answering import gently
from shishi.web.portal.visitors import now, session_name, sign_in_address, visitor

CODE_LIVES = 60
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
CITIZEN_NUMBER = "111"
"""居民身份证 by GA/T 2000.156, as GB/T 39046-2020 table 5 asks for (from memory, unverified)."""


class Provider(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth carries no types
    """Who says what of whom: the unified id, the name, how well it is known; never more than was asked for."""

    @classmethod
    def of(cls, request: HttpRequest) -> Provider:
        """The provider, as a request finds it."""
        return cls()

    def get_issuer(self) -> str:
        """One address, whatever name the site was called by."""
        return str(settings.ADDRESS)

    def list_private_keys(self, *, did_activate: object = None, is_active: object = None) -> list[PrivateKey]:
        """The keys of this store."""
        return [PrivateKey(pem=pem, issued_at=made) for pem, made in signing_keys(datetime.now(UTC))]

    def get_user_sub(self, client: object, user: AbstractBaseUser) -> str:
        """The unified id."""
        citizen = signed_in_citizen(user)
        if citizen is None:
            raise Misuse("unknown_citizen", "这不是群众账户，不能用来登录业务系统。")
        return account_of(citizen).uid

    def get_user_by_sub(self, client: object, sub: str) -> AbstractBaseUser | None:
        """The counterpart of :meth:`get_user_sub`."""
        return person_by_uid(sub)

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: AbstractBaseUser,
        client: object,
        scopes: Any,
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """GB/T 39046-2020 table 12 in the words of OpenID Connect. A token passes the browser; a number does not."""
        citizen = signed_in_citizen(user)
        if citizen is None:
            return {}
        account = account_of(citizen)
        real = account.trust.suffices(Trust.REAL_NAME)
        claims: dict[str, Any] = {"sub": account.uid, "acr": account.trust.value, "real_name": real}
        if "profile" in scopes and account.name:
            claims["name"] = account.name
        if purpose == "userinfo" and "identity" in scopes and real:
            claims |= {
                "document_type": CITIZEN_NUMBER,
                "document_number": account.number,
                "phone_number": account.phone,
            }
        return claims

    def logout_token(self, client: str, uid: str, at: datetime) -> str:
        """The signed notice that a session has ended."""
        moment = int(at.timestamp())
        claims = {
            "iss": self.get_issuer(),
            "aud": client,
            "sub": uid,
            "iat": moment,
            "exp": moment + 120,
            "jti": secrets.token_urlsafe(16),
            "events": {LOGOUT: {}},
        }
        described, key = jwkkit.load_jwk_from_pem(self.get_signing_key().pem)
        return str(jwt.encode(claims, key, "RS256", headers={"kid": described["kid"], "typ": "logout+jwt"}))


def configuration(request: HttpRequest) -> HttpResponse:
    """What a system has to know, and no more than there is."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    here = settings.ADDRESS
    told = {
        "issuer": here,
        "authorization_endpoint": f"{here}{reverse('idp:oidc:authorization')}",
        "token_endpoint": f"{here}{reverse('idp:oidc:token')}",
        "userinfo_endpoint": f"{here}{reverse('idp:oidc:userinfo')}",
        "revocation_endpoint": f"{here}{reverse('idp:oidc:revoke')}",
        "jwks_uri": f"{here}{reverse('idp:oidc:jwks')}",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "identity"],
        "acr_values_supported": [level.value for level in Trust],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": False,
    }
    return JsonResponse(told)


@gently
def authorization(request: HttpRequest) -> HttpResponse:
    """A system asks who somebody is. Whoever is not signed in does that first; whoever is goes back at once, for the
    page before said where to."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    system = system_of_client(request.GET.get("client_id", ""))
    if system is None:
        raise Misuse(
            "login_request", "登录请求不完整，或这个系统没有接入。请回到原来的系统再试，或从本站的办事页面进入。"
        )
    _require_safe(request)
    person = visitor(request)
    if person is None:
        if "none" in request.GET.get("prompt", "").split():
            request.user = AnonymousUser()
            return _answered(request)
        return HttpResponseRedirect(sign_in_address(request.get_full_path()))
    account = account_of(person)
    if not account.trust.suffices(system.trust):
        wanted = Trust(system.trust).label
        raise Refused(
            "trust_too_low", f"“{system.title}”要先{wanted}，您现在是{account.trust.label}。请用统一身份认证登录。"
        )
    response = _answered(request)
    if "code=" in response.headers.get("Location", ""):
        note_visit(session_name(request), account.uid, system.client, at=now())
    return response


@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """A system shows the code. Two that show the same one at the same time get one answer, and one refusal."""
    if (unknown := _unknown_client(request)) is not None:
        return unknown
    code = request.POST.get("code", "")
    name = f"spent-code:{hashlib.sha256(code.encode()).hexdigest()}"
    if request.POST.get("grant_type") != "authorization_code":
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    if not cache.add(name, 1, timeout=10 * CODE_LIVES):
        return JsonResponse({"error": "invalid_grant"}, status=400)
    response: HttpResponse = views.token(request)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def revoke(request: HttpRequest) -> HttpResponse:
    """A system gives a login back."""
    response: HttpResponse = _unknown_client(request) or views.revoke(request)
    return response


def _unknown_client(request: HttpRequest) -> HttpResponse | None:
    """The refusal of a request that is none, or of nobody; ``None`` for one to look at."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.headers.get("Authorization") and not request.POST.get("client_id"):
        return JsonResponse({"error": "invalid_client"}, status=401)
    return None


def _require_safe(request: HttpRequest) -> None:
    """PKCE and state are not left to the system's liking."""
    asked = request.GET
    if asked.get("response_type") != "code":
        raise Misuse("login_request", "只提供授权码方式的登录（response_type=code）。")
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) < 43:
        raise Misuse("login_request", "登录请求没有带 PKCE（S256），不予处理。请业务系统的维护人员按接入说明修改。")
    if len(asked.get("state", "")) < 16:
        raise Misuse("login_request", "登录请求没有带足够长的 state，不予处理。请业务系统的维护人员按接入说明修改。")


def _answered(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = views.authorization(request)
    response["Cache-Control"] = "no-store"
    return response
