"""Units 计量单位: what 单位：万元 means for a number, exactly or not at all.

A unit is a scale 万, 亿 … and a base 元, 平方米, 套 …. Two units convert when their bases measure the
same thing and the factor is an exact decimal; 亩 to 平方米 (2000/3) and 美元 to 元 are of one kind and
still do not convert.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache

_SCALES = {
    "万亿": 12, "千亿": 11, "百亿": 10, "十亿": 9, "亿": 8, "千万": 7, "百万": 6, "十万": 5, "万": 4, "千": 3, "百": 2, "十": 1,
}  # fmt: skip
_SAME = {
    "m2": "平方米", "平米": "平方米", "平方": "平方米", "km2": "平方公里", "平方千米": "平方公里", "hm2": "公顷", "人民币": "元",
    "人民币元": "元", "元人民币": "元", "rmb": "元", "km": "公里", "千米": "公里", "m": "米", "cm": "厘米", "kg": "千克", "公斤": "千克",
    "t": "吨", "m3": "立方米", "立方": "立方米", "百分比": "%", "百分点": "%", "幢": "栋", "名": "人",
}  # fmt: skip
_KINDS: dict[str, tuple[str, Decimal | None]] = {
    "元": ("money", Decimal(1)), "角": ("money", Decimal("0.1")),
    "美元": ("money", None), "港元": ("money", None), "欧元": ("money", None),
    "平方米": ("area", Decimal(1)), "公顷": ("area", Decimal(10**4)), "平方公里": ("area", Decimal(10**6)), "亩": ("area", None),
    "米": ("length", Decimal(1)), "公里": ("length", Decimal(1000)), "厘米": ("length", Decimal("0.01")),
    "千克": ("mass", Decimal(1)), "吨": ("mass", Decimal(1000)), "克": ("mass", Decimal("0.001")),
    "立方米": ("volume", Decimal(1)), "升": ("volume", Decimal("0.001")),
    "%": ("share", Decimal(1)), "‰": ("share", Decimal("0.1")),
}  # fmt: skip
_COUNTED = frozenset("套户个人栋件处项次台部辆条座所家间位张份例宗块层") | {"单元", "人次", "小区"}
_NUMBER = re.compile(r"([+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)\s*([^\d\s.,+-]\S{0,7})?", re.ASCII)
_EXACT = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Unit:
    """``base`` is what is counted or measured, ``scale`` the power of ten before it."""

    base: str
    scale: int = 0

    @property
    def kind(self) -> str:
        """What the unit measures; a counted thing measures itself."""
        return _KINDS.get(self.base, (self.base, None))[0]


@lru_cache(maxsize=1024)
def unit_of(text: str, *, known: frozenset[str] = frozenset()) -> Unit | None:
    """The unit that a text names, with 万 or 亿 before it; ``None`` when it names none. ``known``: units beyond
    the usual ones."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    scaled = [(scale, plain.removeprefix(scale)) for scale in ("", *_SCALES) if plain.startswith(scale)]
    for usual in (True, False):
        for scale, rest in scaled:
            base = _SAME.get(rest, rest)
            if (base in _KINDS or base in _COUNTED) if usual else base in known:
                return Unit(base, _SCALES.get(scale, 0))
    return None


def is_scale(text: str) -> bool:
    """万, 亿 … that does not say of what."""
    return "".join(text.split()) in _SCALES


def factor(said: str, wanted: str) -> Decimal | None:
    """What a number in ``said`` is multiplied by to be in ``wanted``; ``None`` when they do not convert exactly."""
    if said == wanted:
        return Decimal(1)
    known = frozenset({wanted})
    given, asked = unit_of(said, known=known), unit_of(wanted, known=known)
    if given is None or asked is None:
        return None
    shift = Decimal(1).scaleb(given.scale - asked.scale)
    if given.base == asked.base:
        return shift
    over, under = (_KINDS.get(unit.base, ("", None))[1] for unit in (given, asked))
    if given.kind != asked.kind or over is None or under is None:
        return None
    found = _EXACT.divide(over, under)
    return found * shift if _EXACT.multiply(found, under) == over else None


def same_kind(one: str, other: str) -> bool:
    """Whether both units measure the same thing, convertible or not."""
    known = frozenset({one, other})
    first, second = unit_of(one, known=known), unit_of(other, known=known)
    return first is not None and second is not None and first.kind == second.kind


def number_of(text: str, unit: str = "") -> Decimal | None:
    """The number of a half-width text in ``unit``, exactly: ``1,234.5``, ``1.2万``, ``1.2万元``, ``87.7%``.

    ``None`` when it is none, when its unit does not convert, or when ``1.2万`` stands for a unit that has a
    万 of its own.
    """
    if text[:1] in "¥￥":
        text, unit = text[1:].lstrip(), unit or "元"
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    number = Decimal(match[1].replace(",", ""))
    if not match[2]:
        return number
    times = _times(match[2], unit)
    return None if times is None else _EXACT.multiply(number, times)


@lru_cache(maxsize=1024)
def _times(suffix: str, unit: str) -> Decimal | None:
    if suffix in _SCALES:
        wanted = unit_of(unit, known=frozenset({unit})) if unit else Unit("")
        plain = wanted is not None and wanted.scale == 0 and wanted.kind != "share"
        return Decimal(10) ** _SCALES[suffix] if plain else None
    if not unit:
        share = {"%": Decimal("0.01"), "‰": Decimal("0.001")}
        return share.get(suffix)
    return factor(suffix, unit)
