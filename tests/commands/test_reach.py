"""A county's clerk sees and does what the county is, by every command."""

from __future__ import annotations

from datetime import date

import pytest

from shishi.apps.documents.composing import BriefRequest, compose
from tests.apps.town import GUANGDE, XUANZHOU, home
from tests.commands.conftest import Shell

DAY = ("--as-of", "2021-09-30")
AS, BY = ("--as", "clerk_xuanzhou"), ("--by", "clerk_xuanzhou")


@pytest.fixture
def filled(shell: Shell) -> Shell:
    """Two counties with rows; the clerk is of 宣州区."""
    shell.town.hand_in(home("H-1", "issued"), home("H-2"), by=shell.town.clerk())
    shell.town.hand_in(home("SECRET-1", "issued", GUANGDE), by=shell.town.clerk("guangde"))
    return shell


@pytest.mark.parametrize(
    "words",
    [
        ("indicators", "homes", *DAY, "--division", GUANGDE, *AS),
        ("indicators", "homes", *DAY, "--division", "3418", *AS),
        ("why", "homes", "issued", *DAY, "--division", GUANGDE, *AS),
        ("brief", "homes", *DAY, "--division", GUANGDE, *BY),
        ("brief", "homes", *DAY, "--division", XUANZHOU, *BY),
        ("audit", "verify", *AS),
        ("audit", "list", *AS),
        ("backup", "~/backup", *BY),
        ("messages", "failed", *AS),
        ("messages", "deliver", *BY),
        ("notice", "draft", "homes", *DAY, *BY),
        ("day", "2021-09-30", "--programme", "homes", *BY),
        ("user", "add", "x", "y", *BY),
        ("post", "add", "clerk_xuanzhou", "office", "leader", "--division", "341800", *BY),
        ("bench", "startup", *BY),
        ("ledger", "no-change", "homes", *DAY, "--division", GUANGDE, *BY),
        ("ledger", "export", "homes", "-o", "~/out.xlsx", "--division", GUANGDE, *AS),
        ("ledger", "template", "homes", "-o", "~/out.xlsx", "--prefill", "--division", GUANGDE, *AS),
    ],
)
def test_what_lies_elsewhere_is_refused(filled: Shell, words: tuple[str, ...]) -> None:
    filled.town.now = filled.town.tick()
    told = [word.replace("~", str(filled.folder)) for word in words]
    assert filled.refused(*told) == "out_of_reach"


def test_a_list_holds_only_the_own_county(filled: Shell) -> None:
    listed = filled.done("indicators", "homes", *DAY, "--level", "county", "--indicator", "homes", *AS)
    assert [(item["division"], item["value"]) for item in listed] == [("341802", "2")]
    (batch,) = filled.done("ledger", "batches", "homes", *AS)
    assert batch["person"] == "clerk_xuanzhou"
    why = filled.done("why", "homes", "homes", *DAY, *AS)
    assert {row["key"] for row in why["rows"]} == {"H-1", "H-2"}
    assert "SECRET" not in str(why)


def test_the_day_without_a_programme_is_of_those_that_one_may_run(filled: Shell) -> None:
    assert filled.refused("day", "2021-09-30", *BY) == "no_programme"
    (run,) = filled.done("day", "2021-09-30", "--by", "leader")
    assert run["programme"] == "somewhere/2021/homes"


def test_a_reader_gets_a_brief_that_was_written_but_writes_none(filled: Shell) -> None:
    filled.done("brief", "homes", *DAY, "--division", XUANZHOU, "-o", filled.folder, "--by", "leader")
    fetched = filled.done("brief", "homes", *DAY, "--division", XUANZHOU, "-o", filled.folder, *BY)
    assert fetched["written"] is False


def test_of_two_that_write_the_same_brief_at_once_one_finds_the_others(
    filled: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("brief", "homes", *DAY, "-o", filled.folder, "--by", "leader")

    def compose_while_another_writes(request: BriefRequest) -> object:
        monkeypatch.setattr("shishi.apps.documents.services.compose", compose)
        assert filled.done(*words)["written"] is True
        return compose(request)

    monkeypatch.setattr("shishi.apps.documents.services.compose", compose_while_another_writes)
    assert filled.done(*words)["written"] is False
    assert len(filled.done("brief", "list")) == 1


def test_a_post_that_has_ended_gives_nothing(filled: Shell) -> None:
    post = filled.town.clerk().posts.get()
    post.until = date(2021, 9, 29)
    post.save()
    assert filled.refused("indicators", "homes", *DAY, *AS) == "out_of_reach"
    assert filled.done("ledger", "batches", "homes", *AS)[0]["person"] == "clerk_xuanzhou"


def test_a_row_elsewhere_is_as_unknown_as_one_that_is_not_there(filled: Shell) -> None:
    for number in ("H-1", "NOWHERE"):
        words = ("ledger", "withdraw", "homes", f"number={number}", *DAY, "--reason", "x", "--by", "clerk_guangde")
        assert filled.refused(*words) == "unknown_row"


def test_nobody_undoes_what_another_county_reported(filled: Shell) -> None:
    said = filled.done("ledger", "no-change", "homes", *DAY, "--division", GUANGDE, "--by", "clerk_guangde")
    filled.town.now = filled.town.tick()
    assert filled.refused("ledger", "undo", str(said["batch"]), "--reason", "x", *BY) == "out_of_reach"
