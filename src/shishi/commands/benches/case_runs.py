"""What ``bench cases`` measures, each in a process of its own over one store that they share."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING
from zlib import crc32

from shishi.commands.benches.alone import Told
from shishi.core.errors import Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

LOOKS = 100
"""How often each list is asked for."""


def setup() -> None:
    """Django over the store of this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()


def build(cases: int, share: int, times: int) -> Told:
    """Make the store and fill it."""
    setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from shishi.adapters.crypto import KeyRing
    from shishi.apps.accounts.services import make_operator
    from shishi.apps.divisions.services import load_snapshot

    begun = time.perf_counter()
    KeyRing.create(Path(settings.DATA) / "keys" / "ring.json")
    call_command("migrate", verbosity=0, interactive=False)
    from shishi.commands.benches import case_store

    make_operator(case_store.AT - timedelta(days=1))
    load_snapshot(Path(settings.DIVISIONS_SOURCE), by="operator", at=case_store.AT - timedelta(days=1))
    operator = case_store.begin()
    owners = case_store.clerks(operator, 4)
    case_store.fill(cases, share, operator, owners)
    if times > 1:
        case_store.multiply(times)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Told(time.perf_counter() - begun, cases)


def lists(cases: int) -> Told:
    """The to-do list of a county's clerk, of its own tasks, and of the operator whose reach is the country."""
    setup()
    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.cases.todo import TaskQuery, to_do
    from shishi.commands.benches.case_store import AT

    clerk, operator = person_named("bench_0"), person_named("operator")
    kinds: dict[str, tuple[Person, Callable[[int], TaskQuery]]] = {
        "待办首页（县窗口）": (clerk, lambda turn: TaskQuery()),
        "待办第 2–5 页（县窗口）": (clerk, lambda turn: TaskQuery(page=2 + turn % 4)),
        "只看自己认领的": (clerk, lambda turn: TaskQuery(own=True)),
        "一个环节": (clerk, lambda turn: TaskQuery(element="Task_accept")),
        "待办首页（全国操作员）": (operator, lambda turn: TaskQuery()),
    }
    seconds: dict[str, float] = {}
    for name, (person, asked) in kinds.items():
        took = [_timed(partial(to_do, person, AT, asked(turn))) for turn in range(LOOKS + 5)][5:]
        cuts = quantiles(took, n=100)
        seconds[f"{name} p50"], seconds[f"{name} p95"] = cuts[49], cuts[94]
        print(f"{cuts[49] * 1000:8.1f} / {cuts[94] * 1000:8.1f} ms  {name}", file=sys.stderr, flush=True)
    return Told(max(value for name, value in seconds.items() if name.endswith("p95")), cases, phases=seconds)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def complete(part: int, of: int, seconds: float, begins: float) -> Told:
    """Complete tasks of the home county one after the other, as one official's requests would: each its own
    transaction, this process the cases that fall to its ``part`` ``of`` several, from the moment ``begins`` (seconds
    of the clock) on, at which all of them begin. ``rows``: how many in the time."""
    setup()
    from django.db import connection

    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.cases.completing import complete_task
    from shishi.commands.benches.case_store import AT, HOME, OUTCOMES, STEPS
    from shishi.commands.benches.fresh_store import stored

    clerk = person_named(f"bench_{part}")
    held = stored("cases.TaskRow").objects.filter(state="open", division=HOME, assignee__isnull=True, token__in=STEPS)
    told = held.order_by("pk").values_list("pk", "element", "case_id")
    # Not by the remainder of their numbers: the cases of the home county are every so many.
    mine = (item for item in told.iterator() if crc32(str(item[2]).encode()) % of == part)
    waiting = [(pk, element) for pk, element, _case in islice(mine, int(seconds * 400))]
    if not waiting:
        raise Refused("bench_empty", "没有可办的任务，请加大 --cases 或减小 --share。")
    time.sleep(max(0, begins - time.time()))
    done, at, begun = 0, AT + timedelta(hours=2), time.perf_counter()
    for pk, element in waiting:
        if time.perf_counter() - begun > seconds:
            break
        complete_task(pk, OUTCOMES[element], by=clerk, at=at)
        done += 1
    took = time.perf_counter() - begun
    return Told(took, done, answer={"vendor": connection.vendor, "per_second": round(done / took, 1)})


def advance(part: int, of: int, seconds: float, begins: float) -> Told:
    """Create cases and take each through its three tasks to the end, as ``part`` ``of`` several people do it at once,
    from the moment ``begins`` on. ``rows``: how many tasks were completed in the time, beside the cases created."""
    setup()
    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.cases.completing import complete_task
    from shishi.apps.cases.opening import open_case
    from shishi.apps.cases.parties import Applicant
    from shishi.commands.benches.case_store import AT, HOME, OUTCOMES
    from shishi.commands.benches.fresh_store import stored

    clerk, at = person_named(f"bench_{part}"), AT + timedelta(hours=3)
    tasks = stored("cases.TaskRow").objects
    time.sleep(max(0, begins - time.time()))
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        case = open_case(
            "permit",
            answers={"name": f"演示 {done}"},
            applicant=Applicant("演示申请人"),
            division=HOME,
            by=clerk,
            at=at,
            channel="window",
            once=f"bench-{begins}-{part}-{done}",
        )
        for element, outcome in OUTCOMES.items():
            complete_task(tasks.get(case=case, element=element).pk, outcome, by=clerk, at=at)
            done += 1
    took = time.perf_counter() - begun
    return Told(took, done, answer={"people": of, "created": done // len(OUTCOMES)})


def many_at_once(many: int) -> Told:
    """Approve so many in one go, as the worker does it."""
    setup()
    from django.conf import settings
    from django.test import override_settings

    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.cases.bulk import approve_many
    from shishi.commands.benches.case_store import AT, HOME, STEPS
    from shishi.commands.benches.fresh_store import stored

    clerk = person_named("bench_3")
    held = stored("cases.TaskRow").objects.filter(
        state="open", division=HOME, token__in=STEPS[:1], assignee__isnull=True
    )
    wanted = list(held.order_by("-pk").values_list("pk", flat=True)[:many])
    at_once = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    begun = time.perf_counter()
    with override_settings(TASKS=at_once):
        job = approve_many(wanted, "accept", by=clerk, at=AT + timedelta(hours=4))
    took = time.perf_counter() - begun
    return Told(took, len(wanted), answer={**(job.outcome or {}), "data": str(settings.DATA) != ""})


def plain_spiff(many: int) -> Told:
    """SpiffWorkflow alone, as its documentation shows it: the same drawing, each case read from its JSON, one task
    completed, written back as JSON. No people, no rights, no thread, no trail, no database."""
    import json
    from io import BytesIO

    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    setup()
    from shishi.commands.benches.case_store import diagram

    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(diagram().encode()), "permit.bpmn")
    spec = parser.get_spec("permit")
    serializer = BpmnWorkflowSerializer()
    begun, done = time.perf_counter(), 0
    for _ in range(many):
        flow = BpmnWorkflow(spec)
        flow.do_engine_steps()
        kept = serializer.serialize_json(flow)
        done += 1
        while True:
            flow = serializer.deserialize_json(kept)
            ready = flow.get_tasks(state=TaskState.READY, manual=True)
            if not ready:
                break
            ready[0].run()
            flow.do_engine_steps()
            kept = serializer.serialize_json(flow)
            done += 1
    size = len(json.dumps(json.loads(kept)))
    return Told(time.perf_counter() - begun, done, answer={"bytes": size})
