"""Proposals: what waits for a second person, with exactly the cells that would change; approve, return, take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shishi.apps.accounts.roles import Action
from shishi.apps.accounts.selectors import may
from shishi.apps.ledger.proposals import approve, return_proposal, withdraw_proposal
from shishi.apps.ledger.proposed import difference_of, proposal_of, proposals, touched
from shishi.apps.programmes.selectors import table_named
from shishi.core.calendars import day_of
from shishi.core.errors import Misuse
from shishi.web.design.forms import Form, answer
from shishi.web.office.batches import KINDS, chosen_table
from shishi.web.office.viewing import Viewer, query_of

if TYPE_CHECKING:
    from shishi.apps.ledger.proposed import Proposal

PAGE = 50
STATES = {"open": "待审批", "approved": "已批准", "returned": "已退回", "withdrawn": "已收回"}


class ApproveForm(Form):
    """The approval; a conflict asks for a word of its own."""

    overwrite = forms.BooleanField(label=gettext_lazy("发出之后被别人改过的单元格，仍按送来的写入"), required=False)


class ReturnForm(Form):
    """Why it goes back: as a whole, and cell by cell (``表!C7=原因`` on a line each)."""

    reason = forms.CharField(
        label=gettext_lazy("退回原因"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    cells = forms.CharField(
        label=gettext_lazy("逐格说明"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一格，如：房屋台账!C7=与证书不符。报送人会收到标好的工作簿。"),
    )

    @property
    def said(self) -> dict[str, str]:
        """Place → reason."""
        told = (line.partition("=") for line in str(self.cleaned_data["cells"]).splitlines() if line.strip())
        return {place.strip(): why.strip() for place, _, why in told}


class WithdrawForm(Form):
    """Taking it back needs no words."""


FORMS: dict[str, type[Form]] = {"approve": ApproveForm, "return": ReturnForm, "withdraw": WithdrawForm}


def listed(request: HttpRequest) -> HttpResponse:
    """The proposals of a table, or what waits in all of them."""
    viewer, query = Viewer.of(request), query_of(request)
    _programme, table, seen = chosen_table(request, viewer)
    state = request.GET.get("state", "open" if table is None else "")
    if state and state not in STATES:
        raise Misuse("unknown_state", _("没有这种状态。"))
    asked = [(item, one) for item in seen for one in item.tables if table is None or one.name == table.name]
    found: list[Proposal] = []
    for programme, one in asked:
        found += proposals(viewer.person, programme, one, state=state, limit=PAGE, at=viewer.at)
    found.sort(key=lambda item: item.proposed_at, reverse=True)
    page = {
        "proposals": found[(query.page - 1) * PAGE : query.page * PAGE],
        "titles": {one.name: one.title for _, one in asked},
        "programmes": seen,
        "table": table,
        "state": state,
        "states": STATES,
        "query": query,
        "more": len(found) > query.page * PAGE,
    }
    return render(request, "office/proposals.html", page)


def proposal(request: HttpRequest, proposal: UUID) -> HttpResponse:
    """One proposal with each of its cells."""
    viewer = Viewer.of(request)
    found = proposal_of(str(proposal), viewer.person, viewer.at)
    forms_shown = {name: form() for name, form in FORMS.items()}
    return render(request, "office/proposal.html", _page(request, viewer, found) | {"forms": forms_shown})


def _page(request: HttpRequest, viewer: Viewer, found: Proposal) -> dict[str, object]:
    programme, table = table_named(found.table)
    shown = difference_of(found)
    mine = found.person == viewer.person.username
    today = day_of(viewer.at)
    decides = not mine and all(
        may(viewer.person, Action.APPROVE_ROWS, code, programme.name, today) for code in touched(found)
    )
    return {
        "proposal": found,
        "programme": programme,
        "table": table,
        "shown": shown,
        "pages": Paginator(shown.rows, PAGE).get_page(query_of(request).page),
        "mine": mine,
        "decides": decides,
        "states": STATES,
        "kinds": KINDS,
    }


def decide(request: HttpRequest, proposal: UUID, step: str) -> HttpResponse:
    """Approve, return or take back."""
    viewer = Viewer.of(request)
    found = proposal_of(str(proposal), viewer.person, viewer.at)
    if request.method != "POST":
        return redirect("office:proposal", found.pk)
    by, at = viewer.person, viewer.at
    steps: dict[str, tuple[Callable[..., object], str]] = {
        "approve": (
            lambda form: approve(found, overwrite=form.cleaned_data["overwrite"], by=by, at=at),
            _("已批准并写入。"),
        ),
        "return": (
            lambda form: return_proposal(found, reason=form.cleaned_data["reason"], cells=form.said, by=by, at=at),
            _("已退回，报送人会看到原因。"),
        ),
        "withdraw": (lambda form: withdraw_proposal(found, reason="", by=by, at=at), _("已收回。")),
    }
    act, words = steps[step]
    page = _page(request, viewer, found) | {"step": step}
    address = reverse("office:proposal", args=[found.pk])
    return answer(
        request, FORMS[step], "office/proposal_step.html", page, act=act, then=address, told=words,
        by=viewer.person, at=viewer.at,
    )  # fmt: skip
