"""Criteria compiled to SQL with the very answers of ``core.evaluation``: true, false, and NULL for *not known*.

Values are always bound; only names are pasted, quoted. What a comparison can be is decided here, from the types of the
fields: what has no order or is of an unlike type is NULL before any row is read.
"""

# ruff: noqa: S608 - SQL is what is made here: values are bound, and names are quoted by the dialect

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from shishi.adapters.engines.arrow_rows import DIGITS, Kind, column_of, kind_of, scale_of
from shishi.adapters.engines.dialects import DUCKDB, Dialect
from shishi.core.calendars import day_of
from shishi.core.criteria import (
    All,
    AnyOf,
    Compare,
    Criterion,
    Moment,
    Not,
    Operand,
    Operator,
    OtherField,
    Quantifier,
    Related,
    Through,
)
from shishi.core.evaluation import Moments
from shishi.core.printing import rounded
from shishi.core.tables import Field, FieldType, Sensitivity, Table

_SIGNS = {
    Operator.AT_LEAST: ">=",
    Operator.ON_OR_AFTER: ">=",
    Operator.AT_MOST: "<=",
    Operator.ON_OR_BEFORE: "<=",
    Operator.MORE_THAN: ">",
    Operator.AFTER: ">",
    Operator.LESS_THAN: "<",
    Operator.BEFORE: "<",
}
_UNKNOWN = "NULL::BOOLEAN"
OUTERMOST = "t"
"""The alias of a row of the table that is asked."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a comparison: its SQL, its kind, and the Python value where it is given with the question."""

    sql: str
    kind: Kind
    given: object = None
    scale: int = 0


