"""Ways of messages: a parcel holds what was put into it and nothing else, a folder keeps whole files, HTTP brings the
receipt or says that none came."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from shishi.adapters.exchange.base import NotTaken, Sealed, Unreachable
from shishi.adapters.exchange.folder import MESSAGE, RECEIPT, FolderWay, found, lay_down, taken_up
from shishi.adapters.exchange.http import PATH, RECEIPT_TYPE, HttpWay
from shishi.adapters.exchange.parcels import MOST_BYTES, Parcel, pack, unpack
from shishi.core.errors import Misuse, Refused
from shishi.core.exchange_texts import sha256

PARCEL = Parcel("a.b.c", "正文".encode(), {sha256(b"one"): b"one", sha256(b"two"): b"two"})
SEALED = Sealed(UUID(int=1), "gjj-310000", "gjj-341800", b"sealed")


def archive(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in entries:
            made.writestr(name, content)
    return out.getvalue()


def test_a_parcel_comes_back_as_it_was_and_is_the_same_bytes_each_time() -> None:
    assert unpack(pack(PARCEL)) == PARCEL
    assert pack(PARCEL) == pack(Parcel("a.b.c", "正文".encode(), dict(reversed(PARCEL.files.items()))))


BOTH = (("message.jws", b"a.b.c"), ("body", b""))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "message_malformed"),
        (b"PK\x03\x04nonsense", "message_malformed"),
        (pack(PARCEL)[:-30], "message_malformed"),
        (archive(("body", b"")), "message_malformed"),
        (archive(("message.jws", b"a.b.c")), "message_malformed"),
        (archive(*BOTH, ("../../etc/passwd", b"x")), "message_malformed"),
        (archive(*BOTH, ("files/short", b"x")), "message_malformed"),
        (archive(("message.jws", "中".encode()), ("body", b"")), "message_malformed"),
        (archive(("message.jws", b"x" * 200_000), ("body", b"")), "message_malformed"),
        (archive(*BOTH, *((f"files/{n:064x}", b"") for n in range(60))), "message_malformed"),
        (archive(*BOTH, (f"files/{1:064x}", b"\0" * 2**20), compression=zipfile.ZIP_DEFLATED), "message_malformed"),
        (b"\0" * (MOST_BYTES + 1), "message_too_large"),
    ],
)
def test_what_is_no_parcel_is_refused_before_anything_is_unpacked(content: bytes, code: str) -> None:
    with pytest.raises(Refused, match=code):
        unpack(content)


def test_the_same_name_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = archive(*BOTH, ("body", b"another"))
    with pytest.raises(Refused, match="message_malformed"):
        unpack(content)


def test_a_folder_holds_whole_files_for_their_receiver_alone(tmp_path: Path) -> None:
    assert FolderWay(tmp_path).send(SEALED) == ""
    FolderWay(tmp_path).send(SEALED)
    lay_down(tmp_path, "gjj-341800", UUID(int=2), RECEIPT, b"a.b.c")
    (tmp_path / "to-gjj-341800" / "half.123.part").write_bytes(b"half")
    here = list(found(tmp_path, "gjj-341800", 100))
    assert [(one.kind, one.content) for one in here] == [(MESSAGE, b"sealed"), (RECEIPT, b"a.b.c")]
    assert list(found(tmp_path, "gjj-310000", 100)) == []
    taken_up(here[0].path)
    taken_up(here[0].path)
    assert [one.kind for one in found(tmp_path, "gjj-341800", 100)] == [RECEIPT]


def test_a_folder_is_not_believed(tmp_path: Path) -> None:
    mine = tmp_path / "to-gjj-341800"
    mine.mkdir()
    (tmp_path / "secret").write_text("secret")
    (mine / "link.message").symlink_to(tmp_path / "secret")
    (mine / "large.message").write_bytes(b"x" * 101)
    (mine / "folder.message").mkdir()
    os.mkfifo(mine / "pipe.message")
    assert [one.content for one in found(tmp_path, "gjj-341800", 100)] == [None] * 4


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="peer_unreachable"):
        FolderWay(tmp_path / "no").send(SEALED)
    with pytest.raises(Misuse, match="folder_missing"):
        list(found(tmp_path / "no", "gjj-341800", 100))
    with pytest.raises(Misuse, match="peer_address"):
        FolderWay(Path("relative"))


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "ftp://127.0.0.1",
        "https://user:pass@example.org",
        "https://example.org/?to=1",
        "https://",
        "https://exa mple.org",
        "file:///etc/passwd",
        "http://127.0.0.1.example.org",
    ],
)
def test_only_private_roads_are_taken(address: str) -> None:
    with pytest.raises(Misuse, match="peer_address"):
        HttpWay(address)


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[HttpWay]:
    """A peer on this machine that answers so."""

    class Peer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == PATH
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with HTTPServer(("127.0.0.1", 0), Peer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield HttpWay(f"http://127.0.0.1:{server.server_address[1]}", timeout=5)
        server.shutdown()
        thread.join()


def saying(
    status: int, content: bytes, kind: str = RECEIPT_TYPE, **more: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(peer: BaseHTTPRequestHandler) -> None:
        peer.send_response(status)
        for name, text in {"Content-Type": kind, "Content-Length": str(len(content)), **more}.items():
            peer.send_header(name, text)
        peer.end_headers()
        peer.wfile.write(content)

    return answer


@pytest.mark.parametrize("status", [200, 409, 425])
def test_a_receipt_comes_with_any_status(status: int) -> None:
    with answering(saying(status, b"a.b.c")) as way:
        assert way.send(SEALED) == "a.b.c"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (saying(503, b'{"code": "store_busy", "message": "busy"}', "application/json"), "store_busy"),
        (saying(200, b"<html>a login page</html>", "text/html"), "peer_answer"),
        (saying(302, b"", "text/html", Location="http://127.0.0.1:1/"), "peer_answer"),
        (saying(500, b"[1]", "application/json"), "peer_answer"),
    ],
)
def test_what_is_no_receipt_is_no_receipt(answer: Callable[[BaseHTTPRequestHandler], None], code: str) -> None:
    with answering(answer) as way, pytest.raises(NotTaken, match=code):
        way.send(SEALED)


def test_an_answer_that_breaks_off_tells_nothing_of_the_message() -> None:
    def broken(peer: BaseHTTPRequestHandler) -> None:
        peer.connection.close()

    with answering(broken) as way, pytest.raises(Unreachable, match="peer_unreachable"):
        way.send(SEALED)
    with pytest.raises(Unreachable, match="peer_unreachable"):
        HttpWay("http://127.0.0.1:1", timeout=1).send(SEALED)
