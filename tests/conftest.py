"""What every test may count on: no test writes into the data folder of the person who
runs it, and laws are the same twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile("same_twice", derandomize=True, deadline=None, database=None)
hypothesis_settings.load_profile("same_twice")


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for this run alone, also for the processes that a test starts."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch, override_settings(DATA=folder):
        patch.setenv("SHISHI_DATA", str(folder))
        yield folder
