"""The English words of the pages: read from templates and views, kept in ``locale/``, compiled at set-up.

``python tools/words.py``: compile what is there (set-up does it). ``--update``: take over new words and leave out gone
ones. ``--check``: say what has no English yet, and fail. No gettext programs are needed: Django turns templates into
something that Babel reads.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import sys
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from shishi import core
from shishi.apps.accounts import roles
from shishi.apps.audit.acts import ACTS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "shishi"
WORDS = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
CALLS = {
    "_": None,
    "L": None,
    "lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
HEAD = "# English words of shishi's pages. The key of each is its Chinese text."
# A catalogue says when it was written; a file under version control need not.
_EPOCH = datetime(2021, 9, 22, tzinfo=UTC)
WRITTEN: dict[str, Any] = {
    "project": "shishi",
    "version": "1",
    "msgid_bugs_address": "none",
    "last_translator": "shishi",
    "language_team": "English",
    "creation_date": _EPOCH,
    "revision_date": _EPOCH,
}


def spoken() -> Catalog:
    """Every word that pages may say, with where."""
    found = Catalog("en", header_comment=HEAD, charset="utf-8", fuzzy=False, **WRITTEN)
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = templatize(text, origin=str(path))
        code = io.BytesIO(text.encode())
        for _, message, _, context in extract("python", code, keywords=CALLS, options={"encoding": "utf-8"}):
            words = message if isinstance(message, str) else message[0]
            if words and not words.isascii():
                found.add(message, locations=[(path.relative_to(SOURCE).as_posix(), 0)], context=context)
    for label in labels():
        found.add(label)
    return found


def labels() -> set[str]:
    """What states, kinds and roles are called: the filter ``said`` asks for their words."""
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(core.__path__, "shishi.core.")]
    named = [thing for module in (*modules, roles) for thing in vars(module).values()]
    kinds = [thing for thing in named if isinstance(thing, type) and issubclass(thing, Enum)]
    told = {getattr(member, "label", None) for kind in kinds for member in kind}
    return {label for label in (*told, *ACTS.values()) if isinstance(label, str) and label}


def kept() -> Catalog:
    """What is translated already."""
    with WORDS.open("rb") as given:
        return read_po(given, locale="en")


def update() -> None:
    """New words in, gone ones out, everything else as it is."""
    wanted = spoken()
    if WORDS.exists():
        known = kept()
        for message in wanted:
            held = known.get(message.id, message.context) if message.id else None
            # A word that had a plural and has none any more is another word.
            if held is not None and isinstance(held.string, tuple) == isinstance(message.id, tuple):
                message.string = held.string
    WORDS.parent.mkdir(parents=True, exist_ok=True)
    with WORDS.open("wb") as out:
        write_po(out, wanted, width=120, no_location=True, omit_header=False, sort_output=True)


def compiled() -> None:
    """What Django reads."""
    with WORDS.with_suffix(".mo").open("wb") as out:
        write_mo(out, kept())


def missing() -> list[str]:
    """What a page may say and English can't."""
    known = kept()
    return [str(message.id) for message in spoken() if message.id and not _english(known, message.id, message.context)]


def _english(known: Catalog, words: object, context: str | None) -> bool:
    held = known.get(words, context)  # type: ignore[arg-type]  # one word, or a word and its plural
    return held is not None and bool(held.string if isinstance(held.string, str) else all(held.string or ("",)))


if __name__ == "__main__":
    if "--update" in sys.argv:
        update()
    if "--check" in sys.argv:
        lacking = missing()
        print(
            "\n".join(lacking[:40]), f"{len(lacking)} words have no English: fill {WORDS.relative_to(ROOT)}", sep="\n"
        )
        sys.exit(bool(lacking))
    compiled()
