"""Tell members by message that their level rose, fell, was frozen or restored (CT-36, CT-37).

A first rating tells nobody anything: an operator that begins with Upheld has told its members long ago.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.records.people.models import Person
from upheld.records.tiers.models import Rating

CARDS = {"silver": "银卡", "gold": "金卡", "diamond": "钻石卡"}
ORDER = ("silver", "gold", "diamond")
TOLD_WITHIN = timedelta(days=2)
"""A change older than this is no news."""


def queue_tier_changes(*, at: datetime | None = None) -> Counter[str]:
    """Queue a message for every change of level that was rated lately, each once; return how many by template."""
    now = at or timezone.now()
    queued: Counter[str] = Counter()
    lately = Rating.objects.filter(rated_at__gt=now - TOLD_WITHIN, rated_at__lte=now)
    # The first rating of a whole base is a million rows that tell nobody: they do not leave the database.
    earlier = Rating.objects.filter(person_id=OuterRef("person_id"), pk__lt=OuterRef("pk"))
    for rating in (
        lately.filter(Exists(earlier)).order_by("pk").select_related("person").iterator(chunk_size=500)
    ):
        before = (
            Rating.objects.filter(person_id=rating.person_id, pk__lt=rating.pk)
            .order_by("-as_of", "-pk")
            .first()
        )
        template = _template(before, rating) if before is not None else ""
        if template and before is not None and _tell(template, before, rating, now):
            queued[template] += 1
    return queued


def _template(before: Rating, after: Rating) -> str:
    """Return which change it is; empty where a member is told nothing by message."""
    if after.state == "frozen" and before.state == "active":
        return "tier_frozen"
    if after.state == "active" and before.state == "frozen" and before.card == after.card:
        return "tier_unfrozen"
    if not (before.card and after.card and after.state == "active") or before.card == after.card:
        return ""
    rose = ORDER.index(after.card) > ORDER.index(before.card)
    return "tier_raised" if rose else "tier_lowered"


def _tell(template: str, before: Rating, after: Rating, now: datetime) -> bool:
    person: Person = after.person
    variables = {"day": f"{after.as_of.month}月{after.as_of.day}日"}
    if template in ("tier_raised", "tier_lowered"):
        variables |= {"old_card": CARDS[before.card or ""], "card": CARDS[after.card or ""]}
    try:
        return queue_message(
            template=template, to=person, source="rating", key=f"rating:{after.pk}", variables=variables,
            language="zh", at=now,
        ).is_new  # fmt: skip
    except ActRefused:
        # An edition without these wordings tells nobody.
        return False
