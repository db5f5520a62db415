"""AES-256-GCM and HMAC-SHA-256 by the ``cryptography`` package, keys in one file that only the owner may read."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from shishi.core.errors import Refused

_MARK = b"s1"


class KeyRing:
    """Keys by number, so that they can be rotated: a sealed text names the key that made it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            held = json.loads(path.read_text())
        except FileNotFoundError as missing:
            message = (
                f"找不到密钥文件 {path.name}：先运行 shishi init，或把备份时另存的密钥放回数据文件夹的 keys 目录。"
            )
            raise Refused("keys_missing", message) from missing
        self._current = int(held["current"])
        self._keys = {int(number): base64.b64decode(key) for number, key in held["keys"].items()}
        self._digest_key = base64.b64decode(held["digest"])

    @classmethod
    def create(cls, path: Path) -> KeyRing:
        """Make a new ring unless there is one; the file is readable by its owner only."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            ring = {
                "current": 1,
                "keys": {"1": base64.b64encode(os.urandom(32)).decode()},
                "digest": base64.b64encode(os.urandom(32)).decode(),
            }
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as out:
                json.dump(ring, out)
        return cls(path)

    def __reduce__(self) -> tuple[type[KeyRing], tuple[Path]]:
        """To another process goes where the keys are, not the keys."""
        return KeyRing, (self._path,)

    def encrypt(self, plain: bytes, context: str) -> bytes:
        """See :class:`shishi.adapters.crypto.base.Cipher`. Layout: mark, key number
        (1 byte), nonce (12), sealed text."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(12)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, plain, context.encode())
        return _MARK + bytes([self._current]) + nonce + sealed

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """See :class:`shishi.adapters.crypto.base.Cipher`."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._keys.get(sealed[2]) if sealed[:2] == _MARK else None
        if key is None:
            raise Refused("cannot_decrypt", "这段密文不是用现有密钥加密的。请把对应的密钥文件放回 keys 目录。")
        try:
            return AESGCM(key).decrypt(sealed[3:15], sealed[15:], context.encode())
        except InvalidTag as broken:
            raise Refused("cannot_decrypt", "密文已损坏或被改动，不能解密。请从备份恢复。") from broken

    def digest(self, text: str, purpose: str) -> str:
        """See :class:`shishi.adapters.crypto.base.Cipher`; 32 hexadecimal digits."""
        import hmac

        return hmac.digest(self._digest_key, f"{purpose}\x1f{text}".encode(), "sha256").hex()[:32]


def site_secret(folder: Path) -> str:
    """What signs the sessions and links of the site over a data folder: derived from its keys, ``""`` without them."""
    ring = folder / "keys" / "ring.json"
    return KeyRing(ring).digest("sessions and links", "site") if ring.is_file() else ""
