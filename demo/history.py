"""Live through the demo's past, day by day, by the same operations that a real operator uses.

On the first day the standards come into force, the base is rated and planned. Managers then keep, miss and
are waived what `fates.py` draws; a mistake is reversed now and then; half-way new files arrive and everybody
is rated again. A day may be walked twice: contacts carry keys, so nothing is recorded double, and a demo left
alone for a week makes up for it.
"""

from __future__ import annotations

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from upheld.operations.close_overdue import close_overdue
from upheld.operations.import_feed import import_feed
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.record_contacts import Contact, record_contacts
from upheld.operations.refusals import ActRefused
from upheld.operations.reverse_contact import reverse_contact
from upheld.operations.waive_promise import waive_promise
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import GroupRole
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

from .fates import OUTDOOR_ACTIONS, WAIVERS, Fate, fate_of, late_fate
from .reports import report_of

ZONE = ZoneInfo("Asia/Shanghai")
KEY = "demo"
CHANGES_AFTER = timedelta(days=45)
# The demo's service department closes the books on Mondays, for what was due more than a week ago: late contacts still
# count, and the list of what is overdue is not empty.
CLOSES_ON = 0
CLOSES_AFTER = timedelta(days=8)
MISTAKES_IN = 400
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Owed:
    """An open promise with what its fate depends on."""

    id: int
    person_id: int | None
    group_id: int | None
    clause: str
    action: str
    from_date: date
    due_date: date
    channels: tuple[str, ...]
    responsible_id: int | None
    manager: str | None
    identity: str


@dataclass(frozen=True)
class Act:
    """Something that somebody does about a promise at an instant."""

    owed: Owed
    fate: Fate
    at: datetime


@dataclass
class Lived:
    """Count what happened."""

    days: int = 0
    contacts: int = 0
    kept: int = 0
    waived: int = 0
    reversed: int = 0
    broken: int = 0
    by_fate: Counter[str] = field(default_factory=Counter)


def live_through(
    *,
    seed: int,
    first_day: date,
    now: datetime,
    plan_until: date,
    changes: Mapping[str, Path],
    since: date | None = None,
    progress: Progress | None = None,
) -> Lived:
    """Live from `first_day` (or `since`, to go on) until the instant `now`; the edition must be in force.

    `changes` are the files of `write_changes`. Today's acts happen up to `now` only, so some are still to be done.
    """
    today = now.astimezone(ZONE).date()
    change_day = first_day + CHANGES_AFTER
    begin = since or first_day
    walk = _Walk(seed=seed, now=now, days=(today - begin).days + 1, progress=progress or (lambda *_: None))
    if since is None:
        rate_base(as_of=first_day, today=today, by=None, progress=walk.bar("rating"))
        plan_contacts(from_date=first_day, until_date=plan_until, by=None, progress=walk.bar("planning"))
    if begin < change_day <= today:
        walk.through(begin, change_day - timedelta(days=1))
        for kind, file in changes.items():
            import_feed(by=None, file=file, kind=kind, rejects_folder=file.parent / "rejects")
        rate_base(as_of=change_day, today=today, by=None, progress=walk.bar("rating again"))
        plan_contacts(
            from_date=change_day, until_date=plan_until, by=None, progress=walk.bar("planning again")
        )
        begin = change_day
    walk.through(begin, today)
    return walk.lived


