"""What ships: every pack loads without a database, keeps its form, and its examples do what they say."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from shishi.core.errors import Misuse
from shishi.core.indicators import Measure
from shishi.core.limits import PauseKind
from shishi.core.programmes import Pack
from shishi.core.work_record import WORK_RECORD
from shishi.packs.canonical import pack_document, pack_from_document, pack_version
from shishi.packs.editor_schema import pack_schema
from shishi.packs.examples import check_examples
from shishi.packs.faults import Faults
from shishi.packs.loading import load_pack
from shishi.packs.yaml_files import read_yaml, typed

REPOSITORY = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (REPOSITORY / "packs").glob("*/*/pack.yaml"))


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(request.param)


def test_all_packs_load_within_seconds() -> None:
    started = time.process_time()
    assert {load_pack(folder).name for folder in FOLDERS} >= {"mohurd/2021", "xuancheng/2021"}
    assert time.process_time() - started < 5


def test_the_canonical_document_gives_the_same_pack_back(pack: Pack) -> None:
    document = json.loads(json.dumps(pack_document(pack)))
    assert pack_from_document(document) == pack


def test_the_version_is_that_of_the_content(pack: Pack) -> None:
    assert pack.version == pack_version(pack)
    assert len(pack.version) == 64


def test_a_document_that_is_no_pack_is_told_so(pack: Pack) -> None:
    with pytest.raises(Misuse, match="pack_document_unreadable"):
        pack_from_document({**pack_document(pack), "invented": 1})


def test_a_pack_that_was_stored_before_pauses_were_said_at_steps_still_reads(pack: Pack) -> None:
    document = json.loads(json.dumps(pack_document(pack)))
    for process in document["processes"]:
        process["clocks"]["pauses"] = ["supplement"]
        for part in (*process["steps"], *process["timers"]):
            del part["pause"]
    read = pack_from_document(document)
    assert [process.steps for process in read.processes] == [
        tuple(replace(step, pause=PauseKind.SPECIAL) for step in process.steps) for process in pack.processes
    ]


def test_every_example_does_what_it_says(pack: Pack) -> None:
    check_examples(pack)


def test_every_table_has_an_example_that_passes_and_one_that_is_refused(pack: Pack) -> None:
    for programme in pack.programmes:
        for table in (item for item in programme.tables if item.short != WORK_RECORD and not item.by_service):
            shown = {example.passes for example in programme.examples if example.table == table.name}
            assert shown == {True, False}, table.name


def test_every_programme_says_what_is_promised_counted_and_due(pack: Pack) -> None:
    for programme in pack.programmes:
        assert programme.promise
        assert programme.sources
        assert programme.cadences
        assert programme.targets
        assert programme.briefs
        assert any(indicator.headline for indicator in programme.indicators)


def test_the_parts_of_every_target_make_the_whole(pack: Pack) -> None:
    for programme in pack.programmes:
        for targets in programme.targets:
            whole = targets.values[programme.division]
            parts = [value for code, value in targets.values.items() if code != programme.division]
            assert not parts or sum(parts) == whole


def test_what_is_demonstration_or_guess_is_marked_unverified(pack: Pack) -> None:
    for programme in pack.programmes:
        for targets in programme.targets:
            assert not ("演示" in targets.document and targets.verified)
        for trajectory in programme.trajectories:
            assert not ("设计建议" in trajectory.source and trajectory.verified)


def test_every_measure_is_used_by_some_indicator() -> None:
    packs = [load_pack(folder) for folder in FOLDERS]
    used = {indicator.measure for pack in packs for item in pack.programmes for indicator in item.indicators}
    assert used == set(Measure)


def test_every_file_of_a_pack_fits_the_schema_for_editors() -> None:
    for pattern, schema in pack_schema().items():
        validator = Draft202012Validator(schema)
        for folder in FOLDERS:
            for file in folder.glob(pattern):
                read = read_yaml(file, file.name, Faults())
                assert read is not None
                tree = json.loads(json.dumps(typed(read.tree), default=str))
                assert not [error.message for error in validator.iter_errors(tree)], file
