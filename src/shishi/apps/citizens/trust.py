"""How well it is known who somebody is 身份核验等级, from low to high."""

from __future__ import annotations

from enum import StrEnum


class Trust(StrEnum):
    """An item may ask for a level; whoever proved a higher one has it too. The words are those of the catalogue."""

    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    REAL_NAME = "real_name"
    CERTIFICATE = "certificate"

    @property
    def label(self) -> str:
        """What people call it."""
        return {
            Trust.PHONE: "手机验证",
            Trust.PASSWORD: "账号密码",
            Trust.REAL_NAME: "实名核验",
            Trust.CERTIFICATE: "数字证书",
        }[self]

    def suffices(self, asked: str) -> bool:
        """Whether this is as high as ``asked`` (a word of this enumeration; empty: the lowest)."""
        order = list(Trust)
        return order.index(self) >= order.index(Trust(asked or Trust.PHONE))
