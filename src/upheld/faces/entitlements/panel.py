"""Compose the panel of entitlements: what the clauses give, what is left of each quota, what is lent, what was used.

`templates/entitlements/panel.html` shows it on the pages of a person and of a group, and on the hotline desk. It needs
`panel` (a `Panel`) and the request in its context, and nothing else; its forms open inside it and its links lead back
to the page that it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext

from upheld.faces import wording
from upheld.faces.permissions import may
from upheld.faces.standards.rows_in_words import terms_in_words
from upheld.policy.editions import Edition
from upheld.policy.entitlements import Claimable, Grant, claims_among, entitlements_of
from upheld.policy.facts import Subject
from upheld.records.entitlements.queries import UseSeen, places_taken, uses_of_group, uses_of_person

USES_SHOWN = 60


@dataclass(frozen=True)
class Pips:
    """A quota as dots: `marks` are true for those used."""

    marks: tuple[bool, ...]
    left: int
    words: str


@dataclass(frozen=True)
class UseLine:
    """One use in words, and what the reader may do about it."""

    use: UseSeen
    words: str
    still_runs: bool
    may_take_back: bool
    may_return: bool


@dataclass(frozen=True)
class EntitlementLine:
    """One entitlement; `claim_url` is empty where it is had without asking, used up, or not the reader's to claim."""

    entitlement: str
    clause: str
    terms: str
    pips: Pips | None
    claim_url: str
    lent: UseSeen | None
    is_claimed: bool


@dataclass(frozen=True)
class Panel:
    """What the panel shows; `is_frozen`: what else comes with the card rests. `done` tells of what was just done."""

    address: str
    lines: list[EntitlementLine]
    uses: list[UseLine] = field(default_factory=list)
    is_frozen: bool = False
    done: str = ""

    @property
    def claimed(self) -> list[EntitlementLine]:
        """Give what is had by claiming it, quotas first."""
        return sorted((one for one in self.lines if one.is_claimed), key=lambda one: one.pips is None)

    @property
    def had(self) -> list[EntitlementLine]:
        """Give what is had without asking."""
        return [one for one in self.lines if not one.is_claimed]


def panel_of(
    *,
    user: Any,
    person: Any = None,
    group: Any = None,
    edition: Edition,
    subject: Subject,
    today: date,
    whole_history: bool = False,
    done: str = "",
) -> Panel:
    """Compose the panel of a person or a group; `subject` holds the facts, the card that is held, and `frozen`.

    Two queries. Without `whole_history` only this month's uses are given, and what is lent or still lasts.
    """
    of, who = ("group", group) if person is None else ("person", person)
    grants = entitlements_of(edition=edition, subject=subject, as_of=today)
    claims = claims_among(grants, edition=edition, subject=subject, as_of=today, of=of)
    periods = {one.quota.from_date for one in claims if one.quota}
    if of == "person":
        taken = places_taken(person=who.pk, periods=periods)
        uses = uses_of_person(who.pk, limit=USES_SHOWN)
    else:
        taken = places_taken(group=who.pk, periods=periods)
        uses = uses_of_group(who.pk, limit=USES_SHOWN)
    by_name = {(one.entitlement, one.clause): one for one in claims}
    lent = {use.entitlement: use for use in uses if use.is_out}
    claim_at = "claim" if of == "person" else "group-claim"
    lines = []
    for grant in _not_resting(grants, claims, edition, subject, today):
        one = by_name.get((grant.entitlement, grant.clause))
        pips = _pips(one, taken) if one is not None else None
        out = lent.get(grant.entitlement) if one is not None else None
        is_free = one is not None and not one.is_frozen and out is None and (pips is None or pips.left > 0)
        address = reverse(claim_at, args=[who.code, grant.entitlement])
        claim_url = address if is_free and may(user, "claim_entitlement") else ""
        terms = terms_in_words(grant.details)
        lines.append(
            EntitlementLine(grant.entitlement, grant.clause, terms, pips, claim_url, out, one is not None)
        )
    now = timezone.now()
    return Panel(
        address=reverse("entitlements" if of == "person" else "group-entitlements", args=[who.code]),
        lines=lines,
        uses=[_use_line(use, user, now) for use in uses if whole_history or _is_recent(use, today, now)],
        is_frozen=bool(subject.get("frozen")),
        done=done,
    )


