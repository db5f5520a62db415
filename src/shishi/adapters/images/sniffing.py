"""Of what kind a file is, by its first bytes and never by its name; and whether it is of two kinds at once."""

from __future__ import annotations

import re

from shishi.core.errors import Refused

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"})
_ACTIVE = re.compile(
    rb"<script[\s>/]|<svg[\s>]|<!doctype\s+html|<html[\s>]|<\?php|<iframe[\s>]|<!entity\s|%PDF-1\.", re.IGNORECASE
)
_ARCHIVE_END = b"PK\x05\x06"
_ARCHIVE_TAIL = 66_000
_PDF_DOES = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|OpenAction|AA|RichMedia|XFA|SubmitForm|ImportData)\b")
NAMES = "JPEG、PNG、WebP、HEIC 照片"


def picture_kind(content: bytes) -> str:
    """``jpeg``, ``png``, ``webp`` or ``heic``. ``Refused`` (picture_unknown, picture_active)."""
    kind = _kind(content[:32])
    if _looks_like_markup(content[:4096]):
        raise active("文件的内容是网页或矢量图，不是照片。")
    if not kind:
        raise Refused("picture_unknown", f"这个文件不是{NAMES}。请从手机相册里选原来的照片，不要只改后缀。")
    require_single(content)
    return kind


def require_single(content: bytes) -> None:
    """``Refused`` (picture_active) when a picture holds a web page, a program, a paper or an archive as well."""
    if _ACTIVE.search(content) or _ARCHIVE_END in content[-_ARCHIVE_TAIL:]:
        raise active("文件里除照片外还夹带了网页、程序、文档或压缩包。")


def is_paper(content: bytes) -> bool:
    """Whether it begins as a PDF does."""
    return content.startswith((b"%PDF-1.", b"%PDF-2."))


def require_quiet_paper(content: bytes) -> None:
    """``Refused`` (paper_broken, paper_active) when a PDF has no end, or says that it does something when opened."""
    if b"%%EOF" not in content[-2048:]:
        raise Refused("paper_broken", "PDF 不完整，可能没有传完。请重新选择文件上传。")
    if _PDF_DOES.search(content):
        raise Refused("paper_active", "PDF 里有脚本、附件或自动动作，不能作佐证。请重新打印成普通 PDF 再上传。")


def active(why: str) -> Refused:
    """The refusal of what would do something."""
    return Refused("picture_active", f"{why}不能作佐证，没有保存。请上传原来的照片。")


def _kind(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return "heic"
    return ""


def _looks_like_markup(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    return text[:1] == b"<" and bool(re.match(rb"<(?:\?xml|!doctype|svg|html|script|!--)", text, re.IGNORECASE))
