"""Cases under real processes: two officials at one moment, a click that comes twice, a process that is killed."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.apps.case_town import HOMES, XUANZHOU
from tests.machine import Machine

LITTLE = Path(__file__).parents[1] / "little_pack"
AT = ("--at", "2021-09-13T09:30")


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Machine:
    """A store with two clerks of one window, and a case before them. Nobody works on it: everybody takes a copy."""
    return initialised.further(tmp_path_factory, "window", _filled, demonstration=True)


def _filled(machine: Machine) -> None:
    machine.shishi("pack", "install", str(LITTLE), *AT)
    for name in ("first", "other"):
        machine.shishi("user", "add", name, name, *AT)
        machine.shishi("post", "add", name, "xuanzhou", "clerk", "--division", XUANZHOU, "--programme", HOMES, *AT)
    answers = ("--answer", "number=H-01", "--answer", f"county={XUANZHOU}")
    opened = ("case", "open", "permit", XUANZHOU, "--applicant", "张三", *answers, "--channel", "window")
    machine.shishi(*opened, "--by", "first", *AT)
    paper = machine.data.parent / "title.pdf"
    paper.write_bytes(b"%PDF-1.4 title")
    number = case(machine)["number"]
    machine.shishi("case", "material", number, "title", "give", "--file", str(paper), "--by", "first", *AT)
    machine.shishi("case", "material", number, "pledge", "promise", "--text", "没有纠纷", "--by", "first", *AT)


@pytest.fixture
def office(window: Machine, tmp_path: Path) -> Machine:
    return window.copy(tmp_path / "office")


def case(office: Machine) -> Any:
    (line,) = office.shishi("case", "list", *AT)["lines"]
    return line


def at_once(office: Machine, *whose: str) -> list[tuple[int, Any]]:
    """All of them press the same button at the same moment."""
    (task,) = office.shishi("case", "todo", "--as", "first", *AT)["lines"]
    words = ("case", "complete", str(task["task"]), "accept", *AT, "--json")
    pressed = [office.start(*words, "--by", person) for person in whose]
    told = [(process, *process.communicate()) for process in pressed]
    return [(process.returncode, json.loads(out)) for process, out, _ in told]


def actions(office: Machine) -> list[str]:
    shown = office.shishi("case", "show", case(office)["number"], *AT)
    return [line["action"] for line in shown["thread"]]


def test_of_two_officials_at_one_moment_one_decides_and_the_other_is_told_who(office: Machine) -> None:
    answers = sorted(at_once(office, "first", "other"), key=lambda answer: answer[0])
    assert [code for code, _ in answers] == [0, 1]
    (issue, *_) = answers[1][1]["issues"]
    assert issue["code"] in ("task_done", "task_taken")
    assert actions(office).count("accept") == 1
    assert case(office)["state"] == "accepted"
    office.shishi("audit", "verify")


def test_a_click_that_comes_three_times_is_one_step(office: Machine) -> None:
    assert [code for code, _ in at_once(office, "first", "first", "first")] == [0, 0, 0]
    assert actions(office).count("accept") == 1
    (review,) = office.shishi("case", "todo", *AT)["lines"]
    assert review["element"] == "Task_review"


def test_a_process_that_is_killed_leaves_the_step_undone_or_done(office: Machine) -> None:
    (task,) = office.shishi("case", "todo", "--as", "first", *AT)["lines"]
    words = ("case", "complete", str(task["task"]), "accept", *AT, "--by", "first")
    for moment in (0.3, 0.7, 1.1, 1.6, 2.2):
        process = office.start(*words)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.communicate()
        office.shishi("audit", "verify")
        done = actions(office).count("accept")
        assert done in (0, 1)
        assert (case(office)["state"] == "accepted") is bool(done)
    office.shishi(*words)
    assert actions(office).count("accept") == 1
