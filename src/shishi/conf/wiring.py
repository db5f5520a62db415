"""Which handler answers for what."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from shishi.apps.audit.digesters import register_digester

APPS = "shishi.apps"


def wire() -> None:
    """Register the handlers. Safe to repeat."""
    supervision = f"{APPS}.supervision.selectors"
    programmes = f"{APPS}.programmes.selectors"
    assurance, documents = f"{APPS}.assurance.selectors", f"{APPS}.documents.selectors"
    from shishi.apps.ledger.decided_handler import register_decided
    from shishi.apps.ledger.listing_handler import register_listing

    _witness_ledger()
    _witness_posts()
    _witness_evidence()
    register_digester("pack", later(programmes, "digest_of_pack"), later(programmes, "pack_identifiers"))
    drafts = f"{APPS}.programmes.draft_history"
    register_digester("pack.draft", later(drafts, "digest_of_draft_step"), later(drafts, "draft_step_identifiers"))
    register_digester("marks", later(assurance, "digest_of_marking"), later(assurance, "unrecorded_markings"))
    register_digester("brief", later(documents, "recomputed_brief_digest"), later(documents, "brief_identifiers"))
    register_digester("brief.draft", later(documents, "digest_of_draft"), later(documents, "published_drafts"))
    register_digester("notice", later(supervision, "recomputed_notice_digest"))
    register_digester("notice.step", later(supervision, "recomputed_step_digest"))
    _witness_matters()
    _witness_cases()
    _witness_decisions()
    _witness_fieldwork()
    _wire_exchange()
    _wire_citizens()
    _wire_machines()
    _wire_complaints()
    _wire_referrals()
    publishing = f"{APPS}.publishing.selectors"
    register_digester("edition", later(publishing, "digest_of_edition"), later(publishing, "edition_identifiers"))
    register_digester(
        "edition.taken_down", later(publishing, "digest_of_taking_down"), later(publishing, "taking_down_identifiers")
    )
    register_listing(later(f"{APPS}.indicators.source", "listing"))
    register_decided("fieldwork", later(f"{APPS}.fieldwork.decided", "proposal_decided"))
    _wire_verification()
    _wire_waiting()
    _wire_messages()
    _wire_jobs()
    _wire_verbs()


def _wire_machines() -> None:
    """Clients of the interface and where they are told what happens."""
    from shishi.apps.machines.hooks import register_hearing

    clients, hooks = f"{APPS}.machines.clients", f"{APPS}.machines.hooks"
    for kind, module, noun in (("client", clients, "client"), ("hook", hooks, "hook")):
        register_digester(kind, later(module, f"digest_of_{noun}"), later(module, f"{noun}_identifiers"))
        register_digester(
            f"{kind}.end", later(module, f"digest_of_{noun}_end"), later(module, f"ended_{noun}_identifiers")
        )
    register_hearing("case", later(f"{APPS}.cases.hearing", "heard"))
    register_hearing("ledger", later(f"{APPS}.hall.hearing", "heard"))


def _wire_complaints() -> None:
    """What people complain of is held against what is reported."""
    from shishi.apps.supervision.complaints_handler import register_complaints

    register_complaints(later(f"{APPS}.cases.complaints", "complaints_about"))


def _wire_referrals() -> None:
    """Matters that go to other cities' systems, and those that come from there."""
    from shishi.apps.cases.incidents import register_outside

    house = f"{APPS}.referrals"
    for kind, module, noun, listed in (
        ("referral", "selectors", "referral", "referral"),
        ("referral.taken", "taking", "taken", "taken"),
        ("referral.endpoint", "endpoints", "endpoint", "endpoint"),
        ("referral.endpoint.end", "endpoints", "end", "ended"),
    ):
        digester, identifiers = f"recomputed_{noun}", f"{listed}_identifiers"
        register_digester(kind, later(f"{house}.{module}", digester), later(f"{house}.{module}", identifiers))
    register_outside("refer", later(f"{house}.sending", "settle"))


def _wire_citizens() -> None:
    """Accounts of citizens, and the systems that take their login."""
    citizens = f"{APPS}.citizens.selectors"
    register_digester("citizen", later(citizens, "digest_of_citizen"), later(citizens, "citizen_identifiers"))
    register_digester("system", later(citizens, "digest_of_system"), later(citizens, "system_identifiers"))
    handing = f"{APPS}.hall.handing_over"
    register_digester("handover.step", later(handing, "digest_of_step"), later(handing, "step_identifiers"))


