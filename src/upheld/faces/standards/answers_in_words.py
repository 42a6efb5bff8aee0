"""Write what a row of a clock, a window, a step, of points, of leaving risk or of speech answers, as one sentence.

The sentences of tiers, contacts and entitlements are in `rows_in_words.py`. A kind is looked up by name; a key that
only some rows have adds its own half sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from upheld.faces import rule_words, wording
from upheld.faces.signin import in_english
from upheld.faces.standards.speech_in_words import speech_sentence
from upheld.policy.facts import FACTS
from upheld.policy.tables import Table

Answer = Mapping[str, Any]
ListTitle = Callable[[str], str]
"""Gives the title of a word list of the standard by its name."""


def sentence_of(table: Table, answer: Answer, list_title: ListTitle) -> str:
    """Write a row's answer as a sentence in the reader's language; empty for a kind that has none here."""
    if table.noun == "speech":
        return speech_sentence(table.kind, answer, list_title)
    write = _SENTENCES.get((table.noun, table.kind))
    return _joined(write(answer)) if write else ""


def several(words: Iterable[Any]) -> str:
    """Join words by the reader's comma."""
    return gettext(", ").join(str(one) for one in words)


def plain_number(value: Any) -> str:
    """Write an exact number without the noughts behind it."""
    if not isinstance(value, Decimal):
        return str(value)
    return f"{value.normalize():f}"


def _joined(parts: Iterable[str]) -> str:
    return gettext("; ").join(part for part in parts if part)


def _about(name: str, said: str) -> str:
    return gettext("%(name)s: %(said)s") % {"name": name, "said": said}


def limit_in_words(limit: Any) -> str:
    """Write a typed length of time: `2 working days`."""
    n = limit.amount
    words = {
        "minutes": ngettext("%(n)d minute", "%(n)d minutes", n),
        "hours": ngettext("%(n)d hour", "%(n)d hours", n),
        "days": ngettext("%(n)d day", "%(n)d days", n),
        "working_days": ngettext("%(n)d working day", "%(n)d working days", n),
        "working_hours": ngettext("%(n)d working hour", "%(n)d working hours", n),
    }
    return words[limit.unit] % {"n": n}


def _clock(answer: Answer) -> Iterable[str]:
    stops = wording.word(rule_words.STOPS, answer["stops_at"])
    limit = limit_in_words(answer["limit"])
    if answer.get("starts_at", "opened") == "opened":
        yield gettext("%(what)s within %(limit)s") % {"what": stops, "limit": limit}
    else:
        after = wording.word(rule_words.STOPS, answer["starts_at"])
        words = gettext("%(what)s within %(limit)s after %(after)s")
        yield words % {"what": stops, "limit": limit, "after": after}
    if answer.get("pauses"):
        waits = several(wording.word(rule_words.PAUSES, one) for one in answer["pauses"])
        yield gettext("stands still while waiting for %(whom)s") % {"whom": waits}
    if answer.get("floor_for"):
        floors = several(wording.word(rule_words.STOPS, one) for one in answer["floor_for"])
        yield gettext("no standard may give more for: %(what)s") % {"what": floors}
    if answer.get("public") is False:
        yield gettext("internal, not promised to the customer")


def _compensation(answer: Answer) -> Iterable[str]:
    stops = wording.word(rule_words.STOPS, answer["stops_at"])
    if answer["pays"] == "rent":
        yield gettext("late %(what)s: no rent for the days without service") % {"what": stops}
    else:
        words = {"what": stops, "percent": answer.get("percent", 0)}
        yield gettext("late %(what)s: %(percent)d %% of the fee for each day") % words
    causes = several(wording.word(rule_words.CAUSES, one) for one in answer.get("not_for", ()))
    if causes:
        yield gettext("not for: %(causes)s") % {"causes": causes}


def _business_hours(answer: Answer) -> Iterable[str]:
    yield gettext("open %(hours)s") % {"hours": answer["hours"]}


