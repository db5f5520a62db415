"""The invented cases of ``bench cases``: one small service in every county of the
country, cases by the hundred thousand.

One case is opened by the service itself; the others are copies of its rows, as many as are asked for: what is measured
runs over them as over cases that people opened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shishi.apps.accounts.lanes import nearest_part
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import parts_held, person_named
from shishi.apps.accounts.services import add_person, add_post
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.services import install_pack
from shishi.commands.benches.fresh_store import stored
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise
from shishi.core.programmes import Part
from shishi.packs.loading import load_pack

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

AT = datetime(2021, 9, 13, 1, tzinfo=UTC)
HOME = "341802"
"""The county whose clerks are asked for their lists."""
CHUNK = 2000
PROGRAMME_NAME = "bench/2021/permits"
STEPS = ("Task_accept", "Task_check", "Task_decide")
_FLOW = '<bpmn:sequenceFlow id="Flow_{0}" sourceRef="{1}" targetRef="{2}" />'
_TASK = (
    '<bpmn:userTask id="{0}" name="{0}"><bpmn:incoming>Flow_{1}</bpmn:incoming>'
    "<bpmn:outgoing>Flow_{2}</bpmn:outgoing></bpmn:userTask>"
)
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="D" targetNamespace="urn:bench">'
    '<bpmn:process id="permit" isExecutable="true"><bpmn:laneSet id="Lanes"><bpmn:lane id="Lane_office" name="科室">'
)
PACK = """
jurisdiction: bench
year: 2021
title: 测量用清单（演示数据）
division: "000000"
source: 测量用
bodies:
  office: {title: 演示主管部门, division: "000000"}
  counties: {title: "{name}演示中心", division: "000000", each: county}
responsibilities:
  - {body: office, programme: permits, part: supervising}
  - {body: counties, programme: permits, part: lead}
"""
PROGRAMME = """
title: 测量用项目
promise: 测量用
basis: 测量用
sources: [{title: 测量用, trust: demonstration}]
division: "000000"
supervised_level: county
cadences: {}
indicators:
  permits: {title: 件数, measure: count, table: permits, unit: 件, direction: hold}
"""
TABLE = """
title: 测量用台账
key: [number]
division_field: county
fields:
  number: {title: 编号, type: text, required: true, sample: A-1}
  county: {title: 县区, type: division, required: true, sample: "341802"}
"""
PROCESS = """
title: 测量用事项
programme: permits
number: {mark: 测}
starts: {by: [official], form: apply}
lanes:
  Lane_office: {role: clerk, body: lead}
forms:
  apply:
    title: 申请
    fields:
      name: {title: 名称, type: text, required: true}
      amount: {title: 金额, type: money}
steps:
  Task_accept: {limit: {amount: 5}, outcomes: {accept: {title: 受理, kind: approve, state: accepted}}}
  Task_check: {limit: {amount: 10}, warn: 2, outcomes: {pass: {title: 通过, kind: approve}}}
  Task_decide: {limit: {amount: 5}, outcomes: {grant: {title: 准予, kind: approve, state: decided}}}
clocks:
  case: {legal: {amount: 20}, promised: {amount: 10}, starts: Task_accept}
"""
OUTCOMES = {"Task_accept": "accept", "Task_check": "pass", "Task_decide": "grant"}


def diagram() -> str:
    """The process as it is drawn: three tasks one after the other."""
    elements = ["Begin", *STEPS, "Finish"]
    refs = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in elements)
    tasks = "".join(_TASK.format(name, at, at + 1) for at, name in enumerate(STEPS))
    flows = "".join(_FLOW.format(at, *pair) for at, pair in enumerate(pairwise(elements)))
    start = '<bpmn:startEvent id="Begin"><bpmn:outgoing>Flow_0</bpmn:outgoing></bpmn:startEvent>'
    end = f'<bpmn:endEvent id="Finish"><bpmn:incoming>Flow_{len(STEPS)}</bpmn:incoming></bpmn:endEvent>'
    lanes = f"{_HEAD}{refs}</bpmn:lane></bpmn:laneSet>"
    return f"{lanes}{start}{tasks}{end}{flows}</bpmn:process></bpmn:definitions>"


def begin() -> Person:
    """The pack is installed, and one county has two clerks; returns the operator."""
    operator = person_named("operator")
    with tempfile.TemporaryDirectory(prefix="shishi-bench-pack-") as name:
        folder = Path(name)
        files = {
            "pack.yaml": PACK,
            "programmes/permits.yaml": PROGRAMME,
            "tables/permits/permits.yaml": TABLE,
            "processes/permit.yaml": PROCESS,
            "processes/permit.bpmn": diagram(),
        }
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        pack = load_pack(folder)
    install_pack(pack, effective_on=None, holds_rows=holds_rows, by=operator, at=AT)
    return operator


def clerks(operator: Person, many: int) -> list[Person]:
    """People of the county's centre."""
    body = centre_of(HOME)
    found = []
    for number in range(many):
        name = f"bench_{number}"
        person = add_person(username=name, name=name, mail="", demonstration=True, by=operator, at=AT)
        add_post(
            username=name,
            body=body,
            role=Role.CLERK,
            divisions=[HOME],
            programmes=["*"],
            until=None,
            by=operator,
            at=AT,
        )
        found.append(person)
    return found


