"""The rules of each body that a process asks for: where they stand, as facts that its criteria may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from shishi.core.criteria import Criterion
from shishi.core.processes import RuleCheck, RuleSet
from shishi.core.rule_sets import WHOLE
from shishi.core.tables import FieldType, Sensitivity, Table
from shishi.packs.process_files import ProcessFile
from shishi.packs.process_parts import given
from shishi.packs.process_shapes import RulesShape
from shishi.packs.table_building import Place
from shishi.packs.yaml_files import Path_

RULE = "rule"
"""Under which form the columns of the row are facts: ``rule.maximum``."""
_NO_FACTS = frozenset({FieldType.REFERENCE, FieldType.FILE})


def rule_form(name: str, table: Table) -> Table:
    """What a row of rules says, as a form of the process: its columns but the key and what is sensitive."""
    fields = tuple(
        replace(item, required=False)
        for item in table.fields
        if item.name not in table.key and item.type not in _NO_FACTS and item.sensitivity is Sensitivity.NONE
    )
    return Table(f"{name}/{RULE}", table.title, table.version, fields, (), "")


def build_rules(
    file: ProcessFile,
    shape: RulesShape,
    table: Table,
    elements: Mapping[str, object],
    criterion: Callable[[object, Path_], Criterion],
) -> RuleSet:
    """The rules of a process over its table; names that are none are noted."""
    place = Place(file.read, file.faults)
    columns = rule_form("", table).by_name
    for name in table.key:
        if name not in shape.match:
            place.note("pack_missing_key", f"办事规则按“{name}”找本单位的一行，match 里没有写。", ("rules", "match"))
    for name in shape.match:
        place.require(name, table.key, "主键列", ("rules", "match", name))
    for element, column in shape.promised.items():
        place.require(element, (WHOLE, *elements), "元素", ("rules", "promised", element))
        wanted = [item.name for item in columns.values() if item.type is FieldType.INTEGER]
        place.require(column, wanted, "整数列", ("rules", "promised", element))
    checks = []
    for code, check in shape.checks.items():
        for at, element in enumerate(check.at):
            place.require(element, elements, "元素", ("rules", "checks", code, "at", at))
        found = criterion(check.criterion, ("rules", "checks", code, "criterion"))
        checks.append(RuleCheck(code, found, check.message, tuple(check.at)))
    promised = {element: f"{RULE}.{column}" for element, column in shape.promised.items()}
    return RuleSet(table.name, RULE, given(shape.match), promised, tuple(checks))
