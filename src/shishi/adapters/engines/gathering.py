"""Figures of every node for many questions at once, as columns: what is climbed within the engine."""

# ruff: noqa: S608 - SQL is made of numbers and names of this module

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from shishi.adapters.engines.base import Question
from shishi.core.indicators import Measure

LINES = "lines"


@dataclass(frozen=True, slots=True)
class Lines:
    """For each raw code the nodes for which it counts, from the widest to the narrowest, all of one tree, as numbers of
    ``names``. ``relations``, by the names that SQL has for them: ``lines (code, node)``, the narrowest node of a code,
    and ``above_1 (node, above, own)`` …, the node of the level over it; a line that ends early repeats its last node
    down to the last level, and only on the level where it stands is a node its ``own``. To be kept as long as the tree
    and the codes are the same."""

    names: pa.Array
    relations: Mapping[str, pa.Table]
    depth: int

    @classmethod
    def written(cls, lines: Mapping[str, str], stroke: str) -> Lines:
        """Of each code's nodes in one text, with strokes between: for a whole country, without an object for a node.
        Every code needs one node at least."""
        from shishi.adapters.engines.connection import connected

        depth = max((line.count(stroke) + 1 for line in lines.values()), default=1)
        texts = {"code": pa.array(list(lines), pa.string()), "line": pa.array(list(lines.values()), pa.string())}
        ends = ", ".join(f"parts[least({level + 1}, len(parts))] AS n{level}" for level in range(depth))
        with connected() as connection:
            connection.register("texts", pa.table(texts))
            split = "SELECT code, string_split(line, $stroke) AS parts FROM texts"
            rows = connection.sql(f"SELECT code, {ends} FROM ({split})", params={"stroke": stroke}).to_arrow_table()
        levels = [rows[f"n{level}"].combine_chunks() for level in range(depth)]
        names = pc.unique(pa.chunked_array(levels, pa.string()))
        return cls.made(names, rows["code"], [pc.index_in(level, names) for level in levels])

    @classmethod
    def made(cls, names: pa.Array, codes: pa.Array, levels: Sequence[pa.Array]) -> Lines:
        """Of the codes' nodes on each level, as numbers of ``names``."""
        relations = {LINES: pa.table({"code": codes, "node": levels[-1]})}
        for level in range(1, len(levels)):
            steps = (
                pa.table({"node": levels[level], "above": levels[level - 1]}).group_by(["node", "above"]).aggregate([])
            )
            own = pc.not_equal(steps["node"], steps["above"])
            relations[f"above_{level}"] = steps.append_column("own", own)
        return cls(names, relations, len(levels))


@dataclass(frozen=True, slots=True)
class Gathered:
    """The answer to one question: a node and its value at each place of the two columns."""

    nodes: pa.Array
    values: pa.Array

    @property
    def amounts(self) -> dict[str, Decimal | None]:
        """Node → value."""
        pairs = zip(self.nodes.to_pylist(), self.values.to_pylist(), strict=True)
        return {node: None if value is None else Decimal(value) for node, value in pairs}


NONE = Gathered(pa.array([], pa.string()), pa.array([], pa.int64()))


def gathered(rows: pa.Table, questions: Sequence[Question], lines: Lines, added: int) -> list[Gathered]:
    """The answers in the rows of ``gathering_sql.gathered_query``."""
    found, parts = [], dict[int, tuple[pa.Array, pa.Table]]()
    for place, question in enumerate(questions):
        apart = question.indicator.measure is Measure.DISTINCT
        number = place if apart else added
        if number not in parts:
            own = rows.filter(pc.equal(rows["number"], number)).combine_chunks()
            parts[number] = lines.names.take(own["node"]), own
        nodes, own = parts[number]
        found.append(Gathered(nodes, own["told" if apart else f"a{place}"]))
    return found


def together(questions: Sequence[Question]) -> Iterator[list[int]]:
    """Places of the questions that one look at the rows answers; what has no answer stands alone."""
    found: dict[object, list[int]] = {}
    for place, question in enumerate(questions):
        measure = question.indicator.measure
        if measure not in (Measure.COUNT, Measure.SUM, Measure.DISTINCT):
            raise ValueError(f"{question.indicator.code}: what is {measure.value} is climbed outside the engine")
        alone = None if question.answerable else place
        found.setdefault((question.table.name, question.as_of, question.known_at, alone), []).append(place)
    yield from found.values()
