"""Signs of figures that were made and not counted 疑似虚报: patterns that honest counting seldom leaves.

Each sign says what was seen, how sure that is, and what would clear it. It is a question to a body, never a verdict and
never about a person: rounding, copying a header or a change of practice leave the same traces, so a person looks and
either follows it up or dismisses it with a reason. Jumps on a last day and round totals are seen in
:mod:`shishi.core.supervision`; here is what needs rows, a longer past, or the voices of the people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from shishi.core.errors import Misuse
from shishi.core.findings import Finding, FindingKind
from shishi.core.indicators import Direction, Figure, Indicator, Measure, Span
from shishi.core.printing import print_value
from shishi.core.ratings import AVERAGE, COUNT
from shishi.core.rules import Earlier
from shishi.core.typography import chinese_date

LEAST_DIGIT = 100
"""Numbers of fewer than three digits say nothing about their last one."""
BENFORD: tuple[Fraction, ...] = tuple(
    Fraction(share, 1_000_000) for share in (301030, 176091, 124939, 96910, 79181, 66947, 57992, 51153, 45757)
)
"""log₁₀(1 + 1/d) of the first digits 1 to 9 (Benford 1938), to six decimals."""
EVEN: tuple[Fraction, ...] = (Fraction(1, 10),) * 10
"""Of last digits."""
CRITICAL: Mapping[int, tuple[tuple[int, Decimal], ...]] = {
    8: tuple(
        (power, Decimal(value))
        for power, value in enumerate(
            ("20.0902", "26.1245", "31.8276", "37.3316", "42.7009", "47.9725", "53.1695", "58.3076"), start=2
        )
    ),
    9: tuple(
        (power, Decimal(value))
        for power, value in enumerate(
            ("21.6660", "27.8772", "33.7199", "39.3407", "44.8109", "50.1718", "55.4491", "60.6603"), start=2
        )
    ),
}
"""Degrees of freedom → (n, the value of χ² that chance passes once in 10ⁿ)."""
_CHANCES = ("百分之一", "千分之一", "万分之一", "十万分之一", "百万分之一", "千万分之一", "亿分之一", "十亿分之一")


@dataclass(frozen=True, slots=True)
class GamingRules:
    """From when on a pattern is told; ``None`` switches one off. ``copied_rows``: rows of a body alike in everything
    measured; ``never_falls``: reports in which what should fall never did; ``digit_rows``: numbers of a body at least;
    ``chance``: how seldom chance may do it, over all bodies together; ``digit_fields`` and ``benford_fields``:
    ``table.field``, the first empty: every number that an indicator adds up; ``voices``: ratings of a division at
    least, ``voice_average``: below which they contradict a figure that is on time; ``complaints``: so many within
    ``complaint_days`` calendar days contradict it, too. ``verified`` false: nobody's rule, the platform's proposal."""

    copied_rows: int | None = 5
    never_falls: int | None = 8
    digit_rows: int | None = 300
    chance: Decimal = Decimal("0.001")
    digit_fields: tuple[str, ...] = ()
    benford_fields: tuple[str, ...] = ()
    voices: int | None = 30
    voice_average: Decimal = Decimal("2.5")
    complaints: int | None = 5
    complaint_days: int = 30
    verified: bool = False


USUAL = GamingRules()
"""What holds where a pack says nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """The table and the responsible division that a pattern was seen in; ``about`` names the field or the fields."""

    programme: str
    table: str
    title: str
    division: str
    name: str
    about: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Digits:
    """How often each digit occurs: last digits 0 to 9, or with ``first`` the first digits 1 to 9."""

    place: Place
    counts: tuple[int, ...]
    first: bool = False

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return sum(self.counts)

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """How they would lie if nobody made them."""
        return BENFORD if self.first else EVEN

    @property
    def statistic(self) -> Fraction:
        """Pearson's χ²."""
        expected = [share * self.total for share in self.shares]
        return sum(
            ((seen - wanted) ** 2 / wanted for seen, wanted in zip(self.counts, expected, strict=True)), Fraction()
        )

    @property
    def foremost(self) -> int:
        """The digit that occurs most beyond its share."""
        over = [seen - share * self.total for seen, share in zip(self.counts, self.shares, strict=True)]
        return over.index(max(over)) + (1 if self.first else 0)


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows of a body that are alike: ``groups`` of so many rows each, the greatest first; ``told``: the greatest as
    people read it."""

    place: Place
    groups: tuple[int, ...]
    told: str


def rarity(statistic: Fraction, degrees: int) -> int:
    """The greatest n in the table for which chance does this less than once in 10ⁿ; 0 where it is nothing rare."""
    if degrees not in CRITICAL:
        raise Misuse("degrees_unknown", f"没有自由度 {degrees} 的临界值表。")
    return max((power for power, value in CRITICAL[degrees] if statistic > Fraction(value)), default=0)


def needed(chance: Decimal, tests: int) -> int:
    """The n that each of ``tests`` must reach, so that chance makes any finding at most so seldom (Bonferroni)."""
    powers = [power for power, _ in CRITICAL[9]]
    return next((power for power in powers if Decimal(10) ** -power * max(tests, 1) <= chance), powers[-1])


def digit_findings(rules: GamingRules, seen: Sequence[Digits]) -> Iterator[Finding]:
    """Bodies whose numbers end, or begin, with some digits far too often; one finding for a table of a body."""
    tested = [item for item in seen if rules.digit_rows and item.total >= rules.digit_rows]
    limit = needed(rules.chance, len(tested))
    found: dict[tuple[str, str], list[tuple[int, Digits]]] = {}
    for item in tested:
        power = rarity(item.statistic, len(item.counts) - 1)
        if power >= limit:
            found.setdefault((item.place.table, item.place.division), []).append((power, item))
    for several in found.values():
        power = max(power for power, _ in several)
        chance = f"小于{_CHANCES[power - 2]}"
        told = "；".join(_of_digits(item) for _, item in several)
        facts = {"chance": chance, "tests": str(len(tested))}
        yield question_of(
            FindingKind.DIGITS,
            several[0][1].place,
            f"{told}。偏差这么大，纯属碰巧的机会{chance}（共比对 {len(tested)} 组，已按组数从严）。",
            "抽看这些数的原始记录，确认是逐项清点而不是估计或补写的；习惯取整的，写明做法后由督办人员消除。",
            facts,
            Decimal(power),
        )


def _of_digits(item: Digits) -> str:
    digit = item.foremost
    at = digit - 1 if item.first else digit
    wanted = round(item.shares[at] * item.total)
    where, law = ("首位", "首位数字规律") if item.first else ("末位", "均匀")
    return f"“{item.place.about}”共 {item.total} 个数，{where}是 {digit} 的有 {item.counts[at]} 个，按{law}应约 {wanted} 个"


def copy_findings(rules: GamingRules, seen: Iterable[Copies]) -> Iterator[Finding]:
    """Bodies with groups of rows that differ in their key alone."""
    for item in seen:
        groups = tuple(rows for rows in item.groups if rules.copied_rows and rows >= rules.copied_rows)
        if not groups:
            continue
        rows = sum(groups)
        several = f"共 {len(groups)} 组、{rows} 行" if len(groups) > 1 else f"{rows} 行"
        yield question_of(
            FindingKind.COPIED_ROWS,
            item.place,
            f"有{several}只有编号不同，{item.place.about}全都一样，最多的一组 {groups[0]} 行（{item.told}）。",
            "逐行核对原始记录；确是几处相同的（如同一批标准房），写明情况后由督办人员消除。",
            {"groups": str(len(groups)), "rows": str(rows), "most": str(groups[0]), "sure": "逐行比对，是确数"},
            Decimal(rows),
        )


def looks_back(indicator: Indicator) -> bool:
    """Whether it would be strange for this figure never to fall: what ought to become less, or is counted anew in each
    period. Totals that only grow by their nature are none."""
    own = indicator.measure not in (Measure.RATIO, Measure.REPORTS)
    fresh = indicator.span is Span.FLOW and indicator.direction is not Direction.UP
    return own and (fresh or (indicator.direction is Direction.DOWN and indicator.span is Span.STOCK))


def never_falls(
    rules: GamingRules, programme: str, figure: Figure, past: Sequence[Earlier], title: str
) -> Finding | None:
    """A figure that rose again and again over ``rules.never_falls`` reports and fell in none of them. ``past``: oldest
    first, of its reports alone; ``title``: of its table."""
    if rules.never_falls is None or figure.value is None or not looks_back(figure.indicator):
        return None
    course = [*(item.value for item in past if not item.carried), figure.value][-rules.never_falls :]
    rises = sum(after > before for before, after in pairwise(course))
    falls = sum(after < before for before, after in pairwise(course))
    if len(course) < rules.never_falls or falls or rises * 2 < len(course) - 1:
        return None
    place = Place(
        programme, figure.indicator.table, title, figure.division, figure.name, figure.indicator.title, figure.as_of
    )
    first, last = (print_value(figure.indicator, value) for value in (course[0], course[-1]))
    return question_of(
        FindingKind.NEVER_FALLS,
        place,
        f"“{figure.indicator.title}”连续 {len(course)} 次填报没有减少过，从{first}到{last}，其中 {rises} 次增加；"
        f"这个数应当有增有减，若增减机会相等，碰巧这样的机会是 {2**rises} 分之一。",
        "核对销号和更正是否都报了；确实没有减少的，写明原因后由督办人员消除。",
        {"reports": str(len(course)), "rises": str(rises), "chance": f"1/{2**rises}"},
        Decimal(rises),
        figure.indicator.code,
    )


def against_voices(rules: GamingRules, programme: str, figures: Iterable[Figure], lead: str) -> Iterator[Finding]:
    """Divisions that report to be on time while the people who rated there are dissatisfied. ``lead``: the code of the
    figure that the programme leads with."""
    known = {(figure.indicator.code, figure.division): figure for figure in figures}
    for (code, division), figure in known.items():
        count, average = known.get((COUNT, division)), known.get((AVERAGE, division))
        if code != lead or rules.voices is None or count is None or average is None:
            continue
        on_time = figure.behind_points is not None and figure.behind_points <= 0
        if not on_time or (count.value or 0) < rules.voices or average.value is None:
            continue
        if average.value >= rules.voice_average:
            continue
        place = Place(
            programme, figure.indicator.table, "", division, figure.name, figure.indicator.title, figure.as_of
        )
        yield question_of(
            FindingKind.AGAINST_VOICES,
            place,
            f"“{figure.indicator.title}”为{print_value(figure.indicator, figure.value)}，不落后于序时进度；而当地 "
            f"{print_value(count.indicator, count.value)}评分平均只有 {print_value(average.indicator, average.value)}。",
            "到现场看评分低的原因，抽查已报完成的条目；两者说的不是一回事的，写明后由督办人员消除。",
            {"voices": f"{count.value:f}", "average": f"{average.value:f}", "sure": "是两个数相反，不能说明谁对"},
            rules.voice_average - average.value,
            figure.indicator.code,
        )


def question_of(
    kind: FindingKind,
    place: Place,
    told: str,
    clears: str,
    facts: Mapping[str, str],
    weight: Decimal,
    indicator: str = "",
) -> Finding:
    """A pattern as a finding: what was seen, and what would clear it."""
    when = chinese_date(place.as_of)
    table = f"“{place.title}”" if place.title and not indicator else ""
    return Finding(
        kind,
        place.programme,
        indicator,
        place.division,
        place.as_of,
        f"截至{when}，{place.name}{table}{told}",
        clears,
        {"as_of": when, **facts},
        place.table,
        place.name,
        weight,
    )
