"""Service requests 服务请求 as Open311 GeoReport v2 has them (wiki.open311.org/GeoReport_v2): what one system asks of
another city's, and what that city's says of it. Whatever comes from there is a stranger's: it is read field by field,
cut to length, and what is no request is counted and left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.core.errors import Refused
from shishi.core.labels import Labelled

MOST = 500
"""Requests of one answer that are read at most."""
LONGEST_TEXT, LONGEST_WORD = 2000, 120
_NUMBER = re.compile(r"[\w.:/#-]{1,80}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class RequestState(Labelled):
    """GeoReport knows two."""

    OPEN = "open", "办理中"
    CLOSED = "closed", "已办结"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of the other city. No name, number or telephone of anybody: they are not its to know.
    ``latitude`` and ``longitude`` as texts of decimal degrees, ``""`` for none."""

    service: str
    description: str
    address: str = ""
    latitude: str = ""
    longitude: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """As the form of ``POST requests`` names them; what is empty is left out."""
        told = {
            "service_code": self.service,
            "description": self.description,
            "address_string": self.address,
            "lat": self.latitude if self.longitude else "",
            "long": self.longitude if self.latitude else "",
        }
        return {name: text for name, text in told.items() if text}


@dataclass(frozen=True, slots=True)
class Created:
    """What the other city says of a request that it took: its number, or a token by which the number is asked later."""

    number: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the other city tells it."""

    number: str
    state: RequestState
    notes: str = ""
    service: str = ""
    service_name: str = ""
    agency: str = ""
    description: str = ""
    address: str = ""
    latitude: str = ""
    longitude: str = ""
    requested_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A list of requests, and how many things in it were none."""

    requests: tuple[Request, ...]
    unreadable: int = 0


def read_created(document: object) -> Created:
    """The answer to ``POST requests``. ``Refused`` (open311_unreadable) where it has neither number nor token."""
    first = _items(document)[:1]
    told = first[0] if first and isinstance(first[0], Mapping) else {}
    number, token = _number(told.get("service_request_id")), _number(told.get("token"))
    if not number and not token:
        raise unreadable("没有请求编号，也没有 token")
    return Created(number, "" if number else token)


def read_requests(document: object) -> Answered:
    """The answer to ``GET requests``. ``Refused`` (open311_unreadable) for what is no list at all."""
    items = _items(document)[:MOST]
    found = [_request(item) for item in items]
    return Answered(tuple(item for item in found if item), sum(1 for item in found if item is None))


def unreadable(why: str) -> Refused:
    """The answer says nothing that can be used."""
    return Refused("open311_unreadable", f"对方的回答读不懂：{why}。请对方核对 Open311 接口。")


def _items(document: object) -> list[object]:
    """A bare array; some servers wrap it in an object of one key."""
    if isinstance(document, Mapping) and len(document) == 1:
        document = next(iter(document.values()))
    if not isinstance(document, list):
        raise unreadable("应为一个列表")
    return document


def _request(told: object) -> Request | None:
    if not isinstance(told, Mapping):
        return None
    number, state = _number(told.get("service_request_id")), told.get("status")
    if not number or state not in set(RequestState):
        return None
    latitude, longitude = _degrees(told.get("lat"), 90), _degrees(told.get("long"), 180)
    return Request(
        number=number,
        state=RequestState(state),
        notes=_text(told.get("status_notes"), LONGEST_TEXT),
        service=_text(told.get("service_code")),
        service_name=_text(told.get("service_name")),
        agency=_text(told.get("agency_responsible")),
        description=_text(told.get("description"), LONGEST_TEXT),
        address=_text(told.get("address")),
        latitude=latitude if longitude else "",
        longitude=longitude if latitude else "",
        requested_at=_moment(told.get("requested_datetime")),
        updated_at=_moment(told.get("updated_datetime")),
    )


def _number(told: object) -> str:
    """Numbers are written as numbers here and there."""
    text = str(told) if isinstance(told, int) and not isinstance(told, bool) else told
    return text if isinstance(text, str) and _NUMBER.fullmatch(text) else ""


def _text(told: object, most: int = LONGEST_WORD) -> str:
    return _CONTROL.sub("", told).strip()[:most] if isinstance(told, str) else ""


def _degrees(told: object, most: int) -> str:
    """Decimal degrees as they were written; ``""`` for what is none."""
    text = str(told).strip() if isinstance(told, str | int | float) and not isinstance(told, bool) else ""
    found = re.fullmatch(r"-?(\d{1,3})(\.\d{1,12})?", text, re.ASCII)
    return text if found and int(found[1]) < most else ""


def _moment(told: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
