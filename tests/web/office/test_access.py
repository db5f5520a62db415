"""Every route × every role × every reach, asked with GET and POST: what the access table says is what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import Client
from django.urls import path, reverse

from shishi.apps.accounts.models import Post
from shishi.apps.accounts.roles import MAY, Role
from shishi.apps.jobs import services as jobs
from shishi.core.divisions import COUNTRY
from shishi.web.headers import HEADERS
from shishi.web.office import access, doors
from shishi.web.office.access import DOORS, About, Door
from tests.apps.town import BEGIN, NAME, Town
from tests.web.conftest import SignedIn
from tests.web.office.samples import BY_NAME, SAMPLES

PASSWORD = make_password("twelve small lanterns")
REACHES = {"inside": "3418", "outside": "3301", "country": COUNTRY}
NOTHING_THERE: Mapping[str, object] = {
    "int": 999999,
    "uuid": UUID(int=1),
    "slug": "nothing",
    "str": "nothing",
    "string": "nothing",
    "path": "nothing",
}


@pytest.fixture(autouse=True)
def no_job_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may start a job is asked here, not what it does: a drill would wait for the store that the test holds."""
    monkeypatch.setattr(jobs, "enqueue", lambda job, at: None)


@dataclass
class Probe:
    """What was asked, and every answer that was not expected."""

    town: Town
    asked: int = 0
    unexpected: list[str] = field(default_factory=list)
    given: dict[str, tuple[dict[str, object], bool]] = field(default_factory=dict)

    def ask(
        self, browser: Client, who: str, name: str, taken: Mapping[str, str], role: Role | None, reach: str
    ) -> None:
        """Ask one route both ways; what a POST writes is undone."""
        # A sample is made once: what was done to it is undone each time.
        if name not in self.given:
            self.given[name] = parameters(name, taken, self.town)
        given, sampled = self.given[name]
        address = reverse(name, kwargs=given)
        for method in ("GET", "POST"):
            cookies = browser.cookies.copy()
            mark = transaction.savepoint()
            response = browser.generic(method, address)
            transaction.savepoint_rollback(mark)
            browser.cookies = cookies
            self.asked += 1
            got = outcome(response.status_code, response.headers.get("Location", ""))
            wanted = expected(DOORS[name], method, role, reach, sampled=sampled)
            if got not in wanted:
                self.unexpected.append(f"{method} {name} as {who}: {response.status_code}, expected {sorted(wanted)}")
            lacking = [header for header in HEADERS if header not in response.headers]
            if lacking:
                self.unexpected.append(f"{method} {name} as {who}: without {lacking}")

    def hold(self) -> None:
        """Nothing was asked in vain, and nothing was answered otherwise than the table says."""
        assert self.asked > len(DOORS)
        assert not self.unexpected, f"{self.asked} answers, of them unexpected:\n" + "\n".join(self.unexpected)


def parameters(name: str, taken: Mapping[str, str], town: Town) -> tuple[dict[str, object], bool]:
    """What to put into the address, and whether it is a real object."""
    if name in SAMPLES:
        return dict(SAMPLES[name](town)), True
    return {key: _something(key, kind) for key, kind in taken.items()}, False


def _something(name: str, kind: str) -> object:
    """The first of what an expression offers, what the parameter is elsewhere, or a thing that isn't there."""
    return kind.split("|")[0] if "|" in kind else BY_NAME.get(name, NOTHING_THERE.get(kind, "nothing"))


def outcome(status: int, location: str) -> str:
    """An answer in one word."""
    if status in (301, 302) and location.startswith("/sign-in/?next="):
        return "sign in"
    return {401: "forbidden", 403: "forbidden", 404: "unknown", 405: "no such method", 500: "broken"}.get(
        status, "passed"
    )


def expected(door: Door, method: str, role: Role | None, reach: str, *, sampled: bool) -> set[str]:
    """The answers that the table allows, from the table and the rights of the role alone."""
    passed = {"passed"} if sampled else {"passed", "unknown"}
    if door.about is About.PUBLIC:
        return {"passed", "unknown"} if method == "GET" or door.writes else {"no such method"}
    if not door.takes(method):
        return {"no such method"}
    if door.about is About.CITIZEN:
        return {"passed"}  # to the citizens' entrance: nobody of an office is anybody there
    if door.about is About.ENTRANCE:
        return {"passed", "unknown"}
    if door.about is About.MACHINE:
        return {"forbidden"}
    if role is None:
        return {"sign in"}
    right = door.right(method)
    if right is not None and right not in MAY[role]:
        return {"forbidden"}
    if right is not None and door.about is About.STORE and reach != "country":
        return {"forbidden"}
    if sampled and reach == "outside" and door.about is About.REACH:
        return {"unknown"}
    # What one may not do to a thing that one may see is said, not hidden.
    return passed | ({"forbidden", "unknown"} if method == "POST" else set())


