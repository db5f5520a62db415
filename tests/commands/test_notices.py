"""What a step of a notice does, it does whole."""

from __future__ import annotations

import pytest

from shishi.core.errors import Refused
from tests.apps.town import home
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
