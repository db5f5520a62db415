"""Many cases and faults: ``kill -9`` in the middle of many approvals, two officials at the very same moment."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from django.conf import settings

from shishi.apps.cases.bulk import AT_ONCE
from tests.machine import Machine

MANY = 2 * AT_ONCE + 20
ACCEPTED = "SELECT count(*) FROM cases_casestep WHERE action = 'accept'"
TWICE = f"SELECT {MANY} - count(DISTINCT case_id) FROM cases_casestep WHERE action = 'accept'"


def said(machine: Machine, verb: str, many: int) -> Any:
    """What ``many`` prints on that machine."""
    words = [sys.executable, "-m", "tests.durability.many", verb, str(many)]
    run = subprocess.run(
        words, env=machine.environment, cwd=settings.REPOSITORY, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def done_of(machine: Machine, job: str) -> int:
    """How far its progress says it is."""
    try:
        return int(json.loads((machine.data / "jobs" / f"{job}.json").read_text(encoding="utf-8"))["done"])
    except (OSError, ValueError):
        return 0


def test_many_approvals_survive_the_death_of_their_worker(fresh: Machine) -> None:
    machine = fresh
    job = said(machine, "approve", MANY)
    worker = machine.start("work")
    while done_of(machine, job) == 0 and worker.poll() is None:
        time.sleep(0.01)
    worker.kill()
    worker.communicate()
    machine.settled()
    there = machine.number(ACCEPTED)
    assert there in (AT_ONCE, 2 * AT_ONCE), "whole batches, and not yet everything"
    assert machine.shishi("audit", "verify")["status"] == "intact"
    other = machine.start("work")
    until = time.monotonic() + 120
    while machine.shishi("jobs", "show", job)["state"] != "done" and time.monotonic() < until:
        time.sleep(0.2)
    other.kill()
    other.communicate()
    told = machine.shishi("jobs", "show", job)
    assert (told["state"], told["tries"]) == ("done", 2)
    outcome = told["outcome"]
    assert (outcome["done"], outcome["done_before"], outcome["not_done"]) == (MANY - there, there, 0)
    assert (machine.number(ACCEPTED), machine.number(TWICE)) == (MANY, 0), "each once"
    assert machine.shishi("audit", "verify")["status"] == "intact"


def test_of_two_officials_at_the_very_same_moment_one_does_it_and_the_other_hears_so(fresh: Machine) -> None:
    heard = said(fresh, "race", 8)
    assert heard == [["done", "task_done"]] * 8
    assert fresh.number(ACCEPTED) == 8
    assert fresh.shishi("audit", "verify")["status"] == "intact"
