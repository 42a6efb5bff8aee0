"""Stories of claims: the last reopening of the month, a double-clicked form, a phone that never came back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from upheld.operations.cases.open_case import open_case
from upheld.operations.claim_entitlement import Claimed, ClaimRefused, claim_entitlement
from upheld.operations.entitlements_held import balance_of
from upheld.operations.rate_base import rate_base
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.return_loan import return_loan
from upheld.operations.take_back_claim import take_back_claim
from upheld.records.audit.models import Entry
from upheld.records.entitlements.models import EntitlementUse, QuotaPlace
from upheld.records.entitlements.queries import loans_out, use_with_id, uses_of_person
from upheld.records.people.models import Group, Person, Service
from upheld.records.staff.models import Employee
from upheld.records.tiers.models import Membership

from .conftest import at_once

NOON = datetime(2026, 3, 15, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def desk(operator, monkeypatch):
    """The small operator, rated, on a day in March 2026 at noon; diamond P3, gold P4, silver nobody."""
    rate_base(as_of=date(2026, 1, 1), by=None)
    it_is(monkeypatch, NOON + timedelta(hours=6))
    return operator


def it_is(monkeypatch, instant):
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant)


def person(code="P3"):
    return Person.objects.get(code=code)


def agent(code="E6"):
    return Employee.objects.get(code=code)


def reopen(key, code="P3", by="E6", at=NOON, **fields) -> Claimed:
    given = {"purpose": "reopen", **fields.pop("detail", {})}
    line = fields.pop("service", Service.objects.get(person__code=code))
    return claim_entitlement(
        by=agent(by) if by else None, person=person(code), entitlement="emergency_reopen", key=key, service=line,
        detail=given, at=at, **fields,
    )  # fmt: skip


def refusal(act) -> ActRefused:
    with pytest.raises(ActRefused) as refused:
        act()
    return refused.value


pytestmark = pytest.mark.django_db


def test_a_diamond_member_is_reopened_three_times_in_march_and_told_who_used_them(desk):
    claimed = [reopen(f"k{n}") for n in range(3)]
    assert [one.left for one in claimed] == [2, 1, 0]
    assert claimed[0].until_at == NOON + timedelta(days=2)
    refused = refusal(lambda: reopen("k3", by="E1"))
    assert (refused.code, refused.told["used"], refused.told["next"]) == ("used_up", 3, date(2026, 4, 1))
    assert refused.message == (
        "emergency_reopen (CT-46): all 3 are used (3), by 钱多 on 2026-03-15 12:00; 钱多 on 2026-03-15 12:00; "
        "钱多 on 2026-03-15 12:00; the next begin on 2026-04-01"
    )
    assert EntitlementUse.objects.count() == QuotaPlace.objects.count() == 3
    assert Entry.objects.filter(act="claim_entitlement", subject_id=str(person().pk)).count() == 3


def test_a_month_ends_at_midnight_in_beijing_and_the_next_one_begins_anew(desk, monkeypatch):
    last = datetime(2026, 3, 31, 23, 59, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    it_is(monkeypatch, last + timedelta(hours=1))
    for n in range(3):
        reopen(f"k{n}", at=last.astimezone(ZoneInfo("UTC")))
    assert refusal(lambda: reopen("k3", at=last)).code == "used_up"
    assert reopen("k4", at=last + timedelta(seconds=1)).left == 2
    (march,) = balance_of(person=person(), day=date(2026, 3, 31))
    (april,) = balance_of(person=person(), day=date(2026, 4, 1))
    assert (march.times, march.used, march.left, march.until) == (3, 3, 0, date(2026, 4, 1))
    assert (april.used, april.left, april.until) == (1, 2, date(2026, 5, 1))
    assert len(uses_of_person(person().pk, date(2026, 3, 1))) == 3
    assert len(uses_of_person(person().pk)) == 4


def test_a_double_clicked_form_is_one_use(desk):
    first, again = reopen("form-1"), reopen("form-1")
    assert (first.is_new, again.is_new) == (True, False)
    assert (first.use_id, first.left, first.until_at) == (again.use_id, again.left, again.until_at)
    assert Entry.objects.filter(act="claim_entitlement").count() == 1
    assert refusal(lambda: reopen("form-1", code="P4")).code == "key_used"


def test_a_card_that_falls_in_mid_month_keeps_what_was_used_and_never_falls_below_nought(desk):
    for n in range(3):
        reopen(f"k{n}")
    Membership.objects.filter(person=person(), until_date__isnull=True).update(card="silver")
    (balance,) = balance_of(person=person(), day=NOON.date())
    assert (balance.times, balance.used, balance.left) == (1, 3, 0)
    assert refusal(lambda: reopen("k3")).code == "used_up"
    uses = list(EntitlementUse.objects.order_by("pk"))
    for use in uses[:2]:
        take_back_claim(use=use.pk, by=agent(), note="记错了", at=NOON)
    assert refusal(lambda: reopen("k4")).code == "used_up", "the third use is still there"
    Membership.objects.filter(person=person(), until_date__isnull=True).update(card="gold")
    assert reopen("k5").left == 0, "a gold card has two, and one is used"
    assert sorted(QuotaPlace.objects.values_list("nth", flat=True)) == [1, 3]


def test_who_holds_no_such_card_is_told_which_clause_gives_it_to_whom(desk):
    refused = refusal(
        lambda: claim_entitlement(
            by=agent(), person=person("P4"), entitlement="spare_phone", key="k", detail={"purpose": "phone_lost"},
            at=NOON,
        )
    )  # fmt: skip
    assert isinstance(refused, ClaimRefused)
    assert refused.code == "not_entitled"
    assert refused.message == (
        "spare_phone is not for a gold card to claim: it is given by CT-43 where card = diamond"
    )
    assert refusal(lambda: reopen("k", code="P5")).told["clauses"] == ["CT-46"]


def test_a_frozen_member_is_reopened_and_gets_nothing_else_by_the_card(desk):
    Membership.objects.filter(person=person(), until_date__isnull=True).update(state="frozen")
    assert reopen("k1").left == 2
    lost = {"purpose": "phone_lost", "item": "IMEI 1"}
    refused = refusal(lambda: lend("k2", detail=lost))
    assert (refused.code, refused.told["clauses"]) == ("frozen", ["CT-43"])


def test_a_cancelled_member_gets_nothing(desk):
    Membership.objects.filter(person=person()).update(until_date=date(2026, 2, 1))
    assert refusal(lambda: reopen("k1")).code == "not_entitled"


def lend(key, what="spare_phone", **fields) -> Claimed:
    given = {"purpose": "phone_lost", "item": "IMEI 351"} if what == "spare_phone" else {"item": "SIM 8986"}
    return claim_entitlement(
        **{
            "by": agent(), "person": person(), "entitlement": what, "key": key, "at": NOON,
            "service": Service.objects.get(person__code="P3"), "detail": given, **fields,
        }
    )  # fmt: skip


def test_a_spare_phone_that_never_came_back_is_out_until_it_is_written_down_as_lost(desk):
    loan = lend("k1")
    assert (loan.left, loan.until_at) == (None, None)
    assert lend("k2", "spare_card").is_new, "a card is another thing"
    refused = refusal(lambda: lend("k3"))
    assert (refused.code, refused.told["use"].id) == ("still_out", loan.use_id)
    assert "(IMEI 351), since 2026-03-15 12:00" in refused.message
    assert {one.entitlement for one in loans_out()} == {"spare_phone", "spare_card"}
    assert refusal(lambda: return_loan(use=loan.use_id, by=agent(), state="lost")).code == "no_reason"
    assert return_loan(use=loan.use_id, by=agent(), state="lost", note="客户称遗失").is_new
    assert not return_loan(use=loan.use_id, by=agent(), state="lost", note="客户称遗失").is_new
    assert refusal(lambda: return_loan(use=loan.use_id, by=agent(), state="good")).code == "already_returned"
    seen = use_with_id(loan.use_id)
    assert (seen.returned_state, seen.returned_to, seen.is_out) == ("lost", "钱多", False)
    assert [one.entitlement for one in loans_out()] == ["spare_card"]
    assert lend("k4").is_new


def test_what_is_lent_is_found_among_thousands_of_uses_by_the_index_of_loans(desk):
    lent = lend("k1")
    row = EntitlementUse.objects.get(pk=lent.use_id)
    EntitlementUse.objects.bulk_create(
        EntitlementUse(
            person=row.person, entitlement="home_payment", clause="CT-49", edition=row.edition, key=f"many {n}",
            used_at=NOON - timedelta(minutes=n), detail={"amount_yuan": "300"},
        )
        for n in range(5_000)
    )  # fmt: skip
    plans = []

    def explained(execute, sql, params, many, context):
        with connection.cursor() as cursor:
            cursor.cursor.execute("EXPLAIN " + sql, params)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE entitlements_entitlementuse")
    with connection.execute_wrapper(explained):
        assert [one.id for one in loans_out()] == [lent.use_id]
        people, groups = Person.objects.filter(pk=row.person_id), Group.objects.none()
        assert [one.id for one in loans_out(people=people, groups=groups)] == [lent.use_id]
    assert len(plans) == 2
    assert all("using entitlement_use_lent" in plan for plan in plans), plans


def test_what_came_back_is_not_taken_back_and_what_was_taken_back_does_not_come_back(desk):
    first = lend("k1")
    return_loan(use=first.use_id, by=agent(), state="good")
    assert refusal(lambda: take_back_claim(use=first.use_id, by=agent(), note="x")).code == "already_returned"
    second = lend("k2")
    take_back_claim(use=second.use_id, by=agent(), note="客户没有拿走")
    assert refusal(lambda: return_loan(use=second.use_id, by=agent(), state="good")).code == "taken_back"
    assert lend("k3").is_new
    reopened = reopen("k4").use_id
    assert refusal(lambda: return_loan(use=reopened, by=agent(), state="good")).code == "no_such_loan"


def test_what_the_clause_asks_for_has_to_be_told(desk):
    line = Service.objects.get(person__code="P3")
    for expected, told in (
        ("no_purpose", {"item": "1"}),
        ("unknown_purpose", {"item": "1", "purpose": "reopen"}),
        ("no_item", {"purpose": "phone_lost"}),
    ):
        assert refusal(lambda told=told: lend("k", detail=told)).code == expected
    assert refusal(lambda: reopen("k", service=None)).code == "no_line"
    assert refusal(lambda: reopen("k", service=Service.objects.get(person__code="P4"))).code == "other_line"
    Service.objects.filter(pk=line.pk).update(kind="broadband")
    assert refusal(lambda: lend("k")).code == "other_line"
    Service.objects.filter(pk=line.pk).update(kind=None, status="closed")
    assert refusal(lambda: lend("k")).code == "line_closed"
    with pytest.raises(ValueError, match="does not tell colour"):
        lend("k", detail={"colour": "red"})
    assert not EntitlementUse.objects.exists()


def test_an_international_card_says_which_card_serves_where(desk):
    line = Service.objects.get(person__code="P4")
    for place, card in (("TH", "international"), ("elsewhere", "dual_mode")):
        claimed = claim_entitlement(
            by=agent(), person=person("P4"), entitlement="international_card", key=place, service=line, at=NOON,
            detail={"place": place},
        )  # fmt: skip
        detail = use_with_id(claimed.use_id).detail
        assert (detail["card"], detail["way"]) == (card, "home")


def test_a_new_service_is_tried_once_and_another_one_too(desk):
    line = Service.objects.get(person__code="P2")

    def try_out(product, key):
        return claim_entitlement(
            by=agent(), person=person("P2"), entitlement="trial_new_services", key=key, service=line, at=NOON,
            detail={"product": product},
        )  # fmt: skip

    first = try_out("视频彩铃", "a")
    assert first.until_at == datetime(2026, 9, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert refusal(lambda: try_out(" 视频彩铃 ", "b")).code == "tried_before"
    assert try_out("云盘", "c").is_new
    take_back_claim(use=first.use_id, by=agent(), note="没有开通")
    assert try_out("视频彩铃", "d").is_new


def test_a_group_tries_a_product_itself_and_guarantees_for_its_members(desk):
    group = Group.objects.get(code="G1")
    tried = claim_entitlement(
        by=agent(), group=group, entitlement="group_trial", key="a", detail={"product": "云桌面"}, at=NOON
    )
    assert tried.until_at == datetime(2026, 9, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (
        refusal(
            lambda: claim_entitlement(
                by=agent(), group=group, entitlement="group_guarantee", key="b", at=NOON
            )
        ).code
        == "not_entitled"
    )
    line = Service.objects.get(person__code="P5")  # a member without a role
    for purpose, hours in (("suspend", 24), ("reopen", 24), ("roam", None)):
        claimed = claim_entitlement(
            by=agent(), person=person("P5"), entitlement="group_guarantee", key=purpose, service=line, at=NOON,
            detail={"purpose": purpose},
        )  # fmt: skip
        assert claimed.until_at == (NOON + timedelta(hours=hours) if hours else None)


def test_a_mistake_is_taken_back_by_who_made_it_and_later_or_for_others_by_a_lead(desk, monkeypatch):
    claimed = reopen("k1")
    with pytest.raises(NotAllowed):
        take_back_claim(use=claimed.use_id, by=agent("E1"), note="同事记错")
    assert Entry.objects.filter(act="take_back_claim", allowed=False).count() == 1
    assert refusal(lambda: take_back_claim(use=claimed.use_id, by=agent(), note=" ")).code == "no_reason"
    over = NOON + timedelta(days=2)
    with pytest.raises(NotAllowed):
        take_back_claim(use=claimed.use_id, by=agent(), note="用完再退", at=over)
    taken = take_back_claim(use=claimed.use_id, by=agent("E3"), note="系统没有开机", at=over)
    assert not take_back_claim(use=claimed.use_id, by=agent("E3"), note="再来", at=over).is_new
    assert (
        refusal(lambda: take_back_claim(use=taken.reversal_id, by=agent("E3"), note="x")).code
        == "is_reversal"
    )
    assert QuotaPlace.objects.count() == 0
    seen = use_with_id(claimed.use_id)
    assert (seen.taken_back_by, seen.taken_back_note) == ("王芳", "系统没有开机")
    assert reopen("k2").left == 2


def test_a_claim_is_neither_of_tomorrow_nor_of_last_week_nor_by_an_inspector(desk):
    assert refusal(lambda: reopen("k", at=NOON + timedelta(days=1))).code == "in_the_future"
    assert refusal(lambda: reopen("k", at=NOON - timedelta(days=4))).code == "too_long_ago"
    inspector = agent()
    Employee.objects.filter(pk=inspector.pk).update(job="quality_inspector")
    with pytest.raises(NotAllowed):
        reopen("k")
    assert Entry.objects.filter(act="claim_entitlement", allowed=False).count() == 1


def test_a_claim_within_a_case_names_it_and_nobody_elses_case(desk):

    mine, other = (
        open_case(
            by=None, kind="enquiry", channel="hotline", key=code, person=person(code), summary="停机", at=NOON
        ).case_id
        for code in ("P3", "P4")
    )
    assert refusal(lambda: reopen("k", case=other)).code == "other_case"
    claimed = reopen("k", case=mine)
    assert use_with_id(claimed.use_id).case_id == claimed.case_id == mine


def test_a_use_is_never_changed_and_no_place_is_taken_twice(desk):
    use = EntitlementUse.objects.get(pk=reopen("k").use_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        EntitlementUse.objects.filter(pk=use.pk).update(note="x")
    place = QuotaPlace.objects.get()
    other = EntitlementUse.objects.get(pk=reopen("k2").use_id)
    QuotaPlace.objects.filter(use=other).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        QuotaPlace.objects.create(
            use=other, subject=place.subject, entitlement=place.entitlement, period=place.period, nth=1
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_at_once_one_gets_the_last_reopening_and_the_other_is_told_by_whom(desk):
    reopen("k0", code="P4")
    results = at_once(*(lambda n=n: reopen(f"at once {n}", code="P4") for n in range(8)))
    won = [one for one in results if isinstance(one, Claimed)]
    lost = [one for one in results if isinstance(one, ClaimRefused)]
    assert (len(won), len(lost)) == (1, 7), results
    assert won[0].left == 0
    assert all(one.code == "used_up" and one.told["used"] == 2 for one in lost)
    assert all("钱多" in one.message and "2026-04-01" in one.message for one in lost)
    assert QuotaPlace.objects.count() == EntitlementUse.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_key_for_two_members_at_once_serves_one_and_refuses_the_other(desk):
    results = at_once(lambda: reopen("same"), lambda: reopen("same", code="P4"))
    assert sorted(type(one).__name__ for one in results) == ["ActRefused", "Claimed"], results
    assert EntitlementUse.objects.count() == 1
    assert connection.in_atomic_block is False
