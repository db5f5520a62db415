"""What stands around every page, whoever looks."""

from __future__ import annotations

from django.http import HttpRequest

from shishi.apps.files.selectors import is_demonstration

CHOICES = {"reading": ("standard", "elder"), "density": ("cosy", "dense")}
"""The ways to read, each with its usual one first."""


def label(request: HttpRequest) -> dict[str, object]:
    """For every template: whether what is shown is 演示数据, and how who looks likes to read: ``reading`` (standard,
    elder) and ``density`` (cosy, dense), out of cookies that hold nothing else."""
    chosen = {name: request.COOKIES.get(name, "") for name in CHOICES}
    return {
        "demonstration": is_demonstration(),
        **{name: value if value in CHOICES[name] else CHOICES[name][0] for name, value in chosen.items()},
    }
