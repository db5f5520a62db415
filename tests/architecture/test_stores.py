"""The whole suite is for both databases: no test is left out because of the store it runs on, but those of PostgreSQL
alone, and these are counted."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests.architecture.source import REPOSITORY, python

ALONE = {
    "tests/apps/test_supervision.py": 1,  # advisory locks
    "tests/commands/test_drill.py": 1,  # a role that may make no database
    "tests/commands/test_databases.py": 1,  # the whole module: collations, addresses, databases that are not empty
    "tests/durability/test_kills.py": 1,  # a server that is stopped
}
MARK = re.compile(r"^@POSTGRES_ALONE$|^pytestmark = POSTGRES_ALONE$", re.MULTILINE)
ASKED = re.compile(r"skip.*(vendor|SERVER|DATABASE_URL|sqlite)")


def test_what_is_of_postgresql_alone_is_listed_here() -> None:
    found = {
        path.relative_to(REPOSITORY).as_posix(): len(marks)
        for path in python("tests")
        if (marks := MARK.findall(path.read_text(encoding="utf-8")))
    }
    assert found == ALONE


def test_nothing_else_is_left_out_because_of_its_store() -> None:
    asking = [
        path.relative_to(REPOSITORY).as_posix()
        for path in python("tests")
        if any(ASKED.search(line) for line in path.read_text(encoding="utf-8").splitlines())
    ]
    assert asking == ["tests/architecture/test_stores.py", "tests/machine.py"]


@pytest.mark.django_db
def test_the_migrations_say_all_that_the_models_do() -> None:
    told = StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1, stdout=told, stderr=told)
    except SystemExit:
        pytest.fail(f"A migration is missing:\n{told.getvalue()}")
