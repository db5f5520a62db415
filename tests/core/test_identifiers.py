from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from shishi.core.identifiers import (
    fault_of_citizen_number,
    fault_of_credit_code,
    fault_of_identity_document,
    fault_of_phone,
    fault_of_real_estate_unit,
    mask,
    message_of,
    normalise_identifier,
)
from shishi.core.tables import FieldType

DAY = date(2021, 9, 30)
births = st.dates(date(1900, 1, 1), DAY)


def citizen(area: str, born: str, sequence: str) -> str:
    body = f"{area}{born}{sequence}"
    return body + mod_11_2.calc_check_digit(body)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 19491231 002X ",
        citizen("810000", "19900101", "001"),
        citizen("341822", "19900101", "123"),
    ],
)
def test_a_good_citizen_number_has_no_fault_even_of_an_abolished_or_unknown_place(number: str) -> None:
    assert fault_of_citizen_number(number, DAY) is None


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", "citizen_number_malformed"),
        ("110105491231002", "citizen_number_malformed"),
        ("1101051949123100X2", "citizen_number_malformed"),
        ("911010199001010011", "citizen_number_malformed"),
        ("110105194912310021", "citizen_number_check_digit"),
        (citizen("341802", "19900230", "001"), "citizen_number_birth_date"),
        (citizen("341802", "20211001", "001"), "citizen_number_birth_date"),
        ("341802199001011000", "citizen_number_rounded_by_excel"),
        ("3.41802199001011E+17", "citizen_number_rounded_by_excel"),
    ],
)
def test_a_bad_citizen_number_says_what_is_wrong(number: str, fault: str) -> None:
    assert fault_of_citizen_number(number, DAY) == fault
    assert message_of(fault)


@given(st.integers(100000, 899999), births, st.integers(1, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(area: int, born: date, sequence: int, place: int, off: int) -> None:
    number = citizen(str(area), born.strftime("%Y%m%d"), f"{sequence:03}")
    assert fault_of_citizen_number(number, DAY) is None
    wrong = number[:place] + str((int(number[place]) + off) % 10) + number[place + 1 :]
    assert fault_of_citizen_number(wrong, DAY) is not None


@pytest.mark.parametrize(
    "code", ["11341700003244967K", "11370100MB28696235", "12441500196720244T", "11341700003244967k"]
)
def test_public_credit_codes_pass_whatever_place_they_carry(code: str) -> None:
    assert fault_of_credit_code(code) is None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("11341700003244967", "credit_code_malformed"),
        ("1134170000324496IK", "credit_code_malformed"),
        ("11341700003244967A", "credit_code_check_digit"),
    ],
)
def test_a_bad_credit_code_says_what_is_wrong(code: str, fault: str) -> None:
    assert fault_of_credit_code(code) == fault


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9))
def test_every_credit_code_with_its_check_digit_passes(rest: str) -> None:
    body = f"91341802{rest}"
    assert fault_of_credit_code(body + uscc.calc_check_digit(body)) is None


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("341802001001GB00012F00010001", None),
        ("341802 001001 GB00012 F00010001", None),
        ("341802001001gb00012w00000000", None),
        ("341802001001GB00012", "real_estate_unit_length"),
        ("341802001001GB00012F0001000100001", "real_estate_unit_length"),
        ("341802001001QB00012F00010001", "real_estate_unit_malformed"),
        ("341802001001GB00012X00010001", "real_estate_unit_malformed"),
    ],
)
def test_a_real_estate_unit_has_28_signs(code: str, fault: str | None) -> None:
    assert fault_of_real_estate_unit(code) == fault


@pytest.mark.parametrize(
    "number",
    ["13805630012", "+86 138 0563 0012", "0563-3023456", "3023456", "400-812-3456", "12345", "0551-62999999-801"],
)
def test_telephones_of_every_kind_pass(number: str) -> None:
    assert fault_of_phone(number) is None


@pytest.mark.parametrize("number", ["", "1380563001", "12805630012", "138056300123", "无", "1.38056E+10"])
def test_what_is_no_telephone_is_named(number: str) -> None:
    assert fault_of_phone(number) == "phone_malformed"


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        citizen("911010", "19900101", "001"),
        citizen("830000", "19900101", "001"),
        "H12345678",
        "M1234567801",
        "12345678",
        "USA110105123456",
        "E12345678",
        "EA1234567",
    ],
)
def test_every_document_that_may_name_a_person_passes(number: str) -> None:
    assert fault_of_identity_document(number) is None


def test_an_18_digit_document_has_a_check_digit() -> None:
    assert fault_of_identity_document("110105194912310021") == "identity_document_check_digit"
    assert fault_of_identity_document("ABC") == "identity_document_malformed"
    assert fault_of_identity_document("护照") == "identity_document_malformed"


@given(st.text(max_size=40))
def test_any_text_gets_an_answer_and_every_fault_a_message(text: str) -> None:
    faults = [
        fault_of_citizen_number(text, DAY),
        fault_of_credit_code(text),
        fault_of_real_estate_unit(text),
        fault_of_phone(text),
        fault_of_identity_document(text),
    ]
    assert all(fault is None or message_of(fault) for fault in faults)
    assert normalise_identifier(normalise_identifier(text)) == normalise_identifier(text)


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (FieldType.CITIZEN_NUMBER, "11010519491231002X", "110105********002X"),
        (FieldType.PHONE, "13805630012", "138****0012"),
        (FieldType.TEXT, "张三", "张*"),
        (FieldType.TEXT, "王小明", "王*明"),
        (FieldType.TEXT, "张", "张*"),
        (FieldType.CREDIT_CODE, "11341700003244967K", "11341700003244967K"),
        (FieldType.REAL_ESTATE_UNIT, "341802001001GB00012F00010001", "341802001001" + "*" * 16),
        (FieldType.IDENTITY_DOCUMENT, "H12345678", "H******78"),
        (FieldType.PHONE, "12345", "*****"),
    ],
)
def test_a_masked_value_keeps_what_a_list_may_show(kind: FieldType, text: str, shown: str) -> None:
    assert mask(kind, text) == shown


@given(st.sampled_from([FieldType.CITIZEN_NUMBER, FieldType.IDENTITY_DOCUMENT, FieldType.PHONE]), st.text("0123456789"))
def test_a_masked_number_never_shows_itself_whole(kind: FieldType, text: str) -> None:
    assert text == "" or "*" in mask(kind, text)
