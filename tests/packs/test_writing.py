"""A pack written as YAML installs to the same thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.packs.faults import Faults
from shishi.packs.loading import load_pack
from shishi.packs.writing import pack_files, programme_files, write_files
from shishi.packs.yaml_files import Scalar, read_yaml, typed
from shishi.packs.yaml_writing import yaml_text

REPOSITORY = Path(__file__).parents[2]
FOLDERS = [
    *sorted(path.parent for path in (REPOSITORY / "packs").glob("*/*/pack.yaml")),
    REPOSITORY / "tests/little_pack",
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_what_is_written_of_a_pack_loads_as_the_same_pack(folder: Path, tmp_path: Path) -> None:
    pack = load_pack(folder)
    write_files(tmp_path, pack_files(pack))
    again = load_pack(tmp_path)
    assert again == pack
    assert again.version == pack.version


def test_what_proves_a_group_is_written_too(tmp_path: Path) -> None:
    files = pack_files(load_pack(FOLDERS[-1]))
    name = "tables/homes/homes.yaml"
    files[name] += (
        "evidence:\n  certificate:\n    because: 发证要有凭据\n    reason: payment\n    photos: {before: 1, after: 2}\n"
        "    where: {field: stage, at_least: issued}\n    within: 500\n"
    )
    write_files(tmp_path / "given", files)
    pack = load_pack(tmp_path / "given")
    assert pack.programmes[0].table("homes").evidence
    write_files(tmp_path / "again", pack_files(pack))
    assert load_pack(tmp_path / "again") == pack


def test_writing_again_what_was_read_gives_the_same_files(tmp_path: Path) -> None:
    files = pack_files(load_pack(FOLDERS[0]))
    write_files(tmp_path, files)
    assert pack_files(load_pack(tmp_path)) == files


def test_what_the_platform_gives_is_not_written_as_if_it_were_the_packs_own() -> None:
    pack = load_pack(REPOSITORY / "packs/xuancheng/2021")
    for programme in pack.programmes:
        files = programme_files(programme)
        assert f"tables/{programme.code}/work_record.yaml" not in files
        assert "\n  rating_count:" not in files[f"programmes/{programme.code}.yaml"]


TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "null", "~", "true", "no", "1", "-3", "0.50", "2021-09-30",
     "1:30", "0x1f", "- a", "a: b", "a #b", "&x", "*x", "!t",
     "'", '"', "，", "{a}", "[", "%", "@", "`", "a\nb", "\u2028", "\x85", "\x00", "\ufeff", "﻿x", "= 1", "<<", "  x "]
)  # fmt: skip
LEAVES = (
    TEXTS
    | st.integers(-(10**12), 10**12)
    | st.booleans()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
    | st.dates(date(1900, 1, 1), date(2200, 1, 1))
)
NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text == text.strip())
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@given(st.dictionaries(NAMES, TREES, max_size=5))
def test_any_tree_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "tree.yaml"
    path.write_text(yaml_text(tree), encoding="utf-8")
    faults = Faults()
    read = read_yaml(path, "tree.yaml", faults)
    assert not faults.issues
    assert read is not None
    assert typed(read.tree) == tree


def test_scalars_keep_their_quotes() -> None:
    tree = {
        "a": Scalar.of("5", plain=True),
        "b": Scalar.of("5", plain=False),
        "c": Decimal("5.0"),
        "d": date(2021, 9, 30),
    }
    assert yaml_text(tree) == "{a: 5, b: '5', c: 5.0, d: 2021-09-30}\n"


LITTLE = Path(__file__).parents[1] / "little_pack"


def test_processes_are_written_as_they_were_drawn_and_said(tmp_path: Path) -> None:
    """A pack that is drafted, exported or begun anew keeps what its cases run."""
    pack = load_pack(LITTLE)
    assert pack.processes
    write_files(tmp_path, pack_files(pack))
    said = (LITTLE / "processes/permit.yaml").read_text(encoding="utf-8")
    assert (tmp_path / "processes/permit.yaml").read_text(encoding="utf-8") == said
    again = load_pack(tmp_path)
    assert (again.processes, again.version) == (pack.processes, pack.version)


def test_a_pack_of_the_time_when_clocks_said_what_pauses_them_is_written_without_that(tmp_path: Path) -> None:
    """Else nobody could draft a change of it: no page mends what stands in a process."""
    pack = load_pack(LITTLE)
    (permit,) = (item for item in pack.processes if item.short == "permit")
    now = "    starts: Task_accept\n"
    for then in (f"{now}    pauses: [supplement, publicity]  # 设计\n", f"{now[:-1]}, pauses: [supplement]\n"):
        sources = {name: text.replace(now, then) for name, text in permit.sources.items()}
        older = replace(pack, processes=(replace(permit, sources=sources),))
        assert "pauses" not in pack_files(older)["processes/permit.yaml"]
        write_files(tmp_path, pack_files(older))
        assert load_pack(tmp_path).processes == pack.processes
