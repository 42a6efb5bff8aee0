"""Write a row of a speech table as a sentence: what is listened for, and how much it counts.

Word lists are named by the titles that the standard gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from upheld.faces import rule_words, wording

Answer = Mapping[str, Any]


def speech_sentence(kind: str, answer: Answer, list_title: Callable[[str], str]) -> str:
    """Write what a row of `kind` listens for, then what a finding takes off; empty for an unknown kind."""
    write = _LISTENED_FOR.get(kind)
    if write is None:
        return ""
    titles = {
        key: gettext(", ").join(list_title(name) for name in value)
        for key, value in answer.items()
        if key in _LISTS
    }
    heard = [*write(answer, titles)]
    if "unless_heard" in titles:
        heard.append(gettext("unless heard: %(list)s") % {"list": titles["unless_heard"]})
    if "not_within" in titles:
        heard.append(gettext("not within: %(list)s") % {"list": titles["not_within"]})
    return gettext("; ").join(part for part in (*heard, *_counted(answer)) if part)


_LISTS = (
    "words",
    "says",
    "after",
    "marks",
    "about",
    "promised",
    "not_promised",
    "unless_heard",
    "not_within",
)


def _counted(answer: Answer) -> Iterable[str]:
    if "points_off" in answer:
        words = {
            "severity": wording.word(rule_words.SEVERITIES, answer["severity"]),
            "n": answer["points_off"],
        }
        yield gettext("%(severity)s, %(n)d off the score") % words
    if answer.get("at_most"):
        yield gettext("at most %(n)d in one call") % {"n": answer["at_most"]}


def _seconds(milliseconds: int) -> str:
    if milliseconds % 60_000 == 0:
        minutes = milliseconds // 60_000
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return gettext("%(n)s s") % {"n": f"{milliseconds / 1000:g}"}


def _forbidden(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    yield gettext("never said: %(list)s") % {"list": titles["words"]}


def _required(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    where = wording.word(rule_words.PARTS_OF_CALL, answer["where"])
    yield gettext("said %(where)s: %(list)s") % {"where": where, "list": titles["says"]}
    if "from_turns" in answer:
        yield gettext("where the agent speaks at least %(n)d times") % {"n": answer["from_turns"]}


def _reply(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    words = {"after": titles["after"], "says": titles["says"]}
    if answer.get("turns") == 1:
        yield gettext("after “%(after)s” the next thing said is “%(says)s”") % words
    else:
        yield gettext("after “%(after)s” follows “%(says)s”") % words


def _interruption(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    yield gettext("speaking into the customer's words for longer than %(time)s") % {
        "time": _seconds(answer["longer_than_seconds"])
    }


def _rate(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    if "below" in answer:
        yield gettext("slower than %(n)d characters a minute") % {"n": answer["below"]}
    if "above" in answer:
        yield gettext("faster than %(n)d characters a minute") % {"n": answer["above"]}


def _hold(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    longer = _seconds(answer.get("longer_than_seconds", 0))
    yield {
        "asked": gettext("the customer is asked before waiting"),
        "thanked": gettext("the customer is thanked after waiting"),
        "silence": gettext("no silence longer than %(time)s while waiting") % {"time": longer},
        "length": gettext("no waiting longer than %(time)s") % {"time": longer},
    }[answer["check"]]


def _closing(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    yield gettext("hanging up sooner than %(time)s after the last words") % {
        "time": _seconds(answer["sooner_than_seconds"])
    }


def _call_length(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    yield gettext("a call longer than %(time)s") % {"time": _seconds(answer["longer_than_seconds"])}
    if "marks" in titles:
        yield gettext("known by: %(list)s") % {"list": titles["marks"]}


def _promise(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    case = wording.word(rule_words.VALUES["case"], answer["case"])
    yield gettext(
        "a time promised to the caller about “%(case)s” is no longer than the clause's own clock"
    ) % {"case": case}


def _spare(answer: Answer, titles: Mapping[str, str]) -> Iterable[str]:
    rules = gettext(", ").join(wording.word(rule_words.RULES, one) for one in answer["rules"])
    yield gettext("not counted: %(rules)s") % {"rules": rules}


_LISTENED_FOR: dict[str, Callable[[Answer, Mapping[str, str]], Iterable[str]]] = {
    "forbidden": _forbidden,
    "required": _required,
    "reply": _reply,
    "interruption": _interruption,
    "rate": _rate,
    "hold": _hold,
    "closing": _closing,
    "call_length": _call_length,
    "promise": _promise,
    "spare": _spare,
}
