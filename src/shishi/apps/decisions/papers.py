"""The protocol 表决记录 as a paper: what was frozen, and nothing that came later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from shishi.apps.decisions.protocols import in_percent
from shishi.core.blocks import Align, Grid, Heading, Note, paragraph
from shishi.core.documents import Document, DocumentKind
from shishi.core.joint_decisions import HoldingKind, Outcome, Stand, Way


def paper_of(protocol: Mapping[str, Any], digest: str) -> Document:
    """The paper of a frozen protocol."""
    rule, signed = protocol["rule"], datetime.fromisoformat(protocol["signed_at"])
    unproven = "" if str(rule.get("verified", "")).lower() == "true" else "（适用的条款尚未核对原文）"
    blocks = (
        paragraph(f"表决事项：{protocol['question']}"),
        paragraph(
            f"表决规则：参与表决的面积和人数各占 {rule['take_part']} 以上，同意的各占参与的 {rule['agree']} 以上。"
            f"依据：{rule.get('basis', '')}{unproven}。人数按业主计：一人有几套算一人。弃权算参与、不算同意。"
        ),
        Heading(1, "结果"),
        paragraph(
            f"{Outcome(protocol['outcome']).label}。共收到 {protocol['ballots']} 次投票，按最后一次计 {protocol['counted']} 人。"
        ),
        _counted(protocol),
        Heading(1, "逐人表决"),
        _spoken(protocol),
        *_objected(protocol),
        Note(f"记录指纹（SHA-256）：{digest}"),
        Note(f"末行指纹：{protocol['last_line']}"),
    )
    return Document(
        kind=DocumentKind.NOTICE,
        title=f"{protocol['title']}业主共同决定表决记录",
        issuer_mark="业主共同决定表决记录",
        number="",
        date=signed.date(),
        blocks=blocks,
        signatory=protocol["signed_by"],
        signed_on=signed.date(),
    )


def _counted(protocol: Mapping[str, Any]) -> Grid:
    rows = tuple(
        (
            title,
            told["whole"],
            told["part"],
            in_percent(Fraction(told["part_share"])),
            told["agreed"],
            in_percent(Fraction(told["agreed_share"])),
        )
        for title, told in (("面积（平方米）", protocol["area"]), ("人数（人）", protocol["persons"]))
    )
    header = ("", "全部", "参与", "占全部", "同意", "占参与")
    return Grid("两项计算", header, rows, (Align.LEFT, *(Align.NUMBER for _ in header[1:])))


def _spoken(protocol: Mapping[str, Any]) -> Grid:
    rows = []
    for voter in protocol["voters"]:
        homes = "、".join(unit for unit, _floor, _area, _kind in voter["homes"])
        kinds = {HoldingKind(kind) for _unit, _floor, _area, kind in voter["homes"]} - {HoldingKind.OWNED}
        name = voter["name"] + (f"（{'、'.join(sorted(kind.label for kind in kinds))}）" if kinds else "")
        said = Stand(voter["stand"]).label if voter["stand"] else "未参与"
        when = datetime.fromisoformat(voter["at"]).strftime("%Y-%m-%d %H:%M") if voter["at"] else ""
        rows.append((homes, name, said, Way(voter["way"]).label if voter["way"] else "", when))
    header = ("房号", "业主", "意见", "方式", "时间（世界时）")
    return Grid("", header, tuple(rows), tuple(Align.LEFT for _ in header))


def _objected(protocol: Mapping[str, Any]) -> tuple[Heading | Grid, ...]:
    if not protocol["objections"]:
        return ()
    rows = tuple((text, f"{answers}次") for text, answers in protocol["objections"])
    return Heading(1, "异议"), Grid("", ("内容", "调解"), rows, (Align.LEFT, Align.LEFT))
