"""Where the QR code of a photo leads: whether it is registered, and no more than anybody may know."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shishi.apps.assurance.evidence_seen import verified_by
from shishi.core.errors import Misuse
from shishi.web.portal.answering import everybody, reading


@everybody
def verified(request: HttpRequest, code: str) -> HttpResponse:
    """What is known of the photo whose code this is."""
    found = verified_by(code)
    if found is None:
        message = "没有登记过这个核验码。可能抄错了，或照片不是由本平台收存的。"
        raise Misuse("unknown_evidence", message)
    return render(request, "portal/evidence.html", {"found": found, **reading(request)})