def _quiet(answer: Answer) -> Iterable[str]:
    yield gettext("nothing between %(hours)s") % {"hours": several(answer["hours"])}
    yield from _shifted(answer)


def _visit_hours(answer: Answer) -> Iterable[str]:
    yield gettext("only between %(hours)s") % {"hours": several(answer["hours"])}
    yield from _shifted(answer)


def _shifted(answer: Answer) -> Iterable[str]:
    later = answer.get("later_hours")
    if later:
        yield ngettext("%(n)d hour later there", "%(n)d hours later there", later) % {"n": later}
    if answer.get("lifted_by_wish"):
        yield gettext("at another hour if the customer wishes")


def _consent(answer: Answer) -> Iterable[str]:
    if answer["needs_consent"]:
        yield gettext("only with consent")
    if answer["ends_on_refusal"]:
        yield gettext("never after a refusal")


def _frequency(answer: Answer) -> Iterable[str]:
    at_most, hours = answer["at_most"], answer["within_hours"]
    messages = ngettext("at most %(n)d message", "at most %(n)d messages", at_most) % {"n": at_most}
    within = ngettext("within %(n)d hour", "within %(n)d hours", hours) % {"n": hours}
    yield f"{messages} {within}"


def _step(answer: Answer) -> Iterable[str]:
    step = wording.word(rule_words.STEPS, answer["step"])
    anchor = wording.word(rule_words.ANCHORS, answer.get("after", "joined_date"))
    days = {"step": step, "first": answer["from_day"], "last": answer["due_day"], "anchor": anchor}
    if answer["from_day"] == 0:
        yield gettext("%(step)s: until day %(last)d after %(anchor)s") % days
    else:
        yield gettext("%(step)s: day %(first)d to %(last)d after %(anchor)s") % days
    if "not_before" in answer:
        yield gettext("not before %(anchor)s") % {
            "anchor": wording.word(rule_words.ANCHORS, answer["not_before"])
        }
    if "rated_by_day" in answer:
        yield gettext("for those rated by day %(n)d") % {"n": answer["rated_by_day"]}
    if "rated_after_day" in answer:
        yield gettext("for those rated after day %(n)d, or not yet") % {"n": answer["rated_after_day"]}


def _delivery(answer: Answer) -> Iterable[str]:
    ways = several(wording.word(rule_words.DELIVERIES, one) for one in answer["ways"])
    yield gettext("%(step)s: by %(ways)s") % {
        "step": wording.word(rule_words.STEPS, answer["step"]),
        "ways": ways,
    }


def _earning(answer: Answer) -> Iterable[str]:
    event, points = wording.word(rule_words.POINT_EVENTS, answer["event"]), answer.get("points_per_yuan")
    if points:
        words = ngettext(
            "%(event)s: %(n)d point for each yuan", "%(event)s: %(n)d points for each yuan", points
        )
        yield words % {"event": event, "n": points}
    else:
        yield gettext("%(event)s: the points given") % {"event": event}
    yield (
        gettext("counts towards redeeming")
        if answer["qualifies"]
        else gettext("does not count towards redeeming")
    )


def _exchange(answer: Answer) -> Iterable[str]:
    yield gettext("a point is worth %(yuan)s yuan") % {"yuan": plain_number(answer["value_yuan"])}


def _cycle(answer: Answer) -> Iterable[str]:
    yield gettext("a cycle begins with month %(n)d") % {"n": answer["begins_month"]}


def _expiry(answer: Answer) -> Iterable[str]:
    months, years = answer.get("months", 0), answer.get("years", 0)
    yield {
        "end_of_nth_month": gettext("points end with month %(n)d after they were earned") % {"n": months},
        "end_of_nth_year": gettext("points end with calendar year %(n)d after they were earned")
        % {"n": years},
        "end_of_cycle": gettext("points end with the cycle"),
        "never": gettext("points never end"),
    }[answer["expires"]]
    if answer.get("earning_month_counts"):
        yield gettext("the month of earning counts")
    if answer.get("notice_days"):
        yield ngettext(
            "notice %(n)d day before", "notice %(n)d days before", answer["notice_days"]
        ) % {"n": answer["notice_days"]}  # fmt: skip


