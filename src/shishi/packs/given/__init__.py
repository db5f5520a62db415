"""What the platform gives to every programme of a pack: the table of its work record 工作纪实."""

from __future__ import annotations

from pathlib import Path

from shishi.core.work_record import WORK_RECORD
from shishi.packs.faults import Faults
from shishi.packs.reading import Folder, Read
from shishi.packs.shapes import ProgrammeShape, TableShape
from shishi.packs.table_building import Place
from shishi.packs.yaml_files import read_yaml

FILE = Path(__file__).with_name(f"{WORK_RECORD}.yaml")


def give_work_records(folder: Folder, faults: Faults) -> None:
    """Add the table to every programme that does not do without it, with the columns that the programme adds. A table
    file or a column of the same name is a fault (``pack_duplicate_code``)."""
    given = _given(faults)
    for code, read in folder.programmes.items():
        wanted = read.shape.work_record
        if wanted.kept and not _taken(folder, code, read, given, faults):
            shape = given.shape.model_copy(update={"fields": {**given.shape.fields, **wanted.fields}})
            folder.tables[code, WORK_RECORD] = Read(given.file, shape)


def _given(faults: Faults) -> Read[TableShape]:
    read = read_yaml(FILE, FILE.name, faults)
    assert read is not None  # noqa: S101 - the platform's own file; the tests load it
    return Read(read, TableShape.model_validate(read.tree))


def _taken(folder: Folder, code: str, programme: Read[ProgrammeShape], given: Read[TableShape], faults: Faults) -> bool:
    own = folder.tables.get((code, WORK_RECORD))
    if own is not None:
        message = "工作纪实由平台给出，不用自己写；要添列，请在项目文件里写 work_record: {fields: …}。"
        Place(own, faults).note("pack_duplicate_code", message, ())
    twice = [name for name in programme.shape.work_record.fields if name in given.shape.fields]
    for name in twice:
        message = f"工作纪实已有“{name}”这一列，请换一个名称。"
        Place(programme, faults).note("pack_duplicate_code", message, ("work_record", "fields", name))
    return own is not None or bool(twice)
