"""The house rules that import contracts cannot say. Each list names the places that
break a rule; it should be empty."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from tests.architecture.source import REPOSITORY, SOURCE, TEXT, imports, python, shown, tracked, tree, used_at_run_time

PURE_LIBRARIES = {"shishi.core", "stdnum", "chinese_calendar"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
SIGNALS = ("django.dispatch", "django.db.models.signals", "django.core.signals", "django.test.signals")
MEASURED_IN_POINTS = {"adapters/rendering"}  # lengths on paper, where a float is no amount


@pytest.mark.parametrize(
    ("folder", "most"), [("src/shishi/core", 300), ("src", 400), ("tools", 400), ("packs", 400), ("tests", 600)]
)
def test_no_module_is_longer_than_its_ring_allows(folder: str, most: int) -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python(folder)}
    assert {name: length for name, length in lengths.items() if length > most} == {}


def test_no_function_is_longer_than_forty_lines() -> None:
    long = [
        f"{shown(path, node.lineno)} {node.name}: {node.end_lineno - node.lineno + 1}"
        for path in python("src", "tools")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= 40
    ]
    assert long == []


def test_no_template_is_longer_than_two_hundred_lines() -> None:
    templates = [path for path in tracked() if path.is_relative_to(SOURCE) and path.suffix in {".html", ".typ"}]
    assert [shown(path) for path in templates if len(path.read_text(encoding="utf-8").splitlines()) > 200] == []


def test_no_line_is_longer_than_120_characters() -> None:
    long = [
        shown(path, number)
        for path in python("src", "tests", "tools", "docs")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > 120
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    nameless = [
        shown(path)
        for path in python("src", "tests", "tools")
        if EMPTY_NAMES & {part.removesuffix(".py") for part in path.relative_to(REPOSITORY).parts}
    ]
    assert nameless == []


def test_nothing_uses_signals() -> None:
    signals = [shown(path, line) for path in python("src") for name, line in imports(path) if name.startswith(SIGNALS)]
    assert signals == []


def test_the_core_imports_the_standard_library_itself_and_the_named_pure_libraries() -> None:
    foreign = [
        f"{shown(path, line)} {name}"
        for path in python("src/shishi/core")
        for name, line in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == pure or name.startswith(f"{pure}.") for pure in PURE_LIBRARIES)
    ]
    assert foreign == []


def test_the_core_opens_no_file_and_prints_nothing() -> None:
    calls = [
        shown(path, node.lineno)
        for path in python("src/shishi/core")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input"}
    ]
    assert calls == []


def test_no_amount_becomes_a_float() -> None:
    floats = [
        shown(path, node.lineno)
        for path in python("src")
        if not any(path.is_relative_to(SOURCE / folder) for folder in MEASURED_IN_POINTS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "float")
            or (isinstance(node.func, ast.Attribute) and node.func.attr == "FloatField")
        )
    ]
    assert floats == []


def test_an_apps_models_are_elsewhere_named_in_annotations_alone() -> None:
    strangers = []
    for path in python("src"):
        # Benches fill a ledger of millions of rows behind the services' backs: no service is to offer that.
        in_bench = path.is_relative_to(SOURCE / "commands" / "benches")
        for name, line in imports(path):
            match = not in_bench and re.match(r"shishi\.apps\.(\w+)\.models\b(?:\.(\w+))?", name)
            at_home = match and path.is_relative_to(SOURCE / "apps" / match[1])
            if match and not at_home and (match[2] is None or match[2] in used_at_run_time(path)):
                strangers.append(f"{shown(path, line)} {name}")
    assert strangers == []


def test_every_exception_to_a_check_says_why() -> None:
    exception = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b[:\s]*(?:\[[\w, -]+\])?[A-Z0-9, ]*(?P<reason>.*)$")
    silent = []
    for path in python("src", "tests", "tools", "docs"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = exception.search(line)
            if match and len(re.findall(r"\w+", match["reason"])) < 3:
                silent.append(shown(path, number))
    assert silent == []


def test_nothing_is_left_for_later_in_the_code() -> None:
    marker = re.compile(r"#.*\b(?:TO" + "DO|FIX" + r"ME|X{3})\b")
    left = [
        shown(path, number)
        for path in python("src", "tests", "tools", "docs")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marker.search(line)
    ]
    assert left == []


def test_no_tracked_file_names_a_machines_path_or_a_registrys_host() -> None:
    paths = ["/work" + "/", "/root" + "/", "/home" + "/", "/Users" + "/"]
    hosts = ["pypi" + ".org", "python" + "hosted", "npm" + "js.", "npm" + "mirror", "deb." + "debian", "/simple" + "/"]
    telling = re.compile("|".join(re.escape(word) for word in paths + hosts))
    named = [
        shown(path, number)
        for path in tracked()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if telling.search(line)
    ]
    assert named == []
