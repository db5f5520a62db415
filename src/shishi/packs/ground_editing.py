"""Editing what a programme stands on and who answers for it: its papers, its bodies, its work record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shishi.packs.definition_editing import as_it_stood
from shishi.packs.drafting import PACK_FILE, Files, tree_of
from shishi.packs.editing import Column, column_tree, with_tree
from shishi.packs.naming import identifier_for
from shishi.packs.writing import programme_file

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Duty:
    """A body and its part in the programme. ``at``: which of the duties that were there it is; ``each``: every division
    of that level has such a body, whose title may hold ``{name}``."""

    at: int | None
    title: str
    division: str
    part: str
    each: str = ""
    leader: str = ""


def set_sources(files: Files, code: str, sources: Sequence[tuple[int | None, Mapping[str, Any]]]) -> dict[str, str]:
    """The papers that the programme stands on, each with its place among those that were there (``None``: new)."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    held = tree.get("sources") or []
    made = [_source(held[at] if at is not None and at < len(held) else {}, told) for at, told in sources]
    return with_tree(files, name, {**tree, "sources": made})


def _source(old: Mapping[str, Any], told: Mapping[str, Any]) -> Tree:
    said = {key: item for key, item in told.items() if item or key == "verified"}
    if said.get("verified") is True and "verified" not in old:
        del said["verified"]
    return as_it_stood(old, said)


def duties_of(files: Files, code: str) -> list[Tree]:
    """Who has what part in the programme: the duty with its body in it."""
    tree = tree_of(files[PACK_FILE], PACK_FILE) if PACK_FILE in files else {}
    bodies = tree.get("bodies") or {}
    duties = [item for item in tree.get("responsibilities") or [] if item.get("programme") == code]
    return [{**item, "held": bodies.get(str(item.get("body"))) or {}} for item in duties]


def set_duties(files: Files, code: str, duties: Sequence[Duty]) -> dict[str, str]:
    """Who has what part in the programme, in this order; parts in other programmes stay."""
    tree = tree_of(files[PACK_FILE], PACK_FILE) if PACK_FILE in files else {}
    bodies: Tree = dict(tree.get("bodies") or {})
    before = [item for item in tree.get("responsibilities") or [] if item.get("programme") == code]
    others = [item for item in tree.get("responsibilities") or [] if item.get("programme") != code]
    made = []
    for duty in duties:
        old = before[duty.at] if duty.at is not None and duty.at < len(before) else {}
        body = str(old.get("body") or "") or _known(bodies, duty) or _free(identifier_for(duty.title), bodies)
        bodies[body] = _body(bodies.get(body) or {}, duty)
        said = {"body": body, "programme": code, "part": duty.part} | ({"leader": duty.leader} if duty.leader else {})
        made.append(as_it_stood(old, said))
    told: Tree = {**tree, "bodies": bodies, "responsibilities": [*others, *made]}
    return with_tree(files, PACK_FILE, {key: item for key, item in told.items() if item or key in tree})


def _body(old: Mapping[str, Any], duty: Duty) -> Tree:
    own = {"title": duty.title, "division": duty.division} | ({"each": duty.each} if duty.each else {})
    kept = {key: item for key, item in old.items() if key in ("ends", "verified")}
    return as_it_stood(old, own) | (kept if old else {"verified": False})


def _known(bodies: Mapping[str, Any], duty: Duty) -> str:
    """A body of the draft that is called so, in the same place."""
    told = (duty.title, duty.division, duty.each)
    found = (
        code
        for code, item in bodies.items()
        if (str(item.get("title")), str(item.get("division")), str(item.get("each") or "")) == told
    )
    return next(found, "")


def _free(name: str, taken: Mapping[str, object]) -> str:
    return next(tried for tried in (name, *(f"{name}_{n}" for n in range(2, 1000))) if tried not in taken)


def set_work_record(files: Files, code: str, *, kept: bool, columns: Sequence[Column]) -> dict[str, str]:
    """Whether the programme keeps a work record, and the columns that it adds to those of the platform."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    old = tree.get("work_record") or {}
    before = old.get("fields") or {}
    fields: Tree = {}
    for column in columns:
        called = column.name or _free(identifier_for(column.title), fields)
        fields[called] = as_it_stood(before.get(column.was) or {}, column_tree(before.get(column.was) or {}, column))
    made: Tree = {**old, "kept": kept, "fields": fields}
    if kept and "kept" not in old:
        del made["kept"]
    made = {key: item for key, item in made.items() if item != {}}
    told = {**tree, "work_record": made}
    return with_tree(files, name, told if made else {key: item for key, item in told.items() if key != "work_record"})
