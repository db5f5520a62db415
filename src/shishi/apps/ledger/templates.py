"""Templates 模板: the workbook that a table is filled in with, empty or with the rows that are held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shishi.adapters.spreadsheets.template import write_template
from shishi.apps.accounts.models import Person
from shishi.apps.divisions.selectors import load_tree
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.ledger.handing_out import Wanted, hand_out_to_return
from shishi.core.divisions import Level, normalise


@dataclass(frozen=True, slots=True)
class Made:
    """The file that was written, and with how many rows."""

    path: Path
    rows: int


def make_template(wanted: Wanted, path: Path, *, prefill: bool, to: Person, at: datetime) -> Made:
    """Write the template of a table for a division (none: the programme's), with the rows that ``to`` may read when
    ``prefill``. ``Misuse`` (out_of_reach) where there is nothing that they may read."""
    programme, table, on, division = wanted.programme, wanted.table, wanted.as_of, wanted.division
    root = division or normalise(programme.division)
    level = Level.VILLAGE if division else programme.supervised_level
    tree = load_tree(within=root, down_to=level)
    units = tree.under(root, level, on) or tuple(unit for unit in (tree.find(root, on),) if unit)
    rows, handed = hand_out_to_return(wanted, to=to, at=at) if prefill else ([], None)
    write_template(
        table,
        path,
        divisions=[(unit.official_code, unit.name) for unit in units],
        rows=rows,
        demonstration=is_demonstration(),
        handed=handed,
    )
    return Made(path, len(rows))
