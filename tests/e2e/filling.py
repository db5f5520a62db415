"""Gives the store of ``SHISHI_DATA`` (made by ``init``) a catalogue: ``python -m tests.e2e.filling``. A process of its
own, because a test's database is not a site's."""

from __future__ import annotations

import os
from types import SimpleNamespace

import django


def fill() -> None:
    """The items of :mod:`tests.web.catalogued`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    django.setup()

    from shishi.apps.accounts.selectors import person_named
    from tests.web.catalogued import catalogue_of

    catalogue_of(SimpleNamespace(operator=person_named("operator")))  # type: ignore[arg-type]  # only that is asked for


if __name__ == "__main__":
    fill()
