"""Every channel keeps the same promises, and nothing that comes from a table can open a second header."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.adapters.messages.base import DeliveryFailed, Message, MessageChannel
from shishi.adapters.messages.gateway import Gateway
from shishi.adapters.messages.mail import MailFolder, MailServer, mail_channel, mail_of
from shishi.core.errors import Misuse

SENDER = "shishi@example.gov.cn"
TEXT = "宣州区“已办证套数”为8876套，\n按序时进度应为13350套。\n.\n请于10月11日前反馈。"


def message(key: str = "notice:提示〔2021〕3号:xuanzhou", subject: str = "工作提示单〔2021〕3号") -> Message:
    return Message(key, "xuanzhou@example.gov.cn", subject, TEXT)


@dataclass
class Far:
    """What arrived at the other end, by key; how the other end behaves."""

    channel: MessageChannel
    broken: MessageChannel
    got: dict[str, tuple[str, str]] = field(default_factory=dict)
    times: int = 0


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as smtplib needs."""

    def handle(self) -> None:
        far: Far = self.server.far  # type: ignore[attr-defined]  # hung on the stub server below
        self.wfile.write(b"220 stub\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                content = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    content += part.removeprefix(b".")
                mail = email.message_from_bytes(content, policy=email.policy.default)
                far.got[str(mail["Message-ID"])] = (str(mail["Subject"]), mail.get_content())
                far.times += 1
                self.wfile.write(b"250 taken\r\n")
            elif word == b"RCPT" and b"nobody" in line:
                self.wfile.write(b"550 unknown\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Web(BaseHTTPRequestHandler):
    """A gateway that takes, refuses, or sends elsewhere."""

    def do_POST(self) -> None:
        far: Far = self.server.far  # type: ignore[attr-defined]  # hung on the stub server below
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/take":
            self.send_response(307 if self.path == "/away" else 500)
            self.send_header("Location", "/take")
            self.end_headers()
            return
        far.got[document["key"]] = (document["subject"], document["text"])
        far.times += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"reference": f"stub:{document['key']}"}).encode())

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def serve(server: socketserver.TCPServer) -> Iterator[socketserver.TCPServer]:
    server.daemon_threads = True  # type: ignore[attr-defined]  # both stubs are threading servers
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["folder", "server", "gateway"])
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Far]:
    if request.param == "folder":
        blocked = tmp_path / "file"
        blocked.write_text("not a folder")
        yield Far(MailFolder(tmp_path / "mail", SENDER), MailFolder(blocked, SENDER))
        return
    kind = ThreadingHTTPServer if request.param == "gateway" else socketserver.ThreadingTCPServer
    for server in serve(kind(("127.0.0.1", 0), Web if request.param == "gateway" else Mailbox)):
        port = server.server_address[1]
        if request.param == "gateway":
            base = f"http://127.0.0.1:{port}"
            made = Far(Gateway("sms", f"{base}/take", token="t"), Gateway("sms", f"{base}/fail", timeout=2))
        else:
            made = Far(MailServer("127.0.0.1", port, SENDER), MailServer("127.0.0.1", 1, SENDER, timeout=2))
        server.far = made  # type: ignore[attr-defined]  # the handlers look here
        yield made


def arrived(far: Far) -> dict[str, tuple[str, str]]:
    if isinstance(far.channel, MailFolder):
        mails = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in far.channel.folder.iterdir()
        ]
        return {str(mail["Message-ID"]): (str(mail["Subject"]), mail.get_content()) for mail in mails}
    return far.got


def test_what_was_sent_arrives_whole(far: Far) -> None:
    receipt = far.channel.send(message())
    ((subject, text),) = arrived(far).values()
    assert receipt.channel == far.channel.name
    assert receipt.reference
    assert subject == "工作提示单〔2021〕3号"
    assert text.replace("\r\n", "\n").rstrip("\n") == TEXT


def test_the_same_key_twice_is_one_message_at_the_other_end(far: Far) -> None:
    assert far.channel.send(message()) == far.channel.send(message())
    assert len(arrived(far)) == 1
    far.channel.send(message(key="another"))
    assert len(arrived(far)) == 2


def test_what_is_not_taken_is_said_and_may_be_tried_again(far: Far) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        far.broken.send(message())
    assert caught.value.code in {"channel_unreachable", "channel_refused"}
    assert caught.value.message.endswith("。")
    assert not far.times


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("place", ["key", "to", "subject"])
def test_a_line_break_never_reaches_a_header(mark: str, place: str) -> None:
    settings = {"key": "k", "to": "a@example.gov.cn", "subject": "标题", "text": "x"}
    with pytest.raises(Misuse) as caught:
        Message(**settings | {place: f"a{mark}Bcc: all@example.gov.cn"})
    assert caught.value.code == "message_line_break"


@given(st.text(min_size=1, max_size=40), st.text(max_size=80))
def test_whatever_the_subject_a_mail_has_the_headers_that_we_gave_it(subject: str, text: str) -> None:
    try:
        mail = mail_of(Message("k", "a@example.gov.cn", subject, text), SENDER)
        content = mail.as_bytes(policy=email.policy.SMTP)
    except Misuse:
        return
    head = email.message_from_bytes(content, policy=email.policy.default)
    assert {name.lower() for name in head} == {
        *("subject", "from", "to", "message-id", "auto-submitted"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    }


def test_a_mail_address_that_is_none_is_refused_with_the_place() -> None:
    with pytest.raises(Misuse) as caught:
        mail_of(Message("k", "a@example.gov.cn, b@example.gov.cn", "标题", "x"), SENDER)
    assert caught.value.code == "mail_address_malformed"


def test_a_key_that_looks_like_a_path_stays_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    MailFolder(folder, SENDER).send(message(key="../../etc/passwd"))
    assert [file.parent for file in tmp_path.rglob("*.eml")] == [folder]


def test_a_gateway_is_on_the_web_and_nowhere_else() -> None:
    for url in ("file:///etc/passwd", "ftp://example.gov.cn", "http://"):
        with pytest.raises(Misuse) as caught:
            Gateway("sms", url)
        assert caught.value.code == "gateway_url_malformed"
    with pytest.raises(Misuse):
        Gateway("sms", "http://example.gov.cn", token="a\r\nX: b")


@pytest.mark.parametrize("far", ["gateway"], indirect=True)
def test_a_gateway_that_sends_us_elsewhere_does_not_get_the_token_there(far: Far) -> None:
    assert isinstance(far.channel, Gateway)
    with pytest.raises(DeliveryFailed):
        Gateway("sms", far.channel.url.replace("/take", "/away"), token="t").send(message())
    assert far.times == 0


def test_without_a_mail_server_mails_are_files_and_say_so(tmp_path: Path) -> None:
    assert mail_channel("", tmp_path, SENDER) == MailFolder(tmp_path, SENDER)
    server = mail_channel("smtps://user:p%40ss@mail.example.gov.cn", tmp_path, SENDER)
    assert isinstance(server, MailServer)
    assert (server.host, server.port, server.password, server.implicit) == ("mail.example.gov.cn", 465, "p@ss", True)
    assert "p@ss" not in repr(server)
    with pytest.raises(Misuse):
        mail_channel("mail.example.gov.cn", tmp_path, SENDER)
