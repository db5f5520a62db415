"""Whoever changes the store behind the program's back is found out, and the first broken link is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.apps import apps as django_apps
from django.db import DatabaseError, connection, connections, transaction

from shishi.apps.accounts.models import Post
from shishi.apps.assurance.models import MarkRow
from shishi.apps.assurance.services import mark_rows
from shishi.apps.audit import chain
from shishi.apps.audit.models import AuditEvent, AuditRoot
from shishi.apps.audit.selectors import Break, verify
from shishi.apps.audit.services import close_day, record
from shishi.apps.ledger.models import Batch, Receipt, RevisionRow
from shishi.apps.programmes.models import PackRevision
from shishi.conf.wiring import wire
from shishi.core.assurance import Basis
from tests.apps.town import DAY, HOMES, LANGXI, NOW, Town, home
from tests.tampering import deleted, sql, unlocked

pytestmark = pytest.mark.django_db
PROTECTED = (
    *("audit_auditevent", "audit_auditroot", "ledger_revisionrow", "ledger_link", "ledger_receipt"),
    *("assurance_markrow", "programmes_packrevision"),
)


@pytest.fixture
def trail(town: Town) -> Town:
    """Two days of writes by three people of two bodies, closed with a root, and some more after it."""
    wire()
    town.hand_in(home("H1"), home("H2", "issued"), by=town.clerk())
    town.hand_in(home("L1", county=LANGXI), by=town.clerk("langxi"))
    mark_rows(
        HOMES, "certificate", Basis.EVIDENCED, ["H2"], effective_on=DAY, note="证书", by=town.operator, at=town.tick()
    )
    town.hand_in(home("H1", "registered"), by=town.clerk())
    close(town)
    return town


def close(town: Town) -> str:
    with transaction.atomic():
        return close_day(town.tick()).root


def found(root: str = "") -> Break:
    broken = verify(root).broken
    assert broken is not None
    return broken


def of(clerk: str) -> Iterator[AuditEvent]:
    return iter(AuditEvent.objects.filter(person=clerk).order_by("pk"))


def test_an_honest_trail_is_intact_and_says_how_much_of_it_is_proven(trail: Town) -> None:
    root = AuditRoot.objects.latest("number").root
    whole = verify(root)
    assert (whole.broken, whole.tail_proven, whole.last_root, whole.unproven) == (None, True, root, 0)
    trail.hand_in(home("H3"))
    later = verify()
    assert (later.broken, later.tail_proven, later.unproven) == (None, False, 1)


VERBS = ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"]
VERBS += ["TRUNCATE {table} CASCADE"] if connection.vendor == "postgresql" else []


@pytest.mark.parametrize("table", PROTECTED)
@pytest.mark.parametrize("verb", VERBS)
def test_the_store_itself_refuses_to_change_what_was_written(trail: Town, table: str, verb: str) -> None:
    trail.hand_in({"code": "E1", "county": LANGXI, "name": "甲"}, table="estates")
    trail.hand_in(home("H9", estate="E1"))
    (column,) = (model._meta.pk.column for model in django_apps.get_models() if model._meta.db_table == table)
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(verb.format(table=table, column=column))


CHANGED: dict[str, Callable[[AuditEvent], dict[str, object]]] = {
    "who": lambda event: {"person": "somebody"},
    "what": lambda event: {"action": "ledger.unchanged"},
    "when": lambda event: {"at": event.at + timedelta(seconds=1)},
    "which day": lambda event: {"day": event.day - timedelta(days=1)},
    "of what": lambda event: {"subject": "ledger.batch:none"},
    "digest": lambda event: {"digest": "0" * 64},
    "detail": lambda event: {"detail": event.detail | {"posted": 99}},
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_event_is_named(trail: Town, change: str) -> None:
    event = next(of("clerk_xuanzhou"))
    unlocked()
    AuditEvent.objects.filter(pk=event.pk).update(**CHANGED[change](event))
    broken = found()
    assert broken.event == event.pk
    assert broken.code in ("audit_event_changed", "audit_link_missing")


def test_a_changed_event_with_a_new_hash_breaks_the_link_after_it(trail: Town) -> None:
    first, second = of("clerk_xuanzhou")
    unlocked()
    first.person = "somebody"
    AuditEvent.objects.filter(pk=first.pk).update(person="somebody", hash=first.computed_hash())
    assert (found().event, found().code) == (second.pk, "audit_link_missing")


def test_a_chain_forged_to_its_end_is_betrayed_by_the_root(trail: Town) -> None:
    unlocked()
    previous = ""
    for event in AuditEvent.objects.filter(body="xuanzhou").order_by("position"):
        event.person, event.previous = "somebody", previous
        previous = event.computed_hash()
        AuditEvent.objects.filter(pk=event.pk).update(person="somebody", previous=event.previous, hash=previous)
    assert found().code == "audit_tail_cut"


def test_a_deleted_event_is_missed_at_the_one_after_it(trail: Town) -> None:
    first, second = of("clerk_xuanzhou")
    unlocked()
    deleted(AuditEvent.objects.filter(pk=first.pk))
    assert (found().event, found().code) == (second.pk, "audit_link_missing")


def test_an_inserted_event_breaks_the_chain(trail: Town) -> None:
    last = list(of("clerk_xuanzhou"))[-1]
    unlocked()
    AuditEvent.objects.filter(pk=last.pk).update(position=last.position + 1)
    AuditEvent.objects.create(
        **{
            **{name: getattr(last, name) for name in ("at", "day", "body", "person", "action", "subject", "detail")},
            "position": last.position,
            "digest": last.digest,
            "previous": last.previous,
            "hash": "0" * 64,
        }
    )
    assert found().code in ("audit_event_changed", "audit_link_missing")


def test_two_swapped_events_are_found(trail: Town) -> None:
    first, second = of("clerk_xuanzhou")
    unlocked()
    for event, position in ((first, 90), (second, first.position), (first, second.position)):
        AuditEvent.objects.filter(pk=event.pk).update(position=position)
    assert found().code == "audit_link_missing"


ROW = RevisionRow.objects.filter(key="L1")
BATCH = Batch.objects.filter(person="clerk_langxi")
BEHIND: dict[str, Callable[[], object]] = {
    "a cell": lambda: ROW.update(cells=ROW.get().cells | {"stage": "issued"}),
    "a key": lambda: ROW.update(key="L9"),
    "the day from which it is true": lambda: ROW.update(effective_on=date(2021, 9, 1)),
    "the moment at which it was known": lambda: ROW.update(recorded_at=ROW.get().recorded_at - timedelta(days=1)),
    "the row of the file": lambda: ROW.update(row=99),
    "who handed it in": lambda: BATCH.update(person="somebody"),
    "the name of the file": lambda: BATCH.update(file_name="x"),
    "the revision itself": lambda: deleted(ROW),
    "for whom it reports": lambda: Receipt.objects.filter(division=LANGXI).update(division="341825"),
}


@pytest.mark.parametrize("change", BEHIND)
def test_a_ledger_changed_behind_its_trail_is_found(trail: Town, change: str) -> None:
    unlocked()
    BEHIND[change]()
    event = next(of("clerk_langxi"))
    assert (found().code, found().event, found().subject) == ("audit_subject_changed", event.pk, event.subject)


def test_a_revision_smuggled_into_a_batch_is_found(trail: Town) -> None:
    row = RevisionRow.objects.get(key="L1")
    row.sequence = 999
    row.save(force_insert=True)
    assert found().code == "audit_subject_changed"


def test_a_batch_without_an_event_is_found(trail: Town) -> None:
    batch = Batch.objects.get(person="clerk_langxi")
    batch.pk = None
    batch.save(force_insert=True)
    assert (found().code, found().subject.split(":")[0]) == ("audit_event_missing", "ledger.batch")


@pytest.mark.parametrize(
    "change",
    [{"state": "verified"}, {"person": "somebody"}, {"note": ""}, {"effective_on": date(2021, 1, 1)}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_mark_is_found(trail: Town, change: dict[str, object]) -> None:
    unlocked()
    MarkRow.objects.update(**change)
    assert (found().code, found().subject.split(":")[0]) == ("audit_subject_changed", "marks")


def test_a_smuggled_mark_is_found(trail: Town) -> None:
    mark = MarkRow.objects.get()
    mark.sequence, mark.state = 999, "verified"
    mark.save(force_insert=True)
    assert (found().code, found().subject.split(":")[0]) == ("audit_event_missing", "marks")


def test_a_cut_tail_is_found_with_the_printed_root_and_unproven_without_it(trail: Town) -> None:
    trail.hand_in(home("H4"), by=trail.clerk())
    printed = close(trail)
    batch = Batch.objects.latest("recorded_at")
    unlocked()
    deleted(AuditRoot.objects.filter(root=printed))
    deleted(AuditEvent.objects.filter(subject=f"ledger.batch:{batch.pk}"))
    for model in (RevisionRow, Receipt):
        deleted(model.objects.filter(batch=batch))
    deleted(Batch.objects.filter(pk=batch.pk))
    assert found(printed).code == "audit_root_unknown"
    without = verify()
    assert (without.broken, without.tail_proven) == (None, False)


def test_events_cut_below_a_root_are_found_even_without_naming_it(trail: Town) -> None:
    last = list(of("clerk_xuanzhou"))[-1]
    unlocked()
    deleted(AuditEvent.objects.filter(pk=last.pk))
    assert found().code in ("audit_tail_cut", "audit_event_missing")


ROOTS: dict[str, Callable[[AuditRoot], dict[str, object]]] = {
    "day": lambda root: {"day": root.day - timedelta(days=1)},
    "heads": lambda root: {"heads": []},
    "moment": lambda root: {"at": root.at - timedelta(days=1)},
    "number": lambda root: {"number": 7},
    "previous": lambda root: {"previous": "x"},
}


@pytest.mark.parametrize("change", ROOTS)
def test_a_changed_root_is_found(trail: Town, change: str) -> None:
    unlocked()
    AuditRoot.objects.update(**ROOTS[change](AuditRoot.objects.get()))
    assert found().code == "audit_root_changed"


def test_a_subject_that_names_nothing_is_reported_not_stumbled_over(trail: Town) -> None:
    unlocked()
    event = next(of("clerk_langxi"))
    event.subject = "ledger.batch:no uuid at all"
    AuditEvent.objects.filter(pk=event.pk).update(subject=event.subject, hash=event.computed_hash())
    assert (found().code, found().event) == ("audit_subject_changed", event.pk)


def test_closing_a_day_twice_gives_the_same_root_and_a_new_write_another(trail: Town) -> None:
    root = close(trail)
    assert close(trail) == root
    trail.hand_in(home("H5"))
    assert close(trail) != root
    assert verify(root).tail_proven


def test_a_clock_that_steps_back_does_not_open_an_earlier_days_chain(trail: Town) -> None:
    with transaction.atomic():
        record(at=NOW - timedelta(days=3), person="operator", action="x", subject="x:1", body="xuanzhou")
    assert verify().broken is None


def test_an_event_is_written_only_with_what_it_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    with pytest.raises(RuntimeError, match="in the transaction"):
        record(at=NOW, person="operator", action="x", subject="x:1")


def test_a_root_can_be_reckoned_elsewhere_from_the_events_alone(trail: Town) -> None:
    """The arithmetic is public: canonical JSON and SHA-256."""
    previous = ""
    for root in AuditRoot.objects.order_by("number"):
        ends = [AuditEvent.objects.get(body=body, day=day, position=many).hash for body, day, many, _ in root.heads]
        assert ends == [head[3] for head in root.heads]
        assert root.root == chain.root(previous, number=root.number, at=root.at, day=root.day, heads=root.heads)
        previous = root.root


def smuggle_post() -> None:
    post = Post.objects.first()
    post.pk, post.role, post.divisions, post.programmes = None, "operator", ["00"], ["*"]
    post.save(force_insert=True)


LAST = Post.objects.order_by("-pk")[:1]
PACK = PackRevision.objects.all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: Post.objects.filter(pk=LAST.get().pk).update(divisions=["00"]), "audit_subject_changed"),
        (lambda: deleted(Post.objects.filter(pk=LAST.get().pk)), "audit_subject_changed"),
        (smuggle_post, "audit_event_missing"),
        (lambda: PACK.update(document=PACK.get().document | {"title": "改过的清单"}), "audit_subject_changed"),
    ],
    ids=("a wider reach", "a post gone", "a smuggled post", "a definition"),
)
def test_reach_and_definitions_cannot_be_changed_behind_the_trail(
    trail: Town, change: Callable[[], object], code: str
) -> None:
    unlocked()
    change()
    assert found().code == code
