"""Kept questions: what nearly every page asks of the store, with its SQL made once.

To make the SQL of a query takes Django ten times as long as the store takes to answer it. So a question is written as a
queryset over *blanks*; it is compiled when it is first asked, and from then on only its blanks are filled in. No answer
is kept: each time, the store itself is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators

Answer = TypeVar("Answer")
_MOST_SHAPES = 512


class Blank(Expression):
    """Stands in a queryset for a value of the kind of ``field`` that is given when the question is asked."""

    def __init__(self, place: int, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A placeholder, and itself in place of the value."""
        return "%s", [self]

    def filled(self, values: Sequence[object]) -> object:
        """The value as the store takes it."""
        return self.output_field.get_db_prep_value(values[self.place], connection)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A question as it goes to the store, and how a row of the answer is read."""

    sql: str
    parameters: tuple[object, ...]
    converters: tuple[tuple[int, tuple[Callable[[Any, Any, Any], Any], ...], object], ...]
    read: Callable[[Any], Any]

    def rows(self, values: Sequence[object]) -> Iterator[Any]:
        """The rows of the answer, converted."""
        told: list[Any] = [one.filled(values) if isinstance(one, Blank) else one for one in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, told)
            found = cursor.fetchall()
        for row in found:
            cells = list(row)
            for place, converters, expression in self.converters:
                for converter in converters:
                    cells[place] = converter(cells[place], expression, connection)
            yield self.read(cells)


class KeptQuestion(Generic[Answer]):
    """``ask`` makes the queryset (of models, or of values in a list): it gets a blank for each of ``fields``, and the
    ``shape`` where the question has several. May be shared between threads."""

    def __init__(self, ask: Callable[..., QuerySet[Any, Answer]], *fields: Field[Any, Any]) -> None:
        self._ask, self._fields = ask, fields
        self._compiled: dict[Hashable, _Compiled | None] = {}

    def __call__(self, *values: object, shape: Hashable = None) -> list[Answer]:
        """The answer of now. ``values`` fill the blanks in their order."""
        key = connection.vendor, shape
        if key not in self._compiled:
            if len(self._compiled) >= _MOST_SHAPES:
                self._compiled.clear()
            self._compiled[key] = self._compile(shape)
        compiled = self._compiled[key]
        return list(compiled.rows(values)) if compiled else []

    def _compile(self, shape: Hashable) -> _Compiled | None:
        """``None`` for a question that nothing can answer."""
        blanks = [Blank(place, field) for place, field in enumerate(self._fields)]
        asked = self._ask(*blanks) if shape is None else self._ask(*blanks, shape=shape)
        compiler: Any = asked.query.get_compiler(using=asked.db)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        converters = tuple(
            (place, tuple(converters), expression)
            for place, (converters, expression) in compiler.get_converters(columns).items()
        )
        return _Compiled(sql, tuple(parameters), converters, _reader(asked, compiler))


def _reader(asked: QuerySet[Any, Any], compiler: Any) -> Callable[[Any], Any]:
    """What makes of a row what the queryset would have given: an object with what was selected beside it, or a tuple of
    values."""
    count, told = compiler.col_count, compiler.klass_info
    if asked._iterable_class is ValuesListIterable:
        return lambda row: tuple(row[:count])
    if asked._iterable_class is not ModelIterable or compiler.annotation_col_map:
        raise TypeError("a kept question gives objects as they are stored, or values in a list")
    first, last = told["select_fields"][0], told["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in compiler.select[first:last]]
    populators: Callable[..., Any] = get_related_populators  # the stubs tell the signature of a later Django
    beside = populators(told, compiler.select, asked.db)

    def read(row: Any) -> Any:
        found = told["model"].from_db(asked.db, names, row[first:last])
        for one in beside:
            one.populate(row, found)
        return found

    return read
