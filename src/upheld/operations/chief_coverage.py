"""Say of every group that ought to have a chief customer representative whether it has one (KEY-40, MGR-8).

This reads and writes nothing; it brings together the standard with groups and staff, as `measure_coverage` does for the
figures alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from upheld.operations.which_edition import Chosen, edition_for
from upheld.policy.contacts import CoverageTarget, coverage_targets
from upheld.records.people.models import Group
from upheld.records.people.queries import chunks_of_groups, facts_of_groups
from upheld.records.staff.queries import chief_representatives

MEASURE = "chief_representative"


@dataclass
class ChiefTarget:
    """One target, how far it is reached, and the groups that are missing, the higher class first."""

    target: CoverageTarget
    population: int = 0
    covered: int = 0
    missing: list[Group] = field(default_factory=list)
    """The first of the groups without a representative; `population - covered` counts them all."""

    @property
    def needed(self) -> int:
        """Count how many more groups reach the target."""
        wanted = -(-self.population * self.target.at_least_percent // 100)
        return max(wanted - self.covered, 0)

    @property
    def is_met(self) -> bool | None:
        """Say whether the target is reached; None of an empty population."""
        return self.needed == 0 if self.population else None


def chief_targets(*, as_of: date, edition: Chosen = None, most: int = 50) -> list[ChiefTarget]:
    """Give every target of chief representatives in the standard's order, each with at most `most` missing groups.

    Raises ActRefused where no edition is in force.
    """
    _, rules = edition_for(as_of, edition)
    found = [
        ChiefTarget(one) for one in coverage_targets(edition=rules, as_of=as_of) if one.measure == MEASURE
    ]
    missing: list[list[int]] = [[] for _ in found]
    for ids in chunks_of_groups() if found else ():
        covered = chief_representatives(ids, day=as_of)
        for pk, subject in facts_of_groups(ids).items():
            for place, one in enumerate(found):
                if not one.target.row.matches(subject, as_of):
                    continue
                one.population += 1
                one.covered += pk in covered
                if pk not in covered:
                    missing[place].append(pk)
    for place, one in enumerate(found):
        rows = Group.objects.filter(pk__in=missing[place]).select_related("region")
        one.missing = list(
            rows.defer("bigrams", "pinyin_key").order_by("group_class", "region__code", "code")[:most]
        )
    return found
