"""Two offices on one machine, each with a store, a site and keys of its own; the road between them can be cut."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.machine import Machine


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


@dataclass
class Office:
    """One instance. Its site answers at ``port`` while it is up."""

    code: str
    machine: Machine
    port: int = field(default_factory=free_port)
    serving: subprocess.Popen[str] | None = None

    @classmethod
    def made(cls, folder: Path, initialised: Machine, code: str) -> Office:
        machine = initialised.anew(folder / code)
        office = cls(code, machine)
        office.shishi("identity", "--code", code, "--title", f"{code} 中心", "-o", str(office.card))
        return office

    @property
    def card(self) -> Path:
        return self.machine.data / "card.json"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def fingerprint(self) -> str:
        return str(self.shishi("identity")["fingerprint"])

    def shishi(self, *words: str, exit_code: int = 0) -> Any:
        return self.machine.shishi("exchange", *words, exit_code=exit_code)

    def meets(self, other: Office, address: str = "") -> None:
        told = ("--address", address or other.address, "--fingerprint", other.fingerprint)
        self.shishi("peer", "add", str(other.card), *told)

    def greets(self, other: Office, words: str) -> str:
        return str(self.shishi("hello", other.code, "--words", words, "--once", words)["message"])

    def open(self) -> None:
        """The site and its worker come up, as a group of processes of their own."""
        words = [sys.executable, "-m", "shishi.commands.main", "serve", "--cold", "--port", str(self.port)]
        self.serving = subprocess.Popen(
            words,
            env=self.machine.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self.serving.stdout is not None
        assert re.search(r"http://127\.0\.0\.1:\d+/", self.serving.stdout.readline())

    def kill(self) -> None:
        """All of it at once, as a power cut does."""
        if self.serving is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.serving.pid, signal.SIGKILL)
            self.serving.communicate()
            self.machine.settled()
            self.serving = None

    def copy(self, folder: Path) -> Office:
        """The same office once more, keys and all."""
        return Office(self.code, self.machine.copy(folder / self.code))

    def said(self) -> list[dict[str, Any]]:
        """What it said, in the order in which it did."""
        return list(reversed(self.shishi("outbox", "--limit", "500")))

    def held(self) -> list[dict[str, Any]]:
        """What it holds, in the order of the conversation."""
        return sorted(self.shishi("inbox", "--limit", "500"), key=lambda one: int(one["sequence"]))

    def remove(self) -> None:
        self.kill()
        self.machine.remove()
