"""What the wiring names by words is there: a handler that is loaded late must not be missed late."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from unittest.mock import patch

from shishi.conf import wiring


def test_every_handler_that_is_loaded_late_exists() -> None:
    named: list[tuple[str, str]] = []
    later = wiring.later

    def noted(module: str, name: str) -> Callable[..., object]:
        named.append((module, name))
        return later(module, name)  # what is registered here stays for the tests that follow

    with patch.multiple(wiring, later=noted):
        wiring.wire()
    assert len(named) >= 12
    assert [words for words in named if not callable(getattr(import_module(words[0]), words[1], None))] == []
