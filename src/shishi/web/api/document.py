"""The document of the interface (OpenAPI 3.1), completed: examples of everything, what each refusal looks like, the
headers, and what webhooks are called with."""

from __future__ import annotations

from typing import Any

from shishi.core.case_states import CaseAction
from shishi.web.api.examples import EVENT, EXAMPLES, TROUBLES

_TEXT = {"schema": {"type": "string"}}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": _TEXT},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "再试之前等多少秒。"}},
}
_ETAG = {"ETag": {**_TEXT, "description": "下次带 If-None-Match，没有变就是 304。"}}
_AGAIN = {"Idempotency-Replayed": {**_TEXT, "description": "true：同一个键已经办过，这是当时的答复。"}}
_JSON = "application/json"
_RATINGS = (
    "case.rating_given 评价；case.rating_verified 差评已核实；case.rating_corrected 差评已整改；case.rating_told 已回访；"
    "case.rating_again 对差评处理的评价"
)
_HEARD = "；".join(f"case.{action.value} {action.label}" for action in CaseAction if action is not CaseAction.RATE)


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with all that its shapes alone do not say."""
    for name, shape in document["components"]["schemas"].items():
        if name in EXAMPLES:
            shape["examples"] = [EXAMPLES[name]]
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    document["webhooks"] = _webhooks()
    return document


def _complete(method: str, operation: dict[str, Any]) -> None:
    keyed = any(item["name"] == "Idempotency-Key" for item in operation.get("parameters", ()))
    responses: dict[Any, Any] = operation["responses"]
    if "requestBody" not in operation:
        for status in (413, 415):
            responses.pop(status, None)
    for status, response in responses.items():
        number = int(status)
        headers = _HEADERS.get(number, {}) if number >= 400 else _ETAG if method == "get" else _AGAIN if keyed else {}
        if headers:
            response["headers"] = headers
        if number in TROUBLES:
            response["content"][_JSON]["examples"] = {
                code: {"value": {"code": code, "message": message, "issues": []}} for code, message in TROUBLES[number]
            }
    if method == "get":
        responses[304] = {"description": "没有变。"}
        responses.pop(409, None)


def _webhooks() -> dict[str, Any]:
    shape = {
        "type": "object",
        "required": list(EVENT),
        "properties": {
            "id": {"type": "string"},
            "type": {"type": "string", "description": f"{_HEARD}；{_RATINGS}；ledger.accepted 事项目录有变化"},
            "at": {"type": "string", "format": "date-time"},
            "subject": {"type": "string"},
            "data": {"type": "object"},
        },
        "examples": [dict(EVENT)],
    }
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    told = {
        "operationId": "told",
        "summary": "推送",
        "tags": ["回调"],
        "description": "签名照 Standard Webhooks：HMAC-SHA256。同一个 webhook-id 来两次是同一件事。",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in names
        ],
        "requestBody": {"required": True, "content": {_JSON: {"schema": shape}}},
        "responses": {"2XX": {"description": "收到。别的答复和十秒不答，都会再推。"}},
    }
    return {"event": {"post": told}}
