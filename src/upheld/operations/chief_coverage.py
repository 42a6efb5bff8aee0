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
from upheld.records.people.queries import facts_of_group
from upheld.records.staff.chiefs import GroupsAlike, groups_by_class_and_kind, groups_without_chief

MEASURE = "chief_representative"


@dataclass
class ChiefTarget:
    """One target, how far it is reached, and the groups that are missing, the higher class first."""

    target: CoverageTarget
    population: int = 0
    covered: int = 0
    missing: list[Group] = field(default_factory=list)
    """The first of the groups without a representative; `population - covered` counts them all."""
    alike: list[GroupsAlike] = field(default_factory=list)
    """Of which classes and kinds the population is."""

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

    One query for the base, however large, and one for each target's missing groups. Raises ActRefused where no
    edition is in force.
    """
    _, rules = edition_for(as_of, edition)
    found = [
        ChiefTarget(one) for one in coverage_targets(edition=rules, as_of=as_of) if one.measure == MEASURE
    ]
    # A standard asks of a group its class and kind and nothing else, so the base is counted by the two.
    for alike in groups_by_class_and_kind(day=as_of) if found else ():
        subject = facts_of_group(alike.group_class, alike.group_kind)
        for one in found:
            if one.target.row.matches(subject, as_of):
                one.population += alike.population
                one.covered += alike.covered
                one.alike.append(alike)
    for one in found:
        without = [alike for alike in one.alike if alike.covered < alike.population]
        one.missing = groups_without_chief(without, day=as_of, most=most)
    return found
