"""Addresses of the site."""

from __future__ import annotations

from allauth.account import views as account
from allauth.idp.oidc import views as provider
from django.urls import URLPattern, URLResolver, include, path

from shishi.web.office import sessions
from shishi.web.portal import login_elsewhere, login_provider

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

# Of the login provider's pages only what the code flow needs; its own description tells no more (shishi.web.portal).
PROVIDER: list[URLPattern | URLResolver] = [
    path(".well-known/openid-configuration", login_provider.configuration, name="configuration"),
    path(".well-known/jwks.json", provider.jwks, name="jwks"),
    path("identity/o/authorize", login_provider.authorization, name="authorization"),
    path("identity/o/api/token", login_provider.token, name="token"),
    path("identity/o/api/userinfo", provider.user_info, name="userinfo"),
    path("identity/o/api/revoke", login_provider.revoke, name="revoke"),
]
ELSEWHERE: list[URLPattern | URLResolver] = [
    path("services/elsewhere/<str:provider_id>/login/", login_elsewhere.leaving, name="openid_connect_login"),
    path("services/elsewhere/<str:provider_id>/back/", login_elsewhere.coming_back, name="openid_connect_callback"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("promises/", include("shishi.web.portal.urls")),
    *ELSEWHERE,
    path("services/", include("shishi.web.portal.service_urls")),
    path("", include(([path("", include((PROVIDER, "oidc")))], "idp"))),
    path("", include("shishi.web.api.urls")),
    *ACCOUNT,
    path("", include("shishi.web.office.urls")),
]

handler400 = "shishi.web.office.asking.bad_request"
handler404 = "shishi.web.office.asking.not_found"
handler500 = "shishi.web.office.asking.broken"
