"""The examples of a pack are its tests: every row must pass, or be refused with the
code and the field that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, uuid5

from shishi.core.checking import Place, RowContext, check_row
from shishi.core.divisions import covers, normalise, official
from shishi.core.errors import Issue, Misuse, Refused
from shishi.core.evaluation import Moments
from shishi.core.programmes import Example, Pack, Programme
from shishi.core.tables import Table, Value
from shishi.core.values import CellFault, half_width, parse


def check_examples(pack: Pack) -> None:
    """``Refused`` (``pack_examples_failed``) with one issue for each example that did otherwise than it says."""
    issues = tuple(failing_examples(pack))
    if issues:
        message = f"清单 {pack.name} 有 {len(issues)} 个例子与所写的结果不符；请改正例子，或改正台账的列和核对规则。"
        raise Refused("pack_examples_failed", message, issues)


def failing_examples(pack: Pack) -> Iterator[Issue]:
    """What each failing example was meant to show, and what came instead. Asked as of
    the last day of the pack's year."""
    for programme in pack.programmes:
        lookups = ExampleLookups(programme, date(pack.year, 12, 31))
        for example in programme.examples:
            table = programme.table(example.table)
            found = faults_of_row(table, example.values, lookups)
            told = {(issue.code, issue.field) for issue in found}
            if example.passes == bool(found) or (not example.passes and (example.code, example.field) not in told):
                yield _mismatch(programme, table, example, found)


def faults_of_row(table: Table, cells: Mapping[str, str], lookups: ExampleLookups) -> tuple[Issue, ...]:
    """The faults of a row as a clerk writes it: first those of its cells, and only if
    there are none those of the whole row."""
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    for field in table.fields:
        try:
            values[field.name] = parse(field, cells.get(field.name, ""), lookups)
        except CellFault as fault:
            issues.append(Issue(fault.code, fault.message, field=field.name))
    if issues:
        return tuple(issues)
    return check_row(table, values, RowContext(Moments(lookups.day), Place()))


@dataclass(frozen=True)
class ExampleLookups:
    """The world as examples know it: divisions by code within the programme's own, and
    the rows that other examples post."""

    programme: Programme
    day: date

    def division(self, text: str) -> str:
        """The official code; names need the division tree and are unknown here."""
        try:
            code = normalise(text)
        except Misuse as error:
            raise CellFault("division_unknown", error.message) from error
        if not covers(self.programme.division, code):
            raise CellFault("division_unknown", f"“{text}”不在“{self.programme.title}”的范围内。")
        return official(code)

    def entry_of(self, table: str, key: str) -> str | None:
        """A lasting identity made of the key, where a passing example has that key."""
        fields = self.programme.table(table).key
        known = {
            half_width(" ".join(example.values.get(name, "") for name in fields))
            for example in self.programme.examples
            if example.table == table and example.passes
        }
        return str(uuid5(NAMESPACE_URL, f"{table} {key}")) if half_width(key) in known else None


def _mismatch(programme: Programme, table: Table, example: Example, found: tuple[Issue, ...]) -> Issue:
    meant = "应通过" if example.passes else f"应在“{example.field}”以 {example.code} 退回"
    came = "；".join(f"{issue.field}：{issue.code}，{issue.message}" for issue in found) or "实际通过了"
    message = f"“{programme.title}”《{table.title}》的例子“{example.title}”{meant}，{came}"
    file = f"examples/{programme.code}/{table.short}.yaml"
    return Issue("pack_example_mismatch", message, field=example.field, file=file)