def _eligibility(answer: Answer) -> Iterable[str]:
    yield gettext("from more than %(n)d qualifying points") % {"n": answer["above_points"]}


def _points_frozen(answer: Answer) -> Iterable[str]:
    yield gettext("points are frozen")


def _spending(answer: Answer) -> Iterable[str]:
    event = wording.word(rule_words.POINT_EVENTS, answer["event"])
    use = answer.get("use")
    yield _about(event, wording.word(rule_words.USES, use)) if use else event


def _campaign(answer: Answer) -> Iterable[str]:
    words = {"name": wording.word({}, answer["campaign"]), "percent": plain_number(answer["percent"])}
    yield gettext("%(name)s: %(percent)s %% of the points") % words
    if answer.get("months"):
        yield ngettext("for %(n)d month", "for %(n)d months", answer["months"]) % {"n": answer["months"]}


def _budget(answer: Answer) -> Iterable[str]:
    yield gettext("%(percent)s %% of what is spent goes back") % {
        "percent": plain_number(answer["return_percent"])
    }
    yield gettext("it may cost %(percent)s %%") % {"percent": plain_number(answer["cost_percent"])}


def _term(answer: Answer) -> Iterable[str]:
    fact = FACTS[answer["rate"]]
    weight = plain_number(answer["weight"] * 100)
    yield gettext("%(rate)s: weight %(percent)s %%") % {
        "rate": fact.en if in_english() else fact.zh,
        "percent": weight,
    }


def _unknown(answer: Answer) -> Iterable[str]:
    shared = answer["unknown_rates"] == "shared_among_known"
    yield (
        gettext("an unknown rate's weight is shared among the known ones")
        if shared
        else gettext("an unknown rate adds nothing")
    )


def _band(answer: Answer) -> Iterable[str]:
    words = {
        "band": wording.word(rule_words.BANDS, answer["band"]),
        "score": plain_number(answer["from_score"]),
    }
    yield gettext("%(band)s from score %(score)s") % words


def _moment(answer: Answer) -> Iterable[str]:
    moment = wording.word(rule_words.MOMENTS, answer["moment"])
    yield _about(moment, wording.word(rule_words.URGENCIES, answer["urgency"]))


def _dispatch(answer: Answer) -> Iterable[str]:
    yield gettext("what is to be done %(urgency)s is handed out %(when)s") % {
        "urgency": wording.word(rule_words.URGENCIES, answer["urgency"]),
        "when": wording.word(rule_words.DISPATCHES, answer["dispatch"]),
    }


def _rank(answer: Answer) -> Iterable[str]:
    moment = wording.word(rule_words.MOMENTS, answer["moment"])
    yield gettext("place %(n)d: %(moment)s") % {"n": answer["rank"], "moment": moment}


def _suppress(answer: Answer) -> Iterable[str]:
    yield gettext("no offer is made")


def _health(answer: Answer) -> Iterable[str]:
    index = wording.word(rule_words.INDICES, answer["index"])
    yield _about(index, wording.word(rule_words.HEALTH, answer["health"]))


def _offer(answer: Answer) -> Iterable[str]:
    words = {
        "offer": wording.word(rule_words.OFFERS, answer["offer"]),
        "family": wording.word(rule_words.FAMILIES, answer["family"]),
    }
    yield gettext("%(offer)s (%(family)s)") % words
    if answer.get("moments"):
        yield gettext("for: %(moments)s") % {
            "moments": several(wording.word(rule_words.MOMENTS, one) for one in answer["moments"])
        }


