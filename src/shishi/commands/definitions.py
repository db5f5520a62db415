"""``programme list`` and ``table show | schema``: what is defined."""

from __future__ import annotations

import argparse
from datetime import date
from decimal import Decimal

from shishi.commands.context import Context, Outcome, command
from shishi.core.tables import Field, Table


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of both verbs."""
    commands = parser.add_subparsers(required=True, metavar="操作")
    if verb == "programme":
        command(commands, "list", "列出重点项目及其台账、指标", _programmes)
        return
    command(commands, "show", "台账的字段、主键、核查", _table).add_argument("table")
    command(commands, "schema", "台账一行的 JSON Schema", _schema).add_argument("table")


def _programmes(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programmes

    listed = [
        {
            "pack": pack.name,
            "code": item.code,
            "title": item.title,
            "tables": [table.name for table in item.tables],
            "indicators": [{"code": i.code, "title": i.title, "unit": i.unit} for i in item.indicators],
        }
        for pack, item in programmes()
    ]
    lines = [f"{item['pack']}/{item['code']}　{item['title']}" for item in listed]
    return Outcome(listed, lines or ["还没有安装清单。先运行 shishi pack install packs/…"])


def _bound(value: Decimal | date | None) -> str | None:
    return None if value is None else str(value)


def _field(item: Field) -> dict[str, object]:
    return {
        "name": item.name,
        "title": item.title,
        "type": item.type.value,
        "required": item.required,
        "values": [{"value": choice.value, "title": choice.title} for choice in item.values],
        "minimum": _bound(item.minimum),
        "maximum": _bound(item.maximum),
        "sensitive": item.sensitive,
        "unit": item.unit,
        "scale": item.scale,
        "references": item.references or None,
    }


def _table(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import table_named
    from shishi.core.criterion_forms import criterion_document, describe

    _, table = table_named(context.arguments.table)
    document = {
        "table": table.name,
        "title": table.title,
        "version": table.version,
        "key": list(table.key),
        "division_field": table.division_field,
        "fields": [_field(item) for item in table.fields],
        "checks": [
            {
                "code": check.code,
                "kind": check.kind.value,
                "message": check.message,
                "criterion": criterion_document(check.criterion),
                "told": describe(check.criterion, table),
            }
            for check in table.checks
        ],
    }
    return Outcome(document, _table_lines(table))


def _table_lines(table: Table) -> list[str]:
    lines = [f"{table.name}　{table.title}（第 {table.version} 版）"]
    for item in table.fields:
        marks = "＊" if item.required or item.name in table.key else "　"
        lines.append(f" {marks}{item.title}　{item.name}　{item.type.value}　{item.unit}")
    return lines


def _schema(context: Context) -> Outcome:
    import json

    from shishi.apps.programmes.selectors import table_named
    from shishi.core.table_schema import json_schema

    schema = json_schema(table_named(context.arguments.table)[1])
    return Outcome(schema, json.dumps(schema, ensure_ascii=False, indent=1).splitlines())
