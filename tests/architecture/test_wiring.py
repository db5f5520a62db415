"""What the wiring names by words is there: a handler that is loaded late must not be missed late."""

from __future__ import annotations

from importlib import import_module
from unittest.mock import patch

from shishi.conf import wiring


def test_every_handler_that_is_loaded_late_exists() -> None:
    named: list[tuple[str, str]] = []
    with patch.multiple(
        wiring,
        later=lambda *words: named.append(words),
        register_digester=lambda *words: None,
        _wire_messages=lambda: None,
        _wire_jobs=lambda: None,
    ):
        wiring.wire()
    assert len(named) >= 12
    assert [words for words in named if not callable(getattr(import_module(words[0]), words[1], None))] == []
