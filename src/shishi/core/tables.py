"""Tables 台账: the schema under which rows are held. A table is data; nothing here knows a particular programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from shishi.core.criteria import Criterion
from shishi.core.evidence_plans import EvidencePlan
from shishi.core.statements import StatementPlan


class FieldType(StrEnum):
    """What a cell may hold. The names are the ones packs use."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    ENUMERATION = "enumeration"
    DIVISION = "division"
    CITIZEN_NUMBER = "citizen_number"
    CREDIT_CODE = "credit_code"
    REAL_ESTATE_UNIT = "real_estate_unit"
    PHONE = "phone"
    YES_NO = "yes_no"
    DAY_TIME = "day_time"
    POINT = "point"
    FILE = "file"
    CHOICES = "choices"
    IDENTITY_DOCUMENT = "identity_document"
    REFERENCE = "reference"


class Sensitivity(StrEnum):
    """``masked``: plain at rest, masked when shown (names). ``encrypted``: encrypted
    at rest, keyed digests beside it."""

    NONE = "none"
    MASKED = "masked"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in WGS 84: degrees of longitude and latitude, exact as given."""

    longitude: Decimal
    latitude: Decimal


Value = str | int | Decimal | date | datetime | bool | tuple[str, ...] | Point | None
"""What a typed cell is. Text-like types are ``str``; ``choices`` a tuple; ``reference`` the referred entry's UUID in
text; ``day_time`` an aware ``datetime``; an empty cell is ``None``."""

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an enumeration; order in ``Field.values`` is its rank."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class Field:
    """A column. ``scale`` is the number of decimals (money 2); ``minimum`` and ``maximum`` are inclusive. ``locked``:
    in a workbook that is handed out with its rows, those rows keep the cell as it was made. ``format``: what the text
    has to look like (``item_code``, ``basic_code``, ``phone``); a number of a public desk is no secret."""

    name: str
    title: str
    type: FieldType
    required: bool = False
    unit: str = ""
    scale: int = 0
    minimum: Decimal | date | None = None
    maximum: Decimal | date | None = None
    max_length: int = 500
    values: tuple[Choice, ...] = ()
    sensitivity: Sensitivity = Sensitivity.NONE
    references: str = ""
    synonyms: tuple[str, ...] = ()
    note: str = ""
    sample: str = ""
    locked: bool = False
    format: str = ""

    @property
    def sensitive(self) -> bool:
        """Whether showing the value needs a reason."""
        return self.sensitivity is not Sensitivity.NONE

    def rank(self, value: str) -> int:
        """Position of an enumeration value in its order; ``ValueError`` when unknown."""
        return [choice.value for choice in self.values].index(value)


class CheckKind(StrEnum):
    """An *error* refuses the file; a *query* 核实性 is accepted with a written explanation."""

    ERROR = "error"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over one row. Only a criterion that answers *not met* speaks; *not known* passes."""

    code: str
    kind: CheckKind
    criterion: Criterion
    message: str


@dataclass(frozen=True)
class Table:
    """A schema with its version. ``name`` is full: ``jurisdiction/year/programme/table``.

    ``groups`` are the assured groups of fields (a stage, a quantity): name → field names. ``approval``: what a
    workbook changes is written only after a second person has approved it. ``statements``: its rows are figures that
    divisions state for periods, and go up the levels. ``by_service``: only a service of the platform writes it, no
    workbook. ``evidence``: what proves its groups, at most one plan for each.
    """

    name: str
    title: str
    version: int
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    division_field: str
    checks: tuple[Check, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    continues: str = ""
    demonstration: bool = False
    approval: bool = False
    statements: StatementPlan | None = None
    by_service: bool = False
    evidence: tuple[EvidencePlan, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Field by its name."""
        return {item.name: item for item in self.fields}

    @cached_property
    def locked(self) -> frozenset[str]:
        """What a row that was handed out keeps: its key, its division (they decide which row it is, and whose), and
        what the pack locks."""
        return frozenset({*self.key, self.division_field, *(item.name for item in self.fields if item.locked)})

    def evidence_for(self, group: str) -> EvidencePlan | None:
        """What is asked to prove a group; ``None`` where nothing is."""
        return next((plan for plan in self.evidence if plan.group == group), None)

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.name.rsplit("/", 1)[-1]
