"""The import contracts hold, and each of them bites: violations are planted into a copy of the source."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import REPOSITORY, SOURCE

CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}

# contract → what is planted, each a file of the copy and its text
VIOLATIONS = [
    ("rings", {"core/planted.py": "import shishi.packs"}),
    ("rings", {"core/planted.py": "import shishi.apps.ledger"}),
    ("rings", {"packs/planted.py": "import shishi.apps.ledger"}),
    ("rings", {"packs/planted.py": "import shishi.adapters"}),
    ("rings", {"adapters/planted.py": "import shishi.packs"}),
    ("rings", {"adapters/planted.py": "import shishi.apps.ledger"}),
    ("rings", {"apps/ledger/planted.py": "import shishi.commands"}),
    ("rings", {"web/planted.py": "import shishi.commands"}),
    ("rings", {"commands/planted.py": "import shishi.web"}),
    ("rings", {"commands/planted.py": "import shishi.conf"}),
    ("rings", {"annexe/__init__.py": "", "annexe/planted.py": "import shishi.core"}),
    ("no-django-below-apps", {"core/planted.py": "import django"}),
    ("no-django-below-apps", {"packs/planted.py": "from django.db import models"}),
    ("no-django-below-apps", {"adapters/planted.py": "import django.conf"}),
    ("core-is-pure", {"core/planted.py": "import duckdb"}),
    ("pydantic-in-packs", {"core/planted.py": "import pydantic"}),
    ("adapters-apart", {"adapters/one/__init__.py": "", "adapters/two/__init__.py": "import shishi.adapters.one"}),
    ("apps-in-order", {"apps/audit/planted.py": "import shishi.apps.ledger"}),
    ("apps-in-order", {"apps/accounts/planted.py": "import shishi.apps.programmes"}),
    ("apps-in-order", {"apps/annexe/__init__.py": ""}),
    (
        "inside-an-app",
        {"apps/ledger/selectors.py": "from shishi.apps.ledger import services", "apps/ledger/services.py": ""},
    ),
    (
        "inside-an-app",
        {"apps/ledger/models.py": "from shishi.apps.ledger import selectors", "apps/ledger/selectors.py": ""},
    ),
    ("models-are-private", {"web/planted.py": "from shishi.apps.ledger import models"}),
    ("models-are-private", {"conf/planted.py": "import shishi.apps.ledger.models"}),
    ("pages-apart", {"web/portal/__init__.py": "", "web/screen/__init__.py": "import shishi.web.portal"}),
    ("pages-apart", {"web/office/__init__.py": "", "web/design/__init__.py": "import shishi.web.office"}),
    ("no-cycles", {"core/planted.py": "import shishi.core.sown", "core/sown.py": "import shishi.core.planted"}),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source with its contracts."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    shutil.copytree(SOURCE, copy / "shishi", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def lint(house: Path, *contracts: str) -> str:
    """What lint-imports says of the copy, as one line."""
    named = [argument for contract in contracts for argument in ("--contract", contract)]
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *named],
        cwd=house,
        env={"PYTHONPATH": str(house), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    return re.sub(r"\s+", " ", said.stdout + said.stderr)


def test_the_source_keeps_every_contract(house: Path) -> None:
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in lint(house)


def test_every_contract_has_a_violation_planted_here() -> None:
    assert {contract for contract, _ in VIOLATIONS} == set(CONTRACTS)


@pytest.mark.parametrize(
    ("contract", "planted"), VIOLATIONS, ids=[f"{contract}-{next(iter(files))}" for contract, files in VIOLATIONS]
)
def test_a_planted_violation_breaks_its_contract_by_name(house: Path, contract: str, planted: dict[str, str]) -> None:
    before = {name: (house / "shishi" / name).read_bytes() for name in planted if (house / "shishi" / name).exists()}
    try:
        for name, text in planted.items():
            place = house / "shishi" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            held = before.get(name, b"").decode("utf-8")
            place.write_text(f"{held}\n{text}\n", encoding="utf-8")
        said = lint(house, contract)
        assert f"{CONTRACTS[contract]} BROKEN" in said
        assert any(f".{Path(name.removesuffix('/__init__.py')).stem}" in said for name in planted)
    finally:
        for name in planted:
            place = house / "shishi" / name
            if name in before:
                place.write_bytes(before[name])
            else:
                place.unlink()
            if not any(place.parent.iterdir()):
                place.parent.rmdir()


def test_the_clock_and_the_dice_are_banned_from_the_core(house: Path) -> None:
    planted = house / "shishi" / "core" / "planted.py"
    calls = ["date.today()", "datetime.now(UTC)", "datetime.utcnow()"]
    imports = ["import random", "import time", "import os", "from pathlib import Path"]
    lines = ["from datetime import UTC, date, datetime", *calls, "from uuid import uuid4", *imports]
    planted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    # The core's own settings extend the repository's by a relative path: the copy has them one folder nearer.
    settings = house / "shishi" / "core" / "ruff.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("../../../", "../../"), encoding="utf-8")
    said = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "check", "--no-cache", "--output-format=concise", str(planted)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    planted.unlink()
    caught = {int(match) for match in re.findall(r"planted\.py:(\d+):\d+: TID251", said)}
    assert set(range(2, len(lines) + 1)) <= caught
