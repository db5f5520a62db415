"""Who applies, and how the same person is found again without anybody reading their number."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from shishi.apps.accounts.models import Person
from shishi.apps.cases.models import CaseRow
from shishi.apps.files.services import key_ring
from shishi.core.cells import half_width
from shishi.core.errors import Misuse
from shishi.core.identifiers import mask
from shishi.core.tables import FieldType

PHONE = "citizen.phone"
"""Digests of telephone numbers are comparable wherever this purpose is named."""
_NUMBERS = {"natural": FieldType.CITIZEN_NUMBER, "legal": FieldType.CREDIT_CODE}


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whose matter it is. ``person``: when they have signed in; ``kind``: ``natural`` or ``legal``; ``id_number``: of a
    person or of a firm."""

    name: str
    person: Person | None = None
    phone: str = ""
    id_number: str = ""
    kind: str = "natural"


def plain(number: str) -> str:
    """A number as it is compared: half width, without spaces, capital letters."""
    return half_width(number).replace(" ", "").upper()


def identity_digest(applicant: Applicant) -> str:
    """The digest by which somebody is found again: of their number, else of their account, else none."""
    if applicant.id_number:
        return key_ring().digest(plain(applicant.id_number), _NUMBERS[applicant.kind].value)
    return key_ring().digest(applicant.person.username, "citizen.account") if applicant.person else ""


def phone_digest(phone: str) -> str:
    """The digest of a telephone number, ``""`` of none."""
    return key_ring().digest(plain(phone), PHONE) if phone else ""


def sealed_contact(applicant: Applicant, case: str) -> dict[str, str]:
    """Telephone and number as they rest: encrypted, bound to their case, with what may be shown beside."""
    found: dict[str, str] = {}
    kinds = (("phone", applicant.phone, FieldType.PHONE), ("number", applicant.id_number, _NUMBERS[applicant.kind]))
    for name, text, kind in kinds:
        if text:
            sealed = key_ring().encrypt(plain(text).encode(), f"case:{case}:{name}")
            found[name] = base64.b64encode(sealed).decode()
            found[f"{name}_shown"] = mask(kind, plain(text))
    return found


def opened_contact(row: CaseRow, name: str) -> str:
    """The plain ``phone`` or ``number``; who asks has the right and leaves a trace."""
    sealed = row.contact.get(name)
    return key_ring().decrypt(base64.b64decode(sealed), f"case:{row.uuid}:{name}").decode() if sealed else ""


def require_applicant(applicant: Applicant) -> None:
    """``Misuse``: applicant_name_missing, applicant_kind_unknown."""
    if not applicant.name.strip():
        raise Misuse("applicant_name_missing", "还没有写申请人姓名或名称。")
    if applicant.kind not in _NUMBERS:
        raise Misuse("applicant_kind_unknown", "申请人类型写 natural（自然人）或 legal（法人和其他组织）。")
