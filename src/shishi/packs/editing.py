"""Editing a draft's files by its parts: columns, frame, indicators, targets, rhythm. Each takes the files and gives the
files; what is not spoken of stays as it was written. Faults are for the loader to find, in one place for everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shishi.core.errors import Misuse
from shishi.core.guessing import GuessedTable
from shishi.core.tables import FieldType
from shishi.packs.drafting import PACK_FILE, Files, tree_of
from shishi.packs.naming import identifier_for
from shishi.packs.table_building import ENUMERATED
from shishi.packs.table_writing import field_tree
from shishi.packs.writing import programme_file, table_file
from shishi.packs.yaml_patching import patched
from shishi.packs.yaml_writing import yaml_text

Tree = dict[str, Any]
NO_DIVISION = "表里没有说明一行归哪个地方的列，系统按地方汇总要用，所以添了这一列。"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a person left it in the list of columns. ``was``: the name that it had (empty: a new one);
    ``values`` as written: titles, or ``code=title``, each on a line or after 、; ``references``: the table that a
    reference points to, by its short name"""

    was: str
    name: str
    title: str
    type: FieldType
    required: bool = False
    unit: str = ""
    scale: int | None = None
    values: str = ""
    references: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a programme says of itself. ``document``: the paper that it stands on; ``lead``: the title of the body that
    leads, empty to leave who answers as it is."""

    title: str
    promise: str
    basis: str
    document: str
    division: str
    supervised_level: str
    lead: str = ""
    supervises: tuple[str, ...] | None = None
    """Official codes of the only places that are supervised; ``None``: as it is."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a new programme counts first: its rows, those that got as far as ``stage`` (a choice of the enumeration
    ``field``), or the sum of the number ``field``; how much of it is promised from when until when."""

    measure: str
    field: str = ""
    stage: str = ""
    unit: str = "个"
    target: str = ""
    document: str = ""
    begins: date | None = None
    ends: date | None = None
    cadence: str = "week"


def tables_of(files: Files, code: str) -> tuple[str, ...]:
    """The short names of the draft's tables."""
    prefix = f"tables/{code}/"
    return tuple(name.removeprefix(prefix).removesuffix(".yaml") for name in sorted(files) if name.startswith(prefix))


def with_tree(files: Files, name: str, tree: Mapping[str, Any]) -> dict[str, str]:
    """The files with what this tree says now in this one; what did not change keeps its bytes and its comments."""
    return {**files, name: patched(files.get(name, ""), tree)}


@dataclass(frozen=True, slots=True)
class Link:
    """A column that says to which row of another table (its short name) a row belongs."""

    name: str
    table: str
    title: str


def table_from_guess(guessed: GuessedTable, title: str, link: Link | None = None) -> Tree:
    """A proposed table as its file. Where no column says whose a row is, one is added; so is ``link``, in front."""
    told = {"title": link.title, "type": "reference", "references": link.table, "required": True} if link else {}
    fields: Tree = {link.name: told} if link else {}
    fields |= {field.name: field_tree(field, "a/1/b/c") for field in guessed.fields}
    division = guessed.division_field
    if not division:
        division = next(name for name in ("division", "division_of_row") if name not in fields)
        fields[division] = {"title": "所在行政区划", "type": "division", "required": True, "note": NO_DIVISION}
    else:
        fields[division]["required"] = True
    key = list(guessed.key) or [next(iter(fields))]
    for name in key:
        fields[name]["required"] = True
    return {"title": title, "key": key, "division_field": division, "fields": fields}


def blank_table(title: str) -> Tree:
    """A table without anything but what every table has: a number that tells rows apart, and whose a row is."""
    fields = {
        "number": {"title": "编号", "type": "text", "required": True},
        "division": {"title": "所在行政区划", "type": "division", "required": True, "note": NO_DIVISION},
    }
    return {"title": title, "key": ["number"], "division_field": "division", "fields": fields}


def with_table(files: Files, code: str, tree: Tree, wanted: str = "") -> tuple[dict[str, str], str]:
    """The files with one more table, and its short name."""
    short = _free(wanted or identifier_for(str(tree["title"])), dict.fromkeys(tables_of(files, code)))
    return {**files, table_file(code, short): yaml_text(tree)}, short


def without_table(files: Files, code: str, table: str) -> dict[str, str]:
    """The files without a table, its examples and its cadence. What else names it, the check of the draft says."""
    gone = (table_file(code, table), f"examples/{code}/{table}.yaml")
    kept = {name: text for name, text in files.items() if name not in gone}
    name = programme_file(code)
    tree = tree_of(kept[name], name)
    cadences = {short: item for short, item in (tree.get("cadences") or {}).items() if short != table}
    return with_tree(kept, name, {part: item for part, item in {**tree, "cadences": cadences}.items() if item != {}})


