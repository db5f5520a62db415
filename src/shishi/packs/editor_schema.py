"""JSON Schema of pack files, for editors: completion, help and red lines while a pack is being written."""

from __future__ import annotations

from typing import Any

from shishi.packs.process_shapes import ProcessShape
from shishi.packs.shape_parts import FileShape
from shishi.packs.shapes import ExamplesShape, PackShape, ProgrammeShape, TableShape

FILES: dict[str, type[FileShape]] = {
    "pack.yaml": PackShape,
    "programmes/*.yaml": ProgrammeShape,
    "tables/*/*.yaml": TableShape,
    "examples/*/*.yaml": ExamplesShape,
    "processes/*.yaml": ProcessShape,
}


def pack_schema() -> dict[str, dict[str, Any]]:
    """For each kind of file (a glob under the pack's folder) its JSON Schema, draft 2020-12."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {pattern: head | shape.model_json_schema(by_alias=True) for pattern, shape in FILES.items()}
