"""What a step of a notice does, it does whole."""

from __future__ import annotations

import json

import pytest

from shishi.core.errors import Refused
from tests.apps.town import GUANGDE, XUANZHOU, home
from tests.commands.conftest import Shell


def test_a_notice_whose_paper_cannot_be_made_does_not_go_out(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Refused("font_missing", "缺少字体。请先准备字体。")

    shell.town.hand_in(home("H-1"), home("H-2"))
    with monkeypatch.context() as broken:
        broken.setattr("shishi.apps.supervision.papers.render_pdf", fail)
        shell.done("day", "2021-09-30", "--at", "2021-09-30T20:00")
        draft, *_ = shell.done("notice", "list", "--state", "draft")
        at = ("--at", "2021-09-30T20:30")
        assert shell.refused("notice", "issue", draft["id"], *at, exit_code=1) == "font_missing"
        again = shell.done("notice", "show", draft["id"])
        assert (again["state"], again["number"]) == ("draft", None)
    assert shell.done("notice", "issue", draft["id"], *at)["state"] == "issued"


def test_a_notice_is_answered_with_a_workbook_or_a_batch(shell: Shell) -> None:
    shell.town.hand_in(home("G-1", county=GUANGDE))
    shell.done("day", "2021-09-30", "--at", "2021-09-30T20:00")
    drafts = shell.done("notice", "list", "--state", "draft")
    notice = next(item["id"] for item in drafts if item["recipients"][0]["body"] == "guangde")
    shell.done("notice", "issue", notice, "--at", "2021-09-30T20:30")
    clerk = ("--by", "clerk_guangde", "--at", "2021-09-30T21:00")
    shell.done("notice", "acknowledge", notice, *clerk)
    book = shell.folder / "广德.xlsx"
    book.write_text(json.dumps([home("G-2", county=XUANZHOU)]))
    asked = ("--workbook", book, "--table", "homes", "--as-of", "2021-09-30")
    assert shell.refused("notice", "reply", notice, *clerk) == "notice_reason_missing"
    assert shell.refused("notice", "reply", notice, "--workbook", book, *clerk) == "usage"
    ended, told = shell.run("notice", "reply", notice, *asked, *clerk)
    assert (ended, told["status"], told["code"]) == (1, "refused", "workbook_refused")
    assert shell.done("notice", "show", notice)["state"] == "acknowledged"
    book.write_text(json.dumps([home("G-2", county=GUANGDE)]))
    replied = shell.done("notice", "reply", notice, *asked, *clerk)
    assert (replied["state"], replied["counts"]["posted"]) == ("replied", 1)
    assert shell.done("notice", "history", notice)[-1]["batch"] == replied["batch"]
