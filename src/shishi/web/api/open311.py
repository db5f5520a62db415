"""Open311 GeoReport v2: complaints and suggestions about any programme, taken from and told to other systems.

The specification is that of wiki.open311.org/GeoReport_v2; what is ours in it:

- a *service* is a kind of matter about a programme (``xuancheng.2021.title_certificates.complaint``), its group the
  programme, its jurisdiction that of the pack;
- ``address_id`` is the code of a division (GB/T 2260); without one the matter goes to who promised;
- ``api_key`` is the token of a client. It is asked for reading, too: what people write is not for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from shishi.apps.machines.clients import Client
from shishi.core.errors import Misuse, ShishiError
from shishi.web.api.entrance import admitted
from shishi.web.api.interface import KEY, status_of
from shishi.web.api.open311_answers import Node, json_of, many, xml_of
from shishi.web.api.open311_matters import (
    Service,
    create,
    definition_of,
    request_of,
    requests_of,
    service_coded,
    services,
)

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-22T00:00:00Z"
"""When what this endpoint offers changed last."""
FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
Answering = Callable[..., tuple[int, Node]]


def _georeport(*methods: str, keyed: bool = True) -> Callable[[Answering], Callable[..., HttpResponse]]:
    """What every address has: its methods, its format, the client, errors as GeoReport tells them."""

    def around(view: Answering) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, form: str, **given: str) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Misuse("method", f"这个地址只接受 {'、'.join(methods)}。")
                client = _client(request) if keyed or request.method == "POST" else None
                status, node = view(request, client, **given)
            except ShishiError as wrong:
                status, node = _refused(wrong)
            body = xml_of(node) if form == "xml" else json_of(node)
            response = HttpResponse(body, status=status, content_type=FORMATS[form])
            if status == 405:
                response["Allow"] = ", ".join(methods)
            return response

        return answer

    return around


def _client(request: HttpRequest) -> Client:
    """By ``api_key``, in the form or in the address."""
    key = str(request.POST.get("api_key", "") or request.GET.get("api_key", ""))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return admitted(request, key or (token if scheme.lower() == "bearer" else ""))


def _refused(wrong: ShishiError) -> tuple[int, Node]:
    """GeoReport says 403 for a key that opens nothing, 404 for what is not there, 400
    for what is wrong with a request."""
    status = {401: 403, 409: 400, 422: 400}.get(status_of(wrong), status_of(wrong))
    status = 405 if wrong.code == "method" else status
    told = [item.message for item in wrong.issues] or [wrong.message]
    faults = [{"code": f"{status}", "description": text} for text in told]
    return status, many("errors", "error", faults)


@_georeport("GET", "HEAD", keyed=False)
def discovery(request: HttpRequest, client: Client | None) -> tuple[int, Node]:
    """Where the endpoint is, and in which formats it answers."""
    address = request.build_absolute_uri("/open311/v2")
    endpoint = {
        "specification": SPECIFICATION,
        "url": address,
        "changeset": CHANGED,
        "type": "production",
        "formats": many("formats", "format", ["text/xml", "application/json"]),
    }
    told = {
        "changeset": CHANGED,
        "contact": "请联系本系统的运行维护人员。",
        "key_service": "凭证由本系统的安全管理员发放（shishi client add）。",
        "endpoints": many("endpoints", "endpoint", [endpoint]),
    }
    return 200, Node("discovery", told)


@_georeport("GET", "HEAD", keyed=False)
def listed(request: HttpRequest, client: Client | None) -> tuple[int, Node]:
    """The services."""
    found = services(request.GET.get("jurisdiction_id", ""))
    return 200, many("services", "service", [_service(item) for item in found])


@_georeport("GET", "HEAD", keyed=False)
def defined(request: HttpRequest, client: Client | None, code: str) -> tuple[int, Node]:
    """What a service asks besides."""
    service = service_coded(code, request.GET.get("jurisdiction_id", ""))
    attributes = many("attributes", "attribute", definition_of(service))
    return 200, Node("service_definition", {"service_code": service.code, "attributes": attributes})


@_georeport("GET", "HEAD", "POST")
def matters(request: HttpRequest, client: Client) -> tuple[int, Node]:
    """``POST`` makes a request for service, ``GET`` lists them."""
    at = datetime.now(UTC)
    if request.method == "POST":
        made = create(request.POST, client, key=request.headers.get(KEY, ""), at=at)
        return 201, many("service_requests", "request", [made])
    return 200, many("service_requests", "request", requests_of(request.GET, client.person, at))


@_georeport("GET", "HEAD")
def matter(request: HttpRequest, client: Client, number: str) -> tuple[int, Node]:
    """One request for service."""
    return 200, many("service_requests", "request", [request_of(number, client.person, datetime.now(UTC))])


@_georeport("GET", "HEAD")
def token(request: HttpRequest, client: Client, token: str) -> tuple[int, Node]:
    """Requests get their number at once, so that a token is the number itself."""
    found = request_of(token, client.person, datetime.now(UTC))
    number = found["service_request_id"]
    return 200, many("service_requests", "request", [{"service_request_id": number, "token": number}])


def _service(service: Service) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": service.asks,
        "type": "realtime",
        "keywords": service.keywords,
        "group": service.group,
    }
