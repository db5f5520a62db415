"""Somebody gives their post into other hands for some days and takes it back: the stand-in sees, and then no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Visitor, complaints_about
from tests.e2e.hands import Mouse

pytestmark = pytest.mark.e2e
GUANGDE = "/p/somewhere/2021/homes/?as_of=2021-09-30&division=341882"


def status_of(page: Page, address: str) -> int:
    """What the page answers when it is opened."""
    answer = page.goto(address)
    assert answer is not None
    return answer.status


def test_a_post_is_given_away_and_taken_back(own_site: Site, visitor: Visitor) -> None:
    assistant = Mouse(visitor(own_site, "assistant"))
    assert status_of(assistant.page, own_site.address + GUANGDE) == 404
    assistant.page.goto(own_site.at("/proposals/{proposal}/"))
    assert assistant.page.get_by_role("button", name="批准并写入").count() == 0

    reviewer = Mouse(visitor(own_site, "reviewer"))
    today = datetime.now(UTC).date()
    reviewer.page.goto(own_site.address + "/me/posts/")
    reviewer.follow("委托代理")
    reviewer.choose("由哪位同事代理", "assistant（演示）（assistant）")
    reviewer.set_day("从哪天起", today - timedelta(days=1))
    reviewer.set_day("到哪天止", today + timedelta(days=3))
    reviewer.press("委托代理")
    # Without a reason it is not given; everything else that was filled in stays.
    expect(reviewer.page.get_by_role("alert")).to_contain_text("请填写“事由”")
    reviewer.write("事由", "外出培训")
    reviewer.press("委托代理")
    expect(reviewer.page.get_by_role("status")).to_contain_text("已委托")
    expect(reviewer.page.get_by_text("外出培训")).to_be_visible()
    assert complaints_about(reviewer.page) == []

    assert status_of(assistant.page, own_site.address + GUANGDE) == 200
    expect(assistant.page.get_by_role("heading", name="广德市").first).to_be_visible()
    assistant.page.goto(own_site.at("/proposals/{proposal}/"))
    assistant.press("批准并写入")
    expect(assistant.page.get_by_role("status")).to_contain_text("已批准并写入")
    assistant.page.goto(own_site.address + "/me/posts/")
    expect(assistant.page.get_by_role("heading", name="我代理的")).to_be_visible()

    reviewer.page.goto(own_site.address + "/me/posts/")
    line = reviewer.page.get_by_role("listitem").filter(has_text="外出培训")
    line.get_by_role("link", name="收回").click()
    reviewer.press("收回代理")
    expect(reviewer.page.get_by_role("status")).to_contain_text("已收回，立即生效")
    assert status_of(assistant.page, own_site.address + GUANGDE) == 404
    # What was done meanwhile stays, and the trail says that it was done for somebody else.
    trail = visitor(own_site, "operator")
    trail.goto(own_site.address + "/audit/?person=assistant")
    expect(trail.get_by_role("row").filter(has_text="ledger.proposal_approved")).to_contain_text("代理")
