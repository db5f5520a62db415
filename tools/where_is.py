"""Writes docs/where-is.md: where each word lives and what each module is for.
``--check`` tells whether it is current."""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src" / "shishi"
PAGE = REPOSITORY / "docs" / "where-is.md"
RINGS = {
    "core": "Ring 0 · core: what the words mean",
    "packs": "Ring 1a · packs: a folder of YAML becomes core objects",
    "adapters": "Ring 1b · adapters: the outside world",
    "apps": "Ring 2 · apps: what is stored, written and read",
    "web": "Ring 3 · web: what is seen",
    "commands": "Ring 3 · commands: the command line",
    "conf": "Ring 4 · conf: settings and wiring",
}
HEAD = """<!-- Written by `make docs` (tools/where_is.py). Do not edit. -->
# Where is what

A word of the glossary names its module in every ring, so that knowing the word is knowing where to look.
"""


def modules_of(ring: str) -> Iterator[Path]:
    """Every module of a ring with something in it, migrations left out, in order of their path."""
    for path in sorted((SOURCE / ring).rglob("*.py")):
        if "migrations" not in path.parts and path.read_text(encoding="utf-8").strip():
            yield path


def summary(path: Path) -> str:
    """First sentence of the module's docstring on one line; empty when it has none."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(docstring.split("\n\n", 1)[0].split())
    return re.split(r"(?<=[.。])\s", paragraph, maxsplit=1)[0].replace("|", "\\|")


def shown(path: Path) -> str:
    """A module as people write it: ``core/ledger.py``, and a package by its folder ``apps/ledger/``."""
    name = path.relative_to(SOURCE).as_posix()
    return name.removesuffix("__init__.py")


def homes(noun: str) -> list[str]:
    """Modules and packages that carry the noun, in ring order."""
    found: list[str] = []
    for ring in RINGS:
        if ring == noun:
            found.append(f"{ring}/")
        for path in sorted((SOURCE / ring).rglob("*")):
            if path.stem == noun and (path.suffix == ".py" or (path / "__init__.py").is_file()):
                found.append(path.relative_to(SOURCE).as_posix() + ("/" if path.is_dir() else ""))
    return found


def tests_of(noun: str) -> list[str]:
    """Test modules named after the noun (``test_ledger.py``, ``test_ledger_replace.py``) or in a folder of its name."""
    tests = REPOSITORY / "tests"
    name = re.compile(rf"test_{noun}(_\w+)?\.py")
    return [
        path.relative_to(REPOSITORY).as_posix()
        for path in sorted(tests.rglob("test_*.py"))
        if name.fullmatch(path.name) or noun in path.relative_to(tests).parts[:-1]
    ]


def pages_of(noun: str) -> list[str]:
    """Pages of the documentation that speak of the module in code type."""
    docs = REPOSITORY / "docs"
    word = re.compile(rf"`[^`\n]*\b{noun}\b[^`\n]*`")
    return [
        path.relative_to(docs).as_posix()
        for path in sorted(docs.rglob("*.md"))
        if "_build" not in path.parts and path != PAGE and word.search(path.read_text(encoding="utf-8"))
    ]


def words_table() -> Iterator[str]:
    """The glossary, each word with its modules, tests and pages."""
    yield "| word | 中文 | modules | tests | pages |"
    yield "|---|---|---|---|---|"
    for entry in yaml.safe_load((REPOSITORY / "docs" / "glossary.yaml").read_text(encoding="utf-8")):
        nouns: list[str] = entry["modules"]
        code = sorted({home for noun in nouns for home in homes(noun)}, key=lambda home: ring_order(home))
        tests = sorted({test for noun in nouns for test in tests_of(noun)})
        pages = sorted({page for noun in nouns for page in pages_of(noun)})
        cells = [
            entry["term"],
            entry["zh"],
            ", ".join(f"`{home}`" for home in code),
            ", ".join(f"`{test}`" for test in tests),
            ", ".join(f"[{page.rsplit('/', 1)[-1].removesuffix('.md')}]({page})" for page in pages),
        ]
        yield "| " + " | ".join(cells) + " |"


def ring_order(home: str) -> tuple[int, str]:
    """Inner rings first, then by name."""
    return list(RINGS).index(home.split("/", 1)[0]), home


def page() -> str:
    """The whole page as it should stand."""
    lines = [HEAD, "## Words", "", *words_table(), ""]
    for ring, title in RINGS.items():
        lines += [f"## {title}", "", "| module | what it is for |", "|---|---|"]
        lines += [f"| `{shown(path)}` | {summary(path)} |" for path in modules_of(ring)]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write the page, or with ``--check`` end with 1 when it is not what it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = page()
    if not parser.parse_args().check:
        PAGE.write_text(wanted, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != wanted:
        sys.exit("docs/where-is.md is not current: run make docs")


if __name__ == "__main__":
    main()
