"""The site for a server of the operator's own: ``gunicorn -c python:shishi.conf.gunicorn shishi.conf.wsgi``.

It does not start while somebody holds duties that exclude each other, where they are said to be separated. A server
other than gunicorn calls ``shishi.commands.warming.warm_here()`` in each of its processes once it is there.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from django.core.wsgi import get_wsgi_application

from shishi.commands.warming import without_pandas

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
without_pandas()
application = get_wsgi_application()


def _require_fit() -> None:
    from shishi.apps.accounts.separation import require_separated
    from shishi.core.calendars import day_of

    require_separated(day_of(datetime.now(UTC)))


_require_fit()
