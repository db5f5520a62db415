"""Makes the store that the browser's tests look at: the town after two days, with its promise published. Run as a
process of its own (``python -m tests.e2e.making FOLDER CODE_LIST``), because a test's database is not a site's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django


def make(folder: Path, code_list: Path) -> None:
    """Fill the store of ``folder``, which ``init`` has made."""
    from shishi.apps.ledger import services
    from tests.apps.town import Town, read_rows
    from tests.web.conftest import populate
    from tests.web.published import open_to_the_public
    from tests.web.supervised import supervise

    services.Workbook = read_rows  # type: ignore[assignment]  # what stands in for the reader of workbooks
    supervise(open_to_the_public(populate(Town(folder, code_list))))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "shishi.conf.settings"
    django.setup()
    make(Path(sys.argv[1]), Path(sys.argv[2]))
