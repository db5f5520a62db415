"""Another city's Open311 server, as it should answer and as it should not: what is rubbish is refused or left, no
answer is followed elsewhere, read for ever or believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.adapters.georeport.base import ServerFailed
from shishi.adapters.georeport.http import MOST_ANSWER, HttpServer, require_address
from shishi.core.errors import Misuse, Refused
from shishi.core.service_requests import LONGEST_TEXT, MOST, Asking, RequestState, read_created, read_requests

NOW = datetime(2021, 9, 13, 1, tzinfo=UTC)
ONE = {"service_request_id": "A-1", "status": "open", "description": "路灯不亮", "lat": 30.94, "long": "118.75"}


@dataclass
class Stub:
    """A server that answers what it was told to."""

    body: bytes = b"[]"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    address: str = ""

    def says(self, document: object) -> None:
        self.body = json.dumps(document).encode()


@contextmanager
def running(stub: Stub) -> Iterator[Stub]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            told = self.rfile.read(length).decode() if length else urlsplit(self.path).query
            stub.asked.append((self.command, urlsplit(self.path).path, parse_qs(told)))
            stub.keys.append(self.headers.get("Idempotency-Key", ""))
            self.send_response(stub.status)
            for name, value in {"Content-Length": str(len(stub.body)), **stub.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(stub.body)

        do_POST = do_GET  # noqa: N815 - as the standard library calls it

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    stub.address = f"http://127.0.0.1:{server.server_port}/open311/v2"
    yield stub
    server.shutdown()
    server.server_close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running(Stub()) as made:
        yield made


def test_a_request_is_asked_as_the_specification_says(stub: Stub) -> None:
    stub.says([{"service_request_id": 638344, "service_notice": "ok"}])
    server = HttpServer(stub.address, "city.example", "secret")
    made = server.create(Asking("001", "路灯不亮", "示例路 1 号", "30.94", "118.75"), "once-1")
    assert (made.number, made.token) == ("638344", "")
    ((method, path, told),) = stub.asked
    assert (method, path, stub.keys) == ("POST", "/open311/v2/requests.json", ["once-1"])
    assert told == {
        "service_code": ["001"],
        "description": ["路灯不亮"],
        "address_string": ["示例路 1 号"],
        "lat": ["30.94"],
        "long": ["118.75"],
        "jurisdiction_id": ["city.example"],
        "api_key": ["secret"],
    }


def test_a_token_becomes_a_number_later(stub: Stub) -> None:
    server = HttpServer(stub.address)
    stub.says([{"token": "t/1"}])
    assert server.create(Asking("001", "x"), "k").token == "t/1"
    stub.says([{"service_request_id": "A-1", "token": "t/1"}])
    assert server.number_of("t/1") == "A-1"
    assert stub.asked[-1][1] == "/open311/v2/tokens/t%2F1.json"


def test_requests_are_read_and_what_is_none_is_counted(stub: Stub) -> None:
    stub.says([ONE, {"status": "open"}, "x", {**ONE, "service_request_id": "A-2", "status": "lost"}, None])
    found = HttpServer(stub.address).since(NOW, ["001", "002"])
    assert [one.number for one in found.requests] == ["A-1"]
    assert (found.requests[0].latitude, found.requests[0].longitude) == ("30.94", "118.75")
    assert found.unreadable == 4
    assert stub.asked[-1][2] == {"start_date": ["2021-09-13T01:00:00+00:00"], "service_code": ["001,002"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b"\xff\xfe",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"errors": []} x',
        b"[1" + b" " * MOST_ANSWER + b"]",
    ],
    ids=["empty", "html", "no text", "object", "null", "deep", "trailing", "huge"],
)
def test_rubbish_is_refused(stub: Stub, body: bytes) -> None:
    stub.body = body
    server = HttpServer(stub.address)
    with pytest.raises(Refused) as refused:
        server.create(Asking("001", "x"), "k")
    assert refused.value.code == "open311_unreadable"


def test_nobody_is_followed_elsewhere(stub: Stub) -> None:
    with running(Stub()) as inside:
        stub.status, stub.headers = 302, {"Location": inside.address}
        with pytest.raises(ServerFailed) as failed:
            HttpServer(stub.address).request("A-1")
        assert failed.value.code == "open311_refused"
        assert inside.asked == []


def test_who_is_not_there_or_has_no_time_is_told_as_such(stub: Stub) -> None:
    stub.status = 500
    with pytest.raises(ServerFailed, match="HTTP 500"):
        HttpServer(stub.address).request("A-1")
    stub.status, stub.headers = 200, {"Content-Length": "1000"}
    with pytest.raises(ServerFailed, match="没有传完"):
        HttpServer(stub.address, timeout=1).request("A-1")
    with pytest.raises(ServerFailed) as failed:
        HttpServer("http://127.0.0.1:9/open311/v2", timeout=1).request("A-1")
    assert failed.value.code == "open311_unreachable"


def test_a_number_of_theirs_never_leads_to_another_address(stub: Stub) -> None:
    HttpServer(stub.address).request("../../admin?x=#")
    assert stub.asked[-1][1] == "/open311/v2/requests/..%2F..%2Fadmin%3Fx%3D%23.json"


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest",
        "http://city.example/v2",
        "https://user@city.example/v2",
        "https://city.example/v2?x=1",
        "https://city.example/v2#x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "https://",
        "https://city.example:port/",
        "https://城市.example/v2",
        "https://city.example/ v2",
        "",
    ],
)
def test_addresses_that_may_lead_astray_are_refused(address: str) -> None:
    with pytest.raises(Misuse) as refused:
        require_address(address)
    assert refused.value.code == "open311_address"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ONE, "status_notes", "token", "x"]), inner),
    max_leaves=12,
)


@given(_json)
def test_whatever_comes_is_read_within_bounds_or_refused(document: object) -> None:
    try:
        found = read_requests(document)
    except Refused:
        return
    assert len(found.requests) + found.unreadable <= MOST
    for one in found.requests:
        assert one.number
        assert one.state in set(RequestState)
        assert len(one.notes) <= LONGEST_TEXT


@given(_json)
def test_a_created_request_has_a_number_or_a_token(document: object) -> None:
    try:
        made = read_created(document)
    except Refused:
        return
    assert bool(made.number) is not bool(made.token)
