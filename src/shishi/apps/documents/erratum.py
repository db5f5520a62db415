"""The erratum 更正: which printed numbers are no longer so, what they are now, and as known when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shishi.apps.documents.checking import CheckedCitation
from shishi.apps.documents.composing import BriefRequest
from shishi.apps.documents.quoting import printed_aspect
from shishi.core.blocks import Align, Cell, Grid, Heading, Note, Paragraph, Run, number
from shishi.core.citations import Aspect, Citation
from shishi.core.documents import Document
from shishi.core.indicators import Indicator
from shishi.core.printing import print_value
from shishi.core.typography import chinese_date

WORDS = {
    Aspect.EXPECTED: "序时应达",
    Aspect.TARGET: "目标",
    Aspect.BEHIND_POINTS: "差距",
    Aspect.BEHIND_DAYS: "差距天数",
    Aspect.DUE: "应报单位",
    Aspect.RECEIVED: "已报单位",
}


def compose_erratum(title: str, request: BriefRequest, changed: Sequence[CheckedCitation], sequence: int) -> Document:
    """A short paper with one line for each number that changed; both answers are cited."""
    citations, rows = _lines(request, changed)
    day = chinese_date(request.as_of)
    plan = request.plan
    return Document(
        kind=request.kind,
        title=f"关于{title}第{request.number}期的更正",
        issuer_mark=plan.mark,
        number=f"第{request.number}期更正之{sequence}",
        date=request.as_of,
        blocks=(
            Paragraph((Run(f"{day}的{title}印发后，收到更正和补报的数据。原文不改，变化的数字如下。"),)),
            Heading(1, "更正的数字"),
            Grid(
                title="更正对照",
                header=("单位", "指标", "原印数", "更正为"),
                rows=tuple(rows),
                align=(Align.LEFT, Align.LEFT, Align.NUMBER, Align.NUMBER),
            ),
            Note("说明：原印数按原文印发时所知计算，更正数按现在所知计算，截至日相同。"),
        ),
        issuer=plan.signatory,
        addressee=plan.addressee,
        signatory=plan.signatory,
        signed_on=request.as_of,
        citations=tuple(citations),
        demonstration=request.demonstration,
        proof=request.proof,
    )


def _lines(request: BriefRequest, changed: Sequence[CheckedCitation]) -> tuple[list[Citation], list[tuple[Cell, ...]]]:
    citations: list[Citation] = []
    rows: list[tuple[Cell, ...]] = []
    for position, item in enumerate(changed, start=1):
        old = replace(item.citation, id=f"old{position}")
        indicator = request.now.programme.indicator(old.indicator)
        printed = _printed(indicator, item)
        new = replace(old, id=f"new{position}", known_at=request.now.known_at, value=item.value_now, printed=printed)
        citations += [old, new]
        name = request.now.tree.name(old.division, request.as_of) or old.division
        rows.append((name, indicator.title + WORDS.get(old.aspect, ""), number(old), number(new)))
    return citations, rows


def _printed(indicator: Indicator, item: CheckedCitation) -> str:
    if item.citation.aspect is Aspect.VALUE:
        return print_value(indicator, item.value_now)
    return printed_aspect(indicator, item.citation.aspect, item.value_now)
