"""A shell in the town: commands as they are typed, answers as programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.spreadsheets.template import write_template
from shishi.packs.loading import load_pack
from tests.apps.town import CITIZEN, Town, read_rows
from tests.machine import Machine

LITTLE_PACK = Path(__file__).parents[1] / "little_pack"
AS_OF = ("--as-of", "2021-09-30")


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


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Machine:
    """A demonstration store with the little pack and three rows, and their workbook beside it."""
    return initialised.further(tmp_path_factory, "filled", _fill, demonstration=True)


@pytest.fixture
def filled(filled_once: Machine, tmp_path: Path) -> Iterator[Machine]:
    """The same for one test."""
    made = filled_once.copy(tmp_path / "machine")
    yield made
    made.remove()


@pytest.fixture
def importing(filled_once: Machine) -> tuple[str, ...]:
    """The words with which its rows were imported."""
    return _importing(filled_once)


def _fill(machine: Machine) -> None:
    rows = [{"number": f"H-{n}", "county": "341802", "stage": "registered", "citizen": CITIZEN} for n in range(3)]
    machine.shishi("pack", "install", str(LITTLE_PACK))
    words = _importing(machine)
    write_template(load_pack(LITTLE_PACK).programmes[0].table("homes"), Path(words[3]), rows=rows)
    machine.shishi(*words)


def _importing(machine: Machine) -> tuple[str, ...]:
    return ("ledger", "import", "homes", str(machine.data.with_name("homes.xlsx")), *AS_OF)
