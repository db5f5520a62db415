"""JWS (RFC 7515, Ed25519) and JWE (RFC 7516, ECDH-ES on X25519 with A256GCM) by the ``joserfc`` package.

Only these algorithms are taken, whatever a header says; nothing is ever inflated. A third party can check a signature
with any program that knows JOSE.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shishi.adapters.signing.base import Card, PublicKeys
from shishi.core.errors import Refused
from shishi.core.exchange import Fault, refusal, require_member

SIGNING, SEALING = ("Ed25519",), ("ECDH-ES", "A256GCM")
MESSAGE, RECEIPT = "shishi-message+jws", "shishi-receipt+jws"
CARD_FACTS = {"code", "title", "signing", "sealing", "made_at"}
_AROUND = 4096
"""What a header and the parts beside the sealed content may take, in bytes."""


def sign(payload: bytes, kind: str, key: Any) -> str:
    """The signed payload; the header names the key and the kind of what is signed."""
    from joserfc import jws

    header = {"alg": SIGNING[0], "kid": key.thumbprint(), "typ": kind}
    return jws.serialize_compact(header, payload, key, algorithms=list(SIGNING))


def signed_by(text: str | bytes, kind: str) -> tuple[str, bytes]:
    """The key that a signed text names and its payload, neither of them checked yet. ``Refused``
    (message_malformed)."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        found = jws.extract_compact(text.encode() if isinstance(text, str) else text)
    except (JoseError, ValueError, TypeError, KeyError) as wrong:
        raise refusal(Fault.MALFORMED) from wrong
    header = found.headers()
    kid = header.get("kid")
    if header.get("typ") != kind or not isinstance(kid, str):
        raise refusal(Fault.MALFORMED)
    return kid, found.payload


def checked(text: str | bytes, kind: str, keys: PublicKeys) -> bytes:
    """The payload, which these keys signed as that kind. ``Refused``: signature_wrong, message_malformed."""
    from joserfc import jws
    from joserfc.errors import JoseError

    kid, payload = signed_by(text, kind)
    try:
        jws.deserialize_compact(text, _public(keys.signing, "Ed25519"), algorithms=list(SIGNING))
    except (JoseError, ValueError, TypeError) as wrong:
        raise refusal(Fault.SIGNATURE_WRONG) from wrong
    if kid != keys.kid:
        raise refusal(Fault.SIGNATURE_WRONG)
    return payload


def sealed_for(content: bytes, keys: PublicKeys) -> bytes:
    """The content as only the holder of the private keys can read it."""
    from joserfc import jwe

    key = _public(keys.sealing, "X25519")
    header = {"alg": SEALING[0], "enc": SEALING[1], "kid": key.thumbprint()}
    return jwe.encrypt_compact(header, content, key, algorithms=list(SEALING)).encode()


def opened(sealed: bytes, most: int, keys: Mapping[str, Any]) -> bytes:
    """What was sealed for one of these private keys (by thumbprint). ``Refused``: message_unreadable,
    message_too_large."""
    from joserfc import jwe
    from joserfc.errors import JoseError

    if len(sealed) > most_sealed(most):
        raise refusal(Fault.TOO_LARGE)
    registry = jwe.JWERegistry(algorithms=list(SEALING))
    registry.max_ciphertext_length = most_sealed(most)

    def held(header: Any) -> Any:
        key = keys.get(str(header.headers().get("kid")))
        if key is None:
            raise ValueError("sealed for somebody else")
        return key

    try:
        found = jwe.decrypt_compact(sealed, held, registry=registry).plaintext
    except (JoseError, ValueError, TypeError, KeyError) as wrong:
        raise refusal(Fault.UNREADABLE) from wrong
    if found is None or len(found) > most:
        raise refusal(Fault.TOO_LARGE)
    return found


def most_sealed(most: int) -> int:
    """Bytes that so much content takes when it is sealed, at most."""
    return (most + 2) // 3 * 4 + _AROUND


def public_keys(signing: str, sealing: str) -> PublicKeys:
    """Public keys as JWK texts, with their names. ``Refused`` (card_malformed) for anything but an Ed25519 and an
    X25519 key, and for a private one."""
    one, two = _public(signing, "Ed25519"), _public(sealing, "X25519")
    names = f"{one.thumbprint()}.{two.thumbprint()}"
    digest = hashlib.sha256(names.encode()).hexdigest()[:40]
    fingerprint = " ".join(digest[at : at + 4] for at in range(0, 40, 4))
    return PublicKeys(
        one.thumbprint(), _text(one.as_dict(private=False)), _text(two.as_dict(private=False)), fingerprint
    )


def card_text(card: Card) -> str:
    """A card as it is handed over: JSON."""
    told = {
        "code": card.code,
        "title": card.title,
        "signing": json.loads(card.keys.signing),
        "sealing": json.loads(card.keys.sealing),
        "made_at": card.made_at.isoformat(),
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def read_card(text: str | bytes) -> Card:
    """A card that was handed over; nothing about it is believed but its form. ``Refused`` (card_malformed)."""
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or set(told) != CARD_FACTS:
            raise ValueError("another document")
        title, made_at = told["title"], datetime.fromisoformat(told["made_at"])
        keys = public_keys(json.dumps(told["signing"]), json.dumps(told["sealing"]))
        code = require_member(told["code"])
    except (ValueError, TypeError, RecursionError, Refused) as wrong:
        raise _malformed() from wrong
    if not isinstance(title, str) or not title.isprintable() or not 0 < len(title) <= 80 or made_at.tzinfo is None:
        raise _malformed()
    return Card(code, title, keys, made_at)


def _public(text: str, curve: str) -> Any:
    from joserfc.errors import JoseError
    from joserfc.jwk import OKPKey

    try:
        told = json.loads(text)
        if not isinstance(told, dict) or "d" in told or told.get("crv") != curve:
            raise ValueError("another key")
        return OKPKey.import_key({name: told[name] for name in ("kty", "crv", "x")})
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise _malformed() from wrong


def _text(document: Mapping[str, object]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def _malformed() -> Refused:
    return Refused("card_malformed", "这不是参与方名片。请让对方用 shishi exchange identity -o 文件 重新导出。")
