"""Ratings 群众评分: how people find a promise, as a table and indicators that the platform gives to a programme.

The five levels and their words are those of 好差评 (国办发〔2019〕51号). A voice is one row, its key a keyed digest; a comment
rests encrypted and is never shown to the public. The average is a ratio like any other: the sum of the scores by their
number, so that it can be asked why, taken back and seen in history.
"""

from __future__ import annotations

from decimal import Decimal

from shishi.core.divisions import Level
from shishi.core.indicators import Direction, Indicator, Measure, Printed
from shishi.core.tables import Field, FieldType, Sensitivity, Table

SCORES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
"""The words of each score, the best first."""

TABLE = "ratings"
COUNT, SUM, AVERAGE = "rating_count", "rating_sum", "rating_average"
COMMENT_LENGTH = 300
DEEPEST = Level.COUNTY
"""Nobody is asked about a unit so small that neighbours would know who answered."""


def ratings_table(programme: str) -> Table:
    """The table of a programme's ratings (full name of the programme); only the rating service writes it."""
    fields = (
        Field("voice", "评分人摘要", FieldType.TEXT, required=True, max_length=64),
        Field("division", "行政区划", FieldType.DIVISION, required=True),
        Field("score", "评分", FieldType.INTEGER, required=True, minimum=Decimal(1), maximum=Decimal(5)),
        Field("comment", "意见", FieldType.TEXT, max_length=COMMENT_LENGTH, sensitivity=Sensitivity.ENCRYPTED),
    )
    return Table(f"{programme}/{TABLE}", "群众评分", 1, fields, ("voice", "division"), "division", by_service=True)


def rating_indicators(programme: str) -> tuple[Indicator, ...]:
    """How many rated, the sum of their scores, and the average."""
    table = f"{programme}/{TABLE}"
    note = "5 分非常满意，1 分非常不满意；每个浏览器对每个地方只计一次，改评的以最后一次为准。"
    return (
        Indicator(COUNT, "评分人次", Measure.COUNT, "人次", table=table, direction=Direction.HOLD),
        Indicator(SUM, "评分合计", Measure.SUM, "分", table=table, field="score", direction=Direction.HOLD),
        Indicator(
            AVERAGE,
            "群众评分",
            Measure.RATIO,
            "分",
            numerator=SUM,
            denominator=COUNT,
            scale=2,
            printed=Printed(digits=2),
            basis_note=note,
        ),
    )
