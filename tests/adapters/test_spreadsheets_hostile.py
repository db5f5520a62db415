"""Workbooks made to break the reader: each is refused in words and in bounded time, and the reader lives on."""

from __future__ import annotations

import random
import time
import zipfile
from pathlib import Path

import pytest

from shishi.adapters.spreadsheets import cage, prescan
from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.adapters.spreadsheets.reading import read_workbook
from shishi.adapters.spreadsheets.template import write_template
from shishi.core.errors import Issue, Refused
from tests.adapters.units_table import DIVISIONS, ROW, TABLE

SECONDS = 30
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
SHEET = HEAD + '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"
SHEET_PART = "xl/worksheets/sheet1.xml"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "好.xlsx"
    write_template(TABLE, path, divisions=DIVISIONS, rows=[ROW])
    return path


def altered(good: Path, parts: dict[str, bytes], name: str = "坏.xlsx") -> Path:
    """The good workbook with some parts replaced or added."""
    path = good.with_name(name)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            if part not in parts:
                target.writestr(part, source.read(part))
        for part, content in parts.items():
            target.writestr(part, content)
    return path


def with_sheet(good: Path, body: str, end: str = END) -> Path:
    return altered(good, {SHEET_PART: (SHEET + body + end).encode()})


def refusal(path: Path) -> tuple[str, str]:
    begun = time.monotonic()
    with pytest.raises(Refused) as caught:
        read_workbook(path, TABLE)
    assert time.monotonic() - begun < SECONDS
    return caught.value.code, caught.value.message


def outcome(path: Path) -> str:
    """``read``, or the code of the refusal."""
    try:
        read_workbook(path, TABLE)
    except Refused as refused:
        return refused.code
    return "read"


def cell(place: str, value: str = "1") -> str:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}"><c r="{place}"><v>{value}</v></c></row>'


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "XFD1", "DA1", "ZZZ9"])
def test_a_value_far_away_is_refused_before_any_library_sees_it(good, place):
    code, message = refusal(with_sheet(good, cell("A1") + cell(place)))
    assert code == "workbook_too_large"
    assert place in message


def test_empty_formatted_cells_far_away_do_no_harm(good):
    far = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert refusal(with_sheet(good, cell("A1") + far))[0] == "header_not_found"


def test_a_bomb_of_repetition_is_refused_while_inflating(good):
    code, message = refusal(altered(good, {"xl/media.xml": b"<a/>" * 2**24}))
    assert code == "workbook_too_large"
    assert "重复" in message


def test_eight_million_cells_in_a_small_file_are_refused(good):
    row = "<row>" + "<c><v>1</v></c>" * 1000 + "</row>"
    assert refusal(with_sheet(good, row * 8000))[0] == "workbook_too_large"


def test_what_is_inflated_is_counted_over_all_parts(good, monkeypatch):
    monkeypatch.setattr(prescan, "MAX_INFLATED", 10_000)
    with pytest.raises(Refused, match="workbook_too_large"):
        prescan.scan(good, 80)


def test_a_sheet_too_large_for_the_memory_ends_the_child_only(good):
    wide = "".join(f'<c r="{letter}999999"><v>1</v></c>' for letter in ("A", "BZ"))
    code, _ = refusal(with_sheet(good, f'<row r="999999">{wide}</row>'))
    assert code in ("workbook_too_large", "header_not_found")


def test_one_endless_cell_is_refused(good):
    text = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"好" * 2**20}</t></is></c></row>'
    assert refusal(with_sheet(good, text))[0] == "workbook_too_large"


def test_a_size_that_was_declared_too_small_is_not_believed(good):
    path = with_sheet(good, cell("A1") * 50_000)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(SHEET_PART)
    entry = content.index(b"PK\x01\x02", info.header_offset + info.compress_size)
    while content[entry + 46 : entry + 46 + len(SHEET_PART)] != SHEET_PART.encode():
        entry = content.index(b"PK\x01\x02", entry + 4)
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    assert refusal(path)[0] == "workbook_unreadable"


def test_a_merge_over_the_whole_sheet_is_refused(good):
    merge = '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    assert refusal(with_sheet(good, cell("A1"), merge))[0] == "workbook_too_large"


def test_too_many_sheets_are_refused(good):
    with zipfile.ZipFile(good) as archive:
        book = archive.read("xl/workbook.xml").decode()
    many = "".join(f'<sheet name="s{at}" sheetId="{at + 9}" r:id="rId1"/>' for at in range(80))
    path = altered(good, {"xl/workbook.xml": book.replace("</sheets>", many + "</sheets>").encode()})
    code, message = refusal(path)
    assert code == "workbook_too_large"
    assert "工作表" in message


