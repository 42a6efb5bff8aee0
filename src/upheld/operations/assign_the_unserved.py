"""Find whom nobody serves who is to be served, propose somebody for each, and assign many at once.

Who is to be served, and by whom, is said by the rows of `served_by`: a group by its account manager (KEY-25), one of
class C by a phone manager as well (CARE-40). Whoever is owed something by nobody, and belongs to no group, is given a
phone manager. The choice is that of `assign_manager`; each one is noted with its reasons.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from upheld.operations.assign_manager import choose_for, put_in_place
from upheld.operations.audit_trail import note_refusal, write_entry
from upheld.operations.move_promises import change_who_serves, move_promises, who_answers
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.which_edition import edition_for
from upheld.operations.who_may import job_may
from upheld.policy.assignments import Choice, served_by
from upheld.records.people.queries import regions_below
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import team_of
from upheld.records.staff.unserved import Unserved, groups_without, kinds_of_groups, people_owed_by_nobody

MOST_AT_ONCE = 500
WITHOUT_A_GROUP = "phone_manager"
"""By whom persons outside groups are served; our own rule, for no clause names one."""


@dataclass(frozen=True)
class Proposal:
    """Somebody whom nobody serves, and who is proposed; None where there is nobody to choose."""

    unserved: Unserved
    choice: Choice | None


def propose(
    *, day: date, by: Employee | None = None, kinds: Collection[str] | None = None, limit: int = MOST_AT_ONCE
) -> list[Proposal]:
    """Say whom nobody serves on a day, within what `by` may assign, and whom the rules would choose.

    Nothing is written. Raises ActRefused where no edition is in force.
    """
    within, regions = _reach(by)
    proposals: list[Proposal] = []
    for (column, kind), unserved in _by_place(_unserved(day, regions, limit)).items():
        if kinds is not None and kind not in kinds:
            continue
        choices = choose_for(column, [one.id for one in unserved], kind=kind, day=day, within=within)
        proposals += [Proposal(one, choices.get(one.id)) for one in unserved]
    return proposals[:limit]


def assign_the_unserved(
    *,
    by: Employee | None,
    day: date | None = None,
    only: Collection[tuple[str, int, str]] | None = None,
    limit: int = MOST_AT_ONCE,
) -> Counter[str]:
    """Assign somebody to everybody whom nobody serves, or to `only` these (column, id, kind); count them by kind.

    Done again, it finds nobody left. Raises NotAllowed unless `by` assigns managers (None: the system).
    """
    today = day or timezone.localdate()
    if by is not None and not job_may(by, "assign_manager"):
        forbidden = NotAllowed("not_a_lead", "only a team lead or above says who serves whom")
        note_refusal(act="assign_manager", by=by, subject_kind="", subject_id="", why=forbidden.message)
        raise forbidden
    done: Counter[str] = Counter()
    with transaction.atomic():
        change_who_serves()
        wanted = [
            one
            for one in propose(day=today, by=by, limit=limit)
            if one.choice is not None
            and (only is None or (one.unserved.column, one.unserved.id, one.unserved.kind) in only)
        ]
        answering = who_answers(
            person_ids=[one.unserved.id for one in wanted if one.unserved.column == "person"],
            group_ids=[one.unserved.id for one in wanted if one.unserved.column == "group"],
            day=today,
        )
        chosen: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for one in wanted:
            if one.choice is not None:
                chosen[one.unserved.column, one.unserved.kind][one.unserved.id] = one.choice.employee_id
        for (column, kind), employee_of in chosen.items():
            put_in_place(employee_of, column=column, kind=kind, day=today)
            done[kind] += len(employee_of)
        done["promises"] = sum(move_promises(answering).values()) if wanted else 0
        for one in wanted:
            _note(one, by=by, day=today)
    return done


def _note(one: Proposal, *, by: Employee | None, day: date) -> None:
    assert one.choice is not None
    detail = {
        "kind": one.unserved.kind,
        "employee": one.choice.employee_id,
        "before": None,
        "from": day.isoformat(),
        "because": [reason.as_json() for reason in one.choice.reasons],
        "clause": one.unserved.clause,
        "why": "nobody served",
    }
    write_entry(
        act="assign_manager",
        by=by,
        subject_kind=one.unserved.column,
        subject_id=one.unserved.id,
        detail=detail,
    )


def _reach(by: Employee | None) -> tuple[list[int] | None, list[int] | None]:
    """Give whom somebody may choose from and the regions of customers; None for all."""
    if by is None or job_may(by, "assign_manager_of_any_team"):
        return None, None
    team = list(team_of(by).values_list("pk", flat=True))
    region = by.unit.region_id if by.unit is not None else None
    return team, regions_below(region) if region is not None else []


def _unserved(day: date, regions: list[int] | None, limit: int) -> list[Unserved]:
    _, rules = edition_for(day)
    wanted: dict[tuple[str, str | None], list[tuple[str, str | None]]] = defaultdict(list)
    for group_class, group_kind in kinds_of_groups():
        subject = {"group_class": group_class} | ({"group_kind": group_kind} if group_kind else {})
        for way in served_by(edition=rules, subject=subject, as_of=day, owed_to="group"):
            wanted[way.by, way.clause].append((group_class, group_kind))
    found: list[Unserved] = []
    for (kind, clause), of in wanted.items():
        found += groups_without(kind, of=of, clause=clause, day=day, region_ids=regions, limit=limit)
    return found + people_owed_by_nobody(WITHOUT_A_GROUP, day=day, region_ids=regions, limit=limit)


def _by_place(unserved: Iterable[Unserved]) -> dict[tuple[str, str], list[Unserved]]:
    found: dict[tuple[str, str], list[Unserved]] = defaultdict(list)
    for one in unserved:
        found[one.column, one.kind].append(one)
    return found


def count_unserved(*, day: date, by: Employee | None = None) -> int:
    """Count whom nobody serves within what `by` may assign, up to the most that are shown; 0 without an edition."""
    try:
        return len(_unserved(day, _reach(by)[1], MOST_AT_ONCE))
    except ActRefused:
        return 0
