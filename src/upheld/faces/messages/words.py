"""The words of messages: states, purposes, ways, why one stands as it does, and why an act was refused."""

from __future__ import annotations

import re

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.operations.refusals import ActRefused

STATES: dict[str, Lazy | str] = {
    "waiting": _("waits to be sent"),
    "held": _("held"),
    "sending": _("being sent"),
    "accepted": _("with the centre"),
    "doubtful": _("in doubt"),
    "delivered": _("delivered"),
    "failed": _("failed"),
    "stopped": _("stopped for good"),
    "expired": _("expired"),
}
COLOURS = {
    "waiting": "open", "held": "late", "sending": "open", "accepted": "open", "doubtful": "broken",
    "delivered": "kept", "failed": "broken", "stopped": "waived", "expired": "cancelled",
}  # fmt: skip
PURPOSES: dict[str, Lazy | str] = {
    "service": _("service notice"),
    "care": _("care, nothing promoted"),
    "commercial": _("commercial message"),
}
CHANNELS: dict[str, Lazy | str] = {
    "sms": _("SMS"),
    "mail": _("mail"),
    "wecom": _("WeCom"),
    "dingtalk": _("DingTalk"),
    "feishu": _("Feishu"),
}
OF_CUSTOMERS = [(channel, words) for channel, words in CHANNELS.items() if channel != "sms"]
"""The ways that take an address of their own with customers: an SMS goes to the phone of the operator's files."""
LINES: dict[str, Lazy | str] = {"service": _("service and care"), "commercial": _("commercial alone")}
WAYS: dict[str, Lazy | str] = {
    "counter": _("at the counter"),
    "hotline": _("by hotline"),
    "manager": _("to the manager"),
    "sms_reply": _("by replying to an SMS"),
    "web": _("online"),
    "paper": _("on paper"),
    "feed": _("from the operator's files"),
}
WHY: dict[str, Lazy | str] = {
    "no_sender": _("there is no number to send it from"),
    "no_address": _("there is no number or address to send it to"),
    "gone": _("the customer uses no service any more"),
    "expired": _("its time ran out before it could go"),
    "no_standard": _("no standard in force says whether it may go"),
    "sender_died": _("the sender stopped in the middle; the message may have gone out"),
    "left_in_doubt": _("left as it is; nobody knows whether it arrived"),
    "settled_by_receipt": _("a receipt shows that it arrived"),
}
TOLD: dict[str, Lazy | str] = {
    "the session ended": _("the session with the centre ended before it answered"),
    "no answer": _("the centre never answered"),
}
STEPS: dict[str, Lazy | str] = {
    "held": _("Held"),
    "stopped": _("Stopped"),
    "expired": _("Expired"),
    "not_sent": _("Not taken by the centre"),
    "doubted": _("In doubt"),
    "settled": _("Settled"),
    "resent": _("To be sent again"),
    "left": _("Left as it is"),
}
RESULTS: dict[str, Lazy | str] = {
    "accepted": _("taken over"),
    "refused": _("turned down"),
    "unanswered": _("never answered"),
}
REFUSALS: dict[str, Lazy | str] = {
    "no_proof": _("Consent counts only with proof: say where it lies, or the words said."),
    "in_the_future": _("The time lies in the future."),
    "not_doubtful": _("This message is not in doubt any more."),
    "matter_is_over": _("What it speaks of is over: sent now it would only mislead. Leave it as it is."),
    "no_such_address": _("This is no address of that way."),
    "unknown_channel": _("There is no such way for this reader."),
    "ends_before": _("The last day is before the first."),
    "is_over": _("The last day is over."),
    "bad_variables": _("The words do not fit the wording: too long, or with signs that no message carries."),
    "not_your_job": _("Your job does not decide this."),
    "key_used": _("This was sent before for something else; load the page again."),
}
_CLAUSE = re.compile(r"\b[A-Z]{2,8}-[0-9]+\b")


def clauses_in(because: str) -> list[str]:
    """Return the clauses that a reason names."""
    return _CLAUSE.findall(because)


def why_in_words(because: str) -> str:
    """Say a reason in words; clauses speak for themselves, an error of the centre stays as it came."""
    if because in WHY:
        return str(WHY[because])
    if because.startswith("not_counted"):
        return gettext("delivered, but the promise does not take it")
    for told, words in TOLD.items():
        if told in because:
            return str(words)
    return "" if clauses_in(because) else because


def refusal_in_words(refused: ActRefused) -> str:
    """Say why an act was refused."""
    return str(REFUSALS.get(refused.code, refused.message))
