"""Two instances and a road that is cut, healed and cut again, with processes that are killed in between: nothing is
lost, nothing is there twice, and receipts prove who sent what when."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.durability.linked import Office
from tests.durability.test_kills import work_of
from tests.machine import Machine

PATIENCE_SECONDS = 240
"""So long a busy machine may take for what an idle one does at once."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Iterator[tuple[Office, Office]]:
    """宣城 and 上海, with keys and cards."""
    folder = tmp_path_factory.mktemp("offices")
    here, there = (Office.made(folder, initialised, code) for code in ("gjj-341800", "gjj-310000"))
    yield here, there
    for office in (here, there):
        office.remove()


@pytest.fixture
def offices(made: tuple[Office, Office], tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """Both, for one test."""
    here, there = (office.copy(tmp_path) for office in made)
    yield here, there
    for office in (here, there):
        office.remove()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what a worker does by itself."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.2)


def killed_while_sending(office: Office, after: float) -> bool:
    """A sender that is ended with SIGKILL once it has worked so long; ``False`` when it was done before."""
    process = office.machine.start("exchange", "send-pending")
    for worked in work_of(process):
        if worked >= after:
            process.kill()
            break
    process.communicate()
    office.machine.settled()
    return process.returncode != 0


def measured(office: Office) -> float:
    """Seconds of work that it takes to find out that nobody answers."""
    process = office.machine.start("exchange", "send-pending")
    *_, worked = work_of(process)
    process.communicate()
    return worked


def require_one_outcome(sender: Office, receiver: Office, words: list[str]) -> None:
    """Everything was taken, once, in order; both sides hold the same about each message."""
    said, held = sender.said(), receiver.held()
    assert [one["state"] for one in said] == ["taken"] * len(words)
    assert [one["words"] for one in held] == [f"试通：{word}" for word in words]
    assert [one["state"] for one in held] == ["done"] * len(words)
    told = ("id", "sequence", "digest", "position", "receipted_at", "conversation")
    assert [[one[name] for name in told] for one in said] == [[one[name] for name in told] for one in held]
    for office in (sender, receiver):
        assert office.machine.shishi("audit", "verify")["status"] == "intact"


@pytest.mark.slow
def test_a_link_that_is_cut_and_processes_that_are_killed_lose_nothing_and_double_nothing(
    offices: tuple[Office, Office],
) -> None:
    here, there = offices
    here.meets(there)
    there.meets(here)
    words = [f"第{n}条" for n in range(1, 9)]
    for word in words[:3]:
        here.greets(there, word)
    assert here.shishi("send-pending") == {"taken": 0, "laid": 0, "refused": 0, "waiting": 3}
    (_, peer) = here.shishi("peer", "list")
    assert (peer["failures"], peer["silent"], peer["waiting"]) == (1, False, 3)

    took = measured(here)
    there.open()
    for word, moment in zip(words[3:], (0.7, 0.8, 0.85, 0.9, 0.95), strict=True):
        here.greets(there, word)
        killed_while_sending(here, after=moment * took)
        if moment in (0.8, 0.95):
            there.kill()
            here.shishi("send-pending")
            there.open()
    here.shishi("send-pending")
    until(lambda: all(one["state"] == "done" for one in there.held()))
    there.kill()
    require_one_outcome(here, there, words)


@pytest.mark.kills
def test_with_both_sites_open_their_workers_carry_everything_both_ways(offices: tuple[Office, Office]) -> None:
    here, there = offices
    here.meets(there)
    there.meets(here)
    here.greets(there, "去")
    there.greets(here, "来")
    here.open()
    there.open()
    until(lambda: {one["state"] for one in [*here.said(), *there.said()]} == {"taken"})
    for office in offices:
        office.kill()
    require_one_outcome(here, there, ["去"])
    require_one_outcome(there, here, ["来"])


def test_a_folder_that_is_carried_does_what_a_network_does(offices: tuple[Office, Office], tmp_path: Path) -> None:
    here, there = offices
    stick, copy = tmp_path / "stick", tmp_path / "copy"
    stick.mkdir()
    here.meets(there, f"folder:{stick}")
    there.meets(here, f"folder:{stick}")
    words = ["一", "二", "三"]
    for word in words:
        here.greets(there, word)
    assert here.shishi("send-pending")["laid"] == 3
    assert b"\xe4\xb8\x80" not in b"".join(path.read_bytes() for path in stick.rglob("*.message"))
    shutil.copytree(stick, copy)
    for path in sorted(stick.rglob("*.message"))[:1]:
        path.write_bytes(path.read_bytes()[:-9])  # the stick was pulled out too soon
    first = there.shishi("receive", str(stick), exit_code=1)
    assert (first["new"], [one["code"] for one in first["left"]]) == (2, ["message_unreadable"])
    assert there.shishi("receive", str(copy))["new"] == 1
    shutil.copytree(copy, stick, dirs_exist_ok=True)
    assert here.shishi("receive", str(stick))["receipts"] == 3
    require_one_outcome(here, there, words)
    assert there.shishi("receive", str(stick), exit_code=1)["new"] == 0


def test_a_third_party_can_check_who_sent_what_when_without_any_store(
    offices: tuple[Office, Office], tmp_path: Path
) -> None:
    here, there = offices
    stick, bundle = tmp_path / "stick", tmp_path / "proof.zip"
    stick.mkdir()
    here.meets(there, f"folder:{stick}")
    there.meets(here, f"folder:{stick}")
    message = here.greets(there, "请于三日内核验")
    here.shishi("send-pending")
    there.shishi("receive", str(stick))
    here.shishi("receive", str(stick))
    held = here.said()[0]
    cards = ("--card", str(here.card), "--card", str(there.card))
    for office in (here, there):
        office.shishi("prove", message, "-o", str(bundle))
        told = verified(office, bundle, *cards)
        assert (told["status"], told["keys"], told["received_at"]) == ("holds", "pinned", held["receipted_at"])
        assert (told["sender"]["code"], told["receiver"]["code"]) == (here.code, there.code)
        assert told["sent_at"] == held["at"]
    assert verified(here, bundle)["keys"] == "compare_fingerprints"
    here.shishi("prove", message, "-o", str(bundle), "--without-contents")
    assert {one["code"]: one["holds"] for one in verified(here, bundle, *cards)["checks"]}["body"] is None
    swapped = bundle.read_bytes().replace(b'"purpose"', b'"porpuse"')
    bundle.write_bytes(swapped)
    assert verified(here, bundle, *cards, exit_code=1)["status"] in ("broken", "refused")


def verified(office: Office, bundle: Path, *cards: str, exit_code: int = 0) -> dict[str, Any]:
    """Checked by somebody with an empty data folder."""
    nobody = type(office.machine)(bundle.parent / "nobody", office.machine.code_list)
    found: dict[str, Any] = nobody.shishi("exchange", "verify", str(bundle), *cards, exit_code=exit_code)
    assert not nobody.data.exists()
    return found
