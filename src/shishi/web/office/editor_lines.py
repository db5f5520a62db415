"""Forms of several like lines: what a part of a draft lists (sources, columns, pairs), with a few lines to spare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from shishi.web.design.forms import Form

SPARE = 2


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line: what it was called, and its controls; ``spare`` is one to fill in or not."""

    title: str
    spare: bool
    controls: tuple[forms.BoundField, ...]

    @property
    def needs(self) -> bool:
        """Whether something of it is wrong."""
        return any(control.errors for control in self.controls)


class LinesForm(Form):
    """``lines``: what is there, each as the values of its controls. A line whose first control is emptied goes."""

    word: object = ""
    """What a line is called, for who adds one."""

    def __init__(self, *args: Any, lines: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = [*lines, *({} for _line in range(SPARE))]
        self.parts: tuple[str, ...] = ()
        for at, told in enumerate(self.known):
            controls = self.controls(told)
            self.parts = tuple(controls)
            for name, control in controls.items():
                control.required = False
                if name in told:
                    control.initial = told[name]
            self.ask({f"{name}_{at}": control for name, control in controls.items()})

    def controls(self, told: Mapping[str, Any]) -> dict[str, forms.Field]:
        """The controls of a line, the one that says what it is first."""
        raise NotImplementedError

    @property
    def lines(self) -> Iterator[FormLine]:
        """The lines as a page shows them."""
        for at, told in enumerate(self.known):
            controls = tuple(self[f"{name}_{at}"] for name in self.parts)
            title = str(told.get(self.parts[0]) or "")
            yield FormLine(title or _("再添：%(word)s") % {"word": self.word}, not told, controls)

    @property
    def filled(self) -> list[tuple[int, dict[str, Any]]]:
        """The lines that say something, each with its place among those that were there."""
        found = []
        for at in range(len(self.known)):
            told = {name: self.cleaned_data.get(f"{name}_{at}") for name in self.parts}
            if told[self.parts[0]]:
                found.append((at, told))
        return found

    def place(self, at: int, part: str) -> str:
        """The control of a part of the line that was kept as number ``at``."""
        lines = [number for number, _told in self.filled]
        wanted = f"{part}_{lines[at]}" if at < len(lines) else ""
        return wanted if wanted in self.fields else f"{self.parts[0]}_{lines[at]}" if at < len(lines) else ""
