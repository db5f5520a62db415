"""Archives 一行一档 as one PDF: cover, contents, facts, before and after side by side, tables, hashes of originals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from shishi.adapters.rendering.archive import Book, Pair, Sheet, Shot, archive_pdf
from shishi.apps.assurance.archives import ORDER, Archive, ArchivePart
from shishi.apps.assurance.evidence_seen import Piece, picture_of
from shishi.apps.files.selectors import is_demonstration
from shishi.core.calendars import SHANGHAI
from shishi.core.errors import Refused

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

MOST_PICTURES = 300
"""Of one book; a larger archive is taken away as a ZIP."""
COLUMNS = 7
"""Of a table in it: more can't be read on a page."""


def printed(person: Person, archive: Archive, *, at: datetime) -> bytes:
    """The archive as PDF, with the copies that anybody who reads the row may see. ``Refused``: archive_large (more
    pictures than a book holds), font_missing, glyph_missing, render_failed."""
    numbers = [piece.evidence.sequence for _row, piece, _title in archive.all_evidence if piece.is_photo]
    if len(numbers) > MOST_PICTURES:
        told = f"照片有 {len(numbers)} 张，一份 PDF 最多放 {MOST_PICTURES} 张。请改为下载压缩包形式的档案。"
        raise Refused("archive_large", told)
    pictures = {number: picture_of(person, number, "view", at=at) for number in numbers}
    return archive_pdf(book_of(archive), pictures)


def book_of(archive: Archive) -> Book:
    """What the PDF tells."""
    row = archive.row
    made = archive.made_at.astimezone(SHANGHAI)
    many = sum(1 for _, piece, _ in archive.all_evidence if piece.is_photo)
    about = f"照片 {many} 张，文件 {len(archive.papers)} 份。照片是去掉拍摄信息的副本，原件的指纹列在最后。"
    if archive.left_out:
        about += f"另有 {archive.left_out} 行引用它的记录没有收入。"
    return Book(
        title=row.table.title,
        key=row.key,
        programme=row.programme.title,
        made_at=made,
        made=f"{made:%Y-%m-%d %H:%M} 导出",
        about=about,
        facts=tuple((item.title, _with_unit(cell.text, item.unit)) for item, cell in row.rows if row.live),
        pairs=tuple(_pairs(archive)),
        series=tuple(_series(archive)),
        sheets=tuple(_sheet(part, row.key) for part in archive.parts),
        papers=tuple(f"{piece.evidence.sequence}　{piece.file_name}（{title}）" for _, piece, title in archive.papers),
        hashes=_hashes(archive),
        demonstration=row.programme.demonstration or is_demonstration(),
    )


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}".strip() if text else "—"


def _pairs(archive: Archive) -> Iterator[Pair]:
    for shown in (archive.evidence, *(seen for part in archive.parts for _, seen in part.rows)):
        for group in shown.groups:
            for before, after in group.pairs:
                named = before or after
                caption = named.evidence.caption if named else ""
                yield Pair(caption or group.title or "整行", _shot(before), _shot(after))


def _shot(piece: Piece | None) -> Shot | None:
    if piece is None:
        return None
    item = piece.evidence
    when = f"{item.recorded_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return Shot(item.sequence, f"{item.sequence}　{item.caption or item.side.label}　{when}　{item.trust.level.label}")


def _series(archive: Archive) -> Iterator[tuple[str, tuple[Shot, ...]]]:
    """What stands in no pair, by the side of the work."""
    paired = {shot.number for pair in _pairs(archive) for shot in (pair.before, pair.after) if shot}
    loose = [piece for _, piece, _ in archive.all_evidence if piece.is_photo and piece.evidence.sequence not in paired]
    for side in ORDER:
        shots = tuple(shot for piece in loose if piece.evidence.side is side and (shot := _shot(piece)))
        if shots:
            yield side.label, shots


def _sheet(part: ArchivePart, key: str) -> Sheet:
    """The columns that say something, as many as a page holds; that all rows are of this one is known."""
    fields = [
        item for item in part.rows[0][0].table.fields if {row.cells[item.name].text for row, _ in part.rows} - {"", key}
    ]
    wanted = fields[:COLUMNS]
    rows = tuple(tuple(row.cells[item.name].text for item in wanted) for row, _ in part.rows)
    left = len(fields) - len(wanted)
    title = f"{part.title}（另有 {left} 栏没有列出）" if left else part.title
    return Sheet(title, tuple(item.title for item in wanted), rows)


def _hashes(archive: Archive) -> Sheet:
    rows = tuple(
        (
            str(piece.evidence.sequence),
            f"{piece.evidence.caption or title}（{row.key}）",
            piece.evidence.side.label,
            f"{piece.evidence.recorded_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            piece.evidence.trust.level.value,
            piece.evidence.original,
        )
        for row, piece, title in archive.all_evidence
    )
    return Sheet("原件指纹", ("编号", "内容", "哪个时候", "收到时间", "等级", "SHA-256"), rows)
