"""``shishi serve`` as an official's PC runs it: one process, one address, gone at Ctrl+C."""

from __future__ import annotations

import re
import signal
import socket
from urllib.request import urlopen

import pytest

from tests.machine import Machine


@pytest.fixture
def store(machine: Machine) -> Machine:
    """A fresh demonstration store."""
    machine.shishi("init", "--demonstration")
    return machine


def test_it_serves_this_machine_alone_until_interrupted(store: Machine) -> None:
    serving = store.start("serve", "--port", "0")
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
        assert store.shishi("serve", "--port", address[2], exit_code=2)["code"] == "port_taken"
    finally:
        serving.send_signal(signal.SIGINT)
        _, complaints = serving.communicate(timeout=30)
    assert (serving.returncode, complaints) == (0, "")


def test_an_unknown_person_opens_nothing(store: Machine) -> None:
    assert store.shishi("serve", "--port", "0", "--as", "nobody", exit_code=2)["code"] == "unknown_person"
