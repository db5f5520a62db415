"""What there is, over the interface: programmes with their figures, processes with their forms; and who asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from django.http import HttpRequest
from ninja import Router, Schema

from shishi.apps.accounts.selectors import posts_of
from shishi.apps.divisions.selectors import find_division
from shishi.apps.indicators.selectors import Asked, Reckoning
from shishi.apps.programmes.selectors import programmes_for
from shishi.core.assurance import Basis
from shishi.core.calendars import day_of
from shishi.core.divisions import Level, official
from shishi.core.errors import Misuse
from shishi.core.indicators import Figure
from shishi.core.processes import Process
from shishi.core.tables import Table
from shishi.web.api.entrance import client_asking, person_asking
from shishi.web.api.interface import TROUBLES, Page, Size

router = Router(tags=["目录"])
LEVELS = {level.name.lower(): level for level in Level}


class Me(Schema):
    """Who asks, and how far it reaches."""

    client: str
    person: str
    until: date
    per_minute: int
    roles: list[str]


class IndicatorOut(Schema):
    """An indicator of a programme."""

    code: str
    title: str
    unit: str


class ProgrammeOut(Schema):
    """A programme."""

    name: str
    pack: str
    title: str
    promise: str
    division: str
    indicators: list[IndicatorOut]


class FieldOut(Schema):
    """A field of a form. ``values``: code → words, where only these are taken."""

    name: str
    title: str
    type: str
    required: bool
    values: dict[str, str]


class ProcessOut(Schema):
    """A process. ``form``: what a case is opened with; ``programme`` is empty where any may be meant."""

    name: str
    title: str
    programme: str
    form: list[FieldOut]


class FigureOut(Schema):
    """A figure as known at a moment. Decimals are strings in the indicator's unit; null is 未报 (not reported)."""

    indicator: str
    division: str
    name: str
    value: str | None
    unit: str
    numerator: str | None
    denominator: str | None
    target: str | None
    expected: str | None
    behind_points: str | None
    behind_days: int | None
    assurance: dict[str, str | None]
    carried_from: date | None
    due: int
    received: int
    versions: dict[str, int]


class Figures(Schema):
    """A page of figures."""

    items: list[FigureOut]
    page: int
    count: int
    more: bool


@router.get("/me/", response={200: Me, **TROUBLES}, url_name="me", summary="我是谁")
def me(request: HttpRequest) -> dict[str, object]:
    """The client that asks, and as whom."""
    client = client_asking(request)
    roles = sorted({str(post.role) for post in posts_of(client.person, day_of(datetime.now(UTC)))})
    told = {"client": client.title, "person": client.person.username, "until": client.until}
    return {**told, "per_minute": client.per_minute, "roles": roles}


@router.get("/programmes/", response={200: list[ProgrammeOut], **TROUBLES}, url_name="programmes", summary="重点项目")
def programmes(request: HttpRequest) -> list[dict[str, object]]:
    """The programmes within reach."""
    found = programmes_for(person_asking(request), at=datetime.now(UTC))
    return [
        {
            "name": item.name,
            "pack": pack.name,
            "title": item.title,
            "promise": item.promise,
            "division": official(item.division),
            "indicators": [{"code": one.code, "title": one.title, "unit": one.unit} for one in item.indicators],
        }
        for pack, item in found
    ]


@router.get(
    "/programmes/{jurisdiction}/{year}/{code}/figures/",
    response={200: Figures, **TROUBLES},
    url_name="figures",
    summary="一个项目的数字",
)
def figures(
    request: HttpRequest,
    jurisdiction: str,
    year: int,
    code: str,
    as_of: date,
    division: str = "",
    level: str = "",
    basis: str = "reported",
    known_at: datetime | None = None,
    period: str = "",
    indicator: str = "",
    page: Page = 1,
    size: Size = 100,
) -> dict[str, object]:
    """Figures as of a day, known at a moment (now), of a division and with ``level`` of all its divisions of that
    level. ``indicator``: codes, with commas between."""
    if level and level not in LEVELS:
        raise Misuse("level_unknown", f"没有“{level[:20]}”这一级。可选：{'、'.join(LEVELS)}。")
    if basis not in {item.value for item in Basis}:
        raise Misuse("basis_unknown", f"没有“{basis[:20]}”这种口径。可选：{'、'.join(item.value for item in Basis)}。")
    if known_at is not None and known_at.tzinfo is None:
        raise Misuse("moment_without_zone", "known_at 要带时区，例如 2021-09-30T18:00:00+08:00。")
    asked = Asked(
        programme=f"{jurisdiction}/{year}/{code}",
        as_of=as_of,
        known_at=known_at,
        division=find_division(division, as_of).code if division else "",
        level=LEVELS[level] if level else None,
        basis=Basis(basis),
        period=period,
        indicators=tuple(item.strip() for item in indicator.split(",") if item.strip()),
    )
    found = Reckoning(person_asking(request), asked, datetime.now(UTC)).figures()
    start = (page - 1) * size
    items = [_figure(item) for item in found[start : start + size]]
    return {"items": items, "page": page, "count": len(found), "more": start + size < len(found)}


@router.get("/processes/", response={200: list[ProcessOut], **TROUBLES}, url_name="processes", summary="办事流程")
def processes(request: HttpRequest) -> list[dict[str, object]]:
    """The processes of the packs within reach, with the form that a case is opened with."""
    return [
        {
            "name": item.name,
            "title": item.title,
            "programme": item.programme,
            "form": _fields(item.forms[item.starts.form]) if item.starts.form else [],
        }
        for item in _processes(request)
    ]


def _processes(request: HttpRequest) -> Iterator[Process]:
    """Each once, as far as the person reaches a programme of its pack."""
    found = programmes_for(person_asking(request), at=datetime.now(UTC))
    names = {programme.name for _, programme in found}
    packs = {pack.name: pack for pack, _ in found}
    for pack in packs.values():
        yield from (item for item in pack.processes if not item.programme or item.programme in names)


def _fields(form: Table) -> list[dict[str, object]]:
    return [
        {
            "name": item.name,
            "title": item.title,
            "type": item.type.value,
            "required": item.required,
            "values": {choice.value: choice.title for choice in item.values},
        }
        for item in form.fields
    ]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _figure(figure: Figure) -> dict[str, object]:
    numbers = ("value", "numerator", "denominator", "target", "expected", "behind_points")
    return {
        **{name: _text(getattr(figure, name)) for name in numbers},
        "indicator": figure.indicator.code,
        "division": official(figure.division),
        "name": figure.name,
        "unit": figure.indicator.unit,
        "behind_days": figure.behind_days,
        "assurance": {basis.value: _text(value) for basis, value in figure.assurance.items()},
        "carried_from": figure.carried_from,
        "due": figure.reporting.due,
        "received": figure.reporting.received,
        "versions": dict(figure.versions),
    }
