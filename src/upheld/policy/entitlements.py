"""What a subject may claim: entitlements with their quotas, amounts and terms, each with its clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject


@dataclass(frozen=True, slots=True)
class Grant:
    """One entitlement; `details` holds what the clause gives: times, per, amount_yuan, months, how ..."""

    entitlement: str
    clause: str
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return the grant in the shape of the ask contract."""
        return {"entitlement": self.entitlement, "clause": self.clause, **self.details}


def entitlements_of(*, edition: Edition, subject: Subject, as_of: date) -> tuple[Grant, ...]:
    """Return every entitlement of a subject on a day, in the order of the standards. Raises `OutsideDates`."""
    edition.require_day(as_of)
    return tuple(
        Grant(
            row.answer["entitlement"],
            row.clause,
            {key: value for key, value in row.answer.items() if key != "entitlement"},
        )
        for table in edition.tables("entitlements", "grant")
        for row in table.matching(subject, as_of)
    )


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask entitlements`."""
    grants = entitlements_of(edition=edition, subject=read_subject(raw), as_of=as_of)
    return {"grants": [grant.as_json() for grant in grants]}
