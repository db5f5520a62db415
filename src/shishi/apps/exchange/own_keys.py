"""Our own identity: the key file of the data folder, and which of its pairs signs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from shishi.adapters.signing.base import Card, PublicKeys
from shishi.adapters.signing.key_file import KeyFile
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import body_of, require
from shishi.apps.audit.chain import digest
from shishi.apps.audit.services import one_at_a_time, record
from shishi.apps.exchange.models import OwnKey, Peer, PeerKey
from shishi.core.calendars import day_of
from shishi.core.divisions import COUNTRY

HERE = "here"
"""The address of ourselves: two bodies of one store speak as two stores do."""


def key_path() -> Path:
    """Where the private keys lie."""
    return Path(settings.DATA) / "keys" / "exchange.json"


def signer() -> KeyFile:
    """Our identity with the pair in use. ``Misuse``: exchange_no_identity."""
    last = OwnKey.objects.order_by("-pk").first()
    return KeyFile(key_path(), last.kid if last else "")


def has_identity() -> bool:
    """Whether this store takes part."""
    return OwnKey.objects.exists()


def require_operator(person: Person, at: datetime) -> None:
    """Who we speak with, and what does not arrive, is for whoever runs the system. ``Misuse`` (out_of_reach)."""
    require(person, Action.OPERATE, COUNTRY, "", day_of(at))


@transaction.atomic
def make_identity(code: str, title: str, *, by: Person, at: datetime) -> Card:
    """Take part under this code; the same again changes nothing. ``Misuse``: exchange_identity_held,
    exchange_untitled, out_of_reach; ``Refused``: message_malformed."""
    require_operator(by, at)
    one_at_a_time()
    made = KeyFile.create(key_path(), code, title, at)
    if not OwnKey.objects.exists():
        use(made.card.keys, by=by, at=at)
        peer = Peer.objects.create(
            code=made.code, title=made.card.title, address=HERE, added_at=at, added_by=by.username
        )
        pin(peer, made.card.keys, by=by.username, at=at)
    return signer().card


def use(keys: PublicKeys, *, by: Person, at: datetime) -> None:
    """From the end of this transaction on these keys sign."""
    row = OwnKey.objects.create(
        kid=keys.kid,
        signing=keys.signing,
        sealing=keys.sealing,
        fingerprint=keys.fingerprint,
        starts=at,
        person=by.username,
    )
    record(
        at=at,
        person=by.username,
        body=body_of(by, day_of(at)),
        action="exchange.key.use",
        subject=f"exchange.own_key:{row.pk}",
        digest=digest_of_own_key(row),
        detail={"fingerprint": keys.fingerprint},
    )


def pin(
    peer: Peer, keys: PublicKeys, *, by: str, at: datetime, since: datetime | None = None, learnt_from: str = ""
) -> PeerKey:
    """Hold a peer's keys to be theirs; what they said with earlier ones before ``since`` (default: now) stays said."""
    since = since or at
    peer.keys.filter(ends__isnull=True).update(ends=since)
    row = PeerKey.objects.create(
        peer=peer,
        kid=keys.kid,
        signing=keys.signing,
        sealing=keys.sealing,
        fingerprint=keys.fingerprint,
        starts=since,
        learnt_from=learnt_from,
        learnt_by=by,
    )
    record(
        at=at,
        person=by,
        action="exchange.key.pin",
        subject=f"exchange.key:{row.pk}",
        digest=digest_of_key(row),
        detail={"peer": peer.code, "fingerprint": keys.fingerprint},
    )
    return row


def digest_of_own_key(row: OwnKey) -> str:
    """SHA-256 over a pair of ours as it came into use."""
    return digest([row.kid, row.signing, row.sealing, row.fingerprint, row.person])


def digest_of_key(row: PeerKey) -> str:
    """SHA-256 over a peer's keys as they were pinned."""
    return digest([row.peer.code, row.kid, row.signing, row.sealing, row.fingerprint, row.learnt_from, row.learnt_by])


def keys_of(row: PeerKey | OwnKey) -> PublicKeys:
    """The stored keys as the signing adapter takes them."""
    return PublicKeys(row.kid, row.signing, row.sealing, row.fingerprint)
