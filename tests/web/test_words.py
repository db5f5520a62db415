"""The English catalogue: what is translated keeps its places, and speaks English."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.utils.translation import override

from shishi.core.notices import NoticeState
from tools.words import WORDS, spoken

PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]")
CHINESE = re.compile(r"[一-鿿]")
NAMES = frozenset({"中文", "简体中文"})


def test_every_translation_keeps_the_places_of_its_words_and_holds_no_chinese() -> None:
    with WORDS.open("rb") as given:
        known = read_po(given, locale="en")
    for message in known:
        if not message.id or not any(message.string):
            continue
        both = (
            [(message.id, message.string)]
            if isinstance(message.string, str)
            else zip(message.id, message.string, strict=False)
        )
        for chinese, english in both:
            assert sorted(PLACES.findall(chinese)) == sorted(PLACES.findall(english)), chinese
            assert not CHINESE.search(english), chinese


def test_words_are_found_in_templates_and_in_views() -> None:
    found = {message.id for message in spoken()}
    assert {"待办", "跳到正文", "已办好。"} <= found


def test_states_and_kinds_of_the_core_are_said_in_the_language_of_the_reader() -> None:
    page = Template("{{ state.label|said }}, {{ nothing|said }}{{ title|said }}")
    told = Context({"state": NoticeState.ACKNOWLEDGED, "nothing": None, "title": "宣城市"})
    with override("en"):
        assert page.render(told) == "Acknowledged, 宣城市"
    with override("zh-hans"):
        assert page.render(told) == "已签收, 宣城市"


def test_the_language_is_chosen_by_the_reader_and_not_by_the_browser(stranger: Client, db: None) -> None:
    assert '<html lang="zh-CN"' in stranger.get("/sign-in/", headers={"Accept-Language": "en"}).text
    stranger.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in stranger.get("/sign-in/").text
    stranger.cookies[settings.LANGUAGE_COOKIE_NAME] = "tlh"
    assert '<html lang="zh-CN"' in stranger.get("/sign-in/").text
