"""Headers that every response carries, pages and files and errors alike (ASVS 5.0 V3.4)."""

from __future__ import annotations

from collections.abc import Callable

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
"""For the one page that may work something out in the browser; still nothing inline and nothing from elsewhere."""

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
        scripts = response.headers.get("Content-Security-Policy") == WITH_SCRIPTS
        for name, value in HEADERS.items():
            response[name] = value
        if scripts:
            response["Content-Security-Policy"] = WITH_SCRIPTS
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response
