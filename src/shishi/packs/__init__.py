"""Packs 实事清单: a folder of YAML becomes core objects, or the file and line that is wrong."""

from __future__ import annotations

from shishi.packs.canonical import pack_document, pack_from_document, pack_version
from shishi.packs.editor_schema import pack_schema
from shishi.packs.examples import check_examples
from shishi.packs.loading import load_pack

__all__ = ["check_examples", "load_pack", "pack_document", "pack_from_document", "pack_schema", "pack_version"]
