"""The customers: persons, the corporate groups they belong to, their roles, services and bills.

A column is NULL when the fact is unknown, for the ask contract tells unknown from false and from none.
Amounts are whole fen. What a standard asks about is read through `queries.facts_of_people`, never from these
tables by hand.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import never_overlapping, not_negative, one_of, until_after_from
from upheld.records.people.choices import (
    BirthdayCalendar,
    Brand,
    Card,
    Gender,
    GroupClass,
    GroupKind,
    OrganisationKind,
    Papers,
    Rank,
    Role,
    ServiceStatus,
    SpokenLanguage,
)
from upheld.records.people.names import search_columns


def _index_of_end(column: str, *, name: str) -> Index:
    """Index a number from its last digit on.

    The end is what a customer names, and what a mask leaves to be seen.
    """
    backwards = Func(F(column), function="reverse", output_field=models.TextField())
    return Index(OpClass(backwards, name="text_pattern_ops"), name=name)


class Region(models.Model):
    """A place of the operator's map: a province, its cities, their districts."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = [
            CheckConstraint(name="region_is_not_its_own_parent", condition=~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name


class Searchable(models.Model):
    """A name that can be found by its characters, its pinyin and its initials."""

    code = models.CharField(max_length=64, unique=True, db_comment="the operator's own number")
    name = models.CharField(max_length=200)
    pinyin_key = models.TextField(
        editable=False, db_comment="full pinyin and initials of each reading; people/names.py"
    )
    bigrams = ArrayField(
        models.TextField(), editable=False, db_comment="terms of the name search; people/names.py"
    )

    wished_language = models.CharField(
        max_length=8,
        choices=SpokenLanguage.choices,
        null=True,
        blank=True,
        db_comment="the language in which to be served; NULL: no wish is known",
    )
    changed_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="set by the database itself"
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the search columns that belong to the name.

        A bulk write gives them by `names.search_columns`.
        """
        for column, value in search_columns(self.name).items():
            setattr(self, column, value)
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "pinyin_key", "bigrams"}
        super().save(*args, **kwargs)


class Group(Searchable):
    """A corporate group that the company manages."""

    group_class = models.CharField(max_length=2, choices=GroupClass.choices)
    group_kind = models.CharField(max_length=32, choices=GroupKind.choices, null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="groups")

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [
            one_of("group_class", GroupClass, name="group_class_is_known"),
            one_of("group_kind", GroupKind, name="group_kind_is_known"),
            one_of("wished_language", SpokenLanguage, name="group_wished_language_is_known"),
            CheckConstraint(name="group_is_searchable", condition=~Q(pinyin_key="")),
        ]
        indexes = [
            GinIndex(fields=["bigrams"], name="group_bigrams"),
            Index(fields=["pinyin_key"], name="group_pinyin", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class Person(Searchable):
    """An individual customer, with the facts that standards ask about."""

    gender = models.CharField(max_length=16, choices=Gender.choices, null=True, blank=True)
    phone = models.CharField(max_length=32, null=True, blank=True)
    birthday_month = models.SmallIntegerField(null=True, blank=True)
    birthday_day = models.SmallIntegerField(null=True, blank=True)
    birthday_year = models.SmallIntegerField(null=True, blank=True)
    birthday_calendar = models.CharField(
        max_length=16, choices=BirthdayCalendar.choices, null=True, blank=True
    )
    papers = models.CharField(max_length=32, choices=Papers.choices, null=True, blank=True)
    organisation_kind = models.CharField(
        max_length=32, choices=OrganisationKind.choices, null=True, blank=True
    )
    rank = models.CharField(max_length=32, choices=Rank.choices, null=True, blank=True)
    brand = models.CharField(max_length=32, choices=Brand.choices, null=True, blank=True)
    strategic = models.BooleanField(null=True, blank=True)
    annual_spend_fen = models.BigIntegerField(
        null=True,
        blank=True,
        db_comment="last year's spend; NULL: the sum of the last twelve bills stands in",
    )
    group_revenue_fen = models.BigIntegerField(
        null=True, blank=True, db_comment="the group's revenue of a year"
    )
    plan_monthly_fen = models.BigIntegerField(null=True, blank=True)
    card_valid_until = models.DateField(null=True, blank=True)
    joined_date = models.DateField(null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="persons")
    dunning_failed = models.BooleanField(null=True, blank=True)
    cancel_requested = models.BooleanField(null=True, blank=True)
    serious_harm = models.BooleanField(null=True, blank=True)
    override_card = models.CharField(
        max_length=16, choices=Card.choices, null=True, blank=True, db_comment="card kept by hand (CT-36)"
    )
    override_approved_by = models.CharField(max_length=200, null=True, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [
            one_of("gender", Gender, name="person_gender_is_known"),
            one_of("wished_language", SpokenLanguage, name="person_wished_language_is_known"),
            one_of("birthday_calendar", BirthdayCalendar, name="person_birthday_calendar_is_known"),
            one_of("papers", Papers, name="person_papers_are_known"),
            one_of("organisation_kind", OrganisationKind, name="person_organisation_kind_is_known"),
            one_of("rank", Rank, name="person_rank_is_known"),
            one_of("brand", Brand, name="person_brand_is_known"),
            one_of("override_card", Card, name="person_override_card_is_known"),
            not_negative("annual_spend_fen", name="person_spend_not_negative"),
            not_negative("group_revenue_fen", name="person_revenue_not_negative"),
            not_negative("plan_monthly_fen", name="person_plan_not_negative"),
            CheckConstraint(
                name="person_birthday_is_whole",
                condition=Q(
                    birthday_month__isnull=True, birthday_day__isnull=True, birthday_year__isnull=True
                )
                # IS NOT NULL is said, for a comparison with NULL is neither true nor false, and a CHECK lets it pass.
                | Q(
                    birthday_month__isnull=False,
                    birthday_month__range=(1, 12),
                    birthday_day__isnull=False,
                    birthday_day__range=(1, 31),
                ),
            ),
            CheckConstraint(
                name="person_override_is_approved",
                condition=Q(override_card__isnull=True)
                | (Q(override_approved_by__isnull=False) & ~Q(override_approved_by="")),
            ),
            CheckConstraint(name="person_is_searchable", condition=~Q(pinyin_key="")),
        ]
        indexes = [
            GinIndex(fields=["bigrams"], name="person_bigrams"),
            Index(fields=["pinyin_key"], name="person_pinyin", opclasses=["text_pattern_ops"]),
            Index(fields=["phone"], name="person_phone", opclasses=["varchar_pattern_ops"]),
            # The end of a number is what a customer names, and all that a mask leaves besides the start.
            _index_of_end("phone", name="person_phone_end"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupRole(models.Model):
    """A person's place in a group, from a day until a day.

    Without a role the person is an ordinary member.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="group_roles")
    group = models.ForeignKey(Group, models.PROTECT, related_name="group_roles")
    role = models.CharField(max_length=32, choices=Role.choices, null=True, blank=True)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True, db_comment="first day that no longer counts")
    changed_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="set by the database itself"
    )

    class Meta:
        verbose_name = _("group role")
        verbose_name_plural = _("group roles")
        constraints = [
            one_of("role", Role, name="group_role_is_known"),
            until_after_from(name="group_role_until_after_from", may_be_empty=True),
            never_overlapping("person", "group", name="group_role_never_twice"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id}: {self.role or 'member'}"


class Service(models.Model):
    """A number or a line that a person has with the company."""

    code = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="services")
    number = models.CharField(max_length=32, null=True, blank=True)
    kind = models.CharField(
        max_length=32, null=True, blank=True, db_comment="mobile, broadband ...: the feed's own word"
    )
    brand = models.CharField(max_length=32, choices=Brand.choices, null=True, blank=True)
    status = models.CharField(
        max_length=16,
        choices=ServiceStatus.choices,
        default=ServiceStatus.ACTIVE,
        db_default=ServiceStatus.ACTIVE,
    )
    arrears_months = models.IntegerField(
        null=True, blank=True, db_comment="whole months in a row in arrears, after credit and granted days"
    )
    changed_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="set by the database itself"
    )

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            one_of("brand", Brand, name="service_brand_is_known"),
            one_of("status", ServiceStatus, name="service_status_is_known"),
            not_negative("arrears_months", name="service_arrears_not_negative"),
        ]
        indexes = [
            Index(fields=["number"], name="service_number", opclasses=["varchar_pattern_ops"]),
            _index_of_end("number", name="service_number_end"),
        ]

    def __str__(self) -> str:
        return self.number or self.code


class Bill(models.Model):
    """What a person was billed for one month, over all services."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="bills")
    month = models.DateField(db_comment="first day of the month")
    amount_fen = models.BigIntegerField()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [
            UniqueConstraint(fields=["person", "month"], name="bill_once_a_month"),
            not_negative("amount_fen", name="bill_amount_not_negative"),
            CheckConstraint(name="bill_month_is_its_first_day", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.month:%Y-%m}: {self.amount_fen}"
