"""Tables as forms for collecting apps, filled forms as texts for the ledger, settings as a code."""

from __future__ import annotations

import base64
import json
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shishi.adapters.xforms.base import FilledForm, FormAsked
from shishi.adapters.xforms.collect import settings_picture, settings_text
from shishi.adapters.xforms.reading import cells_of, read_form
from shishi.adapters.xforms.writing import unfit, write_form
from shishi.core.errors import Misuse, Refused
from shishi.core.tables import Choice, Field, FieldType, Sensitivity, Table

CHOICES = (Choice("a", "甲"), Choice("b", "乙"))
FIELDS = (
    Field("key", "编号", FieldType.TEXT, required=True, max_length=30),
    Field("division", "县区", FieldType.DIVISION, required=True),
    Field("many", "套数", FieldType.INTEGER, minimum=Decimal(0), maximum=Decimal(99), unit="套"),
    Field("area", "面积", FieldType.DECIMAL, scale=2),
    Field("money", "金额", FieldType.MONEY),
    Field("day", "日期", FieldType.DATE, maximum=date(2021, 12, 31)),
    Field("kind", "类型", FieldType.ENUMERATION, values=CHOICES),
    Field("some", "内容", FieldType.CHOICES, values=CHOICES),
    Field("told", "可否", FieldType.YES_NO),
    Field("at", "时刻", FieldType.DAY_TIME),
    Field("place", "位置", FieldType.POINT),
    Field("photo", "照片", FieldType.FILE),
    Field("credit", "信用代码", FieldType.CREDIT_CODE),
    Field("phone", "电话", FieldType.PHONE, note="写“座机”或${手机}"),
    Field("secret", "身份证号", FieldType.CITIZEN_NUMBER, sensitivity=Sensitivity.ENCRYPTED),
)
TABLE = Table("somewhere/2021/things/things", "东西台账", 3, FIELDS, ("key",), "division")
XML = '<data id="f" version="1">{}<meta><instanceID>uuid:1</instanceID></meta></data>'
H = "{http://www.w3.org/1999/xhtml}"
X = "{http://www.w3.org/2002/xforms}"


def binds(asked: FormAsked) -> dict[str, dict[str, str]]:
    root = ElementTree.fromstring(write_form(asked).xml)
    return {item.get("nodeset", "").rpartition("/")[2]: dict(item.attrib) for item in root.iter(f"{X}bind")}


def test_every_type_of_field_is_asked_as_what_it_is() -> None:
    found = {name: bind.get("type") for name, bind in binds(FormAsked(TABLE, (("341802", "宣州区"),))).items()}
    assert found | {"instanceID": "", "instanceName": ""} == {
        "shishi_started": "dateTime",
        "shishi_ended": "dateTime",
        "shishi_as_of": "date",
        "key": "string",
        "division": "string",
        "many": "int",
        "area": "decimal",
        "money": "decimal",
        "day": "date",
        "kind": "string",
        "some": "string",
        "told": "string",
        "at": "dateTime",
        "place": "geopoint",
        "credit": "string",
        "phone": "string",
        "shishi_explanation": "string",
        "instanceID": "",
        "instanceName": "",
    }


def test_limits_are_said_on_the_phone_already() -> None:
    found = binds(FormAsked(TABLE))
    assert found["many"]["constraint"] == ". >= 0 and . <= 99"
    assert found["day"]["constraint"] == ". <= date('2021-12-31')"
    assert found["key"]["constraint"] == "string-length(.) <= 30"
    assert "regex" in found["division"]["constraint"]
    assert found["key"]["required"] == "true()"
    assert "required" not in found["area"]


def test_a_photo_is_asked_for_only_where_it_is_permitted() -> None:
    assert "photo" not in binds(FormAsked(TABLE))
    assert binds(FormAsked(TABLE, photos=frozenset({"photo"})))["photo"]["type"] == "binary"


def test_other_choices_are_another_version() -> None:
    one, other = (write_form(FormAsked(TABLE, divisions)) for divisions in ((("341802", "宣州区"),), ()))
    assert one.version.startswith("3-")
    assert one.version != other.version
    assert write_form(FormAsked(TABLE)).md5 == other.md5


def test_words_with_signs_of_the_form_language_stay_words() -> None:
    assert "写「座机」或$ {手机}" in write_form(FormAsked(TABLE)).xml.decode()


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (replace(TABLE, by_service=True), "由平台自己记录"),
        (replace(TABLE, fields=(*FIELDS[:-1], replace(FIELDS[-1], required=True))), "必填身份证号"),
        (replace(TABLE, key=("secret",)), "必填身份证号"),
    ],
)
def test_what_is_not_for_phones_says_why(table: Table, word: str) -> None:
    assert word in unfit(table)
    with pytest.raises(Refused, match="form_unfit"):
        write_form(FormAsked(table))


def test_answers_are_written_as_a_clerk_would() -> None:
    answers = {"place": "30.94 118.75 0 12.5", "some": "b a", "told": "yes", "area": "", "unknown": "x"}
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in answers.items())
    filled = read_form(XML.format(f"<group>{inner}</group>").encode())
    assert cells_of(TABLE, filled) == {"place": "118.75,30.94", "some": "b、a", "told": "yes", "area": ""}


def test_a_correction_names_what_it_corrects() -> None:
    meta = "<m:instanceID>uuid:2</m:instanceID><m:deprecatedID>uuid:1</m:deprecatedID>"
    space = 'xmlns:m="http://openrosa.org/xforms"'
    filled = read_form(f'<data id="f" version="1"><m:meta {space}>{meta}</m:meta></data>'.encode())
    assert (filled.instance, filled.replaces) == ("uuid:2", "uuid:1")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2021-09-30", date(2021, 9, 30)), ("2021-09-30T08:00", date(2021, 9, 30)), ("x", None), ("", None)],
)
def test_the_as_of_day_is_read_or_not(text: str, day: date | None) -> None:
    assert FilledForm("f", "1", "i", "", {"shishi_as_of": text}).as_of == day


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<a><b></a>", "xml_malformed"),
        ('<!DOCTYPE d [<!ENTITY e "x">]><data id="f"/>', "xml_forbidden"),
        ('<!DOCTYPE d SYSTEM "http://elsewhere/"><data id="f"/>', "xml_forbidden"),
        (XML.format("<g>" * 30 + "</g>" * 30), "xml_forbidden"),
        (XML.format("<n/>" * 2001), "xml_forbidden"),
        (XML.format("x" * 2**20), "form_too_large"),
        ('<data id="f"/>', "instance_missing"),
        ("<data/>", "form_unnamed"),
        ('<submission id="f"/>', "form_encrypted"),
    ],
)
def test_hostile_and_broken_forms_are_refused_with_a_code(xml: str, code: str) -> None:
    with pytest.raises(Misuse, match=code):
        read_form(xml.encode())


@given(some.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(Misuse):
        assert read_form(content).instance


def test_the_settings_are_what_the_app_unpacks() -> None:
    told = json.loads(zlib.decompress(base64.b64decode(settings_text("https://office.example/openrosa/key/t", "实事"))))
    assert told["general"]["server_url"] == "https://office.example/openrosa/key/t"
    assert told["project"] == {"name": "实事"}
    assert settings_picture("https://office.example/", "实事").startswith("data:image/png;base64,iVBOR")