def _claim(answer: Answer) -> Iterable[str]:
    form = wording.word(wording.CLAIM_FORMS, answer["form"])
    yield _about(wording.word(wording.ENTITLEMENTS, answer["entitlement"]), form)
    if answer.get("purposes"):
        yield several(wording.word(wording.PURPOSES, one) for one in answer["purposes"])
    if answer.get("ways"):
        yield several(wording.word(wording.CLAIM_WAYS, one) for one in answer["ways"])
    if answer.get("amount"):
        above = answer["amount"] == "above"
        yield gettext("only above the amount") if above else gettext("from the amount on")
    if answer.get("places"):
        places = several(wording.word(wording.PLACES, one) for one in answer["places"])
        yield gettext("no dual-mode card is needed in %(places)s") % {"places": places}
    if answer.get("opens"):
        yield gettext("at home it opens a case")
    if answer.get("while_frozen"):
        yield gettext("also while the membership is frozen")
    if answer.get("carried_out_by"):
        yield wording.word(wording.CARRIED_OUT_BY, answer["carried_out_by"])


def _answer_rate(answer: Answer) -> Iterable[str]:
    yield gettext("share of calls answered within %(n)s seconds") % {"n": answer["within_seconds"]}
    if answer.get("at_least_percent") is not None:
        yield gettext("at least %(percent)s %% of them") % {"percent": answer["at_least_percent"]}
    if answer["gave_up_in_time"] == "left_out":
        yield gettext("who hangs up within that time is left out")
    else:
        yield gettext("who hangs up counts as not answered")
    if answer["several_queues"] == "once":
        yield gettext("a call in several queues counts once")
    else:
        yield gettext("a call counts in each queue it enters")


def _award(answer: Answer) -> Iterable[str]:
    event = wording.word(rule_words.STAFF_EVENTS, answer["event"])
    if answer.get("actions"):
        actions = several(wording.word(wording.ACTIONS, one) for one in answer["actions"])
        event = _about(event, actions)
    yield ngettext("%(event)s: %(n)d point", "%(event)s: %(n)d points", answer["points"]) % {
        "event": event,
        "n": answer["points"],
    }


def _served_by(answer: Answer) -> Iterable[str]:
    yield wording.word(wording.JOBS, answer["by"])
    if answer.get("serves") is not None:
        yield gettext("%(n)s customers each") % {"n": answer["serves"]}
    if answer.get("goal") is not None:
        yield gettext("goal %(n)s") % {"n": answer["goal"]}


_SENTENCES: dict[tuple[str, str], Callable[[Answer], Iterable[str]]] = {
    ("entitlements", "claim"): _claim,
    ("staffing", "answer_rate"): _answer_rate,
    ("staff_points", "award"): _award,
    ("staffing", "served_by"): _served_by,
    ("deadlines", "clock"): _clock,
    ("deadlines", "business_hours"): _business_hours,
    ("deadlines", "compensation"): _compensation,
    ("windows", "quiet"): _quiet,
    ("windows", "visit_hours"): _visit_hours,
    ("windows", "consent"): _consent,
    ("windows", "frequency"): _frequency,
    ("journeys", "step"): _step,
    ("journeys", "delivery"): _delivery,
    ("points", "earning"): _earning,
    ("points", "exchange"): _exchange,
    ("points", "cycle"): _cycle,
    ("points", "expiry"): _expiry,
    ("points", "eligibility"): _eligibility,
    ("points", "freeze"): _points_frozen,
    ("points", "spending"): _spending,
    ("points", "campaign"): _campaign,
    ("points", "budget"): _budget,
    ("churn", "term"): _term,
    ("churn", "unknown"): _unknown,
    ("churn", "band"): _band,
    ("churn", "moment"): _moment,
    ("churn", "dispatch"): _dispatch,
    ("churn", "rank"): _rank,
    ("churn", "suppress"): _suppress,
    ("churn", "health"): _health,
    ("churn", "offer"): _offer,
}
