"""The meetings and matters that the demonstration tells: they fit the pack, and every step may be taken when it is."""

from __future__ import annotations

from datetime import datetime, time

import pytest
import yaml

from shishi.core.calendars import SHANGHAI, WorkingCalendar, day_of, moment_of
from shishi.core.matters import Matter, MatterAction, MatterState, Milestone, Moved, move
from shishi.packs.loading import load_pack
from tests.architecture.source import REPOSITORY

PACK = REPOSITORY / "packs" / "xuancheng" / "2021"
TOLD = yaml.safe_load((PACK / "demonstration" / "supervision.yaml").read_text(encoding="utf-8"))
ACTIONS = {"approve": MatterAction.APPROVE_EXTENSION}
DAYS = WorkingCalendar()


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("told", TOLD["matters"], ids=lambda told: str(told["title"]))
def test_every_step_may_be_taken_when_it_is(told: dict) -> None:  # type: ignore[type-arg] # as YAML gives it
    milestones = [
        Milestone(position, title, moment_of(day, time(17, 30)))
        for position, (day, title) in enumerate(told.get("milestones", ()), start=1)
    ]
    matter, last = Matter(tuple(milestones)), moment(told["opened"][0])
    for step in told["steps"]:
        at = moment(step["at"])
        assert at >= last
        action = ACTIONS.get(step["do"]) or MatterAction(step["do"])
        deadline = None
        if action is MatterAction.ASSIGN:
            within = told.get("within")
            deadline = DAYS.deadline(day_of(at), within).moment if within else moment_of(told["due"], time(17, 30))
        elif action is MatterAction.EXTEND:
            assert matter.deadline
            deadline = DAYS.deadline(day_of(matter.deadline), step["days"]).moment
        if action is MatterAction.CLOSE and matter.state is MatterState.REPORTED:
            matter = move(matter, Moved(MatterAction.VERIFY, "leader", at))
        named = tuple(step.get("evidence", ()))
        text = step.get("text", "")
        matter = move(matter, Moved(action, str(step["by"]), at, text, "", deadline, step.get("milestone", 0), named))
        last = at


def test_what_is_named_is_in_the_pack_and_labelled() -> None:
    pack = load_pack(PACK)
    bodies = {item.code for item in pack.bodies}
    programme = next(item for item in pack.programmes if item.code == "title_certificates")
    meetings = {told["name"]: told for told in TOLD["meetings"]}
    for told in TOLD["matters"]:
        assert {told["lead"], *told.get("assisting", ())} <= bodies
        assert set(told.get("indicators", ())) <= {item.code for item in programme.indicators}
        if "meeting" in told:
            assert 1 <= told["decision"] <= len(meetings[told["meeting"]]["decisions"])
        assert all("演示" in step["text"] for step in told["steps"] if "text" in step)
