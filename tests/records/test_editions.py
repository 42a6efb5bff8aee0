"""An edition is kept whole: which one was in force is answered for every day, and its rules load from its own text."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import ProtectedError

from upheld.policy.editions import load_edition
from upheld.records.standards import queries
from upheld.records.standards.models import Activation, EditionRecord
from upheld.records.standards.queries import (
    edition_in_force,
    edition_record,
    editions,
    loaded_edition,
    next_edition,
)
from upheld.records.standards.snapshot import SnapshotChanged, snapshot_of

pytestmark = pytest.mark.django_db

STANDARD = {
    "small/standard.yaml": """
id: S
title: {zh: 小标准, en: Small standard}
issuer: {zh: 某公司, en: Some company}
time_zone: Asia/Shanghai
source: made up for a test
in_force: {from: 2005-01-01}
""",
    "small/clauses.yaml": """
- id: S-1
  kind: rating
  title: {zh: 卡, en: Card}
  text: {zh: 联系人持金卡。, en: A contact holds gold.}
  locator: page 1
  status: executable
""",
    "small/rules/tiers.yaml": """
- table: small-card
  kind: card
  take: highest
  rows:
  - {clause: S-1, when: {role: contact}, card: gold}
""",
}


@pytest.fixture(autouse=True)
def nothing_kept_in_memory():
    queries._loaded.cache_clear()


def again(record, activated_at=None):
    """Put an edition in force from its day, the first time or once more."""
    at = {} if activated_at is None else {"activated_at": activated_at}
    return Activation.objects.create(edition=record, active_from=record.active_from, **at)


@pytest.fixture
def activate(db):
    def make(active_from, activated_at=None, name=None, **fields):
        usual = {
            "name": name or f"{active_from}-0123456789",
            "content_hash": "0123456789",
            "active_from": active_from,
            "content": {"files": {}},
        }
        if activated_at is not None:
            usual["activated_at"] = activated_at
        record = EditionRecord.objects.create(**{**usual, **fields})
        again(record, activated_at)
        return record

    return make


def test_the_edition_of_a_day_is_the_last_that_began(activate):
    first, second = activate(date(2005, 1, 1)), activate(date(2026, 1, 1))
    assert edition_in_force(date(2004, 12, 31)) is None
    assert edition_in_force(date(2025, 12, 31)) == first
    assert edition_in_force(date(2026, 1, 1)) == second
    assert edition_record(first.name) == first
    assert editions() == [second, first]


def test_of_two_from_one_day_the_later_activated_holds_and_the_former_view_can_be_asked(activate):
    then, now = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC)
    wrong = activate(date(2026, 1, 1), then, "2026-01-01-aaaaaaaaaa")
    mended = activate(date(2026, 1, 1), now, "2026-01-01-bbbbbbbbbb")
    assert edition_in_force(date(2026, 1, 10)) == mended
    assert edition_in_force(date(2026, 1, 10), known_at=datetime(2026, 1, 20, tzinfo=UTC)) == wrong
    assert edition_in_force(date(2026, 1, 10), known_at=datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_gone_back_to_the_earlier_edition_holds_again_and_each_former_view_can_be_asked(activate):
    instants = [datetime(2026, month, 5, tzinfo=UTC) for month in (1, 2, 3)]
    first = activate(date(2026, 1, 1), instants[0], "2026-01-01-aaaaaaaaaa")
    second = activate(date(2026, 1, 1), instants[1], "2026-01-01-bbbbbbbbbb")
    again(first, instants[2])
    day = date(2026, 1, 10)
    assert edition_in_force(day) == first
    assert [edition_in_force(day, known_at=instant) for instant in instants] == [first, second, first]


def test_an_edition_of_a_later_day_takes_over_whatever_is_activated_before_it(activate):
    later = activate(date(2026, 6, 1))
    now = activate(date(2026, 1, 1))
    assert edition_in_force(date(2026, 6, 1)) == later
    assert next_edition(date(2026, 1, 1)) == later
    assert edition_in_force(date(2026, 5, 31)) == now
    assert next_edition(date(2026, 6, 1)) is None


def test_neither_an_edition_nor_its_activation_is_ever_changed(activate):
    record = activate(date(2005, 1, 1))
    with pytest.raises(ProtectedError):
        record.delete()
    for table, change in (
        ("editionrecord", lambda: EditionRecord.objects.update(readings={"x": "y"})),
        ("activation", lambda: Activation.objects.update(active_from=date(2006, 1, 1))),
        ("activation", Activation.objects.get().delete),
    ):
        with pytest.raises(IntegrityError, match=f"not allowed on standards_{table}"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_editions_of_before_there_were_activations_stay_in_force():
    migrate = MigrationExecutor(connection).migrate
    try:
        migrate([("standards", "0003_one_index_for_one_purpose")])
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO standards_editionrecord (name, content_hash, active_from, readings, parameters, content, "
                "activated_at) VALUES ('old', 'x', '2005-01-01', '{}', '{}', '{}', '2026-01-05T00:00Z')"
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert edition_in_force(date(2026, 1, 1)).name == "old"
    assert edition_in_force(date(2026, 1, 1), known_at=datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_an_old_edition_loads_from_its_own_text(activate, django_assert_num_queries):
    edition = load_edition(sources=STANDARD, active_from=date(2006, 1, 1))
    activate(
        edition.active_from,
        name=edition.name,
        content_hash=edition.content_hash,
        content=snapshot_of(edition),
    )
    record = edition_in_force(date(2010, 1, 1))
    again = loaded_edition(record)
    assert (again.name, again.content_hash) == (edition.name, edition.content_hash)
    assert again.clause("S-1").text["en"] == "A contact holds gold."
    with django_assert_num_queries(0):
        assert loaded_edition(record) is again


def test_text_that_is_not_what_was_activated_is_refused(activate):
    edition = load_edition(sources=STANDARD)
    content = snapshot_of(edition)
    content["files"]["small/rules/tiers.yaml"] = STANDARD["small/rules/tiers.yaml"].replace("gold", "diamond")
    record = activate(
        edition.active_from, name=edition.name, content_hash=edition.content_hash, content=content
    )
    with pytest.raises(SnapshotChanged, match="was recorded"):
        loaded_edition(record)
