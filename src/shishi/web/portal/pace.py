"""How many ratings, codes, tries one address may send in an hour. Kept in memory, as a digest with a salt that dies
with the process."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock

from django.conf import settings
from django.http import HttpRequest

from shishi.core.errors import Refused

HOUR = timedelta(hours=1)
MOST_ADDRESSES = 50_000
TOO_MANY_RATINGS = ("too_many_ratings", "这个网络一小时内评得太多了，这一次没有记下。请过一个小时再来。")


class Pace:
    """The hand-ins of the last hour, by address. What is oldest is forgotten first. ``most`` an hour and ``refused``,
    the code and words of the refusal: those of ratings, unless told."""

    def __init__(self, most: int = 0, refused: tuple[str, str] = TOO_MANY_RATINGS) -> None:
        self._most, self._refused = most, refused
        self._salt = secrets.token_bytes(16)
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def count(self, address: str, at: datetime) -> int:
        """How much of the last hour is noted of the address."""
        with self._lock:
            return sum(1 for moment in self._seen.get(self._name(address), ()) if moment >= at - HOUR)

    def require(self, address: str, at: datetime) -> None:
        """``Refused`` (as told) when the address has sent enough; nothing is noted."""
        if self.count(address, at) >= (self._most or settings.RATINGS_PER_HOUR):
            raise Refused(*self._refused)

    def _name(self, address: str) -> str:
        return hashlib.sha256(self._salt + _network(address).encode()).hexdigest()

    def step(self, address: str, weight: int, at: datetime) -> None:
        """Note a hand-in; ``Refused`` (too_many_ratings, or as told) when the address has sent enough."""
        self._note(self._name(address), weight, at)

    def note(self, name: str, weight: int, at: datetime) -> None:
        """The same of somebody who is known by name."""
        self._note(hashlib.sha256(self._salt + b"name:" + name.encode()).hexdigest(), weight, at)

    def _note(self, name: str, weight: int, at: datetime) -> None:
        with self._lock:
            seen = self._seen.setdefault(name, deque())
            self._seen.move_to_end(name)
            while seen and seen[0] < at - HOUR:
                seen.popleft()
            if len(seen) + weight > (self._most or settings.RATINGS_PER_HOUR):
                raise Refused(*self._refused)
            seen.extend([at] * weight)
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a proxy the one that the proxy names, where the operator said in which header."""
    header = settings.CLIENT_ADDRESS_HEADER
    return str(request.headers.get(header, "") if header else request.META.get("REMOTE_ADDR", ""))


def _network(address: str) -> str:
    """An IPv6 household has 2^64 addresses: its network counts as one."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return ""
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else str(found)
