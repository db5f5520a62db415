"""Pinyin: a name is found by how it is said, whole or by initials, and by either reading of its characters."""

from __future__ import annotations

from shishi.adapters.search.pinyin import alphabetical, is_meant, sounds_of


def test_a_text_sounds_whole_and_by_initials() -> None:
    assert sounds_of("宣城 三里") == "xuancheng sanli|xc sl"


def test_letters_and_digits_stay_as_they_are() -> None:
    assert sounds_of("h12号") == "h12hao|h12h"


def test_a_character_with_two_readings_is_found_by_either() -> None:
    told = sounds_of("重庆路").split("|")
    assert {"chongqinglu", "zhongqinglu", "cql", "zql"} == set(told)


def test_names_stand_as_in_a_dictionary() -> None:
    assert sorted(["张三", "宣州", "李四", "郎溪", "安庆", "A1"], key=alphabetical) == [
        "A1",
        "安庆",
        "郎溪",
        "李四",
        "宣州",
        "张三",
    ]


def test_every_word_is_looked_for_as_it_is_written_or_said() -> None:
    assert is_meant("宣州区专班 张三", "zs 专班")
    assert is_meant("宣州区专班 张三", "")
    assert not is_meant("宣州区专班 张三", "zs 郎溪")
