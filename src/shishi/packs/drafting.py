"""A draft of one programme as files of a pack: begun from what is installed or from a proposed table, built and checked
by the very loader that ``pack check`` uses, raised to new versions where a definition changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from shishi.core.errors import Issue, Refused
from shishi.core.indicators import Indicator, TargetTree, Trajectory
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Table
from shishi.packs.canonical import pack_version
from shishi.packs.examples import check_examples
from shishi.packs.faults import Faults
from shishi.packs.loading import load_pack
from shishi.packs.starting import PENDING
from shishi.packs.table_writing import given_tables
from shishi.packs.writing import pack_files, pack_tree, programme_file, table_file, write_files
from shishi.packs.yaml_files import YamlFile, read_yaml
from shishi.packs.yaml_patching import patched
from shishi.packs.yaml_writing import yaml_text

PACK_FILE = "pack.yaml"
Files = Mapping[str, str]
Versioned = TypeVar("Versioned", Table, Indicator, TargetTree, Trajectory)


def change_of(pack: Pack, code: str, words: Files | None = None) -> dict[str, str]:
    """Where a change of an installed programme begins: its files, and who answers for it. ``words``: the files of the
    draft that was approved last; where they still say what is installed they are begun with, comments included."""
    files = _files_of(_Held(pack))
    tree = tree_of(files[PACK_FILE], PACK_FILE)
    duties = [item for item in tree.get("responsibilities", []) if item["programme"] == code]
    named = {item["body"] for item in duties}
    bodies = {name: item for name, item in tree.get("bodies", {}).items() if name in named}
    own = yaml_text({"bodies": bodies, "responsibilities": duties})
    kept = _still_said(pack, code, {**words, PACK_FILE: own}) if words else {}
    return {PACK_FILE: own, **(kept or {n: t for n, t in files.items() if _belongs(n, code)})}


def _still_said(pack: Pack, code: str, words: Files) -> dict[str, str]:
    """The programme's own files in these words, with the versions that are installed, if they make exactly what is
    installed; else nothing."""
    try:
        made = exported(pack, code, words, pack)
        own = {name: text for name, text in made.items() if _belongs(name, code)}
        same = build(pack, code, {**own, PACK_FILE: words[PACK_FILE]}).version == pack.version
    except (Refused, KeyError):  # what they speak of is not installed any more
        return {}
    return own if same else {}


def whole(pack: Pack | None, code: str, files: Files) -> dict[str, str]:
    """Every file of the pack as it would be with the draft. ``pack``: the one that is installed; without one the
    draft's own ``pack.yaml`` is the whole of it."""
    if pack is None:
        return dict(files)
    kept = {name: text for name, text in _files_of(_Held(pack)).items() if not _belongs(name, code)}
    merged = dict(kept) | {name: text for name, text in files.items() if name != PACK_FILE}
    if PACK_FILE in files:
        merged[PACK_FILE] = _with_own(pack, code, files[PACK_FILE])
    return merged


def _belongs(name: str, code: str) -> bool:
    return name == f"programmes/{code}.yaml" or name.startswith((f"tables/{code}/", f"examples/{code}/"))


class _Held:
    """A pack that is told apart by its version, which says everything of it."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.pack.version == self.pack.version

    def __hash__(self) -> int:
        return hash(self.pack.version)


@lru_cache(maxsize=4)
def _files_of(held: _Held) -> Mapping[str, str]:
    return pack_files(held.pack)


def _with_own(pack: Pack, code: str, text: str) -> str:
    """``pack.yaml`` with the draft's bodies, and its answers to who does what in the programme."""
    own = tree_of(text, PACK_FILE)
    tree = pack_tree(pack)
    duties = [item for item in tree.get("responsibilities", []) if item["programme"] != code]
    tree["bodies"] = {**tree.get("bodies", {}), **own.get("bodies", {})}
    tree["responsibilities"] = [*duties, *own.get("responsibilities", [])]
    return yaml_text(tree)


def tree_of(text: str, name: str) -> dict[str, Any]:
    """A file of a draft as its tree of texts. ``Refused`` (``pack_refused``) when it is no YAML."""
    faults = Faults()
    read = _read(text, name, faults)
    faults.refuse_if_any(name)
    return read.tree if read is not None and isinstance(read.tree, dict) else {}


def _read(text: str, name: str, faults: Faults) -> YamlFile | None:
    with TemporaryDirectory(prefix="shishi-draft-") as folder:
        path = Path(folder) / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        return read_yaml(path, name, faults)


