"""Quoting figures: every number that goes into a document gets its citation here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from shishi.core.blocks import Run, number
from shishi.core.citations import UNREPORTED, Aspect, Citation, EntryCitation, cite, number_of
from shishi.core.indicators import Figure, Indicator, Span
from shishi.core.printing import print_decimal, print_value
from shishi.core.rankings import Ranking
from shishi.core.work_record import WorkEntry


@dataclass
class Quotes:
    """Collects citations of one document; the same number printed the same way keeps one citation."""

    programme: str
    period: str = ""
    _known: dict[tuple[str, ...], Citation] = field(default_factory=dict)
    _entries: dict[tuple[UUID, int], EntryCitation] = field(default_factory=dict)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All of them, in the order in which they were made."""
        return tuple(self._known.values())

    @property
    def entries(self) -> tuple[EntryCitation, ...]:
        """Those of sentences from the work record."""
        return tuple(self._entries.values())

    def within(self, programme: str, period: str) -> Quotes:
        """For another programme of the same document."""
        return replace(self, programme=programme, period=period)

    def sentence(self, item: WorkEntry, table: str, as_of: date, known_at: datetime) -> Run:
        """What an entry of the work record says."""
        identity = f"e{len(self._entries) + 1}"
        asked = (self.programme, table, item.entry, item.revision, item.batch, as_of, known_at)
        cited = self._entries.setdefault(
            (item.entry, item.revision), EntryCitation(identity, *asked, printed=item.sentence)
        )
        return Run(item.sentence, cited.id)

    def value(self, figure: Figure) -> Run:
        """The figure in its printed form, with its unit."""
        return self.run(figure, Aspect.VALUE, print_value(figure.indicator, figure.value))

    def bare(self, figure: Figure) -> Run:
        """The figure whole and without its unit, for a column whose head names the unit."""
        scale = max(figure.indicator.scale, 0)
        return self.run(figure, Aspect.VALUE, UNREPORTED if figure.value is None else _plain(figure.value, scale))

    def aspect(self, figure: Figure, aspect: Aspect) -> Run:
        """Another number of the figure (target, expected, points, days), plain."""
        return self.run(figure, aspect, printed_aspect(figure.indicator, aspect, number_of(figure, aspect)))

    def place(self, figure: Figure, ranking: Ranking, aspect: Aspect = Aspect.PLACE) -> Run:
        """The figure's place in a ranking, or how many were ranked, plain."""
        printed = printed_aspect(figure.indicator, aspect, number_of(figure, aspect, ranking))
        return self.run(figure, aspect, printed, ranking)

    def run(self, figure: Figure, aspect: Aspect, printed: str, ranking: Ranking | None = None) -> Run:
        """A number of the figure in a printed form of the caller's; each form of a number is one citation."""
        key = (
            self.programme,
            figure.indicator.code,
            figure.division,
            figure.as_of.isoformat(),
            figure.basis,
            aspect,
            printed,
        )
        if key not in self._known:
            period = self.period if figure.indicator.span is Span.FLOW else ""
            identity = f"c{len(self._known) + 1}"
            self._known[key] = cite(identity, self.programme, figure, printed, aspect, period, ranking)
        return number(self._known[key])


def printed_aspect(indicator: Indicator, aspect: Aspect, value: Decimal | None) -> str:
    """How a number beside the value (target, expected, points, days, dues) is printed, without a unit."""
    if value is None:
        return UNREPORTED
    if aspect is Aspect.RATE:
        return f"{print_decimal(value, 1)}%"
    if aspect is Aspect.BEHIND_POINTS:
        # Always two decimals: a column of gaps stands on its decimal points in every program.
        return print_decimal(value, 2)
    return _plain(value, max(indicator.scale, 0) if aspect in (Aspect.TARGET, Aspect.EXPECTED) else 2)


def _plain(value: Decimal, scale: int) -> str:
    """At most ``scale`` decimals, none that say nothing."""
    text = print_decimal(value, scale)
    return text.rstrip("0").rstrip(".") if "." in text else text


def gap_state(figure: Figure) -> str:
    """One word for where a figure stands against its trajectory."""
    if figure.value is None:
        return UNREPORTED
    if figure.behind_points is None:
        return "—"
    if figure.behind_points > 0:
        return "落后"
    return "领先" if figure.behind_points < 0 else "持平"
