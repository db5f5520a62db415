"""Criteria 条件: testable statements with three answers (met, not met, not known). Data, not code: engines compile them.

Written in packs as ``{all: [...]}``, ``{any: [...]}``, ``{not: ...}``, ``{field: stage, at_least: issued}``,
``{related: units, via: project, quantifier: all, where: {...}}`` (rows of another table that refer to this one through
their field ``via``), ``{through: project, where: {...}}`` (the row this one refers to).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Answer(StrEnum):
    """Kleene's three values."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_KNOWN = "not_known"


class Operator(StrEnum):
    """Comparisons. On an enumeration ``at_least`` and its kin compare ranks; an empty field answers *not known*
    to every comparison but ``is_empty``."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    ON_OR_BEFORE = "on_or_before"
    ON_OR_AFTER = "on_or_after"
    BEFORE = "before"
    AFTER = "after"
    IS_EMPTY = "is_empty"
    CONTAINS = "contains"


class Moment(StrEnum):
    """Operands that are given when the question is asked."""

    AS_OF = "as_of"
    PERIOD_START = "period_start"
    PERIOD_END = "period_end"


class Quantifier(StrEnum):
    """Over related rows: at least one, every one (also of none), not one."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class OtherField:
    """An operand that is another field of the same row."""

    name: str


Literal = str | int | Decimal | date | bool
Operand = Literal | tuple[Literal, ...] | Moment | OtherField


@dataclass(frozen=True, slots=True)
class Compare:
    """One field against an operand."""

    field: str
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class All:
    """Met when every part is met."""

    parts: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Met when one part is met."""

    parts: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; *not known* stays so."""

    part: Criterion


@dataclass(frozen=True, slots=True)
class Related:
    """Over the live rows of ``table`` (full name) whose reference field ``via`` holds this row's entry."""

    table: str
    via: str
    quantifier: Quantifier
    where: Criterion


@dataclass(frozen=True, slots=True)
class Through:
    """Of the live row of ``table`` (full name) that this row's reference field
    ``field`` holds; no such row: *not known*."""

    field: str
    table: str
    where: Criterion


Criterion = Compare | All | AnyOf | Not | Related | Through

ALWAYS = All(())
