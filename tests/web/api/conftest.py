"""What tests of the interface share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shishi.web.api.entrance import PACE
from tests.web.api.interface_town import InterfaceTown, Program


@pytest.fixture
def town(db: None, own_folder: Path, code_list: Path) -> Iterator[InterfaceTown]:
    PACE.forget()
    yield InterfaceTown(own_folder, code_list)
    PACE.forget()


@pytest.fixture
def program(town: InterfaceTown) -> Program:
    return Program(town.program())
