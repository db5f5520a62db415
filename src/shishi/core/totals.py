"""Totals 数额估计: what a checked sample says about the sum of an amount over all rows, with its interval.

Of every checked row two amounts are known, what was reported and what was found. The total of what was reported is
known exactly; from it the mean difference of each stratum is taken, times its rows: the difference estimate (Cochran
1977, §7.2 with the slope 1; Särndal, Swensson and Wretman 1992, §6.3), unbiased whatever the amounts are. Its variance
is Σ Nₕ²(1 − nₕ/Nₕ)sₕ²/nₕ (Cochran §5.4), sₕ² of the differences with the divisor nₕ − 1. The interval takes Student's
quantile with Satterthwaite's degrees of freedom (Cochran §5.4, 5.16).

Where few rows are wrong, a small sample often sees none of them, and its differences do not vary at all. Therefore the
variance of a stratum that was not checked to its last row is never taken smaller than if half a row more had been
checked and were wholly untrue; for amounts that are all 1 this is what :mod:`shishi.core.estimates` does.

The interval tells the error of sampling alone. Few very large rows in error make it too short in small samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

from shishi.core.errors import Misuse
from shishi.core.estimates import decimal

_DIGITS = 40
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Compared:
    """One checked row: the amount that was ``reported`` and the one that was ``found``, in the indicator's unit."""

    reported: Decimal
    found: Decimal

    @property
    def difference(self) -> Fraction:
        """How much was reported too much; negative where it was too little."""
        return Fraction(self.reported) - Fraction(self.found)


@dataclass(frozen=True, slots=True)
class Summed:
    """A stratum: so many ``rows``, what they were ``reported`` to sum up to, and those of them that were checked."""

    code: str
    rows: int
    reported: Decimal
    checked: tuple[Compared, ...]

    def __post_init__(self) -> None:
        if len(self.checked) > self.rows:
            message = f"{self.code}：已查 {len(self.checked)} 行，比总数 {self.rows} 行还多。"
            raise Misuse("stratum_inconsistent", message)

    @property
    def whole(self) -> bool:
        """Whether every row was checked: nothing is estimated then."""
        return len(self.checked) == self.rows

    @property
    def mean(self) -> Fraction:
        """The mean difference of the checked rows."""
        return sum((item.difference for item in self.checked), Fraction(0)) / len(self.checked)

    @property
    def total(self) -> Fraction:
        """The estimated true total."""
        return Fraction(self.reported) - self.rows * self.mean

    @property
    def variance(self) -> Fraction:
        """Of the estimated total."""
        if self.whole:
            return Fraction(0)
        many = len(self.checked)
        limited = Fraction(self.rows - many, self.rows)
        return self.rows**2 * limited * max(self._spread(), self._at_least()) / many

    def _spread(self) -> Fraction:
        """s² of the differences; 0 of a single row."""
        many = len(self.checked)
        mean = self.mean
        return sum(((item.difference - mean) ** 2 for item in self.checked), Fraction(0)) / max(many - 1, 1)

    def _at_least(self) -> Fraction:
        """s² if half a row of the mean amount more were checked and nothing of it were true."""
        usual, many = Fraction(self.reported) / self.rows, len(self.checked) + 1
        mean = (sum((item.difference for item in self.checked), Fraction(0)) + _HALF * usual) / many
        square = (sum((item.difference**2 for item in self.checked), Fraction(0)) + _HALF * usual**2) / many
        return (square - mean**2) * self.rows / max(self.rows - 1, 1)


@dataclass(frozen=True, slots=True)
class Amount:
    """An estimated amount between the ends of its interval."""

    point: Fraction
    low: Fraction
    high: Fraction

    def at(self, scale: int) -> tuple[Decimal, Decimal, Decimal]:
        """Point and ends with so many decimals; the point half up, the ends outwards."""
        steps = 10**scale
        ends = floor(self.point * steps + _HALF), floor(self.low * steps), ceil(self.high * steps)
        point, low, high = (Decimal(number).scaleb(-scale) for number in ends)
        return point, low, high

    def of(self, reported: Decimal) -> Amount | None:
        """As a share of what was reported; ``None`` where that is nothing."""
        if reported <= 0:
            return None
        whole = Fraction(reported)
        return Amount(self.point / whole, self.low / whole, self.high / whole)

    def percent(self, digits: int = 1) -> tuple[Decimal, Decimal, Decimal]:
        """Of a share: point and ends in percent."""
        return Amount(self.point * 100, self.low * 100, self.high * 100).at(digits)


@dataclass(frozen=True, slots=True)
class TotalEstimate:
    """What the sample says of the sum over all strata. ``amount`` is in the indicator's unit, as ``reported`` is."""

    rows: int
    checked: int
    reported: Decimal
    confidence: Decimal
    amount: Amount

    @property
    def share(self) -> Amount | None:
        """The true total as a share of the reported one."""
        return self.amount.of(self.reported)


def estimate_total(
    strata: Sequence[Summed], confidence: Decimal, z: Decimal, *, negative: bool = False
) -> TotalEstimate | None:
    """The estimate over all strata that have rows; ``None`` while one of them has no row checked. ``negative``: amounts
    below nothing are possible; otherwise the total cannot be less than what was found."""
    known = [item for item in strata if item.rows]
    if not known or any(not item.checked for item in known):
        return None
    rows, checked = sum(item.rows for item in known), sum(len(item.checked) for item in known)
    reported = sum((item.reported for item in known), Decimal(0))
    return TotalEstimate(rows, checked, reported, confidence, _interval(known, z, negative=negative))


def corrected(item: Summed, z: Decimal, *, negative: bool = False) -> Amount | None:
    """The true total of one body, with its interval; ``None`` where nothing was checked."""
    return _interval([item], z, negative=negative) if item.checked else None


def student(z: Decimal, freedom: Fraction) -> Fraction:
    """Student's quantile for the normal quantile ``z``: the expansion of Abramowitz and Stegun, 26.7.5. Of three
    degrees of freedom and more it is right to a hundredth at 95 %; of one or two it is too small."""
    x = Fraction(z)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum((term / freedom**power for power, term in enumerate(terms, start=1)), Fraction(0))


def _interval(strata: Sequence[Summed], z: Decimal, *, negative: bool) -> Amount:
    point = sum((item.total for item in strata), Fraction(0))
    varies = sum((item.variance for item in strata), Fraction(0))
    if not varies:
        return Amount(point, point, point)
    half = student(z, _freedom(strata, varies)) * _root(varies)
    seen = sum((Fraction(pair.found) for item in strata for pair in item.checked), Fraction(0))
    low = point - half if negative else max(point - half, min(seen, point))
    return Amount(point, low, point + half)


def _freedom(strata: Sequence[Summed], varies: Fraction) -> Fraction:
    """Satterthwaite's degrees of freedom: those of one sample that knows as much of its variance."""
    shares = ((item.variance, max(len(item.checked) - 1, 1)) for item in strata if item.variance)
    return varies**2 / sum((variance**2 / many for variance, many in shares), Fraction(0))


def _root(number: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = _DIGITS
        return Fraction(decimal(number).sqrt())