@pytest.mark.parametrize("declaration", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">'])
def test_document_types_are_refused(good, declaration):
    content = (SHEET + cell("A1") + END).replace("?>", "?>" + declaration, 1)
    code, message = refusal(altered(good, {SHEET_PART: content.encode()}))
    assert (code, "DTD" in message) == ("workbook_unreadable", True)


def test_a_document_type_in_another_encoding_is_refused_too(good):
    content = (SHEET + cell("A1") + END).replace("?>", "?><!DOCTYPE a>", 1)
    assert refusal(altered(good, {SHEET_PART: content.encode("utf-16")}))[0] == "workbook_unreadable"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"", "空"),
        (b"hello", "不是 Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "损坏"),
        (b"PK\x03\x04" + b"\0" * 50, "损坏"),
    ],
)
def test_what_is_not_a_workbook_is_told_what_it_is(tmp_path, content, said):
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    code, message = refusal(path)
    assert code == "workbook_unreadable"
    assert said in message


def test_a_document_that_is_not_a_workbook_is_refused(tmp_path):
    path = tmp_path / "表.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "不是 Excel" in refusal(path)[1]


def test_a_file_that_was_cut_off_is_refused_at_every_length(good):
    whole = good.read_bytes()
    path = good.with_name("坏.xlsx")
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert refusal(path)[0] == "workbook_unreadable"


def test_a_file_over_the_limit_is_not_opened(good, monkeypatch):
    monkeypatch.setattr(prescan, "MAX_FILE", 100)
    with pytest.raises(Refused, match="workbook_too_large"):
        prescan.scan(good, 80)


def test_broken_bytes_anywhere_never_end_the_reader(good):
    whole, random_source = good.read_bytes(), random.Random(20210930)
    path = good.with_name("坏.xlsx")
    for _ in range(25):
        content = bytearray(whole)
        for _ in range(random_source.randint(1, 8)):
            content[random_source.randrange(len(content))] = random_source.randrange(256)
        path.write_bytes(content)
        assert outcome(path).startswith(("read", "workbook_", "header_", "column_", "template_", "other_"))


def test_broken_xml_in_good_parts_never_ends_the_reader(good):
    with zipfile.ZipFile(good) as archive:
        parts = {name: archive.read(name) for name in (SHEET_PART, "xl/workbook.xml", "xl/sharedStrings.xml")}
    random_source = random.Random(3418)
    for name, whole in list(parts.items()) * 5:
        at = random_source.randrange(len(whole))
        path = altered(good, {name: whole[:at] + b"<" * random_source.randint(0, 3) + whole[at + 5 :]})
        assert outcome(path).startswith(("read", "workbook_", "header_", "column_"))


def test_a_child_that_dies_is_a_refusal(good, monkeypatch):
    monkeypatch.setattr(cage, "_MODULE", "no.such.module")
    assert refusal(good)[0] == "workbook_unreadable"


def test_a_child_that_waited_reads_one_workbook_as_any_other_and_none_is_left(good, monkeypatch):
    started = []
    start = cage._start
    monkeypatch.setattr(cage, "_start", lambda *given: started.append(start(*given)) or started[-1])
    alone = list(cage.ask_child("read", str(good), "40"))
    with cage.spare_child():
        assert [list(cage.ask_child("read", str(good), "40")) for _ in range(2)] == [alone, alone]
        with pytest.raises(Refused, match="workbook_unreadable"):
            list(cage.ask_child("read", str(good.with_name("none.xlsx")), "40"))
    assert len(started) == 1 + 4
    assert all(child.poll() is not None for child in started)


def test_a_child_that_hangs_is_ended(good, monkeypatch):
    monkeypatch.setattr(cage, "_MODULE", "timeit")
    monkeypatch.setattr(cage, "WALL_SECONDS", 0.5)
    with pytest.raises(Refused, match="workbook_too_large"):
        list(cage.ask_child("-n", "1", "while True: pass"))


def test_a_hostile_source_is_not_marked_and_leaves_nothing(good, tmp_path):
    target = tmp_path / "out" / "退回.xlsx"
    target.parent.mkdir()
    with pytest.raises(Refused, match="workbook_too_large"):
        mark_workbook(with_sheet(good, cell("XFD1048576")), [Issue("a", "b")], target)
    assert list(target.parent.iterdir()) == []


def test_the_reader_sees_none_of_the_parents_secrets(monkeypatch):
    monkeypatch.setenv("SHISHI_SECRET", "geheim")
    assert "SHISHI_SECRET" not in cage._environment()
