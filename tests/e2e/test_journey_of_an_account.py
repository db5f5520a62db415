"""Somebody comes in for the first time, sets up a second factor, and comes in by it; by a passkey, nothing is typed."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site, Visitor, complaints_about, watch
from tests.e2e.entering import (
    PASSWORD,
    by_code,
    by_password,
    by_password_and_code,
    code_of,
    holding_a_key,
    register_key,
    sure,
)
from tests.e2e.hands import Mouse

pytestmark = pytest.mark.e2e
FACTOR = "/me/second-factor"


def person_of(page: Page) -> str:
    """Whose office it is."""
    return page.locator(".side .person b").inner_text()


def leave(page: Page) -> None:
    page.locator(".side").get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in/**")


def test_an_invited_person_sets_a_password_and_a_second_factor_and_comes_in_by_both(
    shared_site: Site, visitor: Visitor
) -> None:
    keeper = Mouse(visitor(shared_site, "operator"))
    keeper.page.goto(shared_site.address + "/people/add/")
    keeper.write("用户名", "wangming")
    keeper.write("姓名", "王明")
    keeper.press("新增人员")
    keeper.follow("授予岗位")
    keeper.write("单位代码", "office")
    keeper.choose("角色", "领导")
    keeper.write("行政区划", "宣城市")
    keeper.press("授予岗位")
    expect(keeper.page.get_by_role("rowheader", name="市办公室")).to_be_visible()
    keeper.follow("发设置密码的链接")
    keeper.press("发设置密码的链接")
    link = urlsplit(keeper.page.locator(".told-box code").inner_text()).path
    assert complaints_about(keeper.page) == []

    own = Mouse(visitor(shared_site))
    page, blocked = own.page, watch(own.page, shared_site.address)
    page.goto(shared_site.address + link)
    for label in ("新密码", "再输一次"):
        page.get_by_label(label).fill(PASSWORD)
    own.press("保存")
    by_password(page, shared_site.address, "wangming")
    assert person_of(page) == "王明"

    page.goto(f"{shared_site.address}{FACTOR}/")
    own.follow("启用身份验证器")
    # What is about to change guards the account: the site makes sure who it is once more.
    sure(page)
    secret = page.locator("code").inner_text()
    page.locator("input[name=code]").fill("000000")
    own.press("启用")
    expect(page.locator("input[name=code]")).to_be_visible()
    page.locator("input[name=code]").fill(code_of(secret, shared_site.address))
    own.press("启用")
    expect(page.get_by_role("heading", name="备用码")).to_be_visible()
    spare = page.locator(".codes code").first.inner_text()
    assert complaints_about(page) == []
    leave(page)

    by_password(page, shared_site.address, "wangming")
    expect(page.get_by_role("heading", name="第二道验证")).to_be_visible()
    # Half in is not in: every other page leads back to the question.
    page.goto(shared_site.address)
    assert urlsplit(page.url).path == f"{FACTOR}/authenticate/"
    by_code(page, shared_site.address, secret)
    assert person_of(page) == "王明"
    leave(page)
    # The phone is elsewhere: one of the spare codes does, once.
    for taken in (True, False):
        by_password(page, shared_site.address, "wangming")
        page.locator("input[name=code]").first.fill(spare)
        own.press("登录")
        if taken:
            page.wait_for_url(lambda found: "authenticate" not in found)
            leave(page)
    expect(page.get_by_role("heading", name="第二道验证")).to_be_visible()
    assert blocked == []


def test_who_has_registered_a_passkey_comes_in_without_typing(shared_site: Site, visitor: Visitor) -> None:
    page = visitor(shared_site)
    blocked = watch(page, shared_site.address)
    with holding_a_key(page):
        by_password_and_code(page, shared_site.address, "keeper")
        register_key(page, shared_site.address, "办公室的电脑")
        assert complaints_about(page) == []
        leave(page)

        page.get_by_role("button", name="用通行密钥登录").click()
        page.wait_for_url(f"{shared_site.address}/")
        assert person_of(page) == "keeper（演示）"
        page.goto(f"{shared_site.address}/audit/")
        leave(page)

        # The same key is a second factor after a password, too, and answers when somebody has to be sure who it is.
        by_password(page, shared_site.address, "keeper")
        page.get_by_role("button", name="改用通行密钥或安全密钥").click()
        page.wait_for_url(f"{shared_site.address}/")
        page.goto(f"{shared_site.address}{FACTOR}/webauthn/reauthenticate/")
        page.get_by_role("button", name="用密钥确认").click()
        page.wait_for_url(lambda found: "reauthenticate" not in found)
        page.goto(f"{shared_site.address}{FACTOR}/webauthn/")
        expect(page.get_by_role("row", name="办公室的电脑")).not_to_contain_text("—")
    assert blocked == []


def test_a_key_that_is_not_there_or_not_known_opens_nothing(shared_site: Site, visitor: Visitor) -> None:
    page = visitor(shared_site)
    with holding_a_key(page):
        page.goto(f"{shared_site.address}/sign-in/")
        page.get_by_role("button", name="用通行密钥登录").click()
        expect(page.get_by_role("status").filter(has_text="没有完成")).to_be_visible()
        by_password_and_code(page, shared_site.address, "keeper")
        register_key(page, shared_site.address, "借来的电脑")
        page.get_by_role("row", name="借来的电脑").get_by_role("link", name="移除").click()
        page.get_by_role("main").get_by_role("button").first.click()
        page.wait_for_url("**/webauthn/")
        expect(page.get_by_role("main")).not_to_contain_text("借来的电脑")
        leave(page)
        with page.expect_navigation():
            page.get_by_role("button", name="用通行密钥登录").click()
        expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
        page.goto(shared_site.address)
        assert urlsplit(page.url).path == "/sign-in/"
