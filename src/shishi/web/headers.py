"""Headers that every response carries, pages and files and errors alike (ASVS 5.0 V3.4)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
WITH_SCRIPTS = POLICY.replace("script-src 'none'", "script-src 'self'; worker-src 'self'")
"""For public pages that work something out in the browser or draw a process; nothing inline, nothing from elsewhere."""
OFFICE = WITH_SCRIPTS.replace("img-src 'self'", "img-src 'self' data:")
"""For the office: its own scripts too, and drawings that a page carries within itself; nothing inline, no eval."""
PUBLIC = ("portal", "services")
"""The spaces of the public pages."""
MAPPED = "office:ledger-map"
"""The one page that may show the operator's ground maps, where they are elsewhere."""
PLACED = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"
"""For the office: where a photo is taken is told by the device, if its holder lets it."""
ONE_YEAR = "max-age=31536000; includeSubDomains"

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class SecurityHeaders:
    """Sets :data:`HEADERS`; what is not a static file may hold personal data and is never kept by a cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then set the headers."""
        response = self.get_response(request)
        policy = _policy_of(request, response)
        for name, value in HEADERS.items():
            response[name] = value
        response["Content-Security-Policy"] = policy
        if policy == OFFICE:
            response["Permissions-Policy"] = PLACED
        if request.is_secure():
            response["Strict-Transport-Security"] = ONE_YEAR
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


def _policy_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """The office has scripts; the public pages have none, but for the one that asks for them."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        # An address that leads nowhere is answered by a page of the office, with its menu.
        return OFFICE if response.headers.get("Content-Type", "").startswith("text/html") else POLICY
    if match.app_name == "api":
        return POLICY
    if match.view_name == MAPPED and settings.TILES:
        return OFFICE.replace("data:", f"data: {_origin(settings.TILES)}")
    if match.app_name not in PUBLIC:
        return OFFICE
    return WITH_SCRIPTS if response.headers.get("Content-Security-Policy") == WITH_SCRIPTS else POLICY


def _origin(template: str) -> str:
    """Scheme and host of the ground maps' address; of one on this site, or of none that a browser may ask, itself."""
    parts = urlsplit(template)
    host = parts.netloc.replace("{s}", "*")
    fit = parts.scheme in ("https", "http") and not set(host) & set(" ;,'\"{}")
    return f"{parts.scheme}://{host}" if fit and host else "'self'"
