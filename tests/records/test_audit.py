"""The audit trail only grows, and is found by subject, by employee, or by refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from upheld.records.audit.models import Entry
from upheld.records.audit.queries import entries

pytestmark = pytest.mark.django_db


def test_an_entry_is_neither_changed_nor_deleted():
    Entry.objects.create(act="waive_promise", subject_kind="promise", subject_id="1")
    for change in (lambda: Entry.objects.update(act="nothing"), Entry.objects.all().delete):
        with pytest.raises(IntegrityError, match="not allowed on audit_entry"), transaction.atomic():
            change()
    entry = Entry.objects.get()
    assert (entry.act, entry.allowed, entry.detail) == ("waive_promise", True, {})


@pytest.mark.django_db(transaction=True)
def test_a_test_database_can_still_be_emptied():
    """Transactional tests end with a flush; only a database of the test runner lets it through (append_only.py)."""
    Entry.objects.create(act="rate_base")
    call_command("flush", interactive=False, verbosity=0)
    assert not Entry.objects.exists()


def test_an_entry_names_its_act(refused):
    with refused("entry_names_its_act"):
        Entry.objects.create(act="")


def test_the_trail_is_read_by_what_is_asked(make_employee):
    me = make_employee()
    early = datetime(2026, 3, 1, tzinfo=UTC)
    seen = Entry.objects.create(act="show_number", actor=me, subject_kind="person", subject_id="7", at=early)
    barred = Entry.objects.create(
        act="read_customers", actor=me, subject_kind="person", subject_id="8", allowed=False
    )
    nightly = Entry.objects.create(act="rate_base")
    assert set(entries()) == {seen, barred, nightly}
    assert entries()[-1] == seen
    assert entries(subject_kind="person", subject_id=7) == [seen]
    assert set(entries(actor_id=me.pk)) == {seen, barred}
    assert entries(refused_only=True) == [barred]
    assert entries(act="rate_base") == [nightly]
    assert entries(before=datetime(2026, 3, 2, tzinfo=UTC)) == [seen]
    assert len(entries(limit=1)) == 1
