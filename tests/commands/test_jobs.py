"""``shishi jobs`` and ``shishi work``."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.db import transaction

from shishi.adapters.messages.base import Message, Receipt
from shishi.apps.jobs import kinds
from shishi.apps.jobs.kinds import Ending, Errand, register_kind
from shishi.apps.jobs.services import start
from shishi.apps.messages.selectors import deliveries_about
from shishi.apps.messages.services import channels, post_message, register_channels
from tests.commands.conftest import Shell


class Gateway:
    """A way out that takes everything."""

    name = "oa"

    def send(self, message: Message) -> Receipt:
        return Receipt(self.name, message.key)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A kind of job that breaks while the list says so."""
    monkeypatch.setattr(kinds, "_kinds", {})
    found = [True]

    def work(errand: Errand) -> Ending:
        if found[0]:
            raise OSError("磁盘写满")
        return Ending({"rows": 3})

    register_kind("test", work)
    return found


def test_what_failed_is_listed_tried_again_and_let_go(shell: Shell, broken: list[bool]) -> None:
    told = [start("test", name, {}, by=shell.town.operator, at=shell.town.tick()) for name in ("一", "二")]
    listed = shell.done("jobs", "list", "--state", "failed")
    assert [(item["title"], item["tries"], item["owner"]) for item in listed] == [
        ("二", 3, "operator"),
        ("一", 3, "operator"),
    ]
    assert shell.refused("jobs", "drop", told[0].pk) == "reason_missing"
    assert shell.done("jobs", "drop", told[0].pk, "--reason", "不再需要")["state"] == "dropped"
    broken[0] = False
    assert shell.done("jobs", "retry", told[1].pk)["state"] == "done"
    assert shell.done("jobs", "show", told[1].pk)["outcome"] == {"rows": 3}
    assert shell.refused("jobs", "show", "nothing") == "unknown_job"


def test_a_worker_does_what_waits(
    shell: Shell, broken: list[bool], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(
        "django_tasks_db.management.commands.db_worker.Worker.configure_signals", lambda worker: None
    )  # this process has its own
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)
    before = channels()
    register_channels([Gateway()])
    broken[0] = False
    waiting = start("test", "一", {}, by=shell.town.operator, at=shell.town.tick())
    assert waiting.state == "waiting"
    with transaction.atomic():
        post_message(to=shell.town.leader, key="k", subject="请签收", text="", about="notice:1", at=shell.town.tick())
    assert shell.done("work", "--once") == {"status": "stopped"}
    register_channels(before.values())
    assert [item.state for item in deliveries_about("notice:1")] == ["sent"]
    assert [item["state"] for item in shell.done("jobs", "list")] == ["done"]
