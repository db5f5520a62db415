"""Steps of the demonstration's cases: what the file calls each, and the service that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache

from shishi.adapters.images.scenes import jpeg, labelled, scene
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.selectors import person_named
from shishi.apps.cases.at_hand import case_numbered, on_the_other_side, open_task_at
from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.definitions import process_of, step_of
from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.materials import add_material, check_material
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.pausing import reopen
from shishi.apps.cases.rating import rate
from shishi.apps.cases.rating_loop import correct_rating, feed_back_rating, verify_rating
from shishi.apps.cases.supplementing import Lacking, supplement
from shishi.apps.cases.ticking import tick
from shishi.apps.decisions import services as voting
from shishi.apps.decisions.registers import read_register
from shishi.apps.decisions.seen import DecisionView, decision_of_case
from shishi.apps.exchange.sending import send_pending
from shishi.apps.files.services import key_ring
from shishi.commands.demonstration.evidence import LABEL, label_font
from shishi.commands.demonstration.tellers import Told, moment_told
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.core.joint_decisions import Stand


@dataclass
class Walk:
    """A case on its way. ``number``: empty of a draft; ``ballot``: where a paper ballot is said to lie; ``codes``: of
    the ballots, by voter, as long as the story is told."""

    citizens: Mapping[str, Person]
    ballot: str
    number: str = ""
    codes: dict[str, str] = field(default_factory=dict)

    def who(self, name: str) -> Person:
        """A citizen of the story, else somebody with an account of the office."""
        return self.citizens[name] if name in self.citizens else person_named(name)

    def case(self, step: Told) -> CaseRow:
        """The case; of a step that happens on the other side the one there."""
        row = case_numbered(self.number)
        return on_the_other_side(row) if step.get("there") else row

    def decision(self, at: datetime) -> DecisionView:
        """The vote of the case."""
        found = decision_of_case(case_numbered(self.number).uuid, at=at)
        if found is None:
            raise Misuse("vote_missing", f"演示办件 {self.number} 还没有建立表决。")
        return found


def take_step(walk: Walk, step: Told) -> None:
    """Do one step, the way its first known word says."""
    for name, act in _ACTS.items():
        if name in step:
            act(walk, step, moment_told(step["at"]))
            return
    raise Misuse("demonstration_step_unknown", f"演示办件里的一步看不懂：{dict(step)}。可以写：{'、'.join(_ACTS)}。")


def _texts(told: object) -> dict[str, str]:
    return {str(name): str(text) for name, text in (told.items() if isinstance(told, Mapping) else ())}


def _task(walk: Walk, step: Told, at: datetime) -> None:
    row = walk.case(step)
    task = open_task_at(row, step["task"], second=bool(step.get("second")))
    process = process_of(row)
    form = step_of(process, task.element).form
    told = _texts(step.get("answers"))
    complete_task(
        task.pk,
        step.get("outcome", ""),
        answers=read_answers(form_of(process, form), told, day_of(at)) if form and told else {},
        text=step.get("text", ""),
        basis=step.get("basis", ""),
        remedy=step.get("remedy", ""),
        lacking=[Lacking(item["what"], item.get("material", "")) for item in step.get("lacking", ())],
        by=walk.who(step["by"]),
        at=at,
    )


def _material(walk: Walk, step: Told, at: datetime) -> None:
    row = walk.case(step)
    name = f"演示-{step['name']}.jpg"
    content = picture(row.pk * 10 + row.steps_count)
    add_material(row.uuid, step["material"], name=name, content=content, by=walk.who(step["by"]), at=at)


def _fits(walk: Walk, step: Told, at: datetime) -> None:
    check_material(walk.case(step).uuid, step["fits"], True, by=walk.who(step["by"]), at=at)


def _supplement(walk: Walk, step: Told, at: datetime) -> None:
    supplement(walk.case(step).uuid, by=walk.who(step["by"]), at=at, text=step["supplement"])


def _register(walk: Walk, step: Told, at: datetime) -> None:
    homes = read_register(step["register"])
    voting.set_register(walk.decision(at).uuid, homes, by=walk.who(step["by"]), at=at)


def _terms(walk: Walk, step: Told, at: datetime) -> None:
    told = step["terms"]
    terms = {name: f"{Decimal(str(told.get(name, 0))):.2f}" for name in ("cost", "subsidy", "investment")}
    floors = told.get("floors")
    shared = {"by_floor": True, **{name: floors[name] for name in ("first", "base", "step", "basis")}} if floors else {}
    voting.set_terms(walk.decision(at).uuid, {**terms, **shared}, by=walk.who(step["by"]), at=at)


def _open_vote(walk: Walk, step: Told, at: datetime) -> None:
    closes_on, by = step["vote_until"], walk.who(step["by"])
    _, walk.codes = voting.open_decision(walk.decision(at).uuid, closes_on, cipher=key_ring(), by=by, at=at)


def _ballots(walk: Walk, step: Told, at: datetime) -> None:
    """Of homes, by what their owners say; ``online``: by the code of the ballot, else on paper."""
    stand = Stand(step["ballots"])
    for unit in map(str, step["homes"]):
        voter = _voter(walk, unit, at)
        if step.get("online"):
            voting.cast_by_code(walk.codes[voter], stand, cipher=key_ring(), at=at)
            continue
        by = walk.who(step["by"])
        voting.cast(walk.decision(at).uuid, voter, stand, by=by, at=at, text=walk.ballot)


def _object(walk: Walk, step: Told, at: datetime) -> None:
    code = walk.codes[_voter(walk, str(step["home"]), at)]
    voting.object_by_code(code, step["objection"], cipher=key_ring(), at=at)


def _mediate(walk: Walk, step: Told, at: datetime) -> None:
    view = walk.decision(at)
    (line, _answers), *_rest = view.objections
    settled, by = bool(step.get("settled")), walk.who(step["by"])
    voting.mediate(view.uuid, line.position, step["mediation"], settled=settled, by=by, at=at)


def _voter(walk: Walk, unit: str, at: datetime) -> str:
    return next(voter.code for voter in walk.decision(at).voters if unit in {home.unit for home in voter.holdings})


def _tick(walk: Walk, step: Told, at: datetime) -> None:
    tick(at)


def _carry(walk: Walk, step: Told, at: datetime) -> None:
    """Everything that was said is carried across, and what it brings about is said back."""
    while send_pending(by=None, at=at).taken:
        continue


def _rate(walk: Walk, step: Told, at: datetime) -> None:
    rate(walk.case(step).uuid, step["rate"], text=step.get("text", ""), by=walk.who(step["by"]), at=at)


def _reopen(walk: Walk, step: Told, at: datetime) -> None:
    reopen(walk.case(step).uuid, step["reopen"], by=walk.who(step["by"]), at=at)


def _looped(service: Callable[..., object], word: str) -> Callable[[Walk, Told, datetime], None]:
    def act(walk: Walk, step: Told, at: datetime) -> None:
        service(walk.number, step[word], by=walk.who(step["by"]), at=at)

    return act


@cache
def picture(number: int) -> bytes:
    """A paper that is no paper: a drawn picture that says so."""
    return jpeg(labelled(scene(number % 7, 640, 480), LABEL, label_font()))


_ACTS: Mapping[str, Callable[[Walk, Told, datetime], None]] = {
    "task": _task,
    "material": _material,
    "fits": _fits,
    "supplement": _supplement,
    "register": _register,
    "terms": _terms,
    "vote_until": _open_vote,
    "ballots": _ballots,
    "objection": _object,
    "mediation": _mediate,
    "tick": _tick,
    "carry": _carry,
    "rate": _rate,
    "reopen": _reopen,
    "verify": _looped(verify_rating, "verify"),
    "correct": _looped(correct_rating, "correct"),
    "feed_back": _looped(feed_back_rating, "feed_back"),
}
