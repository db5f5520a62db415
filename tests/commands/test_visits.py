"""``shishi visits`` and ``shishi device``: what the pages do, as commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.adapters.pictures import photo
from tests.commands.conftest import Shell

PLAN = ("visits", "plan", "homes", "双桥小区现场", "--division", "宣州区", "--by", "leader")
RESULT = ("--place", "东门", "--text", "进度正常。", "--by", "leader")


def test_a_visit_and_its_problem_go_their_way(shell: Shell, tmp_path: Path) -> None:
    when = ("--at", shell.town.now.isoformat())
    day = (shell.town.now + timedelta(days=1)).date().isoformat()
    plan = shell.done(*PLAN, "--on", day, *when)
    assert (plan["state"], plan["place_division"]) == ("planned", "341802")
    assert shell.done(*PLAN, "--on", day, *when)["id"] == plan["id"]
    picture = tmp_path / "1.jpg"
    picture.write_bytes(photo(1))
    more = ("--photo", picture, "--problem", "xuanzhou=3=围挡缺口", "--point", "118.75,30.94")
    done = shell.done("visits", "carry-out", plan["id"], *RESULT, *more, *when)
    assert (done["state"], done["photos"], done["point"]) == (
        "done",
        {"named": 1, "missing": 0},
        "118.750000,30.940000",
    )
    (problem,) = shell.done("visits", "problems", "--undone", "--as", "clerk_xuanzhou")
    shell.done("visits", "reply", problem["id"], "--text", "已封闭。", "--by", "clerk_xuanzhou", *when)
    refusal = ("visits", "close", problem["id"], "--text", "可以。", "--by", "leader", *when)
    assert shell.refused(*refusal) == "recheck_by_another"
    closed = shell.done("visits", "close", problem["id"], "--text", "已看过。", "--by", "operator", *when)
    assert [item["action"] for item in closed["history"]] == ["raise", "reply", "close"]
    assert shell.done("visits", "problems", "--undone") == []


def test_what_is_written_wrong_says_how_it_is_written(shell: Shell) -> None:
    assert shell.refused("visits", "record", "homes", "现场", *RESULT, "--problem", "缺口") == "problem_malformed"
    assert shell.refused("visits", "record", "homes", "现场", *RESULT, "--point", "东门") == "point_malformed"
    assert shell.refused("visits", "record", "homes", "现场", *RESULT, "--photo", "no.jpg") == "file_unreadable"
    assert shell.refused("visits", "show", 999) == "unknown_visit"


def test_a_device_tells_its_address_once(shell: Shell) -> None:
    when = ("--at", shell.town.now.isoformat())
    until = (shell.town.now + timedelta(days=30)).date().isoformat()
    made = shell.done("device", "add", "一部手机", "--until", until, "--by", "clerk_xuanzhou", *when)
    assert made["server_url"].endswith(f"/openrosa/key/{made['token']}")
    (listed,) = shell.done("device", "list", "--as", "clerk_xuanzhou", *when)
    assert "token" not in listed
    offered = shell.done("device", "forms", made["id"], "--as", "clerk_xuanzhou", *when)
    assert "somewhere.2021.homes.homes" in {item["form"] for item in offered["forms"]}
    assert shell.refused("device", "end", made["id"], "--by", "leader") == "unknown_device"
    assert shell.done("device", "received", "--as", "clerk_xuanzhou") == []
