"""Samples 抽样: how many rows to check, how many of each stratum, and which ones, so that anybody can recompute it.

Size: Cochran, *Sampling Techniques*, 3rd ed. 1977, §4.4: n₀ = z²p(1−p)/e², n = n₀ / (1 + (n₀ − 1)/N), rounded up.
Allocation: in proportion to the strata by largest remainder, never less than a minimum of each. Draw: rows of a stratum
in the order of SHA-256 over ``<digest of the population>:<seed>:<entry>``. The digest is published before anybody can
know the seed; whoever has both and the list of entries gets the same sample with any SHA-256 there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from shishi.core.errors import Misuse

NORMAL: Mapping[Decimal, Decimal] = {
    Decimal("0.80"): Decimal("1.281551565545"),
    Decimal("0.90"): Decimal("1.644853626951"),
    Decimal("0.95"): Decimal("1.959963984540"),
    Decimal("0.98"): Decimal("2.326347874041"),
    Decimal("0.99"): Decimal("2.575829303549"),
    Decimal("0.999"): Decimal("3.290526731492"),
}
"""Confidence → two-sided quantile z of the normal distribution, to twelve decimals: the levels that may be asked."""

EVEN = Decimal("0.5")
"""The share that needs the greatest sample: what is assumed where nothing is known."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How sure, and how near. ``margin``: half the width of the interval, as a share (0.05 is five points)."""

    confidence: Decimal = Decimal("0.95")
    margin: Decimal = Decimal("0.05")
    share: Decimal = EVEN

    def __post_init__(self) -> None:
        if self.confidence not in NORMAL:
            known = "、".join(f"{level.normalize():f}" for level in NORMAL)
            raise Misuse("confidence_unknown", f"置信水平 {self.confidence} 不在可选之列：{known}。")
        if not Decimal("0.005") <= self.margin <= Decimal("0.5"):
            raise Misuse(
                "margin_out_of_range", f"误差范围 {self.margin} 应在 0.005 到 0.5 之间，0.05 即正负 5 个百分点。"
            )
        if not 0 < self.share < 1:
            raise Misuse("share_out_of_range", f"预计的属实比例 {self.share} 应在 0 与 1 之间；没有把握就用 0.5。")

    @property
    def z(self) -> Decimal:
        """The quantile of the confidence."""
        return NORMAL[self.confidence]


def sample_size(population: int, precision: Precision) -> int:
    """How many rows of ``population`` to check; all of a small one, none of an empty one."""
    if population <= 0:
        return 0
    z, margin, share = (Fraction(item) for item in (precision.z, precision.margin, precision.share))
    unlimited = z**2 * share * (1 - share) / margin**2
    limited = unlimited / (1 + (unlimited - 1) / population)
    return min(population, max(1, -int(-limited // 1)))


def allocate(strata: Mapping[str, int], size: int, minimum: int = 0) -> dict[str, int]:
    """How many of each stratum (code → rows): ``minimum`` of each (all of a smaller one), the rest in proportion by
    largest remainder; between equal remainders the larger stratum, then the smaller code. The sum is ``size``, or what
    the minima make where that is more, and never more than there is."""
    floor = {code: min(minimum, rows) for code, rows in strata.items()}
    wanted = min(sum(strata.values()), max(size, sum(floor.values())))
    fixed: dict[str, int] = {}
    while True:
        free = {code: rows for code, rows in strata.items() if code not in fixed}
        left, whole = wanted - sum(fixed.values()), sum(free.values())
        short = [code for code, rows in free.items() if whole and Fraction(left * rows, whole) < floor[code]]
        if not short:
            return {code: (fixed | _shares(free, left))[code] for code in strata}
        fixed |= {code: floor[code] for code in short}


def _shares(strata: Mapping[str, int], size: int) -> dict[str, int]:
    """``size`` in proportion to the strata, by largest remainder."""
    whole = sum(strata.values())
    if not whole:
        return dict.fromkeys(strata, 0)
    exact = {code: Fraction(size * rows, whole) for code, rows in strata.items()}
    shares = {code: int(share) for code, share in exact.items()}
    order = sorted(strata, key=lambda code: (shares[code] - exact[code], -strata[code], code))
    for code in order[: size - sum(shares.values())]:
        shares[code] += 1
    return shares


def population_digest(strata: Mapping[str, Iterable[UUID]]) -> str:
    """SHA-256 over a frozen population: for each stratum by code a line ``<code>:<entry>`` per row, entries in order,
    each line ended by a line feed."""
    told = hashlib.sha256()
    for code in sorted(strata):
        for entry in sorted(strata[code]):
            told.update(f"{code}:{entry}\n".encode())
    return told.hexdigest()


def rank(population: str, seed: str, entry: UUID) -> str:
    """The place of a row in the draw: rows with the smallest ranks are drawn."""
    return hashlib.sha256(f"{population}:{seed}:{entry}".encode()).hexdigest()


def draw(
    strata: Mapping[str, Sequence[UUID]], sizes: Mapping[str, int], population: str, seed: str
) -> dict[str, tuple[UUID, ...]]:
    """The drawn rows of each stratum in the order in which they were drawn. ``population``: its published digest."""
    if not seed.strip():
        raise Misuse("seed_missing", "抽取要有种子。请填写公布的种子，任何人凭它可以复算。")
    return {
        code: tuple(sorted(entries, key=lambda entry: rank(population, seed, entry))[: sizes.get(code, 0)])
        for code, entries in strata.items()
    }
