"""A draft as the editor's pages have it before them: its files, what is wrong with them and where, who may do what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.ledger.holding import holding_for
from shishi.apps.ledger.selectors import holds_rows
from shishi.apps.programmes.draft_checks import Checked, check_draft
from shishi.apps.programmes.draft_history import DraftView, draft_for, steps_open_to
from shishi.apps.programmes.drafts import save_draft
from shishi.core.errors import Issue, Refused
from shishi.core.programme_drafts import DraftStepKind
from shishi.packs.drafting import PACK_FILE, tree_of
from shishi.packs.editing import tables_of
from shishi.packs.starting import PENDING
from shishi.packs.writing import programme_file, table_file
from shishi.web.design.forms import Form, answer
from shishi.web.office.viewing import Viewer

if TYPE_CHECKING:
    from shishi.apps.programmes.carrying import Holding

Tree = dict[str, Any]


@dataclass
class Editing:
    """One draft and who looks at it."""

    viewer: Viewer
    held: DraftView

    @classmethod
    def of(cls, request: HttpRequest, number: int) -> Editing:
        """The draft of that number, within reach."""
        viewer = Viewer.of(request)
        return cls(viewer, draft_for(viewer.person, number, at=viewer.at))

    @cached_property
    def holding(self) -> Holding:
        """Tells which rows stand against a change."""
        return holding_for(self.viewer.person, self.held.division, at=self.viewer.at)

    @cached_property
    def checked(self) -> Checked:
        """What ``pack check`` and ``pack install`` say of it."""
        return check_draft(self.held, holds_rows=holds_rows, holding=self.holding, at=self.viewer.at)

    @cached_property
    def steps(self) -> frozenset[DraftStepKind]:
        """What this person may do now."""
        return steps_open_to(self.viewer.person, self.held, at=self.viewer.at)

    @property
    def writes(self) -> bool:
        """Whether its parts may be changed now."""
        return DraftStepKind.SAVE in self.steps

    @property
    def address(self) -> str:
        """The draft's own page."""
        return reverse("office:editor-draft", args=[self.held.number])

    @property
    def programme_name(self) -> str:
        """The file of the programme."""
        return programme_file(self.held.code)

    @cached_property
    def programme(self) -> Tree:
        """The programme's file as a tree; empty where it is no YAML (the file itself can still be mended)."""
        return self.tree(self.programme_name)

    def tree(self, name: str) -> Tree:
        """A file as a tree."""
        try:
            return tree_of(self.held.files.get(name, ""), name)
        except Refused:
            return {}

    def table(self, table: str) -> Tree:
        """The table's file as a tree; ``Http404`` for one that the draft does not have."""
        name = table_file(self.held.code, table)
        if name not in self.held.files:
            raise Http404
        return self.tree(name)

    @property
    def is_first(self) -> bool:
        """Whether the draft is a new programme whose frame is still to be written."""
        return self.held.new and PENDING in self.held.files.get(self.programme_name, "")

    @property
    def tables(self) -> list[tuple[str, str]]:
        """The tables with their titles."""
        return [(name, str(self.table(name).get("title", name))) for name in tables_of(self.held.files, self.held.code)]

    def page(self, **more: object) -> dict[str, object]:
        """What every page about the draft needs."""
        return {"editing": self, "draft": self.held, "writes": self.writes, **more}

    def save(self, files: Mapping[str, str], place: Callable[[Issue], str | None], *, title: str = "") -> DraftView:
        """Write the files, unless the part that was edited (where ``place`` names a control for a fault) is at fault:
        then ``Refused`` with these faults at their controls, and nothing is written. Faults elsewhere are for later."""
        by, at = self.viewer.person, self.viewer.at
        saved = save_draft(self.held.number, files, title=title or self.held.title, by=by, at=at)
        found = check_draft(saved, holds_rows=holds_rows, holding=self.holding, at=at).issues
        placed = [(issue, place(issue)) for issue in found]
        here = [Issue(issue.code, issue.message, field=where) for issue, where in placed if where is not None]
        if here:
            raise Refused("draft_part_refused", here[0].message, here)
        return saved


def steps_of_new() -> list[str]:
    """The three steps in which a workbook becomes a programme."""
    return [_("选工作簿"), _("核对列"), _("写明承诺，送审")]


def answered(
    request: HttpRequest,
    editing: Editing,
    form_class: Callable[..., Form],
    template: str,
    page: Mapping[str, object],
    act: Callable[[Any], object],
    then: str | Callable[[Any], str],
    *,
    initial: Mapping[str, object] | None = None,
    given: Mapping[str, object] | None = None,
) -> HttpResponse:
    """A part is shown to whoever sees the draft, and taken from who may write it now (the service decides)."""
    return answer(
        request,
        form_class,
        template,
        page,
        act=act,
        then=then,
        told=_("已保存。"),
        by=editing.viewer.person,
        at=editing.viewer.at,
        initial=initial,
        given=given,
    )


def part_of(issue: Issue, held: DraftView) -> str:
    """The part of the draft that a fault belongs to, as its page is called."""
    first = issue.field.split(".")
    if issue.file.startswith(f"tables/{held.code}/"):
        table = issue.file.rsplit("/", 1)[-1].removesuffix(".yaml")
        if first[0] == "checks" and len(first) > 1:
            return f"check:{table}/{first[1]}"
        if first[0] in ("evidence", "groups") and len(first) > 1:
            return f"group:{table}/{first[1]}"
        return f"settings:{table}" if first[0] in ("statements", "continues", "approval") else f"table:{table}"
    if issue.code == "table_change_orphans_rows":
        return "table:" + first[0].rsplit("/", 1)[-1]
    if issue.file == PACK_FILE:
        return "duties"
    if issue.file.startswith("examples/"):
        return f"examples:{issue.file.rsplit('/', 1)[-1].removesuffix('.yaml')}"
    if first[0] in ("indicators", "targets", "trajectories") and len(first) > 1:
        return f"{'indicator' if first[0] == 'indicators' else 'target'}:{first[1]}"
    if first[0] in ("cadences", "ladder", "thresholds"):
        return "rhythm"
    if first[0] in ("rules", "briefs") and len(first) > 1:
        return f"{first[0].removesuffix('s')}:{first[1]}"
    return SECTIONS.get(first[0], "files")


SECTIONS = {
    "publishing": "publishing", "reasons": "words", "lists": "words", "title": "frame", "promise": "frame",
    "basis": "frame", "division": "frame", "supervised_level": "frame", "supervises": "frame", "sources": "sources",
    "verification": "sampling", "gaming": "gaming", "work_record": "record",
}  # fmt: skip
"""Parts of a programme's file that have one page."""


def address_of_part(part: str, held: DraftView) -> str:
    """Where that part is changed."""
    kind, _, name = part.partition(":")
    match kind:
        case "table":
            return reverse("office:editor-columns", args=[held.number, name])
        case "check" | "group":
            return reverse(f"office:editor-{kind}", args=[held.number, *name.split("/")])
        case "settings":
            return reverse("office:editor-table", args=[held.number, name])
        case "examples":
            return reverse("office:editor-examples", args=[held.number, name])
        case "indicator" | "target" | "rule" | "brief":
            return reverse(f"office:editor-{kind}", args=[held.number, name])
        case "rhythm" | "frame" | "publishing" | "words" | "sources" | "duties" | "record" | "sampling" | "gaming":
            return reverse(f"office:editor-{kind}", args=[held.number])
        case _:
            return reverse("office:editor-files", args=[held.number])
