"""An archive as a book: every picture and hash is in it, and no text of a row becomes code."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

import pytest
from pypdf import PdfReader

from shishi.adapters.images.scenes import jpeg, scene
from shishi.adapters.rendering.archive import Book, Pair, Sheet, Shot, archive_pdf
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Refused

HASH = "0123456789abcdef" * 4
PICTURES = {number: jpeg(scene(number, 320, 240)) for number in (1, 2, 3)}
BOOK = Book(
    title="老旧小区改造项目台账",
    key="LJ-2021-34-00001",
    programme="城镇老旧小区改造",
    made_at=datetime(2021, 11, 26, 10, 0, 0, 123456, tzinfo=SHANGHAI),
    made="2021-11-26 10:00 导出",
    about="照片 3 张，文件 1 份。",
    facts=(("小区名称", '双桥小区 #import "secret.txt" $x$ *粗*'), ("户数", "320 户")),
    pairs=(
        Pair("东门道路", Shot(1, "1　东门道路　之前"), Shot(2, "2　东门道路　之后")),
        Pair("管网", None, Shot(3, "3　管网")),
    ),
    series=(("过程中", (Shot(3, "3　管网"),)),),
    sheets=(Sheet("改造内容", ("内容", "完成"), (("外墙", "是"), ("道路", "否"))),),
    papers=("4　验收报告.pdf",),
    hashes=Sheet(
        "原件指纹",
        ("编号", "内容", "哪个时候", "收到时间", "等级", "SHA-256"),
        tuple((str(at), "东门道路", "之后", "2021-11-20 09:00", "B", HASH) for at in range(1, 60)),
    ),
    demonstration=True,
)


def text_of(content: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_it_tells_everything_and_runs_nothing_of_it() -> None:
    content = archive_pdf(BOOK, PICTURES)
    told = text_of(content)
    for words in ("目录", "基本情况", "改造前后对比", "没有之前的照片", "数据资料", "验收报告.pdf", "原件指纹", "演示"):
        assert words in told
    assert '#import"secret.txt"$x$*粗*' in told
    assert told.count(HASH) == 59
    pages = PdfReader(io.BytesIO(content)).pages
    assert sum(len(page.images) for page in pages) >= 3
    assert content == archive_pdf(BOOK, PICTURES)


def test_an_archive_without_pictures_is_a_book_too() -> None:
    empty = replace(BOOK, pairs=(), series=(), sheets=(), papers=(), demonstration=False)
    told = text_of(archive_pdf(empty, {}))
    assert "基本情况" in told
    assert "改造前后对比" not in told


def test_a_picture_that_is_missing_is_no_half_book() -> None:
    with pytest.raises(Refused, match=r"^render_failed:"):
        archive_pdf(BOOK, {})
