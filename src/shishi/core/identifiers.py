"""Numbers of people, organisations and property: what can be wrong with them, and how much of them is shown.

GB 11643-1999 (citizen number), GB 32100-2015 (credit code), GB/T 37346-2019 (real-estate unit). Only check digits and
calendars are tested: the place inside a number is that of its registration and may be gone by now, so it is no fault.
Every ``fault_of_…`` takes the text as people write it and answers an issue code, or ``None`` for a good one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from shishi.core.tables import FieldType

_CITIZEN = re.compile(r"[1-8]\d{16}[\dX]")
_EIGHTEEN = re.compile(r"[1-9]\d{16}[\dX]")
_CREDIT = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}")
_REAL_ESTATE = re.compile(r"\d{12}[GJZ][ABSXCDEFHGWY]\d{5}[FLQW]\d{8}")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d{1,2}")
_PHONE = re.compile(
    r"(\+?86-?)?1[3-9]\d{9}"  # mobile
    r"|(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,6})?"  # fixed line, extension
    r"|[48]00-?\d{3}-?\d{4}"  # 400, 800
    r"|1\d{4}|9\d{4,5}"  # service numbers such as 12345
)
_OTHER_DOCUMENT = re.compile(
    r"[HM]\d{8}(\d{2})?"  # 港澳居民来往内地通行证
    r"|\d{8}"  # 台湾居民来往大陆通行证
    r"|[A-Z]{3}\d{12}"  # 外国人永久居留身份证, before 2023-12
    r"|(?=.*\d)[A-Z0-9]{5,9}"  # passport
)
_MESSAGES = {
    "citizen_number_malformed": (
        "公民身份号码应为18位：前17位是数字，首位为1至8，末位是数字或X。请对照证件改正；"
        "持其他证件的，请填入“其他证件”类字段。"
    ),
    "citizen_number_check_digit": "公民身份号码校验位不符，通常是某一位录错。请对照证件逐位核对。",
    "citizen_number_birth_date": "公民身份号码第7至14位不是一个真实的、已经到来的出生日期。请对照证件改正。",
    "citizen_number_rounded_by_excel": (
        "公民身份号码被电子表格当作数值存储，末几位已变成0，原号码无法从表中恢复。"
        "请先把整列设为“文本”格式，再对照证件重新录入。"
    ),
    "credit_code_malformed": "统一社会信用代码应为18位数字和大写字母（不含I、O、S、V、Z），第3至8位为数字。请对照登记证照改正。",
    "credit_code_check_digit": "统一社会信用代码校验位不符，通常是某一位录错。请对照登记证照逐位核对。",
    "real_estate_unit_length": "不动产单元号应为28位（6位县级代码+6位地籍区和子区+7位宗地+9位定着物），空格不计。请对照不动产权证或不动产登记簿补全。",
    "real_estate_unit_malformed": (
        "不动产单元号的结构不符：第13、14位是宗地特征码（如GB），第20位是定着物特征码（F、L、Q或W），其余均为数字。"
        "请对照不动产权证或不动产登记簿改正。"
    ),
    "phone_malformed": "电话号码无法识别。请填11位手机号，或“区号-号码”形式的固定电话，例如0563-3023456。",
    "identity_document_malformed": (
        "证件号码不符合任何一种可用的证件：居民身份证或居住证18位，港澳居民来往内地通行证（H或M加8位数字），"
        "台湾居民来往大陆通行证8位数字，外国人永久居留身份证15位或18位，护照5至9位。请对照证件改正。"
    ),
    "identity_document_check_digit": "18位证件号码的校验位不符，通常是某一位录错。请对照证件逐位核对。",
}


def normalise_identifier(text: str) -> str:
    """Half width, upper case, without spaces, invisible marks and a leading apostrophe."""
    if text.isascii() and text.isalnum():
        return text.upper()
    plain = unicodedata.normalize("NFKC", text)
    kept = (sign for sign in plain if not sign.isspace() and unicodedata.category(sign) != "Cf")
    # Signs that stood apart may combine once a space between them is gone.
    return unicodedata.normalize("NFKC", "".join(kept).lstrip("'’").upper())


def fault_of_citizen_number(text: str, on: date) -> str | None:
    """公民身份号码; ``on`` is the day by which its holder must be born.

    A number that ends in 000 and fails its check digit was cut to 15 digits by a spreadsheet.
    """
    number = normalise_identifier(text)
    if _SCIENTIFIC.fullmatch(number):
        return "citizen_number_rounded_by_excel"
    if not _CITIZEN.fullmatch(number):
        return "citizen_number_malformed"
    if not mod_11_2.is_valid(number):
        return "citizen_number_rounded_by_excel" if number.endswith("000") else "citizen_number_check_digit"
    born = _birth_date(number)
    return "citizen_number_birth_date" if born is None or born > on else None


def fault_of_credit_code(text: str) -> str | None:
    """统一社会信用代码. Its place is the registering authority's at that time, never the organisation's of today."""
    code = normalise_identifier(text).replace("-", "")
    if not _CREDIT.fullmatch(code):
        return "credit_code_malformed"
    return None if uscc.calc_check_digit(code[:17]) == code[17] else "credit_code_check_digit"


def fault_of_real_estate_unit(text: str) -> str | None:
    """不动产单元号: 6 county, 3 + 3 cadastral, 2 + 5 parcel, 1 + 8 fixture."""
    code = normalise_identifier(text)
    if len(code) != 28:
        return "real_estate_unit_length"
    return None if _REAL_ESTATE.fullmatch(code) else "real_estate_unit_malformed"


def fault_of_phone(text: str) -> str | None:
    """Mobile, fixed line with or without area code and extension, 400, service numbers."""
    return None if _PHONE.fullmatch(normalise_identifier(text)) else "phone_malformed"


def fault_of_identity_document(text: str) -> str | None:
    """Any document that may name a person; only the 18-digit ones have a public check digit."""
    number = normalise_identifier(text)
    if not _EIGHTEEN.fullmatch(number):
        return None if _OTHER_DOCUMENT.fullmatch(number) else "identity_document_malformed"
    if not mod_11_2.is_valid(number):
        return "identity_document_check_digit"
    return None if _birth_date(number) else "identity_document_malformed"


def message_of(code: str) -> str:
    """What a clerk reads for an issue code of this module; ``KeyError`` for another."""
    return _MESSAGES[code]


def mask(kind: FieldType, text: str) -> str:
    """The form for lists and notices: ``341802********0012``, ``138****1234``,
    ``张*``, ``王*明``; a credit code is open."""
    match kind:
        case FieldType.CREDIT_CODE:
            return text
        case FieldType.PHONE:
            return _hide(text, 3, 4)
        case FieldType.CITIZEN_NUMBER:
            return _hide(text, 6, 4)
        case FieldType.REAL_ESTATE_UNIT:
            return _hide(text, 12, 0)
        case FieldType.IDENTITY_DOCUMENT:
            return _hide(text, 6, 4) if len(text) >= 15 else _hide(text, 1, 2)
        case _:
            return text[:1] + "*" * max(len(text) - 2, 1) + (text[-1:] if len(text) > 2 else "")


def _hide(text: str, before: int, after: int) -> str:
    hidden = len(text) - before - after
    if hidden < 1:
        return "*" * len(text)
    return text[:before] + "*" * hidden + text[len(text) - after :]


def _birth_date(number: str) -> date | None:
    try:
        return date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return None
