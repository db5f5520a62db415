"""Standings in the language of whoever reads: the states of figures are named in the core, in Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop, ngettext

from shishi.core import standings
from shishi.core.indicators import Figure

NAMES = (
    gettext_noop("从未填报"),
    gettext_noop("没有数据"),
    gettext_noop("当期未报"),
    gettext_noop("未报"),
    gettext_noop("无序时进度"),
    gettext_noop("逾期"),
    gettext_noop("落后"),
    gettext_noop("领先"),
    gettext_noop("持平"),
)
"""What the core calls them, for the catalogue."""


@dataclass(frozen=True, slots=True)
class State:
    """As in the core: ``kind`` gives shape and colour, ``word`` says the same."""

    kind: str
    word: str


def state(figure: Figure) -> State:
    """Where a figure stands, in the language of the page."""
    return worded(standings.state(figure))


def worded(found: standings.State) -> State:
    """The same state with its word in the language of the page."""
    name = gettext(found.name)
    if not found.days:
        return State(found.kind, name)
    told = ngettext("%(state)s %(days)s 天", "%(state)s %(days)s 天", found.days)
    return State(found.kind, told % {"state": name, "days": found.days})