def _witness_ledger() -> None:
    """Batches, proposals and what people say of rows."""
    ledger = f"{APPS}.ledger.selectors"
    register_digester("ledger.batch", later(ledger, "digest_of_batch"), later(ledger, "batch_identifiers"))
    proposed = f"{APPS}.ledger.proposed"
    register_digester("ledger.proposal", later(proposed, "digest_of_proposal"), later(proposed, "proposal_identifiers"))
    register_digester(
        "ledger.proposal.decision", later(proposed, "digest_of_decision"), later(proposed, "decided_identifiers")
    )
    periods = f"{APPS}.ledger.periods"
    register_digester(
        "ledger.reopening", later(periods, "digest_of_reopening"), later(periods, "reopening_identifiers")
    )
    comments = f"{APPS}.ledger.comments"
    register_digester("ledger.comment", later(comments, "digest_of_comment"), later(comments, "comment_identifiers"))


def _witness_posts() -> None:
    """Who may do what, and in whose hands it is."""
    accounts = f"{APPS}.accounts.selectors"
    register_digester("post", later(accounts, "digest_of_post"), later(accounts, "post_identifiers"))
    register_digester("post.end", later(accounts, "digest_of_post_end"), later(accounts, "ended_post_identifiers"))
    register_digester("delegation", later(accounts, "digest_of_delegation"), later(accounts, "delegation_identifiers"))
    register_digester(
        "delegation.end", later(accounts, "digest_of_taking_back"), later(accounts, "taken_back_identifiers")
    )


def _witness_evidence() -> None:
    """Photos and papers, and what was taken back."""
    history = f"{APPS}.assurance.evidence_history"
    register_digester("evidence", later(history, "digest_of_evidence"), later(history, "evidence_identifiers"))
    register_digester(
        "evidence.withdrawal", later(history, "digest_of_withdrawal"), later(history, "withdrawal_identifiers")
    )


def _witness_matters() -> None:
    """What else of supervision the trail answers for."""
    house = f"{APPS}.supervision"
    register_digester(
        "notice.wording",
        later(f"{house}.wording", "recomputed_wording_digest"),
        later(f"{house}.wording", "wording_identifiers"),
    )
    history = f"{house}.matter_history"
    register_digester("matter", later(history, "recomputed_matter_digest"), later(history, "matter_identifiers"))
    register_digester(
        "matter.step", later(history, "recomputed_matter_step_digest"), later(history, "matter_step_identifiers")
    )
    circulars = f"{house}.circulars"
    register_digester(
        "circular", later(circulars, "recomputed_circular_digest"), later(circulars, "circular_step_identifiers")
    )
    meetings, dismissing = f"{house}.meetings", f"{house}.dismissing"
    register_digester("meeting", later(meetings, "recomputed_record_digest"), later(meetings, "record_identifiers"))
    register_digester(
        "dismissal", later(dismissing, "recomputed_dismissal_digest"), later(dismissing, "dismissal_identifiers")
    )


def _witness_cases() -> None:
    """Threads of cases: the newest line of each stands on all before it."""
    thread = f"{APPS}.cases.thread"
    register_digester("case.step", later(thread, "recomputed_step_digest"), later(thread, "step_identifiers"))
    register_digester("case.batch", later(thread, "recomputed_batch_digest"), later(thread, "batch_identifiers"))


def _witness_decisions() -> None:
    """What owners said, line on line, and the protocols that were frozen."""
    seen = f"{APPS}.decisions.seen"
    register_digester("decision.line", later(seen, "recomputed_line_digest"), later(seen, "line_identifiers"))
    register_digester(
        "decision.protocol", later(seen, "recomputed_protocol_digest"), later(seen, "protocol_identifiers")
    )


def _wire_verbs() -> None:
    """What service tasks of processes may do: this list and nothing else."""
    from shishi.apps.cases.verbs import register_verb

    posting = f"{APPS}.cases.posting"
    register_verb("ledger.post", later(posting, "post_to_ledger"))
    register_verb("messages.send", later(posting, "send_message"))
    register_verb("exchange.send", later(f"{APPS}.cases.exchanging", "send_across"))
    register_verb("cases.reckon", later(f"{APPS}.cases.reckoning", "reckon"))
    deciding = f"{APPS}.cases.deciding"
    register_verb("decisions.open", later(deciding, "begin_decision"))
    register_verb("decisions.close", later(deciding, "end_decision"))


