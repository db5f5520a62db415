"""What has to agree: the checks of a table, and the quality rules between a programme's figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shishi.apps.programmes.draft_history import DraftView
from shishi.core.errors import Issue, Refused
from shishi.packs.condition_editing import Columns, group_of, kept_or_new
from shishi.packs.definition_editing import columns_of, set_entry
from shishi.packs.naming import identifier_for
from shishi.packs.writing import table_file
from shishi.web.design.forms import Form
from shishi.web.office.editing import Editing, answered
from shishi.web.office.editor_conditions import answered_with_condition
from shishi.web.office.editor_rule_forms import CheckForm, RuleForm

NEW = "new"


def check(request: HttpRequest, number: int, table: str, check: str) -> HttpResponse:
    """One check of a table's rows; ``new`` makes one."""
    editing = Editing.of(request, number)
    tree = editing.table(table)
    told = _entry(tree.get("checks") or {}, check)
    columns = columns_of(editing.held.files, editing.held.code)
    crumb = (reverse("office:editor-columns", args=[number, table]), tree.get("title", table))
    return answered_with_condition(
        request,
        editing,
        CheckForm,
        "office/editor_check.html",
        editing.page(title=told.get("message") or _("添一条核对规则"), crumb=crumb),
        lambda form: _write_check(editing, form, table, check, columns),
        editing.address,
        initial={
            "kind": str(told.get("kind", "error")),
            "message": told.get("message", ""),
            "code": "" if check == NEW else check,
        },
        given={
            "columns": columns,
            "group": group_of(told.get("criterion"), columns, table),
            "table": table,
            "new": check == NEW,
        },
    )


def _entry(entries: Mapping[str, Any], code: str) -> Mapping[str, Any]:
    if code != NEW and code not in entries:
        raise Http404
    return entries.get(code) or {}


def _write_check(editing: Editing, form: CheckForm, table: str, check: str, columns: Columns) -> DraftView:
    """The check as it was filled in; faults of it at their controls."""
    said, files, name = form.cleaned_data, editing.held.files, table_file(editing.held.code, table)
    checks = editing.table(table).get("checks") or {}
    if said.get("drop"):
        return editing.save(set_entry(files, name, "checks", check, None), lambda issue: None)
    code = check if check != NEW else _new_code(said["code"], said["message"], checks, "check_taken")
    old = (checks.get(code) or {}).get("criterion")
    criterion = kept_or_new(old, form.group, columns, table)
    if criterion is None:
        message = _("请至少写一条条件：没有条件就没有什么可核对的。")
        raise Refused("condition_missing", message, [Issue("condition_missing", message, field="condition")])
    told = {"kind": said["kind"], "criterion": criterion, "message": said["message"]}

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith(f"checks.{code}"):
            return None
        part = issue.field.removeprefix(f"checks.{code}").lstrip(".").split(".")[0]
        return part if part in ("kind", "message") else "condition"

    return editing.save(set_entry(files, name, "checks", code, told), place)


def _new_code(typed: str, words: str, taken: Mapping[str, Any], refusal: str) -> str:
    """The code that was typed, or one made of the words."""
    if typed:
        if typed in taken:
            raise Refused(refusal, "", [Issue(refusal, _("已有这个代码，请换一个。"), field="code")])
        return typed
    wanted = identifier_for(words)[:40].rstrip("_")
    return next(name for name in (wanted, *(f"{wanted}_{n}" for n in range(2, 1000))) if name not in taken)


def rule(request: HttpRequest, number: int, rule: str) -> HttpResponse:
    """One quality rule of the programme; ``new`` makes one."""
    editing = Editing.of(request, number)
    told = _entry(editing.programme.get("rules") or {}, rule)
    others = told.get("with") or []
    indicators = [
        (code, str(item.get("title", code))) for code, item in (editing.programme.get("indicators") or {}).items()
    ]
    return answered(
        request,
        editing,
        RuleForm,
        "office/editor_part.html",
        editing.page(title=told.get("message") or _("添一条质量规则")),
        lambda form: _write_rule(editing, form, rule),
        editing.address,
        initial={
            "compare": str(told.get("compare", "")),
            "relation": str(told.get("relation", "")),
            "to": list(map(str, others)) if isinstance(others, list) else [str(others)],
            "message": told.get("message", ""),
            "code": "" if rule == NEW else rule,
        },
        given={"indicators": indicators, "new": rule == NEW},
    )


def _write_rule(editing: Editing, form: Form, rule: str) -> DraftView:
    said, files, name = form.cleaned_data, editing.held.files, editing.programme_name
    if said.get("drop"):
        return editing.save(set_entry(files, name, "rules", rule, None), lambda issue: None)
    rules = editing.programme.get("rules") or {}
    code = rule if rule != NEW else _new_code(said["code"], said["message"], rules, "rule_taken")
    others = said["to"]
    told = {key: said[key] for key in ("compare", "relation", "message")}
    told["with"] = others[0] if len(others) == 1 else others

    def place(issue: Issue) -> str | None:
        if issue.file != name or not issue.field.startswith(f"rules.{code}"):
            return None
        part = issue.field.removeprefix(f"rules.{code}").lstrip(".").split(".")[0]
        return "to" if part == "with" else part if part in form.fields else ""

    return editing.save(set_entry(files, name, "rules", code, told), place)
