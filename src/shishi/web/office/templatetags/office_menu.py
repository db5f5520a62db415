"""The menu around every page of the office."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext

from shishi.apps.accounts.selectors import one_look
from shishi.web.office.navigation import Menu, menu_of

register = template.Library()


@register.simple_tag(takes_context=True)
def office_menu(context: RequestContext) -> Menu | None:
    """The menu for who looks, worked out once for a page; none for who is not signed in. Its lines ask about reach one
    by one, also on a page that answers a form."""
    request = context["request"]
    if context.get("person") is None:
        return None
    known: Menu | None = getattr(request, "office_menu", None)
    if known is None:
        with one_look():
            known = request.office_menu = menu_of(request)
    return known
