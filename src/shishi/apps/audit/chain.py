"""The arithmetic of the chain: canonical text and SHA-256 links. No store, so that a
verifier elsewhere can do the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def canonical(document: object) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8: the one text that is hashed."""
    try:
        return orjson.dumps(document, option=_OPTIONS)
    except TypeError:
        # Whole numbers of more than 64 bits, which the quick encoder does not know: the same text, more slowly.
        return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(document: object) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def moment_text(moment: datetime | None) -> str:
    """A moment as digests cover it: UTC, to the microsecond; empty for none."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else ""


def digest_of_all(digests: Iterable[str]) -> str:
    """SHA-256 over digests in order: what an event says of many revisions."""
    total = hashlib.sha256()
    for item in digests:
        total.update(bytes.fromhex(item))
    return total.hexdigest()


def root(previous: str, *, number: int, at: datetime, day: date, heads: object) -> str:
    """Root of a day that follows ``previous``."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return digest([previous, number, moment, day.isoformat(), heads])


def link(
    previous: str,
    *,
    at: datetime,
    day: date,
    body: str,
    position: int,
    person: str,
    action: str,
    subject: str,
    digest_: str,
    detail: object,
) -> str:
    """Hash of an event that follows ``previous``."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return digest([previous, moment, day.isoformat(), body, position, person, action, subject, digest_, detail])
