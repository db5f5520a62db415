"""Run on a machine of the tests: opens many cases of a small service, and asks for all of them to be accepted.
Prints the job's id."""

from __future__ import annotations

import os
import sys
from datetime import timedelta


def main(many: int) -> str:
    """The job, which waits for a worker."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    from shishi.apps.cases.bulk import approve_many
    from shishi.apps.cases.models import TaskRow
    from shishi.apps.cases.opening import open_case
    from shishi.apps.cases.parties import Applicant
    from shishi.commands.benches.case_store import AT, HOME, begin

    operator = begin()
    asked = {"answers": {"name": "演示"}, "applicant": Applicant("演示申请人"), "division": HOME, "channel": "window"}
    for number in range(many):
        open_case("permit", **asked, by=operator, at=AT + timedelta(seconds=number), once=f"many-{number}")
    tasks = list(TaskRow.objects.order_by("pk").values_list("pk", flat=True))
    return str(approve_many(tasks, "accept", by=operator, at=AT + timedelta(hours=2)).pk)


if __name__ == "__main__":
    sys.stdout.write(main(int(sys.argv[1])))
