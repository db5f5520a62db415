"""What the tellers of the demonstration share: the file of a pack that they tell, and the moments it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from shishi.core.calendars import SHANGHAI

if TYPE_CHECKING:
    from shishi.apps.ledger.models import RevisionRow

Told = Mapping[str, Any]


class Teller:
    """What the ``<pack>/demonstration/FILE`` of a pack's folder tells; nothing where there is no such file."""

    file: str

    def __init__(self, folder: Path) -> None:
        path = folder / "demonstration" / self.file
        self.told: Told = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self.pack = "/".join(folder.parts[-2:])

    def is_meant(self, row: RevisionRow) -> bool:
        """Whether the file's ``where`` names the row."""
        return all(row.cells.get(name) == value for name, value in self.told["where"].items())


def moment_told(text: object) -> datetime:
    """``2021-09-30 09:00`` in Shanghai."""
    return datetime.strptime(str(text)[:16], "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
