"""What is made of a photo when it comes: the copies to look at, and what a machine notices about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings

from shishi.adapters.images.base import Developed, Metadata, Order
from shishi.adapters.images.darkroom import PillowDarkroom
from shishi.adapters.images.hints import looks_like_screen, looks_like_screenshot, names_an_editor
from shishi.adapters.rendering.fonts import Face, find_fonts
from shishi.apps.assurance.evidence_rows import Subject, claim_document
from shishi.apps.assurance.likenesses import resembling
from shishi.apps.assurance.models import EvidenceRow
from shishi.apps.divisions.selectors import load_tree
from shishi.core.calendars import SHANGHAI
from shishi.core.divisions import Level
from shishi.core.errors import Refused
from shishi.core.evidence import EvidenceKind
from shishi.core.evidence_plans import Side
from shishi.core.evidence_trust import Capture, Claim, Hint, Trust, contradictions
from shishi.core.tables import Point

if TYPE_CHECKING:
    from pathlib import Path

VERIFYING = "/promises/evidence/"
"""Where the QR code leads, followed by the evidence's code."""


@dataclass(frozen=True, slots=True)
class Print:
    """Copies of a photo, and what it is compared by."""

    view: bytes
    thumb: bytes
    grey: bytes
    picture: Developed


def verifying_address(code: str) -> str:
    """The page where anybody can ask whether a photo is what it says."""
    return f"{settings.ADDRESS}{VERIFYING}{code}/"


def developed(made: EvidenceRow, subject: Subject, content: bytes, trust: Trust, at: datetime) -> Print:
    """Open the photo in its cage and fill in what it is. ``Refused`` as the darkroom says."""
    import segno

    address = verifying_address(made.code)
    code = segno.make(address, error="m", micro=False)
    order = Order(
        _lines(made, subject, trust, at, address), [[bool(dark) for dark in row] for row in code.matrix], _font()
    )
    picture = PillowDarkroom().develop(content, order)
    made.kind, made.media = EvidenceKind.PHOTO, picture.kind
    made.width, made.height = picture.width, picture.height
    made.metadata = claim_document(metadata_claim(picture.metadata))
    return Print(picture.view, picture.thumb, picture.grey, picture)


def _lines(made: EvidenceRow, subject: Subject, trust: Trust, at: datetime, address: str) -> list[str]:
    """Where, when, how far to be trusted: under the picture, for whoever holds a print of it."""
    division = subject.row.division
    tree = load_tree(codes=[division])
    place = "".join(unit.name for unit in tree.lineage(division, subject.on) if unit.level is not Level.COUNTRY)
    secret = any(subject.table.by_name[name].sensitive for name in subject.table.key)
    away = f"，距登记地点 {trust.distance} 米" if trust.distance is not None else ""
    return [
        "　".join(filter(None, (place, subject.table.title, "" if secret else subject.key))),
        "　".join(
            filter(None, (f"收到 {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", Side(made.side).label, made.caption))
        ),
        f"可信等级 {trust.level}（{trust.level.label}{away}）",
        f"扫码核验 {address}",
    ]


def _font() -> Path | None:
    try:
        return find_fonts().files[Face.CHART].path
    except Refused:  # without fonts the strip has Latin letters only; the picture and its code are what count
        return None


def metadata_claim(told: Metadata) -> Claim:
    """What the file says of itself, as a claim. A moment without a zone is taken for Shanghai's."""
    taken = told.taken_at
    if taken is not None and taken.tzinfo is None:
        taken = taken.replace(tzinfo=SHANGHAI)
    place = Point(Decimal(told.longitude), Decimal(told.latitude)) if told.longitude and told.latitude else None
    return Claim(taken, place, None, told.device, told.software)


def hints_of(made: EvidenceRow, prints: Print, shutter: Claim, capture: Capture) -> list[dict[str, object]]:
    """What a person should look at: used before, looks alike, a screen, contradictions. Each with what it is about."""
    found: list[dict[str, object]] = []
    same = EvidenceRow.objects.filter(original=made.original).exclude(entry=made.entry).order_by("sequence")
    exact = list(same.values_list("sequence", flat=True)[:5])
    found += [{"hint": Hint.SEEN_BEFORE, "of": number} for number in exact]
    own = set(EvidenceRow.objects.filter(original=made.original).values_list("sequence", flat=True))
    found += [
        {"hint": Hint.LOOKS_ALIKE, "of": item.evidence, "differing": item.differing}
        for item in resembling(prints.grey)
        if item.evidence not in own
    ][:5]
    picture = prints.picture
    if looks_like_screen(picture.detail):
        found.append({"hint": Hint.SCREEN})
    if looks_like_screenshot(picture):
        found.append({"hint": Hint.SCREENSHOT})
    if names_an_editor(picture.metadata.software):
        found.append({"hint": Hint.EDITED})
    claim = metadata_claim(picture.metadata)
    found += [{"hint": hint} for hint in contradictions(shutter, claim, capture.told_at)]
    return found
