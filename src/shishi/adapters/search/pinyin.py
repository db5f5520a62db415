"""Pinyin 拼音 of texts, without tones: whole and as initials."""

from __future__ import annotations

from functools import lru_cache

_SEVERAL = {
    "重": ("zhong", "chong"),
    "长": ("chang", "zhang"),
    "行": ("xing", "hang"),
    "厦": ("xia", "sha"),
    "曾": ("zeng", "ceng"),
    "单": ("dan", "shan"),
    "朝": ("chao", "zhao"),
    "乐": ("le", "yue"),
    "解": ("jie", "xie"),
    "查": ("cha", "zha"),
    "盖": ("gai", "ge"),
    "翟": ("zhai", "di"),
    "尉": ("wei", "yu"),
    "六": ("liu", "lu"),
    "车": ("che", "ju"),
    "石": ("shi", "dan"),
    "叶": ("ye", "xie"),
    "仇": ("qiu", "chou"),
    "覃": ("qin", "tan"),
}
"""Characters of names and places with two everyday readings: a text that has one is found by either."""


class _Syllables(dict[int, str]):
    """Of each code point its syllable, looked up once."""

    def __missing__(self, code: int) -> str:
        from pypinyin import lazy_pinyin

        character = chr(code)
        first = _SEVERAL.get(character, ("",))[0]
        self[code] = first or (character if code < 128 else "".join(lazy_pinyin(character)).lower())
        return self[code]


class _Initials(dict[int, str]):
    """Of each code point the first letter of its syllable."""

    def __missing__(self, code: int) -> str:
        self[code] = _SYLLABLES[code][:1]
        return self[code]


_SYLLABLES, _INITIALS = _Syllables(), _Initials()
_SECOND = str.maketrans({character: second for character, (_, second) in _SEVERAL.items()})


def alphabetical(text: str) -> tuple[tuple[str, str], ...]:
    """What to sort names by so that they stand as in a dictionary: character by character by its syllable, characters
    of one syllable together; letters and digits come first."""
    return tuple(("" if ord(character) < 128 else _SYLLABLES[ord(character)], character) for character in text.lower())


def is_meant(text: str, asked: str) -> bool:
    """Whether every word that is asked for is in the text, or in the way it is said."""
    words = asked.lower().split()
    if not words:
        return True
    said = _said(text.lower())
    return all(word in said for word in words)


@lru_cache(maxsize=16_384)
def _said(text: str) -> str:
    return f"{text} {sounds_of(text)}"


def sounds_of(text: str) -> str:
    """Its pinyin and its initials, word by word: ``宣城 三里`` is ``xuancheng sanli|xc sl``. Letters and digits stay."""
    told = f"{text.translate(_SYLLABLES)}|{text.translate(_INITIALS)}"
    if _SEVERAL.keys().isdisjoint(text):
        return told
    other = {ord(character): second[:1] for character, (_, second) in _SEVERAL.items()}
    return f"{told}|{text.translate(_SECOND).translate(_SYLLABLES)}|{text.translate(other).translate(_INITIALS)}"