class _Walk:
    """Walk through days; knows the staff and counts what happens."""

    def __init__(self, *, seed: int, now: datetime, days: int, progress: Progress) -> None:
        self.seed, self.now, self.days, self.progress = seed, now, days, progress
        self.lived = Lived()
        self._staff = {one.username: one for one in Employee.objects.select_related("unit")}
        self._leads = {one.unit_id: one for one in self._staff.values() if one.job == "team_lead"}
        self._mistake_told = Interaction.objects.filter(reverses__isnull=False).exists()

    def bar(self, work: str) -> Callable[[int, int], object]:
        """Return a progress function of one piece of work."""
        return lambda done, total: self.progress(work, done, total)

    def through(self, first: date, last: date) -> None:
        """Walk from the first to the last day, both included."""
        by_day: dict[date, list[Act]] = defaultdict(list)
        fates = self._fates(first, last)
        for owed, fate in fates:
            self.lived.by_fate[fate.kind] += 1
            if fate.on is not None and first <= fate.on <= last:
                by_day[fate.on].append(Act(owed, fate, self._instant(owed, fate.on)))
        day = first
        while day <= last:
            self._live(day, [act for act in by_day[day] if act.at <= self.now])
            self.lived.days += 1
            self.progress("two months of work", self.lived.days, self.days)
            day += timedelta(days=1)

    def _fates(self, first: date, last: date) -> list[tuple[Owed, Fate]]:
        """Draw what becomes of each promise; a kind of story that nothing has told yet is told of one of them."""
        fates = {
            owed.id: (
                owed,
                fate_of(
                    seed=self.seed,
                    identity=owed.identity,
                    action=owed.action,
                    from_date=owed.from_date,
                    due_date=owed.due_date,
                    manager=owed.manager,
                ),
            )
            for owed in self._open_promises(until=last)
        }
        over = (
            last - CLOSES_AFTER - timedelta(days=7)
        )  # all that can follow has followed, and a Monday has closed it
        spare = [
            (owed, fate)
            for owed, fate in sorted(fates.values(), key=lambda drawn: drawn[0].identity)
            if fate.kind == "kept" and fate.on is not None and fate.on >= first and owed.due_date <= over
            if owed.action in OUTDOOR_ACTIONS and self._lead_of(owed) is not None
        ]
        told = Promise.objects.filter(due_date__lte=over)
        stories = {
            "late": (told.filter(state="kept", late=True), lambda owed, _: late_fate(owed.due_date)),
            "waived": (told.filter(state="waived"), lambda _, fate: Fate("waived", fate.on, WAIVERS[0])),
            "missed": (told.filter(state="broken"), lambda *_: Fate("missed", None)),
        }
        for kind, (in_the_past, instead) in stories.items():
            drawn = any(
                fate.kind == kind and owed.due_date <= over and (fate.on is None or fate.on >= first)
                for owed, fate in fates.values()
            )
            if spare and not drawn and not in_the_past.exists():
                owed, fate = spare.pop(0)
                fates[owed.id] = (owed, instead(owed, fate))
        return list(fates.values())

    def _lead_of(self, owed: Owed) -> Employee | None:
        manager = self._staff.get(owed.manager or "")
        return self._leads.get(manager.unit_id) if manager else None

    def _live(self, day: date, acts: list[Act]) -> None:
        # A day is lived whole or not at all, so that whoever stops the demo in the middle can go on with it.
        now = min(datetime.combine(day + timedelta(days=1), time(), ZONE), self.now)
        with transaction.atomic():
            contacts = [self._contact(act) for act in acts if act.fate.kind in ("kept", "late")]
            contacts += self._lectures(day)
            done = record_contacts(contacts=contacts, by=None, now=now)
            self.lived.contacts += done.new
            self.lived.kept += len(done.kept)
            identities = {act.owed.id: act.owed.identity for act in acts}
            self._mend_mistakes(contacts, done.interaction_ids, identities, now)
            for act in acts:
                if act.fate.kind == "waived":
                    self._waive(act)
        if day.weekday() == CLOSES_ON:
            self.lived.broken += sum(close_overdue(as_of=day - CLOSES_AFTER, by=None, now=self.now).values())

    def _contact(self, act: Act) -> Contact:
        owed = act.owed
        chance = random.Random(f"{self.seed}:how:{owed.identity}")
        # The channel named like the duty where there is one, else mostly the cheapest that keeps it.
        channel = owed.action if owed.action in owed.channels else _usual(chance, owed)
        return Contact(
            channel=channel,
            happened_at=act.at,
            key=f"{KEY}:{owed.id}",
            employee_id=owed.responsible_id,
            person_id=owed.person_id,
            group_id=owed.group_id,
            promise_id=owed.id,
            report=report_of(chance, action=owed.action, channel=channel),
        )

    def _mend_mistakes(
        self,
        contacts: list[Contact],
        interaction_ids: Mapping[str, int],
        identities: Mapping[int, str],
        now: datetime,
    ) -> None:
        """Reverse a contact in some hundreds as written down for the wrong customer, and record it anew.

        The very first one that can be is always, so that a demo of any size has such a story.
        """
        for contact in contacts:
            interaction = interaction_ids.get(contact.key)
            if interaction is None or contact.promise_id is None or contact.channel == "sms":
                continue
            drawn = zlib.crc32(f"{self.seed}:mistake:{identities[contact.promise_id]}".encode())
            if drawn % MISTAKES_IN and self._mistake_told:
                continue
            self._mistake_told = True
            reverse_contact(
                interaction=interaction,
                by=None,
                reason="误录:应为同单位另一位客户,已更正重录。",
                now=min(contact.happened_at + timedelta(minutes=20), now),
            )
            again = Contact(
                **vars(contact)
                | {
                    "key": f"{contact.key}:again",
                    "happened_at": min(contact.happened_at + timedelta(minutes=25), now),
                }
            )
            self.lived.contacts += record_contacts(contacts=[again], by=None, now=now).new
            self.lived.reversed += 1

    def _waive(self, act: Act) -> None:
        lead = self._lead_of(act.owed)
        if lead is None:
            return
        try:
            waive_promise(promise=act.owed.id, reason=act.fate.reason, approver=lead)
        except ActRefused as refused:
            # Another contact of the same day may have kept it already.
            if refused.code != "already_ended":
                raise
            return
        self.lived.waived += 1

    def _lectures(self, day: date) -> Iterator[Contact]:
        """Invite key persons to a lecture once a month.

        Enough of class A (KEY-43 asks for 30 per cent), too few of B.
        """
        if day.day != 18:
            return
        share = {"A": 22, "B1": 4, "B2": 4}
        roles = GroupRole.objects.filter(
            role__isnull=False, group__group_class__in=list(share), until_date=None
        )
        for person, code, group_class in roles.values_list("person_id", "person__code", "group__group_class"):
            chance = random.Random(f"{self.seed}:lecture:{day}:{code}")
            at = datetime.combine(day, time(15), ZONE)
            if chance.randrange(100) < share[group_class] and at <= self.now:
                report = report_of(chance, action="lecture", channel="lecture")
                yield Contact("lecture", at, f"{KEY}:lecture:{day}:{person}", person_id=person, report=report)

    def _instant(self, owed: Owed, day: date) -> datetime:
        """Choose a time of day: messages go out in the morning, people are met in office hours."""
        chance = random.Random(f"{self.seed}:when:{owed.identity}")
        mass = owed.action in ("sms", "greeting", "information")
        minutes = chance.randrange(9 * 60, 10 * 60) if mass else chance.randrange(9 * 60, 17 * 60 + 30)
        return datetime.combine(day, time(minutes // 60, minutes % 60), ZONE)

    def _open_promises(self, *, until: date) -> Iterable[Owed]:
        """Read the open promises of the contact plan that have begun by a day; others have lives of their own."""
        rows: Any = Promise.objects.filter(
            state="open", source="contact_plan", from_date__lte=until
        ).order_by("pk")
        for (pk, person, group, person_code, group_code, clause, action, begins, due, turn, channels, employee,
             username) in rows.values_list(
            "pk", "person_id", "group_id", "person__code", "group__code", "clause", "action", "from_date", "due_date",
            "turn", "channels", "responsible_id", "responsible__username",
        ):  # fmt: skip
            # Greetings for one occasion share a fate, whatever clauses ask for them: nobody sends one and forgets two.
            what = "greeting" if action == "greeting" else f"{clause}:{action}:{turn}"
            identity = f"{person_code or group_code}:{what}:{begins}:{due}"
            yield Owed(
                pk, person, group, clause, action, begins, due, tuple(channels), employee, username, identity
            )


def _usual(chance: random.Random, owed: Owed) -> str:
    wanted = ("sms", "call") if owed.action in ("greeting", "information") else ("call", "visit")
    usual = [channel for channel in wanted if channel in owed.channels] or list(owed.channels)
    return usual[0] if chance.random() < 0.7 else usual[-1]
