"""Who looks, when, and at what: the acting person, the moment, and the question that a page's address asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.middleware import get_user
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.divisions.selectors import find_division
from shishi.apps.indicators.selectors import Asked
from shishi.apps.programmes.selectors import programmes_for
from shishi.apps.supervision.selectors import usual_day
from shishi.core.assurance import Basis
from shishi.core.calendars import SHANGHAI, day_of
from shishi.core.divisions import COUNTRY, official
from shishi.core.errors import Misuse
from shishi.core.programmes import Pack, Programme

if TYPE_CHECKING:
    from shishi.apps.accounts.selectors import Person


class Viewer:
    """The signed-in person, and now. A page asks for it by :meth:`of`."""

    def __init__(self, person: Person, at: datetime) -> None:
        self.person = person
        self.at = at

    @classmethod
    def of(cls, request: HttpRequest) -> Viewer:
        """Who looks; the same all through one request. ``Misuse`` (not_signed_in) where nobody is: pages that need a
        person are behind a door that asks for one."""
        known: Viewer | None = getattr(request, "viewer", None)
        if known is None:
            known = cls(person_of(request), datetime.now(UTC))
            vars(request)["viewer"] = known
        return known

    @property
    def today(self) -> date:
        """The day of now."""
        return day_of(self.at)

    def may(self, action: Action, division: str = COUNTRY, programme: str = "") -> bool:
        """Whether the person may do it there now, for a page to show or to leave out a button."""
        return may(self.person, action, division, programme, day_of(self.at))

    @property
    def reads_audit(self) -> bool:
        """Whether the trail is theirs to read."""
        return self.may(Action.READ_AUDIT)

    def programme(self, name: str) -> tuple[Pack, Programme]:
        """A programme within reach by its full name; ``Misuse`` (unknown_programme) otherwise."""
        for pack, programme in programmes_for(self.person, at=self.at):
            if programme.name == name:
                return pack, programme
        raise Misuse("unknown_programme", "没有这个重点项目，或它不在您的查看范围内。请从“重点项目”页进入。")

    def usual_day(self, programme: Programme) -> date:
        """The day of a page when none is asked for: the last stocktake's, else the last report's, else today."""
        return usual_day(programme, self.at)


def person_of(request: HttpRequest) -> Person:
    """The person who is signed in; ``Misuse`` (not_signed_in)."""
    # Django wraps the person until somebody looks; within the request that signs in it is the person already.
    found: Any = get_user(request) if isinstance(request.user, SimpleLazyObject) else request.user
    if not found.is_authenticated:
        raise Misuse("not_signed_in", "请先登录。")
    person: Person = found
    return person


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks: days as typed, each checked. ``known_at`` ``None`` is now."""

    as_of: date | None
    known_at: datetime | None
    division: str
    basis: Basis
    indicator: str
    page: int

    def asked(self, programme: Programme, usual: date) -> Asked:
        """The request for figures; ``usual`` is the day when none is asked for."""
        return Asked(
            programme=programme.name,
            as_of=self.as_of or usual,
            known_at=self.known_at,
            division=self.division,
            basis=self.basis,
            indicators=(self.indicator,) if self.indicator else (),
        )

    def address(self, as_of: date, **other: str) -> str:
        """The query string that asks the same of another page, without its ``?``."""
        told = {
            "as_of": as_of.isoformat(),
            "known_at": f"{self.known_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}" if self.known_at else "",
            "division": official(self.division) if self.division else "",
            "basis": self.basis.value if self.basis is not Basis.REPORTED else "",
        }
        return urlencode({name: value for name, value in (told | other).items() if value})


def query_of(request: HttpRequest) -> Query:
    """Read the address; ``Misuse`` (day_malformed, time_malformed, basis_unknown, page_malformed, division_…)."""
    given = request.GET
    as_of = day_in(given.get("as_of", ""))
    division = given.get("division", "").strip()
    return Query(
        as_of=as_of,
        known_at=moment_in(given.get("known_at", "")),
        division=find_division(division, as_of).code if division else "",
        basis=_basis(given.get("basis", "")),
        indicator=given.get("indicator", ""),
        page=_page(given.get("page", "")),
    )


def day_in(text: str) -> date | None:
    """A day as an address says it; ``None`` for nothing, ``Misuse`` (day_malformed) for what is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise Misuse("day_malformed", f"日期“{text[:20]}”写法不对，应如 2021-09-30。") from wrong


def moment_in(text: str) -> datetime | None:
    """A moment of Shanghai when no zone is given."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise Misuse("time_malformed", f"时间“{text[:30]}”写法不对，应如 2021-09-30T18:00。") from wrong
    if found is None:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _basis(text: str) -> Basis:
    try:
        return Basis(text or "reported")
    except ValueError as wrong:
        raise Misuse("basis_unknown", f"没有“{text[:20]}”这种口径。可选：填报、有佐证、已核实。") from wrong


def _page(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 10**6 and len(text) < 8):
        raise Misuse("page_malformed", f"页码“{text[:20]}”不对，应为从 1 起的整数。")
    return int(text or 1)
