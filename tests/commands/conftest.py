"""A shell in the town: commands as they are typed, answers as programs read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apps.town import Town, read_rows


@dataclass
class Shell:
    """Runs ``shishi … --json`` in the town's store and expects one document, whatever comes of it."""

    town: Town
    folder: Path
    capture: pytest.CaptureFixture[str]

    def run(self, *words: object) -> tuple[int, Any]:
        from shishi.commands.main import main

        self.capture.readouterr()
        ended = main([*map(str, words), "--json"])
        told = self.capture.readouterr()
        assert "Traceback" not in told.err
        return ended, json.loads(told.out)

    def refused(self, *words: object, exit_code: int = 2) -> str:
        """The code of the refusal; every one carries a message and its issues."""
        ended, document = self.run(*words)
        assert (ended, document["status"]) == (exit_code, "refused"), words
        assert document["message"]
        assert document["issues"]
        return str(document["code"])

    def done(self, *words: object) -> Any:
        ended, document = self.run(*words)
        assert ended == 0, document
        return document


@pytest.fixture
def labelled(db: None, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store's folder that commands find ready, with workbooks read as rows."""
    monkeypatch.setattr("shishi.apps.ledger.services.Workbook", read_rows)
    own_folder.mkdir(exist_ok=True)
    (own_folder / "store.json").write_text(json.dumps({"demonstration": True}))
    return own_folder


@pytest.fixture
def shell(labelled: Path, code_list: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The town with its store labelled, so that commands find it ready."""
    return Shell(Town(labelled, code_list), tmp_path, capsys)
