"""Meetings and matters of the demonstration: ``<pack>/demonstration/supervision.yaml``, followed step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shishi.apps.accounts.selectors import person_named
from shishi.apps.programmes.selectors import programme_named
from shishi.apps.supervision import matters
from shishi.apps.supervision.matters import Evidence, NewMatter
from shishi.apps.supervision.meetings import MeetingView, Minutes, record_meeting
from shishi.commands.demonstration.growing import username
from shishi.commands.demonstration.tellers import Teller, moment_told
from shishi.core.calendars import SHANGHAI
from shishi.core.matters import MatterSource
from shishi.core.meetings import MeetingKind

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

Deed = tuple[datetime, Callable[[], str]]


class Followed(Teller):
    """What a pack's file tells, in the order of time; :meth:`until` does what has come by then."""

    file = "supervision.yaml"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._meetings: dict[str, MeetingView] = {}
        self._matters: dict[int, str] = {}
        self._waiting = sorted([*self._all_meetings(), *self._all_matters()], key=lambda deed: deed[0])

    def until(self, moment: datetime) -> list[str]:
        """Do what is due up to a moment; each deed in a sentence."""
        due = [deed for deed in self._waiting if deed[0] <= moment]
        self._waiting = [deed for deed in self._waiting if deed[0] > moment]
        return [do() for _, do in due]

    def _all_meetings(self) -> Iterator[Deed]:
        for told in self.told.get("meetings", ()):
            at = moment_told(f"{told['held_on']} {told['at']}")
            yield at, partial(self._meet, told, at)

    def _meet(self, told: Mapping[str, Any], at: datetime) -> str:
        minutes = Minutes(
            told["title"],
            told["chair"],
            told.get("place", ""),
            told.get("present", ""),
            told.get("text", ""),
            tuple(told.get("decisions", ())),
        )
        held = record_meeting(
            self._programme(told["programme"]),
            MeetingKind(told["kind"]),
            told["held_on"],
            minutes,
            by=person_named("supervisor"),
            at=at,
            as_of=told["held_on"],
            demonstration=True,
        )
        self._meetings[told["name"]] = held
        return f"{told['held_on']} {told['title']}：议定 {len(held.decisions)} 项。"

    def _all_matters(self) -> Iterator[Deed]:
        for number, told in enumerate(self.told.get("matters", ())):
            at = moment_told(told["opened"][0])
            yield at, partial(self._open, number, told, at)
            for step in told.get("steps", ()):
                moment = moment_told(step["at"])
                yield moment, partial(self._step, number, told, step, moment)

    def _open(self, number: int, told: Mapping[str, Any], at: datetime) -> str:
        meeting = self._meetings.get(told.get("meeting", ""))
        new = NewMatter(
            programme=meeting.programme if meeting else self._programme(told.get("programme", "title_certificates")),
            title=told["title"],
            source=MatterSource.MEETING if meeting else MatterSource(told["source"]),
            source_text=meeting.minutes.title if meeting else told["source_text"],
            deliverable=told["deliverable"],
            lead=told["lead"],
            assisting=tuple(told.get("assisting", ())),
            within=told.get("within", 0),
            due=told.get("due"),
            source_on=meeting.held_on if meeting else told.get("source_on"),
            milestones=tuple((title, day) for day, title in told.get("milestones", ())),
            indicators=tuple(told.get("indicators", ())),
            meeting=meeting.id if meeting else None,
            decision=told.get("decision", 0),
            demonstration=True,
        )
        made = matters.open_matter(new, by=person_named(told["opened"][1]), at=at)
        self._matters[number] = str(made.id)
        return f"{at.astimezone(SHANGHAI):%Y-%m-%d} 立项 {made.title}。"

    def _step(self, number: int, told: Mapping[str, Any], step: Mapping[str, Any], at: datetime) -> str:
        matter = self._matters[number]
        by = _who(step["by"], told.get("programme", "title_certificates"))
        view = _TAKING[step["do"]](matter, step, by, at)
        return f"{at.astimezone(SHANGHAI):%Y-%m-%d} {view.number} {view.title}：{view.state.label}。"

    def _programme(self, code: str) -> str:
        return programme_named(f"{self.pack}/{code}")[1].name


def _who(told: object, programme: str) -> Person:
    """A person of the demonstration by name, or the clerk of a division by its code."""
    return person_named(username(programme, str(told)) if isinstance(told, int) else str(told))


def _proof(step: Mapping[str, Any]) -> Sequence[Evidence]:
    return [Evidence(name) for name in step.get("evidence", ())]


Taking = Callable[[str, Mapping[str, Any], Any, datetime], Any]
_TAKING: Mapping[str, Taking] = {
    "assign": lambda matter, step, by, at: matters.assign(matter, by=by, at=at),
    "accept": lambda matter, step, by, at: matters.accept(matter, by=by, at=at),
    "progress": lambda matter, step, by, at: matters.add_progress(
        matter, step["text"], by=by, at=at, evidence=_proof(step)
    ),
    "reach": lambda matter, step, by, at: matters.reach_milestone(
        matter, step["milestone"], step["text"], by=by, at=at, evidence=_proof(step)
    ),
    "report": lambda matter, step, by, at: matters.report_done(
        matter, step["text"], by=by, at=at, evidence=_proof(step)
    ),
    "verify": lambda matter, step, by, at: matters.verify_report(matter, by=by, at=at, text=step.get("text", "")),
    "close": lambda matter, step, by, at: matters.close_matter(matter, by=by, at=at, reason=step.get("text", "")),
    "extend": lambda matter, step, by, at: matters.ask_extension(matter, step["days"], step["text"], by=by, at=at),
    "approve": lambda matter, step, by, at: matters.answer_extension(matter, True, by=by, at=at),
    "remind": lambda matter, step, by, at: matters.remind_matter(matter, by=by, at=at, text=step.get("text", "")),
    "raise": lambda matter, step, by, at: matters.raise_matter(matter, step["text"], by=by, at=at),
}
