"""OpenRosa 1.0 against a server that runs: the exact codes that a collecting app goes by, and nothing lost or twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.e2e.conftest import served
from tests.machine import Machine
from tests.web.api.machine import BOUNDARY, HOMES, Phone, basic, filled, multipart, new_id

LIST = "{http://openrosa.org/xforms/xformsList}"
LITTLE = Path(__file__).parents[2] / "little_pack"
UNTIL = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - the server's own clock is asked, too
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Iterator[Machine]:
    """A demonstration store with the little pack and a clerk of one county."""
    machine = initialised.anew(tmp_path_factory.mktemp("openrosa") / "store", demonstration=True)
    machine.shishi("pack", "install", str(LITTLE))
    machine.shishi("user", "add", "clerk", "填报人")
    machine.shishi("post", "add", "clerk", "xuanzhou", "clerk", "--division", "341802")
    yield machine
    machine.remove()


@pytest.fixture(scope="module")
def server(store: Machine) -> Iterator[str]:
    """The site as an office starts it."""
    with served(store) as running:
        yield running.address


def device(store: Machine, by: str = "operator") -> dict[str, Any]:
    found: dict[str, Any] = store.shishi("device", "add", "一部手机", "--until", UNTIL, "--by", by)
    return found


@pytest.fixture(scope="module")
def made(store: Machine) -> dict[str, Any]:
    """A device that reaches the whole country."""
    return device(store)


@pytest.fixture(scope="module")
def clerks(store: Machine) -> dict[str, Any]:
    """A device that reaches one county."""
    return device(store, "clerk")


@pytest.fixture
def phone(server: str, made: dict[str, Any]) -> Phone:
    return Phone(f"{server}/openrosa/key/{made['token']}")


@pytest.fixture
def clerk(server: str, clerks: dict[str, Any]) -> Phone:
    return Phone(f"{server}/openrosa/key/{clerks['token']}")


def received(store: Machine, instance: str) -> dict[str, Any]:
    found = store.shishi("device", "received", "--limit", "1000")
    (one,) = [item for item in found if item["instance"] == instance]
    return dict(one)


def row_of(store: Machine, number: str) -> str:
    """A row as the ledger holds it."""
    document = store.shishi("ledger", "rows", "homes/homes", "--where", f"number={number}", "--as-of", "2021-09-30")
    (row,) = document["rows"]
    return str(row)


# -- asking for forms -----------------------------------------------------------------------------------------------


def test_the_list_names_each_form_with_all_that_a_device_asks(phone: Phone) -> None:
    answer = phone.ask("GET", "/formList")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    root = ElementTree.fromstring(answer.body)
    assert root.tag == f"{LIST}xforms"
    forms = {form.findtext(f"{LIST}formID"): form for form in root}
    told = {item.tag.removeprefix(LIST) for item in forms[HOMES]}
    assert told == {"formID", "name", "version", "hash", "descriptionText", "downloadUrl", "manifestUrl"}
    assert forms[HOMES].findtext(f"{LIST}name") == "房屋办证 · 房屋台账"


def test_the_list_can_be_asked_for_one_form(phone: Phone) -> None:
    root = ElementTree.fromstring(phone.ask("GET", f"/formList?formID={HOMES}").body)
    assert [form.findtext(f"{LIST}formID") for form in root] == [HOMES]


def test_tables_of_the_platform_itself_are_no_forms(phone: Phone) -> None:
    assert b"ratings" not in phone.ask("GET", "/formList").body


def test_a_form_is_what_the_list_says_by_its_checksum(phone: Phone) -> None:
    (form,) = ElementTree.fromstring(phone.ask("GET", f"/formList?formID={HOMES}").body)
    answer = phone.ask("GET", str(form.findtext(f"{LIST}downloadUrl")))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    checksum = hashlib.md5(answer.body, usedforsecurity=False).hexdigest()
    assert form.findtext(f"{LIST}hash") == f"md5:{checksum}"
    text = answer.body.decode()
    assert f'id="{HOMES}" version="{form.findtext(f"{LIST}version")}"' in text
    assert all(title in text for title in ("已列入", "已登记", "已发证", "宣州区"))


def test_a_form_asks_for_no_secret(phone: Phone) -> None:
    assert b"citizen" not in phone.ask("GET", f"/forms/{HOMES}.xml").body


def test_the_manifest_is_there_and_names_nothing(phone: Phone) -> None:
    answer = phone.ask("GET", f"/forms/{HOMES}/manifest")
    root = ElementTree.fromstring(answer.body)
    assert (answer.status, root.tag, len(root)) == (
        200,
        "{http://openrosa.org/xforms/xformsManifest}manifest",
        0,
    )


@pytest.mark.parametrize("path", ["/forms/nothing.xml", "/forms/nothing/manifest"])
def test_an_unknown_form_is_not_found(phone: Phone, path: str) -> None:
    assert phone.ask("GET", path).status == 404


def test_a_device_of_one_county_offers_that_county_alone(clerk: Phone) -> None:
    text = clerk.ask("GET", f"/forms/{HOMES}.xml").body.decode()
    assert "宣州区" in text
    assert "郎溪县" not in text


def test_the_list_takes_no_submission(phone: Phone) -> None:
    answer = phone.ask("POST", "/formList", b"")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


# -- who asks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), [("GET", "/formList"), ("HEAD", "/submission"), ("POST", "/submission")])
def test_a_wrong_key_is_forbidden(server: str, method: str, path: str) -> None:
    answer = Phone(f"{server}/openrosa/key/{'x' * 43}").ask(method, path)
    assert (answer.status, answer.headers["X-OpenRosa-Version"]) == (403, "1.0")
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("told", ["", "Basic !!!", "Basic bm9ib2R5Om5vdGhpbmc=", "Digest username=x", "Bearer x"])
def test_without_a_key_credentials_are_asked_for(server: str, told: str) -> None:
    answer = Phone(f"{server}/openrosa").ask("GET", "/formList", Authorization=told)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_basic_authentication_opens_with_name_and_token_alone(server: str, clerks: dict[str, Any]) -> None:
    phone = Phone(f"{server}/openrosa")
    assert phone.ask("GET", "/formList", Authorization=basic("clerk", clerks["token"])).status == 200
    assert phone.ask("GET", "/formList", Authorization=basic("operator", clerks["token"])).status == 401


def test_a_token_that_was_ended_opens_nothing(store: Machine, server: str) -> None:
    gone = device(store)
    phone = Phone(f"{server}/openrosa/key/{gone['token']}")
    assert phone.ask("GET", "/formList").status == 200
    store.shishi("device", "end", str(gone["id"]))
    answer = phone.ask("GET", "/formList")
    assert answer.status == 403
    assert "已停用" in answer.message


def test_a_token_over_plain_http_from_elsewhere_is_refused(phone: Phone) -> None:
    answer = phone.ask("GET", "/formList", Host="testserver.example")
    assert answer.status in (400, 403)


@pytest.mark.parametrize("version", ["", "2.0"])
def test_another_version_of_the_protocol_is_refused(phone: Phone, version: str) -> None:
    answer = phone.ask("GET", "/formList", X_OpenRosa_Version=version)
    assert answer.status == 400
    assert "X-OpenRosa-Version" in answer.message


# -- submitting -----------------------------------------------------------------------------------------------------


def test_head_says_where_and_how_much_with_204(phone: Phone) -> None:
    answer = phone.ask("HEAD", "/submission?deviceID=collect")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Location"] == f"{phone.base}/submission"
    assert int(answer.headers["X-OpenRosa-Accept-Content-Length"]) >= 10 * 2**20
    assert answer.headers["X-OpenRosa-Version"] == "1.0"


def test_a_submission_cannot_be_got(phone: Phone) -> None:
    assert phone.ask("GET", "/submission").status == 405


def test_a_form_becomes_a_row_with_201(store: Machine, phone: Phone) -> None:
    instance = new_id()
    answer = phone.send(filled(instance, number="A-1", stage="issued", issued_on="2021-09-01", area="88.50"))
    assert answer.status == 201, answer.body
    assert answer.message == "已收到并写入台账。"
    one = received(store, instance)
    assert (one["state"], one["table"]) == ("written", "somewhere/2021/homes/homes")
    assert "88.50" in row_of(store, "A-1")


def test_the_same_form_again_is_the_same_row(store: Machine, phone: Phone) -> None:
    instance = new_id()
    xml = filled(instance, number="A-2")
    first, again = phone.send(xml), phone.send(xml)
    assert (first.status, again.status) == (201, 201)
    assert received(store, instance)["batch"] is not None


def test_the_same_instance_with_other_content_is_a_conflict(store: Machine, phone: Phone) -> None:
    instance = new_id()
    assert phone.send(filled(instance, number="A-3")).status == 201
    answer = phone.send(filled(instance, number="A-3", stage="registered"))
    assert answer.status == 409
    assert received(store, instance)["state"] == "written"


def test_one_byte_more_is_other_content(phone: Phone) -> None:
    xml = filled(number="A-4")
    assert phone.send(xml).status == 201
    assert phone.send(xml + "\n").status == 409


def test_the_instance_of_somebody_else_is_a_conflict(phone: Phone, clerk: Phone) -> None:
    xml = filled(number="A-5")
    assert phone.send(xml).status == 201
    assert clerk.send(xml).status == 409


def test_a_big_form_comes_in_parts_each_with_the_form(store: Machine, phone: Phone) -> None:
    instance = new_id()
    xml = filled(instance, number="A-6")
    assert phone.send(xml, {"one.jpg": b"\xff\xd8\xff one"}).status == 201
    assert phone.send(xml, {"two.jpg": b"\xff\xd8\xff two"}).status == 201
    assert phone.send(xml, {"two.jpg": b"\xff\xd8\xff two"}).status == 201
    assert received(store, instance)["files"] == ["one.jpg", "two.jpg"]


def test_a_file_that_is_here_is_not_replaced(phone: Phone) -> None:
    xml = filled(number="A-7")
    assert phone.send(xml, {"one.jpg": b"\xff\xd8\xff one"}).status == 201
    assert phone.send(xml, {"one.jpg": b"\xff\xd8\xff other"}).status == 409


def test_names_of_files_may_be_of_any_script(store: Machine, phone: Phone) -> None:
    instance = new_id()
    assert phone.send(filled(instance, number="A-8"), {"现场 照片①.jpg": b"\xff\xd8\xff"}).status == 201
    assert received(store, instance)["files"] == ["现场 照片①.jpg"]


def test_a_path_in_a_file_name_leads_nowhere(store: Machine, phone: Phone) -> None:
    instance = new_id()
    assert phone.send(filled(instance, number="A-9"), {"../../keys/ring.json": b"x"}).status == 201
    assert received(store, instance)["files"] == ["ring.json"]


def test_a_form_with_faults_is_kept_with_202_and_says_why(store: Machine, phone: Phone) -> None:
    instance = new_id()
    answer = phone.send(filled(instance, number="B-1", stage="issued"))
    assert answer.status == 202
    assert "已发证的要填发证日期" in answer.message
    one = received(store, instance)
    assert (one["state"], [item["code"] for item in one["issues"]]) == ("refused", ["issued_undated"])
    assert phone.send(filled(instance, number="B-1", stage="issued")).status == 202


def test_a_query_is_answered_by_the_explanation_on_the_form(store: Machine, phone: Phone) -> None:
    unexplained, explained = new_id(), new_id()
    assert phone.send(filled(unexplained, number="B-2", area="900.00")).status == 202
    assert phone.send(filled(explained, number="B-3", area="900.00", shishi_explanation="独栋。")).status == 201
    assert received(store, unexplained)["state"] == "refused"


def test_what_lies_out_of_the_devices_reach_is_kept_and_not_written(store: Machine, clerk: Phone) -> None:
    answer = clerk.send(filled(number="B-4", county="341821"))
    assert answer.status == 202
    assert "不在这台设备所绑岗位的范围内" in answer.message


def test_an_empty_answer_says_nothing(store: Machine, phone: Phone) -> None:
    assert phone.send(filled(number="B-5", area="50.00")).status == 201
    assert phone.send(filled(number="B-5", area="", stage="registered")).status == 201
    assert "50.00" in row_of(store, "B-5")


# -- correcting -----------------------------------------------------------------------------------------------------


def test_a_correction_replaces_and_only_the_newest_is_corrected(store: Machine, phone: Phone) -> None:
    first, second, third = new_id(), new_id(), new_id()
    assert phone.send(filled(first, number="C-1", area="50.00")).status == 201
    assert phone.send(filled(second, replaces=first, number="C-1", area="51.00")).status == 201
    assert phone.send(filled(third, replaces=first, number="C-1", area="52.00")).status == 409
    assert phone.send(filled(third, replaces=second, number="C-1", area="52.00")).status == 201
    assert received(store, third)["replaces"] == second
    assert "52.00" in row_of(store, "C-1")


def test_a_correction_sent_again_is_the_same(phone: Phone) -> None:
    first = new_id()
    assert phone.send(filled(first, number="C-2")).status == 201
    correction = filled(replaces=first, number="C-2", stage="registered")
    assert [phone.send(correction).status for _ in range(2)] == [201, 201]


def test_a_correction_of_nothing_is_a_conflict(phone: Phone) -> None:
    assert phone.send(filled(replaces=new_id(), number="C-3")).status == 409


def test_a_correction_of_the_key_waits_for_a_person(store: Machine, phone: Phone) -> None:
    first, second = new_id(), new_id()
    assert phone.send(filled(first, number="C-4")).status == 201
    assert phone.send(filled(second, replaces=first, number="C-5")).status == 202
    assert [item["code"] for item in received(store, second)["issues"]] == ["edit_changes_key"]


def test_a_correction_clears_what_was_there(store: Machine, phone: Phone) -> None:
    first = new_id()
    assert phone.send(filled(first, number="C-6", area="60.00")).status == 201
    assert phone.send(filled(replaces=first, number="C-6", area="")).status == 201
    assert "60.00" not in row_of(store, "C-6")


# -- what is no submission ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "status"),
    [
        (None, 400),
        ("", 400),
        ("<data", 400),
        (b"\xff\xfe\x00broken", 400),
        ("<data><meta><instanceID>uuid:1</instanceID></meta></data>", 400),
        (f'<data id="{HOMES}"><number>1</number></data>', 400),
        (f'<data id="{HOMES}"><meta><instanceID>{"x" * 256}</instanceID></meta></data>', 400),
        (f'<data id="{HOMES}" encrypted="yes"><meta><instanceID>uuid:1</instanceID></meta></data>', 400),
        (filled(form="nothing.here"), 404),
        (filled().replace("<data", f"{BOMB}<data").replace("listed", "&b;"), 400),
        (filled().replace("<data", '<!DOCTYPE d SYSTEM "file:///etc/passwd"><data'), 400),
        (filled(owner="x" * 2**20), 413),
    ],
)
def test_what_is_no_form_is_refused_and_leaves_nothing(phone: Phone, xml: str | bytes | None, status: int) -> None:
    answer = phone.send(xml)
    assert answer.status == status, answer.body
    assert answer.message


def test_a_form_that_is_not_multipart_is_of_the_wrong_media_type(phone: Phone) -> None:
    assert phone.ask("POST", "/submission", filled().encode(), Content_Type="text/xml").status == 415


def test_too_much_at_once_is_refused_before_it_is_read(phone: Phone) -> None:
    content = f"multipart/form-data; boundary={BOUNDARY}"
    answer = phone.ask("POST", "/submission", b"", Content_Type=content, Content_Length=str(40 * 2**20))
    assert answer.status == 413


def test_a_length_must_be_told(phone: Phone) -> None:
    body, content = multipart(filled(), {}), f"multipart/form-data; boundary={BOUNDARY}"
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    answer = phone.ask("POST", "/submission", chunked, Content_Type=content, Transfer_Encoding="chunked")
    assert answer.status == 411


def test_a_torn_body_is_refused(phone: Phone) -> None:
    body, content = multipart(filled(number="D-1"), {"a.jpg": b"x" * 500}), f"multipart/form-data; boundary={BOUNDARY}"
    answer = phone.ask("POST", "/submission", body[:60], Content_Type=content)
    assert answer.status == 400


def test_how_long_filling_in_took_is_what_the_device_tells_and_never_more_than_that(
    store: Machine, phone: Phone
) -> None:
    begun = "2021-09-30T09:00:00.000+08:00"
    for at, minutes in enumerate((2, 3, 4, 5, 6)):
        clock = {"shishi_started": begun, "shishi_ended": f"2021-09-30T09:0{minutes}:00.000+08:00"}
        assert phone.send(filled(number=f"M-{at}", **clock)).status == 201
    for at, ended in enumerate(("2021-09-30T08:00:00.000+08:00", "2021-09-30T09:01:00", "now", "")):
        told = {"shishi_started": begun, "shishi_ended": ended}
        assert phone.send(filled(number=f"M-2{at}", **told)).status == 201
    found: dict[str, Any] = store.shishi("pack", "burden")
    homes = next(form for form in found["forms"] if form["table"].endswith("homes/homes"))
    assert homes["minutes_on_devices"] == "4.0"
    assert (homes["minutes"], homes["seconds_a_cell"], homes["workbook_minutes"]) == (None, None, None)


def test_the_trail_answers_for_all_of_it(store: Machine, phone: Phone) -> None:
    assert phone.send(filled(number="E-1"), {"one.jpg": b"\xff\xd8\xff"}).status == 201
    assert store.shishi("audit", "verify")["broken"] is None
