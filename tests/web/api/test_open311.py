"""GeoReport v2: what the specification says stands in the answers, as XML and as JSON, and a request is a case here."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.test import Client

from shishi.apps.cases.completing import complete_task
from shishi.apps.cases.models import CaseRow, TaskRow
from tests.apps.case_town import HOMES, LANGXI, XUANZHOU
from tests.web.api.interface_town import InterfaceTown, Program

CODE = "somewhere.2021.homes.complaint"
FORM = {
    "service_code": CODE,
    "description": "楼道灯三个月没有修好。\n请来看看。",
    "lat": "30.9456",
    "long": "118.7587",
    "address_string": "双桥小区三幢",
    "address_id": XUANZHOU,
    "first_name": "五",
    "last_name": "王",
    "phone": "13800001234",
    "attribute[happened_on]": "2021-09-01T00:00:00+08:00",
}
TOLD = {
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
}
"""The fields of a request that the specification names."""


@pytest.fixture
def browser() -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def sent(browser: Client, program: Program, form: str = "json", **changed: str) -> Any:
    told = {**FORM, "api_key": program.made.token, **changed}
    return browser.post(f"/open311/v2/requests.{form}", told)


def texts(root: Element, path: str) -> list[str]:
    return [item.text or "" for item in root.iterfind(path)]


def test_the_endpoint_is_found_and_names_its_services_to_everybody(town: InterfaceTown, browser: Client) -> None:
    found = browser.get("/open311/v2/discovery.json").json()
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    answer = browser.get("/open311/v2/services.xml")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    root = fromstring(answer.content)
    assert root.tag == "services"
    assert CODE in texts(root, "service/service_code")
    assert set(texts(root, "service/type")) == {"realtime"}
    assert set(texts(root, "service/metadata")) == {"true"}
    assert {child.tag for child in root[0]} == {
        "service_code",
        "service_name",
        "description",
        "metadata",
        "type",
        "keywords",
        "group",
    }
    plain = browser.get("/open311/v2/services.json").json()
    assert [item["service_code"] for item in plain] == texts(root, "service/service_code")
    assert plain[0]["metadata"] is True
    assert browser.get("/open311/v2/services.json?jurisdiction_id=somewhere").json() == plain
    assert browser.get("/open311/v2/services.json?jurisdiction_id=nowhere").status_code == 404


def test_a_service_says_what_else_it_asks(town: InterfaceTown, browser: Client) -> None:
    root = fromstring(browser.get(f"/open311/v2/services/{CODE}.xml").content)
    assert (root.tag, root.findtext("service_code")) == ("service_definition", CODE)
    (attribute,) = root.iterfind("attributes/attribute")
    assert attribute.findtext("code") == "happened_on"
    assert attribute.findtext("datatype") == "datetime"
    assert (attribute.findtext("variable"), attribute.findtext("required")) == ("true", "false")
    missing = browser.get("/open311/v2/services/nothing.json")
    assert missing.status_code == 404
    assert missing.json()[0]["code"] == "404"


def test_a_request_becomes_a_case_of_the_process_for_complaints(
    town: InterfaceTown, program: Program, browser: Client
) -> None:
    answer = sent(browser, program, "xml")
    assert answer.status_code == 201, answer.content.decode()
    root = fromstring(answer.content)
    (number,) = texts(root, "request/service_request_id")
    assert {child.tag for child in root[0]} == {"service_request_id", "service_notice", "account_id"}
    case = CaseRow.objects.get(number=number)
    assert (case.programme, case.division, case.channel) == (HOMES, XUANZHOU, "api")
    assert (case.applicant_name, case.title) == ("王五", "楼道灯三个月没有修好。")
    assert "13800001234" not in str(case.contact)
    (found,) = browser.get(f"/open311/v2/requests/{number}.json?api_key={program.made.token}").json()
    assert set(found) == TOLD
    assert (found["status"], found["service_code"]) == ("open", CODE)
    assert (found["lat"], found["long"]) == ("30.9456", "118.7587")
    assert found["address"] == "双桥小区三幢"
    assert found["description"] == FORM["description"]
    assert found["requested_datetime"].endswith("+00:00")
    token = browser.get(f"/open311/v2/tokens/{number}.json?api_key={program.made.token}").json()
    assert token == [{"service_request_id": number, "token": number}]


def test_the_same_key_sends_a_request_once(town: InterfaceTown, program: Program, browser: Client) -> None:
    told = {**FORM, "api_key": program.made.token}
    headers = {"idempotency-key": "open311-0001"}
    first, again = (browser.post("/open311/v2/requests.json", told, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert CaseRow.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"service_code": ""}, 400),
        ({"service_code": "nothing"}, 404),
        ({"description": ""}, 400),
        ({"lat": "", "long": "", "address_string": "", "address_id": ""}, 400),
        ({"lat": "95", "long": "118"}, 400),
        ({"attribute[colour]": "red"}, 400),
        ({"media_url": "javascript:alert(1)"}, 400),
        ({"jurisdiction_id": "nowhere"}, 404),
        ({"address_id": LANGXI}, 403),
        ({"api_key": "shishi_nothing"}, 403),
        ({"api_key": ""}, 403),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_specification_and_opens_nothing(
    town: InterfaceTown, program: Program, browser: Client, changed: dict[str, str], status: int
) -> None:
    answer = sent(browser, program, **changed)
    assert answer.status_code == status, answer.content.decode()
    assert set(answer.json()[0]) == {"code", "description"}
    assert answer.json()[0]["code"] == str(status)
    root = fromstring(sent(browser, program, "xml", **changed).content)
    assert (root.tag, root[0].tag) == ("errors", "error")
    assert not CaseRow.objects.exists()


def test_requests_are_listed_by_service_status_and_time_and_only_within_reach(
    town: InterfaceTown, program: Program, browser: Client
) -> None:
    first = sent(browser, program).json()[0]["service_request_id"]
    second = sent(browser, program, service_code="somewhere.2021.homes.suggestion").json()[0]["service_request_id"]
    task = TaskRow.objects.get(case__number=first, state="open")
    refusal = {"text": "不属于本单位", "basis": "不属于本单位职责", "remedy": "可以向市热线反映"}
    complete_task(task.pk, "refuse", by=program.made.client.person, at=town.tick(days=2000), **refusal)

    def asked(more: str) -> list[str]:
        found = browser.get(f"/open311/v2/requests.json?api_key={program.made.token}&{more}")
        assert found.status_code == 200, found.content.decode()
        return [item["service_request_id"] for item in found.json()]

    assert asked("") == [second, first]
    assert asked("status=open") == [second]
    assert asked("status=closed") == [first]
    assert asked(f"service_code={CODE}") == [first]
    assert asked(f"service_request_id={first},{second}") == [first, second]
    assert asked("start_date=2099-01-01T00:00:00Z") == []
    assert asked("end_date=2020-01-01T00:00:00Z") == []
    wrong = browser.get(f"/open311/v2/requests.json?api_key={program.made.token}&status=unknown")
    assert wrong.status_code == 400
    assert browser.get("/open311/v2/requests.json").status_code == 403
    far = Program(town.program("far_away", LANGXI))
    assert browser.get(f"/open311/v2/requests.json?api_key={far.made.token}").json() == []
    assert browser.get(f"/open311/v2/requests/{first}.json?api_key={far.made.token}").status_code == 404