def centre_of(county: str) -> str:
    """The code of the body that leads there."""
    return nearest_part(Part.LEAD, PROGRAMME_NAME, county, day_of(AT))


def fill(cases: int, share: int, operator: Person, owners: Sequence[Person]) -> None:
    """So many open cases: one of ``share`` lies in the home county, each tenth of those has an owner; the others are
    spread over the country."""
    first = open_case(
        "permit",
        answers={"name": "演示"},
        applicant=Applicant("演示申请人"),
        division=HOME,
        by=operator,
        at=AT,
        channel="window",
    )
    held = parts_held(PROGRAMME_NAME, day_of(AT))
    leads = {normalise(place): parts[0].body for place, parts in held.items() if parts[0].part is Part.LEAD}
    bodies = {county: leads[county] for county in sorted(leads)[::20]}
    numbers = iter(range(1, cases))
    tasks, steps = stored("cases.TaskRow").objects, stored("cases.CaseStep").objects
    task, step = tasks.get(case=first), steps.get(case=first)
    away = sorted(bodies)
    while part := list(islice(numbers, CHUNK)):
        rows = [_copied(first, number, HOME if number % share == 0 else away[number % len(away)]) for number in part]
        type(first).objects.bulk_create(rows)
        tasks.bulk_create(_tasks(task, rows, bodies, owners))
        steps.bulk_create(_steps(step, rows))


def multiply(times: int) -> None:
    """Each open task stands so many times: a list among a million tasks need not be asked over a million cases. The
    copies belong to no token, so that nobody completes them here."""
    from django.db import connection

    table = stored("cases.TaskRow")._meta
    names = [item.column for item in table.concrete_fields if not item.primary_key]
    chosen = ["token || '~' || n.n" if name == "token" else name for name in names]
    numbers = " UNION ALL ".join(f"SELECT {number} AS n" for number in range(1, times))
    with connection.cursor() as cursor:
        cursor.execute(  # names of our own columns, and numbers counted here
            f"INSERT INTO {table.db_table} ({', '.join(names)})"  # noqa: S608 - no word of anybody's is in it
            f" SELECT {', '.join(chosen)} FROM {table.db_table} CROSS JOIN ({numbers}) n"
        )


def _copied(first: Any, number: int, county: str) -> Any:
    row = copy(first)
    row.pk, row._state.adding = None, True
    row.uuid, row.number, row.once = UUID(int=number), f"测{county}-2021-{number:07d}", None
    row.division, row.title = county, f"测量用事项 {number}"
    row.opened_at = row.last_at = AT + timedelta(seconds=number % 86_400)
    return row


def _tasks(task: Any, rows: Sequence[Any], bodies: dict[str, str], owners: Sequence[Person]) -> Iterator[Any]:
    for at, row in enumerate(rows):
        made = copy(task)
        made.pk, made._state.adding, made.case = None, True, row
        made.title, made.division, made.opened_at = row.title, row.division, row.opened_at
        home = row.division == HOME
        made.body = task.body if home else bodies[row.division]
        made.due_at = (task.due_at or AT) + timedelta(seconds=(at * 7919) % 864_000)
        made.watch_at = made.due_at
        made.assignee = owners[at % len(owners)] if home and at % 10 == 0 else None
        yield made


def _steps(step: Any, rows: Sequence[Any]) -> Iterator[Any]:
    for row in rows:
        made = copy(step)
        made.pk, made._state.adding, made.case, made.at = None, True, row, row.opened_at
        yield made