def new_programme(code: str, table: str, tree: Tree, frame: Frame, aim: Aim) -> dict[str, str]:
    """The files of a new programme with one table: what it promises, counts and is due."""
    programme: Tree = {"title": frame.title, "promise": frame.promise, "basis": frame.basis}
    files = {programme_file(code): yaml_text(programme), table_file(code, table): yaml_text(tree)}
    return set_aim(set_frame(files, code, frame), code, table, aim)


def set_frame(files: Files, code: str, frame: Frame) -> dict[str, str]:
    """The programme's title, promise, ground, division and level; and, where one is named, who leads."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    sources = list(tree.get("sources") or [])
    if frame.document and not any(item.get("title") == frame.document for item in sources):
        sources = [{"title": frame.document, "trust": "official", "verified": False}, *sources]
    told = {
        "title": frame.title,
        "promise": frame.promise,
        "basis": frame.basis,
        "sources": sources,
        "division": frame.division,
        "supervised_level": frame.supervised_level,
    }
    if frame.supervises is not None and list(map(str, tree.get("supervises") or ())) != list(frame.supervises):
        tree = {**tree, "supervises": list(frame.supervises)}
    if not tree.get("supervises"):
        tree = {key: item for key, item in tree.items() if key != "supervises"}
    made = with_tree(files, name, {**told, **{key: item for key, item in tree.items() if key not in told}})
    return set_lead(made, code, frame) if frame.lead else made


def set_lead(files: Files, code: str, frame: Frame) -> dict[str, str]:
    """The body that leads the programme in its division, beside all others that have a part."""
    tree = tree_of(files[PACK_FILE], PACK_FILE) if PACK_FILE in files else {}
    bodies = dict(tree.get("bodies") or {})
    known = next((body for body, item in bodies.items() if item.get("title") == frame.lead), "")
    leads = [item for item in tree.get("responsibilities") or [] if item.get("part") == "lead"]
    if known and any(item.get("body") == known and item.get("programme") == code for item in leads):
        return dict(files)
    body = known or _free(identifier_for(frame.lead), bodies)
    bodies[body] = bodies.get(body) or {"title": frame.lead, "division": frame.division, "verified": False}
    duties = [
        item
        for item in tree.get("responsibilities") or []
        if not (item.get("programme") == code and item.get("part") == "lead" and _whole(bodies, item, frame))
    ]
    duties.append({"body": body, "programme": code, "part": "lead"})
    return with_tree(files, PACK_FILE, {**tree, "bodies": bodies, "responsibilities": duties})


def _whole(bodies: Mapping[str, Any], duty: Mapping[str, Any], frame: Frame) -> bool:
    """Whether the body leads in the programme's own division, where there is one that leads."""
    body = bodies.get(str(duty.get("body")), {})
    return str(body.get("division")) == frame.division and not body.get("each")


def _free(name: str, taken: Mapping[str, object]) -> str:
    return next(tried for tried in (name, *(f"{name}_{n}" for n in range(2, 1000))) if tried not in taken)


def set_aim(files: Files, code: str, table: str, aim: Aim) -> dict[str, str]:
    """The first indicators of a programme over its table, with target, trajectory and cadence."""
    name = programme_file(code)
    tree = tree_of(files[name], name)
    indicators: Tree = {
        "total": {"title": "总数", "measure": "count", "table": table, "unit": "个", "direction": "hold"}
    }
    done: Tree = {"title": "完成数", "table": table, "unit": aim.unit, "headline": True}
    if aim.measure == "stage":
        where = {"field": aim.field, "at_least": aim.stage}
        indicators["finished"] = {**done, "measure": "count", "where": where}
        share = {"title": "完成率", "measure": "ratio", "numerator": "finished", "denominator": "total"}
        indicators["finish_rate"] = {**share, "unit": "%", "scale": 2, "printed": {"digits": 2}}
    elif aim.measure == "sum":
        field = tree_of(files[table_file(code, table)], table)["fields"].get(aim.field, {})
        scale = int(field.get("scale") or (2 if field.get("type") == "money" else 0))
        more: Tree = {"scale": scale, "printed": {"digits": scale}} if scale else {}
        indicators["finished"] = {**done, "measure": "sum", "field": aim.field, **more}
    else:
        indicators = {"finished": {**done, "measure": "count"}}
    tree["indicators"] = indicators
    tree["cadences"] = {table: {"kind": aim.cadence}}
    if aim.target:
        document = aim.document or "（见来源）"
        values = {str(tree["division"]): aim.target}
        tree["targets"] = {"finished": {"document": document, "verified": False, "values": values}}
        if aim.begins and aim.ends:
            points = {aim.begins: {"share": 0}, aim.ends: {"share": 1}}
            path = {"shape": "linear", "points": points, "source": document, "verified": False}
            tree["trajectories"] = {"finished": path}
    return with_tree(files, name, tree)


