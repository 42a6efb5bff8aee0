"""What is queued by itself: changed levels, each told once; no first rating; old words are forgotten late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.operations.conftest import at
from tests.operations.messages.conftest import person

from upheld.faces.book import Book
from upheld.faces.messages.lines import message_lines
from upheld.operations.messages.forget_old_messages import forget_old_messages
from upheld.operations.messages.queue_tier_changes import queue_tier_changes
from upheld.operations.messages.sender_numbers import set_sender_number
from upheld.operations.messages.tell_customers import invite_to_survey, tell_delay
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case
from upheld.records.messages.models import Message
from upheld.records.people.models import Person
from upheld.records.standards.models import EditionRecord
from upheld.records.tiers.models import Rating

pytestmark = pytest.mark.django_db


def rate(code: str, card: str | None, state: str = "active") -> None:
    Rating.objects.create(
        person=person(code),
        edition=EditionRecord.objects.get(),
        as_of=at("2026-08-03").date(),
        card=card,
        state=state,
    )


def test_a_member_hears_of_a_changed_level_once_and_a_first_rating_is_no_news(operator):
    for code, before, after in (
        ("P1", ("gold", "active"), ("diamond", "active")),
        ("P2", ("gold", "active"), ("silver", "active")),
        ("P3", ("gold", "active"), ("gold", "frozen")),
        ("P4", ("gold", "frozen"), ("gold", "active")),
        ("P5", ("gold", "active"), (None, "none")),
    ):
        rate(code, *before)
        rate(code, *after)
    done = queue_tier_changes(at=timezone.now() + timedelta(minutes=1))
    assert done == {"tier_raised": 1, "tier_lowered": 1, "tier_frozen": 1, "tier_unfrozen": 1}
    assert not queue_tier_changes(at=timezone.now() + timedelta(minutes=2))
    assert Message.objects.get(person=person("P1")).content.startswith(
        "欧阳远山，自8月3日起您的会员等级由金卡升为钻石卡"
    )


def test_words_are_not_forgotten_before_the_law_lets_them(operator):
    with pytest.raises(ActRefused, match="6 months"):
        forget_old_messages(months=5, by=None)
    assert forget_old_messages(months=6, by=None) == 0


def test_a_sender_number_never_changes_sides(operator):
    set_sender_number(number="10690001", line="service", by=None)
    assert not set_sender_number(number="10690001", line="service", by=None, in_use=False).in_use
    with pytest.raises(ActRefused, match="never changes sides"):
        set_sender_number(number="10690001", line="commercial", by=None)
    for wrong in ("", "12", "1069000x", "1" * 22):
        with pytest.raises(ActRefused):
            set_sender_number(number=wrong, line="service", by=None)


def test_a_customer_is_told_of_a_delayed_visit_in_the_language_wished_for(operator):
    Person.objects.filter(code="P4").update(wished_language="en")
    now = timezone.now()
    case = Case.objects.create(
        person=person("P4"),
        kind="fault",
        channel="hotline",
        summary="no line",
        opened_at=now,
        last_step_at=now,
        key="c",
    )
    told = {"case_id": case.pk, "reason": "weather", "due_at": at("2026-08-03", 14), "at": now}
    for _ in range(2):
        tell_delay(key="1", new_at=None, **told)
    tell_delay(key="2", new_at=at("2026-08-03", 16), **told)
    first, second = Message.objects.order_by("pk")
    assert "the visit set for 3 August, 14:00 will be late because of the weather" in first.content
    assert "moved to 3 August, 16:00" in second.content


def test_a_survey_is_sent_as_a_link_where_our_address_is_known_and_staff_do_not_read_its_word(
    operator, settings
):
    word = "a" * 26
    invite_to_survey(person_id=person().pk, survey_id=7, word=word, at=timezone.now())
    assert not Message.objects.exists()
    settings.PUBLIC_ADDRESS = "https://care.example.com/"
    invite_to_survey(person_id=person().pk, survey_id=7, word=word, at=timezone.now())
    row = Message.objects.get()
    assert f"https://care.example.com/s/{word}/" in row.content
    book = Book(None, timezone.localdate(), None)
    assert word not in message_lines([row], book=book)[0]["content"]
