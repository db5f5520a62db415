"""Whether a draft could be installed as it stands: the pack that it makes, or every fault with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from shishi.apps.programmes.carrying import Holding, HoldsRows
from shishi.apps.programmes.draft_history import DraftView
from shishi.apps.programmes.selectors import packs
from shishi.apps.programmes.services import install_issues
from shishi.core.errors import Issue, Refused
from shishi.core.programmes import Pack, Programme


@dataclass(frozen=True, slots=True)
class Checked:
    """``pack``: the whole list with the draft in it, where it can be built at all; ``issues``: what stands against
    installing it; ``installed``: the list as it is now."""

    pack: Pack | None
    installed: Pack | None
    code: str
    issues: tuple[Issue, ...]

    @property
    def programme(self) -> Programme | None:
        """The programme as the draft has it."""
        return _programme(self.pack, self.code)

    @property
    def before(self) -> Programme | None:
        """The programme as it is installed."""
        return _programme(self.installed, self.code)


def check_draft(held: DraftView, *, holds_rows: HoldsRows, holding: Holding | None, at: datetime) -> Checked:
    """All that ``pack check`` and ``pack install`` would say of the draft, and what is still ``待填``."""
    from shishi.packs.drafting import pending

    installed = installed_pack(held.pack)
    pack, faults = _built(held.pack, installed.version if installed else "", held.code, _Files(held.files))
    issues = [*pending(held.files), *faults]
    if pack is not None and (installed is None or pack.version != installed.version):
        issues += install_issues(installed, pack, holds_rows, holding, at=at)
    return Checked(pack, installed, held.code, tuple(issues))


def installed_pack(name: str) -> Pack | None:
    """The newest of that name."""
    return next((item for item in packs() if item.name == name), None)


def _programme(pack: Pack | None, code: str) -> Programme | None:
    return next((item for item in pack.programmes if item.code == code), None) if pack else None


class _Files(dict[str, str]):
    """Files as a part of a question that is kept with its answer."""

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__(files)
        self._hash = hash(tuple(sorted(files.items())))

    def __hash__(self) -> int:  # type: ignore[override]  # nobody changes them
        return self._hash


@lru_cache(maxsize=32)
def _built(name: str, version: str, code: str, files: _Files) -> tuple[Pack | None, tuple[Issue, ...]]:
    """``version`` of the installed pack tells apart what the draft is put into."""
    from shishi.packs.drafting import build

    installed = installed_pack(name)
    try:
        return build(installed, code, files), ()
    except Refused as refused:
        return None, tuple(refused.issues)
