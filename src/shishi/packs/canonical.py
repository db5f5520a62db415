"""The one JSON form of a pack: what is stored, digested and exchanged. Decimals and days are strings, absent is null.

Written from the dataclasses themselves, so that a field added to the core is in the form without a word here.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from shishi.core.criteria import Criterion
from shishi.core.errors import Misuse
from shishi.core.evaluation import criterion_document, parse_criterion
from shishi.core.limits import Clocks
from shishi.core.programmes import Pack

CRITERIA: tuple[type, ...] = get_args(Criterion)
GONE: Mapping[type, frozenset[str]] = {Clocks: frozenset({"pauses"})}
"""What packs that were stored before still say, and nothing reads any more."""


def pack_document(pack: Pack) -> dict[str, Any]:
    """The pack as plain JSON values."""
    return cast("dict[str, Any]", written(pack))


def pack_from_document(document: Mapping[str, Any]) -> Pack:
    """The pack that :func:`pack_document` wrote; ``Misuse`` (``pack_document_unreadable``) when it is none."""
    try:
        return cast(Pack, read(Pack, document))
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        message = "保存的实事清单内容无法读出，可能由更新的版本写入；请升级后重试，或重新安装清单。"
        raise Misuse("pack_document_unreadable", message) from error


def pack_version(pack: Pack) -> str:
    """SHA-256 over the canonical document without its version."""
    return document_version(pack_document(pack))


def document_version(document: Mapping[str, Any]) -> str:
    """The same of a document as it is stored: a field that the core got since is not in it, and changes nothing."""
    text = json.dumps({**document, "version": ""}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def written(value: object) -> object:
    """A frozen dataclass, or anything in one, as plain JSON values."""
    if isinstance(value, CRITERIA):
        return criterion_document(cast(Criterion, value))
    if is_dataclass(value):
        return {item.name: written(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): written(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [written(item) for item in value]
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    return value


def read(kind: Any, value: Any) -> Any:
    """What :func:`written` wrote, as that kind; ``KeyError``, ``TypeError`` or ``ValueError`` when it is none."""
    if kind == Criterion:
        return parse_criterion(value, lambda name: name)
    origin = get_origin(kind)
    if origin in (types.UnionType, Union):
        return _read_one_of(get_args(kind), value)
    if origin is tuple:
        return _read_tuple(get_args(kind), value)
    if origin is not None:
        inner = get_args(kind)[1]
        return {key: read(inner, item) for key, item in value.items()}
    if is_dataclass(kind):
        return _read_dataclass(cast(type, kind), value)
    return _read_plain(kind, value)


def _read_one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        if kind is types.NoneType:
            continue
        try:
            return read(kind, value)
        except (TypeError, ValueError, InvalidOperation):
            continue
    raise ValueError(value)


def _read_tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        return tuple(read(kinds[0], item) for item in value)
    return tuple(read(kind, item) for kind, item in zip(kinds, value, strict=True))


def _read_dataclass(kind: type, value: Mapping[str, Any]) -> Any:
    """A key that is not there keeps the field's default: a pack stored before the field was born still reads."""
    hints, gone = _hints(kind), GONE.get(kind, ())
    return kind(**{name: read(hints[name], item) for name, item in value.items() if name not in gone})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_plain(kind: Any, value: Any) -> Any:
    if kind in (date, time, datetime):
        return kind.fromisoformat(value)
    if kind is Decimal or (isinstance(kind, type) and issubclass(kind, Enum)):
        return kind(value)
    if isinstance(value, kind):
        return value
    raise TypeError(kind, value)
