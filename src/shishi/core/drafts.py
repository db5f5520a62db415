"""Drafts 拟稿: prose that people write around numbers which they cannot write.

In a paragraph a number stands as a token (``{引用3}``) and a sentence of the work record as ``{纪实2}``; what is printed in
its place always comes from the question that the token names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shishi.core.errors import Issue, Refused

_TOKEN = re.compile(r"\{\s*(引用|纪实)\s*(\d{1,5})\s*\}", re.ASCII)
_NUMBER = re.compile(r"\d[\d,，.．]*\s*[%％‰万亿千百个套户件人元]?")
_NAMED = re.compile(r"\d{1,4}\s*(?:年|月|日|时|分|号|期|届|季度|第)|第\s*\d+|〔\d+〕|^\s*\d+[.、．]", re.MULTILINE)
LONGEST = 5_000
"""Characters of one paragraph."""


class DraftState(StrEnum):
    """Where a draft is: it is written, frozen for its signers, published under a number, or let go."""

    WRITING = "writing"
    FROZEN = "frozen"
    PUBLISHED = "published"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        """What people call it."""
        return {"writing": "起草中", "frozen": "待签", "published": "已签发", "dropped": "已作废"}[self.value]


class Source(StrEnum):
    """What a token stands for."""

    FIGURE = "引用"
    ENTRY = "纪实"


@dataclass(frozen=True, slots=True)
class Token:
    """A number or a sentence in prose, by its key in the draft."""

    source: Source
    key: str

    def __str__(self) -> str:
        return f"{{{self.source.value}{self.key}}}"


def parts(text: str) -> Iterator[str | Token]:
    """The text and the tokens of a paragraph, in order. ``Refused`` (token_malformed) for a brace that is no token."""
    begun = 0
    for found in _TOKEN.finditer(text):
        if found.start() > begun:
            yield _plain(text[begun : found.start()])
        yield Token(Source(found[1]), str(int(found[2])))
        begun = found.end()
    if begun < len(text):
        yield _plain(text[begun:])


def _plain(text: str) -> str:
    wrong = next((at for at, sign in enumerate(text) if sign in "{}"), None)
    if wrong is not None:
        near = text[max(0, wrong - 6) : wrong + 10]
        message = f"“{near}”里的花括号不是引用。数字请用“插入引用”放进来，写成 {{引用1}} 的样子；不需要时删去花括号。"
        raise Refused("token_malformed", message, [Issue("token_malformed", message, field="text")])
    return text


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a paragraph, in order."""
    return tuple(part for part in parts(text) if isinstance(part, Token))


def with_token(text: str, token: Token, offset: int | None = None) -> str:
    """The paragraph with a token after its first ``offset`` characters, never inside another token; at the end without
    one, or beyond it."""
    place = len(text) if offset is None else max(0, min(offset, len(text)))
    for found in _TOKEN.finditer(text):
        if found.start() < place < found.end():
            place = found.end()
    return f"{text[:place]}{token}{text[place:]}"


def typed_numbers(text: str) -> tuple[str, ...]:
    """Numbers that were typed and so answer no question; days, ordinals and numbers of documents are none."""
    rest = _NAMED.sub("", _TOKEN.sub("", text))
    return tuple(dict.fromkeys(found[0].strip() for found in _NUMBER.finditer(rest)))
