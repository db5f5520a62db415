"""``difference``: how a figure came from what it was, row by row."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, day, moment, prepare
from shishi.commands.figures import figure_document, text
from shishi.commands.usage import paged
from shishi.core.assurance import Basis

if TYPE_CHECKING:
    from shishi.apps.indicators.differences import Difference, RowDifference

CHANGES = {"came_in": "新计入", "went_out": "不再计入", "changed": "数量改变", "moved": "换了区划"}


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    prepare(parser, _difference)
    parser.add_argument("programme")
    parser.add_argument("indicator")
    parser.add_argument("--from", dest="earlier", type=day, required=True, help="从前：截至哪一天")
    parser.add_argument("--to", dest="as_of", type=day, required=True, help="现在：截至哪一天")
    parser.add_argument("--from-known-at", help="从前：按什么时间所知（默认与现在相同）")
    parser.add_argument("--known-at", help="现在：按什么时间所知（默认现在）")
    parser.add_argument("--division", help="行政区划代码或名称")
    parser.add_argument("--basis", choices=[item.value for item in Basis], default="reported")
    parser.add_argument("--part", choices=("numerator", "denominator"), default="numerator", help="比率的哪一部分")
    parser.add_argument("--change", choices=CHANGES, help="只列出这一种变化")
    paged(parser)


def _difference(context: Context) -> Outcome:
    from shishi.adapters.engines.differing import Change
    from shishi.apps.divisions.selectors import find_division
    from shishi.apps.indicators.differences import Moments, difference
    from shishi.apps.indicators.selectors import Asked

    given = context.arguments
    asked = Asked(
        programme=given.programme,
        as_of=given.as_of,
        known_at=moment(given.known_at) if given.known_at else None,
        division=find_division(given.division, given.as_of).code if given.division else "",
        basis=Basis(given.basis),
    )
    found = difference(
        context.reader,
        asked,
        Moments(given.earlier, moment(given.from_known_at) if given.from_known_at else None),
        given.indicator,
        part=given.part,
        change=Change(given.change) if given.change else None,
        offset=given.offset,
        limit=given.limit,
        at=context.at,
    )
    return Outcome(_document(found, given.offset, given.limit), _lines(found))


def _document(found: Difference, offset: int, limit: int) -> dict[str, object]:
    from shishi.core.divisions import official

    return {
        "before": _moment_document(found, "before"),
        "after": _moment_document(found, "after"),
        "counted": found.counted.code,
        "counted_before": text(found.counted_before),
        "counted_after": text(found.counted_after),
        "difference": text(found.amount),
        "explained": text(found.explained),
        "effects": [text(value) for value in found.effects] if found.effects else None,
        "changes": {
            change.value: {"rows": item.parts, "amount": text(item.amount)} for change, item in found.sums.items()
        },
        "divisions": [
            {"division": official(item.unit.code), "name": item.unit.name, "amount": text(item.amount)}
            for item in found.units
        ],
        "batches": [
            {
                "batch": item.origin.batch if item.origin else None,
                "file": item.origin.file if item.origin else None,
                "person": item.origin.person if item.origin else None,
                "rows": item.parts,
                "amount": text(item.amount),
            }
            for item in found.origins
        ],
        "total": found.total,
        "offset": offset,
        "limit": limit,
        "rows": [_row_document(row) for row in found.rows],
    }


def _moment_document(found: Difference, side: str) -> dict[str, object]:
    figure = found.before if side == "before" else found.after
    moments = {"as_of": figure.as_of.isoformat(), "known_at": figure.known_at.isoformat(), "basis": figure.basis.value}
    return {**figure_document(figure), **moments}


def _row_document(row: RowDifference) -> dict[str, object]:
    cause = row.cause
    told = (
        {
            "sequence": cause.sequence,
            "kind": cause.kind,
            "batch": cause.batch,
            "file": cause.file,
            "sheet": cause.sheet,
            "row": cause.row,
            "person": cause.person,
            "effective_on": cause.effective_on.isoformat(),
            "recorded_at": cause.recorded_at.isoformat(),
            "explanation": cause.explanation,
        }
        if cause
        else None
    )
    return {
        "entry": row.entry,
        "key": row.key,
        "change": row.change.value,
        "before": text(row.before),
        "after": text(row.after),
        "amount": text(row.amount),
        "cells": [asdict(cell) for cell in row.cells],
        "cause": told,
        "unmoved": row.unmoved or None,
    }


def _lines(found: Difference) -> list[str]:
    from shishi.core.printing import print_value

    first, second = found.before, found.after
    unit = found.counted.unit
    lines = [
        f"{second.name}　{second.indicator.title}　"
        f"{first.as_of} {print_value(first.indicator, first.value)} → "
        f"{second.as_of} {print_value(second.indicator, second.value)}",
        f"“{found.counted.title}”相差 {_signed(found.amount)}{unit}，由 "
        + (
            "，".join(f"{CHANGES[key]} {item.parts:,} 行 {_signed(item.amount)}" for key, item in found.sums.items())
            or "没有一行变化"
        )
        + " 合成",
    ]
    for item in found.origins:
        origin = item.origin
        where = f"{origin.file or origin.door}　{origin.person}　截至 {origin.as_of}" if origin else "行本身没有改动"
        lines.append(f"  {_signed(item.amount)}　{item.parts:,} 行　{where}")
    for row in found.rows:
        cells = "；".join(f"{cell.title} {cell.before or '空'} → {cell.after or '空'}" for cell in row.cells)
        who = f"{row.cause.file} {row.cause.person}" if row.cause else row.unmoved
        lines.append(
            f"  {CHANGES[row.change]}　{row.key}　{_signed(row.amount)}　{who}" + (f"　{cells}" if cells else "")
        )
    return lines


def _signed(value: Decimal) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):,f}"
