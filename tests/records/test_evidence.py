"""Evidence is only added: the same key twice is one row, a mistake is reversed once, and nothing is changed or lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from upheld.records.evidence.models import Interaction
from upheld.records.evidence.queries import (
    interaction_with_key,
    interactions_of_group,
    interactions_of_person,
    interactions_with_ids,
    standing,
)

pytestmark = pytest.mark.django_db


def test_sent_twice_is_stored_once(make_interaction, make_person, refused):
    person = make_person()
    first = make_interaction(person=person, key="form-1")
    with refused("key"):
        make_interaction(person=person, key="form-1")
    with refused("interaction_key_is_given"):
        make_interaction(person=person, key="")
    assert interaction_with_key("form-1") == first
    assert interaction_with_key("form-2") is None


def test_an_interaction_is_with_a_person_or_a_group(make_interaction, make_person, make_group, refused):
    with refused("interaction_has_one_subject"):
        make_interaction()
    with refused("interaction_has_one_subject"):
        make_interaction(person=make_person(), group=make_group())
    with refused("interaction_channel_is_known"):
        make_interaction(person=make_person(), channel="telepathy")
    assert [
        one.group.name for one in interactions_of_group(make_interaction(group=make_group()).group_id)
    ] == ["江州市电力公司"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_interaction SET report = 'better'",
        "DELETE FROM evidence_interaction",
    ],
)
def test_nothing_is_rewritten_even_by_plain_sql(make_interaction, make_person, statement):
    make_interaction(person=make_person(), report="见到本人")
    with (
        pytest.raises(IntegrityError, match="rows are only added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Interaction.objects.get().report == "见到本人"


def test_a_table_of_evidence_is_not_emptied_outside_a_test_database(make_interaction, make_person):
    """The trigger lets a database named test_... through, for the test runner; its text says so and nothing wider."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_database(), prosrc FROM pg_proc WHERE proname = 'upheld_refuse_change'"
        )
        database, source = cursor.fetchone()
        cursor.execute(
            "SELECT 'test_upheld' LIKE 'test\\_%', 'upheld' LIKE 'test\\_%', 'testupheld' LIKE 'test\\_%'"
        )
        assert cursor.fetchone() == (True, False, False)
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
            " WHERE tgname LIKE '%\\_only\\_grows' OR tgname LIKE '%\\_never\\_emptied' GROUP BY 1"
        )
        guarded = dict(cursor.fetchall())
        assert "evidence_interaction" in guarded
        assert set(guarded.values()) == {2}, "a table whose rows stay is not emptied either"
    assert database.startswith("test_")
    assert r"TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%'" in source


def test_a_mistake_is_reversed_by_a_new_row_once(make_interaction, make_person, refused):
    person = make_person()
    wrong = make_interaction(person=person)
    right = make_interaction(person=person, channel="call", happened_at=timezone.now() - timedelta(hours=1))
    undone = make_interaction(person=person, reverses=wrong, happened_at=timezone.now())
    with refused("interaction_reversed_once"):
        make_interaction(person=person, reverses=wrong)
    assert list(standing()) == [right]
    shown = interactions_of_person(person.pk)
    assert [(one.pk, one.was_reversed) for one in shown] == [
        (undone.pk, False),
        (right.pk, False),
        (wrong.pk, True),
    ]
    assert interactions_with_ids([wrong.pk])[wrong.pk].was_reversed
