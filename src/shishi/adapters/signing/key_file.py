"""The private keys of one instance, in one file beside the keyring that only its owner may read.

A rotation adds a pair and keeps the earlier ones: what was sealed for them is still on its way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from shishi.adapters.signing import jose
from shishi.adapters.signing.base import Card, PublicKeys
from shishi.core.errors import Misuse, Refused
from shishi.core.exchange import require_member


class KeyFile:
    """Pairs in the order in which they were made; ``kid`` names the one that signs (default: the first). Which one that
    is the store says, in the transaction that tells the others. See :class:`shishi.adapters.signing.base.Signer`."""

    def __init__(self, path: Path, kid: str = "") -> None:
        self._path = path
        try:
            self._held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as missing:
            told = "本方还没有参与数据交换的身份。请先运行 shishi exchange identity --code 代码 --title 名称。"
            raise Misuse("exchange_no_identity", told) from missing
        except ValueError as wrong:
            raise _damaged(path) from wrong
        pairs = [pair for pair in self._held["pairs"] if not kid or _keys_of(pair).kid == kid]
        if not pairs:
            raise _damaged(path)
        self._pair: dict[str, Any] = pairs[0]

    @classmethod
    def create(cls, path: Path, code: str, title: str, at: datetime) -> KeyFile:
        """Make the identity; the same again is the one that is there. ``Misuse`` (exchange_identity_held) for another
        code, (exchange_untitled); ``Refused`` (message_malformed) for a code that is not spelt right."""
        require_member(code)
        if not title.strip().isprintable() or not 0 < len(title.strip()) <= 80:
            raise Misuse("exchange_untitled", "请写明本方名称，80 字以内，例如：宣城市住房公积金管理中心。")
        if path.exists():
            held = cls(path)
            if held.code != code:
                told = f"本方已用代码 {held.code} 参与交换，对方都登记着它，不能改成 {code}。"
                raise Misuse("exchange_identity_held", told)
            return held
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, {"code": code, "title": title.strip(), "pairs": [_new_pair(at)]})
        return cls(path)

    @property
    def code(self) -> str:
        """See :class:`shishi.adapters.signing.base.Signer`."""
        return str(self._held["code"])

    @cached_property
    def card(self) -> Card:
        """See :class:`shishi.adapters.signing.base.Signer`."""
        made_at = datetime.fromisoformat(self._pair["made_at"])
        return Card(self.code, str(self._held["title"]), _keys_of(self._pair), made_at)

    def sign(self, payload: bytes, kind: str) -> str:
        """See :class:`shishi.adapters.signing.base.Signer`."""
        return jose.sign(payload, kind, self._signing)

    def open(self, sealed: bytes, most: int) -> bytes:
        """See :class:`shishi.adapters.signing.base.Signer`."""
        return jose.opened(sealed, most, self._sealing)

    def with_spare(self, used: Collection[str], at: datetime) -> KeyFile:
        """The file with a pair that has not been ``used`` yet (by ``kid``), signing with it: one that an earlier
        attempt left behind, or a new one, written down before anybody is told of it."""
        names = [_keys_of(pair).kid for pair in self._held["pairs"]]
        spare = next((name for name in names if name not in used), "")
        if not spare:
            pair = _new_pair(at)
            _write(self._path, {**self._held, "pairs": [*self._held["pairs"], pair]})
            spare = _keys_of(pair).kid
        return KeyFile(self._path, spare)

    @cached_property
    def _signing(self) -> Any:
        return _private(self._pair["signing"])

    @cached_property
    def _sealing(self) -> Mapping[str, Any]:
        keys = [_private(pair["sealing"]) for pair in self._held["pairs"]]
        return {key.thumbprint(): key for key in keys}


def _damaged(path: Path) -> Refused:
    told = f"密钥文件 {path.name} 已损坏，或不是这个库的。请放回备份时另存的那一份。"
    return Refused("keys_damaged", told)


def _new_pair(at: datetime) -> dict[str, Any]:
    from joserfc.jwk import OKPKey

    return {
        "signing": OKPKey.generate_key("Ed25519", private=True).as_dict(private=True),
        "sealing": OKPKey.generate_key("X25519", private=True).as_dict(private=True),
        "made_at": at.isoformat(),
    }


def _private(told: Mapping[str, Any]) -> Any:
    from joserfc.jwk import OKPKey

    return OKPKey.import_key(dict(told))


def _keys_of(pair: Mapping[str, Any]) -> PublicKeys:
    signing, sealing = (
        json.dumps({k: v for k, v in pair[name].items() if k != "d"}) for name in ("signing", "sealing")
    )
    return jose.public_keys(signing, sealing)


def _write(path: Path, held: Mapping[str, Any]) -> None:
    draft = path.with_suffix(f".{os.getpid()}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(held, out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
