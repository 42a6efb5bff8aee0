"""How a day of calls went: shares answered in time by each clause, waits, and the half hours one by one."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext

from upheld.faces.editions import clause_title
from upheld.faces.templatetags.shown import in_language
from upheld.policy.editions import Edition
from upheld.policy.problems import OutsideDates
from upheld.policy.staffing import AnswerRate, AnswerRule, Tally, answer_rules, rate_by
from upheld.records.telephony.queries import Counted, CountedDay, day_of_calls

SLOTS = 48


def rules_of(edition: Edition, day: date) -> tuple[AnswerRule, ...]:
    """Return the rules of an edition for a day, the company's own before the law's; none before any standard."""
    try:
        rules = answer_rules(edition=edition, as_of=day)
    except OutsideDates:
        return ()
    return tuple(sorted(rules, key=lambda rule: edition.standard(edition.clause(rule.clause).standard).floor))


def figures_of(day: date, *, queue: str | None, edition: Edition) -> SimpleNamespace | None:
    """Return what the page of a day shows; None where the day has no call."""
    rules = rules_of(edition, day)
    limits = [rule.within_seconds for rule in rules]
    counted = {
        once: day_of_calls(day, queue=queue, limits=limits, counts_once=once)
        for once in sorted({rule.counts_once for rule in rules} or {True}, reverse=True)
    }
    first = next(iter(counted.values()))
    if first is None:
        return None
    rates = [_shown_rate(rule, counted[rule.counts_once], edition) for rule in rules]
    rows = [_row(one, rules, counted) for one in first.slots]
    return SimpleNamespace(
        rates=rates,
        asked=first.whole.asked,
        abandoned=first.whole.abandoned,
        abandoned_share=first.whole.abandoned / first.whole.asked,
        left=first.whole.left,
        median=seconds_in_words(first.whole.median_wait_ms / 1000),
        ninety=seconds_in_words(first.whole.ninety_wait_ms / 1000),
        limits=[SimpleNamespace(clause=rule.clause, seconds=rule.within_seconds) for rule in rules],
        rows=rows,
        chart=_chart(first, rules, counted),
    )


def _shown_rate(rule: AnswerRule, counted: CountedDay | None, edition: Edition) -> SimpleNamespace:
    rate = _rate(rule, counted.whole if counted else None)
    return SimpleNamespace(
        clause=rule.clause,
        title=in_language(clause_title(edition, rule.clause)),
        seconds=rule.within_seconds,
        share=rate.rate,
        asked=rate.asked,
        answered=rate.answered_within,
        target=rule.at_least_percent,
        met=rate.met,
    )


def _rate(rule: AnswerRule, counted: Counted | None) -> AnswerRate:
    if counted is None:
        return rate_by(rule, Tally(0, 0, 0))
    answered, gave_up = counted.within[rule.within_seconds]
    return rate_by(rule, Tally(counted.asked, answered, gave_up))


def _slot(counted: CountedDay | None, slot: int | None) -> Counted | None:
    return next((one for one in counted.slots if one.slot == slot), None) if counted else None


def _row(
    one: Counted, rules: tuple[AnswerRule, ...], counted: dict[bool, CountedDay | None]
) -> SimpleNamespace:
    shares = [_rate(rule, _slot(counted[rule.counts_once], one.slot)).rate for rule in rules]
    return SimpleNamespace(
        time=time_of(one.slot or 0),
        asked=one.asked,
        shares=[
            SimpleNamespace(share=share, seconds=rule.within_seconds)
            for rule, share in zip(rules, shares, strict=True)
        ],
        abandoned=one.abandoned,
        left=one.left,
        median=seconds_in_words(one.median_wait_ms / 1000),
        ninety=seconds_in_words(one.ninety_wait_ms / 1000),
    )


def _chart(
    day: CountedDay, rules: tuple[AnswerRule, ...], counted: dict[bool, CountedDay | None]
) -> dict[str, Any]:
    slots = range(min(one.slot or 0 for one in day.slots), max(one.slot or 0 for one in day.slots) + 1)
    by_slot = {one.slot: one for one in day.slots}

    def counts(name: str) -> list[int]:
        return [getattr(by_slot[slot], name) if slot in by_slot else 0 for slot in slots]

    lines = []
    for rule in rules:
        rates = [_rate(rule, _slot(counted[rule.counts_once], slot)).rate for slot in slots]
        name = gettext("within %(n)s s") % {"n": rule.within_seconds}
        lines.append(
            {"name": name, "data": [None if rate is None else round(float(rate) * 100, 1) for rate in rates]}
        )
    return {
        "times": [time_of(slot) for slot in slots],
        "bars": [
            {"name": gettext("Answered calls"), "data": counts("answered"), "tone": "kept"},
            {"name": gettext("Hung up"), "data": counts("abandoned"), "tone": "broken"},
            {"name": gettext("Sent out"), "data": counts("left"), "tone": "late"},
        ],
        "lines": lines,
        "percent": True,
        "left": gettext("calls"),
    }


def time_of(slot: int) -> str:
    """Write when a half hour begins."""
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"


def seconds_in_words(seconds: float) -> str:
    """Write seconds shortly: `7 s`, `3 min 5 s`."""
    whole = round(seconds)
    if whole < 60:
        return gettext("%(n)s s") % {"n": whole}
    return gettext("%(m)s min %(n)s s") % {"m": whole // 60, "n": whole % 60}
