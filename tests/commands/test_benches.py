"""The frame of the benches: each peer in a process of its own, compared, and told whether it ran or not."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from shishi.commands.benches.alone import Told
from shishi.commands.benches.competing import Measured, Peer, Ratio, agree, compete, report
from shishi.commands.benches.country import bench_country
from shishi.commands.benches.rollup import JSONB_ONCE, bench_rollup, peers
from shishi.core.errors import Refused

HERE = "tests.commands.test_benches"


def quick(rows: int) -> Told:
    return Told(0.5, rows, {"count": rows})


def greedy(mib: int) -> Told:
    held = bytearray(mib << 20)
    return Told(2.0, len(held) >> 20, {"count": 7})


def failing() -> Told:
    raise ValueError("the disk is gone")


def document(*peers: Peer, ratios: tuple[Ratio, ...] = ()) -> dict[str, Any]:
    measured, absent = compete(peers)
    made = report(list(measured.values()), ratios, absent)
    assert all(name in "\n".join(made.lines) for name in [*measured, *absent])
    told: dict[str, Any] = json.loads(json.dumps(made.document))
    return told


def test_each_peer_is_measured_alone_and_compared_by_a_ratio() -> None:
    ratios = (Ratio("apart", "big", "small", at_most=3.0), Ratio("far", "big", "small", at_least=15))
    own = bytearray(200 << 20)
    told = document(
        Peer("small", f"{HERE}:quick", {"rows": 7}), Peer("big", f"{HERE}:greedy", {"mib": 100}), ratios=ratios
    )
    del own
    small, big = told["measured"]
    assert (small["seconds"], small["rows"], big["rows"]) == (0.5, 7, 100)
    assert small["peak_mib"] + 90 < big["peak_mib"]
    assert small["peak_mib"] < 200
    assert [(item["ratio"], item["met"]) for item in told["ratios"]] == [(4.0, False), (4.0, False)]
    assert {"machine", "date", "versions"} <= set(told)


def test_a_peer_that_is_not_here_is_said_aloud_with_the_way_to_have_it() -> None:
    told = document(
        Peer("small", f"{HERE}:quick", {"rows": 7}),
        Peer("gone", f"{HERE}:quick", {"rows": 7}, packages=("no_such_package",)),
        Peer("server", f"{HERE}:quick", {"rows": 7}, missing="没有服务器：tools/postgres.sh"),
        ratios=(Ratio("apart", "gone", "small", at_least=3.0),),
    )
    assert [item["name"] for item in told["measured"]] == ["small"]
    assert [(item["name"], item["how"]) for item in told["absent"]] == [
        ("gone", "没有安装 no_such_package：make bench-setup"),
        ("server", "没有服务器：tools/postgres.sh"),
    ]
    assert told["ratios"][0]["ratio"] is None
    assert told["ratios"][0]["met"] is None


def test_a_peer_that_fails_ends_the_bench_with_its_words() -> None:
    with pytest.raises(Refused, match="the disk is gone"):
        compete([Peer("broken", f"{HERE}:failing")])


def test_answers_that_differ_end_the_bench() -> None:
    measured, _ = compete(
        [Peer("seven", f"{HERE}:quick", {"rows": 7}), Peer("also seven", f"{HERE}:greedy", {"mib": 1})]
    )
    agree(list(measured.values()))
    other, _ = compete([Peer("eight", f"{HERE}:quick", {"rows": 8})])
    with pytest.raises(Refused, match=r"eight.*count"):
        agree([*measured.values(), *other.values()])


def test_a_peer_may_tell_a_part_of_the_answer_but_never_another() -> None:
    whole = Measured("whole", 1, 1, answer={"count": "7", "sum": "9"})
    agree([whole, Measured("part", 1, 1, answer={"sum": "9"})])
    for wrong in ({"sum": "8"}, {"other": "7"}, {}):
        with pytest.raises(Refused):
            agree([whole, Measured("part", 1, 1, answer=wrong)])


@pytest.mark.parametrize("revisions", [1, 3])
def test_the_roll_up_gives_everybodys_answers(revisions: int) -> None:
    told = cast(dict[str, Any], bench_rollup(400, revisions).document)
    names = {item["name"] for item in told["measured"]}
    assert {"shishi", "手写 DuckDB SQL", "Django ORM 逐区划"} <= names
    asked = names - {JSONB_ONCE}  # a second answer of the peer with jsonb
    assert asked | {item["name"] for item in told["absent"]} == {peer.name for peer in peers("", 1, 1)}
    assert all(item["rows"] == 400 * revisions for item in told["measured"])


def test_the_whole_country_is_asked_in_bounded_memory() -> None:
    told = cast(dict[str, Any], bench_country(400, 3, "500MiB", by_hand=True).document)
    assert [(item["name"], item["rows"]) for item in told["measured"]] == [("shishi", 1200), ("手写 DuckDB SQL", 1200)]
    assert told["memory"] == "500MiB"
