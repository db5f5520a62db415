"""Tables of a pack: from their files to core objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from shishi.core.criteria import ALWAYS, Criterion
from shishi.core.divisions import Level
from shishi.core.errors import Misuse, Refused, ShishiError
from shishi.core.evaluation import parse_criterion
from shishi.core.evidence_plans import EvidencePlan, Side, require_permitted
from shishi.core.statements import Gap, StatementPlan, acceptance
from shishi.core.tables import Check, Choice, Field, FieldType, Sensitivity, Table
from shishi.packs.faults import Faults, suggestion
from shishi.packs.reading import Read
from shishi.packs.references import criterion_faults
from shishi.packs.shapes import FieldShape, ProgrammeShape, TableShape
from shishi.packs.yaml_files import Path_, typed

ENUMERATED = frozenset({FieldType.ENUMERATION, FieldType.CHOICES})
NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})
DATED = frozenset({FieldType.DATE, FieldType.DAY_TIME})
ENCRYPTED = frozenset({FieldType.CITIZEN_NUMBER, FieldType.PHONE, FieldType.IDENTITY_DOCUMENT})
"""Encrypted at rest unless the pack says otherwise: safe is what one gets without asking."""


@dataclass(frozen=True)
class Place:
    """Where in a file we are, to say so when something is wrong."""

    read: Read[Any]
    faults: Faults

    def note(self, code: str, message: str, path: Path_) -> None:
        """Note a fault at this path of the file."""
        dotted = ".".join(str(part) for part in path)
        self.faults.add(code, message, self.read.name, self.read.file.line(path), dotted)

    def require(self, word: str, known: Iterable[str], what: str, path: Path_) -> bool:
        """Whether ``word`` is known; a fault if not."""
        names = list(known)
        if word not in names:
            self.note("pack_unknown_reference", f"没有{what}“{word}”。{suggestion(word, names)}", path)
        return word in names


class TableNames:
    """Turns a short table name into the full one, within one programme first, then within the pack."""

    def __init__(self, pack: str, tables: Mapping[tuple[str, str], Read[TableShape]]) -> None:
        self.pack = pack
        self.known = {f"{pack}/{programme}/{table}": read.shape for (programme, table), read in tables.items()}

    def full(self, programme: str, name: str) -> str:
        """The full name; ``Misuse`` (``table_unknown``) that lists the candidates."""
        candidates = (name, f"{self.pack}/{name}", f"{self.pack}/{programme}/{name}")
        for candidate in candidates:
            if candidate in self.known:
                return candidate
        prefix = f"{self.pack}/{programme}/"
        short = [item.removeprefix(prefix) for item in self.known if item.startswith(prefix)]
        raise Misuse("table_unknown", f"没有台账“{name}”。{suggestion(name, short)}")

    def referred(self, table: str, field: str) -> str:
        """The full name of the table that a field of ``table`` (full name) refers to;
        ``Misuse`` (``table_unknown``)."""
        shape = self.known.get(table)
        references = {name: item.references for name, item in shape.fields.items()} if shape else {}
        if not references.get(field):
            known = [name for name, other in references.items() if other]
            raise Misuse("table_unknown", f"“{field}”不是指向另一张台账的列。{suggestion(field, known)}")
        return self.full(table.split("/")[-2], references[field])


def build_table(
    key: tuple[str, str], read: Read[TableShape], programme: ProgrammeShape, names: TableNames, faults: Faults
) -> Table:
    """The table; faults of its own parts are noted (criteria against other tables come later)."""
    place = Place(read, faults)
    shape = read.shape
    full = f"{names.pack}/{key[0]}/{key[1]}"
    lists = {"reasons": programme.reasons, **programme.lists}
    fields = tuple(
        build_field(name, item, key[0], lists, names, place, ("fields", name)) for name, item in shape.fields.items()
    )
    for index, name in enumerate(shape.key):
        place.require(name, shape.fields, "列", ("key", index))
    if place.require(shape.division_field, shape.fields, "列", ("division_field",)) and (
        shape.fields[shape.division_field].type is not FieldType.DIVISION
    ):
        place.note("pack_wrong_type", f"“{shape.division_field}”应为 division 类型。", ("division_field",))
    for group, members in shape.groups.items():
        for index, name in enumerate(members):
            place.require(name, shape.fields, "列", ("groups", group, index))
    plan = _statements(shape, place)
    return Table(
        name=full,
        title=shape.title,
        version=shape.version,
        fields=fields,
        key=tuple(shape.key),
        division_field=shape.division_field,
        checks=tuple(_checks(full, shape, names, place)),
        groups={group: tuple(members) for group, members in shape.groups.items()} | _acceptances(shape, plan),
        continues=shape.continues,
        approval=shape.approval == "required",
        statements=plan,
        evidence=tuple(_evidence(full, shape, names, place)),
    )


def _checks(table: str, shape: TableShape, names: TableNames, place: Place) -> Iterator[Check]:
    for code, item in shape.checks.items():
        criterion = build_criterion(item.criterion, table, names, place, ("checks", code, "criterion"))
        yield Check(code, item.kind, criterion, item.message)


def _evidence(table: str, shape: TableShape, names: TableNames, place: Place) -> Iterator[EvidencePlan]:
    """What proves each group; photos that nobody may demand are a fault that names the rule."""
    for group, given in shape.evidence.items():
        path: Path_ = ("evidence", group)
        place.require(group, shape.groups, "组", path)
        if given.place and place.require(given.place, shape.fields, "列", (*path, "place")):
            kind = shape.fields[given.place].type
            if kind is not FieldType.POINT:
                place.note("pack_wrong_type", f"“{given.place}”应为 point 类型。", (*path, "place"))
        if not given.photos and not given.documents:
            place.note("pack_missing_key", "要写 photos 或 documents：到底要什么。", path)
        where = build_criterion(given.where, table, names, place, (*path, "where")) if given.where else ALWAYS
        plan = EvidencePlan(
            group=group,
            because=given.because,
            photos=tuple((side, given.photos[side]) for side in Side if side in given.photos),
            documents=given.documents,
            reason=given.reason,
            where=where,
            place=given.place,
            within=given.within,
            minutes=given.minutes,
            days=given.days,
        )
        try:
            require_permitted(plan)
        except Refused as unpermitted:
            place.note(unpermitted.code, unpermitted.message, (*path, "photos"))
        yield plan


def _statements(shape: TableShape, place: Place) -> StatementPlan | None:
    given = shape.statements
    if given is None:
        return None
    if given.by and (given.by not in shape.key or shape.fields[given.by].type is not FieldType.DATE):
        message = f"“{given.by}”要是主键里的日期列，写每期的最后一天。"
        place.note("pack_wrong_type", message, ("statements", "by"))
    elif set(shape.key) != {shape.division_field, given.by} - {""}:
        message = "按期填报的台账，主键只能是行政区划和 statements.by 的日期列：一个区划一期一行。"
        place.note("pack_wrong_type", message, ("key",))
    named = {"never_fall": given.never_fall, "gaps": [*given.gaps, *given.gaps.values()], "queried": given.queried}
    for part, names in named.items():
        for name in names:
            known = place.require(name, shape.fields, "列", ("statements", part))
            if known and shape.fields[name].type not in NUMBERS:
                place.note("pack_wrong_type", f"“{name}”不是数字列，不能与前一期相比。", ("statements", part))
    return StatementPlan(
        by=given.by,
        reviewed=given.review,
        accepted_by=tuple(Level[name.upper()] for name in given.accepted_by),
        only_accepted=given.above == "accepted",
        grace_hours=given.grace_hours,
        never_fall=tuple(given.never_fall),
        gaps=tuple(Gap(name, running) for name, running in given.gaps.items()),
        queried=tuple(given.queried),
    )


def _acceptances(shape: TableShape, plan: StatementPlan | None) -> dict[str, tuple[str, ...]]:
    """A group over all figures for each level that accepts: new figures drop its mark."""
    stated = tuple(name for name in shape.fields if name not in shape.key)
    return {acceptance(level): stated for level in plan.accepted_by} if plan else {}


def build_criterion(tree: object, table: str, names: TableNames, place: Place, path: Path_) -> Criterion:
    """The criterion over ``table`` (full name); one that cannot be read is noted and stands for
    *always* until the pack is refused."""
    programme = table.split("/")[-2]
    try:
        return parse_criterion(typed(tree), lambda name: names.full(programme, name), names.referred, table)
    except ShishiError as error:
        code = "pack_unknown_reference" if error.code == "table_unknown" else "pack_criterion"
        place.note(code, error.message, path)
        return ALWAYS


def check_table_criteria(table: Table, read: Read[TableShape], tables: Mapping[str, Table], faults: Faults) -> None:
    """Note every name in the table's checks that does not exist."""
    place = Place(read, faults)
    for check in table.checks:
        for message in criterion_faults(check.criterion, table, tables):
            place.note("pack_unknown_reference", message, ("checks", check.code, "criterion"))
    for plan in table.evidence:
        for message in criterion_faults(plan.where, table, tables):
            place.note("pack_unknown_reference", message, ("evidence", plan.group, "where"))