@dataclass
class Compilation:
    """One query in the making: what is bound, which columns of which tables (by full name) it needs, and the relations
    ``tie_n (entry, answer)`` that rows of the asked table (``OUTERMOST``) are joined with as ``kn``."""

    tables: Mapping[str, Table]
    moments: Moments
    dialect: Dialect = DUCKDB
    bound: dict[str, object] = field(default_factory=dict)
    needed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ties: list[str] = field(default_factory=list)

    def bind(self, value: object) -> str:
        """A placeholder for ``value``."""
        name = f"p{len(self.bound)}"
        placed, self.bound[name] = self.dialect.placeholder(name, value)
        return placed

    def live(self, table: str) -> str:
        """The relation of the live rows of a table."""
        self.needed[table].update(())
        return f"live_{list(self.needed).index(table)}"

    def column(self, table: Table, name: str, alias: str) -> str:
        """A field's column."""
        column = self.dialect.quoted(column_of(table.by_name[name].name))
        self.needed[table.name].add(column)
        return f"{alias}.{column}"

    def condition(self, criterion: Criterion, table: Table, alias: str) -> str:
        """The criterion over the live row ``alias`` of ``table``."""
        match criterion:
            case Compare():
                return f"({self._compare(criterion, table, alias)})"
            case All(parts):
                return self._joined(" AND ", "TRUE", parts, table, alias)
            case AnyOf(parts):
                return self._joined(" OR ", "FALSE", parts, table, alias)
            case Not(part):
                return f"(NOT {self.condition(part, table, alias)})"
            case Related(name, via, quantifier, where):
                return self._related(name, via, quantifier, where, alias)
            case Through(via, _, where):
                return self._through(via, where, table, alias)

    def _joined(self, word: str, none: str, parts: Sequence[Criterion], table: Table, alias: str) -> str:
        return f"({word.join(self.condition(part, table, alias) for part in parts) or none})"

    def _related(self, name: str, via: str, quantifier: Quantifier, where: Criterion, alias: str) -> str:
        """Kleene over the rows that refer to this one: *any* is decided by one met, *all* by one not met."""
        inner = f"{alias}r"
        other = self.tables[name]
        condition = self.condition(where, other, inner)
        decisive, settled = ("NOT ", "FALSE") if quantifier is Quantifier.ALL else ("", "TRUE")
        via_column = self.column(other, via, inner)
        answer = (
            f"CASE WHEN count(*) FILTER (WHERE {decisive}answer) > 0 THEN {settled} "
            f"WHEN count(*) FILTER (WHERE answer IS NULL) > 0 THEN NULL ELSE NOT {settled} END"
        )
        rows = f"{self.live(name)} AS {inner} WHERE {via_column}"
        if alias == OUTERMOST:
            # Every row of the table is asked: grouped once and joined, which is cheaper than looked up for each.
            tie = len(self.ties)
            told = f"(SELECT {via_column} AS entry, {condition} AS answer FROM {rows} IS NOT NULL)"
            self.ties.append(f"tie_{tie} AS (SELECT entry, {answer} AS answer FROM {told} GROUP BY entry)")
            over = f"(CASE WHEN k{tie}.entry IS NULL THEN NOT {settled} ELSE k{tie}.answer END)"
        else:
            over = f"(SELECT {answer} FROM (SELECT {condition} AS answer FROM {rows} = {alias}.entry))"
        return f"(NOT {over})" if quantifier is Quantifier.NONE else over

    def _through(self, via: str, where: Criterion, table: Table, alias: str) -> str:
        inner = f"{alias}t"
        other = self.tables[table.by_name[via].references]
        condition, key = self.condition(where, other, inner), self.column(table, via, alias)
        return f"(SELECT {condition} FROM {self.live(other.name)} AS {inner} WHERE {inner}.entry = {key})"

    def _compare(self, criterion: Compare, table: Table, alias: str) -> str:
        known, column = table.by_name[criterion.field], self.column(table, criterion.field, alias)
        operator, operand = criterion.operator, criterion.operand
        if operator is Operator.IS_EMPTY:
            return f"{column} IS {'NOT ' if operand is False else ''}NULL"
        left = self._side(known, column)
        right = self._operand(operand, table, alias)
        if right is None:
            return _UNKNOWN
        match operator:
            case Operator.EQUALS:
                return self._same(left, right, known)
            case Operator.NOT_EQUALS:
                return f"NOT ({self._same(left, right, known)})"
            case Operator.IN:
                return self._among(left, right, known)
            case Operator.NOT_IN:
                return f"NOT ({self._among(left, right, known)})"
        if known.sensitivity is Sensitivity.ENCRYPTED:
            return _UNKNOWN
        if operator is Operator.CONTAINS:
            return self._contains(left, right)
        return self._ordered(known, left, _SIGNS[operator], right)

    def _operand(self, operand: Operand, table: Table, alias: str) -> _Side | None:
        if isinstance(operand, Moment):
            day = self.moments.day(operand)
            return None if day is None else self._given(day)
        if isinstance(operand, OtherField):
            return self._side(table.by_name[operand.name], self.column(table, operand.name, alias))
        return self._given(operand)

    def _side(self, known: Field, column: str) -> _Side:
        match kind_of(known):
            case Kind.MOMENT:
                return _Side(day_in_shanghai(column), Kind.DAY)
            case Kind.KEY:
                return _Side(self.dialect.entry_text(column), Kind.TEXT)
            case kind:
                return _Side(column, kind, scale=scale_of(known))

    def _given(self, value: object) -> _Side:
        """Bound only where it is used: a number first takes the scale of the column that it meets."""
        if isinstance(value, bool):
            return _Side("", Kind.FLAG, value)
        if isinstance(value, int | Decimal):
            return _Side("", Kind.NUMBER, Decimal(value))
        if isinstance(value, date):
            return _Side("", Kind.DAY, day_of(value) if isinstance(value, datetime) else value)
        return _Side("", Kind.LIST, value) if isinstance(value, tuple) else _Side("", Kind.TEXT, str(value))

    def _same(self, left: _Side, right: _Side, known: Field) -> str:
        if left.kind is not right.kind:
            return _UNKNOWN
        if left.kind is Kind.LIST:
            return self._same_set(left, right)
        if right.given is None:
            return self._met(left, "=", right)
        if isinstance(right.given, Decimal) and _fitting(right.given, known) != right.given:
            return _if_known(left, "FALSE")
        return f"{left.sql} = {self._literal(right.given, known)}"

    def _same_set(self, left: _Side, right: _Side) -> str:
        if right.given is None:
            other = right.sql
        elif isinstance(right.given, tuple) and all(isinstance(item, str) for item in right.given):
            other = self.bind([str(item) for item in right.given])
        else:
            return _if_known(left, "FALSE")
        return self.dialect.same_set(left.sql, other)

    def _among(self, left: _Side, right: _Side, known: Field) -> str:
        if right.kind is not Kind.LIST:
            return self._same(left, right, known)
        if right.given is None:
            fits = left.kind is Kind.TEXT
            return _if_known(left, self.dialect.has(right.sql, left.sql)) if fits else _UNKNOWN
        members = [self._given(item) for item in right.given] if isinstance(right.given, tuple) else []
        alike = [member.given for member in members if member.kind is left.kind and left.kind is not Kind.LIST]
        if members and not alike:
            return _UNKNOWN
        fitting = [item for item in alike if not isinstance(item, Decimal) or _fitting(item, known) == item]
        if not fitting:
            return _if_known(left, "FALSE")
        return f"{left.sql} IN ({', '.join(self._literal(item, known) for item in fitting)})"

    def _contains(self, left: _Side, right: _Side) -> str:
        if left.kind is Kind.TEXT:
            if right.kind is not Kind.TEXT:
                return _UNKNOWN
            return f"contains({left.sql}, {right.sql or self.bind(right.given)})"
        if left.kind is not Kind.LIST:
            return _UNKNOWN
        if right.given is None:
            if right.kind is Kind.LIST:
                return self.dialect.has_all(left.sql, right.sql)
            fits = right.kind is Kind.TEXT
            return self.dialect.has(left.sql, right.sql) if fits else _if_known(left, "FALSE", right)
        wanted = right.given if isinstance(right.given, tuple) else (right.given,)
        if not all(isinstance(item, str) for item in wanted):
            return _if_known(left, "FALSE")
        return self.dialect.has_all(left.sql, self.bind([str(item) for item in wanted]))

    def _ordered(self, known: Field, left: _Side, sign: str, right: _Side) -> str:
        if known.type is FieldType.ENUMERATION:
            return self._ranked(known, left, sign, right)
        if left.kind is not right.kind or left.kind not in (Kind.NUMBER, Kind.DAY):
            return _UNKNOWN
        if right.given is None:
            return self._met(left, sign, right)
        if isinstance(right.given, Decimal):
            limit = rounded(right.given, scale_of(known), ROUND_CEILING if sign in ("<", ">=") else ROUND_FLOOR)
            if _fitting(limit, known) is None:
                return _if_known(left, "TRUE" if (limit > 0) == (sign in ("<", "<=")) else "FALSE")
            return f"{left.sql} {sign} {self._literal(limit, known)}"
        return f"{left.sql} {sign} {self._literal(right.given, known)}"

    def _met(self, left: _Side, sign: str, right: _Side) -> str:
        """Two columns. Numbers of unlike scales are compared in two steps: brought to one scale, long ones would not
        fit."""
        if left.kind is not Kind.NUMBER or left.scale == right.scale:
            return f"{left.sql} {sign} {right.sql}"
        rest = f"{self.dialect.fraction(left.sql)} {sign} {self.dialect.fraction(right.sql)}"
        same = f"(floor({left.sql}) = floor({right.sql}) AND {rest})"
        return same if sign == "=" else f"(floor({left.sql}) {sign[0]} floor({right.sql}) OR {same})"

    def _ranked(self, known: Field, left: _Side, sign: str, right: _Side) -> str:
        ranks = [choice.value for choice in known.values]
        if right.kind is not Kind.TEXT or (right.given is not None and right.given not in ranks):
            return _UNKNOWN
        if right.given is None:
            texts = self.bind(ranks)
            return f"{self.dialect.position(texts, left.sql)} {sign} {self.dialect.position(texts, right.sql)}"
        place = ranks.index(str(right.given))
        met = {"<": ranks[:place], "<=": ranks[: place + 1], ">": ranks[place + 1 :], ">=": ranks[place:]}[sign]
        unmet = [value for value in ranks if value not in met]
        return f"CASE WHEN {self._one_of(left, met)} THEN TRUE WHEN {self._one_of(left, unmet)} THEN FALSE END"

    def _one_of(self, left: _Side, values: Sequence[str]) -> str:
        """Equalities: an enumeration has few values, and ``IN`` over more than a handful is planned as a join."""
        return " OR ".join(f"{left.sql} = {self.bind(value)}" for value in values) or "FALSE"

    def _literal(self, value: object, known: Field) -> str:
        if isinstance(value, Decimal):
            return f"{self.bind(format(value, 'f'))}::DECIMAL({DIGITS}, {scale_of(known)})"
        return self.bind(value)


def day_in_shanghai(moment: str) -> str:
    """The day of a column of moments: Shanghai is eight hours ahead of UTC all year."""
    return f"CAST({moment} + INTERVAL 8 HOUR AS DATE)"


def _fitting(value: Decimal, known: Field) -> Decimal | None:
    """The number at the column's scale, if it is one of the column's numbers at all."""
    kept = rounded(value, scale_of(known))
    return kept if kept == value and kept.adjusted() + scale_of(known) < DIGITS else None


def _if_known(left: _Side, answer: str, right: _Side | None = None) -> str:
    """A settled answer for rows in which the field (and the other one) says something."""
    columns = [left.sql, *([right.sql] if right else [])]
    return f"CASE WHEN {' AND '.join(f'{column} IS NOT NULL' for column in columns)} THEN {answer} END"
