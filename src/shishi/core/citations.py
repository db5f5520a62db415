"""Citations 引用: a printed number and the frozen question that it answers, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

from shishi.core.assurance import Basis
from shishi.core.errors import Refused
from shishi.core.indicators import Figure
from shishi.core.printing import quotient
from shishi.core.rankings import Ranking

UNREPORTED = "未报"


class Aspect(StrEnum):
    """Which number of a figure is printed."""

    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    TARGET = "target"
    EXPECTED = "expected"
    BEHIND_POINTS = "behind_points"
    BEHIND_DAYS = "behind_days"
    DUE = "due"
    RECEIVED = "received"
    RATE = "rate"
    SILENT = "silent"
    PLACE = "place"
    RANKED = "ranked"

    @property
    def of_ranking(self) -> bool:
        """Whether the number comes out of the ranking of all supervised divisions, not out of one figure."""
        return self in (Aspect.PLACE, Aspect.RANKED)


@dataclass(frozen=True, slots=True)
class Citation:
    """The question (indicator, division, two times, basis, period, versions of the definitions) and its answer.

    ``value`` is exact, in the unit of the aspect, ``None`` when never reported; ``printed`` is what the page shows.
    ``known_at`` is aware UTC; ``period`` is a label such as ``2021-09-H2``, empty for stocks.
    """

    id: str
    programme: str
    indicator: str
    division: str
    as_of: date
    known_at: datetime
    value: Decimal | None
    printed: str
    basis: Basis = Basis.REPORTED
    period: str = ""
    aspect: Aspect = Aspect.VALUE
    versions: Mapping[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The citation as the ``.json`` beside a brief holds it; decimals are strings, times ISO 8601."""
        return {
            "id": self.id,
            "programme": self.programme,
            "indicator": self.indicator,
            "division": self.division,
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat(),
            "basis": self.basis.value,
            "period": self.period,
            "aspect": self.aspect.value,
            "value": None if self.value is None else str(self.value),
            "printed": self.printed,
            "versions": dict(self.versions),
        }


@dataclass(frozen=True, slots=True)
class EntryCitation:
    """A sentence and the entry of the work record that it was taken from: which state of it (``revision``, a sequence
    of the ledger) and by which ``batch`` that came in. ``table`` is a full name, ``known_at`` aware UTC."""

    id: str
    programme: str
    table: str
    entry: UUID
    revision: int
    batch: str
    as_of: date
    known_at: datetime
    printed: str

    def document(self) -> dict[str, object]:
        """The citation as the ``.json`` beside a brief holds it."""
        told = {name: getattr(self, name) for name in ("id", "programme", "table", "revision", "batch", "printed")}
        times = {"as_of": self.as_of.isoformat(), "known_at": self.known_at.isoformat()}
        return {**told, **times, "entry": str(self.entry)}


def number_of(figure: Figure, aspect: Aspect, ranking: Ranking | None = None) -> Decimal | None:
    """The number of ``figure`` that ``aspect`` names; days and units come as a whole ``Decimal``, the rate (value by
    target) in percent with one decimal, a place and the number of those ranked out of the ``ranking``."""
    if aspect.of_ranking:
        return ranking.number(figure.division, placed=aspect is Aspect.PLACE) if ranking else None
    found = {
        Aspect.VALUE: figure.value,
        Aspect.NUMERATOR: figure.numerator,
        Aspect.DENOMINATOR: figure.denominator,
        Aspect.TARGET: figure.target,
        Aspect.EXPECTED: figure.expected,
        Aspect.BEHIND_POINTS: figure.behind_points,
        Aspect.BEHIND_DAYS: figure.behind_days,
        Aspect.DUE: figure.reporting.due,
        Aspect.RECEIVED: figure.reporting.received,
        Aspect.RATE: quotient(figure.value, figure.target, 1, percent=True),
        Aspect.SILENT: figure.reporting.due - figure.reporting.received,
    }[aspect]
    return Decimal(found) if isinstance(found, int) else found


def cite(
    id: str,
    programme: str,
    figure: Figure,
    printed: str,
    aspect: Aspect = Aspect.VALUE,
    period: str = "",
    ranking: Ranking | None = None,
) -> Citation:
    """The citation of one number of a figure, under an ``id`` that is unique in its document."""
    return Citation(
        id=id,
        programme=programme,
        indicator=figure.indicator.code,
        division=figure.division,
        as_of=figure.as_of,
        known_at=figure.known_at,
        value=number_of(figure, aspect, ranking),
        printed=printed,
        basis=figure.basis,
        period=period,
        aspect=aspect,
        versions=dict(figure.versions),
    )


def citations_of(document: object) -> tuple[Citation, ...]:
    """Read back what :func:`shishi.core.documents.citations_document` wrote.

    Raises ``Refused("citations_unreadable")`` with the position of the entry that is wrong.
    """
    listed = document.get("citations") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Refused("citations_unreadable", "文件中没有“citations”清单。请使用与简报同时生成的 .json 文件。")
    return tuple(_read(position, entry) for position, entry in enumerate(listed, start=1))


def entry_citations_of(document: object) -> tuple[EntryCitation, ...]:
    """The sentences' citations in what :func:`shishi.core.documents.citations_document` wrote; none in a paper from
    before there was a work record. Raises ``Refused("citations_unreadable")``."""
    listed = document.get("entries", []) if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Refused("citations_unreadable", "文件中的“entries”不是清单。请使用与简报同时生成的 .json 文件。")
    return tuple(_read_entry(position, entry) for position, entry in enumerate(listed, start=1))


def _read_entry(position: int, entry: object) -> EntryCitation:
    with _told(f"第{position}条引文"):
        if not isinstance(entry, dict):
            raise TypeError("不是一条引用")
        return EntryCitation(
            **{name: _text(entry, name) for name in ("id", "programme", "table", "batch", "printed")},
            entry=UUID(_text(entry, "entry")),
            revision=int(entry["revision"]),
            as_of=date.fromisoformat(_text(entry, "as_of")),
            known_at=_moment(_text(entry, "known_at")),
        )


@contextmanager
def _told(place: str) -> Iterator[None]:
    """What cannot be read is told with its place."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as fault:
        message = f"{place}缺项或写法不对（{fault}）。请使用未经改动的 .json 文件。"
        raise Refused("citations_unreadable", message) from fault


def _read(position: int, entry: object) -> Citation:
    with _told(f"第{position}条引用"):
        if not isinstance(entry, dict):
            raise TypeError("不是一条引用")
        seen = {name: _text(entry, name) for name in _TEXTS}
        return Citation(
            id=seen["id"],
            programme=seen["programme"],
            indicator=seen["indicator"],
            division=seen["division"],
            as_of=date.fromisoformat(seen["as_of"]),
            known_at=_moment(seen["known_at"]),
            value=None if entry["value"] is None else _number(_text(entry, "value")),
            printed=seen["printed"],
            basis=Basis(seen["basis"]),
            period=seen["period"],
            aspect=Aspect(seen["aspect"]),
            versions={name: int(version) for name, version in entry["versions"].items()},
        )


_TEXTS = (
    *("id", "programme", "indicator", "division", "as_of"),
    *("known_at", "printed", "basis", "period", "aspect"),
)


def _text(entry: Mapping[str, object], name: str) -> str:
    value = entry[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} 不是文本")
    return value


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("known_at 没有写时区")
    return found


def _number(text: str) -> Decimal:
    found = Decimal(text)
    if not found.is_finite():
        raise ValueError("value 不是数字")
    return found
