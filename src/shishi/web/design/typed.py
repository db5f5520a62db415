"""What was typed into a form after the session had ended: it waits in the anonymous session and is shown again."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict

TYPED = "typed"
LONGEST = 256 * 1024
"""So much of a form is kept (characters as they are sent)."""
NEVER_KEPT = ("csrfmiddlewaretoken", "once", "form_opened", "code", "credential")


@dataclass(frozen=True, slots=True)
class Typed:
    """Words for a form that stands on another page than its own: ``to`` its address, the words by the names of their
    fields."""

    to: str
    words: tuple[tuple[str, str], ...]


def keep_typed(request: HttpRequest) -> str:
    """Keep the words of a sent form for the same browser's next visit to its page; no file, nothing secret. The address
    of that page: where the browser says that the form stood, if it is ours."""
    page = _page_of_form(request)
    fields = QueryDict(mutable=True)
    for name, values in request.POST.lists():
        if name not in NEVER_KEPT and "password" not in name:
            fields.setlist(name, values)
    text = fields.urlencode()
    if fields and len(text) <= LONGEST:
        request.session[TYPED] = {"page": page, "to": request.path, "fields": text}
    return page


def typed_before(request: HttpRequest, to: str = "") -> QueryDict | None:
    """What was typed on this page before the session had ended, once; with ``to``, only what was meant for that
    address.
    A form shows it again, to be looked at and sent."""
    kept = request.session.get(TYPED)
    if not kept or kept["page"] != request.get_full_path() or (to and kept["to"] != to):
        return None
    del request.session[TYPED]
    return QueryDict(kept["fields"])


def typed_elsewhere(request: HttpRequest) -> Typed | None:
    """What was typed on this page into a form that is sent to another address, once: the page shows the words, and its
    script puts them back."""
    kept = request.session.get(TYPED) if hasattr(request, "session") else None
    if not kept or kept["to"] == request.path:
        return None
    typed = typed_before(request)
    if typed is None:
        return None
    return Typed(kept["to"], tuple((name, value) for name, values in typed.lists() for value in values if value))


def came_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a form stood on one of our own pages (Fetch Metadata; older ones name the origin),
    and has the cookie of forms: then it only waited too long. Another site's words are never shown in our forms."""
    site, origin = request.headers.get("Sec-Fetch-Site", ""), urlsplit(request.headers.get("Origin", ""))
    ours = site == "same-origin" if site else origin.netloc == request.get_host()
    return ours and settings.CSRF_COOKIE_NAME in request.COOKIES


def _page_of_form(request: HttpRequest) -> str:
    named = urlsplit(request.headers.get("Referer", ""))
    ours = named.netloc == request.get_host() and named.path
    return named.path + (f"?{named.query}" if named.query else "") if ours else request.path
