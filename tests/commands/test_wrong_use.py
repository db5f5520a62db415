"""Every way to use a command wrongly has one answer: one document, a code, a message with the way out, exit 2."""

from __future__ import annotations

import pytest
from django.db import DataError, InterfaceError, OperationalError

from shishi.commands.main import main
from tests.commands.conftest import Shell

READ = ("indicators", "homes", "--as-of", "2021-09-30")


@pytest.mark.parametrize(
    "words",
    [
        ("indicators",),
        ("indicators", "homes", "--as-of", "2021-13-45"),
        (*READ, "--level", "planet"),
        (*READ, "--lev", "county"),
        ("why", "homes", "issued", "--as-of", "2021-09-30", "--offset", "-3"),
        ("why", "homes", "issued", "--as-of", "2021-09-30", "--limit", "²"),
        ("ledger", "batches", "homes", "--limit", "-1"),
        ("ledger", "export", "homes", "-o", "/nowhere/x.xlsx"),
        ("ledger", "export", "homes", "-o", "/"),
        ("ledger", "import", "homes", "x.xlsx", "--as-of", "2021-09-30", "--marked", "/nowhere/x.xlsx"),
        ("audit", "list", "--limit", "0"),
        ("notice", "list", "--offset", "-1"),
        ("notice", "extend", "1", "--days", "0"),
        ("notice", "extend", "1", "--days", "3", "--approve"),
        ("table",),
        ("table", "shaw", "homes"),
        ("bench", "nothing"),
    ],
)
def test_what_is_typed_wrongly_is_told_in_one_document(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.refused(*words) == "usage"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*READ, "--known-at", "0001-01-01"), "time_malformed"),
        ((*READ, "--known-at", "9999-12-31"), "known_at_in_future"),
        ((*READ, "--known-at", "1999-12-31"), "unknown_programme"),
        ((*READ, "--as", "nobody"), "unknown_person"),
        ((*READ, "--division", "110000"), "division_outside"),
        ((*READ, "--engine", "abacus"), "unknown_engine"),
        (("brief", "homes", "--as-of", "2099-01-01"), "as_of_in_future"),
        (("day", "2099-01-01"), "as_of_in_future"),
        (("backup", "/proc/nothing"), "path_unusable"),
        (("user", "add", "a b", "name"), "name_malformed"),
        (("user", "add", "wang", " "), "name_malformed"),
        (("body", "add", "", "x", "--division", "341800"), "name_malformed"),
        (("notice", "show", "9" * 40), "unknown_notice"),
    ],
)
def test_what_cannot_be_answered_is_told_with_its_code(shell: Shell, words: tuple[str, ...], code: str) -> None:
    assert shell.refused(*words) == code


def test_a_list_of_keys_that_is_no_text_is_refused(shell: Shell) -> None:
    words = (*("assurance", "mark", "homes", "--as-of", "2021-09-30", "--group", "certificate"), "--state", "verified")
    path = shell.folder / "keys"
    assert shell.refused(*words, "--note", "x", "--keys", path) == "path_unusable"
    path.write_bytes(b"\xff\xfe\xfa")
    assert shell.refused(*words, "--note", "x", "--keys", path) == "file_not_text"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (OperationalError("database is locked"), "store_busy"),
        (OperationalError("canceling statement due to lock timeout"), "store_busy"),
        (OperationalError("deadlock detected"), "store_busy"),
        (OperationalError("disk I/O error"), "store_unusable"),
        (OperationalError("server closed the connection unexpectedly"), "store_unusable"),
        (InterfaceError("the connection is closed"), "store_unusable"),
        (DataError("value too long for type character varying(80)"), "value_unfit"),
    ],
    ids=str,
)
def test_what_the_store_refuses_is_told_gently(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("shishi.apps.accounts.selectors.people", fail)
    assert shell.refused("user", "list", exit_code=1) == code


def test_a_fault_of_the_program_is_not_hidden(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr("shishi.apps.accounts.selectors.people", fail)
    with pytest.raises(RuntimeError):
        main(["user", "list"])


def test_help_is_not_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["indicators", "--help"]) == 0
    assert "--as-of" in capsys.readouterr().out
