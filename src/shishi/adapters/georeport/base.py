"""The port: another city's server takes a request, and tells of those that it has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shishi.core.errors import ShishiError
from shishi.core.service_requests import Answered, Asking, Created


class ServerFailed(ShishiError):
    """It could not be reached, or did not take what was sent; it may be tried again. Code ``open311_unreachable`` or
    ``open311_refused``."""


class RequestServer(Protocol):
    """One endpoint. Everything raises :class:`ServerFailed`, and ``Refused`` (open311_unreadable) for an answer that
    says nothing."""

    def create(self, asking: Asking, key: str) -> Created:
        """Ask for a service. ``key``: the same key is the same request, for a server that heeds it."""

    def number_of(self, token: str) -> str:
        """The number that a token has become, ``""`` while there is none."""

    def request(self, number: str) -> Answered:
        """One request as it stands now."""

    def since(self, moment: datetime, services: Sequence[str]) -> Answered:
        """Requests that were made there since; of these services alone, where any are named."""
