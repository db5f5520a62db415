"""Prose with tokens: what is a number of the ledger and what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shishi.core.drafts import Source, Token, parts, tokens, typed_numbers, with_token
from shishi.core.errors import Refused


def test_tokens_stand_between_words() -> None:
    text = "全市已发证{引用1}，占{ 引用 02 }。{纪实3}"
    assert list(parts(text)) == [
        "全市已发证",
        Token(Source.FIGURE, "1"),
        "，占",
        Token(Source.FIGURE, "2"),
        "。",
        Token(Source.ENTRY, "3"),
    ]


@given(st.lists(st.one_of(st.text(alphabet="甲乙，。 12", min_size=1), st.integers(1, 9999)), max_size=6))
def test_what_is_written_is_read(told: list[str | int]) -> None:
    written = "".join(item if isinstance(item, str) else str(Token(Source.FIGURE, str(item))) for item in told)
    assert "".join(map(str, parts(written))) == written
    assert [token.key for token in tokens(written)] == [str(item) for item in told if isinstance(item, int)]


@pytest.mark.parametrize("text", ["已办{引用}套", "已办{引用1套", "已办引用1}套", "{{引用1}}", "{数字1}"])
def test_a_brace_that_is_no_token_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Refused, match="花括号") as refused:
        list(parts(text))
    assert refused.value.code == "token_malformed"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("截至2021年9月30日，发证{引用1}。", ()),
        ("第3期；皖政〔2021〕12号", ()),
        ("1. 宣州区进度靠前。", ()),
        ("全市发证1,234套，占88.02%。", ("1,234套", "88.02%")),
        ("比上周多12个，又多12个", ("12个",)),
    ],
)
def test_a_typed_number_is_seen(text: str, typed: tuple[str, ...]) -> None:
    assert typed_numbers(text) == typed


@pytest.mark.parametrize(
    ("offset", "wanted"),
    [
        (None, "宣州{引用1}套{引用9}"),
        (2, "宣州{引用9}{引用1}套"),
        (4, "宣州{引用1}{引用9}套"),
        (0, "{引用9}宣州{引用1}套"),
        (99, "宣州{引用1}套{引用9}"),
    ],
)
def test_a_token_is_put_at_the_cursor_and_never_inside_another(offset: int | None, wanted: str) -> None:
    assert with_token("宣州{引用1}套", Token(Source.FIGURE, "9"), offset) == wanted
