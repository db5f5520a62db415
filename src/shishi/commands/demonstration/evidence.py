"""The demonstration's evidence: ``<pack>/demonstration/evidence.yaml``, pictures that are drawn and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from shishi.adapters.images.scenes import Look, jpeg, labelled, scene
from shishi.adapters.rendering.fonts import Face, find_fonts
from shishi.apps.accounts.selectors import person_named
from shishi.apps.assurance.evidence import NewEvidence, receive_evidence
from shishi.apps.ledger.selectors import live
from shishi.apps.programmes.selectors import table_named
from shishi.commands.demonstration.tellers import Teller, Told
from shishi.core.calendars import day_of
from shishi.core.errors import Refused
from shishi.core.evidence_plans import Side

if TYPE_CHECKING:
    from shishi.apps.ledger.models import RevisionRow

LABEL = "演示图片（不是真实照片）"
WIDTH, HEIGHT = 1280, 960


class Proved(Teller):
    """What a pack's file tells; :meth:`run` hands the pictures in as the rows' own clerk would."""

    file = "evidence.yaml"

    def run(self, at: datetime, tells: Callable[[str], bool]) -> Iterator[str]:
        """Add the pictures where the programme is told and its rows are there; a sentence for each row."""
        if not self.told or not tells(self.told["programme"]):
            return
        _, table = table_named(f"{self.pack}/{self.told['programme']}/{self.told['table']}")
        rows = live(table.name, day_of(at)).filter(division__startswith=self.told["division"]).order_by("key")
        meant = [row for row in rows.select_related("batch") if self.is_meant(row)]
        for row, pieces in zip(meant, self.told["rows"], strict=False):
            for piece in pieces:
                self._give(row, piece, at)
            yield f"{day_of(at)} {row.batch.person} 给 {row.key} 加了 {len(pieces)} 张演示照片"

    def _give(self, row: RevisionRow, piece: Told, at: datetime) -> None:
        look = Look(piece["fresh"], piece.get("shift", 0))
        picture = labelled(scene(piece["scene"], WIDTH, HEIGHT, look), LABEL, label_font())
        name = f"演示-{piece['caption']}-{Side(piece['side']).label}.jpg"
        new = NewEvidence(row.entry, self.told["group"], name, Side(piece["side"]), piece["caption"])
        receive_evidence(new, jpeg(picture), by=person_named(row.batch.person), at=at)


def label_font() -> str | None:
    """The face of the label, where there is one with Chinese letters."""
    try:
        return str(find_fonts().files[Face.CHART].path)
    except Refused:  # the label then has the letters that Pillow brings; the brief would have been refused before
        return None
