"""``ledger mappings`` and ``ledger import --map``: what a header of a clerk's sheet means, said once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from shishi.commands.context import Commands, Context, Outcome, command
from shishi.core.errors import Misuse


def configure_map(parser: argparse.ArgumentParser) -> None:
    """The option of ``import``."""
    parser.add_argument(
        "--map", action="append", default=[], metavar="表头=字段", help="指明某个表头是哪一栏（可重复），报送成功后记住"
    )


def configure_mappings(commands: Commands) -> None:
    """The command of its own."""
    listing = command(commands, "mappings", "记住的表头对应：查看、忘记", _mappings, writes=True)
    listing.add_argument("table")
    listing.add_argument("--forget", metavar="表头", help="忘记这个表头")


def pairs(words: Sequence[str]) -> dict[str, str]:
    """Header → field of ``--map``. ``Misuse`` (mapping_malformed)."""
    found = {header.strip(): field.strip() for header, _, field in (word.rpartition("=") for word in words)}
    if not all(found) or not all(found.values()):
        raise Misuse("mapping_malformed", "表头对应要写成 表头=字段，例如 --map 楼盘=项目名称。")
    return found


def _mappings(context: Context) -> Outcome:
    from shishi.apps.ledger.mappings import forget, mappings_of
    from shishi.apps.programmes.selectors import table_named

    _, table = table_named(context.arguments.table)
    if context.arguments.forget:
        gone = forget(table, context.arguments.forget, by=context.by, at=context.at)
        return Outcome(
            {"forgotten": gone.header, "field": gone.field}, [f"已忘记：“{gone.header}”不再当作{gone.field}。"]
        )
    found = mappings_of(context.by, table)
    listed = [
        {"header": item.header, "field": item.field, "recorded_at": item.recorded_at.isoformat()} for item in found
    ]
    lines = [f"“{item.header}”→ {table.by_name[item.field].title}（{item.field}）" for item in found]
    return Outcome(
        listed, lines or [f"“{table.title}”还没有记住的表头。报送时用 --map 表头=字段 指明，成功后就会记住。"]
    )
