"""The page that tells people how to use the interface: written by the server out of the document that programs read, so
that it needs no script and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shishi.web.api.interface import interface

METHODS = ("get", "post")
PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Part:
    """A parameter, or a field of what is sent or answered."""

    name: str
    kind: str
    required: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    anchor: str
    method: str
    path: str
    title: str
    words: str
    parameters: tuple[Part, ...]
    sent: tuple[Part, ...]
    answered: tuple[Part, ...]
    status: str
    sent_as: str
    answered_as: str
    refused: tuple[tuple[str, str], ...]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document that programs read, at an address that stays."""
    told = {"ensure_ascii": False, "indent": 1}
    return JsonResponse(interface.get_openapi_schema(path_prefix=PREFIX), json_dumps_params=told)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every operation, by what it is about."""
    document = interface.get_openapi_schema(path_prefix=PREFIX)
    shapes = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                told = methods[method]
                groups.setdefault(told.get("tags", [""])[0], []).append(_operation(path, method, told, shapes))
    return render(request, "api/documentation.html", {"groups": groups, "about": document["info"]})


def _operation(path: str, method: str, told: Mapping[str, Any], shapes: Mapping[str, Any]) -> Operation:
    status = next((code for code in told["responses"] if str(code).startswith("2")), "200")
    parameters = tuple(
        Part(item["name"], _kind(item["schema"]), bool(item.get("required")), item.get("description", ""))
        for item in told.get("parameters", ())
    )
    return Operation(
        anchor=str(told.get("operationId", f"{method}-{path}")).replace(".", "-"),
        method=method.upper(),
        path=path,
        title=str(told.get("summary", "")),
        words=str(told.get("description", "")),
        parameters=parameters,
        sent=tuple(_fields(told.get("requestBody"), shapes)),
        answered=tuple(_fields(told["responses"][status], shapes)),
        status=str(status),
        sent_as=_example(told.get("requestBody"), shapes),
        answered_as=_example(told["responses"][status], shapes),
        refused=tuple(_refused(told["responses"])),
    )


def _example(body: Mapping[str, Any] | None, shapes: Mapping[str, Any]) -> str:
    """What is sent or answered, as it may look; empty where nothing is."""
    schema = (body or {}).get("content", {}).get("application/json", {}).get("schema", {})
    listed = schema.get("type") == "array"
    found = _shape(schema.get("items", schema), shapes).get("examples")
    if not found:
        return ""
    return json.dumps([found[0]] if listed else found[0], ensure_ascii=False, indent=2)


def _refused(responses: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Statuses of refusals with their codes."""
    for status, response in responses.items():
        examples = response.get("content", {}).get("application/json", {}).get("examples", {})
        if int(status) >= 400:
            yield str(status), "、".join(examples)


def _fields(body: Mapping[str, Any] | None, shapes: Mapping[str, Any]) -> Iterator[Part]:
    """The fields of a body, as its schema names them."""
    content = (body or {}).get("content", {}).get("application/json", {}).get("schema", {})
    shape = _shape(content.get("items", content), shapes)
    needed = shape.get("required", ())
    for name, field in shape.get("properties", {}).items():
        yield Part(name, _kind(field), name in needed, str(field.get("description", "")))


def _shape(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = shapes.get(name, schema)
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    """A type in a few words: ``string``, ``datetime``, ``list of Task``, ``string or null``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(item) for item in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")
