"""How figures are printed 印刷形式 (4.73万个, 87.7%, 2.12万余处, 近3万人). Quotients and roundings are made here, and only here.

Half-up throughout (四舍五入). 余, 以上 and 超过 round down and 近 rounds up, so that what is printed stays true of the value.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from shishi.core.indicators import Indicator, Printed, Qualifier

NOT_REPORTED = "未报"

_EXACT = Context(prec=120)
_POWERS = {0: "", 4: "万", 8: "亿"}
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)([万亿]?)")


class Agreement(StrEnum):
    """How a published text stands to the computed value."""

    EXACT = "exact"
    WITHIN_ROUNDING = "within_rounding"
    OFF = "off"
    NOT_CHECKABLE = "not_checkable"


def rounded(value: Decimal, scale: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """``value`` with ``scale`` decimals; a negative scale rounds to tens, hundreds … (and keeps none)."""
    kept = value.quantize(Decimal(1).scaleb(-scale), rounding=mode, context=_EXACT)
    return kept if scale >= 0 else kept.quantize(Decimal(1), context=_EXACT)


def quotient(
    numerator: Decimal | None, denominator: Decimal | None, scale: int, percent: bool = False
) -> Decimal | None:
    """Numerator by denominator, half-up at ``scale``, times 100 for ``percent``. ``None`` when a part is missing or the
    denominator is 0. The digits are found in whole numbers: no intermediate rounding."""
    if numerator is None or not denominator:
        return None
    top, bottom = numerator.as_integer_ratio(), denominator.as_integer_ratio()
    above = top[0] * bottom[1] * (100 if percent else 1) * 10**scale
    below = top[1] * bottom[0]
    magnitude = (2 * abs(above) + abs(below)) // (2 * abs(below))
    signed = magnitude if (above < 0) == (below < 0) else -magnitude
    return Decimal(signed).scaleb(-scale, context=_EXACT)


def print_decimal(value: Decimal, digits: int = 0, grouped: bool = False) -> str:
    """``value`` half-up with ``digits`` decimals, never in scientific notation; ``grouped`` puts thousands commas."""
    kept = rounded(value, digits)
    return f"{abs(kept) if kept == 0 else kept:{',' if grouped else ''}f}"


def print_value(indicator: Indicator, value: Decimal | None) -> str:
    """The value of an indicator as the trade prints it, with its unit; ``None`` is 未报."""
    return NOT_REPORTED if value is None else _print(indicator.printed, indicator.unit, indicator.scale, value)


def satisfies(printed: Printed, unit: str, text: str, value: Decimal) -> bool:
    """Whether ``text`` is what this form makes of ``value`` (so 4.73万个 is satisfied by 47,300 and by 47,312)."""
    scale = max(0, -int(value.normalize(_EXACT).as_tuple().exponent))
    return _plain(text) == _plain(_print(printed, unit, scale, value))


def agreement(printed: Printed, unit: str, text: str, value: Decimal | None) -> Agreement:
    """Compare a published text with the computed value. A text without a number in it cannot be checked."""
    stated = stated_number(text)
    if value is None or stated is None:
        return Agreement.NOT_CHECKABLE
    if printed.qualifier is Qualifier.EXACT and stated == value:
        return Agreement.EXACT
    return Agreement.WITHIN_ROUNDING if satisfies(printed, unit, text, value) else Agreement.OFF


def stated_number(text: str) -> Decimal | None:
    """The first number of a printed text, 万 and 亿 multiplied out (``"2135.89万元"`` → 21358900)."""
    found = _NUMBER.search(_plain(text))
    if found is None:
        return None
    power = next(power for power, title in _POWERS.items() if title == found[2])
    return Decimal(found[1]).scaleb(power, context=_EXACT)


def _print(printed: Printed, unit: str, scale: int, value: Decimal) -> str:
    """The form steps down to a smaller power, then to the plain number, where the value is too small for it."""
    power = max((power for power in _POWERS if power <= printed.power and abs(value) >= 10**power), default=0)
    shown = value.scaleb(-power, context=_EXACT)
    # A county's 56 is neither 0 nor “0余” where the nation is told in thousands: too small for the form, told in full.
    small = power == 0 < printed.power or (printed.digits < 0 and abs(shown) < 10**-printed.digits)
    digits = scale if small else printed.digits
    match printed.qualifier:
        case Qualifier.AND_MORE | Qualifier.OR_MORE | Qualifier.OVER:
            kept = rounded(shown, digits, ROUND_FLOOR)
        case Qualifier.NEARLY:
            kept = rounded(shown, digits, ROUND_CEILING)
        case _:
            kept = rounded(shown, digits)
    number = print_decimal(kept, max(digits, 0), printed.grouped) + _POWERS[power]
    # There is no 0余, and no 余 after a number that is told in full.
    qualifier = printed.qualifier if kept and not (small and kept == shown) else Qualifier.EXACT
    return _qualified(qualifier, number, unit, is_exact=kept == shown)


def _qualified(qualifier: Qualifier, number: str, unit: str, *, is_exact: bool) -> str:
    """近 and 超过 would be untrue of a value that stands exactly on the printed number: there they are left out."""
    match qualifier:
        case Qualifier.AND_MORE:
            return f"{number}余{unit}"
        case Qualifier.OR_MORE | Qualifier.ABOUT:
            return f"{number}{unit}{qualifier}"
        case Qualifier.NEARLY | Qualifier.OVER if not is_exact:
            return f"{qualifier}{number}{unit}"
        case _:
            return f"{number}{unit}"


def _plain(text: str) -> str:
    """Full-width signs, thousands commas and spaces say nothing about the number."""
    return text.translate(str.maketrans("％，．－", "%,.-")).replace(",", "").replace(" ", "")
