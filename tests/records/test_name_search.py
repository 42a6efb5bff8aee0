"""A customer is found by what an account manager remembers: characters, pinyin, initials, part of a number, a code."""

from __future__ import annotations

import pytest
from django.db import connection

from upheld.records.people.models import Person, Service
from upheld.records.people.names import pinyin_key, search_columns
from upheld.records.people.queries import find_groups, find_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(make_person):
    return {
        name: make_person(name, phone=phone)
        for name, phone in (
            ("张三丰", "13800001234"),
            ("张小芳", "13900005678"),
            ("单雄信", "13711112222"),
            ("欧阳修", "13612345678"),
            ("吕布", None),
        )
    }


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("张", ["张三丰", "张小芳"]),
        ("三丰", ["张三丰"]),
        ("张丰", []),
        ("zsf", ["张三丰"]),
        ("ZXF", ["张小芳"]),
        ("zhangs", ["张三丰"]),
        ("zhang san feng", ["张三丰"]),
        ("xiaofang", ["张小芳"]),
        ("sxx", ["单雄信"]),
        ("dxx", ["单雄信"]),
        ("shan", ["单雄信"]),
        ("ouyang", ["欧阳修"]),
        ("lv", ["吕布"]),
        ("lü", ["吕布"]),
        ("l", ["吕布"]),
        ("张xf", ["张小芳"]),
        ("138****1234", ["张三丰"]),
        ("138 0000 1234", ["张三丰"]),
        ("+86 13800001234", ["张三丰"]),
        ("１３８", ["张三丰"]),
        ("5678", ["欧阳修", "张小芳"]),
        ("*******5678", ["欧阳修", "张小芳"]),
        ("138***1234", []),
        ("12", []),
        ("", []),
        ("   ", []),
        ("%", []),
        ("_", []),
        ("'; drop table people_person; --", []),
        ("\x00", []),
    ],
)
def test_typed_text_finds(customers, typed, found):
    assert sorted(person.name for person in find_people(typed)) == sorted(found)


def test_a_code_finds_its_customer(customers):
    person = customers["吕布"]
    assert [found.pk for found in find_people(person.code)] == [person.pk]
    assert [found.pk for found in find_people(person.code.lower())] == [person.pk]


def test_the_number_of_a_service_finds_its_customer(customers):
    Service.objects.create(code="S1", person=customers["吕布"], number="02588887777")
    assert [person.name for person in find_people("88887777")] == ["吕布"]
    assert [person.name for person in find_people("025****7777")] == ["吕布"]


def test_a_search_stays_within_the_asker_s_customers(customers):
    own = Person.objects.filter(pk=customers["张小芳"].pk)
    assert [person.name for person in find_people("zhang", within=own)] == ["张小芳"]
    assert find_people("sxx", within=own) == []


def test_a_search_ends_at_its_limit(customers):
    assert len(find_people("张", limit=1)) == 1


def test_a_group_is_found_by_initials_in_the_middle_of_its_name(make_group):
    make_group("江州市电力公司")
    make_group("TCL集团")
    assert [group.name for group in find_groups("dlgs")] == ["江州市电力公司"]
    assert [group.name for group in find_groups("电力")] == ["江州市电力公司"]
    assert [group.name for group in find_groups("tcl")] == ["TCL集团"]


def test_a_family_name_is_read_as_one_and_as_the_everyday_word():
    assert pinyin_key("曾国藩") == "zengguofan zgf cengguofan cgf"
    assert pinyin_key("重庆长安银行") == "chongqingchanganyinhang cqcayh"
    assert pinyin_key("***") == "***"


@pytest.mark.parametrize("typed", ["小芳", "zhangxiaof", "zxf", "138****1234", "5678"])
def test_an_index_can_answer_every_way_of_searching(typed, db):
    Person.objects.bulk_create(
        Person(code=f"X{n}", name=name, phone=f"13{n:09}", **search_columns(name))
        for n in range(3_000)
        for name in ["甲乙丙丁戊己庚辛壬癸"[n % 10] + chr(0x4E00 + n)]
    )
    plans: list[str] = []

    def explained(execute, sql, params, many, context):
        if "people_person" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute("EXPLAIN " + sql, params)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_person")
        # So few rows are read whole by choice; what matters is that an index can answer, as it must for millions.
        cursor.execute("SET LOCAL enable_seqscan = off")
    with connection.execute_wrapper(explained):
        find_people(typed)
    assert plans
    assert "Seq Scan on people_person" not in plans[0], plans[0]
