"""What would go public, what is, and what was, as programs ask it."""

from __future__ import annotations

import pytest

from shishi.apps.programmes.services import install_pack
from shishi.apps.publishing import selectors
from tests.apps.town import BEGIN, DAY, NAME, home
from tests.commands.conftest import Shell
from tests.web.published import public_pack


@pytest.fixture
def looked_at(shell: Shell) -> Shell:
    """The town with rules for the public, and a stocktake."""
    selectors.forget()
    install_pack(
        public_pack(), effective_on=DAY.replace(day=1), holds_rows=lambda table: False, by=shell.town.operator, at=BEGIN
    )
    shell.town.hand_in(home("X1", "issued"), home("X2"))
    shell.done("day", "2021-09-30", "--at", "2021-09-30T20:00")
    return shell


def test_what_would_go_public_is_told_before_it_does_and_what_was_is_listed(looked_at: Shell) -> None:
    asked = ("publish", "homes", "--as-of", "2021-09-30", "--by", "leader", "--at", "2021-09-30T21:00")
    told = looked_at.done(*asked, "--dry-run")
    assert (told["status"], told["indicators"], told["shown"]) == ("dry_run", ["homes", "issued", "rate"], None)
    assert looked_at.done("editions", "homes", "--as", "leader") == []
    assert looked_at.done(*asked)["status"] == "published"
    again = looked_at.done(*asked, "--dry-run")
    assert (again["shown"], again["changes"]) == ("2021-09-30", 0)
    gone = ("unpublish", "homes", "--as-of", "2021-09-30", "--reason", "有误", "--by", "leader")
    looked_at.done(*gone, "--at", "2021-09-30T22:00")
    (edition,) = looked_at.done("editions", "homes", "--as", "leader")
    assert (edition["programme"], edition["status"], edition["reason"]) == (NAME, "taken_down", "有误")
    assert looked_at.refused("editions", "homes", "--as", "clerk_guangde") == "out_of_reach"