def set_columns(
    files: Files, code: str, table: str, columns: Sequence[Column], *, title: str, key: Sequence[str], division: str
) -> dict[str, str]:
    """The columns of a table, in this order. What the list does not show of a column (limits, synonyms, notes) stays.
    ``Misuse``: ``column_twice``, ``key_missing``."""
    name = table_file(code, table)
    tree = tree_of(files[name], name)
    old = tree.get("fields") or {}
    fields: Tree = {}
    renamed: dict[str, str] = {}
    for column in columns:
        called = column.name or _free(identifier_for(column.title), fields)
        if called in fields:
            raise Misuse("column_twice", f"有两列的代码都是“{called}”。请改掉其中一个。")
        if column.was:
            renamed[column.was] = called
        fields[called] = column_tree(old.get(column.was, {}), column)
    wanted = [renamed.get(part, part) for part in key]
    if not wanted:
        raise Misuse("key_missing", "请至少勾选一列作主键：系统靠它认出同一行。")
    own = {"title": title, "key": wanted, "division_field": renamed.get(division, division), "fields": fields}
    kept = {part: item for part, item in tree.items() if part not in own}
    return with_tree(files, name, {**own, **kept})


def column_tree(old: Mapping[str, Any], column: Column) -> Tree:
    """A column's part of the file with what the list says of it."""
    told: Tree = {"title": column.title, "type": column.type.value}
    if column.required:
        told["required"] = True
    if column.unit:
        told["unit"] = column.unit
    if column.type is FieldType.DECIMAL and column.scale is not None:
        told["scale"] = column.scale
    if column.type is FieldType.REFERENCE:
        told["references"] = column.references or old.get("references")
    said = {"title", "type", "required", "unit", "scale", "values"}
    kept = {name: item for name, item in old.items() if name not in said}
    if column.type in ENUMERATED:
        if not kept.get("values_from"):
            told["values"] = values_from(column.values, old.get("values") or {})
    else:
        kept.pop("values_from", None)
    if old.get("type") != column.type.value:
        kept = {name: item for name, item in kept.items() if name not in ("minimum", "maximum", "references")}
    elif column.type is FieldType.REFERENCE:
        kept.pop("references", None)
    return told | kept


def values_from(text: str, old: Mapping[str, str]) -> dict[str, str]:
    """Choices as a person writes them, from low to high: titles keep the codes that they had, new ones get one.

    >>> values_from("未开工、已开工\\nother=其他", {"not_begun": "未开工"})
    {'not_begun': '未开工', 'started': '已开工', 'other': '其他'}
    """
    codes = {str(title): code for code, title in old.items()}
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[、\n;；]", text))):
        code, _, title = part.rpartition("=")
        title = title.strip()
        wanted = code.strip() or codes.get(title) or identifier_for(title)
        found[wanted if wanted not in found else _free(wanted, found)] = title
    return found


def written_values(values: Mapping[str, str]) -> str:
    """Choices for a person to change: codes only where they are not the ones that a title would get."""
    return "、".join(
        title if identifier_for(str(title)) == code else f"{code}={title}" for code, title in values.items()
    )


def guessed_fields(origin: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What a draft that began from a workbook remembers of each guess: field → letter, header, reasons."""
    return {str(item["field"]): item for item in origin.get("guesses", [])}


def origin_of(guessed: GuessedTable, file: str, sheet: str, passed: Sequence[str]) -> Tree:
    """What is kept of a proposed table's making. No cell of the workbook is among it but the names of choices."""
    return {
        "file": file,
        "sheet": sheet,
        "rows": guessed.rows,
        "key_reason": guessed.key_reason,
        "left_out": [[item.letter, item.header, item.why] for item in guessed.left_out],
        "passed": list(passed),
        "guesses": [
            {"field": guess.field.name, "letter": guess.letter, "header": guess.header, "reasons": list(guess.reasons)}
            for guess in guessed.guesses
        ],
    }
