"""Whoever changes the store behind the program's back is found out, and the first broken link is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from shishi.apps.assurance.services import mark_rows
from shishi.apps.audit import chain
from shishi.apps.audit.models import AuditEvent, AuditRoot
from shishi.apps.audit.selectors import Break, verify
from shishi.apps.audit.services import close_day, record
from shishi.apps.ledger.models import Batch, Receipt, RevisionRow
from shishi.conf.wiring import wire
from shishi.core.assurance import Basis
from tests.apps.town import DAY, HOMES, LANGXI, NOW, Town, home

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="tampers by SQLite's own means"),
]
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


def unlocked() -> None:
    """What somebody with the database file can do first: drop every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


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


@pytest.mark.parametrize("table", PROTECTED)
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_the_store_itself_refuses_to_change_what_was_written(trail: Town, table: str, verb: str) -> None:
    trail.hand_in({"code": "E1", "county": LANGXI, "name": "甲"}, table="estates")
    trail.hand_in(home("H9", estate="E1"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(verb.format(table))


CHANGED = {
    "who": "UPDATE audit_auditevent SET person = 'somebody' WHERE id = %s",
    "what": "UPDATE audit_auditevent SET action = 'ledger.unchanged' WHERE id = %s",
    "when": "UPDATE audit_auditevent SET at = datetime(at, '+1 second') WHERE id = %s",
    "which day": "UPDATE audit_auditevent SET day = date(day, '-1 day') WHERE id = %s",
    "of what": "UPDATE audit_auditevent SET subject = 'ledger.batch:none' WHERE id = %s",
    "digest": "UPDATE audit_auditevent SET digest = lower(hex(randomblob(32))) WHERE id = %s",
    "detail": "UPDATE audit_auditevent SET detail = json_set(detail, '$.posted', 99) WHERE id = %s",
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_event_is_named(trail: Town, change: str) -> None:
    event = next(of("clerk_xuanzhou"))
    unlocked()
    sql(CHANGED[change], event.pk)
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
    sql("DELETE FROM audit_auditevent WHERE id = %s", first.pk)
    assert (found().event, found().code) == (second.pk, "audit_link_missing")


def test_an_inserted_event_breaks_the_chain(trail: Town) -> None:
    last = list(of("clerk_xuanzhou"))[-1]
    unlocked()
    sql("UPDATE audit_auditevent SET position = position + 1 WHERE id = %s", last.pk)
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
    sql("UPDATE audit_auditevent SET position = 90 WHERE id = %s", first.pk)
    sql("UPDATE audit_auditevent SET position = %s WHERE id = %s", first.position, second.pk)
    sql("UPDATE audit_auditevent SET position = %s WHERE id = %s", second.position, first.pk)
    assert found().code == "audit_link_missing"


BEHIND: dict[str, Callable[[], object]] = {
    "a cell": lambda: sql(
        "UPDATE ledger_revisionrow SET cells = json_set(cells, '$.stage', 'issued') WHERE key = 'L1'"
    ),
    "a key": lambda: sql("UPDATE ledger_revisionrow SET key = 'L9' WHERE key = 'L1'"),
    "the day from which it is true": lambda: sql(
        "UPDATE ledger_revisionrow SET effective_on = '2021-09-01' WHERE key = 'L1'"
    ),
    "the moment at which it was known": lambda: sql(
        "UPDATE ledger_revisionrow SET recorded_at = datetime(recorded_at, '-1 day') WHERE key = 'L1'"
    ),
    "the row of the file": lambda: sql("UPDATE ledger_revisionrow SET row = 99 WHERE key = 'L1'"),
    "who handed it in": lambda: sql("UPDATE ledger_batch SET person = 'somebody' WHERE person = 'clerk_langxi'"),
    "the name of the file": lambda: sql("UPDATE ledger_batch SET file_name = 'x' WHERE person = 'clerk_langxi'"),
    "the revision itself": lambda: RevisionRow.objects.filter(key="L1").delete(),
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
    "change", ["state = 'verified'", "person = 'somebody'", "note = ''", "effective_on = '2021-01-01'"]
)
def test_a_changed_mark_is_found(trail: Town, change: str) -> None:
    unlocked()
    sql(f"UPDATE assurance_markrow SET {change}")
    assert (found().code, found().subject.split(":")[0]) == ("audit_subject_changed", "marks")


def test_a_smuggled_mark_is_found(trail: Town) -> None:
    sql(
        "INSERT INTO assurance_markrow SELECT 999, [table], entry, [group], 'verified', effective_on, recorded_at,"
        " person, note FROM assurance_markrow"
    )
    assert (found().code, found().subject.split(":")[0]) == ("audit_event_missing", "marks")


def test_a_cut_tail_is_found_with_the_printed_root_and_unproven_without_it(trail: Town) -> None:
    trail.hand_in(home("H4"), by=trail.clerk())
    printed = close(trail)
    batch = Batch.objects.latest("recorded_at")
    unlocked()
    sql("DELETE FROM audit_auditroot WHERE root = %s", printed)
    sql("DELETE FROM audit_auditevent WHERE subject = %s", f"ledger.batch:{batch.pk}")
    for table in ("ledger_revisionrow", "ledger_receipt"):
        sql(f"DELETE FROM {table} WHERE batch_id = %s", batch.pk.hex)
    sql("DELETE FROM ledger_batch WHERE id = %s", batch.pk.hex)
    assert found(printed).code == "audit_root_unknown"
    without = verify()
    assert (without.broken, without.tail_proven) == (None, False)


def test_events_cut_below_a_root_are_found_even_without_naming_it(trail: Town) -> None:
    last = list(of("clerk_xuanzhou"))[-1]
    unlocked()
    sql("DELETE FROM audit_auditevent WHERE id = %s", last.pk)
    assert found().code in ("audit_tail_cut", "audit_event_missing")


@pytest.mark.parametrize(
    "change",
    ["day = date(day, '-1 day')", "heads = '[]'", "at = datetime(at, '-1 day')", "number = 7", "previous = 'x'"],
)
def test_a_changed_root_is_found(trail: Town, change: str) -> None:
    unlocked()
    sql(f"UPDATE audit_auditroot SET {change}")
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


def test_an_event_is_written_only_with_what_it_records() -> None:
    if not connection.in_atomic_block:
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


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE accounts_post SET divisions = '[\"00\"]' WHERE id = (SELECT max(id) FROM accounts_post)", "changed"),
        ("DELETE FROM accounts_post WHERE id = (SELECT max(id) FROM accounts_post)", "changed"),
        (
            "INSERT INTO accounts_post (person_id, body_id, role, divisions, programmes)"
            " SELECT person_id, body_id, 'operator', '[\"00\"]', '[\"*\"]' FROM accounts_post LIMIT 1",
            "event_missing",
        ),
        ("UPDATE programmes_packrevision SET document = json_set(document, '$.title', '改过的清单')", "changed"),
    ],
)
def test_reach_and_definitions_cannot_be_changed_behind_the_trail(trail: Town, change: str, code: str) -> None:
    unlocked()
    sql(change)
    assert found().code == {"changed": "audit_subject_changed", "event_missing": "audit_event_missing"}[code]