def _not_resting(
    grants: Iterable[Grant], claims: Iterable[Claimable], edition: Edition, subject: Subject, today: date
) -> list[Grant]:
    """Leave out what a frozen membership's card does not bring: its clause does not keep it for those in arrears."""
    if not subject.get("frozen"):
        return list(grants)
    bare = {name: value for name, value in subject.items() if name != "card"}
    own = entitlements_of(edition=edition, subject=bare, as_of=today)
    kept = {(one.entitlement, one.clause) for one in claims if not one.is_frozen}
    kept |= {(one.entitlement, one.clause) for one in own}
    return [one for one in grants if (one.entitlement, one.clause) in kept]


def _is_recent(use: UseSeen, today: date, now: datetime) -> bool:
    day = timezone.localdate(use.used_at)
    lasts = use.until_at is not None and use.until_at > now and use.taken_back_at is None
    return (day.year, day.month) == (today.year, today.month) or use.is_out or lasts


def _pips(one: Claimable, taken: dict[tuple[str, date], int]) -> Pips | None:
    if one.quota is None:
        return None
    used = taken.get((one.entitlement, one.quota.from_date), 0)
    left = one.quota.left(used)
    return Pips(tuple(n < used for n in range(one.quota.times)), left, quota_in_words(one, used))


def quota_in_words(one: Claimable, used: int) -> str:
    """Say how a quota stands: how many are left of how many, or when the next begin."""
    if one.quota is None:
        return ""
    left = one.quota.left(used)
    if left or one.quota.until_date is None:
        return gettext("%(left)d of %(times)d left") % {"left": left, "times": one.quota.times}
    return gettext("none left; the next from %(day)s") % {"day": day_in_words(one.quota.until_date)}


def day_in_words(day: date) -> str:
    """Write a day with its month, and the year where it is another one."""
    if day.year != timezone.localdate().year:
        return date_format(day, pgettext("date with year", "j M Y"))
    return date_format(day, pgettext("date without year", "j M"))


def moment_in_words(instant: datetime) -> str:
    """Write an instant with its day and minute in the zone of the standards."""
    return date_format(timezone.localtime(instant), gettext("j M, H:i"))


def _use_line(use: UseSeen, user: Any, now: datetime) -> UseLine:
    stands = use.taken_back_at is None and use.returned_at is None
    is_over = use.until_at is not None and use.until_at <= now
    own = use.by_id == user.pk and not is_over and may(user, "take_back_claim")
    return UseLine(
        use=use,
        words=gettext(" · ").join(details_in_words(use.detail)),
        still_runs=stands and use.until_at is not None and not is_over,
        may_take_back=stands and (own or may(user, "take_back_claim_of_others")),
        may_return=use.is_out and may(user, "claim_entitlement"),
    )


def details_in_words(told: Mapping[str, Any]) -> list[str]:
    """Say what a claim tells: what for, where, how much, which, and by which case it was handed on."""
    parts = []
    if told.get("purpose"):
        parts.append(wording.word(wording.PURPOSES, told["purpose"]))
    if told.get("way"):
        parts.append(wording.word(wording.CLAIM_WAYS, told["way"]))
    if told.get("amount_yuan"):
        parts.append(gettext("%(amount)s yuan") % {"amount": told["amount_yuan"].removesuffix(".00")})
    if told.get("place"):
        parts.append(wording.word(wording.PLACES, told["place"]))
    parts += [told[key] for key in ("product", "item") if told.get(key)]
    if told.get("card") == "dual_mode":
        parts.append(gettext("dual-mode card and GSM phone"))
    if told.get("handed_on_as"):
        parts.append(gettext("handed on as case %(n)d") % {"n": told["handed_on_as"]})
    return parts


def since_in_words(instant: datetime) -> str:
    """Say for how many days something has been lent."""
    days = (timezone.now() - instant) // timedelta(days=1)
    return ngettext("out for %(n)d day", "out for %(n)d days", days) % {"n": days}
