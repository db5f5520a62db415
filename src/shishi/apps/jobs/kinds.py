"""Kinds of jobs: what each does. They are registered by the wiring, so that this app knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.accounts.models import Person
from shishi.core.errors import Misuse

Progress = Callable[[str, int, int], None]
"""Hears of the work: the stage in words, how much is done, of how much (0: not known)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a job left: a document that JSON can hold, and whether that is a refusal."""

    document: Mapping[str, object]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """A job for the one who does it: what is asked, by whom, at which moment."""

    asked: Mapping[str, object]
    by: Person
    at: datetime
    told: Progress


Work = Callable[[Errand], Ending]
_kinds: dict[str, Work] = {}


def register_kind(code: str, work: Work) -> None:
    """Say who does the jobs of a kind. Doing one twice must leave what doing it once leaves."""
    _kinds[code] = work


def work_of(code: str) -> Work:
    """Who does it; ``Misuse`` (unknown_job_kind) for a kind that this program no longer has."""
    if code not in _kinds:
        raise Misuse("unknown_job_kind", f"本系统不再办理“{code}”这类任务。请放弃它，并重新发起。")
    return _kinds[code]
