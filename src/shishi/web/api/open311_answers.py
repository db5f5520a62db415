"""How GeoReport v2 writes the same answer as XML and as JSON: lists of named items are bare arrays in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.core.serializers.json import DjangoJSONEncoder

_ENCODER = DjangoJSONEncoder(ensure_ascii=False)
_XML_UNFIT = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
"""Characters that XML 1.0 can't hold."""


@dataclass(frozen=True, slots=True)
class Node:
    """A named part of an answer: fields by name, or items that are all called ``item``."""

    name: str
    told: Mapping[str, Any] | Sequence[Any]
    item: str = ""


def many(name: str, item: str, told: Sequence[Any]) -> Node:
    """A list: ``<services><service>…``, in JSON an array."""
    return Node(name, told, item)


def xml_of(node: Node) -> bytes:
    """With its declaration, in UTF-8; fields without a value stand empty."""
    root = Element(node.name)
    _fill(root, node)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def json_of(node: Node) -> str:
    """The same."""
    return _ENCODER.encode(_plain(node))


def _fill(element: Element, told: Any, item: str = "") -> None:
    if isinstance(told, Node):
        _fill(element, told.told, told.item)
    elif isinstance(told, Mapping):
        for name, value in told.items():
            _fill(SubElement(element, name), value)
    elif isinstance(told, Sequence) and not isinstance(told, str):
        for value in told:
            _fill(SubElement(element, item), value)
    else:
        element.text = _text(told)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(value).translate(_XML_UNFIT)


def _plain(told: Any) -> Any:
    if isinstance(told, Node):
        return _plain(told.told)
    if isinstance(told, Mapping):
        return {name: _plain(value) for name, value in told.items()}
    if isinstance(told, Sequence) and not isinstance(told, str):
        return [_plain(value) for value in told]
    return told.isoformat(timespec="seconds") if isinstance(told, datetime) else told
