"""Who may open which page: one row for every route of the whole site. ``doors`` enforces it; nothing else has to.

A new route gets one line here, ``"<name of the route>": Door(action, about)``; without it the site does not start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shishi.apps.accounts.roles import Action
from shishi.web.office import access_citizens, access_interface


class About(StrEnum):
    """What a page is about, and so whose right to it is asked for."""

    PUBLIC = "public"
    """For everybody, signed in or not."""
    MACHINE = "machine"
    """For devices, which say by a token who they are: the page itself holds them against it and answers 401 or 403."""
    CITIZEN = "citizen"
    """A citizen's own matters: nobody of an office opens them here, a citizen opens nothing else that is not public;
    the page sends whoever is not signed in to do that, and holds each thing to its owner."""
    ENTRANCE = "entrance"
    """The way in: for who is not signed in yet; who is may pass."""
    OWN = "own"
    """A signed-in person's own sessions, password, posts."""
    REACH = "reach"
    """Things that lie in divisions and programmes: the action must be held somewhere (403 otherwise), and a thing that
    lies out of reach is unknown (404; the selectors decide)."""
    STORE = "store"
    """The whole store: the action must be held for the country."""


@dataclass(frozen=True, slots=True)
class Door:
    """A row of the table. ``action``: the right that opens it, ``None`` for whoever is signed in. A door takes ``GET``
    (not where it has no page of its own: ``reads=False``); with ``writes`` also ``POST``, by the same right or the
    named one."""

    action: Action | None
    about: About
    writes: bool | Action = False
    reads: bool = True

    def right(self, method: str | None) -> Action | None:
        """The right that a request of this method needs."""
        return self.writes if method == "POST" and isinstance(self.writes, Action) else self.action

    def takes(self, method: str | None) -> bool:
        """Whether the method is one for this door."""
        return method in self.methods

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it takes."""
        return (("GET", "HEAD") if self.reads else ()) + (("POST",) if self.writes else ())


_PUBLIC = Door(None, About.PUBLIC)
_ENTRANCE = Door(None, About.ENTRANCE, writes=True)
_OWN = Door(None, About.OWN)
_OWN_FORM = Door(None, About.OWN, writes=True)
_SEEN = Door(Action.READ, About.REACH)
_MANAGED = Door(Action.MANAGE_PEOPLE, About.REACH, writes=True)
_VISIT = Door(Action.VISIT, About.REACH, writes=True)
_FETCHED = Door(None, About.MACHINE)
_SENT = Door(None, About.MACHINE, writes=True, reads=False)
_ASKED = Door(None, About.MACHINE, writes=True)
_HANDED_IN = Door(Action.HAND_IN, About.REACH)
_HAND_IN = Door(Action.HAND_IN, About.REACH, writes=True)

_HANDLED = Door(Action.HANDLE_CASES, About.REACH)
_HANDLE = Door(Action.HANDLE_CASES, About.REACH, writes=True)
_DRAFT_SEEN = Door(Action.DRAFT_PROGRAMME, About.REACH)
_DRAFTED = Door(Action.DRAFT_PROGRAMME, About.REACH, writes=True)

DOORS: Mapping[str, Door] = {
    # The office
    "office:home": Door(None, About.REACH),
    "office:programmes": _SEEN,
    "office:preferences": _ENTRANCE,
    "office:design": Door(None, About.OWN, writes=True),
    "office:programme": _SEEN,
    "office:programme-course": _SEEN,
    "office:programme-export": _SEEN,
    "office:map": _SEEN,
    "office:map-shapes": _SEEN,
    "office:why": _SEEN,
    "office:why-not": _SEEN,
    "office:difference": _SEEN,
    "office:notices": _SEEN,
    "office:notice": _SEEN,
    "office:notice-wording": Door(Action.DRAFT_NOTICE, About.REACH, writes=True),
    "office:notice-paper": _SEEN,
    "office:notice-step": Door(Action.READ, About.REACH, writes=True),
    "office:stocktakes": _SEEN,
    "office:stocktake": _SEEN,
    "office:findings": _SEEN,
    "office:finding-draft": Door(Action.DRAFT_NOTICE, About.REACH, writes=True),
    "office:finding-dismiss": Door(Action.DRAFT_NOTICE, About.REACH, writes=True),
    "office:verifications": _SEEN,
    "office:verification": _SEEN,
    "office:verification-rows": _SEEN,
    "office:verification-population": _SEEN,
    "office:verification-work": Door(Action.ASSURE, About.REACH),
    "office:verification-new": Door(Action.ASSURE, About.REACH, writes=True),
    "office:verification-draw": Door(Action.ASSURE, About.REACH, writes=True),
    "office:verification-sheet": Door(Action.ASSURE, About.REACH),
    "office:verification-results": Door(Action.ASSURE, About.REACH, writes=True),
    "office:verification-row": Door(Action.READ, About.REACH, writes=Action.ASSURE),
    "office:verification-recheck": Door(Action.READ, About.REACH, writes=True),
    "office:meeting-new": Door(Action.RUN_DAY, About.REACH, writes=True),
    "office:meeting": _SEEN,
    "office:meeting-correction": Door(Action.RUN_DAY, About.REACH, writes=True),
    "office:matters": _SEEN,
    "office:matter-new": Door(Action.READ, About.REACH, writes=True),
    "office:matters-import": Door(Action.DRAFT_NOTICE, About.REACH, writes=True),
    "office:matters-template": Door(Action.DRAFT_NOTICE, About.REACH),
    "office:matters-marked": Door(Action.DRAFT_NOTICE, About.REACH),
    "office:matter": _SEEN,
    "office:matter-evidence": _SEEN,
    "office:matter-step": Door(Action.READ, About.REACH, writes=True),
    "office:circulars": _SEEN,
    "office:circular-new": Door(Action.DRAFT_NOTICE, About.REACH, writes=True),
    "office:circular": _SEEN,
    "office:circular-wording": Door(Action.DRAFT_NOTICE, About.REACH, writes=True),
    "office:circular-paper": _SEEN,
    "office:circular-step": Door(Action.READ, About.REACH, writes=True),
    "office:briefs": _SEEN,
    "office:brief": _SEEN,
    "office:brief-new": Door(Action.RUN_DAY, About.REACH, writes=True),
    "office:brief-page": Door(Action.READ, About.REACH, writes=Action.RUN_DAY),
    "office:brief-draft": _SEEN,
    "office:brief-pick": Door(Action.RUN_DAY, About.REACH),
    "office:brief-preview": _SEEN,
    "office:brief-step": Door(Action.READ, About.REACH, writes=True),
    "office:publishing": Door(Action.PUBLISH, About.REACH),
    "office:publishing-programme": Door(Action.PUBLISH, About.REACH, writes=True),
    "office:publishing-down": Door(Action.PUBLISH, About.REACH, writes=True),
    # Hand-ins and jobs: who handed in sees its cells; a second person decides where they may approve rows
    "office:imports": _HAND_IN,
    "office:import-unchanged": _HAND_IN,
    "office:import-template": _HANDED_IN,
    "office:import": _HANDED_IN,
    "office:import-mapping": _HAND_IN,
    "office:import-explain": _HAND_IN,
    "office:import-confirm": _HAND_IN,
    "office:import-marked": _HANDED_IN,
    "office:batches": _SEEN,
    "office:batch": Door(Action.READ, About.REACH, writes=Action.HAND_IN),
    "office:proposals": _SEEN,
    "office:proposal": _SEEN,
    "office:proposal-decide": Door(Action.READ, About.REACH, writes=True),
    "office:reports": _SEEN,
    "office:reports-step": Door(Action.READ, About.REACH, writes=True),
    "office:report": Door(Action.READ, About.REACH, writes=Action.HAND_IN),
    "office:report-step": Door(Action.READ, About.REACH, writes=True),
    "office:machines": Door(Action.OPERATE, About.STORE),
    "office:machine-replay": Door(Action.OPERATE, About.STORE, writes=True),
    "office:machine-drop": Door(Action.OPERATE, About.STORE, writes=True),
    "office:jobs": Door(None, About.OWN),
    "office:job": Door(None, About.OWN),
    "office:job-decide": Door(None, About.OWN, writes=True),
    "office:ledger": _SEEN,
    "office:ledger-rows": _SEEN,
    "office:ledger-edit": Door(Action.READ, About.REACH, writes=Action.HAND_IN, reads=False),
    "office:ledger-bulk": Door(Action.HAND_IN, About.REACH, writes=True),
    "office:ledger-view": Door(Action.READ, About.REACH, writes=True, reads=False),
    "office:ledger-export": _SEEN,
    "office:ledger-board": _SEEN,
    "office:ledger-map": _SEEN,
    "office:ledger-places": _SEEN,
    "office:row": _SEEN,
    "office:evidence": Door(Action.READ, About.REACH, writes=Action.HAND_IN),
    "office:evidence-ticket": _HAND_IN,
    "office:evidence-capture": _HAND_IN,
    "office:evidence-picture": _SEEN,
    "office:evidence-paper": _SEEN,
    "office:evidence-original": Door(Action.REVEAL, About.REACH, writes=True),
    "office:evidence-step": Door(Action.READ, About.REACH, writes=True),
    "office:evidence-coverage": _SEEN,
    "office:evidence-archive": _SEEN,
    "office:evidence-archive-file": _SEEN,
    "office:evidence-archive-print": _SEEN,
    "office:row-comment": Door(Action.READ, About.REACH, writes=True, reads=False),
    "office:row-restore": Door(Action.HAND_IN, About.REACH, writes=True, reads=False),
    "office:row-withdraw": Door(Action.HAND_IN, About.REACH, writes=True, reads=False),
    "office:row-reveal": Door(Action.REVEAL, About.REACH, writes=True, reads=False),
    "office:row-rekey": _HAND_IN,
    "office:search": _SEEN,
    "office:search-suggestions": _SEEN,
    # Cases: whoever handles them; the selectors show what lies within reach, each service asks its own right
    "office:tasks": _HANDLED,
    "office:task": _HANDLE,
    "office:task-step": _HANDLE,
    "office:tasks-approve": _HANDLE,
    "office:cases": _HANDLED,
    "office:case": _HANDLED,
    "office:case-new": _HANDLE,
    "office:case-step": _HANDLE,
    "office:case-material": _HANDLE,
    "office:case-file": _HANDLED,
    "office:case-diagram": _HANDLED,
    "office:case-reveal": Door(Action.REVEAL, About.REACH, writes=True, reads=False),
    "office:incidents": _HANDLED,
    "office:incident": _HANDLED,
    "office:incident-step": _HANDLE,
    "office:ratings": _HANDLED,
    "office:rating": _HANDLED,
    "office:rating-step": _HANDLE,
    "office:rating-statistics": _SEEN,
    "office:case-statistics": _SEEN,
    "office:case-statistics-process": _SEEN,
    "office:case-statistics-export": _SEEN,
    # Joint decisions of owners: who handles cases there writes, who reads there sees
    "office:decisions": _SEEN,
    "office:decision": _SEEN,
    "office:decision-protocol": _SEEN,
    "office:decision-new": Door(Action.HANDLE_CASES, About.REACH, writes=True),
    "office:decision-step": Door(Action.HANDLE_CASES, About.REACH, writes=True),
    # Programmes in the making: the selectors show a draft to who may draft or approve there
    "office:editor": _DRAFT_SEEN,
    "office:editor-new": _DRAFTED,
    "office:editor-change": _DRAFTED,
    "office:editor-draft": _DRAFT_SEEN,
    "office:editor-columns": _DRAFTED,
    "office:editor-field": _DRAFTED,
    "office:editor-evidence": _DRAFTED,
    "office:editor-group": _DRAFTED,
    "office:editor-table": _DRAFTED,
    "office:editor-examples": _DRAFTED,
    "office:editor-example": _DRAFTED,
    "office:editor-sources": _DRAFTED,
    "office:editor-duties": _DRAFTED,
    "office:editor-record": _DRAFTED,
    "office:editor-sampling": _DRAFTED,
    "office:editor-gaming": _DRAFTED,
    "office:editor-table-new": _DRAFTED,
    "office:editor-table-drop": _DRAFTED,
    "office:editor-check": _DRAFTED,
    "office:editor-rule": _DRAFTED,
    "office:editor-brief": _DRAFTED,
    "office:editor-publishing": _DRAFTED,
    "office:editor-words": _DRAFTED,
    "office:editor-frame": _DRAFTED,
    "office:editor-indicator": _DRAFTED,
    "office:editor-target": _DRAFTED,
    "office:editor-rhythm": _DRAFTED,
    "office:editor-files": _DRAFTED,
    "office:editor-preview": _DRAFT_SEEN,
    "office:editor-review": _DRAFT_SEEN,
    "office:editor-template": _DRAFT_SEEN,
    "office:editor-export": _DRAFT_SEEN,
    "office:editor-step": _DRAFTED,
    "office:burden": _SEEN,
    # Fieldwork: whoever reads sees visits; each step asks its own right
    "office:fieldwork": _SEEN,
    "office:fieldwork-plan": _VISIT,
    "office:fieldwork-visit": _SEEN,
    "office:fieldwork-result": _VISIT,
    "office:fieldwork-cancel": _VISIT,
    "office:fieldwork-problems": _SEEN,
    "office:fieldwork-problem": _SEEN,
    "office:fieldwork-step": Door(Action.READ, About.REACH, writes=True),
    "office:fieldwork-photo": _SEEN,
    "office:fieldwork-attached": _SEEN,
    "office:fieldwork-capture": Door(Action.VISIT, About.REACH),
    "office:fieldwork-standing": Door(Action.VISIT, About.REACH),
    "office:fieldwork-tickets": Door(Action.VISIT, About.REACH, writes=True, reads=False),
    "office:fieldwork-send": Door(Action.VISIT, About.REACH, writes=True, reads=False),
    "office:fieldwork-upload": Door(Action.VISIT, About.REACH, writes=True, reads=False),
    "office:fieldwork-worker": _PUBLIC,
    "office:fieldwork-devices": _HANDED_IN,
    "office:fieldwork-device-new": _HAND_IN,
    "office:fieldwork-device-end": Door(Action.HAND_IN, About.REACH, writes=True, reads=False),
    "office:fieldwork-submissions": _HANDED_IN,
    "office:fieldwork-submission": _HAND_IN,
    "office:fieldwork-submission-file": _HANDED_IN,
    # Administration
    "office:audit": Door(Action.READ_AUDIT, About.STORE),
    "office:referrals": Door(Action.OPERATE, About.STORE),
    "office:referral-add": Door(Action.OPERATE, About.STORE, writes=True),
    "office:referral-end": Door(Action.OPERATE, About.STORE, writes=True),
    "office:case-refer": _HANDLE,
    "office:exchange": Door(Action.OPERATE, About.STORE, writes=True),
    "office:health": Door(Action.OPERATE, About.STORE, writes=True),
    "office:health-resend": Door(Action.OPERATE, About.STORE, writes=True, reads=False),
    "office:people": Door(Action.MANAGE_PEOPLE, About.REACH),
    "office:people-add": _MANAGED,
    "office:people-import": _MANAGED,
    "office:people-template": Door(Action.MANAGE_PEOPLE, About.REACH),
    "office:people-marked": Door(Action.MANAGE_PEOPLE, About.REACH),
    "office:person": Door(Action.MANAGE_PEOPLE, About.REACH),
    "office:person-change": _MANAGED,
    "office:post-add": _MANAGED,
    "office:post-end": _MANAGED,
    "office:post-stand-in": _MANAGED,
    "office:bodies": Door(Action.MANAGE_PEOPLE, About.REACH),
    "office:body-add": _MANAGED,
    "office:body": Door(Action.MANAGE_PEOPLE, About.REACH),
    "office:body-end": _MANAGED,
    "office:delegations": _OWN,
    "office:delegation-add": _OWN_FORM,
    "office:delegation-end": _OWN_FORM,
    # Coming in and going out
    "account_login": _ENTRANCE,
    "account_inactive": Door(None, About.ENTRANCE),
    "office:entry": _ENTRANCE,
    "office:entry-password": _ENTRANCE,
    "office:entry-demonstration": _ENTRANCE,
    "mfa_authenticate": _ENTRANCE,
    "mfa_login_webauthn": _ENTRANCE,
    "account_logout": _ENTRANCE,
    # One's own account
    "account_reauthenticate": _OWN_FORM,
    "account_change_password": _OWN_FORM,
    "account_set_password": _OWN_FORM,
    "mfa_index": _OWN,
    "mfa_reauthenticate": _OWN_FORM,
    "mfa_activate_totp": _OWN_FORM,
    "mfa_deactivate_totp": _OWN_FORM,
    "mfa_view_recovery_codes": _OWN,
    "mfa_generate_recovery_codes": _OWN_FORM,
    "mfa_download_recovery_codes": _OWN,
    "mfa_list_webauthn": _OWN,
    "mfa_add_webauthn": _OWN_FORM,
    "mfa_reauthenticate_webauthn": _OWN_FORM,
    "mfa_remove_webauthn": _OWN_FORM,
    "mfa_edit_webauthn": _OWN_FORM,
    "usersessions_list": _OWN_FORM,
    # Machines
    "api:documentation": _PUBLIC,
    "api:openapi": _PUBLIC,
    **{f"api:open311-{noun}": _PUBLIC for noun in ("discovery", "services", "service")},
    "api:open311-requests": _ASKED,
    **{f"api:open311-{noun}": _FETCHED for noun in ("request", "token")},
    **{f"api:v1:{noun}": _FETCHED for noun in access_interface.FETCHED},
    **{f"api:v1:{noun}": _ASKED for noun in access_interface.ASKED},
    **{f"api:v1:{noun}": _SENT for noun in access_interface.SENT},
    "api:exchange-messages": _SENT,
    **{
        f"api:openrosa{way}-{noun}": _SENT if noun == "submission" else _FETCHED
        for way in ("", "-key")
        for noun in ("forms", "submission", "form", "manifest")
    },
    # The portal
    "portal:promises": _PUBLIC,
    "portal:about": _PUBLIC,
    "portal:promise": _PUBLIC,
    "portal:place": _PUBLIC,
    "portal:csv": _PUBLIC,
    "portal:json": _PUBLIC,
    "portal:dictionary": _PUBLIC,
    "portal:brief": _PUBLIC,
    "portal:rows": _PUBLIC,
    "portal:rate": Door(None, About.PUBLIC, writes=True),
    "portal:evidence": _PUBLIC,
    "portal:ballot": Door(None, About.PUBLIC, writes=True),
    "portal:nothing_here": _PUBLIC,
    # The citizens' side: a session of an office is nobody there, and a citizen's opens no page of an office
    **{f"services:{noun}": _PUBLIC for noun in access_citizens.READ},
    **{f"services:{noun}": Door(None, About.PUBLIC, writes=True) for noun in access_citizens.OPEN},
    **{f"services:{noun}": Door(None, About.CITIZEN, writes=True) for noun in access_citizens.OWN},
    **dict.fromkeys(access_citizens.MACHINES, _SENT),
    **dict.fromkeys(access_citizens.PROVIDER, _PUBLIC),
    **dict.fromkeys(access_citizens.ELSEWHERE, Door(None, About.PUBLIC, writes=True)),
    **dict.fromkeys(access_citizens.TOLD, Door(None, About.MACHINE, writes=True)),
}
