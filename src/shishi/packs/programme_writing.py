"""A programme as a pack writes it: the way back from :mod:`shishi.packs.programme_building`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from shishi.core.divisions import official
from shishi.core.indicators import Indicator, Printed, TargetTree, Trajectory
from shishi.core.programmes import BriefPlan, Cadence, Programme, PublishedFigure, Rung
from shishi.core.publishing import Publishing
from shishi.core.rules import Rule
from shishi.core.tables import Field
from shishi.core.work_record import WORK_RECORD
from shishi.packs.given import given_fields, given_indicators
from shishi.packs.programme_building import EARLIER, POWERS
from shishi.packs.shapes import IndicatorShape, ProgrammeShape
from shishi.packs.table_writing import criterion_tree, field_tree, given_tables, short_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Tree = dict[str, Any]
_WORDS = {power: word for word, power in POWERS.items()}


def programme_tree(programme: Programme) -> Tree:
    """``programmes/<code>.yaml``."""
    given = given_tables(programme)
    counted = frozenset(code for name in given for code in given_indicators(name))
    own = f"{programme.name}/"
    shape = ProgrammeShape.model_validate(
        {
            "title": programme.title,
            "promise": programme.promise,
            "basis": programme.basis,
            "sources": [_plain(source) for source in programme.sources],
            "division": official(programme.division),
            "supervised_level": programme.supervised_level.name.lower(),
            "supervises": list(map(official, programme.supervises)),
            "cadences": {short_name(item.table, own + "x"): _cadence(item) for item in programme.cadences},
            "indicators": {
                item.code: indicator_tree(item, own + "x") for item in programme.indicators if item.code not in counted
            },
            "targets": {tree.indicator: _target(tree) for tree in programme.targets},
            "trajectories": {path.indicator: _trajectory(path) for path in programme.trajectories},
            "thresholds": _plain(programme.thresholds),
            "ladder": {rung.kind: _without(rung, "kind") for rung in programme.ladder},
            "reasons": {reason.code: reason.title for reason in programme.reasons},
            "briefs": {plan.kind: _brief(plan) for plan in programme.briefs},
            "work_record": _work_record(programme),
            "rules": {rule.code: _rule(rule) for rule in programme.rules},
            "published": {figure.id: _published(figure, programme.division) for figure in programme.published},
            "publishing": _publishing(programme.publishing) if programme.publishing else None,
        }
    )
    return shape.model_dump(exclude_defaults=True, by_alias=True)


def _plain(part: DataclassInstance) -> Tree:
    """A flat part whose file has the same words."""
    return {item.name: getattr(part, item.name) for item in fields(part)}


def _without(part: Rung, *names: str) -> Tree:
    return {name: value for name, value in _plain(part).items() if name not in names}


def _cadence(cadence: Cadence) -> Tree:
    return {name: value for name, value in _plain(cadence).items() if name != "table"}


def indicator_tree(indicator: Indicator, within: str) -> Tree:
    """One indicator; ``within``: the full name of any table of its programme."""
    kept = _plain(indicator)
    kept.pop("code")
    where = criterion_tree(indicator.where, indicator.table or within)
    kept["table"] = short_name(indicator.table, within) if indicator.table else ""
    kept["where"] = None if where == {"all": []} else where
    kept["printed"] = printed_tree(indicator.printed)
    return IndicatorShape.model_validate(kept).model_dump(exclude_defaults=True, by_alias=True)


def printed_tree(printed: Printed) -> Tree:
    """How a number is printed."""
    return {
        "in": _WORDS[printed.power],
        "digits": printed.digits,
        "qualifier": printed.qualifier,
        "grouped": printed.grouped,
    }


def _target(tree: TargetTree) -> Tree:
    return {
        "document": tree.document,
        "version": tree.version,
        "verified": tree.verified,
        "values": {official(code): value for code, value in tree.values.items()},
        "difference": {
            official(code): {"gap": gap, "reason": reason} for code, (gap, reason) in tree.difference.items()
        },
        "printed": printed_tree(tree.printed) if tree.printed else None,
    }


def _trajectory(path: Trajectory) -> Tree:
    return {
        "shape": path.shape,
        "points": {point.day: {"share": point.share, "title": point.title} for point in path.points},
        "start": path.start,
        "source": path.source,
        "version": path.version,
        "verified": path.verified,
    }


def _brief(plan: BriefPlan) -> Tree:
    kept = {name: value for name, value in _plain(plan).items() if name != "kind"}
    return kept | {"indicators": list(plan.indicators), "notes": list(plan.notes)}


def _rule(rule: Rule) -> Tree:
    to = EARLIER if not rule.to else rule.to[0] if len(rule.to) == 1 else list(rule.to)
    return {"compare": rule.compare, "relation": rule.relation, "with": to, "message": rule.message}


def _published(figure: PublishedFigure, division: str) -> Tree:
    return {
        "target" if figure.of_target else "indicator": figure.indicator,
        "as_of": figure.as_of,
        "division": None if figure.division == division else official(figure.division),
    }


def _publishing(publishing: Publishing) -> Tree:
    kept = _plain(publishing)
    small = publishing.small_numbers
    held_back: Mapping[str, object] | None = None
    if small:
        held_back = _plain(small) | {"indicators": list(small.indicators), "shown_at": small.shown_at.name.lower()}
    return kept | {
        "indicators": list(publishing.indicators),
        "down_to": publishing.down_to.name.lower(),
        "rows": {table: list(names) for table, names in publishing.rows.items()},
        "small_numbers": held_back,
        "guide": _plain(publishing.guide) if publishing.guide else None,
    }


def _work_record(programme: Programme) -> Tree:
    held = next((table for table in programme.tables if table.short == WORK_RECORD), None)
    if held is None:
        return {"kept": False}
    more: list[Field] = [field for field in held.fields if field.name not in given_fields(WORK_RECORD)]
    return {"fields": {field.name: field_tree(field, held.name) for field in more}}
