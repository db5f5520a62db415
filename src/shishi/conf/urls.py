"""Addresses of the site."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from shishi.web.office import sessions

# Of allauth's pages only these: nobody signs up, no mail is asked for, and their addresses speak of what they do.
ACCOUNT: list[URLPattern | URLResolver] = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-in/again/", account.reauthenticate, name="account_reauthenticate"),
    path("sign-out/", account.logout, name="account_logout"),
    path("me/password/", account.password_change, name="account_change_password"),
    path("me/password/first/", account.password_set, name="account_set_password"),
    path("me/sessions/", sessions.listed, name="usersessions_list"),
    path("me/second-factor/", include("allauth.mfa.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("promises/", include("shishi.web.portal.urls")),
    path("", include("shishi.web.api.urls")),
    *ACCOUNT,
    path("", include("shishi.web.office.urls")),
]

handler400 = "shishi.web.office.asking.bad_request"
handler404 = "shishi.web.office.asking.not_found"
handler500 = "shishi.web.office.asking.broken"
