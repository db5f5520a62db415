"""``bench import``: ours, a bare read, and what people import workbooks with today, each in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from shishi.commands.benches.alone import Told
from shishi.commands.benches.import_files import (
    AS_OF,
    BUILDINGS,
    BUILDINGS_HELD,
    HOMES,
    PACK,
    PROJECTS,
    PROJECTS_HELD,
    homes,
    parents,
    write_workbook,
)
from shishi.core.tables import FieldType, Table

_LOOK_EACH = 0.05
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


def prepare(data: str, first: str, rows: int) -> Told:
    """A store of its own in the folder ``data``: the tables, as many parents as ``rows`` homes refer to, and the
    workbook ``first``. The seconds are those of ``first``."""
    folder = Path(data)
    _shishi(folder, "init")
    _install(folder)
    for table, mark, many in ((PROJECTS, "XM", PROJECTS_HELD), (BUILDINGS, "LD", BUILDINGS_HELD)):
        many = min(many, rows)
        path = folder / f"{table.short}.xlsx"
        write_workbook(path, table, parents(many, mark), many)
        _import(folder, table, path)
    return _import(folder, HOMES, Path(first))


def ours(data: str, file: str) -> Told:
    """The command as a person gives it, start-up and all; the memory is that of all its processes together."""
    return _import(Path(data), HOMES, Path(file))


def _import(folder: Path, table: Table, file: Path) -> Told:
    begun = time.perf_counter()
    told, peak = _shishi(folder, "ledger", "import", table.name, str(file), "--as-of", AS_OF.isoformat())
    seconds = time.perf_counter() - begun
    answer = {name: told[name] for name in ("status", "rows", "posted", "revised", "withdrawn")}
    return Told(seconds, told["rows"], answer, remote=True, peak_mib=peak)


def _install(folder: Path) -> None:
    """In a process of its own: Django can be set up once only."""
    code = "from shishi.commands.benches.import_peers import install; install()"
    subprocess.run([sys.executable, "-c", code], env=_environment(folder), check=True, capture_output=True)


def install() -> None:
    """Install the tables in the store that the environment names."""
    from dataclasses import replace
    from datetime import UTC, datetime

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    from shishi.apps.accounts.selectors import person_named
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes.services import install_pack
    from shishi.packs.canonical import pack_version

    pack = replace(PACK, version=pack_version(PACK))
    operator, now = person_named("operator"), datetime.now(UTC)
    install_pack(pack, effective_on=None, holds_rows=holds_rows, by=operator, at=now)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"SHISHI_DATA": str(folder)}


def _shishi(folder: Path, *words: str) -> tuple[Any, int]:
    """What the command said, and the most MiB that it and its children held at once."""
    command = [sys.executable, "-m", "shishi.commands.main", *words, "--json"]
    with subprocess.Popen(
        command, env=_environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        peaks = [0.0]
        watching = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
        watching.start()
        out, errors = process.communicate()
        watching.join()
    if process.returncode:
        raise RuntimeError(f"{errors}{out[:2000]}")
    return json.loads(out), round(peaks[0])


def _watch(process: subprocess.Popen[str], peaks: list[float]) -> None:
    while process.poll() is None:
        peaks[0] = max(peaks[0], sum(_held(pid) for pid in _family(process.pid)))
        time.sleep(_LOOK_EACH)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _held(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_MIB
    except (OSError, IndexError):
        return 0.0


def bare_read(file: str) -> Told:
    """Every cell of the workbook as a Python object, and nothing done with it."""
    begun = time.perf_counter()
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    return Told(time.perf_counter() - begun, len(rows) - 1)


def pandas_script(file: str, data: str) -> Told:
    """What a script does: read with openpyxl, name the columns, join the two parents, write a table. No checks, no
    history, no comparison, no trail."""
    begun = time.perf_counter()
    import pandas

    frame = pandas.read_excel(file, engine="openpyxl", dtype={"县市区": str, "联系电话": str})
    frame = frame.rename(columns={item.title: item.name for item in HOMES.fields})
    with sqlite3.connect(Path(data) / "pandas.sqlite3") as store:
        for table, mark, many in (("project", "XM", PROJECTS_HELD), ("building", "LD", BUILDINGS_HELD)):
            held = pandas.DataFrame({table: [row[0] for row in parents(many, mark)], f"{table}_id": range(many)})
            frame = frame.merge(held, on=table, how="left")
        frame.to_sql("homes", store, if_exists="replace", index=False, chunksize=10_000)
    store.close()
    return Told(time.perf_counter() - begun, len(frame))


def django_import_export(file: str, data: str, rows: int) -> Told:
    """Its resource over a model with two foreign keys, on a sample of ``rows`` rows of which one in ten changed: as
    many are held before. No history and no trail."""
    django_setup(Path(data) / "sample.sqlite3")
    from import_export.formats.base_formats import XLSX

    resource = _resource(rows)
    begun = time.perf_counter()
    dataset = XLSX().create_dataset(Path(file).read_bytes())
    dataset.headers = [item.name for item in HOMES.fields]
    result = resource.import_data(dataset, raise_errors=True, use_transactions=True)
    return Told(time.perf_counter() - begun, rows, {"revised": result.totals["update"]})


def django_setup(store: Path) -> None:
    """A Django of its own, with one store."""
    import django
    from django.conf import settings

    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(store)}
    settings.configure(INSTALLED_APPS=["import_export"], DATABASES={"default": engine}, USE_TZ=True)
    django.setup()


def _resource(rows: int) -> Any:
    """The models, their rows, and the resource that imports them."""
    from django.db import connection, models
    from import_export import fields, resources
    from import_export.widgets import ForeignKeyWidget

    meta = type("Meta", (), {"app_label": "import_export"})
    named: dict[str, Any] = {"code": models.CharField(max_length=20, unique=True), "name": models.TextField()}
    parent: dict[str, Any] = {
        name: type(name, (models.Model,), {**named, "__module__": __name__, "Meta": meta})
        for name in ("Project", "Building")
    }
    columns: dict[str, Any] = {"__module__": __name__, "Meta": meta}
    for item in HOMES.fields:
        if item.type is FieldType.REFERENCE:
            columns[item.name] = models.ForeignKey(parent[item.name.capitalize()], models.PROTECT, null=True)
        else:
            columns[item.name] = _model_field(models, item.type)
    columns["number"] = models.CharField(max_length=20, unique=True)
    home = type("Home", (models.Model,), columns)
    with connection.schema_editor() as editor:
        for model in (*parent.values(), home):
            editor.create_model(model)
    for model, mark, many in ((parent["Project"], "XM", PROJECTS_HELD), (parent["Building"], "LD", BUILDINGS_HELD)):
        model.objects.bulk_create(model(code=row[0], name=row[2]) for row in parents(many, mark))
    _hold(home, parent, rows)
    declared: dict[str, Any] = {
        name.lower(): fields.Field(name.lower(), name.lower(), widget=ForeignKeyWidget(model, "code"))
        for name, model in parent.items()
    }
    names = tuple(item.name for item in HOMES.fields)
    options = {"model": home, "import_id_fields": ("number",), "skip_unchanged": True, "fields": names}
    declared |= {"Meta": type("Meta", (), options), "before_import_row": _days_of}
    return type("HomeResource", (resources.ModelResource,), declared)()


def _days_of(resource: object, row: dict[str, Any], **more: object) -> None:
    """A day cell comes as a moment."""
    for item in HOMES.fields:
        if item.type is FieldType.DATE:
            row[item.name] = row[item.name].date()


def _model_field(models: Any, kind: FieldType) -> Any:
    if kind in (FieldType.DECIMAL, FieldType.MONEY):
        return models.DecimalField(max_digits=20, decimal_places=2, null=True)
    if kind is FieldType.INTEGER:
        return models.IntegerField(null=True)
    return models.DateField(null=True) if kind is FieldType.DATE else models.TextField(null=True)


def _hold(home: Any, parent: dict[str, Any], rows: int) -> None:
    """What is held before: the rows as they were."""
    from datetime import timedelta

    ids = {name: dict(model.objects.values_list("code", "pk")) for name, model in parent.items()}
    held = []
    for cells in islice(homes(rows), rows):
        told: dict[str, Any] = {}
        for item, cell in zip(HOMES.fields, cells, strict=True):
            if item.type is FieldType.REFERENCE:
                told[f"{item.name}_id"] = ids[item.name.capitalize()][cell]
            else:
                told[item.name] = (
                    AS_OF.replace(1899, 12, 30) + timedelta(int(str(cell))) if item.type is FieldType.DATE else cell
                )
        held.append(home(**told))
    home.objects.bulk_create(held, batch_size=500)
