"""``--engine spark`` from the command line: the same figures in one document, and a
gentle word where it is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.apps.town import DAY, LANGXI, home
from tests.commands.conftest import Shell

ASKED = ("indicators", "homes", "--as-of", DAY)


@pytest.mark.spark
def test_spark_prints_the_very_document_that_duckdb_prints(shell: Shell) -> None:
    shell.town.hand_in(home("H-1", "issued", area="80.55"), home("H-2", county=LANGXI))
    assert shell.done(*ASKED, "--engine", "spark") == shell.done(*ASKED, "--engine", "duckdb")


def test_where_pyspark_is_not_installed_the_way_out_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.town.hand_in(home("H-1", "issued", area="80.55"), home("H-2", county=LANGXI))
    for module in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setattr("shishi.adapters.engines.spark_session._SESSIONS", {})
    assert shell.refused(*ASKED, "--engine", "spark") == "spark_missing"


@pytest.mark.spark
def test_where_there_is_no_java_the_way_out_is_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shell.town.hand_in(home("H-1", "issued", area="80.55"), home("H-2", county=LANGXI))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr("shishi.adapters.engines.spark_session._SESSIONS", {})
    assert shell.refused(*ASKED, "--engine", "spark") == "java_missing"
