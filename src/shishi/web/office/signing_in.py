"""Coming in: allauth's sign-in under the rules of this house, one-time links, and the demonstration's open door."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.utils import perform_login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters

from shishi.apps.accounts.demonstration import demonstration_people
from shishi.apps.accounts.links import Purpose, person_of_link, set_password, use_link
from shishi.apps.accounts.selectors import person_named
from shishi.apps.accounts.sign_in import SignIn, owes_second_factor, tell
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.files.services import key_ring
from shishi.core.errors import Misuse
from shishi.web.office.viewing import person_of

SEALED_FOR = "second factor"


class Entrance(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Nobody makes an account for themselves; every way in and out is written to the trail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by who manages people."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """As allauth's; being locked out is written down."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._tell(SignIn.LOCKED, request, credentials.get("username", ""))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password."""
        self._tell(SignIn.FAILED, request, credentials.get("username", ""))

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The session begins."""
        super().login(request, user)
        ways = [record.get("type") or record["method"] for record in get_authentication_records(request, user)]
        self._tell(SignIn.BEGUN, request, user.get_username(), ways=ways)

    def logout(self, request: HttpRequest) -> None:
        """The session ends."""
        self._tell(SignIn.ENDED, request, request.user.get_username())
        super().logout(request)

    def send_notification_mail(
        self, template_prefix: str, user: AbstractBaseUser, context: Any = None, email: str | None = None
    ) -> None:
        """What secures an account was changed: told to the trail instead of a mailbox."""
        self._tell(SignIn.SECURED, self.request, user.get_username(), change=template_prefix.rpartition("/")[2])

    def _tell(self, what: SignIn, request: HttpRequest, username: str, **detail: object) -> None:
        tell(what, username, datetime.now(UTC), address=self.get_client_ip(request), **detail)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """Secrets of second factors rest sealed by the keys of the store."""

    def encrypt(self, text: str) -> str:
        """Sealed, as text."""
        return base64.b64encode(key_ring().encrypt(text.encode(), SEALED_FOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The counterpart of :meth:`encrypt`."""
        return key_ring().decrypt(base64.b64decode(encrypted_text), SEALED_FOR).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the authenticator calls the account."""
        return user.get_username()


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the signed-in person has to set up a second factor before anything else."""
    if request.session.get("second_factor") or not settings.SECOND_FACTOR or is_demonstration():
        return False
    if not owes_second_factor(person_of(request), settings.SECOND_FACTOR, datetime.now(UTC)):
        return False
    request.session["second_factor"] = Factors().is_mfa_enabled(request.user)
    return not request.session["second_factor"]


def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link: who only looks at it does not use it up."""
    person = person_of_link(token, Purpose.SIGN_IN)
    if request.method != "POST":
        return render(request, "office/entry.html", {"entering": person})
    used = use_link(token, Purpose.SIGN_IN, datetime.now(UTC))
    return _enter(request, used.username)


@sensitive_post_parameters()
def password_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A password of one's own; nobody who manages people learns it."""
    person = person_of_link(token, Purpose.PASSWORD)
    fault = ""
    if request.method == "POST":
        first, again = request.POST.get("password", ""), request.POST.get("again", "")
        try:
            if first != again:
                raise Misuse("passwords_differ", "两次输入的密码不一样，请重新输入。")
            set_password(token, first, datetime.now(UTC))
            return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
        except Misuse as wrong:
            if wrong.code == "link_spent":
                raise
            fault = wrong.message
    page = {"entering": person, "fault": fault}
    return render(request, "office/password_by_link.html", page, status=422 if fault else 200)


def demonstration_entry(request: HttpRequest) -> HttpResponse:
    """In a demonstration store everybody may be anybody of it; nowhere else."""
    if not is_demonstration():
        raise Http404
    person = person_named(request.POST.get("username", ""))
    return _enter(request, person.username)


def doors_of_demonstration(request: HttpRequest) -> dict[str, object]:
    """For the page of sign-in: whom to be in a demonstration store."""
    match = request.resolver_match
    if match is None or match.url_name != "account_login" or not is_demonstration():
        return {}
    return {"demonstration_people": demonstration_people(datetime.now(UTC), request.GET.get("who", "").strip())}


def _enter(request: HttpRequest, username: str) -> HttpResponse:
    person = person_named(username)
    response: HttpResponse = perform_login(request, person, redirect_url=_wanted(request))
    return response


def _wanted(request: HttpRequest) -> str | None:
    from allauth.account.utils import get_next_redirect_url

    found: str | None = get_next_redirect_url(request)
    return found
