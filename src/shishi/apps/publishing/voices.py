"""Voices and forms: who rates is a keyed digest of a token in a signed cookie, and each form is taken once.

There are no accounts yet. A browser gets a random token; the digest of the token with promise and place is its voice,
so that the same browser is known again for the same question and for no other, and nobody can go back from a row to a
browser. A form is signed, bound to its question and its voice, not taken before a few seconds have passed and not after
an hour. A machine shows that it worked for it (ALTCHA, proof of work); who has no script answers a small sum instead.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import altcha

from shishi.apps.files.services import key_ring
from shishi.core.errors import Misuse, Refused

LIVES, NOT_BEFORE = timedelta(hours=1), timedelta(seconds=3)
ALGORITHM, COST = "PBKDF2/SHA-256", 2000
"""About a quarter of a million rounds of SHA-256 for each voice: a second of a phone, a day for a hundred thousand."""
DIGITS = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A form as it was handed out. ``token`` is the browser's, ``made_at`` in
    seconds; ``sum_of``: the small question."""

    id: str
    programme: str
    division: str
    token: str
    made_at: int
    sum_of: tuple[int, int]

    @property
    def question(self) -> str:
        """The small sum in words, so that it is read aloud rightly."""
        return f"{DIGITS[self.sum_of[0]]}加{DIGITS[self.sum_of[1]]}等于几？"

    @property
    def voice(self) -> str:
        """The digest under which this browser counts for this promise and place."""
        return key_ring().digest(f"{self.token}\x1f{self.programme}\x1f{self.division}", "rating.voice")

    @property
    def runs_out(self) -> datetime:
        """When it is not taken any more."""
        return datetime.fromtimestamp(self.made_at, UTC) + LIVES


def hand_out(programme: str, division: str, cookie: str, at: datetime) -> Ticket:
    """A new form for the browser of that cookie; a new browser when the cookie is none of ours."""
    numbers = (secrets.randbelow(9) + 1, secrets.randbelow(9) + 1)
    token = token_of(cookie) or secrets.token_urlsafe(24)
    return Ticket(secrets.token_urlsafe(18), programme, division, token, int(at.timestamp()), numbers)


def sealed(ticket: Ticket) -> str:
    """The form's signed text."""
    text = urlsafe_b64encode(json.dumps(asdict(ticket)).encode()).decode()
    return f"{text}.{key_ring().digest(text, 'rating.ticket')}"


def take_in(text: str, at: datetime) -> Ticket:
    """The form that comes back. ``Misuse``: ticket_malformed; ``Refused``: ticket_too_early, ticket_run_out."""
    body, _, signature = text.partition(".")
    if not body or not secrets.compare_digest(key_ring().digest(body, "rating.ticket"), signature):
        raise Misuse("ticket_malformed", "这张表不是本站发出的，或被改动过。请重新打开评分页面。")
    told = json.loads(urlsafe_b64decode(body))
    ticket = Ticket(**{**told, "sum_of": tuple(told["sum_of"])})
    if at < datetime.fromtimestamp(ticket.made_at, UTC) + NOT_BEFORE:
        raise Refused("ticket_too_early", "提交得太快了，没有记下。请停几秒再按一次“提交”。")
    if at > ticket.runs_out:
        raise Refused("ticket_run_out", "这张表打开超过一小时，已经失效，没有记下。请重新选一次再提交。")
    return ticket


def cookie_of(token: str) -> str:
    """The signed cookie of a browser."""
    return f"{token}.{key_ring().digest(token, 'rating.cookie')}"


def token_of(cookie: str) -> str:
    """The token of a cookie of ours; empty for any other text."""
    token, _, signature = cookie.partition(".")
    ours = token and secrets.compare_digest(key_ring().digest(token, "rating.cookie").encode(), signature.encode())
    return token if ours else ""


def challenge(ticket: Ticket) -> dict[str, object]:
    """What a browser works out for this form (ALTCHA 2)."""
    made = altcha.create_challenge(
        ALGORITHM, COST, expires_at=ticket.runs_out, data={"ticket": ticket.id}, hmac_secret=_secret()
    )
    document: dict[str, object] = made.to_dict()
    return document


def worked(ticket: Ticket, payload: str) -> bool:
    """Whether the work for this very form was done."""
    try:
        found = altcha.Payload.from_base64(payload)
        data = found.challenge.parameters.data or {}
        return data.get("ticket") == ticket.id and altcha.verify_solution(found, _secret()).verified is True
    except (ValueError, KeyError, TypeError):
        return False


def answered(ticket: Ticket, answer: str) -> bool:
    """Whether the small sum is right, in digits of any width or in words."""
    wanted = sum(ticket.sum_of)
    words = {str(wanted), _in_words(wanted)}
    return "".join(answer.split()).translate(str.maketrans("０１２３４５６７８９", "0123456789")) in words


def _in_words(number: int) -> str:
    return DIGITS[number] if number <= 10 else f"十{DIGITS[number - 10]}"


def _secret() -> str:
    return key_ring().digest("altcha", "rating.work")
