"""The pages that people read say the same as the code, and the two READMEs say the same as each other."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from shishi.commands.main import VERBS
from tests.architecture.source import REPOSITORY, SOURCE, python

DOCS = REPOSITORY / "docs"
GLOSSARY = yaml.safe_load((DOCS / "glossary.yaml").read_text(encoding="utf-8"))
DECISIONS = sorted((DOCS / "adr").glob("[0-9]*.md"))


def nouns_of_the_code() -> set[str]:
    """Names of modules and packages, in every ring."""
    inside = (path.relative_to(SOURCE) for path in python("src/shishi"))
    return {part.removesuffix(".py") for path in inside for part in path.parts}


def skeleton(page: Path) -> list[str]:
    """The levels of the headings and the code blocks, in order; of a block only its language and commands."""
    found: list[str] = []
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fence = "" if fence else line
            found += [fence] if fence else []
        elif fence == "```sh":
            found.append(line.split("#")[0].strip())
        elif not fence and (heading := re.match(r"#+ ", line)):
            found.append(heading[0])
    return found


def test_both_readmes_have_the_same_headings_and_the_same_commands() -> None:
    assert skeleton(REPOSITORY / "README.md") == skeleton(REPOSITORY / "README.zh-CN.md")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_each_readme_has_room_for_the_demos_real_output(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert text.count("<!-- demo-output -->") == text.count("<!-- /demo-output -->") == 1


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_a_page_at_the_top_links_only_to_what_exists(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (REPOSITORY / name).read_text(encoding="utf-8"))
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


@pytest.mark.parametrize("entry", GLOSSARY, ids=[entry["term"] for entry in GLOSSARY])
def test_a_word_has_a_chinese_name_a_meaning_and_modules_that_exist(entry: dict[str, str | list[str]]) -> None:
    assert set(entry) == {"term", "zh", "meaning", "modules"}
    assert str(entry["meaning"]).endswith(".")
    assert set(entry["modules"]) - nouns_of_the_code() == set()


def test_every_module_of_the_core_belongs_to_a_word() -> None:
    named = {noun for entry in GLOSSARY for noun in entry["modules"]}
    inside = {path.stem for path in python("src/shishi/core")} - {"__init__"}
    assert inside - named == set()


def test_every_verb_of_the_command_line_has_its_module() -> None:
    modules = {module for module, _ in VERBS.values()}
    assert {module for module in modules if importlib.util.find_spec(module) is None} == set()


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=[page.stem for page in DECISIONS])
def test_a_decision_has_its_context_and_its_consequences(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {page.name[:4]} [^\n]+\n", text)
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
