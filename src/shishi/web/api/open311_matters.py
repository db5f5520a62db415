"""Matters of people as GeoReport speaks of them, and the cases that they are here: the given process ``complaint``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from shishi.apps.accounts.selectors import Person
from shishi.apps.cases.facts import form_of, read_answers
from shishi.apps.cases.opening import open_case
from shishi.apps.cases.parties import Applicant
from shishi.apps.cases.seen import CaseLine, CaseQuery, access_cases, case_of, thread_of
from shishi.apps.cases.views import CaseView
from shishi.apps.divisions.selectors import find_division
from shishi.apps.machines.answering import Answer, answer_once
from shishi.apps.machines.clients import Client
from shishi.apps.programmes.selectors import packs
from shishi.core.calendars import day_of
from shishi.core.case_states import CaseState
from shishi.core.divisions import normalise, official
from shishi.core.errors import Misuse
from shishi.core.processes import Process
from shishi.core.programmes import Pack, Programme
from shishi.core.tables import Field, FieldType
from shishi.web.api.open311_answers import many

COMPLAINT = "complaint"
"""The short name of the given process."""
KIND, TITLE, TEXT, ADDRESS, POINT = "kind", "title", "text", "address", "point"
OWN = frozenset({KIND, TITLE, TEXT, ADDRESS, POINT})
"""Fields of its form that GeoReport has words for; the others are asked for as attributes."""
CLOSED = frozenset({CaseState.DECIDED, CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED})
GONE = frozenset({CaseState.REFUSED, CaseState.WITHDRAWN})
MOST, SPAN = 1000, 200
"""Requests in one answer at most, as the specification says; looked up so many at a time."""
LONGEST_TITLE = 60
LONGEST_TEXT = 4000
_TYPES = {FieldType.INTEGER: "number", FieldType.DECIMAL: "number", FieldType.MONEY: "number"}
_TYPES |= {FieldType.DATE: "datetime", FieldType.DAY_TIME: "datetime", FieldType.ENUMERATION: "singlevaluelist"}
_TYPES |= {FieldType.CHOICES: "multivaluelist", FieldType.YES_NO: "singlevaluelist"}
_YES_NO = (("是", "是"), ("否", "否"))


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of matter about a programme."""

    code: str
    name: str
    description: str
    group: str
    keywords: str
    kind: str
    asks: bool
    pack: Pack
    programme: Programme
    process: Process


def services(jurisdiction: str = "") -> tuple[Service, ...]:
    """All of them; ``Misuse`` (unknown_jurisdiction)."""
    found = [pack for pack in packs() if jurisdiction in ("", pack.jurisdiction)]
    if not found:
        raise Misuse("unknown_jurisdiction", f"没有辖区“{jurisdiction[:40]}”的清单（jurisdiction_id）。")
    return tuple(service for pack in found for service in _services(pack))


def _services(pack: Pack) -> Iterator[Service]:
    process = next((item for item in pack.processes if item.short == COMPLAINT), None)
    if process is None:
        return
    form = form_of(process, process.starts.form)
    asks = any(item.name not in OWN for item in form.fields)
    for programme in pack.programmes:
        for kind in form.by_name[KIND].values:
            yield Service(
                code=f"{programme.name.replace('/', '.')}.{kind.value}",
                name=f"{kind.title}：{programme.title}",
                description=f"对“{programme.title}”提出{kind.title}。{programme.promise}",
                group=programme.title,
                keywords=",".join((kind.title, programme.title, pack.title)),
                kind=kind.value,
                asks=asks,
                pack=pack,
                programme=programme,
                process=process,
            )


def service_coded(code: str, jurisdiction: str = "") -> Service:
    """One of them; ``Misuse`` (unknown_service)."""
    found = next((item for item in services(jurisdiction) if item.code == code), None)
    if found is None:
        raise Misuse("unknown_service", f"没有编码为“{code[:80]}”的服务（service_code）。请先取 services。")
    return found


def definition_of(service: Service) -> list[dict[str, Any]]:
    """What it asks besides, in the order of the form."""
    form = form_of(service.process, service.process.starts.form)
    asked = [item for item in form.fields if item.name not in OWN]
    return [_attribute(item, order) for order, item in enumerate(asked, start=1)]


