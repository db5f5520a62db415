"""Run on a machine of the tests, in a process of its own: ``approve N`` opens so many cases of a small service and asks
for all of them to be accepted; ``race N`` lets two officials accept the same case at the same moment, so many times.
Prints what came of it as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person


def opened(many: int, operator: Person) -> Iterator[int]:
    """So many cases; gives the task of each."""
    from shishi.apps.cases.models import TaskRow
    from shishi.apps.cases.opening import open_case
    from shishi.apps.cases.parties import Applicant
    from shishi.commands.benches.case_store import AT, HOME

    asked = {"answers": {"name": "演示"}, "applicant": Applicant("演示申请人"), "division": HOME, "channel": "window"}
    for number in range(many):
        case = open_case("permit", **asked, by=operator, at=AT + timedelta(seconds=number), once=f"many-{number}")
        yield TaskRow.objects.get(case=case).pk


def approve(many: int) -> str:
    """The job, which waits for a worker."""
    from shishi.apps.cases.bulk import approve_many
    from shishi.commands.benches.case_store import AT, begin

    operator = begin()
    tasks = list(opened(many, operator))
    return str(approve_many(tasks, "accept", by=operator, at=AT + timedelta(hours=2)).pk)


def race(many: int) -> list[list[str]]:
    """Of each case what both heard."""
    from django.db import connection

    from shishi.apps.cases.completing import complete_task
    from shishi.commands.benches.case_store import AT, begin, clerks
    from shishi.core.errors import ShishiError

    operator = begin()
    people, heard = clerks(operator, 2), []
    for task in list(opened(many, operator)):
        start, said = Barrier(2), []

        def act(by: Person, task: int = task, start: Barrier = start, said: list[str] = said) -> None:
            connection.ensure_connection()
            start.wait()
            try:
                complete_task(task, "accept", by=by, at=AT + timedelta(hours=2))
                said.append("done")
            except ShishiError as refused:
                said.append(refused.code)
            finally:
                connection.close()

        threads = [Thread(target=act, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        heard.append(sorted(said))
    return heard


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps({"approve": approve, "race": race}[sys.argv[1]](int(sys.argv[2]))))
