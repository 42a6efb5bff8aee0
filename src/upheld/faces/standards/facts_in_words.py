"""Write the facts of a case as people read them: days, codes, and the turns, holds and events that a case lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from upheld.faces import rule_words, wording
from upheld.faces.standards.rows_in_words import fact_name, value_in_words
from upheld.policy.facts import FACTS

TURNS_SHOWN = 4
"""A case's point stands in its title; a long call is shown by its beginning."""


def fact_in_words(name: str, value: Any) -> str:
    """Write one fact of a case as given there: `class of the group: A`."""
    fact = FACTS.get(name)
    if isinstance(value, list) and fact is not None and fact.kind in _LISTS:
        written = [
            _LISTS[fact.kind](one) if isinstance(one, Mapping) else str(one) for one in value[:TURNS_SHOWN]
        ]
        if len(value) > TURNS_SHOWN:
            written.append("…")
        return _named(name, gettext("; ").join(written))
    if isinstance(value, date) and fact is not None and fact.kind == "date":
        return _named(name, date_format(value, "SHORT_DATE_FORMAT"))
    if isinstance(value, bool) or fact is None or fact.kind == "choice":
        return _named(name, value_in_words(name, value))
    return _named(name, str(value))


def _named(name: str, said: str) -> str:
    return gettext("%(name)s: %(said)s") % {"name": fact_name(name), "said": said}


def _turn(turn: Mapping[str, Any]) -> str:
    who = wording.word(rule_words.SPEAKERS, turn.get("who"))
    return gettext("%(who)s “%(text)s”") % {"who": who, "text": turn.get("text", "")}


def _hold(hold: Mapping[str, Any]) -> str:
    words = [gettext("second %(start)s to %(end)s") % {"start": hold.get("start"), "end": hold.get("end")}]
    if "asked" in hold:
        words.append(gettext("asked for") if hold["asked"] else gettext("not asked for"))
    if "thanked" in hold:
        words.append(gettext("thanked") if hold["thanked"] else gettext("not thanked"))
    return gettext(", ").join(words)


def _event(event: Mapping[str, Any]) -> str:
    day = event.get("date")
    when = date_format(day, "SHORT_DATE_FORMAT") if isinstance(day, date) else str(day or "")
    words = [when, wording.word(rule_words.POINT_EVENTS, event.get("kind"))]
    if event.get("amount_yuan") is not None:
        words.append(gettext("%(amount)s yuan") % {"amount": event["amount_yuan"]})
    if event.get("points") is not None:
        words.append(pgettext("points of an event", "%(n)s points") % {"n": event["points"]})
    if event.get("use"):
        words.append(wording.word(rule_words.USES, event["use"]))
    return " ".join(word for word in words if word)


def _call(call: Mapping[str, Any]) -> str:
    end = wording.word(rule_words.CALL_ENDS, call.get("end"))
    return gettext("%(end)s after %(n)s seconds") % {"end": end, "n": call.get("waited_seconds")}


def _act(act: Mapping[str, Any]) -> str:
    event = wording.word(rule_words.STAFF_EVENTS, act.get("event"))
    action = act.get("action")
    return f"{event} ({wording.word(wording.ACTIONS, action)})" if action else event


_LISTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "turns": _turn,
    "holds": _hold,
    "events": _event,
    "calls": _call,
    "acts": _act,
}
