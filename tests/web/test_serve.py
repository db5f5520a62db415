"""``shishi serve`` as an official's PC runs it: one process, one address, gone at Ctrl+C."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.machine import Machine


@pytest.fixture
def store(initialised: Machine, tmp_path: Path) -> Iterator[Machine]:
    """A fresh demonstration store."""
    machine = initialised.anew(tmp_path / "store", demonstration=True)
    yield machine
    machine.remove()


def enter(address: str) -> str:
    """Follow the link as a browser does: look, then press the button."""
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(address) as answer:
        asked = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
    assert asked is not None
    with browser.open(address, urlencode({"csrfmiddlewaretoken": asked[1]}).encode()) as answer:
        return str(answer.read().decode())


def test_it_serves_this_machine_alone_until_interrupted(store: Machine) -> None:
    serving = store.start("serve", "--port", "0")
    try:
        assert serving.stdout is not None
        address = re.search(r"http://(127\.0\.0\.1):(\d+)/", serving.stdout.readline())
        assert address is not None
        way_in = re.search(r"http://\S+", serving.stdout.readline())
        assert way_in is not None
        page = enter(way_in[0])
        assert "演示数据" in page
        assert "shishi pack install" in page
        with pytest.raises(HTTPError, match="400"):
            enter(way_in[0])
        # Whoever listened on every address would answer on this one, too.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", int(address[2])), timeout=5)
        assert store.shishi("serve", "--port", address[2], exit_code=2)["code"] == "port_taken"
    finally:
        serving.send_signal(signal.SIGINT)
        _, complaints = serving.communicate()
    assert (serving.returncode, complaints) == (0, "")


def test_an_unknown_person_opens_nothing(store: Machine) -> None:
    assert store.shishi("serve", "--port", "0", "--as", "nobody", exit_code=2)["code"] == "unknown_person"
