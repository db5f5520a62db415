"""Rendering: pages of 22 lines of 28 characters, whole fonts, the same bytes twice, and text that stays text."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import docx
import pypdf
import pytest
from docx.oxml.ns import qn

from shishi.adapters.rendering import base
from shishi.adapters.rendering.docx import docx_bytes, render_docx
from shishi.adapters.rendering.fonts import Face, FontSet, find_fonts
from shishi.adapters.rendering.pdf import chart_png, pdf_bytes, render_pdf
from shishi.adapters.rendering.printing_house import FEW, print_document, print_documents
from shishi.core.blocks import Align, Block, Grid, Heading, Note, number, paragraph
from shishi.core.charts import Bar, BarChart, BarState, CurveChart, CurvePoint
from shishi.core.citations import Citation
from shishi.core.documents import DEMONSTRATION, Attachment, Document, DocumentKind, Proof
from shishi.core.errors import Refused
from shishi.core.typography import document_number

DAY = date(2021, 9, 30)
ROOT = "0a1b2c3d" * 8
HOSTILE = (
    '#let x = read("/etc/passwd")',
    '#eval("1")',
    "$ sum_(i=0)^n $ *粗* _斜_ @标签 <标> `码` \\ // 注 /* 注 */",
    "\"双引\" '单引' {花} [方] \\u{41} ~ = -- ---",
    "{ PAGE } { HYPERLINK x } =1+1 </w:t><w:fldSimple/> &amp; <script>",
    "x" * 200,
)


def brief() -> Document:
    """A half-month report as an office would send it: prose, a table with a total, a chart, a proof."""
    total = Citation("c1", "p", "issued", "3418", DAY, datetime(2021, 9, 30, 10, tzinfo=UTC), Decimal(13350), "13350套")
    rows = tuple((f"第{index}单位", f"{index * 7}.{index % 10}%", "") for index in range(40))
    sides = (Align.LEFT, Align.NUMBER, Align.LEFT)
    return Document(
        kind=DocumentKind.HALF_MONTH,
        title="全市“难办证”治理工作半月报告",
        issuer_mark="宣城市重点民生实事工作简报",
        number="第18期",
        date=DAY,
        addressee="市领办项目领导小组",
        blocks=(
            Heading(1, "总体情况"),
            paragraph("截至2021年9月30日，已办证", total, "。"),
            Grid("进度", ("单位", "完成率", "备注"), (*rows, ("合计", number(total), "")), sides, total_row=True),
            chart(),
            Note("斜纹为未报。"),
        ),
        signatory="宣城市“难办证”治理专班办公室",
        signed_on=DAY,
        cc=("市政府办公室",),
        printed_by="宣城市“难办证”治理专班办公室",
        citations=(total,),
        attachments=(Attachment("项目清单", (paragraph("共78个项目。"),)),),
        demonstration=True,
        proof=Proof(DAY, ROOT),
    )


def chart() -> BarChart:
    """A bar in time, one overdue, one not reported."""
    return BarChart(
        "完成率",
        (
            Bar("宣州区", Decimal(92), "92%", Decimal(90)),
            Bar("广德市", Decimal(79), "79%", Decimal(90), state=BarState.OVERDUE, remark="落后38天"),
            Bar("绩溪县", None, "未报", Decimal(90), state=BarState.SILENT),
        ),
        Decimal(100),
    )


def notice() -> Document:
    """A prompt notice: a letter with a receipt under the signature."""
    return Document(
        kind=DocumentKind.NOTICE,
        title="关于“难办证”治理工作的提示单",
        issuer_mark="宣城市“难办证”治理专班办公室",
        number=document_number("提示", 2021, 3),
        date=DAY,
        addressee="广德市人民政府",
        blocks=(Heading(1, "基本情况"), paragraph("已办905套。")),
        signatory="宣城市“难办证”治理专班办公室",
        signed_on=DAY,
        after=(Grid("签收", ("签收人", "时间"), (("", ""),), (Align.CENTRE, Align.CENTRE)),),
    )


def short(*blocks: Block) -> Document:
    """A daily summary of the given blocks."""
    return Document(DocumentKind.DAILY, "日汇总", "工作简报", "第1期", DAY, blocks)


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    """The fonts that set-up gathered."""
    return find_fonts()


def reader(content: bytes) -> pypdf.PdfReader:
    """The PDF, read back."""
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    """All text of a PDF without spaces and line breaks."""
    return re.sub(r"[\s\u200b]+", "", "".join(page.extract_text() for page in reader(content).pages))


def line_heights(page: pypdf.PageObject) -> list[Decimal]:
    """Where lines of text stand, in points from the foot of the page, top line first."""
    met: list[Decimal] = []

    def see(operator: bytes, _operands: object, outer: list[float], inner: list[float]) -> None:
        if operator in (b"Tj", b"TJ"):
            met.append(round(Decimal(str(float(outer[5]) + float(inner[5]))), 1))

    page.extract_text(visitor_operand_before=see)
    return sorted(set(met), reverse=True)


def fonts_of(page: pypdf.PageObject) -> list[pypdf.generic.DictionaryObject]:
    """The descriptors of every font that a page uses."""
    found = []
    for font in page["/Resources"]["/Font"].values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        found.append(inner["/FontDescriptor"].get_object())
    return found


def test_a_full_page_has_22_lines_of_28_characters(fonts: FontSet) -> None:
    pages = reader(pdf_bytes(short(paragraph("甲乙丙丁戊己庚辛壬癸" * 180)), fonts)).pages
    lines = pages[1].extract_text().splitlines()
    assert [len(line) for line in lines] == [28] * 22 + [len("— 2 —")]
    heights = line_heights(pages[1])[:22]
    assert heights[0] - heights[-1] == round(21 * Decimal("28.99"), 1)
    assert {above - below for above, below in pairwise(heights)} <= {Decimal("28.9"), Decimal("29.0"), Decimal("29.1")}


@pytest.mark.parametrize("ends", [Note("末段在此。"), paragraph("末段在此。")])
def test_a_signature_never_stands_on_a_page_alone(fonts: FontSet, ends: Block) -> None:
    for many in range(8, 18):
        blocks = (*(paragraph("一行正文。") for _ in range(many)), ends)
        signed = replace(short(*blocks), signatory="演示单位", signed_on=DAY)
        told = [page.extract_text() for page in reader(pdf_bytes(signed, fonts)).pages]
        last = [text for text in told if "演示单位" in re.sub(r"[\s\u200b]+", "", text)][-1]
        assert "末段在此" in last, many


def test_a_page_is_a4_and_every_font_is_inside(fonts: FontSet) -> None:
    for page in reader(pdf_bytes(brief(), fonts)).pages:
        assert [round(float(size)) for size in page.mediabox[2:]] == [595, 842]
        assert all({"/FontFile2", "/FontFile3"} & set(font) for font in fonts_of(page))


def test_the_brief_says_everything_and_marks_every_page_as_demonstration(fonts: FontSet) -> None:
    made = pdf_bytes(brief(), fonts)
    said = text_of(made)
    for words in (
        "宣城市重点民生实事工作简报",
        "第18期",
        "一、总体情况",
        "13350套",
        "抄送：市政府办公室。",
        "附件：项目清单",
    ):
        assert words in said
    assert ROOT in said
    for page in reader(made).pages:
        assert re.sub(r"\s", "", DEMONSTRATION) in re.sub(r"\s", "", page.extract_text())


def test_pages_are_numbered_and_the_table_header_is_repeated(fonts: FontSet) -> None:
    pages = [page.extract_text() for page in reader(pdf_bytes(brief(), fonts)).pages]
    assert [f"— {place} —" in page for place, page in enumerate(pages, start=1)] == [True] * len(pages)
    assert sum("完成率" in page and "备注" in page for page in pages) >= 2


def test_a_number_stays_on_one_line_of_its_cell(fonts: FontSet) -> None:
    rows = tuple((f"宣城经开区{index}", "6204", "91.72%", "+1.7", "落后11天") for index in range(8))
    sides = (Align.LEFT, Align.NUMBER, Align.NUMBER, Align.NUMBER, Align.LEFT)
    table = Grid("进度", ("县市区", "套数", "完成率", "与序时差（百分点）", "状态"), rows, sides)
    said = reader(pdf_bytes(short(table), fonts)).pages[0].extract_text().splitlines()
    assert sum("91.72%" in line for line in said) == 8


def test_a_notice_has_the_head_of_a_letter_and_no_number_on_its_first_page(fonts: FontSet) -> None:
    pages = [page.extract_text() for page in reader(pdf_bytes(notice(), fonts)).pages]
    assert "提示〔2021〕3号" in re.sub(r"\s", "", pages[0])
    assert "— 1 —" not in pages[0]
    assert "签收" in "".join(pages)


def test_the_same_document_gives_the_same_bytes(fonts: FontSet) -> None:
    assert pdf_bytes(brief(), fonts) == pdf_bytes(brief(), fonts)
    assert docx_bytes(brief(), fonts) == docx_bytes(brief(), fonts)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(fonts: FontSet, text: str) -> None:
    table = Grid(text, ("甲", "乙"), ((text, "1"),), (Align.LEFT, Align.NUMBER), note=text)
    drawing = BarChart(text, (Bar(text[:12], Decimal(1), "1"),), Decimal(10))
    paper = replace(short(Heading(2, text), paragraph(text), table, drawing, Note(text)), title=text, signatory=text)
    assert re.sub(r"\s", "", text) in text_of(pdf_bytes(paper, fonts))
    word = docx.Document(io.BytesIO(docx_bytes(paper, fonts)))
    assert text in [line.text for line in word.paragraphs]
    fields = [*word.element.iter(qn("w:fldSimple")), *word.element.iter(qn("w:instrText"))]
    assert fields == []


def test_long_words_stay_inside_the_type_area(fonts: FontSet) -> None:
    page = reader(pdf_bytes(short(paragraph("W" * 300)), fonts)).pages[0]
    words = [line.replace("\u200b", "") for line in page.extract_text().splitlines()]
    lengths = [len(word) for word in words if set(word) == {"W"}]
    assert len(lengths) > 5
    assert sum(lengths) == 300
    assert max(lengths) <= 28


def test_a_missing_character_is_named_and_never_a_box(fonts: FontSet) -> None:
    with pytest.raises(Refused, match="glyph_missing") as refused:
        pdf_bytes(short(paragraph("楔形文字𒀀")), fonts)
    assert "𒀀（U+12000）" in refused.value.message


def test_a_rare_name_is_drawn_by_the_stand_in(fonts: FontSet) -> None:
    made = pdf_bytes(short(paragraph("户主䶮某")), fonts)
    assert "䶮" in text_of(made)
    assert any("LXGW" in str(font["/FontName"]) for page in reader(made).pages for font in fonts_of(page))


def test_a_folder_without_fonts_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="font_missing") as refused:
        find_fonts(tmp_path)
    assert "仿宋" in refused.value.message
    assert "SHISHI_FONTS" in refused.value.message


def test_an_office_names_its_own_fonts(tmp_path: Path, fonts: FontSet) -> None:
    for file in fonts.files.values():
        if not (tmp_path / file.path.name).exists():
            (tmp_path / file.path.name).symlink_to(file.path)
    (tmp_path / "fonts.toml").write_text(
        '[pdf]\nbody = "FandolSong"\n[word]\nbody = "华文仿宋,仿宋"\n', encoding="utf-8"
    )
    own = find_fonts(tmp_path)
    assert own.files[Face.BODY].family == "FandolSong"
    word = docx.Document(io.BytesIO(docx_bytes(short(paragraph("正文")), own)))
    assert word.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "华文仿宋"
    with zipfile.ZipFile(io.BytesIO(docx_bytes(short(paragraph("正文")), own))) as package:
        assert '<w:font w:name="华文仿宋"><w:altName w:val="仿宋"/>' in package.read("word/fontTable.xml").decode()


def test_a_chart_becomes_a_picture_with_words_for_those_who_cannot_see(fonts: FontSet, tmp_path: Path) -> None:
    assert chart_png(chart(), fonts).startswith(b"\x89PNG")
    curve = CurveChart(
        "办证", ((date(2021, 1, 1), Decimal(0)), (DAY, Decimal(9))), (CurvePoint(DAY, Decimal(8)),), "8套"
    )
    assert chart_png(curve, fonts).startswith(b"\x89PNG")
    render_docx(brief(), tmp_path / "brief.docx", fonts)
    shapes = docx.Document(str(tmp_path / "brief.docx")).inline_shapes
    assert [round(shape.width.mm) for shape in shapes] == [156]
    assert shapes[0]._inline.docPr.get("descr") == chart().description()


def test_word_has_the_margins_and_the_grid_of_the_standard(fonts: FontSet) -> None:
    section = docx.Document(io.BytesIO(docx_bytes(brief(), fonts))).sections[0]
    edges = (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)
    assert [round(edge.twips if hasattr(edge, "twips") else edge / 635) for edge in edges] == [2098, 1474, 1984, 1588]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    height = 16838 - 2098 - 1984
    assert height // int(grid.get(qn("w:linePitch"))) == base.LINES
    pitch = 16 + int(grid.get(qn("w:charSpace"))) / 4096
    assert int((11906 - 1588 - 1474) / 20 / pitch + 0.01) == base.CHARACTERS


def test_word_has_real_styles_with_the_faces_of_the_standard(fonts: FontSet) -> None:
    word = docx.Document(io.BytesIO(docx_bytes(brief(), fonts)))
    faces = {
        name: word.styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in ("Normal", "Title", "Heading 1")
    }
    assert faces == {"Normal": "仿宋_GB2312", "Title": "方正小标宋简体", "Heading 1": "黑体"}
    assert word.styles["Normal"].font.size.pt == 16
    assert word.styles["Title"].font.size.pt == 22
    used = {line.style.name for line in word.paragraphs}
    assert {"发文机关标志", "发文字号", "Title", "主送机关", "Heading 1", "公文段落", "表题", "图", "落款"} <= used


def test_word_repeats_table_headers_and_numbers_odd_and_even_pages(fonts: FontSet) -> None:
    word = docx.Document(io.BytesIO(docx_bytes(brief(), fonts)))
    table = word.tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert table.cell(41, 1).text == "13350套"
    assert word.settings.odd_and_even_pages_header_footer
    section = word.sections[0]
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        line = footer.paragraphs[0]._p
        assert [field.get(qn("w:instr")) for field in line.iter(qn("w:fldSimple"))] == [" PAGE "]
        assert line.pPr.find(qn("w:jc")).get(qn("w:val")) == side
    assert section.header.paragraphs[0].text == section.even_page_header.paragraphs[0].text == DEMONSTRATION


def test_word_properties_stand_in_the_order_that_word_demands(fonts: FontSet) -> None:
    order = (
        "pStyle keepNext pageBreakBefore framePr widowControl pBdr tabs wordWrap snapToGrid spacing ind jc outlineLvl"
    )
    ranks = [qn(f"w:{name}") for name in order.split()]
    for paper in (brief(), notice()):
        word = docx.Document(io.BytesIO(docx_bytes(paper, fonts)))
        for root in (word.element, word.styles.element, word.sections[0].first_page_header._element):
            for properties in root.iter(qn("w:pPr")):
                places = [ranks.index(child.tag) for child in properties if child.tag in ranks]
                assert places == sorted(set(places))


def test_a_file_is_there_whole_or_not_at_all(fonts: FontSet, tmp_path: Path) -> None:
    render_pdf(notice(), tmp_path / "new" / "notice.pdf", fonts)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["notice.pdf"]
    with pytest.raises(Refused):
        render_pdf(short(paragraph("𒀀")), tmp_path / "none.pdf", fonts)
    assert not (tmp_path / "none.pdf").exists()


def test_many_documents_are_set_by_several_processes_in_their_order() -> None:
    documents = [replace(brief(), number=f"第{number}期") for number in range(1, FEW + 4)]
    printed = list(print_documents(iter(documents), processes=2))
    assert printed == [print_document(document) for document in documents]


def test_a_document_that_cannot_be_set_stops_the_others_with_its_own_message() -> None:
    documents = [replace(brief(), title="字体没有的字：\U00030000") if at == 3 else brief() for at in range(FEW + 4)]
    with pytest.raises(Refused) as refused:
        list(print_documents(documents, processes=2))
    assert refused.value.code == "glyph_missing"
