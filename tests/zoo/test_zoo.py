"""Every specimen of the zoo comes to what it must: its rows, or each fault in its cell under its code."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.zoo.everything import ZOO
from tests.zoo.specimen import Specimen

SECONDS = 30
PARENT_GROWTH = 100 * 2**10  # KiB
_TAME = [specimen for specimen in ZOO if not specimen.hostile]
_WILD = [specimen for specimen in ZOO if specimen.hostile]


def test_the_zoo_is_large_and_every_specimen_has_a_name() -> None:
    assert len(ZOO) >= 60
    assert len({specimen.name for specimen in ZOO}) == len(ZOO)


@pytest.mark.parametrize("specimen", _TAME, ids=lambda specimen: specimen.name)
def test_what_clerks_send(specimen: Specimen, tmp_path: Path) -> None:
    outcome = specimen.try_on(specimen.write(tmp_path))
    assert sorted(outcome.refused) == sorted(specimen.refused)
    assert list(outcome.rows) == list(specimen.rows)
    assert all(any(word in note for note in outcome.notes) for word in specimen.told)


@pytest.mark.parametrize("specimen", _WILD, ids=lambda specimen: specimen.name)
def test_what_enemies_send(specimen: Specimen, tmp_path: Path) -> None:
    path = specimen.write(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = specimen.try_on(path)
    path.unlink()
    assert specimen.as_it_must(outcome), outcome
    assert outcome.seconds < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < PARENT_GROWTH
