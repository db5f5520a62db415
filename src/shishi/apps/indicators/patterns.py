"""Patterns in the rows behind figures, by the divisions that answer for them: what ``core.gaming`` judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_with
from datetime import date, datetime

from shishi.apps.divisions.selectors import division_changes, load_tree
from shishi.apps.indicators.selectors import Reckoning
from shishi.apps.indicators.source import patterns
from shishi.core.assurance import Basis
from shishi.core.divisions import COUNTRY, Division, covers, normalise
from shishi.core.gaming import LEAST_DIGIT, Copies, Digits, Place
from shishi.core.indicators import Indicator, Measure
from shishi.core.questions import Question
from shishi.core.tables import Field, FieldType, Sensitivity, Table

_MEASURED = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY, FieldType.DATE)
LEAST_MEASURED = 4
"""Rows that measure less than this may be alike by chance."""


@dataclass(frozen=True)
class RowPatterns:
    """The rows of a programme as of the reckoning's day, by its responsible divisions ``units``."""

    reckoning: Reckoning
    units: Sequence[Division]
    _answers: dict[str, Mapping[str, str]] = made_with(default_factory=dict)

    def digits(self) -> Iterator[Digits]:
        """How often digits occur in the fields that the pack names, or that indicators add up."""
        rules = self.reckoning.programme.gaming
        if rules.digit_rows is None:
            return
        wanted = [(name, False) for name in rules.digit_fields or self._added_up()]
        wanted += [(name, True) for name in rules.benford_fields]
        for name, first in wanted:
            table, field = self._named(name)
            question = self._question(table, field, Measure.SUM)
            least = 1 if first else LEAST_DIGIT
            found = patterns().digits(question, self._answering(question), least=least, first=first)
            for unit in self.units:
                if unit.code in found:
                    yield Digits(self._place(table, unit, field.title), found[unit.code], first)

    def copies(self) -> Iterator[Copies]:
        """Rows that are alike in everything that was measured, in tables whose rows are counted one by one."""
        rules = self.reckoning.programme.gaming
        if rules.copied_rows is None:
            return
        for table in self._counted_tables():
            fields = [item for item in table.fields if _is_measured(item, table)]
            if len(fields) < LEAST_MEASURED:
                continue
            questions = [self._question(table, item, Measure.DISTINCT) for item in fields]
            found = patterns().alike(
                questions, self._answering(questions[0]), least=rules.copied_rows, filled=LEAST_MEASURED
            )
            about = "、".join(item.title for item in fields)
            for unit in self.units:
                if groups := found.get(unit.code, ()):
                    told = _told(fields, groups[0].values)
                    yield Copies(self._place(table, unit, about), tuple(group.rows for group in groups), told)

    def _added_up(self) -> tuple[str, ...]:
        """``table.field`` of what indicators add up, each once."""
        sums = (item for item in self.reckoning.programme.indicators if item.measure is Measure.SUM)
        named = (f"{self.reckoning.programme.table(item.table).short}.{item.field}" for item in sums)
        kept = (name for name in named if not self._named(name)[0].by_service)
        return tuple(dict.fromkeys(kept))

    def _counted_tables(self) -> tuple[Table, ...]:
        """Tables whose rows are things that were counted, and not figures that somebody states."""
        programme = self.reckoning.programme
        counted = (item.table for item in programme.indicators if item.measure in (Measure.COUNT, Measure.SUM))
        tables = (programme.table(name) for name in dict.fromkeys(counted))
        return tuple(table for table in tables if table.statements is None and not table.by_service)

    def _named(self, name: str) -> tuple[Table, Field]:
        table, _, field = name.partition(".")
        known = self.reckoning.programme.table(table)
        return known, known.by_name[field]

    def _question(self, table: Table, field: Field, measure: Measure) -> Question:
        """Every live row of the table, and its value of the field."""
        indicator = Indicator(
            f"{table.short}_{field.name}", field.title, measure, "", table=table.name, field=field.name
        )
        return self.reckoning.question(indicator, Basis.REPORTED)

    def _answering(self, question: Question) -> Mapping[str, str]:
        """Raw code → the responsible division whose rows carry it."""
        if question.table.name not in self._answers:
            asked = self.reckoning.asked
            codes = self.reckoning.engine.places(question.table, asked.as_of, self.reckoning.known_at)
            units = [unit.code for unit in self.units]
            self._answers[question.table.name] = answering(codes - {""}, units, asked.as_of, self.reckoning.known_at)
        return self._answers[question.table.name]

    def _place(self, table: Table, unit: Division, about: str) -> Place:
        asked = self.reckoning.asked
        return Place(self.reckoning.programme.name, table.name, table.title, unit.code, unit.name, about, asked.as_of)


def answering(codes: Iterable[str], units: Sequence[str], on: date, known_at: datetime) -> dict[str, str]:
    """Raw code → the nearest of these units over it on that day. Where nothing changed in the tree, a place lies where
    its code's beginning does, so that of six hundred thousand villages only their counties are read; where something
    did, every place is asked for itself."""
    changes = division_changes(known_at)
    moved = [normalise(code) for change in changes for code in (change.code, *change.successors)]
    length = max(map(len, units), default=2)
    heads: defaultdict[str, list[str]] = defaultdict(list)
    for code in codes:
        head = normalise(code)[:length]
        heads[head].append(code)
    touched = {head for head in heads if any(covers(head, code) or covers(code, head) for code in moved)}
    asked = {head: items for head, items in heads.items() if head not in touched}
    asked |= {code: [code] for head in touched for code in heads[head]}
    tree, nearest = load_tree(codes=frozenset(asked), known_at=known_at), nearest_of(units)
    placed = ((tree.place(code, on), items) for code, items in asked.items())
    found = ((nearest(unit.code), items) for unit, items in placed if unit is not None)
    return {code: unit for unit, items in found if unit is not None for code in items}


def nearest_of(units: Iterable[str]) -> Callable[[str], str | None]:
    """Tells of a significant code which of these covers it most closely; ``None``: none of them does. As many looks as
    there are lengths of codes, however many units there are: a country has six hundred thousand villages."""
    known = frozenset(units)
    lengths = sorted({len(unit) for unit in known if unit != COUNTRY}, reverse=True)
    whole = COUNTRY if COUNTRY in known else None

    def nearest(code: str) -> str | None:
        return next((code[:length] for length in lengths if code[:length] in known), whole)

    return nearest


def _is_measured(field: Field, table: Table) -> bool:
    """Whether the field holds what somebody measured or dated, and does not tell rows apart."""
    return field.type in _MEASURED and field.name not in table.key and field.sensitivity is Sensitivity.NONE


def _told(fields: Sequence[Field], values: Sequence[str | None]) -> str:
    shown = (f"{item.title} {text}{item.unit}" for item, text in zip(fields, values, strict=True) if text is not None)
    return "，".join(shown)
