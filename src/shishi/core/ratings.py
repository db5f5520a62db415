"""Ratings 群众评分: how people find a promise, as a table and indicators that the platform gives to a programme.

The five levels and their words are those of 好差评 (国办发〔2019〕51号). A voice is one row, its key a keyed digest; a comment
rests encrypted and is never shown to the public. The average is a ratio like any other: the sum of the scores by their
number, so that it can be asked why, taken back and seen in history.
"""

from __future__ import annotations

from shishi.core.divisions import Level

SCORES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
"""The words of each score, the best first."""

TABLE = "ratings"
COUNT, SUM, AVERAGE = "rating_count", "rating_sum", "rating_average"
COMMENT_LENGTH = 300
DEEPEST = Level.COUNTY
"""Nobody is asked about a unit so small that neighbours would know who answered."""
