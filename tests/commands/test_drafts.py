"""``shishi brief draft …``: the same steps as the page's, typed."""

from __future__ import annotations

from tests.apps.town import NAME, home
from tests.commands.conftest import Shell


def test_a_brief_is_written_signed_and_published_by_commands(shell: Shell) -> None:
    town = shell.town
    town.hand_in(home("X1", "issued"), home("X2"), by=town.clerk())
    draft = shell.done("brief", "draft", NAME, "--as-of", "2021-09-30")
    number = draft["draft"]
    first = draft["pieces"][0]["id"]
    cited = shell.done("brief", "cite", number, "--indicator", "homes", "--division", "341802")
    text = f"宣州区列入{cited['token']}。"
    shell.done("brief", "edit", number, "--piece", first, "--text", text)
    assert shell.done("brief", "show", number)["pieces"][0]["text"] == text
    assert (
        shell.refused("brief", "edit", number, "--piece", first, "--text", "{引用99}", exit_code=1) == "token_unknown"
    )
    shell.done("brief", "add", number, "--piece", first, "--text", "再说一句。")
    assert shell.refused("brief", "publish", number) == "draft_state"
    shell.done("brief", "freeze", number, "--signer", "leader")
    assert shell.refused("brief", "sign", number, "--by", "operator") == "not_your_turn"
    shell.done("brief", "sign", number, "--by", "leader")
    out = shell.done("brief", "publish", number, "-o", shell.folder)
    assert len(out["files"]) == 3
    assert shell.done("brief", "erratum", out["brief"], "-o", shell.folder)["status"] == "unchanged"
    assert [item["state"] for item in shell.done("brief", "drafts")] == ["published"]
    assert shell.refused("brief", "show", "nothing") == "draft_missing"
