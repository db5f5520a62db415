"""Tables, their examples and criteria as a pack writes them: the way back from :mod:`shishi.packs.table_building`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from shishi.core.criteria import Criterion
from shishi.core.evaluation import criterion_document
from shishi.core.evidence_plans import EvidencePlan
from shishi.core.programmes import Programme
from shishi.core.ratings import TABLE as RATINGS
from shishi.core.statements import StatementPlan, acceptance
from shishi.core.tables import Check, Field, FieldType, Sensitivity, Table
from shishi.core.work_record import WORK_RECORD
from shishi.packs.shapes import ExamplesShape, FieldShape, TableShape
from shishi.packs.table_building import ENCRYPTED

Tree = dict[str, Any]
_TAGS: Mapping[str, Callable[[str], date | Decimal]] = {"day": date.fromisoformat, "number": Decimal}


def given_tables(programme: Programme) -> frozenset[str]:
    """Short names of the tables that the platform gave to the programme."""
    rated = programme.publishing is not None and programme.publishing.ratings
    return frozenset({WORK_RECORD, RATINGS} if rated else {WORK_RECORD})


def table_tree(table: Table) -> Tree:
    """``tables/<programme>/<table>.yaml``."""
    plan = table.statements
    accepted = {acceptance(level) for level in plan.accepted_by} if plan else set()
    shape = TableShape.model_validate(
        {
            "title": table.title,
            "version": table.version,
            "key": list(table.key),
            "division_field": table.division_field,
            "fields": {field.name: field_tree(field, table.name) for field in table.fields},
            "checks": {check.code: _check(check, table.name) for check in table.checks},
            "groups": {name: list(group) for name, group in table.groups.items() if name not in accepted},
            "evidence": {plan.group: _evidence(plan, table.name) for plan in table.evidence},
            "continues": table.continues,
            "statements": _statements(plan) if plan else None,
            "approval": "required" if table.approval else "",
        }
    )
    return shape.model_dump(exclude_defaults=True, by_alias=True)


def field_tree(field: Field, table: str) -> Tree:
    """One field of the table of that full name; what a pack need not say is left out."""
    usual = Sensitivity.ENCRYPTED if field.type in ENCRYPTED else Sensitivity.NONE
    shape = FieldShape.model_validate(
        {
            "title": field.title,
            "type": field.type,
            "required": field.required,
            "unit": field.unit,
            "scale": None if field.scale == (2 if field.type is FieldType.MONEY else 0) else field.scale,
            "minimum": None if field.minimum is None else str(field.minimum),
            "maximum": None if field.maximum is None else str(field.maximum),
            "max_length": field.max_length,
            "values": {choice.value: choice.title for choice in field.values},
            "sensitivity": None if field.sensitivity is usual else field.sensitivity,
            "references": short_name(field.references, table),
            "synonyms": list(field.synonyms),
            "note": field.note,
            "sample": field.sample,
            "locked": field.locked,
            "format": field.format,
        }
    )
    return shape.model_dump(exclude_defaults=True, by_alias=True)


def _check(check: Check, table: str) -> Tree:
    return {"kind": check.kind, "criterion": criterion_tree(check.criterion, table), "message": check.message}


def _evidence(plan: EvidencePlan, table: str) -> Tree:
    where = criterion_tree(plan.where, table)
    return {
        "because": plan.because,
        "reason": plan.reason,
        "photos": dict(plan.photos),
        "documents": plan.documents,
        "where": None if where == {"all": []} else where,
        "place": plan.place,
        "within": plan.within,
        "minutes": plan.minutes,
        "days": plan.days,
    }


def _statements(plan: StatementPlan) -> Tree:
    return {
        "by": plan.by,
        "review": plan.reviewed,
        "accepted_by": [level.name.lower() for level in plan.accepted_by],
        "above": "accepted" if plan.only_accepted else "counted",
        "grace_hours": plan.grace_hours,
        "never_fall": list(plan.never_fall),
        "gaps": {gap.field: gap.total for gap in plan.gaps},
        "queried": list(plan.queried),
    }


def short_name(name: str, table: str) -> str:
    """A table's name as it is written in the file of ``table`` (full): its last part within the programme, two parts
    within the pack."""
    jurisdiction, year, programme, _ = table.split("/")
    for prefix in (f"{jurisdiction}/{year}/{programme}/", f"{jurisdiction}/{year}/"):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def criterion_tree(criterion: Criterion, table: str) -> Any:
    """A criterion over ``table`` (full name) as packs write it."""
    return _plainly(criterion_document(criterion), table)


def _plainly(document: object, table: str) -> Any:
    if isinstance(document, Mapping):
        if len(document) == 1:
            ((tag, text),) = document.items()
            if tag in _TAGS:
                return _literal(str(tag), str(text))
        return {
            key: short_name(str(item), table) if key in ("related", "table") else _plainly(item, table)
            for key, item in document.items()
        }
    if isinstance(document, list | tuple):
        return [_plainly(item, table) for item in document]
    return document


def _literal(tag: str, text: str) -> object:
    """A day or a number without its tag, where a pack's reader finds the same without."""
    value = _TAGS[tag](text)
    if isinstance(value, Decimal) and "." not in text:
        return {tag: text}
    return value


def example_tree(programme: Programme, table: str) -> Tree:
    """``examples/<programme>/<table>.yaml``; cells under the titles of their columns where those are clear."""
    fields = programme.table(table).fields
    many = Counter([field.title for field in fields] + [field.name for field in fields])
    named = {field.name: field.title if many[field.title] == 1 else field.name for field in fields}
    shape = ExamplesShape.model_validate(
        {
            "examples": [
                {
                    "title": example.title,
                    "row": {named.get(name, name): text for name, text in example.values.items()},
                    "passes": example.passes,
                    "code": example.code,
                    "field": named.get(example.field, example.field),
                }
                for example in programme.examples
                if example.table == table
            ]
        }
    )
    return shape.model_dump(exclude_defaults=True, by_alias=True)
