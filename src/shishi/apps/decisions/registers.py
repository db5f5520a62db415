"""A register as an official types or pastes it: a home on each line, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from shishi.apps.decisions.services import Home
from shishi.core.errors import Issue, Refused
from shishi.core.joint_decisions import Holding, HoldingKind

_KINDS = {"未售": HoldingKind.UNSOLD, "已故": HoldingKind.DECEASED, "不明": HoldingKind.UNKNOWN}
_WORDS = {kind: word for word, kind in _KINDS.items()}
MOST_LINES = 400


def read_register(text: str) -> list[Home]:
    """``房号 楼层 面积 业主`` on each line, owners joined by 、, then 未售, 已故 or 不明 and ``代表=``. Two people of one name are told
    apart as ``张伟#1``. ``Refused`` (``register_unread``) with an issue for each line at fault."""
    homes: list[Home] = []
    issues: list[Issue] = []
    lines = [line.split() for line in text.replace("\t", " ").splitlines() if line.strip()]
    for at, parts in enumerate(lines[:MOST_LINES], 1):
        try:
            homes.append(_home(parts))
        except (ValueError, InvalidOperation):
            told = f"第 {at} 行“{' '.join(parts)}”读不懂。请写成“房号 楼层 面积 业主”，如“301 3 90.00 张三、李四 代表=张三”。"
            issues.append(Issue("register_unread", told, row=at))
    if issues or not homes:
        message = issues[0].message if issues else "请每行写一户。"
        raise Refused("register_unread", message, issues)
    return homes


def _home(parts: Sequence[str]) -> Home:
    unit, floor, area, *rest = parts
    kind, representative = HoldingKind.OWNED, ""
    owners: dict[str, str] = {}
    for word in rest:
        if word in _KINDS:
            kind = _KINDS[word]
        elif word.startswith("代表="):
            representative = word.removeprefix("代表=")
        else:
            owners |= {name: name.partition("#")[0] for name in re.split(r"[、,，]", word) if name}
    if kind is HoldingKind.UNKNOWN:
        owners = {}
    return Home(unit, int(floor), Decimal(area), owners, kind, representative)


def written_register(holdings: Sequence[Holding]) -> str:
    """The register for an official to change."""
    lines = []
    for held in holdings:
        words = [held.unit, str(held.floor), str(held.area), "、".join(held.owners)]
        words += [_WORDS.get(held.kind, ""), f"代表={held.representative}" if held.representative else ""]
        lines.append(" ".join(word for word in words if word))
    return "\n".join(lines)
