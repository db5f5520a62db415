"""The port: a table goes out as a form, a filled form comes back as texts of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shishi.core.tables import Table

AS_OF, EXPLANATION = "shishi_as_of", "shishi_explanation"
"""Questions of every form that are no fields of its table: the as-of day, and the 核实说明."""
STARTED, ENDED = "shishi_started", "shishi_ended"
"""What the app writes by itself: when the form was opened, and when it was finished."""


@dataclass(frozen=True)
class FormAsked:
    """A table as a form for somebody: ``divisions`` that they may choose from (official code, name), none: a code is
    typed; ``photos``: the file fields whose photos the pack permits."""

    table: Table
    divisions: tuple[tuple[str, str], ...] = ()
    photos: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class XForm:
    """A form as it is handed out. ``md5`` is the checksum that OpenRosa asks for; it proves nothing."""

    id: str
    version: str
    title: str
    xml: bytes
    md5: str


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form that came back. ``instance`` is its identity, ``replaces`` the one that it corrects; ``answers``: question
    → text, as the device wrote it, empty ones too; ``version`` the form's."""

    form: str
    version: str
    instance: str
    replaces: str
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def as_of(self) -> date | None:
        """The as-of day that was chosen; ``None`` when there is none or it is no day."""
        try:
            return date.fromisoformat(self.answers.get(AS_OF, "")[:10])
        except ValueError:
            return None

    @property
    def took(self) -> timedelta | None:
        """How long the form was being filled in, as the device tells it; ``None``: it does not, or it can't be."""
        try:
            began, ended = (datetime.fromisoformat(self.answers.get(name, "")) for name in (STARTED, ENDED))
            return ended - began if ended >= began else None
        except (TypeError, ValueError):
            return None

    @property
    def explanation(self) -> str:
        """What was said beside the row."""
        return self.answers.get(EXPLANATION, "").strip()
