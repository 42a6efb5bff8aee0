"""Key moments of a small operator's customers: found from signals and bills, sent out, waiting, fed back."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from tests.operations.conftest import at

from upheld.operations.activate_edition import activate_edition
from upheld.operations.dispatch_moments import dispatch_moments
from upheld.operations.find_moments import GAVE_WAY
from upheld.operations.record_moment import record_moment
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.evidence.models import Interaction
from upheld.records.moments.models import Moment, MomentFate, MomentResult, NamedMoment
from upheld.records.moments.queries import effects, waiting_moments
from upheld.records.people.models import Bill, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment, Employee

pytestmark = pytest.mark.django_db

WEDNESDAY = date(2026, 3, 4)
HEADER = (
    "customer_id,day,calls_forwarded_to_rival,spend_drop_ratio,bill_over_mean_ratio,plan_use_ratio,"
    "contract_ends,porting_query,plan_churn_rate\n"
)


def signal(operator, *rows: str) -> None:
    operator.write("signals", HEADER + "".join(f"{row}\n" for row in rows))
    assert operator.bring("signals").is_clean


def run(day: date = WEDNESDAY, **more):
    return dispatch_moments(as_of=day, by=None, today=day, **more)


def employee(username: str) -> Employee:
    return Employee.objects.get(username=username)


def of(code: str) -> Moment:
    return Moment.objects.filter(person__code=code).latest("pk")


def test_calls_forwarded_to_a_rival_are_a_talk_owed_today_by_the_phone_manager(operator) -> None:
    signal(operator, "P3,2026-03-03,true,,,,,,0.5")
    done = run()
    assert (done.found, done.sent, done.waiting) == (1, 1, 0)
    promise = Promise.objects.get(source="warning")
    assert (promise.person.code, promise.clause, promise.standard) == ("P3", "CARE-35", "CARE")
    assert (promise.from_date, promise.due_date) == (WEDNESDAY, WEDNESDAY)
    assert promise.responsible.username == "qian"
    assert promise.channels == ["call", "visit"]
    moment = of("P3")
    assert moment.reasons == {"calls_forwarded_to_rival": "true"}
    assert (str(moment.score), moment.band) == ("12.5", "low")
    assert moment.fate.promise == promise


def test_urgency_says_in_which_list_and_until_when(operator) -> None:
    signal(operator, "P3,2026-03-03,,0.4,,,,,", "P4,2026-03-03,,,,1.3,,,")
    run()
    ends = {p.person.code: p.due_date for p in Promise.objects.filter(source="warning")}
    assert ends == {"P3": date(2026, 3, 8), "P4": date(2026, 3, 31)}
    assert {m.person.code: m.dispatch for m in Moment.objects.all()} == {"P3": "week", "P4": "month"}


def test_several_moments_of_one_customer_are_one_talk_with_the_others_named(operator) -> None:
    signal(operator, "P3,2026-03-03,true,0.4,,0.2,,,")
    run()
    assert Promise.objects.filter(source="warning").count() == 1
    moment = of("P3")
    assert moment.moment == "calls_forwarded_to_rival"
    assert {one.moment for one in moment.named.all()} == {"spend_dropping", "plan_underused"}


def test_the_same_day_again_and_the_days_after_send_nothing_twice(operator) -> None:
    signal(operator, "P3,2026-03-03,true,0.4,,,,,", "P1,2026-03-03,,0.5,,,,,")
    run()
    before = (Moment.objects.count(), Promise.objects.count(), NamedMoment.objects.count())
    for later in (0, 0, 1, 2, 7):
        again = run(WEDNESDAY + timedelta(days=later))
        assert (again.found, again.named, again.sent) == (0, 0, 0)
    assert (Moment.objects.count(), Promise.objects.count(), NamedMoment.objects.count()) == before


def test_the_bills_tell_of_a_shock_where_no_signal_does(operator) -> None:
    person = Person.objects.get(code="P4")
    for month, fen in ((10, 9_000), (11, 10_000), (12, 11_000)):
        Bill.objects.update_or_create(person=person, month=date(2025, month, 1), defaults={"amount_fen": fen})
    Bill.objects.create(person=person, month=date(2026, 1, 1), amount_fen=60_000)
    run(date(2026, 2, 10))
    moment = of("P4")
    assert (moment.moment, moment.clause, moment.dispatch) == ("bill_shock", "LAW-3", "day")
    assert moment.reasons == {"bill_over_mean_ratio": "6.000000"}
    assert moment.worth_fen == 27_000


def test_a_signal_grows_old_and_a_later_one_replaces_it(operator) -> None:
    signal(operator, "P3,2026-01-10,true,,,,,,", "P4,2026-03-01,true,,,,,,", "P4,2026-03-03,false,,,,,,")
    assert run().found == 0


def test_what_a_manager_has_no_room_for_waits_and_goes_out_later(operator) -> None:
    activate_edition(
        active_from=date(2026, 3, 1),
        by=None,
        parameters={"moment_actions_a_day": 1, "moment_actions_a_week": 2},
    )
    Assignment.objects.create(
        employee=employee("qian"),
        person=Person.objects.get(code="P5"),
        kind="phone_manager",
        from_date=date(2025, 1, 1),
    )
    signal(operator, "P3,2026-03-03,,,,1.5,,,", "P4,2026-03-03,true,,,,,,", "P5,2026-03-03,,0.5,,,,,")
    first = run()
    assert (first.found, first.sent, first.waiting) == (3, 1, 2)
    assert of("P4").fate.kind == "sent"  # the most urgent first
    assert [one.person.code for one in waiting_moments().order_by("rank")] == ["P5", "P3"]
    assert run().sent == 0
    second = run(WEDNESDAY + timedelta(days=1))
    assert (second.sent, second.waiting) == (1, 1)
    assert run(WEDNESDAY + timedelta(days=2)).sent == 0  # two a week
    assert run(WEDNESDAY + timedelta(days=5)).sent == 1  # the next week
    assert not waiting_moments().exists()


def test_a_customer_whom_nobody_serves_waits_in_sight(operator) -> None:
    signal(operator, "P5,2026-03-03,true,,,,,,")
    done = run()
    assert (done.found, done.sent, done.waiting, done.unserved) == (1, 0, 1, 1)


def test_what_waits_ends_when_its_signal_goes(operator) -> None:
    signal(operator, "P5,2026-03-03,true,,,,,,")
    run()
    signal(operator, "P5,2026-03-04,false,,,,,,")
    assert run(WEDNESDAY + timedelta(days=1)).gone == 1
    assert of("P5").fate.kind == "gone"
    assert not waiting_moments().exists()


def test_a_more_urgent_moment_takes_the_place_of_what_is_owed_and_names_it(operator) -> None:
    signal(operator, "P3,2026-03-03,,,,1.5,,,")
    run()
    earlier = of("P3").fate.promise
    signal(operator, "P3,2026-03-05,true,,,1.5,,,")
    done = run(date(2026, 3, 5))
    assert (done.found, done.gave_way, done.sent) == (1, 1, 1)
    earlier.refresh_from_db()
    assert (earlier.state, earlier.end_reason) == ("cancelled", GAVE_WAY)
    assert [one.moment for one in of("P3").named.all()] == ["plan_overused"]
    assert Promise.objects.filter(source="warning", state="open").count() == 1


def test_a_less_urgent_one_is_named_beside_what_is_owed(operator) -> None:
    signal(operator, "P3,2026-03-03,,0.5,,,,,")
    run()
    signal(operator, "P3,2026-03-04,,0.5,,1.5,,,")
    done = run(date(2026, 3, 5))
    assert (done.found, done.named) == (0, 1)
    assert [one.moment for one in of("P3").named.all()] == ["plan_overused"]


def test_a_result_keeps_the_promise_and_a_double_click_stores_it_once(operator) -> None:
    signal(operator, "P3,2026-03-03,,0.4,,,,,")
    run()
    moment, qian = of("P3"), employee("qian")
    told = [
        record_moment(
            moment=moment,
            by=qian,
            outcome="reached",
            decision="stays",
            offer="monthly_credit",
            accepted=True,
            agreed_to_offers=True,
            note="愿意留下",
            key="form-1",
            happened_at=at("2026-03-05"),
            now=at("2026-03-05", 11),
        )
        for _ in range(2)
    ]
    assert [one.is_new for one in told] == [True, False]
    assert (MomentResult.objects.count(), Interaction.objects.count()) == (1, 1)
    promise = moment.fate.promise
    promise.refresh_from_db()
    assert (promise.state, promise.late) == ("kept", False)
    assert promise.evidence.get().interaction.report == "愿意留下"
    (effect,) = effects(from_date=WEDNESDAY, until_date=WEDNESDAY)
    assert (effect.sent, effect.reached, effect.stays, effect.accepted, effect.talks) == (1, 1, 1, 1, 1)
    assert effect.cost_fen == 600 + 5000


def test_who_is_not_reached_is_tried_again_and_the_promise_stays_open(operator) -> None:
    signal(operator, "P3,2026-03-03,,0.4,,,,,")
    run()
    moment, qian = of("P3"), employee("qian")
    times = {"happened_at": at("2026-03-05"), "now": at("2026-03-06", 11)}
    record_moment(moment=moment, by=qian, outcome="not_reached", key="a", **times)
    assert Promise.objects.get(pk=moment.fate.promise_id).state == "open"
    times["happened_at"] = at("2026-03-06")
    record_moment(moment=moment, by=qian, outcome="reached", decision="leaves", key="b", **times)
    assert Promise.objects.get(pk=moment.fate.promise_id).state == "kept"
    (effect,) = effects(from_date=WEDNESDAY, until_date=WEDNESDAY)
    assert (effect.sent, effect.tried, effect.talks, effect.stays, effect.leaves) == (1, 1, 2, 0, 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"offer": "direct_credit"}, "other_offer"),
        ({"agreed_to_offers": False}, "no_consent"),
        ({"accepted": None}, "offer_not_answered"),
        ({"decision": ""}, "unknown_decision"),
        ({"outcome": "gone_fishing"}, "unknown_outcome"),
        ({"outcome": "not_reached"}, "not_reached"),
    ],
)
def test_an_offer_is_made_only_as_the_policy_and_the_customer_allow(operator, wrong, code) -> None:
    signal(operator, "P3,2026-03-03,,0.4,,,,,")
    run()
    right = {
        "outcome": "reached",
        "decision": "stays",
        "offer": "monthly_credit",
        "accepted": False,
        "agreed_to_offers": True,
    }
    with pytest.raises(ActRefused) as refused:
        record_moment(moment=of("P3"), by=employee("qian"), key="k", now=at(WEDNESDAY), **{**right, **wrong})
    assert refused.value.code == code
    assert not MomentResult.objects.exists()
    assert not Interaction.objects.exists()


def test_who_asked_about_porting_is_cared_for_and_offered_nothing(operator) -> None:
    signal(operator, "P3,2026-03-03,,0.4,,,,true,")
    run()
    moment = of("P3")
    assert (moment.offers, moment.suppressed_by) == ([], "LAW-10")
    with pytest.raises(ActRefused) as refused:
        record_moment(
            moment=moment, by=employee("qian"), outcome="reached", decision="stays", offer="monthly_credit",
            accepted=True, agreed_to_offers=True, key="k", now=at(WEDNESDAY),
        )  # fmt: skip
    assert refused.value.code == "offers_suppressed"


def test_only_who_serves_customers_feeds_back_and_only_what_was_sent(operator) -> None:
    signal(operator, "P5,2026-03-03,true,,,,,,", "P3,2026-03-03,true,,,,,,")
    run()
    with pytest.raises(ActRefused) as refused:
        record_moment(moment=of("P5"), by=employee("qian"), outcome="not_reached", key="k", now=at(WEDNESDAY))
    assert refused.value.code == "not_sent"
    with pytest.raises(NotAllowed):
        record_moment(moment=of("P3"), by=employee("zhao"), outcome="not_reached", key="k", now=at(WEDNESDAY))
    assert Entry.objects.get(act="record_moment", allowed=False).actor == employee("zhao")


def test_a_talk_is_written_down_by_who_serves_the_customer_leads_who_does_or_stands_in(operator) -> None:
    signal(operator, "P3,2026-03-03,,0.4,,,,,")
    run()
    moment = of("P3")
    lead = Employee.objects.create(code="L9", username="l9", name="L9", job="team_lead")
    for stranger in (employee("zhang"), lead):
        with pytest.raises(NotAllowed):
            record_moment(moment=moment, by=stranger, outcome="not_reached", key="k", now=at(WEDNESDAY))
    assert Entry.objects.filter(act="record_moment", allowed=False, subject_id=moment.pk).count() == 2
    assert not MomentResult.objects.exists()
    now = at("2026-03-06", 11)
    record_moment(moment=moment, by=employee("wang"), outcome="not_reached", key="lead", now=now)
    # Who is away has the talk done by a deputy.
    Promise.objects.filter(pk=moment.fate.promise_id).update(responsible=employee("zhang"))
    record_moment(moment=moment, by=employee("zhang"), outcome="not_reached", key="deputy", now=now)
    assert MomentResult.objects.count() == 2


def test_nothing_is_sent_for_a_day_to_come_and_every_run_is_on_record(operator) -> None:
    with pytest.raises(ActRefused):
        dispatch_moments(as_of=WEDNESDAY + timedelta(days=1), by=None, today=WEDNESDAY)
    signal(operator, "P3,2026-03-03,true,,,,,,")
    run()
    entry = Entry.objects.get(act="dispatch_moments")
    assert (entry.detail["found"], entry.detail["sent"]) == (1, 1)
    assert MomentFate.objects.get().day == WEDNESDAY


@pytest.mark.parametrize("seed", range(3))
def test_whatever_signals_come_nothing_is_dropped_and_nobody_is_sent_too_much(operator, seed) -> None:
    """Signals change from day to day and talks take place or not; what is found is always somewhere, and once."""
    chance = random.Random(seed)
    a_day, a_week = chance.choice(((1, 2), (1, 40), (2, 3)))
    terms = {"moment_actions_a_day": a_day, "moment_actions_a_week": a_week, "moment_again_after_days": 4}
    activate_edition(active_from=date(2026, 3, 1), by=None, parameters=terms)
    for number in range(9):
        day = WEDNESDAY + timedelta(days=number)
        rows = [
            f"P{code},{day},{chance.choice(('true', 'false', ''))},{chance.choice(('0.5', '0.1', ''))},"
            f"{chance.choice(('6', '1', ''))},{chance.choice(('1.5', '0.9', '0.2'))},,,"
            for code in range(1, 6)
            if chance.random() < 0.8
        ]
        signal(operator, *rows)
        done = run(day)
        for moment in Moment.objects.filter(fate__kind="sent", fate__promise__state="open"):
            if chance.random() < 0.3:
                outcome = chance.choice(("reached", "not_reached"))
                record_moment(
                    moment=moment, by=moment.fate.employee, outcome=outcome, key=f"{number}-{moment.pk}",
                    decision="stays" if outcome == "reached" else "", happened_at=at(day), now=at(day, 11),
                )  # fmt: skip
        assert done.waiting == waiting_moments().count()
        _check_the_books(a_day, a_week)


def _check_the_books(a_day: int, a_week: int) -> None:
    """Count by hand: each promise is of one moment, each customer has one action at a time, nobody has too many."""
    sent = list(MomentFate.objects.filter(kind="sent").select_related("moment", "promise"))
    assert {fate.promise_id for fate in sent} == set(
        Promise.objects.filter(source="warning").values_list("pk", flat=True)
    )
    by_day, by_week, standing = Counter(), Counter(), Counter()
    for fate in sent:
        by_day[fate.employee_id, fate.day] += 1
        by_week[fate.employee_id, fate.day.isocalendar()[:2]] += 1
        standing[fate.moment.person_id] += fate.promise.state == "open"
        assert (fate.promise.responsible_id, fate.promise.from_date) == (fate.employee_id, fate.day)
        assert fate.promise.due_date >= fate.day
    for moment in waiting_moments():
        standing[moment.person_id] += 1
    assert max(by_day.values(), default=0) <= a_day
    assert max(by_week.values(), default=0) <= a_week
    assert max(standing.values(), default=0) <= 1
    ended = MomentFate.objects.count()
    assert Moment.objects.count() == ended + waiting_moments().count()
