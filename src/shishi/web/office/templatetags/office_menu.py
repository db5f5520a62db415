"""The menu around every page of the office."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from shishi.apps.accounts.selectors import one_look
from shishi.web.office.navigation import Group, Item, Menu, menu_of

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


@register.simple_tag
def menu_lines(menu: Menu | None) -> SafeString:
    """The lines of the menu, which stand on every page twice: beside a desk's page and folded above a phone's."""
    return SafeString("".join(map(_group, menu.groups)) if menu else "")


def _group(group: Group) -> str:
    title = f'<p class="menu-group">{escape(group.title)}</p>' if group.title else ""
    return f"{title}<ul>{''.join(map(_line, group.items))}</ul>"


def _line(item: Item) -> str:
    current = f' aria-current="{item.current}"' if item.current else ""
    words = f'<span class="unseen">{escape(gettext("件"))}</span>'
    count = f' <span class="count">{item.count}{words}</span>' if item.count else ""
    return f'\n<li><a href="{escape(item.address)}"{current}>{escape(item.title)}{count}</a>'
