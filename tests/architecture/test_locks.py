"""The locks hold every dependency, with its hash, and tell nothing about where it was fetched."""

from __future__ import annotations

import json
import re
import tomllib

from tests.architecture.source import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))
PYTHON_LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
NODE_LOCK = json.loads((REPOSITORY / "package-lock.json").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The name of a requirement, without extras and versions."""
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0]


def test_every_python_dependency_is_locked() -> None:
    wanted = (
        PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"] + PROJECT["build-system"]["requires"]
    )
    assert {name_of(requirement) for requirement in wanted} - set(
        re.findall(r"^([\w-]+)(?:\[.*\])?==", PYTHON_LOCK, re.MULTILINE)
    ) == set()


def test_every_locked_python_package_has_a_hash() -> None:
    packages = re.split(r"\n(?=\w)", PYTHON_LOCK.strip())
    assert [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_every_node_package_is_exact_and_locked_with_its_hash() -> None:
    assert all(re.fullmatch(r"[\d.]+", version) for version in PACKAGES["dependencies"].values())
    locked = {path: entry for path, entry in NODE_LOCK["packages"].items() if path}
    assert {f"node_modules/{name}" for name in PACKAGES["dependencies"]} <= set(locked)
    assert [path for path, entry in locked.items() if "integrity" not in entry or "resolved" in entry] == []


def test_lists_of_dependencies_are_sorted() -> None:
    for listed in (PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["dev"]):
        assert listed == sorted(listed, key=name_of)
