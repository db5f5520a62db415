"""Ways 上卷路径: where rows count on a day, as the cube asks it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from shishi.apps.divisions.selectors import load_tree, tree_token
from shishi.core.divisions import DivisionTree


@dataclass(frozen=True)
class DayTree:
    """Where rows count on a day, as the cube asks it (``engines.base.Ways``)."""

    on: date
    known_at: datetime

    @cached_property
    def token(self) -> str:
        """While it is the same, every code lies where it lay."""
        return tree_token(self.on, self.known_at)

    def tree(self, codes: Collection[str]) -> DivisionTree:
        """As far as it is needed to place these codes."""
        return load_tree(codes={code for code in codes if code}, known_at=self.known_at)
