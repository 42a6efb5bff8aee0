"""Find the edition that an act goes by: the one named, else the one in force on the day."""

from __future__ import annotations

from datetime import date

from upheld.operations.refusals import ActRefused
from upheld.policy.editions import Edition
from upheld.policy.problems import OutsideDates
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import edition_in_force, edition_record, loaded_edition

Chosen = EditionRecord | str | None


def edition_for(day: date, edition: Chosen = None) -> tuple[EditionRecord, Edition]:
    """Return the record and the loaded edition. Raises ActRefused where there is none."""
    if isinstance(edition, EditionRecord):
        record: EditionRecord | None = edition
    elif edition is not None:
        record = edition_record(edition)
        if record is None:
            raise ActRefused("no_such_edition", f"no edition is called {edition!r}")
    else:
        record = edition_in_force(day)
    if record is None:
        raise ActRefused(
            "no_edition", f"no edition of the standards is in force on {day}; activate one first"
        )
    return record, loaded_edition(record)


def edition_ruling(day: date, edition: Chosen = None) -> tuple[EditionRecord, Edition]:
    """Return the same, for acts that ask its standards about that day. Raises ActRefused too where none is in force."""
    record, rules = edition_for(day, edition)
    try:
        rules.require_day(day)
    except OutsideDates as error:
        raise ActRefused("no_standard", str(error)) from error
    return record, rules