def _attribute(item: Field, order: int) -> dict[str, Any]:
    pairs = _YES_NO if item.type is FieldType.YES_NO else tuple((one.value, one.title) for one in item.values)
    return {
        "variable": True,
        "code": item.name,
        "datatype": _TYPES.get(item.type, "text" if (item.max_length or 0) > 200 else "string"),
        "required": item.required,
        "datatype_description": item.note,
        "order": order,
        "description": item.title,
        "values": many("values", "value", [{"key": key, "name": name} for key, name in pairs]),
    }


def create(told: Mapping[str, str], client: Client, *, key: str, at: datetime) -> dict[str, object]:
    """Open the case of a request; with a ``key`` once. The answer as GeoReport gives it."""
    if not key:
        return _opened(told, client, at)
    # Not of the body as it came: a form of several parts is cut at other words each time it is sent.
    said = sorted((name, value) for name, value in told.items() if name != "api_key")
    asked = hashlib.sha256(f"POST /open311/v2/requests\n{json.dumps(said)}".encode()).hexdigest()

    def act() -> Answer:
        return Answer(201, json.dumps(_opened(told, client, at), ensure_ascii=False))

    found: dict[str, object] = json.loads(answer_once(client, key, asked, act, at).body)
    return found


def _opened(told: Mapping[str, str], client: Client, at: datetime) -> dict[str, object]:
    if not told.get("service_code"):
        raise Misuse("service_code_missing", "缺少 service_code。")
    service = service_coded(told["service_code"], told.get("jurisdiction_id", ""))
    form = form_of(service.process, service.process.starts.form)
    answers = read_answers(form, _answers(told, service), day_of(at))
    place = told.get("address_id", "").strip()
    row = open_case(
        service.process.name,
        answers=answers,
        applicant=Applicant(_name(told), phone=told.get("phone", "").strip()),
        division=find_division(place, day_of(at)).code if place else normalise(service.programme.division),
        programme=service.programme.name,
        title=_title(told),
        channel="api",
        by=client.person,
        at=at,
    )
    return {"service_request_id": row.number, "service_notice": "已收到，将按时限受理和答复。", "account_id": ""}


def _answers(told: Mapping[str, str], service: Service) -> dict[str, str]:
    """As a person would type them into the form. ``Misuse``: place_missing, description_missing, media_url_malformed,
    attribute_unknown."""
    text = told.get("description", "").strip()
    if not text or len(text) > LONGEST_TEXT:
        raise Misuse("description_missing", f"description 应为 1 到 {LONGEST_TEXT} 字的内容。")
    latitude, longitude = told.get("lat", "").strip(), told.get("long", "").strip()
    address = told.get("address_string", "").strip()
    if not (latitude and longitude) and not address and not told.get("address_id"):
        raise Misuse("place_missing", "请写明地点：lat 和 long，或 address_string，或 address_id（行政区划代码）。")
    media = told.get("media_url", "").strip()
    if media and (urlsplit(media).scheme not in ("http", "https") or len(media) > 500):
        raise Misuse("media_url_malformed", "media_url 应为 http 或 https 的网址。")
    found = {KIND: service.kind, TITLE: _title(told), TEXT: f"{text}\n附图：{media}" if media else text}
    if address:
        found[ADDRESS] = address
    if latitude and longitude:
        found[POINT] = f"{longitude},{latitude}"
    known = {item["code"]: item for item in definition_of(service)}
    for name, value in told.items():
        if name.startswith("attribute[") and value.strip():
            code = name.removeprefix("attribute[").removesuffix("]").removesuffix("][")
            if code not in known:
                raise Misuse("attribute_unknown", f"服务没有要求 {name[:60]}。请先取服务的定义。")
            found[code] = value.strip()[:10] if known[code]["datatype"] == "datetime" else value.strip()
    return found


def _title(told: Mapping[str, str]) -> str:
    """GeoReport has no title: the beginning of what was said."""
    first = told.get("description", "").strip().splitlines()
    return (first[0] if first else "")[:LONGEST_TITLE]


