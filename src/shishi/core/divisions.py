"""Administrative divisions 行政区划 (GB/T 2260 and the statistical 12-digit codes), a tree in time.

A division's ``code`` is its significant digits, so that every ancestor is a prefix: ``34`` 安徽省, ``3418`` 宣城市,
``341802`` 宣州区, ``341802001``, ``341802001001``; the country is ``00``. ``official_code`` is what people write and
what goes out: six digits down to the county (``340000``, ``341800``, ``341802``), then 9 and 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

COUNTRY = "00"


class Level(IntEnum):
    """The country and its five levels."""

    COUNTRY = 0
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    STREET = 4
    VILLAGE = 5


@dataclass(frozen=True, slots=True)
class Division:
    """A unit. ``placeholder`` units of the code list (市辖区, 县, 省直辖…) carry lineage but get no report, ranking or brief.
    ``valid_from`` ``None``: first validity unknown (the snapshot does not say)."""

    code: str
    name: str
    level: Level
    placeholder: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    source: str = ""

    @property
    def official_code(self) -> str:
        """Six digits down to the county, 9 and 12 below."""
        return "000000" if self.code == COUNTRY else self.code.ljust(6, "0")
