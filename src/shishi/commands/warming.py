"""Warming: what the first page would wait for is brought in beside it, by a thread of the site's own process.

Nothing waits for it, and nothing depends on it: whoever asks first for what is not there yet brings it in themselves.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shishi.apps.accounts.models import Person

MOST_SOUNDS = 200_000
"""How the words of larger tables are said is worked out when somebody asks: it holds up everybody else for seconds."""
PAGES_BETWEEN_LOOKS = (20_000, 10, 20)
"""After so many new objects the collector looks at the youngest: once a page or so, and not thirty times within one."""
PATIENCE_SECONDS = 10
log = logging.getLogger("shishi.warming")


class _Without(MetaPathFinder):
    """A library that is not there, even where it is installed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Nothing is found; of anything else somebody else is asked."""
        if fullname == self._name:
            raise ModuleNotFoundError(name=fullname)


def without_pandas() -> None:
    """Where the benches' pandas is installed, arrow loads it for seconds to see whether a list is one of its series.
    The site has no use for it: from here on it is not there."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _Without("pandas"))


def settle() -> None:
    """Let the collector of circles pass over what is there now and stays: a look through all that a ledger of a million
    rows keeps in memory holds every page up for a quarter of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*PAGES_BETWEEN_LOOKS)


class Warming:
    """One round of it, for the figures that ``person`` sees first."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def begin(self) -> None:
        """Start beside everything else."""
        self._thread.start()

    def end(self) -> None:
        """Stop after the step at hand: a process that ends in the middle of one complains."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        from django.db import connections

        try:
            for step in self.steps():
                if self._ended.is_set():
                    return
                step()
        except Exception:
            log.exception("what pages need could not be brought in beforehand; the first of them will be slow")
        finally:
            connections.close_all()

    def steps(self) -> Iterator[Callable[[], object]]:
        """The rows of every table, then the figures of the first page, then how words are said; then all of
        it is settled."""
        from shishi.apps.indicators.glance import glance
        from shishi.apps.ledger.searching import warm_rows, warm_sounds
        from shishi.apps.programmes.selectors import programmes_for, tables
        from shishi.apps.supervision.selectors import usual_day

        at = datetime.now(UTC)
        for table in tables().values():
            yield partial(warm_rows, table, at)
        for _, programme in programmes_for(self._person, at=at):
            yield partial(glance, self._person, programme.name, usual_day(programme, at), at=at)
        for table in tables().values():
            yield partial(warm_sounds, table, at, MOST_SOUNDS)
        yield settle


_here: list[Warming] = []


def warm_here(username: str = "") -> None:
    """Begin in this process, once, beside everything else; for servers other than ``shishi serve``. ``username``:
    whose first page is made ready, by default who runs the system (``SHISHI_WARM_AS``). Nobody of that name: nothing is
    warmed, and the site serves all the same."""
    from django.conf import settings

    from shishi.apps.accounts.selectors import person_named
    from shishi.core.errors import Misuse

    if _here:
        return
    try:
        person = person_named(username or settings.WARM_AS)
    except Misuse as nobody:
        log.warning("nothing is brought in beforehand: %s", nobody)
        return
    _here.append(Warming(person))
    _here[0].begin()


def warmed_enough() -> None:
    """This process is about to end."""
    while _here:
        _here.pop().end()
