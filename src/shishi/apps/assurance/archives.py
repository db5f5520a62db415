"""Archives 一行一档: a row with everything that belongs to it, in the order of time, to look through and to take away.

Of an estate that is renovated: 改造全过程影像、数据资料. What goes out are the copies without metadata, the papers, and
a list with the hash of every original, so that a print can be proved against the store.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.apps.assurance.developing import verifying_address
from shishi.apps.assurance.evidence_seen import Piece, RowEvidence, evidence_of, paper_of, picture_of
from shishi.apps.ledger.one_row import RowPage, row_of
from shishi.apps.programmes.selectors import table_named
from shishi.core.calendars import SHANGHAI
from shishi.core.evidence_plans import Side

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

MOST_PARTS = 100
ORDER = (Side.BEFORE, Side.DURING, Side.AFTER, Side.NONE)
COLUMNS = (
    *("编号", "属于", "证明", "哪个时候", "内容", "文件", "收到时间", "上传人", "可信等级", "距登记地点（米）", "像素"),
    *("原件 SHA-256", "核验地址", "已撤下"),
)
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:16px/1.7 sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#1d1c1a}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:2px 24px}}dt{{color:#524e47}}dd{{margin:0}}figure{{margin:0}}
img{{max-width:100%}}
table{{border-collapse:collapse}}
td,th{{border:1px solid #b9b3a6;padding:4px 8px;text-align:left}}
section{{break-inside:avoid-page;margin-top:2em}}</style>
<h1>{title}</h1><p>{about}</p>{body}</html>"""


@dataclass(frozen=True, slots=True)
class ArchivePart:
    """The rows of one table that refer to the row, each with its evidence."""

    title: str
    rows: tuple[tuple[RowPage, RowEvidence], ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """A row's archive. ``left_out``: rows that refer to it and are not shown for their number."""

    row: RowPage
    evidence: RowEvidence
    parts: tuple[ArchivePart, ...]
    left_out: int
    made_at: datetime

    @property
    def name(self) -> str:
        """What a file of it is called."""
        safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in self.row.key)
        return f"{self.row.table.short}-{safe}-{self.made_at.astimezone(SHANGHAI):%Y%m%d}"

    @property
    def all_evidence(self) -> Iterator[tuple[RowPage, Piece, str]]:
        """Every piece with the row that it is of and the words of its group, in the order of the work."""
        for row, shown in [(self.row, self.evidence), *(item for part in self.parts for item in part.rows)]:
            for group in shown.groups:
                for piece in (*group.counted, *group.outlived):
                    yield row, piece, group.title or "整行"

    @property
    def course(self) -> tuple[tuple[str, tuple[tuple[RowPage, Piece, str], ...]], ...]:
        """The photos side by side of the work: before, during, after; each in the order in which they came."""
        photos = [item for item in self.all_evidence if item[1].is_photo]
        by_side = {side: [item for item in photos if item[1].evidence.side is side] for side in ORDER}
        return tuple(
            (side.label, tuple(sorted(found, key=lambda item: item[1].evidence.sequence)))
            for side, found in by_side.items()
            if found
        )

    @property
    def papers(self) -> tuple[tuple[RowPage, Piece, str], ...]:
        """The papers, in the order in which they came."""
        return tuple(item for item in self.all_evidence if not item[1].is_photo)


def archive_of(person: Person, entry: UUID, *, at: datetime) -> Archive:
    """The archive of a row that the person may read, with as much around it as they may; ``Misuse`` (unknown_row)."""
    row = row_of(person, entry, at=at)
    found: dict[str, list[tuple[RowPage, RowEvidence]]] = {}
    for relation in row.referred[:MOST_PARTS]:
        other = row_of(person, relation.entry, at=at)
        found.setdefault(relation.table, []).append((other, evidence_of(person, relation.entry, at=at)))
    parts = tuple(ArchivePart(table_named(name)[1].title, tuple(rows)) for name, rows in sorted(found.items()))
    return Archive(row, evidence_of(person, entry, at=at), parts, max(len(row.referred) - MOST_PARTS, 0), at)


def packed(person: Person, archive: Archive, *, at: datetime) -> bytes:
    """The archive as a ZIP file: ``index.html``, ``pictures/``, ``papers/`` and ``manifest.csv``."""
    out = io.BytesIO()
    moment = at.astimezone(SHANGHAI).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:

        def put(name: str, content: bytes) -> None:
            whole.writestr(zipfile.ZipInfo(name, (moment[0], *moment[1:])), content, zipfile.ZIP_DEFLATED)

        put("index.html", _page(archive).encode())
        put("manifest.csv", _manifest(archive).encode("utf-8-sig"))
        for _row, piece, _title in archive.all_evidence:
            number = piece.evidence.sequence
            if piece.is_photo:
                put(f"pictures/{number}.jpg", picture_of(person, number, "view", at=at))
            else:
                put(f"papers/{number}.pdf", paper_of(person, number, at=at)[1])
    return out.getvalue()


def _manifest(archive: Archive) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row, piece, title in archive.all_evidence:
        item = piece.evidence
        cells = (
            *(str(item.sequence), f"{row.table.title} {row.key}", title, item.side.label, item.caption, _file(piece)),
            *(f"{item.recorded_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", item.person, item.trust.level.value),
            "" if item.trust.distance is None else str(item.trust.distance),
            f"{piece.width}×{piece.height}" if piece.is_photo else "",
            *(item.original, verifying_address(piece.code), "是" if item.withdrawn else ""),
        )
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") else cell


def _file(piece: Piece) -> str:
    number = piece.evidence.sequence
    return f"pictures/{number}.jpg" if piece.is_photo else f"papers/{number}.pdf"


def _page(archive: Archive) -> str:
    row = archive.row
    facts = "".join(
        f"<dt>{escape(item.title)}</dt><dd>{escape(cell.text or '—')}</dd>" for item, cell in row.rows if row.live
    )
    body = [f"<section><h2>{escape(row.table.title)}</h2><dl>{facts}</dl></section>"]
    for label, pieces in archive.course:
        body.append(f"<section><h2>{escape(label)}</h2>{''.join(_figure(piece) for _, piece, _ in pieces)}</section>")
    if archive.papers:
        lines = "".join(
            f'<li><a href="{_file(piece)}">{escape(piece.file_name)}</a></li>' for _, piece, _ in archive.papers
        )
        body.append(f"<section><h2>文件</h2><ul>{lines}</ul></section>")
    for part in archive.parts:
        body.append(_table(part))
    made = f"{archive.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    about = f"{row.programme.title}。{made} 导出；照片是去掉拍摄信息的副本，原件的指纹（SHA-256）见 manifest.csv。"
    return _PAGE.format(title=escape(f"{row.table.title}　{row.key}"), about=escape(about), body="".join(body))


def _figure(piece: Piece) -> str:
    item = piece.evidence
    when = f"{item.recorded_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    words = f"{item.caption or item.side.label}　{when}　可信等级 {item.trust.level}（{item.trust.level.label}）"
    return f'<figure><img src="{_file(piece)}" alt="{escape(words)}"><figcaption>{escape(words)}</figcaption></figure>'


def _table(part: ArchivePart) -> str:
    fields = part.rows[0][0].table.fields
    head = "".join(f'<th scope="col">{escape(item.title)}</th>' for item in fields)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell.text)}</td>" for _item, cell in row.rows) + "</tr>" for row, _ in part.rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return f"<section><h2>{escape(part.title)}</h2>{table}</section>"
