"""Reading the data folder's own label: what ``init`` noted about the store."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings


def store_facts() -> dict[str, object]:
    """``demonstration`` and ``created_at`` of the store; empty before ``init`` has finished."""
    path = Path(settings.DATA) / "store.json"
    facts: dict[str, object] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return facts


def is_demonstration() -> bool:
    """Whether everything in the store is 演示数据, to be said on every page."""
    return bool(store_facts().get("demonstration"))
