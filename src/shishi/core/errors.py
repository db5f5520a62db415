"""Errors that tell the reader what to do: a stable English code, the place, a Chinese message with the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of handed-in data. ``row`` is 1-based as the spreadsheet shows it, ``column`` a letter (``"C"``)."""

    code: str
    message: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    field: str = ""
    file: str = ""
    line: int | None = None

    def document(self) -> dict[str, str | int | None]:
        """The issue as the command line prints it with ``--json``."""
        seen: dict[str, str | int | None] = {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "field": self.field,
            "code": self.code,
            "message": self.message,
        }
        if self.file:
            seen |= {"file": self.file, "line": self.line}
        return seen


class ShishiError(Exception):
    """Base of everything shishi raises on purpose."""

    def __init__(self, code: str, message: str, issues: Iterable[Issue] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.issues = tuple(issues) or (Issue(code=code, message=message),)

    def __reduce__(self) -> tuple[object, ...]:
        """Errors go from one process to another as they are; by default they would be made anew from their text."""
        return _as_it_was, (type(self), self.args, self.__dict__)


class Refused(ShishiError):
    """The data are wrong: nothing was written. Exit code 1."""


class Misuse(ShishiError):
    """The request itself is wrong (unknown name, missing right, impossible day). Exit code 2."""


def _as_it_was(kind: type[ShishiError], args: tuple[object, ...], told: dict[str, object]) -> ShishiError:
    found = kind.__new__(kind)
    found.args = args
    found.__dict__.update(told)
    return found
