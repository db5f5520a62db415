"""``shishi serve`` as an official's PC runs it: one process, one address, gone at Ctrl+C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

SHISHI = Path(sys.executable).with_name("shishi")


def run(*arguments: str, store: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SHISHI, *arguments], env=store, capture_output=True, text=True, check=False)


@pytest.fixture
def store(tmp_path: Path, code_list: Path) -> dict[str, str]:
    """The environment of a fresh demonstration store."""
    told = {**os.environ, "SHISHI_DATA": str(tmp_path / "data"), "SHISHI_DIVISIONS": str(code_list)}
    made = run("init", "--demonstration", store=told)
    assert made.returncode == 0, made.stderr
    return told


def test_it_serves_this_machine_alone_until_interrupted(store: dict[str, str]) -> None:
    serving = subprocess.Popen(
        [SHISHI, "serve", "--port", "0"], env=store, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        address = re.search(r"http://(127\.0\.0\.1):(\d+)/", serving.stdout.readline())
        assert address is not None
        with urlopen(address[0]) as answer:
            page = answer.read().decode()
        assert "演示数据" in page
        assert "shishi pack install" in page
        # Whoever listened on every address would answer on this one, too.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", int(address[2])), timeout=5)
        second = run("serve", "--port", address[2], store=store)
        assert (second.returncode, "port_taken" in second.stderr) == (2, True)
    finally:
        serving.send_signal(signal.SIGINT)
        _, complaints = serving.communicate(timeout=30)
    assert (serving.returncode, complaints) == (0, "")


def test_an_unknown_person_opens_nothing(store: dict[str, str]) -> None:
    refused = run("serve", "--port", "0", "--as", "nobody", store=store)
    assert (refused.returncode, "unknown_person" in refused.stderr) == (2, True)