def _name(told: Mapping[str, str]) -> str:
    """Chinese names stand together, family name first."""
    last, first = told.get("last_name", "").strip(), told.get("first_name", "").strip()
    joined = f"{last}{first}" if not (last + first).isascii() else f"{first} {last}".strip()
    return joined or "（未署名）"


def request_of(number: str, person: Person, at: datetime) -> dict[str, Any]:
    """One request within reach. ``Misuse`` (unknown_case)."""
    seen = case_of(person, number, at)
    if seen.process.short != COMPLAINT:
        raise Misuse("unknown_case", f"没有编号为“{number[:40]}”的请求。")
    return _document(seen, person, at)


def requests_of(told: Mapping[str, str], person: Person, at: datetime) -> list[dict[str, Any]]:
    """The requests within reach that are asked for, the newest first. ``Misuse``: moment_malformed, status_unknown,
    unknown_service, unknown_case."""
    if numbers := _several(told, "service_request_id"):
        return [request_of(number, person, at) for number in numbers[:MOST]]
    codes = {service_coded(code).code for code in _several(told, "service_code")}
    states = set(_several(told, "status"))
    if not states <= {"open", "closed"}:
        raise Misuse("status_unknown", "status 只有 open 和 closed。")
    since, until = _moment(told, "start_date"), _moment(told, "end_date")
    found: list[dict[str, Any]] = []
    for line in _lines(person, at):
        if since and line.opened_at < since:
            break
        if (until and line.opened_at > until) or (states and _status(line.state) not in states):
            continue
        document = _document(case_of(person, line.uuid, at), person, at)
        if not codes or document["service_code"] in codes:
            found.append(document)
        if len(found) == MOST:
            break
    return found


def _lines(person: Person, at: datetime) -> Iterator[CaseLine]:
    page = 1
    while True:
        found = access_cases(person, at, CaseQuery(process=COMPLAINT, page=page, size=SPAN))
        yield from found.lines
        if not found.more:
            return
        page += 1


def _several(told: Mapping[str, str], name: str) -> Sequence[str]:
    return tuple(part.strip() for part in told.get(name, "").split(",") if part.strip())


def _moment(told: Mapping[str, str], name: str) -> datetime | None:
    text = told.get(name, "").strip().replace(" ", "+")  # a plus that was not escaped
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Misuse("moment_malformed", f"{name} 要写成带时区的时间，例如 2021-09-30T08:00:00+08:00。")
    return found


def _status(state: CaseState) -> str:
    return "closed" if state in CLOSED | GONE else "open"


def _document(seen: CaseView, person: Person, at: datetime) -> dict[str, Any]:
    """As GeoReport tells a request. What officials say among themselves is not told."""
    answers = {name: text for name, _, text in seen.answers}
    form = seen.process.starts.form
    kinds = {one.title: one.value for one in form_of(seen.process, form).by_name[KIND].values}
    kind = answers.get(f"{form}.{KIND}", "")
    steps = thread_of(person, seen.uuid, at)
    longitude, _, latitude = answers.get(f"{form}.{POINT}", "").replace(" ", "").partition(",")
    due = seen.clock.binding
    closed = _status(seen.state) == "closed"
    return {
        "service_request_id": seen.number,
        "status": _status(seen.state),
        "status_notes": answers.get("handling.reply", "") if closed else seen.state.label,
        "service_name": f"{kind}：{seen.programme}",
        "service_code": f"{seen.programme.replace('/', '.')}.{kinds.get(kind, kind)}",
        "description": answers.get(f"{form}.{TEXT}", ""),
        "agency_responsible": answers.get("assignment.body", ""),
        "service_notice": seen.left,
        "requested_datetime": seen.opened_at,
        "updated_datetime": max([seen.opened_at, *(step.at for step in steps)]),
        "expected_datetime": due.moment if due else None,
        "address": answers.get(f"{form}.{ADDRESS}", ""),
        "address_id": official(seen.division),
        "zipcode": "",
        "lat": latitude,
        "long": longitude,
        "media_url": "",
    }
