"""Stand-ins 演示替身 for the systems of other offices (医保, 不动产, 户政): nobody's real system, only so much of one as taking
a login from shishi needs. Each is a server of its own on a free port, with the standard library alone and PyJWT.

``python -m tests.stand_ins CODE PORT CLIENT SECRET`` runs one beside a site for people to look at.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import signal
import sys
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import jwt

TITLES = {"medical": "医保系统", "property": "不动产登记系统", "household": "户政系统"}


@dataclass
class StandIn:
    """One system. ``login_steps`` counts how often somebody had to say who they are here: never, with one login."""

    code: str
    client: str = ""
    secret: str = ""
    down: bool = False
    keeps_to_itself: bool = False
    sessions: dict[str, dict[str, str]] = field(default_factory=dict)
    going: dict[str, dict[str, str]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    cases: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def start(self, port: int = 0) -> StandIn:
        """Begin to answer, on a free port."""
        stand_in = self

        class Handler(Answering):
            system = stand_in

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        """Answer no more."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()


class Answering(BaseHTTPRequestHandler):
    """The pages of a stand-in."""

    system: StandIn

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.system.seen.append(self.path)
        given = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.system.down:
            self._say(503, "维护中")
        elif parts.path == "/alive":
            self._say(200, "在")
        elif parts.path == "/start":
            self._start(given)
        elif parts.path == "/callback":
            self._callback(given)
        elif parts.path == "/case":
            self._case(given)
        else:
            self._say(404, "没有这个页面")

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
        if self.system.down:
            self._say(503, "维护中")
        elif self.path == "/logout":
            self._logout(said.get("logout_token", [""])[0])
        elif self.path.startswith("/finish"):
            self._finish(said)
        else:
            self._say(404, "没有这个页面")

    # One login: somebody comes with a ticket, and is sent back for a code.
    def _start(self, given: dict[str, str]) -> None:
        issuer = given["iss"]
        told = _fetch(f"{issuer}/.well-known/openid-configuration")
        state, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        kept = {"verifier": verifier, "nonce": nonce, "issuer": issuer, "ticket": given.get("ticket", "")}
        self.system.going[state] = {**kept, "return_to": given.get("return_to", "")}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.system.client,
            "redirect_uri": f"{self.system.address}/callback",
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        self._go(f"{told['authorization_endpoint']}?{urlencode(asked)}")

    def _callback(self, given: dict[str, str]) -> None:
        kept = self.system.going.pop(given.get("state", ""), None)
        if kept is None or "code" not in given:
            self.system.faults.append("state")
            self._say(400, "登录没有完成：来路不明，或您取消了。")
            return
        try:
            login = self._exchange(given["code"], kept)
        except (HTTPError, OSError, HTTPException, jwt.PyJWTError) as fault:
            self.system.faults.append(type(fault).__name__)
            back = html.escape(kept["return_to"])
            self._say(502, f'登录没有完成，统一登录暂时打不开。<a id="back" href="{back}">返回</a>')
            return
        session = secrets.token_urlsafe(24)
        self.system.sessions[session] = {**login, "return_to": kept["return_to"], "issuer": kept["issuer"]}
        self._go("/case", cookie=session)

    def _exchange(self, code: str, kept: dict[str, str]) -> dict[str, str]:
        """The code for a login, and the ticket for what it is about; both at the back end."""
        told = _fetch(f"{kept['issuer']}/.well-known/openid-configuration")
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.system.address}/callback",
            "code_verifier": kept["verifier"],
        }
        given = _fetch(told["token_endpoint"], urlencode(body).encode(), self.system)
        claims = self._proved(told, given["id_token"])
        if claims["nonce"] != kept["nonce"]:
            raise jwt.InvalidTokenError("nonce")
        login = {"sub": claims["sub"], "name": claims.get("name", ""), "access_token": given["access_token"]}
        if kept["ticket"]:
            asked = json.dumps({"ticket": kept["ticket"], "access_token": given["access_token"]}).encode()
            login |= _fetch(f"{kept['issuer']}/services/systems/ticket", asked, self.system)
        return login

    def _proved(self, told: dict[str, Any], token: str) -> dict[str, Any]:
        keys = jwt.PyJWKSet.from_dict(_fetch(told["jwks_uri"]))
        key = keys[jwt.get_unverified_header(token)["kid"]]
        found: dict[str, Any] = jwt.decode(
            token, key, ["RS256"], audience=self.system.client, issuer=told["issuer"], leeway=5
        )
        return found

    def _case(self, given: dict[str, str]) -> None:
        session = self.system.sessions.get(self._session())
        if session is None:
            self._say(401, "没有登录")
            return
        number = html.escape(session.get("number", ""))
        self._say(
            200,
            f'<h1>{TITLES.get(self.system.code, "系统")}（演示替身）</h1><p id="number">{number}</p>'
            f'<p id="name">{html.escape(session["name"])}</p>'
            f'<form method="post" action="/finish"><button>办结</button></form>'
            f'<a id="back" href="{html.escape(session["return_to"])}">返回</a>',
        )

    def _finish(self, said: dict[str, list[str]]) -> None:
        session = self.system.sessions.get(self._session())
        if session is None:
            self._say(401, "没有登录")
            return
        number = session["number"]
        reference = self.system.cases.setdefault(number, f"{self.system.code.upper()}-{len(self.system.cases) + 1:04}")
        told = {"number": number, "state": said.get("state", ["done"])[0], "reference": reference, "text": "办好了"}
        if not self.system.keeps_to_itself:
            _fetch(f"{session['issuer']}/services/systems/outcome", json.dumps(told).encode(), self.system)
        self._go(session["return_to"])

    def _logout(self, token: str) -> None:
        issuer = next(iter(self.system.sessions.values()), {}).get("issuer", "")
        told = _fetch(f"{issuer}/.well-known/openid-configuration") if issuer else {}
        try:
            claims = self._proved(told, token)
        except (jwt.PyJWTError, KeyError):
            self._say(400, "不认识")
            return
        self.system.ended.append(claims["sub"])
        kept = {key: one for key, one in self.system.sessions.items() if one["sub"] != claims["sub"]}
        self.system.sessions.clear()
        self.system.sessions.update(kept)
        self._say(200, "")

    def _session(self) -> str:
        morsel = SimpleCookie(self.headers.get("Cookie", "")).get(f"stand_in_{self.system.code}")
        return morsel.value if morsel else ""

    def _go(self, address: str, cookie: str = "") -> None:
        self.send_response(303)
        self.send_header("Location", address)
        if cookie:
            self.send_header("Set-Cookie", f"stand_in_{self.system.code}={cookie}; HttpOnly; SameSite=Lax; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, text: str) -> None:
        body = f"<!doctype html><meta charset=utf-8><title>演示替身</title>{text}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _fetch(address: str, body: bytes | None = None, system: StandIn | None = None) -> dict[str, Any]:
    """A document of the other side; with ``system`` as that system."""
    headers = {"Accept": "application/json"}
    if body is not None:
        json_body = body.startswith(b"{")
        headers["Content-Type"] = "application/json" if json_body else "application/x-www-form-urlencoded"
    if system:
        pair = base64.b64encode(f"{system.client}:{system.secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    with build_opener(ProxyHandler({})).open(Request(address, data=body, headers=headers), timeout=20) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


if __name__ == "__main__":
    running = StandIn(sys.argv[1], client=sys.argv[3], secret=sys.argv[4]).start(int(sys.argv[2]))
    sys.stdout.write(f"{running.address}/start\n")
    sys.stdout.flush()
    signal.pause()
