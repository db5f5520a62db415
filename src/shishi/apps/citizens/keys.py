"""The keys that sign logins: made when the first outside system is added, changed by command, sealed at rest."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction
from django.db.models import Q

from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.citizens.models import SigningKey
from shishi.apps.files.services import key_ring

BITS = 3072
OVERLAP = timedelta(days=1)
"""How long an older key still proves what it signed: far longer than what it signed is good for."""
_CONTEXT = "login key"


def signing_keys(at: datetime) -> tuple[tuple[str, datetime], ...]:
    """The private keys in PEM that are good at the moment, the newest first, with the time of their making."""
    good = Q(runs_out_at__isnull=True) | Q(runs_out_at__gt=at)
    return tuple((_opened(held.pem), held.made_at) for held in SigningKey.objects.filter(good).order_by("-pk"))


@transaction.atomic
def change_key(*, by: Person, at: datetime) -> None:
    """Make a new key, which signs from now on. The caller has asked for the right."""
    SigningKey.objects.filter(runs_out_at__isnull=True).update(runs_out_at=at + OVERLAP)
    made = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    held = SigningKey.objects.create(pem=base64.b64encode(key_ring().encrypt(pem, _CONTEXT)).decode(), made_at=at)
    record(at=at, person=by.username, action="login.key", subject=f"login.key:{held.pk}")


def ensure_key(*, by: Person, at: datetime) -> None:
    """A key, where there is none yet."""
    if not signing_keys(at):
        change_key(by=by, at=at)


def _opened(sealed: str) -> str:
    return key_ring().decrypt(base64.b64decode(sealed), _CONTEXT).decode()
