"""Labels 叫法: enumerations whose members carry the Chinese word that people read beside the code that programs do."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """Members are written ``DRAFT = "draft", "拟稿"``: the code, which is the value, and the label."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """A member; also looked up by its code alone."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
