"""The rules of the body that has a case 办事规则: its own row of the table that the process names, taken when the case is
opened and kept with it; what the body changes later concerns later cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shishi.apps.cases.facts import known, plain_facts, stored
from shishi.apps.cases.models import CaseRow
from shishi.apps.cases.posting import fitting
from shishi.apps.files.services import key_ring
from shishi.apps.ledger.sealing import decode, key_of, opened
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.selectors import table_named
from shishi.core.calendars import day_of
from shishi.core.divisions import normalise, official, parent_code
from shishi.core.errors import Refused
from shishi.core.evaluation import Moments
from shishi.core.limits import Limit
from shishi.core.processes import Process, Step
from shishi.core.rule_sets import broken_rules, is_verified, promised_limit, promised_step, trust_of
from shishi.core.tables import Table, Value
from shishi.core.values import CellFault, shown

TOLD = "rules"
"""In the first line of a thread: which row the rules are from."""


@dataclass(frozen=True, slots=True)
class RulesSeen:
    """The rules under which a case was opened. ``entry``: the row of ``table`` that holds them, ``""``: the body has
    set none, and the process alone holds; ``lines``: title → text; ``trust`` a word of :class:`Trust`."""

    table: str
    title: str
    entry: str
    lines: tuple[tuple[str, str], ...]
    basis: str
    trust: str
    verified: bool


def find_rules(row: CaseRow, process: Process, at: datetime) -> tuple[dict[str, object], dict[str, object]]:
    """What the body's row says as facts in their stored form, and what the thread says of it. ``row.facts`` hold what
    the applicant said. Nothing of either where the process asks for no rules."""
    rules = process.rules
    if rules is None:
        return {}, {}
    _, table = table_named(rules.table)
    on, ring, facts = day_of(at), key_ring(), plain_facts(row, process)
    try:
        key = {
            name: fitting(table, name, facts.get(given.fact) if given.fact else given.value, on)
            for name, given in rules.match.items()
        }
    except CellFault:
        key = {}  # such as an item that the catalogue of this body has not
    keys = [key_of(table, one, ring) for one in _nearest(table, key)]
    held = {one.key: one for one in live(table.name, on).filter(key__in=keys)}
    found = next((held[one] for one in keys if one in held), None)
    if found is None:
        return {}, {TOLD: {"table": table.name, "entry": ""}}
    form = process.forms[rules.form]
    said = {name: value for name, value in opened(table, decode(found.cells), ring).items() if name in form.by_name}
    told = {"table": table.name, "entry": str(found.entry), "revision": found.pk}
    return stored(process, rules.form, {k: v for k, v in said.items() if v is not None}), {TOLD: told}


def _nearest(table: Table, key: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """The key itself, then with its division a level higher each time: a county's cases go by its city's rules."""
    if not key or any(key.get(name) is None for name in table.key):
        return
    here: str | None = normalise(str(key[table.division_field])) if table.division_field in key else ""
    while here is not None:
        yield {**key, table.division_field: official(here)} if here else dict(key)
        here = parent_code(here) if here else None


def rules_seen(row: CaseRow, process: Process) -> RulesSeen | None:
    """The rules of a case as people read them; ``None`` where its process asks for none."""
    rules = process.rules
    if rules is None:
        return None
    told = row.steps.order_by("position").values_list("told", flat=True).first() or {}
    form, facts = process.forms[rules.form], known(row, process)
    values = {name: facts.get(f"{rules.form}.{name}") for name in form.by_name}
    aside = {"basis", "trust", "verified"}
    return RulesSeen(
        table=rules.table,
        title=form.title,
        entry=str(dict(told.get(TOLD) or {}).get("entry", "")),
        lines=tuple(
            (f"{item.title}（{item.unit}）" if item.unit else item.title, shown(item, values[item.name]))
            for item in form.fields
            if item.name not in aside and values[item.name] not in (None, "", ())
        ),
        basis=str(values.get("basis") or ""),
        trust=trust_of(rules, facts).value,
        verified=is_verified(rules, facts),
    )


def promised_here(row: CaseRow, process: Process) -> Limit | None:
    """What the body promises for the whole case; else what its process does."""
    found = promised_limit(process.rules, known(row, process)) if process.rules else None
    return found or process.clocks.promised


def step_here(row: CaseRow, process: Process, step: Step) -> Step:
    """The step with what the body of this case promises for it."""
    return promised_step(process.rules, known(row, process), step) if process.rules else step


def require_rules(row: CaseRow, process: Process, element: str, said: Mapping[str, object], at: datetime) -> None:
    """``Refused`` (rules_broken) where completing the element would break what the body itself has set."""
    if process.rules is None or not any(element in check.at for check in process.rules.checks):
        return
    issues = list(broken_rules(process, element, known(row, process, said), Moments(day_of(at), None, None)))
    if issues:
        raise Refused("rules_broken", f"与本单位的办事规则不符：{issues[0].message}", issues)
