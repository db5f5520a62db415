"""A case of two bodies: the verb that hands it over, and what is done about each message of the other side.

Everything here runs in the transaction that marks the message acted upon; the same message again does nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shishi.apps.accounts.services import make_partner
from shishi.apps.cases.advancing import close_all
from shishi.apps.cases.arriving import message_arrived
from shishi.apps.cases.clocks import begin_pause
from shishi.apps.cases.definitions import process_of
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.lanes import Place
from shishi.apps.cases.materials import add_material
from shishi.apps.cases.models import CaseLink, CaseRow
from shishi.apps.cases.opened_tasks import Doer, task_row
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant, opened_contact
from shishi.apps.cases.partners import (
    ACCEPTING,
    ASKED,
    DECIDED,
    DELIVERED,
    FORWARD,
    FROM_THERE,
    HANDLING,
    LINE,
    NOT_WITHDRAWN,
    RATED,
    RECEIVED,
    STANDING,
    SUPPLEMENTED,
    WITHDRAW,
    WITHDRAWN,
    WRONG,
    Word,
    files_of,
    link_of,
    tell,
)
from shishi.apps.cases.supplementing import supplement
from shishi.apps.cases.verbs import Errand, Said
from shishi.apps.exchange.handling import Arrived
from shishi.apps.programmes.selectors import process_named
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, CaseState, SeenBy
from shishi.core.divisions import official
from shishi.core.errors import Misuse, Refused
from shishi.core.limits import PauseKind
from shishi.core.materials import MaterialState
from shishi.core.tables import Value
from shishi.core.tasks import TaskKind, TaskState
from shishi.core.values import from_text, to_text

SIDES = {ACCEPTING: "受理地", HANDLING: "办理地"}
UNDECIDED = frozenset(CaseState) - {CaseState.DECIDED, CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED}


def send_across(errand: Errand) -> Said:
    """``exchange.send``: tell the other body; with ``case.forward`` hand the case to the body ``to``. The facts of the
    named ``forms`` go along, and with a forwarded case who applies and the materials. ``Refused`` (case_not_linked)."""
    purpose = str(errand.arguments["purpose"])
    link = _forwarded(errand) if purpose == FORWARD else link_of(errand.case)
    if link is None:
        raise Refused("case_not_linked", f"办件 {errand.number} 还没有转给对方，没有可以通知的单位。")
    body: dict[str, object] = {"number": errand.number, "facts": _facts(errand)}
    files = files_of(link.case) if purpose == FORWARD else ()
    if purpose == FORWARD:
        body |= {
            "applicant": _applicant(link.case),
            "process": str(errand.arguments.get("process") or ""),
            "division": to_text(errand.arguments.get("division")),
            "accepted_on": day_of(link.case.opened_at).isoformat(),
            "accepting_division": official(link.case.division),
        }
    if purpose == DECIDED:
        CaseLink.objects.filter(pk=link.pk).update(decided_at=errand.at)
    tell(link, Word(purpose, f"call:{errand.token}", body, files), errand.by, errand.at, errand.state)
    return Said(f"已通知{SIDES[HANDLING if link.side == ACCEPTING else ACCEPTING]}（{link.peer}）")


def take(arrived: Arrived, at: datetime) -> str:
    """What a message about a case brings about; ``Refused`` where it cannot be done now."""
    told = _body(arrived)
    if arrived.envelope.purpose == FORWARD:
        return _opened(arrived, told, at)
    side, deed = _DEEDS.get(arrived.envelope.purpose, ("", None))
    if deed is None:
        raise Refused("purpose_unknown", f"本系统不认识办件消息“{arrived.envelope.purpose}”。升级后自动补办。")
    link = _link(arrived, side)
    if STANDING in told:
        CaseLink.objects.filter(pk=link.pk).update(there=told[STANDING], heard_at=arrived.envelope.sent_at)
    return deed(link, arrived, told, at)


def _forwarded(errand: Errand) -> CaseLink:
    """The link of a case that is handed over now; anew to another body when the first was not the right one."""
    row = CaseRow.objects.get(uuid=errand.case)
    to = str(errand.arguments.get("to") or "")
    held = CaseLink.objects.filter(case=row).first()
    turn = held.turn + 1 if held else 1
    name = f"case:{row.uuid}" + (f":{turn}" if turn > 1 else "")
    told = {
        "peer": to,
        "conversation": name,
        "turn": turn,
        "forwarded_at": errand.at,
        "theirs": "",
        "received_at": None,
        "decided_at": None,
        "there": {},
        "heard_at": None,
    }
    link, _ = CaseLink.objects.update_or_create(case=row, defaults={**told, "side": ACCEPTING})
    return link


def _facts(errand: Errand) -> dict[str, object]:
    forms = {name.strip() for name in str(errand.arguments.get("forms") or "").split(",")}
    named = {key: value for key, value in errand.facts.items() if key.partition(".")[0] in forms}
    return {key: to_text(value) for key, value in named.items() if value is not None}


def _applicant(row: CaseRow) -> dict[str, str]:
    contact = {name: opened_contact(row, name) for name in ("phone", "number")}
    return {"name": row.applicant_name, "kind": row.applicant_kind, **contact}


def _opened(arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    """A case of the other body is opened here, with its papers."""
    process = process_named(str(told["process"]))
    form = process.forms.get(process.starts.form)
    texts = {key.partition(".")[2]: text for key, text in told["facts"].items()}
    texts |= {name: str(told[name]) for name in ("accepted_on", "accepting_division")}
    fields = [item for item in (form.fields if form else ()) if item.name in texts]
    answers: dict[str, Value] = {item.name: from_text(item, texts[item.name]) for item in fields}
    who = told["applicant"]
    partner = make_partner(at)
    row = open_case(
        process.name,
        answers=answers,
        applicant=Applicant(str(who["name"]), None, str(who["phone"]), str(who["number"]), str(who["kind"])),
        division=str(told["division"]),
        by=partner,
        at=at,
        once=f"exchange:{arrived.envelope.id}",
        channel="exchange",
        before=lambda case: _linked(case, arrived, told),
    )
    _take_files(row, arrived, at)
    with in_hand(row.uuid, by=partner, at=at) as case:
        if case.standing.state is CaseState.SUBMITTED:
            case.say(Line(CaseAction.ACCEPT, "收到受理地转件，起算办理时限"))
    return f"收到{arrived.envelope.sender}转来的办件 {told['number']}，本地编号 {row.number}"


def _linked(row: CaseRow, arrived: Arrived, told: Mapping[str, Any]) -> None:
    CaseLink.objects.create(
        case=row,
        side=HANDLING,
        peer=arrived.envelope.sender,
        conversation=arrived.envelope.conversation,
        theirs=str(told["number"])[:60],
        forwarded_at=arrived.envelope.sent_at,
        received_at=arrived.row.received_at,
        there=told.get(STANDING) or {},
        heard_at=arrived.envelope.sent_at,
    )


def _take_files(row: CaseRow, arrived: Arrived, at: datetime) -> None:
    known = {item.code for item in process_of(row).materials}
    for one in arrived.envelope.files:
        code, _, name = one.name.partition("：")
        if code in known:
            add_material(row.uuid, code, name=name, content=arrived.content(one.name), by=make_partner(at), at=at)


def _link(arrived: Arrived, side: str) -> CaseLink:
    """The case on our side of the conversation, from the one with whom it is held. ``side`` ``""``: whichever is
    ours."""
    held = CaseLink.objects.filter(conversation=arrived.envelope.conversation, peer=arrived.envelope.sender)
    if not side:
        heard = _body(arrived).get("side")
        side = HANDLING if heard == ACCEPTING else ACCEPTING
    link = held.filter(side=side).select_related("case").first()
    if link is None:
        raise Refused("case_not_linked", f"会话 {arrived.envelope.conversation} 在本方没有对应的办件。")
    return link


def _moved(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime, text: str) -> str:
    """The process of our side goes on from the message that it waits for."""
    facts = {key: text_ for key, text_ in told.get("facts", {}).items() if key in _declared(link)}
    message_arrived(
        link.case.uuid, arrived.envelope.purpose, key=str(arrived.envelope.id), at=at, facts=facts, text=text
    )
    return text


def _declared(link: CaseLink) -> set[str]:
    return set(process_of(link.case).facts.by_name)


def _received(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    CaseLink.objects.filter(pk=link.pk).update(theirs=str(told["number"])[:60], received_at=arrived.envelope.sent_at)
    return _moved(link, arrived, told, at, f"办理地已收到，编号 {told['number']}")


def _wrong(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    return _moved(link, arrived, told, at, f"办理地答复：不归 {link.peer} 办理")


def _decided(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    CaseLink.objects.filter(pk=link.pk).update(decided_at=arrived.envelope.sent_at)
    return _moved(link, arrived, told, at, "办理地已作出决定")


def _delivered(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    return _moved(link, arrived, told, at, "受理地已送达申请人")


def _rated(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    """The standard's 1 (best) to 5 as points, 5 the best."""
    points = {"facts": {"rating.points": str(6 - int(told["code"]))}}
    return _moved(link, arrived, points, at, f"申请人评价：{told['text']}")


