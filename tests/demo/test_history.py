"""A small demo lives through its two and a half months, and every page then has something true to show."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from upheld.config import demo
from upheld.operations.measure_coverage import measure_coverage
from upheld.policy.editions import load_edition
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.promises.queries import Lane, Whose, lane_sizes
from upheld.records.tiers.models import Membership, Rating

# A Sunday morning in March: weekend messages are half done, and the history holds New Year and Spring Festival.
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 3, 16, 9, 30, tzinfo=ZONE)
TODAY = NOW.date()
FIRST_DAY = date(2025, 1, 1)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo-history")]


def _live(now: datetime) -> object:
    return demo.bring_up_to(now=now, people=300, progress=lambda *_: None)


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[object]:
    """Bring a demo of 300 people up once for all stories here, and take it away after them."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield _live(NOW)
        transaction.set_rollback(True)


def test_the_history_begins_on_the_first_of_the_month_two_months_before() -> None:
    assert demo.first_day_before(NOW) == FIRST_DAY
    assert demo.first_day_before(datetime(2025, 3, 31, 23, tzinfo=ZoneInfo("Asia/Shanghai"))) == FIRST_DAY


def test_every_state_of_a_promise_occurs(lived) -> None:
    states = Counter(Promise.objects.values_list("state", flat=True))
    assert set(states) == {"open", "kept", "broken", "waived", "cancelled"}
    assert states["kept"] > 5 * states["broken"] > 0
    assert Promise.objects.filter(state="kept", late=True).exists()


def test_every_clause_that_owes_a_contact_has_promises(lived) -> None:
    owing = {
        row.clause
        for table in load_edition().tables("contacts", "contact")
        for row in table.rows
        if any(owed["per"] != "on_demand" for owed in row.answer["owed"])
    }
    assert owing >= {"KEY-5", "KEY-6", "KEY-7", "KEY-8", "KEY-21", "KEY-33", "KEY-34", "KEY-45", "CT-42"}
    assert set(Promise.objects.filter(source="contact_plan").values_list("clause", flat=True)) == owing


def test_every_card_and_every_state_of_membership_occurs(lived) -> None:
    now = Membership.objects.filter(until_date__isnull=True)
    assert set(now.filter(state="active").values_list("card", flat=True)) == {"silver", "gold", "diamond"}
    assert {"active", "frozen", "provisional"} <= set(now.values_list("state", flat=True))
    assert Rating.objects.filter(state="cancelled").exists()


def test_rating_again_moved_somebody_up_and_somebody_down(lived) -> None:
    rank = {"silver": 1, "gold": 2, "diamond": 3}
    moves: Counter[str] = Counter()
    for person in Person.objects.filter(memberships__from_date__gt=FIRST_DAY).distinct():
        cards = [rank.get(m.card or "", 0) for m in person.memberships.order_by("from_date")]
        moves["up" if cards[-1] > cards[0] else "down" if cards[-1] < cards[0] else "same"] += 1
    assert moves["up"] > 0
    assert moves["down"] > 0


@pytest.mark.parametrize(
    ("code", "name", "card", "clauses"),
    [
        ("P000001", "欧阳远山", "diamond", {"KEY-3"}),
        ("P000002", "林静怡", "diamond", {"KEY-3", "CT-35"}),
        ("P500002", "周明德", "diamond", {"CT-31"}),
        ("P500001", "陈一诚", None, {"CT-41"}),
        ("P500003", "梁宏博", "diamond", {"CT-36"}),
    ],
)
def test_the_people_of_the_guides_are_as_the_guides_say(lived, code, name, card, clauses) -> None:
    person = Person.objects.get(code=code)
    rating = Rating.objects.filter(person=person).latest("as_of", "id")
    assert person.name == name
    assert rating.card == card
    assert clauses <= {reason["clause"] for reason in rating.because}


def test_the_workbench_has_something_in_every_lane(lived) -> None:
    sizes = lane_sizes(responsible=Whose.EVERYBODY, today=TODAY)
    assert all(sizes[lane] > 0 for lane in Lane), sizes
    assert Promise.objects.filter(due_date=TODAY, state="kept").exists()


def test_nothing_happens_in_the_future_and_no_key_twice(lived) -> None:
    assert Interaction.objects.filter(happened_at__gt=NOW).count() == 0
    assert Interaction.objects.filter(reverses__isnull=False).exists()
    assert not Interaction.objects.filter(channel="visit", happened_at__week_day__in=[1, 7]).exists()


@pytest.mark.parametrize(
    "now",
    [
        datetime(2024, 2, 29, 12, tzinfo=ZONE),
        datetime(2025, 5, 1, 0, 5, tzinfo=ZONE),
        datetime(2025, 12, 31, 23, 30, tzinfo=ZONE),
    ],
    ids=lambda now: f"{now:%Y-%m-%d}",
)
def test_the_smallest_demo_lives_through_each_story_whatever_the_day(db: None, now: datetime) -> None:
    demo.bring_up_to(now=now, people=200, progress=lambda *_: None)
    promises = Promise.objects.values_list("state", "late").distinct()
    assert {("kept", False), ("kept", True), ("broken", False), ("waived", False)} <= set(promises)
    assert Interaction.objects.filter(reverses__isnull=False).exists()
    assert not Interaction.objects.filter(happened_at__gt=now).exists()
    overridden = Person.objects.get(code="P500003")
    assert overridden.ratings.latest("as_of", "id").because[0]["clause"] == "CT-36"


def test_each_story_is_told_even_where_no_fate_draws_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    history = sys.modules[demo.demo_package().__name__ + ".history"]
    monkeypatch.setattr(history, "MISTAKES_IN", 10**9)
    draw = history.fate_of

    def kept_by_all(**promise: object) -> object:
        promised = draw(**promise)
        return promised if promised.kind == "kept" else history.Fate("kept", promise["due_date"])

    monkeypatch.setattr(history, "fate_of", kept_by_all)
    _live(NOW)
    assert Interaction.objects.filter(reverses__isnull=False).count() == 1
    assert Promise.objects.filter(state="waived").count() == 1
    assert Promise.objects.filter(state="kept", late=True).exists()
    assert Promise.objects.filter(state="broken").exists()


def test_what_nobody_is_responsible_for_is_not_kept(lived) -> None:
    for state in (
        Promise.objects.filter(responsible=None, source="contact_plan")
        .exclude(state="cancelled")
        .values_list("state", flat=True)
    ):
        assert state in ("open", "broken")


def test_coverage_targets_have_a_population(lived) -> None:
    measured = {target.clause: target for target in measure_coverage(as_of=TODAY) if target.population}
    assert set(measured) == {"KEY-40", "KEY-43"}


def test_the_demo_knows_its_own_database(lived) -> None:
    assert demo.what_is_there() == "demo"


def test_going_on_adds_only_what_has_come_since(lived) -> None:
    before = Interaction.objects.count(), Promise.objects.count()
    assert _live(NOW).contacts == 0
    assert (Interaction.objects.count(), Promise.objects.count()) == before
    later = _live(NOW + timedelta(days=3))
    assert later.days == 4
    assert later.contacts > 0
