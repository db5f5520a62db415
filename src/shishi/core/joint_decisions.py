"""Joint decisions 业主共同决定: the two-stage test of 《民法典》第二百七十八条 on two measures, area and persons.

Enough must take part, and of those who take part enough must agree; both count twice, by area of exclusive parts and by
persons (最高人民法院区分所有权解释第八、九条: a home is a person, homes of one buyer are one, what a developer has not sold
or handed over is one). Everything is exact: areas are ``Decimal`` square metres, shares are ``Fraction``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from shishi.core.errors import Issue, Refused
from shishi.core.labels import Labelled

AREA_SCALE = 2


class HoldingKind(Labelled):
    """Whose a home is."""

    OWNED = "owned", "已售"
    UNSOLD = "unsold", "未售或未交付（建设单位）"
    DECEASED = "deceased", "业主已故，继承人推选代表"
    UNKNOWN = "unknown", "业主不明"


class Stand(Labelled):
    """What somebody said. Who abstains takes part and does not agree."""

    AGREE = "agree", "同意"
    AGAINST = "against", "反对"
    ABSTAIN = "abstain", "弃权"


class Way(Labelled):
    """How it was said."""

    PAPER = "paper", "书面"
    ONLINE = "online", "网上"


class Outcome(Labelled):
    """What the vote says as it stands."""

    PASSED = "passed", "通过"
    FAILED = "failed", "未通过"
    NO_QUORUM = "no_quorum", "参与不足"


@dataclass(frozen=True, slots=True)
class Holding:
    """A home of the staircase, held by ``owners`` (codes) together from ``since`` until before ``until``.
    ``representative``: the one of several who speaks for the home."""

    unit: str
    floor: int
    area: Decimal
    owners: tuple[str, ...]
    kind: HoldingKind = HoldingKind.OWNED
    representative: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def voter(self) -> str:
        """The person who counts: the same buyers are one wherever they hold, a developer is one for all that is
        unsold, a home whose owner nobody knows is one of its own."""
        if self.kind is HoldingKind.UNKNOWN or not self.owners:
            return f"?{self.unit}"
        joined = "+".join(sorted(set(self.owners)))
        return f"!{joined}" if self.kind is HoldingKind.UNSOLD else joined

    @property
    def may_speak(self) -> bool:
        """Whether somebody can speak for the home: not while its owner is unknown, nor for the dead or for several
        before they have named one."""
        if self.kind is HoldingKind.UNKNOWN or not self.owners:
            return False
        several = len(set(self.owners)) > 1 or self.kind is HoldingKind.DECEASED
        return bool(self.representative) or not several

    def held_on(self, day: date) -> bool:
        """Whether it was so on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What has to take part, and what of that has to agree; ``more_than``: reaching it is not enough (过半数).
    ``basis``: the law; ``verified``: whether it was checked that this item falls under it."""

    take_part: Fraction
    agree: Fraction
    more_than: bool = False
    basis: str = ""
    verified: bool = False

    def enough(self, share: Fraction) -> bool:
        """Whether that share of those who take part is enough."""
        return share > self.agree if self.more_than else share >= self.agree


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the two measures: how much there is, took part, agreed."""

    whole: Decimal
    part: Decimal
    agreed: Decimal

    @property
    def part_share(self) -> Fraction:
        """Of the whole, what took part."""
        return Fraction(self.part) / Fraction(self.whole)

    @property
    def agreed_share(self) -> Fraction:
        """Of what took part, what agreed; nothing of nothing."""
        return Fraction(self.agreed) / Fraction(self.part) if self.part else Fraction(0)


@dataclass(frozen=True, slots=True)
class Tally:
    """A count with its test."""

    area: Measure
    persons: Measure
    threshold: Threshold

    @property
    def measures(self) -> tuple[Measure, Measure]:
        """Area, then persons."""
        return self.area, self.persons

    @property
    def outcome(self) -> Outcome:
        """Both measures have to reach both stages."""
        if any(measure.part_share < self.threshold.take_part for measure in self.measures):
            return Outcome.NO_QUORUM
        enough = all(self.threshold.enough(measure.agreed_share) for measure in self.measures)
        return Outcome.PASSED if enough else Outcome.FAILED


