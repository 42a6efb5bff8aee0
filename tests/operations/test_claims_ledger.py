"""Random months of claims, take-backs, cards and returns, against a ledger kept with a pencil."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from upheld.operations.claim_entitlement import Claimed, claim_entitlement
from upheld.operations.entitlements_held import balance_of
from upheld.operations.rate_base import rate_base
from upheld.operations.refusals import ActRefused
from upheld.operations.return_loan import return_loan
from upheld.operations.take_back_claim import take_back_claim
from upheld.records.entitlements.models import EntitlementUse, QuotaPlace
from upheld.records.people.models import Person, Service
from upheld.records.tiers.models import Membership

from .conftest import at_once

BEIJING = ZoneInfo("Asia/Shanghai")
TIMES = {"silver": 1, "gold": 2, "diamond": 3}
DAYS = {"silver": 1, "gold": 1, "diamond": 2}


@dataclass
class Ledger:
    """What a careful clerk would have on paper for one member."""

    card: str | None = "diamond"
    frozen: bool = False
    uses: dict[str, tuple[int, int, datetime]] = field(default_factory=dict)  # key -> year, month, instant
    phone: str | None = None

    def used(self, at: datetime) -> int:
        return sum((year, month) == (at.year, at.month) for year, month, _ in self.uses.values())


def act(call):
    try:
        return call()
    except ActRefused as refused:
        return refused.code


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_a_random_year_agrees_with_the_ledger(operator, monkeypatch, seed):
    rate_base(as_of=date(2026, 1, 1), by=None)
    chance, ledger = random.Random(seed), Ledger()
    who, line = Person.objects.get(code="P3"), Service.objects.get(person__code="P3")
    now = datetime(2026, 1, 20, 9, tzinfo=BEIJING)
    ids: dict[str, int] = {}
    for n in range(120):
        now += timedelta(hours=chance.choice([0, 1, 5, 30, 90]), seconds=chance.randrange(3_600))
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        what = chance.choices(["claim", "again", "take back", "card", "phone", "return"], [9, 2, 3, 3, 3, 3])[
            0
        ]
        if what == "card":
            ledger.card = chance.choice([None, "silver", "gold", "diamond", "diamond"])
            ledger.frozen = ledger.card is not None and chance.random() < 0.3
            set_card(who, ledger)
        elif what == "claim":
            key = f"claim {n}"
            got = act(lambda key=key: reopen(who, line, key))
            expect_claim(ledger, got, now, key)
            if isinstance(got, Claimed):
                ids[key] = got.use_id
        elif what == "again" and ledger.uses and ledger.card:
            key = chance.choice(list(ledger.uses))
            got = reopen(who, line, key)
            assert (got.use_id, got.is_new) == (ids[key], False)
        elif what == "take back" and ledger.uses:
            key = chance.choice(list(ledger.uses))
            assert take_back_claim(use=ids[key], by=None, note="记错").is_new
            del ledger.uses[key]
        elif what == "phone":
            got = act(lambda n=n: lend(who, line, f"phone {n}"))
            if ledger.card != "diamond":
                assert got == "not_entitled"
            elif ledger.frozen:
                assert got == "frozen"
            elif ledger.phone is not None:
                assert got == "still_out"
            else:
                ledger.phone = f"phone {n}"
                ids[ledger.phone] = got.use_id
        elif what == "return" and ledger.phone:
            assert return_loan(use=ids[ledger.phone], by=None, state="good").is_new
            ledger.phone = None
        check_balance(who, ledger, now)
    places = QuotaPlace.objects.count()
    assert places == len(ledger.uses)
    assert EntitlementUse.objects.filter(entitlement="emergency_reopen", reverses=None).count() >= places


def set_card(who, ledger):
    membership = Membership.objects.filter(person=who)
    if ledger.card is None:
        membership.update(until_date=date(2026, 1, 2))
    else:
        state = "frozen" if ledger.frozen else "active"
        membership.update(until_date=None, card=ledger.card, state=state)


def reopen(who, line, key):
    return claim_entitlement(
        by=None,
        person=who,
        entitlement="emergency_reopen",
        key=key,
        service=line,
        detail={"purpose": "reopen"},
    )


def lend(who, line, key):
    told = {"purpose": "phone_lost", "item": "IMEI"}
    return claim_entitlement(
        by=None, person=who, entitlement="spare_phone", key=key, service=line, detail=told
    )


def expect_claim(ledger, got, now, key):
    used = ledger.used(now)
    if ledger.card is None:
        assert got == "not_entitled"
    elif used >= TIMES[ledger.card]:
        assert got == "used_up"
    else:
        ledger.uses[key] = (now.year, now.month, now)
        assert got.left == TIMES[ledger.card] - used - 1
        assert got.until_at == now + timedelta(days=DAYS[ledger.card])


def check_balance(who, ledger, now):
    found = balance_of(person=who, day=now.date())
    if ledger.card is None:
        assert found == []
        return
    (balance,) = found
    times, used = TIMES[ledger.card], ledger.used(now)
    assert (balance.times, balance.used, balance.left) == (times, used, max(times - used, 0))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_claims_and_take_backs_at_once_never_overdraw_and_lose_nothing(operator, monkeypatch, seed):
    """Sixteen hands claim and take back; whatever the order, places and standing uses agree, and none is too many."""
    rate_base(as_of=date(2026, 1, 1), by=None)
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 3, 3, 9, tzinfo=BEIJING))
    who, line = Person.objects.get(code="P3"), Service.objects.get(person__code="P3")
    chance = random.Random(seed)
    first = [reopen(who, line, f"before {n}") for n in range(chance.randrange(3))]

    def take(use_id):
        return lambda: take_back_claim(use=use_id, by=None, note="记错")

    hands = [lambda n=n: reopen(who, line, f"at once {n}") for n in range(16 - len(first))]
    hands += [take(one.use_id) for one in first]
    chance.shuffle(hands)
    results = at_once(*hands)
    unexpected = [r for r in results if isinstance(r, Exception) and getattr(r, "code", "") != "used_up"]
    assert not unexpected, unexpected
    won = sum(isinstance(one, Claimed) for one in results)
    standing = EntitlementUse.objects.filter(reverses=None, reversed_by=None).count()
    assert standing == QuotaPlace.objects.count() == won <= 3
    assert sorted(QuotaPlace.objects.values_list("nth", flat=True)) == sorted(
        set(QuotaPlace.objects.values_list("nth", flat=True))
    )
    (balance,) = balance_of(person=who, day=date(2026, 3, 3))
    assert balance.left == 3 - won
    if not first:
        assert won == 3
