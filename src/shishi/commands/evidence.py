"""``evidence add | list | withdraw | reaffirm | coverage | archive | verify``: what the pages of evidence do."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from shishi.commands.context import Commands, Context, Outcome, command, progress
from shishi.commands.usage import paged
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.assurance.evidence_seen import Piece
    from shishi.core.evidence import Coverage, Lack

SIDES = ("none", "before", "during", "after")


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments: what is added and read, and the three reports."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    adding = command(commands, "add", "给一行加照片或 PDF 作佐证", _add, writes=True)
    _row(adding)
    adding.add_argument("files", type=Path, nargs="+", metavar="文件")
    adding.add_argument("--group", default="", help="证明哪一组（不写就是整行）")
    adding.add_argument("--side", choices=SIDES, default="after", help="现状、之前、过程中、之后（默认之后）")
    adding.add_argument("--caption", default="", help="拍摄内容，如 3号楼外墙")
    _row(command(commands, "list", "一行的佐证：等级、要看一看的、还缺什么", _list))
    withdrawing = command(commands, "withdraw", "撤下一份佐证（原件和原因都留着）", _withdraw, writes=True)
    withdrawing.add_argument("number", type=int)
    withdrawing.add_argument("--reason", required=True)
    reaffirming = command(commands, "reaffirm", "改动之后确认：它也证明现在的内容", _reaffirm, writes=True)
    reaffirming.add_argument("number", type=int)
    _configure_reports(commands)


def _configure_reports(commands: Commands) -> None:
    covering = command(commands, "coverage", "哪些行缺什么佐证，按区划", _coverage)
    covering.add_argument("programme")
    covering.add_argument("--division", help="行政区划代码或名称")
    paged(covering, 50)
    packing = command(
        commands, "archive", "一行一档：把一行和属于它的一切打成 ZIP，或写成 PDF（按文件名后缀）", _archive
    )
    _row(packing)
    packing.add_argument("-o", "--output", type=Path, required=True, metavar="ZIP")
    command(commands, "verify", "重算每份原件的指纹，与登记的比对", _verify)


def _row(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("row", help="行的标识（UUID），或与 --table 同用的主键")
    parser.add_argument("--table", help="台账（写主键时要）")


def _entry(context: Context) -> UUID:
    from shishi.apps.assurance.evidence_rows import entry_of
    from shishi.apps.programmes.selectors import table_named

    given = context.arguments
    try:
        return UUID(given.row)
    except ValueError:
        if not given.table:
            raise Misuse("row_malformed", "请写行的标识（UUID），或用 --table 指明台账再写主键。") from None
    return entry_of(table_named(given.table)[1], given.row, at=context.at)


def _add(context: Context) -> Outcome:
    from shishi.apps.assurance.evidence import NewEvidence, receive_evidence
    from shishi.core.errors import Issue
    from shishi.core.evidence_plans import Side

    given, entry = context.arguments, _entry(context)
    done: list[dict[str, object]] = []
    issues: list[Issue] = []
    for file in given.files:
        new = NewEvidence(entry, given.group, file.name, Side(given.side), given.caption)
        try:
            made = receive_evidence(new, file.read_bytes(), by=context.by, at=context.at)
        except Refused as refused:
            issues.append(Issue(refused.code, f"{file.name}：{refused.message}", file=str(file)))
            continue
        hints = [hint.value for hint in made.hints]
        done.append(
            {"id": made.evidence_id, "file": file.name, "status": made.status, "level": made.level, "hints": hints}
        )
    document = {"entry": str(entry), "evidence": done, "issues": [issue.document() for issue in issues]}
    lines = [f"{told['id']}　{told['file']}　{told['status']}　可信等级 {told['level']}" for told in done]
    return Outcome(document, [*lines, *(f"  {issue.message}（{issue.code}）" for issue in issues)], int(bool(issues)))


def _list(context: Context) -> Outcome:
    from shishi.apps.assurance.evidence_seen import evidence_of

    shown = evidence_of(context.reader, _entry(context), at=context.at)
    groups = [
        {
            "group": group.group,
            "title": group.title,
            "asked": group.proof.plan is not None,
            "whole": group.proof.whole,
            "lacks": [_lack(item) for item in group.proof.lacks],
            "evidence": [_piece(piece) for piece in (*group.counted, *group.outlived, *group.withdrawn)],
        }
        for group in shown.groups
        if not group.empty
    ]
    lines = []
    for group in shown.groups:
        if not group.empty:
            state = "佐证齐全" if group.proof.whole else "、".join(map(_said, group.proof.lacks)) or "不要求"
            lines += [f"{group.title or '整行'}：{state}", *(_line(piece) for piece in group.counted)]
            lines += [f"{_line(piece)}（改动之前的，不再计入）" for piece in group.outlived]
    return Outcome({"entry": str(shown.subject.row.entry), "groups": groups}, lines or ["没有佐证，也不要求。"])


def _piece(piece: Piece) -> dict[str, object]:
    item = piece.evidence
    return {
        "id": item.sequence,
        "kind": item.kind,
        "side": item.side,
        "caption": item.caption,
        "file": piece.file_name,
        "sha256": item.original,
        "level": item.trust.level,
        "reasons": list(item.trust.reasons),
        "distance": item.trust.distance,
        "hints": [{"hint": told.hint, "of": told.of, "differing": told.differing} for told in piece.noticed],
        "recorded_at": item.recorded_at.isoformat(),
        "person": item.person,
        "withdrawn": piece.withdrawn_why or None,
    }


def _line(piece: Piece) -> str:
    item = piece.evidence
    hints = "　请看一看：" + "、".join(told.hint.label for told in piece.noticed) if piece.noticed else ""
    level = f"{item.trust.level} {item.trust.level.label}"
    return f"  {item.sequence}　{item.side.label}　{item.caption or piece.file_name}　{level}{hints}"


def _lack(lack: Lack) -> dict[str, object]:
    return {"kind": lack.kind, "side": lack.side, "wanted": lack.wanted, "there": lack.there}


def _said(lack: Lack) -> str:
    from shishi.core.evidence import EvidenceKind

    photo = lack.kind is EvidenceKind.PHOTO
    return f"还缺{lack.side.label}照片 {lack.missing} 张" if photo else f"还缺文件 {lack.missing} 份"


def _withdraw(context: Context) -> Outcome:
    from shishi.apps.assurance.evidence import withdraw_evidence

    given = context.arguments
    withdraw_evidence(given.number, given.reason, by=context.by, at=context.at)
    return Outcome({"id": given.number, "status": "withdrawn"}, ["已撤下，原件和原因都留着。"])


def _reaffirm(context: Context) -> Outcome:
    from shishi.apps.assurance.evidence import reaffirm_evidence

    made = reaffirm_evidence(context.arguments.number, by=context.by, at=context.at)
    return Outcome({"id": made.evidence_id, "status": made.status}, [f"已确认，编号 {made.evidence_id}。"])


def _coverage(context: Context) -> Outcome:
    from shishi.apps.assurance.evidence_coverage import coverage
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.programmes.selectors import programme_named
    from shishi.core.divisions import COUNTRY, official

    given = context.arguments
    division = find_division(given.division).code if given.division else ""
    asked = {"division": "" if division == COUNTRY else division, "offset": given.offset, "limit": given.limit}
    report = coverage(context.reader, programme_named(given.programme)[1], at=context.at, **asked)
    document = {
        "programme": report.programme.name,
        **_counts(report.whole),
        "divisions": [
            {"division": official(line.division), "name": line.name, **_counts(line.coverage)} for line in report.lines
        ],
        "lacking": [
            {"entry": str(item.entry), "key": item.key, "group": item.group, "lacks": list(map(_lack, item.lacks))}
            for item in report.lacking
        ],
        "total_lacking": report.total_lacking,
    }
    lines = [f"要佐证 {report.whole.asked} 处，齐全 {report.whole.whole} 处"]
    lines += [f"  {line.name}　{line.coverage.whole}/{line.coverage.asked}" for line in report.lines]
    lines += [f"  {item.key}　{'、'.join(map(_said, item.lacks))}" for item in report.lacking]
    return Outcome(document, lines)


def _counts(told: Coverage) -> dict[str, object]:
    return {
        "asked": told.asked,
        "whole": told.whole,
        "lacking_by": {f"{kind}/{side}": many for (kind, side), many in told.lacking.items()},
        "levels": {level.value: many for level, many in told.levels.items()},
    }


def _archive(context: Context) -> Outcome:
    from shishi.apps.assurance.archive_books import printed
    from shishi.apps.assurance.archives import archive_of, packed

    found = archive_of(context.reader, _entry(context), at=context.at)
    path = context.arguments.output
    made = printed if path.suffix.lower() == ".pdf" else packed
    path.write_bytes(made(context.reader, found, at=context.at))
    many = sum(1 for _ in found.all_evidence)
    return Outcome({"file": str(path), "evidence": many}, [f"已写出 {path}，{many} 份佐证。"])


def _verify(context: Context) -> Outcome:
    from shishi.apps.assurance.evidence_history import verify_originals

    with progress("核对原件") as told:
        checked = verify_originals(context.reader, at=context.at, progress=told)
    document = {"checked": checked.many, "broken": [{"id": number, "code": code} for number, code in checked.broken]}
    lines = [f"核对了 {checked.many} 份原件，{len(checked.broken)} 份不符。"]
    return Outcome(
        document, [*lines, *(f"  {number}　{code}" for number, code in checked.broken)], int(bool(checked.broken))
    )
