"""The day, the board and what is agreed with customers, as a manager and a lead see and use them."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from upheld.operations.plan_day import ask_waiver, plan_day
from upheld.records.audit.models import Entry
from upheld.records.promises.models import PlannedDay, Promise

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


def text(answer):
    return answer.content.decode()


@pytest.fixture
def visit(owe, today):
    return owe(due_date=today + timedelta(days=10), planned_on=today)


def plan(client, promise, day, *, seen=None, **more):
    given = {"day": (day and day.isoformat()) or "", "seen": seen.isoformat() if seen else ""}
    return client.post(f"/promises/{promise.pk}/plan/", given, **more)


def agreed(owe, company, begins_at, minutes=60, **fields):
    promise = owe(
        source="appointment", clause="MGR-5", standard="MGR", due_at=begins_at + timedelta(minutes=minutes),
        from_date=timezone.localdate(begins_at), due_date=timezone.localdate(begins_at),
        planned_on=timezone.localdate(begins_at), **fields,
    )  # fmt: skip
    PlannedDay.objects.create(
        promise=promise, day=promise.due_date, at_time=timezone.localtime(begins_at).time(), by=company.li
    )
    return promise


# --- the day ---


def test_the_day_shows_what_is_planned_for_it_with_clause_and_time_left(signed_in, visit):
    page = text(signed_in("li").get("/work/day/"))
    assert "王小明" in page
    assert "KEY-5" in page
    assert "CARE-34" in page
    assert f"/promises/{visit.pk}/record/" in page
    assert "/people/P1/prepare/" in page


def test_two_appointments_in_one_time_are_shown_until_another_is_agreed(signed_in, company, owe, today):
    ten = timezone.make_aware(datetime.combine(today + timedelta(days=2), time(10)))
    for turn in (3, 4):  # over by now, and nothing to settle any more
        agreed(owe, company, timezone.now() - timedelta(minutes=61), turn=turn)
    assert "Appointments in the same time" not in text(signed_in("li", "en").get("/work/day/"))
    first = agreed(owe, company, ten)
    second = agreed(owe, company, ten + timedelta(minutes=30), turn=2)
    page = text(signed_in("li", "en").get("/work/day/"))
    assert "Appointments in the same time" in page
    assert all(f"/appointments/{one.pk}/" in page for one in (first, second))
    assert "Appointments in the same time" not in text(signed_in("zhou", "en").get("/work/day/"))
    Promise.objects.filter(pk=second.pk).update(due_at=ten + timedelta(hours=3))
    PlannedDay.objects.create(promise=second, day=second.due_date, at_time=time(12), by=company.li)
    assert "Appointments in the same time" not in text(signed_in("li", "en").get("/work/day/"))


def test_appointments_stand_in_the_group_of_their_hour(signed_in, company, owe, today):
    noon = timezone.make_aware(datetime.combine(today, time(12)))
    agreed(owe, company, noon, state="kept", ended_at=noon)
    agreed(owe, company, noon, turn=2, state="broken", ended_at=noon)
    now = timezone.now()
    page = text(signed_in("li", "en").get("/work/day/"))
    assert page.index("Missed") < page.index(">Kept <")
    agreed(owe, company, now - timedelta(minutes=1), turn=3)
    if timezone.localdate(now - timedelta(minutes=1)) == today:
        assert "Due now" in text(signed_in("li", "en").get("/work/day/"))
    tomorrow = noon + timedelta(days=1)
    agreed(owe, company, tomorrow)
    page = text(signed_in("li", "en").get(f"/work/day/?day={today + timedelta(days=1)}"))
    assert "Not yet due" in page
    assert "12:00–13:00" in page


def test_the_picture_counts_planned_done_and_open_by_activity(signed_in, owe, today):
    owe(planned_on=today)
    owe(planned_on=today, turn=2, state="kept", ended_at=timezone.now())
    owe(planned_on=None, turn=3, state="kept", ended_at=timezone.now())
    owe(planned_on=today, action="call")
    page = " ".join(text(signed_in("li", "en").get("/work/day/")).split())
    visits = page[page.index('class="figures activities"') :]
    assert '<td class="n">2</td><td class="n">2</td><td class="n">1</td>' in visits
    assert '<td class="n">1</td><td class="n">0</td><td class="n">1</td>' in visits


def test_the_months_own_figures_stand_beside_and_are_nobody_elses(signed_in, company, owe):
    owe(state="kept", ended_at=timezone.now())
    owe(state="kept", ended_at=timezone.now(), turn=2)
    owe(state="broken", ended_at=timezone.now(), turn=3)
    owe(person=company.chen, responsible=company.zhou, state="kept", ended_at=timezone.now())
    page = " ".join(text(signed_in("li", "en").get("/work/day/")).split())
    figures = page[page.index('id="figures"') :]
    assert ">66.7 %<" in figures
    assert '<th scope="row">Kept</th><td class="n">2</td>' in figures
    assert ">75.0 %<" in text(signed_in("service", "en").get("/work/day/"))


def test_a_day_that_passed_with_its_window_open_is_shown_apart(signed_in, owe, today):
    owe(planned_on=today - timedelta(days=1), due_date=today + timedelta(days=3))
    assert "Its day has passed" in text(signed_in("li", "en").get("/work/day/"))
    tomorrow = today + timedelta(days=1)
    assert "Its day has passed" not in text(signed_in("li", "en").get(f"/work/day/?day={tomorrow}"))


def test_the_orders_put_the_higher_card_and_the_nearer_district_together(signed_in, company, owe, today):
    from upheld.records.people.models import Person, Region

    east, west = (Region.objects.create(code=name, name=name) for name in ("东区", "西区"))
    people = []
    for number, region in enumerate((east, west, east, west)):
        person = Person.objects.create(code=f"D{number}", name=f"客户{number}", region=region)
        company.li.assignments.create(
            person=person, kind="account_manager", from_date=today - timedelta(days=9)
        )
        owe(person=person, planned_on=today)
        people.append(person)
    page = text(signed_in("li").get("/work/day/?order=route"))
    places = [page.index(f"客户{number}<") for number in (0, 2, 1, 3)]
    assert places == sorted(places)
    assert page.count('class="month-line">') == 2
    from upheld.records.tiers.models import Membership, Rating

    since = today - timedelta(days=9)
    rating = Rating.objects.create(
        person=people[3], edition=company.edition, as_of=since, card="diamond", state="active", run="r"
    )
    Membership.objects.create(
        person=people[3], card="diamond", state="active", from_date=since, rating=rating
    )
    page = text(signed_in("li").get("/work/day/?order=card"))
    assert page.index("客户3<") < min(page.index(f"客户{number}<") for number in range(3))


@pytest.mark.parametrize("day", ["", "yesterday", "0001-01-01", "9999-12-31", "2026-02-30", "\0"])
def test_a_day_that_is_none_is_today(signed_in, visit, day):
    for address in ("/work/day/", "/work/board/"):
        answer = signed_in("li").get(address, {"day": day})
        assert answer.status_code == 200
        assert "王小明" in text(answer)


def test_a_colleague_sees_nothing_of_it_and_the_lead_does(signed_in, visit):
    assert "王" not in text(signed_in("zhou").get("/work/day/"))
    assert "王小明" in text(signed_in("lead").get("/work/day/"))
    assert "王小明" in text(signed_in("lead").get("/work/day/?employee=LI"))
    assert "王小明" not in text(signed_in("lead").get("/work/day/?employee=LEAD"))


# --- the board ---


def test_a_card_is_moved_inside_its_window_and_the_board_comes_back(signed_in, visit, today):
    day = today + timedelta(days=2)
    answer = plan(signed_in("li"), visit, day, seen=today, **HTMX)
    assert answer.status_code == 200
    assert 'role="status"' in text(answer)
    assert f'data-moved="{visit.pk}"' in text(answer)
    visit.refresh_from_db()
    assert visit.planned_on == day


def test_without_script_it_goes_back_to_the_board(signed_in, visit, today):
    answer = plan(signed_in("li"), visit, today + timedelta(days=2), seen=today)
    assert (answer.status_code, answer["Location"]) == (302, "/work/board/")


def test_outside_of_its_window_the_board_says_so_and_offers_to_ask_the_lead(signed_in, visit, today):
    day = today + timedelta(days=40)
    answer = plan(signed_in("li", "en"), visit, day, seen=today, **HTMX)
    assert "needs a waiver" in text(answer)
    assert f"/promises/{visit.pk}/ask-waiver/?wished={day}" in text(answer)
    assert plan(signed_in("li"), visit, day, seen=today).status_code == 422
    visit.refresh_from_db()
    assert visit.planned_on == today


def test_the_lead_is_asked_and_finds_it_on_the_board(signed_in, visit, today):
    wished = today + timedelta(days=40)
    given = {"reason": "客户出国，下月才回", "wished": wished.isoformat()}
    answer = signed_in("li").post(f"/promises/{visit.pk}/ask-waiver/", given)
    assert answer.status_code == 302
    page = text(signed_in("lead").get("/work/board/?employee=LI"))
    assert "客户出国，下月才回" in page
    assert f"/promises/{visit.pk}/waive/" in page
    assert "客户出国" not in text(signed_in("zhou").get("/work/board/"))


def test_asking_without_a_reason_says_what_is_missing(signed_in, visit):
    answer = signed_in("li", "en").post(f"/promises/{visit.pk}/ask-waiver/", {"reason": ""})
    assert answer.status_code == 422
    assert "A waiver needs a reason" in text(answer)


def test_what_was_asked_already_is_not_offered_again(signed_in, company, visit, today):
    ask_waiver(promise=visit, by=company.li, reason="客户出国")
    answer = plan(signed_in("li", "en"), visit, today + timedelta(days=40), seen=today, **HTMX)
    assert "has been asked already" in text(answer)
    assert "ask-waiver" not in text(answer)


def test_an_old_page_moves_nothing_and_says_so(signed_in, company, visit, today):
    plan_day(promise=visit, day=today + timedelta(days=3), by=company.lead)
    answer = plan(signed_in("li", "en"), visit, today + timedelta(days=2), seen=today, **HTMX)
    assert "moved meanwhile" in text(answer)
    visit.refresh_from_db()
    assert visit.planned_on == today + timedelta(days=3)


def test_another_managers_card_is_not_moved_and_the_attempt_is_noted(signed_in, visit, today):
    assert plan(signed_in("zhou"), visit, today, **HTMX).status_code == 403
    assert Entry.objects.filter(act="plan_day", allowed=False, actor__username="zhou").exists()
    assert plan(signed_in("lead"), visit, today + timedelta(days=1), seen=today, **HTMX).status_code == 200


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "\0", "9" * 50])
def test_a_day_that_cannot_be_read_is_refused_in_words(signed_in, visit, day):
    answer = signed_in("li", "en").post(f"/promises/{visit.pk}/plan/", {"day": day}, **HTMX)
    assert answer.status_code == 200
    assert "This is no day" in text(answer)


def test_what_has_no_day_waits_below_and_is_taken_off_again(signed_in, visit, today):
    plan(signed_in("li"), visit, None, seen=today)
    page = text(signed_in("li", "en").get("/work/board/"))
    assert "Without a day yet" in page
    assert f'id="card-{visit.pk}"' in page


def test_the_board_asks_no_more_for_many_cards_than_for_few(
    signed_in, company, owe, today, django_assert_max_num_queries
):
    for number in range(60):
        owe(planned_on=today, turn=number + 1, due_date=today + timedelta(days=3))
    client = signed_in("li")
    with django_assert_max_num_queries(40):
        board = client.get("/work/board/").content.decode()
    # What is not shown is counted, and not read: of a whole company it is thousands a day.
    assert (board.count('id="card-'), "另有35位" in board) == (25, True)
    with django_assert_max_num_queries(40):
        client.get("/work/day/")


# --- appointments ---


def times(day, begins="10:00", until="11:00", **more):
    return {"channel": "visit", "day": day.isoformat(), "begins": begins, "until": until, **more}


def test_a_time_is_agreed_on_the_customers_page_and_stands_on_its_day(signed_in, today):
    tomorrow = today + timedelta(days=1)
    client = signed_in("li")
    answer = client.post("/people/P1/appointment/", times(tomorrow))
    promise = Promise.objects.get(source="appointment")
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/work/day/?day={tomorrow}#promise-{promise.pk}",
    )
    page = text(client.get(f"/work/day/?day={tomorrow}"))
    assert "10:00–11:00" in page
    assert f'id="promise-{promise.pk}"' in page
    assert (promise.responsible.username, promise.person.code) == ("li", "P1")


def test_whoever_serves_the_customer_goes_though_another_agreed_it(signed_in, today):
    signed_in("lead").post("/groups/G1/appointment/", times(today + timedelta(days=1)))
    promise = Promise.objects.get(source="appointment")
    assert (promise.responsible.username, promise.group.code) == ("li", "G1")
    assert PlannedDay.objects.get().by.username == "lead"


def test_all_that_is_wrong_with_a_time_is_said_at_once(signed_in, today):
    answer = signed_in("li", "en").post("/people/P1/appointment/", {"channel": "x", "day": "x"})
    assert answer.status_code == 422
    assert text(answer).count("<li>") >= 4


def test_an_hour_of_the_night_is_refused_with_the_clause_and_taken_where_the_customer_asked(signed_in, today):
    late = times(today + timedelta(days=1), "22:00", "23:00")
    client = signed_in("li", "en")
    answer = client.post("/people/P1/appointment/", late)
    assert answer.status_code == 422
    assert "CT-23" in text(answer)
    assert client.post("/people/P1/appointment/", {**late, "customer_wish": "on"}).status_code == 302


def test_another_time_is_agreed_and_then_it_is_called_off(signed_in, today):
    client, tomorrow = signed_in("li"), today + timedelta(days=1)
    client.post("/people/P1/appointment/", times(tomorrow))
    promise = Promise.objects.get(source="appointment")
    address = f"/appointments/{promise.pk}/"
    page = text(client.get(address))
    assert 'value="10:00"' in page
    seen = promise.due_at.isoformat()
    assert client.post(address, times(tomorrow, "14:00", "15:00", seen=seen)).status_code == 302
    answer = client.post(address, times(tomorrow, "16:00", "17:00", seen=seen))
    assert answer.status_code == 422
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "客户临时有事"}).status_code == 302
    promise.refresh_from_db()
    assert (promise.state, promise.end_reason) == ("cancelled", "客户临时有事")
    assert "客户临时有事" in text(client.get(address))


def test_nobody_agrees_for_customers_of_others(signed_in, today):
    client = signed_in("zhou")
    assert client.post("/people/P1/appointment/", times(today)).status_code == 403
    assert client.get("/people/nobody/appointment/").status_code == 403
    assert signed_in("service").get("/people/nobody/appointment/").status_code == 404
    assert signed_in("li").get("/appointments/999999999999/").status_code == 404
    assert not Promise.objects.exists()


# --- prepare a visit ---


def test_the_page_for_a_visit_has_the_check_list_and_the_customers_story(signed_in, company, owe, today):
    owe(state="broken", ended_at=timezone.now(), turn=2)
    owe(turn=3)
    signed_in("li").post("/people/P1/appointment/", times(today + timedelta(days=1)))
    page = text(signed_in("li").get("/people/P1/prepare/"))
    assert "走访前" in page
    assert "MGR-5" in page
    assert "王小明" in page
    assert "江州市电力公司" in page
    assert "10:00–11:00" in page
    assert "近期违约" in page
    page = text(signed_in("li").get("/people/P1/prepare/?for=call"))
    assert "致电前" in page
    assert "走访前" not in page


def test_a_groups_page_names_its_key_persons(signed_in, company):
    page = text(signed_in("li").get("/groups/G1/prepare/?for=negotiation"))
    assert "谈判前" in page
    assert "王小明" in page


def test_who_does_not_serve_the_customer_prepares_nothing(signed_in, company):
    assert signed_in("zhou").get("/people/P1/prepare/").status_code == 403
    assert signed_in("service").get("/people/nobody/prepare/").status_code == 404
    page = text(signed_in("service").get("/people/P1/prepare/"))
    assert "王小明" not in page
    assert "王**" in page
