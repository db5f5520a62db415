"""Papers 材料文件: what a phone sends is looked at as evidence is, and kept sealed, before it is a part of anything."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from shishi.adapters.images.base import MOST_BYTES as MOST_BYTES
from shishi.adapters.images.base import Order
from shishi.adapters.images.darkroom import PillowDarkroom
from shishi.adapters.images.sniffing import is_paper, require_quiet_paper
from shishi.apps.accounts.models import Person
from shishi.apps.files.services import keep, lay_down
from shishi.apps.hall.drafts import Paper
from shishi.core.errors import Refused

NAME_AT_MOST = 120
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".pdf")


def take_paper(material: str, name: str, content: bytes, *, by: Person, at: datetime) -> Paper:
    """Look at a file and keep it. A photo or a quiet PDF, of a size that a phone makes; by what it is, whatever it is
    called. ``Refused`` (paper_empty, paper_too_large, paper_broken, paper_active, and all of the
    darkroom)."""
    if not content:
        raise Refused("paper_empty", "这个文件是空的。请重新选择。")
    if len(content) > MOST_BYTES:
        raise too_large()
    if is_paper(content):
        require_quiet_paper(content)
    else:
        # A picture is opened in a cage before it is kept: what would harm whoever looks at it is refused here.
        PillowDarkroom().develop(content, Order())
    lay_down([content])
    with transaction.atomic():
        keep(content, at)
    plain_name = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(sign for sign in plain_name if sign.isprintable())[:NAME_AT_MOST] or "文件"
    return Paper(material, hashlib.sha256(content).hexdigest(), shown, len(content))


def too_large() -> Refused:
    """Of a file that nobody reads any further."""
    return Refused("paper_too_large", f"文件最大 {MOST_BYTES // 2**20} MB。请拍得小一些，或拆成几份。")
