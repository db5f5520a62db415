"""Header mappings 表头对应: what a person once said a header means, remembered for that person and table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from shishi.adapters.spreadsheets.headers import condensed
from shishi.apps.accounts.models import Person
from shishi.apps.audit.services import record
from shishi.apps.ledger.models import HeaderMapping
from shishi.core.errors import Misuse
from shishi.core.tables import Table


def named_fields(table: Table, said: Mapping[str, str]) -> dict[str, str]:
    """Header → field name, where people say the field by its name or title. ``Misuse`` (field_unknown) otherwise."""
    names = {item.title: item.name for item in table.fields} | {item.name: item.name for item in table.fields}
    for header, field in said.items():
        if field.strip() not in names or not condensed(header):
            titles = "、".join(item.title for item in table.fields)
            raise Misuse("field_unknown", f"“{table.title}”没有“{field}”这一栏，可指定的栏目：{titles}。")
    return {header: names[field.strip()] for header, field in said.items()}


def mappings_of(person: Person, table: Table) -> tuple[HeaderMapping, ...]:
    """What the person has said about headers of the table; fields that the table no longer has are left out."""
    names = [item.name for item in table.fields]
    found = HeaderMapping.objects.filter(person=person.username, table=table.name, field__in=names)
    return tuple(found.order_by("header"))


@transaction.atomic
def remember(table: Table, said: Mapping[str, str], *, by: Person, at: datetime) -> None:
    """Keep header → field for the next workbook of this person; what is known already changes nothing."""
    for header, field in said.items():
        mapping, _ = HeaderMapping.objects.get_or_create(
            person=by.username, table=table.name, spelling=_spelling(header), defaults={"recorded_at": at}
        )
        if mapping.field != field:
            mapping.header, mapping.field, mapping.recorded_at = header.strip()[:200], field, at
            mapping.save()
            _record("mapping_remembered", mapping, by, at)


@transaction.atomic
def forget(table: Table, header: str, *, by: Person, at: datetime) -> HeaderMapping:
    """Forget one header. ``Misuse`` (mapping_unknown) when none is remembered."""
    mapping = HeaderMapping.objects.filter(person=by.username, table=table.name, spelling=_spelling(header)).first()
    if mapping is None:
        raise Misuse("mapping_unknown", f"没有记住过“{header}”这个表头。不带 --forget 可查看记住了哪些。")
    _record("mapping_forgotten", mapping, by, at)
    mapping.delete()
    return mapping


def _spelling(header: str) -> str:
    return condensed(header)[:200]


def _record(action: str, mapping: HeaderMapping, by: Person, at: datetime) -> None:
    detail = {"table": mapping.table, "header": mapping.header, "field": mapping.field}
    record(at=at, person=by.username, action=action, subject=f"mapping:{mapping.pk}", detail=detail)
