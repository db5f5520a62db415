"""Identifiers that pass every check and can belong to nobody.

A citizen number starts with 19, which has never been a province; a credit code names the place 999999,
which does not exist; a real-estate unit lies in the cadastral district 999 of its county, which no county
has; a telephone has the area code 000.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

NO_PLACE = "199999"
NO_AUTHORITY = "91999999"
NO_DISTRICT = "999"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def citizen_number(rng: Random, serial: int) -> str:
    """A citizen number (GB 11643-1999) whose place cannot exist; the holder is grown up in 2021."""
    born = date(1945, 1, 1) + timedelta(days=rng.randrange(365 * 55))
    body = f"{NO_PLACE}{born:%Y%m%d}{serial % 1000:03d}"
    return body + mod_11_2.calc_check_digit(body)


def credit_code(serial: int) -> str:
    """A credit code (GB 32100-2015) of a registering authority that cannot exist."""
    organisation = f"DEM{serial:05d}"
    total = sum(int(sign, 36) * weight for sign, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    check = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    body = NO_AUTHORITY + organisation + check
    return body + uscc.calc_check_digit(body)


def real_estate_unit(county: str, parcel: int, building: int, unit: int) -> str:
    """A real-estate unit number (GB/T 37346-2019) in a cadastral district that no county has."""
    return f"{county}{NO_DISTRICT}001GB{parcel:05d}F{building:04d}{unit:04d}"


def phone_number(serial: int) -> str:
    """A fixed line in the area 000, which no place has."""
    return f"000-2{serial % 1_000_000:06d}"