def voters(holdings: Iterable[Holding]) -> dict[str, tuple[Holding, ...]]:
    """Every person who counts, with the homes that count as that one person."""
    found: dict[str, list[Holding]] = {}
    for holding in holdings:
        found.setdefault(holding.voter, []).append(holding)
    return {voter: tuple(held) for voter, held in found.items()}


def tally(holdings: Sequence[Holding], said: Mapping[str, Stand], threshold: Threshold) -> Tally:
    """What the vote says. ``said``: voter → stand; who is not in it takes no part. ``Refused``: what
    :func:`require_register` refuses, ``voter_unknown``, ``voter_silent`` (nobody may speak for the home yet)."""
    require_register(holdings)
    persons = voters(holdings)
    for voter in said:
        if voter not in persons:
            raise Refused("voter_unknown", "投票的人不在业主名册上，请先核对名册。")
        if not all(holding.may_speak for holding in persons[voter]):
            message = "这一户的业主不明，或几个业主、继承人还没有推选代表，暂时不能投票。请先在名册上补登代表。"
            raise Refused("voter_silent", message)
    areas = {voter: sum((holding.area for holding in held), Decimal(0)) for voter, held in persons.items()}
    agreed = [voter for voter, stand in said.items() if stand is Stand.AGREE]
    area = Measure(_sum(areas, persons), _sum(areas, said), _sum(areas, agreed))
    return Tally(area, Measure(Decimal(len(persons)), Decimal(len(said)), Decimal(len(agreed))), threshold)


def _sum(areas: Mapping[str, Decimal], who: Iterable[str]) -> Decimal:
    return sum((areas[voter] for voter in who), Decimal(0))


def require_register(holdings: Sequence[Holding]) -> None:
    """A register that a vote can stand on; ``Refused`` (``register_unfit``) with an issue for each home at fault."""
    issues = []
    seen: set[str] = set()
    for at, holding in enumerate(holdings, 1):
        if holding.unit in seen:
            issues.append(Issue("unit_twice", f"“{holding.unit}”在名册上有两行，请留一行。", row=at))
        seen.add(holding.unit)
        exponent = holding.area.as_tuple().exponent
        if holding.area <= 0 or not isinstance(exponent, int) or exponent < -AREA_SCALE:
            issues.append(Issue("area_unfit", f"“{holding.unit}”的面积要大于 0，最多两位小数。", row=at))
        if not holding.owners and holding.kind is not HoldingKind.UNKNOWN:
            issues.append(Issue("owner_missing", f"“{holding.unit}”没有业主；确实不明的，请选“业主不明”。", row=at))
        owned = holding.kind is HoldingKind.OWNED
        if owned and holding.representative and holding.representative not in holding.owners:
            message = f"“{holding.unit}”的代表不是这一户的业主之一，请核对。"
            issues.append(Issue("representative_unfit", message, row=at))
    if not holdings:
        issues.append(Issue("register_empty", "名册上还没有住户，请先登记。"))
    if issues:
        raise Refused("register_unfit", f"业主名册有 {len(issues)} 处要改正。", issues)


def missing(count: Measure, threshold: Threshold, unit: Decimal) -> tuple[Decimal, Decimal]:
    """How much more has to take part, and how much more has to agree at the least, in steps of ``unit`` (0.01 square
    metres, one person), where all that is added both takes part and agrees."""
    need = threshold.take_part * Fraction(count.whole) - Fraction(count.part)
    part = _steps(max(need, Fraction(0)), unit, past=False)
    share = threshold.agree
    agreed, taking = Fraction(count.agreed) + Fraction(part), Fraction(count.part) + Fraction(part)
    lack = share * taking - agreed
    if lack < 0 or (lack == 0 and not (threshold.more_than and taking)):
        return part, part
    if share == 1:
        return part, Decimal(0) if not lack else Decimal(-1)
    return part, part + _steps(lack / (1 - share), unit, past=threshold.more_than)


def _steps(amount: Fraction, unit: Decimal, *, past: bool) -> Decimal:
    """The smallest multiple of ``unit`` that reaches the amount, or passes it."""
    whole, rest = divmod(amount, Fraction(unit))
    return unit * (int(whole) + (1 if rest or past else 0))
