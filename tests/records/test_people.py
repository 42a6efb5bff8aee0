"""The database keeps the customers true: amounts, birthdays, bills, roles and overrides that cannot be, are refused."""

from __future__ import annotations

from datetime import date

import pytest

from upheld.records.people.models import Bill, GroupRole, Person, Region, Service
from upheld.records.people.queries import (
    bills_of_person,
    chunks_of_people,
    members_of_group,
    people_of_groups,
    regions_below,
    roles_of_person,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("column", ["annual_spend_fen", "group_revenue_fen", "plan_monthly_fen"])
def test_no_amount_of_a_person_is_negative(make_person, refused, column):
    with refused("not_negative"):
        make_person(**{column: -1})


def test_no_bill_is_negative(make_person, refused):
    person = make_person()
    with refused("bill_amount_not_negative"):
        Bill.objects.create(person=person, month=date(2026, 1, 1), amount_fen=-1)


def test_a_person_has_one_bill_a_month(make_person, refused):
    person = make_person()
    Bill.objects.create(person=person, month=date(2026, 1, 1), amount_fen=9_900)
    with refused("bill_once_a_month"):
        Bill.objects.create(person=person, month=date(2026, 1, 1), amount_fen=100)
    with refused("bill_month_is_its_first_day"):
        Bill.objects.create(person=person, month=date(2026, 1, 2), amount_fen=100)


def test_a_birthday_has_a_month_and_a_day_or_nothing(make_person, refused):
    make_person(birthday_month=2, birthday_day=29)
    make_person()
    with refused("person_birthday_is_whole"):
        make_person(birthday_month=2)
    with refused("person_birthday_is_whole"):
        make_person(birthday_month=13, birthday_day=1)


def test_a_card_kept_by_hand_names_who_approved_it(make_person, refused):
    make_person(override_card="gold", override_approved_by="市场部 陈")
    with refused("person_override_is_approved"):
        make_person(override_card="gold")
    with refused("person_override_is_approved"):
        make_person(override_card="gold", override_approved_by="")


def test_only_known_words_are_stored(make_person, make_group, refused):
    with refused("person_override_card_is_known"):
        make_person(override_card="platinum", override_approved_by="x")
    with refused("person_brand_is_known"):
        make_person(brand="none")
    with refused("group_class_is_known"):
        make_group(group_class="E")
    person = make_person()
    with refused("service_status_is_known"):
        Service.objects.create(code="S1", person=person, status="gone")


def test_a_person_is_in_a_group_once_at_a_time(make_person, make_group, refused):
    person, group, other = make_person(), make_group(), make_group("江州银行")
    first = GroupRole.objects.create(person=person, group=group, role="contact", from_date=date(2025, 1, 1))
    GroupRole.objects.create(person=person, group=other, role="influencer", from_date=date(2025, 1, 1))
    with refused("group_role_never_twice"):
        GroupRole.objects.create(person=person, group=group, role="influencer", from_date=date(2026, 1, 1))
    first.until_date = date(2026, 1, 1)
    first.save()
    GroupRole.objects.create(person=person, group=group, role="influencer", from_date=date(2026, 1, 1))
    shown = {
        day: [role.role for role in roles_of_person(person.pk, day=day) if role.group_id == group.pk]
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    }
    assert shown == {date(2025, 12, 31): ["contact"], date(2026, 1, 1): ["influencer"]}


def test_a_person_whose_name_cannot_be_found_is_not_stored(refused, db):
    with refused("person_is_searchable"):
        Person.objects.bulk_create([Person(code="P1", name="王小明", pinyin_key="", bigrams=[])])


def test_a_changed_name_is_found_by_its_new_pinyin(make_person):
    person = make_person("王小明")
    person.name = "赵小明"
    person.save(update_fields=["name"])
    person.refresh_from_db()
    assert person.pinyin_key == "zhaoxiaoming zxm"


def test_members_show_key_persons_before_ordinary_ones(make_person, make_group):
    group = make_group()
    for name, role in (("安一", None), ("周二", "contact"), ("吴三", "top_decision_maker")):
        GroupRole.objects.create(person=make_person(name), group=group, role=role, from_date=date(2025, 1, 1))
    names = [role.person.name for role in members_of_group(group.pk, day=date(2026, 1, 1))]
    assert names == ["周二", "吴三", "安一"]
    assert people_of_groups([group.pk], day=date(2024, 1, 1)).count() == 0
    assert people_of_groups([group.pk], day=date(2026, 1, 1)).count() == 3


def test_the_base_is_walked_in_chunks_that_miss_nobody(make_person):
    ids = [make_person().pk for _ in range(5)]
    assert list(chunks_of_people(size=2)) == [ids[:2], ids[2:4], ids[4:]]
    assert list(chunks_of_people(size=2, within=Person.objects.filter(pk__in=ids[3:]))) == [ids[3:]]


def test_the_latest_bills_come_first(make_person):
    person = make_person()
    for month in (1, 3, 2):
        Bill.objects.create(person=person, month=date(2026, month, 1), amount_fen=month)
    assert [bill.amount_fen for bill in bills_of_person(person.pk, months=2)] == [3, 2]


def test_a_region_reaches_down_to_its_districts(db):
    province = Region.objects.create(code="R", name="东江省")
    city = Region.objects.create(code="R1", name="江州市", parent=province)
    district = Region.objects.create(code="R11", name="城东区", parent=city)
    Region.objects.create(code="R2", name="海州市", parent=province)
    assert sorted(regions_below(city.pk)) == [city.pk, district.pk]
    assert len(regions_below(province.pk)) == 4
