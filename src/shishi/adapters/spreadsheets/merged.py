"""Merged cells among the data rows: what stands in one stands in each of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from shishi.adapters.spreadsheets.base import RawCell


class Merged:
    """The merged cells of one column each, below the header, in columns that are read. Rows count from 1."""

    def __init__(self, merges: Sequence[tuple[int, int, int, int]], below: int, columns: Set[int]) -> None:
        self._tops: dict[int, list[int]] = {}
        self._within: dict[int, list[tuple[int, int]]] = {}
        self.any = False
        self._values: dict[tuple[int, int], RawCell] = {}
        for top, left, low, right in merges:
            if top > below and low > top and left == right and left in columns:
                self.any = True
                self._tops.setdefault(top, []).append(left)
                for number in range(top + 1, low + 1):
                    self._within.setdefault(number, []).append((left, top))

    def hold(self, number: int, cells: Sequence[RawCell]) -> None:
        """Keep what stands in the merged cells that begin in this row."""
        for column in self._tops.get(number, ()):
            self._values[column, number] = cells[column]

    def in_row(self, number: int) -> Iterator[tuple[int, int, RawCell]]:
        """Column, first row and content of the merged cells that reach down into this row."""
        for column, top in self._within.get(number, ()):
            value = self._values.get((column, top))
            if value is not None:
                yield column, top, value
