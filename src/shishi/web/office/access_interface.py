"""The interface for programs in the access table: routes of ``/api/v1/`` by what they take. A token says who asks."""

from __future__ import annotations

FETCHED = (
    "me", "programmes", "processes", "figures", "case", "case-thread", "tasks", "task", "hook-calls",
    "items", "item", "item-versions", "materials", "material", "ratings",
)  # fmt: skip
"""Only read."""
ASKED = ("cases", "case-new", "hooks", "hook-new", "material-file", "material-give", "rating", "rating-new")
"""Read and written at one address."""
SENT = (
    "case-comment", "task-claim", "task-complete", "hook-end", "hook-replay",
    "material-promise", "material-later", "material-check",
    "rating-verify", "rating-correct", "rating-tell",
)  # fmt: skip
"""Only written."""
