"""What was typed into a form after the session had ended: it waits in the anonymous session and is shown again."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

TYPED = "typed"
LONGEST = 256 * 1024
"""So much of a form is kept (characters as they are sent)."""
NEVER_KEPT = ("csrfmiddlewaretoken", "once", "code", "credential")


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


def _page_of_form(request: HttpRequest) -> str:
    named = urlsplit(request.headers.get("Referer", ""))
    ours = named.netloc == request.get_host() and named.path
    return named.path + (f"?{named.query}" if named.query else "") if ours else request.path
