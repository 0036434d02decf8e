"""After a restore the counter of transactions goes on where the old server's was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command

from audit.models import Event, TrailTransaction
from audit.seals import seal_trail
from audit.verification import verify
from config import counter
from records.ledger import feed
from records.models import CreditChange, FeedCursor
from tests.audit.sealing import counting_on, execute, happen, nothing_happened, past_the_triggers, seal
from tests.factories import CandidateFactory
from tests.patience import until

FAR = 1_000_000_000_000


@pytest.fixture
def an_old_server() -> Iterator[None]:
    """What is written within the test's first block came from a server that had counted far; afterwards the shift is zero."""
    with counting_on(0):
        yield


def shift() -> int:
    return int(execute("SELECT kaoji_shift()")[0][0])


def test_everything_ordered_by_transactions_is_known_to_the_counter():
    ordered = {
        model._meta.db_table
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field.db_default, TrailTransaction)
    }

    assert ordered == {"audit_event", "records_creditchange"}
    assert ordered < set(counter.ORDERED)


@pytest.mark.django_db
def test_where_nothing_is_ahead_the_counter_stays():
    happen(2)

    counter.catch_up()

    assert shift() == 0


@pytest.mark.django_db(transaction=True)
def test_the_trail_of_a_restored_database_goes_on_behind_its_last_seal(an_old_server):
    nothing_happened()
    with counting_on(FAR):
        old = happen(3)
        seal()
        old += happen(1)

    call_command("migrate", verbosity=0)
    new = happen(2)
    seal()

    assert shift() > FAR - 1_000_000
    assert list(Event.objects.order_by("transaction", "pk").values_list("pk", flat=True)) == [each.pk for each in [*old, *new]]
    assert verify().as_json() == {"entries": 6, "seals": 2, "unsealed": 0, "intact": True, "first_fault": None}
    before = shift()
    counter.catch_up()
    assert shift() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["records_feedcursor", "records_creditchange"])
def test_the_feed_of_a_restored_database_misses_nothing(an_old_server, table):
    candidate = CandidateFactory()
    CreditChange.objects.create(candidate=candidate, kind="entered")
    FeedCursor.objects.create(follower="test", transaction=0)
    execute(f"UPDATE {table} SET transaction = %s", [FAR])

    counter.catch_up()
    change = CreditChange.objects.create(candidate=candidate, kind="changed")
    seen: list[int] = []
    assert until(lambda: feed.follow("test", lambda changes: seen.extend(each.pk for each in changes)))

    change.refresh_from_db()
    assert change.transaction > FAR
    assert seen[-1] == change.pk


@pytest.mark.django_db(transaction=True)
def test_statements_prepared_before_count_on_from_the_new_place(an_old_server):
    execute("PREPARE note AS INSERT INTO audit_event (kind, verb, subject_table) VALUES ('step', 'v', 't') RETURNING transaction")
    for _round in range(8):  # by now its plan is kept
        before = execute("EXECUTE note")[0][0]
    with past_the_triggers():
        execute("UPDATE audit_event SET transaction = %s WHERE transaction = %s", [FAR, before])

    counter.catch_up()

    assert execute("EXECUTE note")[0][0] > FAR
    execute("DEALLOCATE note")


@pytest.mark.django_db
def test_a_database_migrated_back_to_before_the_counter_is_left_alone():
    execute("DROP FUNCTION kaoji_shift() CASCADE")

    counter.catch_up()

    assert execute("SELECT to_regproc('kaoji_shift') IS NULL") == [(True,)]
    with pytest.raises(Exception, match="kaoji_shift"):
        seal_trail()