def build_field(
    name: str,
    shape: FieldShape,
    programme: str,
    lists: Mapping[str, Mapping[str, str]],
    names: TableNames,
    place: Place,
    path: Path_,
) -> Field:
    """A column of a table or a form. ``lists``: the choices that ``values_from`` may name."""
    if shape.values_from:
        place.require(shape.values_from, lists, "选项", (*path, "values_from"))
    values = lists.get(shape.values_from, {}) if shape.values_from else shape.values
    if (shape.type in ENUMERATED) != bool(values):
        message = "枚举（enumeration、choices）要用 values 写出可选的值，其他类型不能写。"
        place.note("pack_missing_key" if not values else "pack_wrong_type", message, (*path, "values"))
    default = Sensitivity.ENCRYPTED if shape.type in ENCRYPTED else Sensitivity.NONE
    return Field(
        name=name,
        title=shape.title,
        type=shape.type,
        required=shape.required,
        unit=shape.unit,
        scale=_scale(shape),
        minimum=_limit(shape.minimum, shape.type, place, (*path, "minimum")),
        maximum=_limit(shape.maximum, shape.type, place, (*path, "maximum")),
        max_length=shape.max_length,
        values=tuple(Choice(value, title) for value, title in values.items()),
        sensitivity=default if shape.sensitivity is None else shape.sensitivity,
        references=_referred(shape, programme, names, place, path),
        synonyms=tuple(shape.synonyms),
        note=shape.note,
        sample=shape.sample,
        locked=shape.locked,
        format=shape.format,
    )


def _referred(shape: FieldShape, programme: str, names: TableNames, place: Place, path: Path_) -> str:
    """The full name of the table that the column refers to, ``""`` when it refers to none."""
    if (shape.type is FieldType.REFERENCE) != bool(shape.references):
        place.note("pack_missing_key", "reference 类型要写 references（指向哪张台账），其他类型不能写。", path)
    elif shape.references:
        try:
            return names.full(programme, shape.references)
        except Misuse as error:
            place.note("pack_unknown_reference", error.message, (*path, "references"))
    return ""


def _scale(shape: FieldShape) -> int:
    if shape.scale is not None:
        return shape.scale
    return 2 if shape.type is FieldType.MONEY else 0


def _limit(text: str | None, kind: FieldType, place: Place, path: Path_) -> Decimal | date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if kind in DATED else Decimal(text)
    except (ValueError, InvalidOperation):
        place.note("pack_wrong_type", f"“{text}”应为{'日期（2021-09-30）' if kind in DATED else '数'}。", path)
        return None
