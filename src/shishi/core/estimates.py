"""Estimates 估计: what a checked sample says about all rows, with its interval; and the discount of each stratum.

The share is Σ Wₕ·pₕ over the strata (Cochran 1977, §5.3), exact as a fraction. Its interval is Wilson's (1927) with the
sample size that a simple sample of the same variance would have had; of one stratum that is n·(N−1)/(N−n), of an
unlimited population n itself. Within each stratum the variance is taken at (x + ½)/(n + 1) and not at x/n, since a
stratum in which everything was found true is not therefore known without error. A stratum checked to the last row adds
none. All is exact but the root, which is taken once, in a decimal of forty digits; ends are rounded outwards where they
are printed.

The interval tells the error of sampling alone. What checkers overlook is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

from shishi.core.errors import Misuse

_DIGITS = 40
_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Counted:
    """A stratum: ``rows`` in the population, ``checked`` of them, ``verified`` of those."""

    code: str
    rows: int
    checked: int
    verified: int

    def __post_init__(self) -> None:
        if not 0 <= self.verified <= self.checked <= self.rows:
            message = f"{self.code}：核实 {self.verified}、已查 {self.checked}、总数 {self.rows} 三个数不相容。"
            raise Misuse("stratum_inconsistent", message)

    @property
    def share(self) -> Fraction:
        """Verified of checked, 0 where nothing was checked."""
        return Fraction(self.verified, self.checked) if self.checked else Fraction(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with both ends of its interval, each between 0 and 1."""

    share: Fraction
    low: Fraction
    high: Fraction

    def of(self, rows: int) -> tuple[Decimal, int, int]:
        """The total of so many rows: the point, and the ends in whole rows, rounded outwards."""
        return decimal(self.share * rows), floor(self.low * rows), ceil(self.high * rows)

    def percent(self, digits: int = 1) -> tuple[Decimal, Decimal, Decimal]:
        """Point and ends in percent; the point half up, the ends outwards."""
        steps = 100 * 10**digits
        ends = floor(self.share * steps + Fraction(1, 2)), floor(self.low * steps), ceil(self.high * steps)
        point, low, high = (Decimal(number).scaleb(-digits) for number in ends)
        return point, low, high


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the sample says. ``rows`` were reported; ``interval`` is of the share of them that is true."""

    rows: int
    checked: int
    verified: int
    confidence: Decimal
    interval: Interval

    @property
    def total(self) -> tuple[Decimal, int, int]:
        """How many of the reported rows are true: the point, and the ends of the interval."""
        return self.interval.of(self.rows)


def estimate(strata: Sequence[Counted], confidence: Decimal, z: Decimal) -> Estimate | None:
    """The estimate over all strata that have rows; ``None`` while one of them has no row checked."""
    known = [item for item in strata if item.rows]
    if not known or any(not item.checked for item in known):
        return None
    rows = sum(item.rows for item in known)
    share = sum((Fraction(item.rows, rows) * item.share for item in known), Fraction(0))
    checked, verified = (sum(getattr(item, name) for item in known) for name in ("checked", "verified"))
    return Estimate(rows, checked, verified, confidence, wilson(share, _effective(known, rows), z))


def discount(item: Counted, z: Decimal) -> Interval | None:
    """Verified of reported in the sample of one body, with its interval; ``None`` where nothing was checked."""
    return wilson(item.share, _alike(item), z) if item.checked else None


def wilson(share: Fraction, size: Fraction | None, z: Decimal) -> Interval:
    """Wilson's interval of a share found in a simple sample of ``size`` from an unlimited population; ``None``:
    everything was looked at."""
    if size is None:
        return Interval(share, share, share)
    square = Fraction(z) ** 2
    middle = (share + square / (2 * size)) / (1 + square / size)
    under = (share * (1 - share) / size + square / (4 * size**2)) * square / (1 + square / size) ** 2
    with localcontext() as context:
        context.prec = _DIGITS
        half = Fraction(decimal(under).sqrt())
    # Where nothing, or everything, was found true the formula ends at 0 or 1 exactly; the root leaves a last digit.
    low = Fraction(0) if share == 0 else max(middle - half, Fraction(0))
    return Interval(share, low, _ONE if share == 1 else min(middle + half, _ONE))


def _alike(item: Counted) -> Fraction | None:
    """The size of the sample from an unlimited population that knows as much as this one from its limited one."""
    if item.checked == item.rows:
        return None
    return Fraction(item.checked * (item.rows - 1), item.rows - item.checked)


def _effective(strata: Sequence[Counted], rows: int) -> Fraction | None:
    """The size of a simple sample whose share would vary as that of this stratified one; ``None``: all was checked."""
    if len(strata) == 1:
        return _alike(strata[0])
    middle = sum((Fraction(item.rows, rows) * _smoothed(item) for item in strata), Fraction(0))
    varies = sum(_variances(strata, rows), Fraction(0))
    return middle * (1 - middle) / varies if varies else None


def _variances(strata: Iterable[Counted], rows: int) -> Iterable[Fraction]:
    for item in strata:
        size = _alike(item)
        if size is not None:
            guess = _smoothed(item)
            yield Fraction(item.rows, rows) ** 2 * guess * (_ONE - guess) / size


def _smoothed(item: Counted) -> Fraction:
    whole = item.checked == item.rows
    return item.share if whole else Fraction(2 * item.verified + 1, 2 * item.checked + 2)


def decimal(number: Fraction) -> Decimal:
    """A fraction as a decimal of forty digits."""
    with localcontext() as context:
        context.prec = _DIGITS
        return Decimal(number.numerator) / Decimal(number.denominator)
