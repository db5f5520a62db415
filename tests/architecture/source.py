"""What the architecture tests look at: the repository's own files, parsed once."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "shishi"
TEXT = {".py", ".toml", ".yaml", ".yml", ".md", ".sh", ".json", ".lock", ".html", ".css", ".js", ".txt", ".typ", ""}


@cache
def tracked() -> tuple[Path, ...]:
    """Files that belong to the repository: committed, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (REPOSITORY / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def python(*folders: str) -> tuple[Path, ...]:
    """Python files of the repository under the given folders (``src``, ``tests``…); migrations are left out."""
    roots = [REPOSITORY / folder for folder in folders]
    return tuple(
        path
        for path in tracked()
        if path.suffix == ".py" and "migrations" not in path.parts and any(path.is_relative_to(root) for root in roots)
    )


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path, line: int | None = None) -> str:
    """A place as an editor opens it: ``src/shishi/core/ledger.py:12``."""
    name = path.relative_to(REPOSITORY).as_posix()
    return name if line is None else f"{name}:{line}"


def imports(path: Path) -> list[tuple[str, int]]:
    """Absolute names that a file imports, with their lines; ``from a import b`` gives ``a.b``."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


@cache
def used_at_run_time(path: Path) -> frozenset[str]:
    """Names that a file uses for more than annotations."""
    annotations: set[int] = set()
    for node in ast.walk(tree(path)):
        stated = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        annotations |= {id(part) for root in stated if root is not None for part in ast.walk(root)}
    names = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Name) and id(node) not in annotations)
    return frozenset(node.id for node in names)
