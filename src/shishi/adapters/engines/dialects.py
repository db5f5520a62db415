"""What DuckDB and Spark spell differently in the SQL that questions are compiled to; the SQL itself is one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol


class Dialect(Protocol):
    """Each method gives a piece of SQL; its arguments are pieces of SQL, too, but for names and given values."""

    def quoted(self, name: str) -> str:
        """A name, whatever it consists of."""

    def placeholder(self, name: str, value: object) -> tuple[str, object]:
        """Where a given value (text, whole number, flag, day, naive moment in UTC, or list of texts) stands, and what
        is bound to it."""

    def parts(self, name: str) -> str:
        """The relation of the Parquet files that are bound as ``name``."""

    def has(self, texts: str, text: str) -> str:
        """Whether a list holds a text."""

    def has_all(self, texts: str, wanted: str) -> str:
        """Whether a list holds all texts of another one."""

    def same_set(self, texts: str, others: str) -> str:
        """Whether two lists hold the same texts."""

    def position(self, texts: str, text: str) -> str:
        """The place of a text in a list, from 1; NULL when it has none."""

    def entry_text(self, entry: str) -> str:
        """An entry as Python writes a UUID."""

    def fraction(self, number: str) -> str:
        """What is left of an exact number above the next lower whole one."""


class DuckDBDialect:
    """DuckDB: entries are UUIDs, files are bound like any other value."""

    def quoted(self, name: str) -> str:
        """See ``Dialect``."""
        return '"' + name.replace('"', '""') + '"'

    def placeholder(self, name: str, value: object) -> tuple[str, object]:
        """See ``Dialect``."""
        return f"${name}{'::VARCHAR[]' if isinstance(value, list) else ''}", value

    def parts(self, name: str) -> str:
        """See ``Dialect``."""
        return f"read_parquet(${name})"

    def has(self, texts: str, text: str) -> str:
        """See ``Dialect``."""
        return f"list_contains({texts}, {text})"

    def has_all(self, texts: str, wanted: str) -> str:
        """See ``Dialect``."""
        return f"list_has_all({texts}, {wanted})"

    def same_set(self, texts: str, others: str) -> str:
        """See ``Dialect``."""
        return f"list_sort(list_distinct({texts})) = list_sort(list_distinct({others}))"

    def position(self, texts: str, text: str) -> str:
        """See ``Dialect``."""
        return f"nullif(list_position({texts}, {text}), 0)"

    def entry_text(self, entry: str) -> str:
        """See ``Dialect``."""
        return f"CAST({entry} AS VARCHAR)"

    def fraction(self, number: str) -> str:
        """See ``Dialect``."""
        return f"(({number} % 1 + 1) % 1)"


class SparkDialect:
    """Spark: entries are sixteen bytes, files are views of their own. Days and moments are bound as texts: on their
    way through the driver they would pass its calendar and its time zone."""

    def quoted(self, name: str) -> str:
        """See ``Dialect``."""
        return "`" + name.replace("`", "``") + "`"

    def placeholder(self, name: str, value: object) -> tuple[str, object]:
        """See ``Dialect``."""
        match value:
            case datetime():
                return f"CAST(:{name} AS TIMESTAMP_NTZ)", value.isoformat(sep=" ")
            case date():
                return f"CAST(:{name} AS DATE)", value.isoformat()
            case list():
                return f"CAST(:{name} AS ARRAY<STRING>)", value
            case _:
                return f":{name}", value

    def parts(self, name: str) -> str:
        """See ``Dialect``."""
        return name

    def has(self, texts: str, text: str) -> str:
        """See ``Dialect``."""
        return f"array_contains({texts}, {text})"

    def has_all(self, texts: str, wanted: str) -> str:
        """See ``Dialect``."""
        return f"size(array_except({wanted}, {texts})) = 0"

    def same_set(self, texts: str, others: str) -> str:
        """See ``Dialect``."""
        return f"sort_array(array_distinct({texts})) = sort_array(array_distinct({others}))"

    def position(self, texts: str, text: str) -> str:
        """See ``Dialect``."""
        return f"nullif(array_position({texts}, {text}), 0)"

    def entry_text(self, entry: str) -> str:
        """See ``Dialect``."""
        pieces = "(.{8})(.{4})(.{4})(.{4})(.{12})"
        return f"regexp_replace(lower(hex({entry})), '{pieces}', '$1-$2-$3-$4-$5')"

    def fraction(self, number: str) -> str:
        """See ``Dialect``."""
        return f"pmod({number}, 1)"


DUCKDB: Dialect = DuckDBDialect()
SPARK: Dialect = SparkDialect()
