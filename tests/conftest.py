"""What every test may count on: no test writes into the data folder of the person who runs it, laws are the same twice,
and a real piece of the country stands ready."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import override_settings
from hypothesis import settings as hypothesis_settings

from tests.machine import SERVER, Machine, once_a_run

hypothesis_settings.register_profile("same_twice", derandomize=True, deadline=None, database=None)
hypothesis_settings.load_profile("same_twice")

LISTS = ("provinces", "cities", "areas", "streets", "villages")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On PostgreSQL every test has to run: one that is skipped there fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if SERVER and reporter and reporter.stats.get("skipped") and session.exitstatus == 0:
        reporter.write_line("FAILED: on PostgreSQL no test may be skipped")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for this run alone, also for the processes that a test starts. Jobs are done at once."""
    folder = tmp_path_factory.mktemp("data")
    at_once = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    with pytest.MonkeyPatch.context() as patch, override_settings(DATA=folder, TASKS=at_once):
        patch.setenv("SHISHI_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def acts_have_words() -> Iterator[None]:
    """Whatever a test has the trail write must have a word for people (``apps.audit.acts``); made-up acts are ``x``."""
    from django.db.models.signals import post_save

    from shishi.apps.audit.acts import words_of
    from shishi.apps.audit.models import AuditEvent

    def named(instance: AuditEvent, **_rest: object) -> None:
        made_up = instance.action.partition(".")[0] in {"x", "test"}
        assert made_up or words_of(instance.action) != instance.action, f"{instance.action}: no word in apps.audit.acts"

    post_save.connect(named, sender=AuditEvent, weak=False)
    yield
    post_save.disconnect(named, sender=AuditEvent)


@pytest.fixture(scope="session")
def code_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real code list cut to what tests need, so that it loads in a blink: every province, city and county, and
    all of 宣城市 (3418) down to the village."""
    return once_a_run(tmp_path_factory, "code-list", _cut)


def _cut(folder: Path) -> None:
    source = Path(site.DIVISIONS_SOURCE)
    if not (source / "villages.csv").is_file():
        pytest.fail(f"no code list in {source}: run make setup")
    for name in LISTS:
        with (source / f"{name}.csv").open(encoding="utf-8-sig", newline="") as given:
            lines = list(csv.reader(given))
        at = lines[0].index("code")
        kept = lines[1:] if name in ("provinces", "cities", "areas") else [x for x in lines[1:] if x[at][:4] == "3418"]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([lines[0], *kept])


@pytest.fixture
def own_folder(tmp_path: Path, code_list: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with keys for one test, and the cut code list for whatever ``init`` the test runs."""
    from shishi.adapters.crypto import KeyRing

    # What a test leaves behind need not survive a power cut: that is what tests/durability are for.
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    folder = tmp_path / "data"
    KeyRing.create(folder / "keys" / "ring.json")
    with override_settings(DATA=folder, DIVISIONS_SOURCE=code_list):
        yield folder


@pytest.fixture
def machine(tmp_path: Path, code_list: Path) -> Iterator[Machine]:
    """A machine without a store, for tests that start processes."""
    made = Machine.new(tmp_path / "machine", code_list)
    yield made
    made.remove()


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory, code_list: Path) -> Machine:
    """What ``init`` makes of a machine, once for the run: whoever needs a fresh store has it made ``anew``."""
    return Machine.once(tmp_path_factory, "initialised", code_list, lambda machine: machine.shishi("init"))


@pytest.fixture
def fresh(initialised: Machine, tmp_path: Path) -> Iterator[Machine]:
    """A machine with a fresh store."""
    made = initialised.anew(tmp_path / "machine")
    yield made
    made.remove()


@pytest.fixture
def another_fresh(initialised: Machine, tmp_path: Path) -> Iterator[Machine]:
    """A second one."""
    made = initialised.anew(tmp_path / "another")
    yield made
    made.remove()