def people(town: Town, role: Role) -> Iterator[tuple[str, str]]:
    """Somebody of the role for every reach: user name, reach."""
    for reach, division in REACHES.items():
        username = f"{role.value}_{reach}"
        person = town.person(username, "office", role, division, NAME if reach != "country" else "*")
        person.password = PASSWORD
        person.save(update_fields=["password"])
        yield username, reach


@pytest.mark.slow
def test_whoever_is_not_signed_in_is_sent_to_the_entrance(lived_in: Town) -> None:
    probe = Probe(lived_in)
    for name, taken in doors.routes():
        stranger = Client(SERVER_NAME="localhost", raise_request_exception=False)
        probe.ask(stranger, "nobody", name, taken, None, "")
    probe.hold()


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_every_route_lets_in_whom_the_table_lets_in_and_nobody_else(
    lived_in: Town, signed_in: SignedIn, role: Role
) -> None:
    probe = Probe(lived_in)
    for username, reach in people(lived_in, role):
        browser = signed_in(username)
        browser.raise_request_exception = False
        for name, taken in doors.routes():
            # What is for everybody and what is one's own is the same from wherever one reaches.
            if reach == "inside" or DOORS[name].about in (About.REACH, About.STORE):
                probe.ask(browser, username, name, taken, role, reach)
    probe.hold()


def test_the_rights_that_matter_most_are_where_they_belong(lived_in: Town, signed_in: SignedIn) -> None:
    """Said by hand, so that a slip in the table does not excuse itself."""
    town = lived_in
    town.person("auditor", "office", Role.AUDIT_ADMINISTRATOR, COUNTRY, "*")
    town.person("keeper", "office", Role.SECURITY_ADMINISTRATOR, COUNTRY, "*")
    says = {
        ("auditor", "/audit/"): 200,
        ("auditor", "/notices/"): 403,
        ("keeper", "/audit/"): 403,
        ("keeper", "/notices/"): 403,
        ("leader", "/audit/"): 403,
        ("leader", "/notices/"): 200,
        ("clerk_guangde", "/notices/"): 200,
    }
    assert {asked: signed_in(asked[0]).get(asked[1]).status_code for asked in says} == says


def test_a_right_that_is_taken_away_is_gone_at_the_next_request(lived_in: Town, signed_in: SignedIn) -> None:
    browser = signed_in("clerk_guangde")
    assert browser.get("/notices/").status_code == 200
    Post.objects.filter(person__username="clerk_guangde").update(until=BEGIN.date())
    assert browser.get("/notices/").status_code == 403


def test_a_route_without_a_row_does_not_start_and_neither_does_a_row_without_a_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doors.require_rows.cache_clear()
    monkeypatch.setattr(doors, "DOORS", {name: door for name, door in access.DOORS.items() if name != "office:home"})
    with pytest.raises(ImproperlyConfigured, match=re.escape("no row in web/office/access.py for office:home")):
        doors.require_rows()
    monkeypatch.setattr(doors, "DOORS", {**access.DOORS, "office:nowhere": Door(None, About.OWN)})
    with pytest.raises(ImproperlyConfigured, match="no route for the row office:nowhere"):
        doors.require_rows()


def test_a_route_without_a_name_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    doors.require_rows.cache_clear()
    nameless = path("nameless/", lambda request: None)  # type: ignore[arg-type,return-value]  # it is never asked
    monkeypatch.setattr(doors.get_resolver(), "url_patterns", [nameless])
    with pytest.raises(ImproperlyConfigured, match="route without a name"):
        doors.require_rows()


def test_over_https_the_browser_is_told_to_stay_there(stranger: Client, town: Town) -> None:
    assert "max-age=31536000" in stranger.get("/sign-in/", secure=True)["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in stranger.get("/sign-in/")


def test_the_office_runs_its_own_scripts_and_the_public_pages_none(stranger: Client, town: Town) -> None:
    office, public = (stranger.get(address)["Content-Security-Policy"] for address in ("/sign-in/", "/promises/"))
    assert "script-src 'self'" in office
    assert "script-src 'none'" in public
    # Where an address leads nowhere there is the office's menu, too.
    assert "script-src 'self'" in stranger.get("/nowhere/")["Content-Security-Policy"]
    assert "unsafe" not in office + public
