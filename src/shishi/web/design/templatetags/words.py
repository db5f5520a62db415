"""Words that come from below the web: the core says them in Chinese, a page in the language of whoever reads."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def said(text: object) -> str:
    """A label of the core (a state, a kind, a role) as its reader calls it; what has no other word stays as it is."""
    plain = "" if text is None else str(text)
    return gettext(plain) if plain else ""