def build(pack: Pack | None, code: str, files: Files) -> Pack:
    """The pack with the draft in it, changed definitions under new versions. ``Refused`` (``draft_refused``) with one
    issue for each fault; ``file`` names the draft's file, ``field`` the place in it."""
    with TemporaryDirectory(prefix="shishi-draft-") as name:
        folder = Path(name).resolve()
        write_files(folder, whole(pack, code, files))
        try:
            built = load_pack(folder)
            check_examples(built)
        except Refused as refused:
            issues = tuple(replace(issue, file=_relative(issue.file, folder)) for issue in refused.issues)
            message = f"草案有 {len(issues)} 处需要改正，改好才能送审。"
            raise Refused("draft_refused", message, issues) from refused
    return raised(pack, built)


def exported(pack: Pack | None, code: str, files: Files, built: Pack) -> dict[str, str]:
    """Every file of the pack with the draft in it, as :func:`build` made it, in the draft's own words, comments
    included: written into them are the versions that rose, and nothing else."""
    made = whole(pack, code, files)
    programme = next(item for item in built.programmes if item.code == code)
    for table in programme.tables:
        name = table_file(code, table.short)
        if name in made:
            made[name] = patched(made[name], _with_version(tree_of(made[name], name), table.version))
    name = programme_file(code)
    tree = tree_of(made[name], name)
    told = {
        "indicators": {item.code: item.version for item in programme.indicators},
        "targets": {item.indicator: item.version for item in programme.targets},
        "trajectories": {item.indicator: item.version for item in programme.trajectories},
    }
    for part, versions in told.items():
        for named, item in (tree.get(part) or {}).items():
            tree[part][named] = _with_version(item, versions[named])
    return {**made, name: patched(made[name], tree)}


def _with_version(tree: dict[str, Any], version: int) -> dict[str, Any]:
    return tree if int(tree.get("version") or 1) == version else {**tree, "version": version}


def _relative(name: str, folder: Path) -> str:
    return name.removeprefix(str(folder)).lstrip("/")


def pending(files: Files) -> tuple[Issue, ...]:
    """What still says ``待填``."""
    return tuple(
        Issue("draft_pending", f"“{_word(field)}”还写着“{PENDING}”，请填好。", file=name, line=number, field=field)
        for name, text in files.items()
        if PENDING in text
        for number, field in _pending_in(text, name)
    )


def _pending_in(text: str, name: str) -> list[tuple[int, str]]:
    """Line and place of every gap of a file; without the places where it is no YAML."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if PENDING in line]
    read = _read(text, name, Faults())
    deepest: dict[int, str] = {}
    for path, line in sorted(read.lines.items(), key=lambda item: len(item[0])) if read else ():
        deepest[line] = ".".join(str(part) for part in path)
    return [(number, deepest.get(number, "")) for number in lines]


_WORDS = {"promise": "承诺", "basis": "依据", "sources": "文件", "title": "名称", "source": "出处"}


def _word(field: str) -> str:
    return _WORDS.get(field.split(".")[0], field or "这里")


def raised(before: Pack | None, after: Pack) -> Pack:
    """The pack with a higher version on every definition that changed under its old one."""
    if before is None:
        return after
    old = {programme.name: programme for programme in before.programmes}
    programmes = tuple(_raised(old[item.name], item) if item.name in old else item for item in after.programmes)
    made = replace(after, programmes=programmes, version="")
    return replace(made, version=pack_version(made))


def _raised(before: Programme, after: Programme) -> Programme:
    tables = {item.name: item for item in before.tables}
    indicators = {item.code: item for item in before.indicators}
    targets = {item.indicator: item for item in sorted(before.targets, key=lambda item: item.version)}
    paths = {item.indicator: item for item in sorted(before.trajectories, key=lambda item: item.version)}
    return replace(
        after,
        tables=tuple(
            item if item.short in given_tables(after) else _newer(tables.get(item.name), item) for item in after.tables
        ),
        indicators=tuple(_newer(indicators.get(item.code), item) for item in after.indicators),
        targets=tuple(_newer(targets.get(item.indicator), item) for item in after.targets),
        trajectories=tuple(_newer(paths.get(item.indicator), item) for item in after.trajectories),
    )


def _newer(before: Versioned | None, after: Versioned) -> Versioned:
    if before is None or before == after or after.version > before.version:
        return after
    return replace(after, version=before.version + 1)
