"""Examples of a draft's table, one by one; and what comes of a row when it is tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from shishi.core.errors import Issue, Misuse
from shishi.core.programmes import Programme
from shishi.packs.definition_editing import as_it_stood
from shishi.packs.drafting import Files, tree_of
from shishi.packs.editing import with_tree
from shishi.packs.examples import ExampleLookups, faults_of_row

Tree = dict[str, Any]


def examples_file(code: str, table: str) -> str:
    """Where the examples of a table stand."""
    return f"examples/{code}/{table}.yaml"


def examples_of(files: Files, code: str, table: str) -> list[Tree]:
    """The examples of a table as their file has them."""
    name = examples_file(code, table)
    return list(tree_of(files[name], name).get("examples") or []) if name in files else []


def cells_of(example: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, str]:
    """What an example fills in, by the names of the columns; a file may call a column by its title."""
    row = example.get("row") or {}
    names = {str((told or {}).get("title", name)): name for name, told in fields.items()}
    return {names.get(str(key), str(key)): "" if text is None else str(text) for key, text in row.items()}


def set_example(
    files: Files, code: str, table: str, at: int | None, told: Mapping[str, Any] | None, fields: Mapping[str, Any]
) -> dict[str, str]:
    """The files with one example as it is told now (``at`` ``None``: one more; ``told`` ``None``: without it).
    ``told``: ``title``, ``passes``, ``code``, ``field`` and ``cells`` by the names of the columns."""
    name, found = examples_file(code, table), examples_of(files, code, table)
    if told is None:
        if at is not None:
            del found[at]
    else:
        old = found[at] if at is not None else {}
        made = _example(old, told, fields)
        if at is None:
            found.append(made)
        else:
            found[at] = made
    if not found:
        return {kept: text for kept, text in files.items() if kept != name}
    return with_tree(files, name, {"examples": found})


def _example(old: Mapping[str, Any], told: Mapping[str, Any], fields: Mapping[str, Any]) -> Tree:
    was = old.get("row") or {}
    titles = {name: str((item or {}).get("title", name)) for name, item in fields.items()}
    called = {name: key for key in was for name in fields if str(key) in (titles[name], name)}
    row = {str(called.get(name, titles[name])): text for name, text in told["cells"].items()}
    empty = {str(key): text for key, text in was.items() if text is None}
    order = [
        *(str(key) for key in was if str(key) in row or str(key) in empty),
        *(key for key in row if key not in was),
    ]
    kept = as_it_stood({str(key): text for key, text in was.items()}, row)
    made: Tree = as_it_stood(old, {"title": told["title"]}) | {"passes": told["passes"]}
    if not told["passes"]:
        field = str(told["field"])
        spoken = titles.get(field, field) if str(old.get("field", "")) != field else field
        made |= as_it_stood(old, {"code": told["code"], "field": spoken})
    return made | {"row": {key: kept.get(key) for key in order}}


def outcome(programme: Programme, table: str, cells: Mapping[str, str], year: int) -> tuple[Issue, ...]:
    """What a clerk would be told of such a row, none: it is taken. Asked as of the last day of the list's year."""
    lookups = ExampleLookups(programme, date(year, 12, 31))
    return faults_of_row(programme.table(table), cells, lookups)


def first_fault(programme: Programme, table: str, cells: Mapping[str, str], year: int) -> Issue:
    """The fault for which such a row is refused; ``Misuse`` (``example_passes``) where it is taken."""
    found = outcome(programme, table, cells, year)
    if not found:
        raise Misuse("example_passes", "这一行试填下来会被收下，没有可退回的地方。请改例子，或先写上核对规则。")
    return found[0]
