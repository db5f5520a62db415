"""Running cases under a newer version of their process: each is moved, or stays where it is and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from shishi.adapters.processes.base import engine_for
from shishi.apps.accounts.models import Person
from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import require
from shishi.apps.cases.advancing import take_over
from shishi.apps.cases.clocks import reckon_tasks
from shishi.apps.cases.definitions import process_named
from shishi.apps.cases.in_hand import InHand, Line, in_hand
from shishi.apps.cases.models import CaseRow
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseAction, SeenBy
from shishi.core.divisions import COUNTRY
from shishi.core.errors import ShishiError
from shishi.core.processes import Process

LEFT_TOLD = 200


@dataclass
class MovedCases:
    """How many were moved, and which were not: number, code and why."""

    moved: int = 0
    left: list[Mapping[str, object]] = field(default_factory=list)


def move_to_newest(process: str, *, by: Person, at: datetime) -> MovedCases:
    """Move every running case of the process to its newest version; what has no counterpart there stays under its own
    version and is told with its element. Safe to repeat. ``Misuse`` (unknown_process, out_of_reach)."""
    require(by, Action.DEFINE, COUNTRY, "", day_of(at))
    wanted = process_named(process)
    running = CaseRow.objects.filter(process=wanted.name, ended=False).exclude(digest=wanted.digest)
    found = MovedCases()
    for uuid, number in list(running.order_by("pk").values_list("uuid", "number")):
        try:
            with transaction.atomic(), in_hand(uuid, by=by, at=at) as case:
                _move(case, wanted)
        except ShishiError as refused:
            if len(found.left) < LEFT_TOLD:
                fields = [issue.field for issue in refused.issues if issue.field]
                told = {"number": number, "code": refused.code, "elements": fields, "message": refused.message}
                found.left.append(told)
        else:
            found.moved += 1
    return found


def _move(case: InHand, wanted: Process) -> None:
    old, row = case.process, case.row
    if old.digest == wanted.digest:
        return
    moved = engine_for(wanted).migrate(old, wanted, bytes(row.marking))
    case.process, row.digest = wanted, wanted.digest
    told = {"from": old.digest, "to": wanted.digest, "version": wanted.version}
    text = f"流程换为第{wanted.version}版（原第{old.version}版）"
    case.say(Line(CaseAction.COMMENT, text, SeenBy.OFFICIALS, told=told))
    take_over(case, moved)
    reckon_tasks(case)