def _line(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    """What the other side lets us read of its thread."""
    there = SIDES[ACCEPTING if link.side == HANDLING else HANDLING]
    text = f"{there}{told['action']}：{told['text']}"[:4000]
    with in_hand(link.case.uuid, by=None, at=at) as case:
        if not _before(case, arrived):
            case.say(Line(CaseAction.COMMENT, text, SeenBy(str(told["seen"])), told={FROM_THERE: True}))
    return text


def _asked(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    """The body that handles it lacks something: the applicant is told by the body that accepted it."""
    wanted = [_asked_here(link, str(item["name"])[:120], str(item["what"])[:300]) for item in told["list"]]
    text = f"办理地要求补正：{told['text']}"
    with in_hand(link.case.uuid, by=None, at=at) as case:
        if _before(case, arrived):
            return text
        wait = case.row.waits.filter(state="waiting").order_by("pk").first()
        element, token = (wait.element, wait.token) if wait else ("", "")
        names = [item["name"] for item in wanted]
        listed = {"list": wanted, FROM_THERE: True}
        case.say(Line(CaseAction.ASK_SUPPLEMENT, text, None, element, token, items=names, told=listed))
        for item in wanted:
            _returned(case, item)
        doer = Doer(Place("", "", case.row.division), case.row.applicant, applicant=True)
        task = task_row(case, token or f"across:{arrived.envelope.sequence}", element, doer)
        task.kind, task.step, task.text = TaskKind.SUPPLEMENT, "补正", text
        task.save(force_insert=True)
        begin_pause(case, PauseKind.SUPPLEMENT)
    return text


def _asked_here(link: CaseLink, name: str, what: str) -> dict[str, str]:
    """One thing asked for, by our own name: a field that was forwarded may stand in another form here than there."""
    process = process_of(link.case)
    found = {"name": name, "what": what}
    if "." not in name or any(item.code == name for item in process.materials):
        return found
    field = name.partition(".")[2]
    forms = [str(call.arguments["forms"].value) for call in process.calls if "forms" in call.arguments]
    sent = dict.fromkeys(form.strip() for told in forms for form in told.split(","))
    ours = [f"{form}.{field}" for form in sent if f"{form}.{field}" in process.facts.by_name]
    # Of forms with the same field the last one is what went across.
    return {**found, "name": ours[-1], "theirs": name} if ours else found


def _returned(case: InHand, item: Mapping[str, str]) -> None:
    """A paper goes back to the applicant; one that only the other side asks for is listed here from now on."""
    material = next((one for one in case.process.materials if one.code == item["name"]), None)
    if material is None:
        return
    told = {"state": MaterialState.RETURNED, "remark": item["what"], "due_at": None}
    given = {"title": material.title, "required": True}
    case.row.materials.update_or_create(code=material.code, defaults=told, create_defaults={**given, **told})


def _supplemented(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    """Papers and corrected fields; of fields only those that were asked for."""
    partner, facts = make_partner(at), process_of(link.case).facts.by_name
    _take_files(link.case, arrived, at)
    texts = {name: text for name, text in dict(told.get("facts") or {}).items() if name in facts}
    asked = set(link.case.standing.get("asked", ()))
    answers: dict[str, Value] = {name: from_text(facts[name], text) for name, text in texts.items() if name in asked}
    text = str(told["text"]) or "受理地转来补正材料"
    supplement(link.case.uuid, by=partner, at=at, answers=answers, text=text)
    return f"受理地转来补正材料{f'，更正 {len(answers)} 项' if answers else ''}"


def _withdraw_asked(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    """Withdrawn while nothing is decided; else the applicant hears why not."""
    reason = str(told["reason"])
    with in_hand(link.case.uuid, by=None, at=at) as case:
        if case.standing.state not in UNDECIDED:
            words = f"已作出决定，不能撤回（{case.standing.state.label}）"
            tell(link, Word(NOT_WITHDRAWN, f"no:{arrived.envelope.id}", {"reason": words}), None, at)
            return words
        if case.standing.state is not CaseState.WITHDRAWN:
            _end(case, f"受理地转来申请人的撤回：{reason}")
        tell(link, Word(WITHDRAWN, f"yes:{arrived.envelope.id}", {"reason": reason}), None, at)
    return f"已撤回：{reason}"


def _withdrawn(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    with in_hand(link.case.uuid, by=None, at=at) as case:
        if case.standing.state is not CaseState.WITHDRAWN:
            _end(case, f"办理地已撤回：{told['reason']}")
    return "办理地已撤回"


def _not_withdrawn(link: CaseLink, arrived: Arrived, told: Mapping[str, Any], at: datetime) -> str:
    text = f"办理地没有撤回：{told['reason']}"
    with in_hand(link.case.uuid, by=None, at=at) as case:
        if not _before(case, arrived):
            case.say(Line(CaseAction.COMMENT, text, SeenBy.APPLICANT, told={FROM_THERE: True}))
    return text


def _before(case: InHand, arrived: Arrived) -> bool:
    """Whether it was done about this very message already."""
    return case.done_before(f"exchange:{arrived.envelope.id}")


def _end(case: InHand, text: str) -> None:
    case.say(Line(CaseAction.WITHDRAW, text, told={FROM_THERE: True}))
    open_ones = case.row.tasks.filter(kind=TaskKind.SUPPLEMENT, state=TaskState.OPEN)
    open_ones.update(state=TaskState.CLOSED, watch_at=None)
    close_all(case)


def _body(arrived: Arrived) -> dict[str, Any]:
    try:
        told = json.loads(arrived.body)
    except ValueError as wrong:
        raise _unreadable() from wrong
    if not isinstance(told, dict):
        raise _unreadable()
    return told


def _unreadable() -> Misuse:
    return Misuse("case_message_unreadable", "办件消息读不出来。请让对方核对系统版本。")


_Deed = Callable[[CaseLink, Arrived, Mapping[str, Any], datetime], str]
_DEEDS: dict[str, tuple[str, _Deed]] = {
    RECEIVED: (ACCEPTING, _received),
    WRONG: (ACCEPTING, _wrong),
    DECIDED: (ACCEPTING, _decided),
    DELIVERED: (HANDLING, _delivered),
    RATED: (HANDLING, _rated),
    ASKED: (ACCEPTING, _asked),
    SUPPLEMENTED: (HANDLING, _supplemented),
    WITHDRAW: (HANDLING, _withdraw_asked),
    WITHDRAWN: (ACCEPTING, _withdrawn),
    NOT_WITHDRAWN: (ACCEPTING, _not_withdrawn),
    LINE: ("", _line),
}
