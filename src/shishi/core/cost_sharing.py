"""Cost sharing 费用分摊 of a staircase: who pays how much, to the fen, and the whole table for everybody.

By agreement: what is left to pay, times coefficient of the floor times area. Without one by area (《民法典》第二百八十三条). Shares
are rounded to the fen; what is left over stands on the largest, so that the sum is the amount and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from shishi.core.errors import Refused

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Paying:
    """A home that may have to pay: its floor, and its area in square metres."""

    unit: str
    floor: int
    area: Decimal


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Floors below ``first`` pay nothing, ``first`` has ``base``, each floor above ``step`` more; ``named`` floors have
    what is said of them. ``basis``: where that comes from."""

    first: int = 1
    base: Decimal = Decimal(1)
    step: Decimal = Decimal(0)
    named: tuple[tuple[int, Decimal], ...] = ()
    basis: str = ""
    verified: bool = False

    def of(self, floor: int) -> Decimal:
        """The coefficient of a floor."""
        told = dict(self.named).get(floor)
        if told is not None:
            return told
        return self.base + self.step * (floor - self.first) if floor >= self.first else Decimal(0)


BY_AREA = Coefficients(basis="《民法典》第二百八十三条：没有约定的，按专有部分面积所占比例", verified=True)


@dataclass(frozen=True, slots=True)
class Share:
    """What a home pays, and from what it follows; ``rounding``: the fen that it carries for all."""

    unit: str
    floor: int
    area: Decimal
    coefficient: Decimal
    weight: Decimal
    amount: Decimal
    rounding: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CostTable:
    """The whole table, in yuan. ``net`` = ``cost`` - ``subsidy`` - ``investment``, and the shares make ``net``."""

    cost: Decimal
    subsidy: Decimal
    investment: Decimal
    net: Decimal
    coefficients: Coefficients
    shares: tuple[Share, ...]


def share_cost(
    homes: Sequence[Paying],
    *,
    cost: Decimal,
    subsidy: Decimal = Decimal(0),
    investment: Decimal = Decimal(0),
    coefficients: Coefficients = BY_AREA,
) -> CostTable:
    """Who pays how much. ``investment``: what an investor bears. ``Refused``: ``amount_unfit`` (negative, or finer than
    a fen), ``cost_exceeded`` (more is given than it costs), ``coefficient_unfit`` (negative, or nobody pays),
    ``area_unfit``."""
    for amount in (cost, subsidy, investment):
        if amount < 0 or amount != amount.quantize(FEN):
            raise Refused("amount_unfit", "金额不能为负，最多写到分，请核对。")
    net = (cost - subsidy - investment).quantize(FEN)
    if net < 0:
        raise Refused("cost_exceeded", "补助和社会投资加起来多于总费用，请核对金额。")
    if any(home.area <= 0 for home in homes):
        raise Refused("area_unfit", "每一户的面积都要大于 0，请核对名册。")
    weights = {home.unit: coefficients.of(home.floor) * home.area for home in homes}
    if any(weight < 0 for weight in weights.values()) or not sum(weights.values()):
        raise Refused("coefficient_unfit", "楼层系数不能为负，也不能各层都是 0，请核对。")
    amounts = _amounts(net, weights)
    rest = net - sum(amounts.values(), Decimal(0))
    largest = max(homes, key=lambda home: (weights[home.unit], -homes.index(home))).unit
    shares = tuple(
        Share(
            home.unit,
            home.floor,
            home.area,
            coefficients.of(home.floor),
            weights[home.unit],
            amounts[home.unit] + (rest if home.unit == largest else 0),
            rest if home.unit == largest else Decimal("0.00"),
        )
        for home in homes
    )
    return CostTable(cost, subsidy, investment, net, coefficients, shares)


def _amounts(net: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Each share rounded to the fen, half up, without a division that is not exact."""
    whole = sum(map(Fraction, weights.values()), Fraction(0))
    found = {}
    for unit, weight in weights.items():
        fen = Fraction(net) * 100 * Fraction(weight) / whole
        found[unit] = (Decimal(_half_up(fen)) * FEN).quantize(FEN, ROUND_HALF_UP)
    return found


def _half_up(amount: Fraction) -> int:
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
