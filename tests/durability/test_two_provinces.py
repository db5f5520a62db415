"""One case over two instances, 上海 and 宣城, with the link cut, healed and cut again and processes killed in between: both
sides agree at the end, nothing was done twice, and receipts prove who said what when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from shishi.adapters.spreadsheets.template import write_template
from shishi.packs.loading import load_pack
from tests.durability.linked import Office
from tests.durability.test_cut_links import killed_while_sending, measured, until, verified
from tests.machine import Machine

PACK = settings.REPOSITORY / "packs" / "mohurd" / "2021"
FUND = "mohurd/2021/housing_fund"
ITEM = {"item_code": "KS-05", "division": "000000", "title": "购房提取", "method": "joint", "due_year": "2021"}


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Iterator[tuple[Office, Office]]:
    """Both with the pack, 宣城 with the catalogue and a second auditor; they know each other."""
    folder = tmp_path_factory.mktemp("provinces")
    here, there = (Office.made(folder, initialised, code) for code in ("gjj-310000", "gjj-341800"))
    for office in (here, there):
        office.machine.shishi("pack", "install", str(PACK))
    items = folder / "items.xlsx"
    fund = next(item for item in load_pack(PACK).programmes if item.name == FUND)
    write_template(fund.table("items"), items, rows=[{**ITEM, "withdrawal": "true"}])
    there.machine.shishi("ledger", "import", f"{FUND}/items", str(items), "--as-of", "2021-09-01")
    there.machine.shishi("body", "add", "gjj", "宣城市住房公积金管理中心", "--division", "341800")
    there.machine.shishi("user", "add", "second", "复核人")
    there.machine.shishi("post", "add", "second", "gjj", "reviewer", "--division", "341800")
    here.meets(there)
    there.meets(here)
    yield here, there
    for office in (here, there):
        office.remove()


def opened(here: Office, folder: Path) -> str:
    """A case at the window in 上海, with its papers, accepted and its purchase verified."""
    paper = folder / "paper.pdf"
    paper.write_bytes(b"%PDF-1.4 paper")
    told = {"item": "KS-05", "method": "joint", "division": "341800", "centre": "gjj-341800"}
    answers = [word for name, text in told.items() for word in ("--answer", f"{name}={text}")]
    case = here.machine.shishi(
        "case", "open", "fund_accepting", "310000", "--applicant", "张三", *answers, "--once", "one"
    )
    number = str(case["number"])
    for code in ("identity", "purchase_contract"):
        here.machine.shishi("case", "material", number, code, "give", "--file", str(paper))
    done(here, "accept")
    bought = ("contract=HT-1", "address=示例路1号", "price=1000000", "checked=网签系统核验属实")
    done(here, "verified", *(word for text in bought for word in ("--answer", text)))
    return number


def done(office: Office, outcome: str, *words: str) -> None:
    """The one task that waits there is done."""
    (task,) = office.machine.shishi("case", "todo")["lines"]
    office.machine.shishi("case", "complete", str(task["task"]), outcome, *words)


def waits(office: Office, element: str) -> bool:
    return [one["element"] for one in office.machine.shishi("case", "todo")["lines"]] == [element]


def state(office: Office) -> str:
    (case,) = office.machine.shishi("case", "list")["lines"]
    return str(case["state"])


@pytest.mark.kills
def test_a_case_crosses_a_link_that_is_cut_and_comes_back_decided_once(
    centres: tuple[Office, Office], tmp_path: Path
) -> None:
    here, there = centres
    opened(here, tmp_path)
    took = measured(here)
    there.open()
    for part in (0.8, 0.95):
        killed_while_sending(here, after=part * took)
    until(lambda: here.shishi("send-pending")["waiting"] == 0)
    there.kill()
    there.open()
    until(lambda: waits(there, "Task_audit"))
    done(there, "approve", "--answer", "finding=符合本地政策")
    (second,) = there.machine.shishi("case", "todo", "--as", "second")["lines"]
    there.machine.shishi("case", "complete", str(second["task"]), "agree", "--by", "second")
    there.kill()
    done(there, "done", "--answer", "amount=86000.00", "--answer", "paid_on=2021-09-14")
    there.shishi("send-pending")
    here.open()
    there.open()
    until(lambda: waits(here, "Task_hand_over"))
    done(here, "delivered")
    until(lambda: not unfinished(here) and not unfinished(there))
    for office in centres:
        office.kill()
    require_one_outcome(here, there)
    require_proofs(here, there, tmp_path)


def unfinished(office: Office) -> list[str]:
    """What is not receipted, or not acted upon."""
    said = [one["purpose"] for one in office.said() if one["state"] != "taken"]
    return [*said, *(one["purpose"] for one in office.held() if one["state"] != "done")]


def require_one_outcome(here: Office, there: Office) -> None:
    assert (state(here), state(there)) == ("delivered", "decided")
    for speaker, hearer in ((here, there), (there, here)):
        said, held = speaker.said(), hearer.held()
        assert [one["sequence"] for one in said] == list(range(1, len(said) + 1))
        told = ("id", "sequence", "digest", "position", "purpose")
        assert [[one[name] for name in told] for one in said] == [[one[name] for name in told] for one in held]
    purposes = [one["purpose"] for one in here.said()]
    assert [purposes.count(name) for name in ("case.forward", "case.delivered")] == [1, 1]
    assert [one["purpose"] for one in there.said()].count("case.decided") == 1
    (row,) = there.machine.shishi("ledger", "rows", f"{FUND}/cases")["rows"]
    assert (row["cells"]["stage"], row["cells"]["outcome"], row["cells"]["amount"]) == ("已送达", "办成", "86,000.00")
    for office in (here, there):
        assert office.machine.shishi("audit", "verify")["status"] == "intact"


def require_proofs(here: Office, there: Office, folder: Path) -> None:
    """A third party with the two cards learns from either side's proof who sent the case when, and when it was held."""
    (forward,) = [one for one in here.said() if one["purpose"] == "case.forward"]
    cards = ("--card", str(here.card), "--card", str(there.card))
    proofs: list[dict[str, Any]] = []
    for office in (here, there):
        bundle = folder / f"{office.code}.zip"
        office.shishi("prove", forward["id"], "-o", str(bundle), "--without-contents")
        proofs.append(verified(office, bundle, *cards))
    assert [proof["status"] for proof in proofs] == ["holds", "holds"]
    told = ("message", "sent_at", "received_at", "purpose", "body", "sender", "receiver")
    assert [proofs[0][name] for name in told] == [proofs[1][name] for name in told]
    assert proofs[0]["received_at"] == forward["receipted_at"]
