"""Figures of a past day, out of the rows: all counts, sums and distinct counts of a table by one look at it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from shishi.core.assurance import Basis
from shishi.core.criteria import ALWAYS
from shishi.core.errors import Misuse, Refused
from shishi.core.indicators import Measure, Span
from shishi.core.questions import Question
from shishi.core.rollup import Amount

if TYPE_CHECKING:
    from shishi.adapters.engines.cube import Look
    from shishi.adapters.engines.gathering import Gathered, Lines

GATHERED = (Measure.COUNT, Measure.SUM, Measure.DISTINCT)
"""What is climbed within the engine."""
_WIDE = 6
"""Digits of a county: above it there are few nodes."""
_KEPT: dict[str, tuple[frozenset[str], Lines]] = {}
"""The lines of the last tree, by its token, with the codes that they are of: one day's rows lie where the next's do."""

Key = tuple[str, Basis]


@runtime_checkable
class Gathering(Protocol):
    """An engine that answers many questions at once."""

    def gather(self, questions: Sequence[Question], lines: Lines) -> list[Gathered]:
        """Node by node, each answer as climbing from the leaves gives it."""


@dataclass
class PastDay:
    """The answers to the questions of one table, kept as columns: a node costs nothing until it is asked for."""

    engine: Gathering
    questions: Mapping[Key, Question]
    codes: frozenset[str]
    """All raw codes under which there are live rows, at least."""
    look: Look
    _answers: dict[Key, Gathered] = field(default_factory=dict)
    _rows: Gathered | None = None
    _places: dict[int, dict[str, int]] = field(default_factory=dict)
    """By the column of nodes, which several answers share: where the wide ones stand."""
    _failed: bool = False

    def amounts(self, key: Key, nodes: Collection[str]) -> dict[str, Amount] | None:
        """What ``rollup.amounts`` says of these nodes. ``None`` where it is to be asked alone: one question that has
        no answer leaves all of them without."""
        if key not in self.questions or self._failed:
            return None
        if self._rows is None:
            try:
                self._gather()
            except (Misuse, Refused):
                self._failed = True
                return None
        found: dict[str, Amount] = {}
        if self._rows and self.questions[key].indicator.measure is Measure.DISTINCT:
            # Where there are rows of which none says anything, there is a node without a number.
            found = dict.fromkeys(self._of(self._rows, nodes), Amount(None))
        return found | {node: Amount(value) for node, value in self._of(self._answers[key], nodes).items()}

    def _gather(self) -> None:
        one = next(iter(self.questions.values()))
        counting = replace(one.indicator, measure=Measure.COUNT, field="", where=ALWAYS, span=Span.STOCK, by="")
        everything = replace(one, indicator=counting, basis=Basis.REPORTED)
        lines = _lines(self.look, one.table.name, self.codes)
        *answers, self._rows = self.engine.gather([*self.questions.values(), everything], lines)
        self._answers = dict(zip(self.questions, answers, strict=True))

    def _of(self, answer: Gathered, nodes: Collection[str]) -> dict[str, Decimal | None]:
        """Of these nodes, where there is an answer. Every brief asks for a few of the wide ones: their places are
        looked up once."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if all(len(node) <= _WIDE for node in nodes):
            places = self._places.get(id(answer.nodes))
            if places is None:
                wide = pc.indices_nonzero(pc.less_equal(pc.utf8_length(answer.nodes), _WIDE))
                named = answer.nodes.take(wide).to_pylist()
                places = self._places[id(answer.nodes)] = dict(zip(named, wide.to_pylist(), strict=True))
            wanted = pa.array([places[node] for node in nodes if node in places], pa.int64())
        else:
            wanted = pc.indices_nonzero(pc.is_in(answer.nodes, pa.array(list(nodes), pa.string())))
        return replace(answer, nodes=answer.nodes.take(wanted), values=answer.values.take(wanted)).amounts


def _lines(look: Look, table: str, codes: frozenset[str]) -> Lines:
    from shishi.adapters.engines.cube import STROKE
    from shishi.adapters.engines.gathering import Lines

    known, lines = _KEPT.get(look.token, (frozenset(), None))
    if lines is None or not codes <= known:
        wanted = codes | known
        lines = Lines.written(look.lines(table, wanted), STROKE)
        _KEPT.clear()
        _KEPT[look.token] = wanted, lines
    return lines
