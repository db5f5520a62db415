"""Settings of ODK Collect as a QR code says them: JSON, zlib, base64. Whoever has the picture has the token."""

from __future__ import annotations

import base64
import json
import zlib
from io import BytesIO


def settings_text(server_url: str, title: str) -> str:
    """What the QR code says."""
    told = {
        "general": {
            "protocol": "odk_default",
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
        },
        "admin": {},
        "project": {"name": title},
    }
    packed = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(packed, 9)).decode()


def settings_picture(server_url: str, title: str) -> str:
    """The QR code as a ``data:`` address of a PNG picture."""
    import segno

    out = BytesIO()
    segno.make(settings_text(server_url, title), error="l", micro=False).save(out, kind="png", scale=6, border=4)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
