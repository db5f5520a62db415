"""Citations 引用: a printed number and the frozen question that it answers, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from shishi.core.assurance import Basis
from shishi.core.errors import Refused
from shishi.core.indicators import Figure

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


def number_of(figure: Figure, aspect: Aspect) -> Decimal | None:
    """The number of ``figure`` that ``aspect`` names; days come as a whole ``Decimal``."""
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
    }[aspect]
    return Decimal(found) if isinstance(found, int) else found


def cite(
    id: str, programme: str, figure: Figure, printed: str, aspect: Aspect = Aspect.VALUE, period: str = ""
) -> Citation:
    """The citation of one number of a figure, under an ``id`` that is unique in its document."""
    return Citation(
        id=id,
        programme=programme,
        indicator=figure.indicator.code,
        division=figure.division,
        as_of=figure.as_of,
        known_at=figure.known_at,
        value=number_of(figure, aspect),
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


def _read(position: int, entry: object) -> Citation:
    try:
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
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as fault:
        raise Refused(
            "citations_unreadable", f"第{position}条引用缺项或写法不对（{fault}）。请使用未经改动的 .json 文件。"
        ) from fault


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
