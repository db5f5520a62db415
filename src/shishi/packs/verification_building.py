"""The ``verification:`` and ``gaming:`` parts of a programme file, every name looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shishi.core.errors import Misuse
from shishi.core.gaming import USUAL, GamingRules
from shishi.core.sampling import Precision
from shishi.core.tables import FieldType, Sensitivity, Table
from shishi.core.verification import PROPOSED, CheckReason, VerificationRules
from shishi.packs.table_building import Place
from shishi.packs.verification_shapes import GamingShape, VerificationShape

_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)


def build_verification(shape: VerificationShape | None, place: Place) -> VerificationRules:
    """How rows are checked; the platform's proposal where the pack is silent."""
    if shape is None:
        return PROPOSED
    try:
        Precision(shape.confidence, shape.margin)
    except Misuse as wrong:
        place.note("pack_precision", wrong.message, ("verification",))
    reasons = tuple(CheckReason(code, title) for code, title in shape.reasons.items()) or PROPOSED.reasons
    return VerificationRules(shape.confidence, shape.margin, shape.minimum, reasons, shape.verified)


def build_gaming(shape: GamingShape | None, place: Place, tables: Mapping[str, Table]) -> GamingRules:
    """What patterns are told; the platform's proposal where the pack is silent. ``tables``: the programme's own."""
    if shape is None:
        return USUAL
    short = {table.short: table for table in tables.values()}
    for part in ("digit_fields", "benford_fields"):
        for index, named in enumerate(getattr(shape, part)):
            table, _, name = named.partition(".")
            field = short[table].by_name.get(name) if table in short else None
            if field is None or field.type not in _NUMBERS or field.sensitivity is Sensitivity.ENCRYPTED:
                message = f"“{named}”不是本项目某张台账的数字列。请写成 台账.列，如 estates.households。"
                place.note("pack_unknown_reference", message, ("gaming", part, index))
    told = shape.model_dump()
    return replace(
        GamingRules(**{**told, "digit_fields": (), "benford_fields": ()}),
        digit_fields=tuple(shape.digit_fields),
        benford_fields=tuple(shape.benford_fields),
    )
