"""What a collecting app does, byte by byte: asks, and multipart bodies with their parts in order."""

from __future__ import annotations

import http.client
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree import ElementTree

BOUNDARY = "a-boundary-of-a-phone"
OPENROSA = {"X-OpenRosa-Version": "1.0"}
HOMES = "somewhere.2021.homes.homes"


@dataclass
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """What an OpenRosa response says."""
        root = ElementTree.fromstring(self.body)
        assert root.tag == "{http://openrosa.org/http/response}OpenRosaResponse"
        return root[0].text or ""


@dataclass
class Phone:
    """A collecting app before a server; ``base`` is its server address, with or without a key."""

    base: str
    headers: dict[str, str] = field(default_factory=lambda: dict(OPENROSA))

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request; ``headers`` with underscores for hyphens, empty ones are left out."""
        where = urlsplit(self.base)
        told = {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=60)
        address = path if path.startswith("http") else f"{where.path}{path}"
        connection.request(method, address, body, {name: text for name, text in told.items() if text})
        answer = connection.getresponse()
        found = Reply(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def send(self, xml: str | bytes | None, files: Mapping[str, bytes] | None = None, **headers: str) -> Reply:
        """A form with its files, as ODK Collect posts them."""
        body = multipart(xml, files or {})
        content = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", "/submission?deviceID=collect", body, **{"Content-Type": content, **headers})


def multipart(xml: str | bytes | None, files: Mapping[str, bytes]) -> bytes:
    """The body of a request."""
    parts = []
    if xml is not None:
        content = xml if isinstance(xml, bytes) else xml.encode()
        parts.append(("xml_submission_file", "form.xml", "text/xml", content))
    parts += [(name, name, "application/octet-stream", content) for name, content in files.items()]
    out = b""
    for name, file, kind, content in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        out += f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    return out + f"--{BOUNDARY}--\r\n".encode()


def basic(name: str, secret: str) -> str:
    """The header of Basic authentication."""
    return f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"


def filled(instance: str = "", form: str = HOMES, replaces: str = "", version: str = "1", **answers: str) -> str:
    """A filled form of homes."""
    told = {"shishi_as_of": "2021-09-30", "number": "H-1", "county": "341802", "stage": "listed", **answers}
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in told.items())
    older = f"<deprecatedID>{replaces}</deprecatedID>" if replaces else ""
    meta = f"<meta><instanceID>{instance or new_id()}</instanceID>{older}</meta>"
    return f'<?xml version="1.0"?><data id="{form}" version="{version}">{inner}{meta}</data>'


def new_id() -> str:
    """An identity as a device makes it."""
    return f"uuid:{uuid4()}"
