"""How a programme's figures are checked by sample and doubted; the papers that it stands on; its work record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from shishi.apps.programmes.draft_history import DraftView
from shishi.core.errors import Issue
from shishi.core.gaming import USUAL
from shishi.packs.definition_editing import as_it_stood, in_their_order, set_section, set_shaped
from shishi.packs.editing import values_from
from shishi.packs.verification_shapes import GamingShape, VerificationShape
from shishi.web.office.editing import Editing, answered
from shishi.web.office.editor_assurance_forms import (
    BOUNDS,
    PATTERNS,
    SAMPLED,
    GamingForm,
    SamplingForm,
    percent,
    usual_sampling,
)

NUMBERS = frozenset({"integer", "decimal", "money"})


def sampling(request: HttpRequest, number: int) -> HttpResponse:
    """What a sample of this programme has to reach."""
    editing = Editing.of(request, number)
    told = editing.programme.get("verification") or {}
    initial: dict[str, object] = dict(usual_sampling())
    initial |= {key: percent(Decimal(str(told[key]))) for key in ("confidence", "margin") if key in told}
    initial |= {"minimum": str(told["minimum"])} if "minimum" in told else {}
    initial |= {
        "reasons": "\n".join(f"{code}={title}" for code, title in (told.get("reasons") or {}).items()),
        "verified": _yes(told.get("verified")),
    }
    page = editing.page(title=_("抽样核实的要求"), about=_("核实时照这里的要求算要抽多少行；抽样的人还可以抽得更多。"))
    return answered(
        request, editing, SamplingForm, "office/editor_assured.html", page,
        lambda form: _write_sampling(editing, form), editing.address, initial=initial,
        given={"new": not told},
    )  # fmt: skip


def _yes(told: object) -> bool:
    return str(told) in ("True", "true")


def _write_sampling(editing: Editing, form: SamplingForm) -> DraftView:
    said, files, name = form.cleaned_data, editing.held.files, editing.programme_name
    if said.get("drop"):
        return editing.save(set_section(files, name, "verification", None), lambda issue: None)
    old = editing.programme.get("verification") or {}
    reasons = values_from(said["reasons"], old.get("reasons") or {})
    told = {key: said[key] for key in (*SAMPLED, "verified")} | {"reasons": reasons}
    told = _same_numbers(old, told)
    return editing.save(
        set_shaped(files, name, "verification", told, VerificationShape, always="confidence" if old else ""),
        _placed("verification", form, name, "confidence"),
    )


def _same_numbers(old: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers that say the same stay as they were written."""
    kept = {
        key: old[key]
        for key, item in told.items()
        if key in old and isinstance(item, Decimal) and Decimal(str(old[key])) == item
    }
    return as_it_stood(old, told) | kept


def _placed(part: str, form: SamplingForm | GamingForm, name: str, usual: str) -> Any:
    def place(issue: Issue) -> str | None:
        first, *rest = issue.field.split(".")
        if issue.file != name or first != part:
            return None
        return rest[0] if rest and rest[0] in form.fields else usual

    return place


def gaming(request: HttpRequest, number: int) -> HttpResponse:
    """From when on the programme's figures are doubted."""
    editing = Editing.of(request, number)
    told = editing.programme.get("gaming") or {}
    initial: dict[str, object] = {
        key: "" if told.get(key, getattr(USUAL, key)) is None else str(told.get(key, getattr(USUAL, key)))
        for key in (*PATTERNS, *BOUNDS)
    }
    listed = ("digit_fields", "benford_fields")
    initial |= {key: list(map(str, told.get(key) or ())) for key in listed}
    initial |= {"verified": _yes(told.get("verified"))}
    numbers = [
        (f"{table}.{name}", f"{title} · {item.get('title', name)}")
        for table, title in editing.tables
        for name, item in (editing.table(table).get("fields") or {}).items()
        if str(item.get("type")) in NUMBERS
    ]
    page = editing.page(
        title=_("疑似虚报的提示"),
        about=_("这些提示只请人看一看，不扣分、不改数；每条都写明看到什么、多大把握、怎样澄清。"),
    )
    return answered(
        request, editing, GamingForm, "office/editor_assured.html", page,
        lambda form: _write_gaming(editing, form), editing.address, initial=initial,
        given={"numbers": numbers, "new": not told},
    )  # fmt: skip


def _write_gaming(editing: Editing, form: GamingForm) -> DraftView:
    said, files, name = form.cleaned_data, editing.held.files, editing.programme_name
    if said.get("drop"):
        return editing.save(set_section(files, name, "gaming", None), lambda issue: None)
    old = editing.programme.get("gaming") or {}
    listed = {key: in_their_order(old.get(key) or (), said[key]) for key in ("digit_fields", "benford_fields")}
    told = _same_numbers(old, form.told | listed)
    return editing.save(
        set_shaped(files, name, "gaming", told, GamingShape, always="verified" if old else ""),
        _placed("gaming", form, name, "copied_rows"),
    )
