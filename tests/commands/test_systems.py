"""``system`` and ``rating``: who runs the site connects systems, with a secret that is shown this once."""

from __future__ import annotations

from tests.commands.conftest import Shell

ADD = ("system", "add", "medical", "医保系统", "--start", "https://m.example/s", "--callback", "https://m.example/c")


def test_a_system_is_connected_and_ended_by_who_runs_the_site(shell: Shell) -> None:
    told = shell.done(*ADD, "--by", "operator")
    assert told["client"] == "shishi-medical"
    assert len(told["secret"]) > 40
    (listed,) = shell.done("system", "list")
    assert "secret" not in listed
    assert shell.refused(*ADD, "--by", "operator") == "system_there"
    assert shell.refused("system", "end", "medical", "--by", "clerk_xuanzhou") == "out_of_reach"
    assert shell.done("system", "rotate-key", "--by", "operator") == {"changed": True}
    assert shell.done("system", "end", "medical", "--by", "operator")["ended"] is True
    assert shell.done("system", "list") == []


def test_an_address_that_is_none_is_refused_with_the_way_out(shell: Shell) -> None:
    for wrong in ("javascript:alert(1)", "ftp://m.example/", "https://a:b@m.example/"):
        refused = shell.refused(*ADD[:5], wrong, *ADD[6:], "--by", "operator")
        assert refused == "address_malformed"


def test_ratings_are_answered_case_by_case(shell: Shell) -> None:
    assert shell.done("rating", "list") == []
    assert shell.refused("rating", "verify", "社341800-1", "看过了", "--by", "operator") == "unknown_case"
