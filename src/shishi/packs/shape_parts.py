"""What the shapes of pack files are made of: texts, codes, numbers and yes or no, as YAML and JSON Schema have them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


def _yes_or_no(value: object) -> object:
    """Only ``true`` and ``false``: what else a YAML reader might take for one is a typing slip."""
    words = {"true": True, "false": False}
    return words.get(str(value), [value]) if isinstance(value, str) else value


def yes_or_word(value: object) -> object:
    """``true`` and ``false`` as such, any other word as it is written."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Code = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*(-[a-z0-9_]+)*$", max_length=60), WithJsonSchema({"type": "string"})
]
DivisionCode = Annotated[str, Field(pattern=r"^[0-9]{2,12}$"), WithJsonSchema({"type": ["string", "integer"]})]
Number = Annotated[Decimal, WithJsonSchema({"type": ["number", "string"]})]
Limit = Annotated[str, WithJsonSchema({"type": ["number", "string"]})]
Cell = Annotated[str | None, WithJsonSchema({"type": ["string", "number", "null"]})]
YesNo = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "boolean"})]
CriterionTree = Annotated[Any, WithJsonSchema({"type": "object"})]
TextFormat = Literal["", "item_code", "basic_code", "phone"]
LevelName = Literal["country", "province", "city", "county", "street", "village"]


class FileShape(BaseModel):
    """A part of a pack file: an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FactShape(FileShape):
    """文章里有、但没有台账可以证明的事实。"""

    statement: Text
    value: Text
    source: Text
