"""``brief check`` answers for the paper that went out: every number, and every word about a number."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.apps.town import home
from tests.commands.conftest import Shell

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def brief(shell: Shell) -> Path:
    """The ``.json`` of a brief of two homes."""
    shell.town.hand_in(home("H-1", "issued"), home("H-2"))
    written = shell.done("brief", "homes", "--as-of", "2021-09-30", "-o", shell.folder)
    return Path(next(name for name in written["files"] if name.endswith(".json")))


def changed(path: Path, change: Change) -> Path:
    """The file with one thing changed."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_the_file_as_it_went_out_is_in_order(shell: Shell, brief: Path) -> None:
    told = shell.done("brief", "check", brief)
    assert (told["status"], told["issues"], told["changed"]) == ("ok", [], [])


def test_later_news_is_listed_and_is_no_fault(shell: Shell, brief: Path) -> None:
    shell.town.hand_in(home("H-2", "issued"))
    told = shell.done("brief", "check", brief)
    assert told["status"] == "ok"
    assert {(item["then"], item["now"]) for item in told["changed"] if item["indicator"] == "issued"} >= {("1", "2")}


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["citations"][0].update(value="99"),
        lambda told: told["citations"][0].update(printed="99套"),
        lambda told: told["citations"][0].update(versions={"indicator": 9}),
        lambda told: told["citations"][0].update(known_at="2021-09-29T00:00:00+00:00"),
        lambda told: told["citations"][0].update(division="341802"),
        lambda told: told["citations"].pop(),
        lambda told: told["citations"].append(told["citations"][0] | {"id": "c999"}),
        lambda told: told.update(proof={"day": "2021-09-30", "root": "0"}),
    ],
)
def test_what_was_altered_is_found(shell: Shell, brief: Path, change: Change) -> None:
    code, told = shell.run("brief", "check", changed(brief, change))
    assert (code, told["status"]) == (1, "refused")
    assert "citation_altered" in {issue["code"] for issue in told["issues"]}


def test_a_paper_that_never_went_out_is_not_ours(shell: Shell, brief: Path) -> None:
    code, told = shell.run("brief", "check", changed(brief, lambda told: told.update(title="别的简报")))
    assert (code, [issue["code"] for issue in told["issues"]]) == (1, ["document_not_issued"])


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(citations={}),
        lambda told: told["citations"][0].update(known_at="2021-09-30T10:00:00"),
        lambda told: told["citations"][0].update(division=341802),
        lambda told: told["citations"][0].update(value="sNaN"),
        lambda told: told["citations"][0].update(value=2.5),
        lambda told: told["citations"].insert(0, "c1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(shell: Shell, brief: Path, change: Change) -> None:
    assert shell.refused("brief", "check", changed(brief, change), exit_code=1) == "citations_unreadable"
