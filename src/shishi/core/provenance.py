"""Where a fact came in: the door, the file, the sheet, the row, the person (来源)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """The five doors of the ledger; behind each of them everything is the same. ``case`` is a service, too: the one
    whose rows name the case that posted them."""

    WORKBOOK = "workbook"
    FORM = "form"
    SERVICE = "service"
    CASE = "case"
    DEVICE = "device"
    INSTANCE = "instance"


class Trust(StrEnum):
    """How far a source may be trusted: the article itself 原文, a law read in full 法规, a standard 标准, a government
    page 公开网页, press 报道, computed from other figures 推算, our own design 设计建议, demonstration 演示."""

    GIVEN = "given"
    LAW = "law"
    STANDARD = "standard"
    OFFICIAL = "official"
    PRESS = "press"
    COMPUTED = "computed"
    DESIGN = "design"
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Provenance:
    """``row`` is the 1-based row of the sheet, ``person`` the user name, ``batch`` the batch's UUID in text."""

    door: Door
    batch: str
    person: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