def _wire_verification() -> None:
    """Which rows a verification is of, and what the trail answers for of it."""
    from shishi.apps.accounts.waiting import register_started, register_waiting
    from shishi.apps.assurance.population import register_population

    register_population(later(f"{APPS}.indicators.counted", "counted_rows"))
    asking = f"{APPS}.assurance.verification_waiting"
    register_waiting("verification", later(asking, "waiting_for"))
    register_started("verification", later(asking, "started_by"))
    digests = f"{APPS}.assurance.verification_digests"
    for kind, noun in (
        ("verification", "plan"),
        ("verification.draw", "draw"),
        ("verification.check", "check"),
        ("verification.recheck", "recheck"),
    ):
        register_digester(kind, later(digests, f"recomputed_{noun}_digest"), later(digests, f"{noun}_identifiers"))


def _witness_fieldwork() -> None:
    """Visits, their photos and problems, and what devices sent."""
    history, devices = f"{APPS}.fieldwork.visit_history", f"{APPS}.fieldwork.devices_seen"
    for kind, digester, identifiers in (
        ("visit", "recomputed_visit", "visit_identifiers"),
        ("visit.done", "recomputed_done", "done_identifiers"),
        ("visit.cancelled", "recomputed_cancelling", "cancelled_identifiers"),
        ("visit.photo", "recomputed_photo", "photo_identifiers"),
        ("problem.step", "recomputed_step", "step_identifiers"),
    ):
        register_digester(kind, later(history, digester), later(history, identifiers))
    for kind, digester, identifiers in (
        ("device", "recomputed_device", "device_identifiers"),
        ("submission", "recomputed_submission", "submission_identifiers"),
    ):
        register_digester(kind, later(devices, digester), later(devices, identifiers))


def _wire_exchange() -> None:
    """What the trail answers for of the exchange, and who acts on what arrives."""
    from shishi.apps.exchange.handling import register_handler

    digests = f"{APPS}.exchange.digests"
    for noun in ("sent", "received", "receipt", "key", "own_key"):
        register_digester(
            f"exchange.{noun}", later(digests, f"recomputed_{noun}"), later(digests, f"{noun}_identifiers")
        )
    arriving = f"{APPS}.exchange.arriving"
    register_handler("exchange.key", later(arriving, "take_keys"))
    register_handler("case", later(f"{APPS}.cases.exchanging", "take"))
    register_handler("exchange.hello", later(arriving, "take_greeting"))


def later(module: str, name: str) -> Callable[..., Any]:
    """A handler whose module is loaded when it is first asked: a command that proves nothing starts without it."""

    def handler(*given: object) -> Any:
        return getattr(import_module(module), name)(*given)

    return handler


def _wire_waiting() -> None:
    """Every area tells what waits for a person, and what a person started."""
    from shishi.apps.accounts.waiting import register_started, register_waiting

    low = ("programmes", "ledger", "assurance", "jobs", "machines", "messages", "documents")
    for area in (*low, "fieldwork", "supervision", "exchange", "decisions", "cases", "referrals"):
        register_waiting(area, later(f"{APPS}.{area}.waiting", "waiting_for"))
        register_started(area, later(f"{APPS}.{area}.waiting", "started_by"))


def _wire_messages() -> None:
    from django.conf import settings

    from shishi.adapters.messages.gateway import Gateway
    from shishi.adapters.messages.mail import mail_channel
    from shishi.apps.messages.services import register_address_book, register_channels

    mail = mail_channel(settings.MAIL_URL, settings.DATA / "mail", settings.MAIL_FROM)
    register_address_book(later(f"{APPS}.citizens.selectors", "phone_behind"))
    register_channels([mail, *(Gateway(name, url, token) for name, (url, token) in settings.GATEWAYS.items())])


def _wire_jobs() -> None:
    from shishi.apps.jobs.kinds import register_kind

    register_kind("store.drill", later("shishi.commands.drill", "as_job"))
    hand_ins = f"{APPS}.ledger.hand_in_jobs"
    for kind in ("check", "receive", "propose"):
        register_kind(f"ledger.{kind}", later(hand_ins, kind))
    register_kind("fieldwork.prove", later(f"{APPS}.fieldwork.decided", "as_job"))
    register_kind("cases.approve", later(f"{APPS}.cases.bulk", "as_job"))
    register_kind("supervision.reply", later(f"{APPS}.supervision.replying", "as_job"))
    register_kind("publishing.publish", later(f"{APPS}.publishing.edition_jobs", "as_job"))
