"""Settings of sign-in: sessions, passwords, second factors, one-time links. ``conf.settings`` takes all of them."""

from __future__ import annotations

import os

ADDRESS = os.environ.get("SHISHI_ADDRESS", "http://127.0.0.1:8000").rstrip("/")
HTTPS = os.environ.get("SHISHI_HTTPS", "") == "1"
SECOND_FACTOR = tuple(
    os.environ.get("SHISHI_SECOND_FACTOR", "approve_rows approve_notice manage_people publish operate read_audit")
    .replace("none", "")
    .split()
)
"""Whoever may do one of these needs a second factor. A demonstration store never asks for one."""

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend", "sesame.backends.ModelBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "mail")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Attempts are counted where every process of the site sees them.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "attempts"}}

SESSION_COOKIE_AGE = int(os.environ.get("SHISHI_SESSION_HOURS", "12")) * 3600
SESSION_COOKIE_NAME = "__Host-shishi" if HTTPS else "shishi"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "__Host-shishi-form" if HTTPS else "shishi-form"
CSRF_COOKIE_SECURE = HTTPS
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

ACCOUNT_ADAPTER = "shishi.web.office.signing_in.Entrance"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Five wrong passwords for one name, or thirty from one address, and five minutes of waiting.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/5m/ip,5/5m/key"}
MFA_ADAPTER = "shishi.web.office.signing_in.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "实事"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A passkey may be tried on this very machine without https, nowhere else.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_ADAPTER = "allauth.usersessions.adapter.DefaultUserSessionsAdapter"

SESAME_MAX_AGE = 3 * 24 * 3600
SESAME_ONE_TIME = True
SESAME_TOKEN_NAME = "token"  # noqa: S105 - the name of a parameter, not a secret

# Citizens: one login for the systems of other offices (docs/howto/citizens.md), and the province's login for ours.
IDP_OIDC_ADAPTER = "shishi.web.portal.login_provider.Provider"
IDP_OIDC_AUTHORIZATION_CODE_EXPIRES_IN = 60
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_ID_TOKEN_EXPIRES_IN = 5 * 60
LOGIN_ELSEWHERE_ISSUER = os.environ.get("SHISHI_LOGIN_URL", "").rstrip("/")
LOGIN_ELSEWHERE = os.environ.get("SHISHI_LOGIN_TITLE", "统一身份认证") if LOGIN_ELSEWHERE_ISSUER else ""
LOGIN_ELSEWHERE_NAME = "elsewhere"
LOGIN_ELSEWHERE_TRUST = os.environ.get("SHISHI_LOGIN_TRUST", "real_name")
LOGIN_ELSEWHERE_CLAIMS = {
    "name": os.environ.get("SHISHI_LOGIN_NAME_CLAIM", "name"),
    "number": os.environ.get("SHISHI_LOGIN_NUMBER_CLAIM", "document_number"),
    "phone": os.environ.get("SHISHI_LOGIN_PHONE_CLAIM", "phone_number"),
}
SOCIALACCOUNT_ADAPTER = "shishi.web.portal.login_elsewhere.Elsewhere"
SOCIALACCOUNT_STORE_TOKENS = False
# A form may lead to no other site (form-action 'self'), so the way out is a link; its state is kept in the session.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": LOGIN_ELSEWHERE_NAME,
                "name": LOGIN_ELSEWHERE,
                "client_id": os.environ.get("SHISHI_LOGIN_CLIENT", "shishi"),
                "secret": os.environ.get("SHISHI_LOGIN_SECRET", ""),
                "settings": {"server_url": LOGIN_ELSEWHERE_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
        if LOGIN_ELSEWHERE_ISSUER
        else []
    }
}
