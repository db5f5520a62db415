"""Demonstration data 演示数据: hand-ins as clerks would make them, and the articles' figures to hold the result against."""

from __future__ import annotations

from shishi.commands.demonstration.figures import Compared, ExpectedFigure, compare, expected_figures
from shishi.commands.demonstration.hand_ins import Clerk, HandIn, clerks, hand_ins

__all__ = ["Clerk", "Compared", "ExpectedFigure", "HandIn", "clerks", "compare", "expected_figures", "hand_ins"]
