"""What people are called in histories: every record keeps a user name, every reader wants to see a name and a body."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from shishi.apps.accounts.models import Person, Post


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody by name, and the body of their newest post, whether or not they still hold it."""

    name: str
    body: str

    @property
    def told(self) -> str:
        """Name and body: ``张三（宣州区专班）``."""
        return f"{self.name}（{self.body}）" if self.body else self.name


looked_up: ContextVar[dict[str, Named] | None] = ContextVar("names", default=None)
"""What a page has looked up; ``None`` where nobody keeps it."""


def named(username: str) -> Named:
    """Of a user name; of one that nobody has, the user name itself."""
    known = looked_up.get()
    if known is None:
        return names_of([username]).get(username, Named(username, ""))
    if username not in known:
        known[username] = names_of([username]).get(username, Named(username, ""))
    return known[username]


def names_of(usernames: Collection[str]) -> Mapping[str, Named]:
    """Of many at once; who is not known is left out."""
    wanted = {name for name in usernames if name}
    if not wanted:
        return {}
    posts = Post.objects.filter(person__username__in=wanted).order_by("pk")
    bodies = dict(posts.values_list("person__username", "body__title"))
    people = Person.objects.filter(username__in=wanted).values_list("username", "name")
    return {username: Named(name or username, bodies.get(username, "")) for username, name in people}
