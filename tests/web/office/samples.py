"""An object of the little town for every route that is about one, so that the test of access can open it.

``SAMPLES["office:matter"] = lambda town: {"number": …}``: one line for a route with an object of its own. It lies in
宣城市 (3418); who reaches another city must not see it. Without a line the route is asked for a thing that isn't there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shishi.apps.documents.selectors import briefs_for
from shishi.apps.supervision.selectors import notices_for
from tests.apps.town import Town

BY_NAME: Mapping[str, object] = {
    "jurisdiction": "somewhere",
    "year": 2021,
    "code": "homes",
    "indicator": "issued",
    "table": "homes",
    "division": "341800",
    "day": "2021-09-30",
    "token": "not-a-token",
    "form": "pdf",
    **dict.fromkeys(("proposal", "batch", "job", "entry", "received"), "00000000-0000-0000-0000-000000000001"),
}
"""What a parameter is when its route has no line of its own."""

SAMPLES: Mapping[str, Callable[[Town], Mapping[str, object]]] = {
    "office:notice": lambda town: {"number": notices_for(town.operator, at=town.now)[0].id},
    "office:brief": lambda town: {"number": briefs_for(town.operator, at=town.now)[0].pk, "form": "pdf"},
    "office:programme": lambda _: {"jurisdiction": "somewhere", "year": 2021, "code": "homes"},
    "office:why": lambda _: {"jurisdiction": "somewhere", "year": 2021, "code": "homes", "indicator": "issued"},
}
