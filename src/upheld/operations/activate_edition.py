"""Put standards, readings and parameters in force from a day, as one edition.

The edition is loaded and checked as a whole, by its own cases too, before anything is written: one fault,
and the old edition stays in force. Its whole text is kept, so that an old decision can always be explained
by the words it was made under.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.turns import wait_for_turn
from upheld.policy.acceptance import accepted_edition
from upheld.policy.editions import Edition
from upheld.policy.problems import StandardRefused
from upheld.records.staff.models import Employee
from upheld.records.standards.models import Activation, EditionRecord
from upheld.records.standards.queries import edition_in_force, edition_record
from upheld.records.standards.snapshot import snapshot_of


def activate_edition(
    *,
    active_from: date,
    by: Employee | None,
    folder: Path | str | None = None,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> EditionRecord:
    """Activate the standards of a folder (the shipped ones by default) from a day.

    `readings` turns recorded readings to another option, `parameters` changes named values. The same
    content from the same day is the same edition and is kept once: activated again after another one, it is
    in force again; activated twice in a row, nothing changes. Raises StandardRefused with every fault; the
    refusal is in the audit trail and the edition in force stays.
    """
    # JSON keeps no exact decimals, so what is stored and what is loaded are both text.
    chosen = {
        name: value if isinstance(value, (int, bool)) else str(value)
        for name, value in (parameters or {}).items()
    }
    try:
        edition = accepted_edition(folder, readings=readings, parameters=chosen, active_from=active_from)
    except StandardRefused as refused:
        detail = {"refused": [str(problem) for problem in refused.problems], "active_from": str(active_from)}
        write_entry(act="activate_edition", by=by, subject_kind="edition", detail=detail)
        raise
    return _record(edition, by, dict(readings or {}), chosen)


@transaction.atomic
def _record(
    edition: Edition, by: Employee | None, readings: Mapping[str, str], parameters: Mapping[str, Any]
) -> EditionRecord:
    wait_for_turn("activate_edition")
    record = edition_record(edition.name)
    if record is None:
        record = EditionRecord.objects.create(
            name=edition.name,
            content_hash=edition.content_hash,
            active_from=edition.active_from,
            readings=dict(edition.readings),
            parameters={name: _json(value) for name, value in edition.parameters.items()},
            content=snapshot_of(edition, readings=readings, parameters=parameters),
            activated_by=by,
        )
    elif edition_in_force(edition.active_from) == record:
        return record
    Activation.objects.create(edition=record, active_from=edition.active_from, activated_by=by)
    detail = {
        "active_from": str(edition.active_from),
        "readings": dict(readings),
        "parameters": dict(parameters),
    }
    write_entry(act="activate_edition", by=by, subject_kind="edition", subject_id=edition.name, detail=detail)
    return record


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
