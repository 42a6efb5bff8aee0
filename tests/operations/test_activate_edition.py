"""Stories of putting standards in force."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from upheld.operations.activate_edition import activate_edition
from upheld.policy.problems import StandardRefused
from upheld.policy.standards import shipped_folder
from upheld.records.audit.models import Entry
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import edition_in_force, loaded_edition

pytestmark = pytest.mark.django_db

DAY = date(2026, 1, 1)


def test_the_shipped_standards_are_in_force_from_their_day_and_can_be_loaded_again():
    record = activate_edition(active_from=DAY, by=None)
    assert edition_in_force(date(2025, 12, 31)) is None
    assert edition_in_force(DAY) == record
    assert loaded_edition(record).name == record.name == f"2026-01-01-{record.content_hash[:10]}"
    assert Entry.objects.get(act="activate_edition").subject_id == record.name


def test_the_same_content_from_the_same_day_is_one_edition():
    assert activate_edition(active_from=DAY, by=None) == activate_edition(active_from=DAY, by=None)
    assert EditionRecord.objects.count() == 1
    assert Entry.objects.filter(act="activate_edition").count() == 1


def test_a_turned_reading_and_a_changed_parameter_make_another_edition_that_loads_again_as_it_was():
    plain = activate_edition(active_from=DAY, by=None)
    edition = loaded_edition(plain)
    reading = next(
        reading
        for standard in edition.standards
        for reading in standard.readings.values()
        if len(reading.options) > 1
    )
    other = next(option for option in reading.options if option != reading.choice)
    turned = activate_edition(active_from=DAY, by=None, readings={reading.id: other})
    assert turned.name != plain.name
    assert loaded_edition(turned).readings[reading.id] == other


def test_gone_back_to_the_first_edition_it_is_in_force_again_and_kept_once():
    first = activate_edition(active_from=DAY, by=None)
    reading = next(
        reading for standard in loaded_edition(first).standards for reading in standard.readings.values()
        if len(reading.options) > 1
    )  # fmt: skip
    other = next(option for option in reading.options if option != reading.choice)
    turned = activate_edition(active_from=DAY, by=None, readings={reading.id: other})
    assert edition_in_force(DAY) == turned
    assert activate_edition(active_from=DAY, by=None) == first
    assert edition_in_force(DAY) == first
    assert EditionRecord.objects.count() == 2
    told = Entry.objects.filter(act="activate_edition").order_by("pk").values_list("subject_id", flat=True)
    assert list(told) == [first.name, turned.name, first.name]


def test_a_faulty_standard_is_refused_with_every_fault_and_the_old_edition_stays_in_force(tmp_path):
    old = activate_edition(active_from=DAY, by=None)
    folder = tmp_path / "standards"
    shutil.copytree(shipped_folder(), folder)
    rules = folder / "hotline-and-club" / "rules" / "tiers.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace("brand:", "brnad:").replace("clause: CT-33", "clause: CT-99"), encoding="utf-8"
    )
    with pytest.raises(StandardRefused) as refused:
        activate_edition(folder=folder, active_from=date(2026, 6, 1), by=None)
    assert len(refused.value.problems) > 1
    assert edition_in_force(date(2026, 7, 1)) == old
    assert Entry.objects.filter(act="activate_edition", detail__has_key="refused").count() == 1
