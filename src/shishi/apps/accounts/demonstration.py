"""Who may be tried out in a demonstration store."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Q, When

from shishi.apps.accounts.models import Post
from shishi.apps.accounts.roles import Role
from shishi.apps.accounts.selectors import current
from shishi.core.calendars import day_of


def demonstration_people(at: datetime, asked: str = "", limit: int = 30) -> tuple[Post, ...]:
    """Posts under which one may enter a demonstration store, those with the most rights first; ``asked`` is a part of a
    name. Whether the store is one is for the caller to know."""
    named = Q(person__name__icontains=asked) | Q(person__username__icontains=asked) | Q(body__title__icontains=asked)
    order = Case(*(When(role=role.value, then=place) for place, role in enumerate(reversed(Role))), default=99)
    found = Post.objects.filter(current(day_of(at)), named if asked else Q(), person__is_active=True)
    return tuple(found.select_related("person", "body").order_by(order, "body__division", "pk")[:limit])
