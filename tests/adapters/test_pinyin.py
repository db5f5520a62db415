"""Pinyin: a name is found by how it is said, whole or by initials, and by either reading of its characters."""

from __future__ import annotations

from shishi.adapters.search.pinyin import sounds_of


def test_a_text_sounds_whole_and_by_initials() -> None:
    assert sounds_of("宣城 三里") == "xuancheng sanli|xc sl"


def test_letters_and_digits_stay_as_they_are() -> None:
    assert sounds_of("h12号") == "h12hao|h12h"


def test_a_character_with_two_readings_is_found_by_either() -> None:
    told = sounds_of("重庆路").split("|")
    assert {"chongqinglu", "zhongqinglu", "cql", "zql"} == set(told)
