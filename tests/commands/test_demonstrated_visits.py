"""The demonstration's visits are carried out as their file tells, twice to no other end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from shishi.apps.accounts.roles import Role
from shishi.apps.audit.selectors import verify
from shishi.apps.fieldwork.models import ProblemRow, VisitRow
from shishi.commands.demonstration.visits import Visited
from tests.apps.town import home
from tests.commands.conftest import Shell

FILES = sorted(Path(settings.PACKS).glob("*/*/demonstration/visits.yaml"))


def changed(told: dict[str, object]) -> dict[str, object]:
    """The shipped file, for the little pack."""
    return {**told, "programme": "homes", "table": "homes", "division": "341802", "where": {"stage": "issued"}}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-4])
def test_what_a_list_tells_is_carried_out_once(shell: Shell, tmp_path: Path, path: Path) -> None:
    folder = tmp_path / "somewhere" / "2021"
    (folder / "demonstration").mkdir(parents=True)
    told = changed(yaml.safe_load(path.read_text(encoding="utf-8")))
    (folder / "demonstration" / "visits.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))
    for name in ("verifier_a", "verifier_b"):
        shell.town.person(name, "office", Role.SUPERVISOR, "3418")
    shell.town.hand_in(home("X1", "issued"), home("X2", "issued"), by=shell.town.clerk())
    lines = list(Visited(folder).run({"homes"}))
    assert lines[0].endswith("发现 2 个问题，已复查销号 1 个")
    assert sorted(ProblemRow.objects.values_list("state", flat=True)) == ["closed", "replied"]
    assert sorted(VisitRow.objects.values_list("state", flat=True)) == ["done", "planned"]
    assert all(VisitRow.objects.values_list("demonstration", flat=True))
    assert list(Visited(folder).run({"another"})) == []
    assert verify().broken is None


def test_everything_in_it_says_that_it_is_made_up() -> None:
    (told,) = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES)
    said = [visit[name] for visit in told["visits"] for name in ("title", "place", "text") if name in visit]
    problems = [item for visit in told["visits"] for item in visit.get("problems", ())]
    said += [item["text"] for item in problems]
    said += [step[name] for item in problems for step in item["steps"] for name in ("reply", "close") if name in step]
    assert [text for text in said if "演示" not in text] == []
    moments = [str(step["at"]) for item in problems for step in item["steps"]]
    assert sorted(moments) == moments
    assert all(isinstance(visit["planned_on"], date) for visit in told["visits"])
