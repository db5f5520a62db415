"""What stands around every page, whoever looks."""

from __future__ import annotations

from django.http import HttpRequest

from shishi.apps.files.selectors import is_demonstration


def label(request: HttpRequest) -> dict[str, object]:
    """For every template: whether what is shown is 演示数据."""
    return {"demonstration": is_demonstration()}
