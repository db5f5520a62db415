"""A verification as it is typed, from its plan to its estimate."""

from __future__ import annotations

from pathlib import Path

from shishi.apps.accounts.roles import Role
from tests.apps.town import home
from tests.commands.conftest import Shell

PLANNED = ("--at", "2021-09-30T20:00", "--by", "va")
LATER = ("--at", "2021-10-12T11:00")
SEEDED = ("--seed-source", "10月9日公布的号码", "--seed-on", "2021-10-09")


def ready(shell: Shell) -> None:
    for name in ("va", "vb"):
        shell.town.person(name, "office", Role.SUPERVISOR, "3418")
    rows = [home(f"X{number}", "issued") for number in range(6)]
    shell.town.hand_in(*rows, by=shell.town.clerk())


def test_a_verification_is_typed_from_its_plan_to_its_estimate(shell: Shell, tmp_path: Path) -> None:
    ready(shell)
    plan = shell.done("verification", "plan", "homes", "issued", "--as-of", "2021-09-30", *SEEDED, *PLANNED)
    assert (plan["rows"], plan["size"], plan["state"]) == (6, 6, "已立方案，待抽取")
    assert shell.refused("verification", "draw", plan["id"], "--seed", "7", *PLANNED) == "seed_not_known_yet"
    drawn = shell.done("verification", "draw", plan["id"], "--seed", "7", "--by", "va", *LATER)
    assert (drawn["seed"], drawn["drawn"]) == ("7", 6)
    assert shell.refused("verification", "draw", plan["id"], "--seed", "7", "--by", "vb", *LATER) == "drawn_already"
    waiting = shell.done("verification", "list", plan["id"], "--mine", "--as", "va", *LATER)
    assert len(waiting) == 6
    for place, row in enumerate(waiting):
        for person in ("va", "vb"):
            found = ("refuted", "--reason", "not_reached", "--text", "没有发证") if place == 0 else ("confirmed",)
            told = ("verification", "record", row["id"], *found, "--on", "2021-10-11", "--by", person, *LATER)
            shell.done(*told)
    told = shell.done("verification", "estimate", plan["id"], *LATER)
    assert told["estimate"] == {
        "rows": 6,
        "checked": 6,
        "verified": 5,
        "percent": "83.3",
        "low": "83.3",
        "high": "83.4",
        "total": "5",
        "total_low": 5,
        "total_high": 5,
    }
    (refuted,) = shell.done("verification", "list", plan["id"], "--as", "clerk_xuanzhou", *LATER)[:1]
    again = ("verification", "recheck", waiting[0]["id"], "--text", "已补发", "--by", "clerk_xuanzhou", *LATER)
    assert shell.done(*again)["round"] == 2
    assert refuted["checks"]
    (figure,) = shell.done(
        "indicators", "homes", "--as-of", "2021-09-30", "--division", "341800", "--basis", "verified", *LATER
    )[1:2]
    assert (figure["indicator"], figure["value"]) == ("issued", "5")


def test_anybody_who_reads_it_can_check_the_draw(shell: Shell, tmp_path: Path) -> None:
    ready(shell)
    plan = shell.done("verification", "plan", "homes", "issued", "--as-of", "2021-09-30", *PLANNED)
    listed = tmp_path / "population.csv"
    before = shell.done("verification", "check", plan["id"], "-o", listed, "--as", "leader", *LATER)
    assert before == {"id": plan["id"], "rows": 6, "population_same": True, "draw_same": None}
    assert len(listed.read_text("utf-8-sig").splitlines()) == 7
    shell.done("verification", "draw", plan["id"], "--by", "va", *LATER)
    assert shell.done("verification", "check", plan["id"], "--as", "leader", *LATER)["draw_same"] is True
    assert shell.refused("verification", "check", plan["id"], "--as", "clerk_langxi", *LATER) == "out_of_reach"


def test_plans_are_listed_and_a_wrong_share_is_told(shell: Shell) -> None:
    ready(shell)
    assert shell.done("verification", "list", *LATER) == []
    wrong = ("verification", "plan", "homes", "issued", "--as-of", "2021-09-30", *PLANNED)
    assert shell.refused(*wrong, "--confidence", "sure") == "usage"
    assert shell.refused(*wrong, "--margin", "0.9") == "margin_out_of_range"
    shell.done(*wrong)
    (listed,) = shell.done("verification", "list", "--programme", "homes", *LATER)
    assert listed["strata"][0]["division"] == "341802"
    assert shell.done("verification", "show", listed["id"], *LATER)["population"] == listed["population"]
