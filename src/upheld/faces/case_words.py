"""The words for the codes of cases: kinds, states, steps, events of clocks, and lengths of time.

The desks, the case page and the team lead's queue all say the same; kinds of cases and areas are named as on the pages
of clauses.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from upheld.faces import rule_words, wording

STATES: dict[str, Lazy | str] = {
    "open": pgettext_lazy("state of a case", "open"),
    "assigned": _("assigned"),
    "waiting": _("waiting"),
    "answered": _("answered"),
    "settled": _("settled"),
    "closed": pgettext_lazy("state of a case", "closed"),
    "reopened": _("reopened"),
}
WAITING_FOR: dict[str, Lazy | str] = rule_words.PAUSES
CHANNELS: dict[str, Lazy | str] = {
    "hotline": _("hotline"),
    "store": _("store"),
    "manager": _("account manager"),
    "online": _("online"),
    "field": _("field work"),
}
ORDERS: dict[str, Lazy | str] = {
    "join": _("joining the network"),
    "transfer_of_ownership": _("transfer of ownership"),
    "relocation": _("relocation"),
    "close_account": _("closing the account"),
    "suspend_keeping_number": _("suspension keeping the number"),
    "roaming": _("roaming"),
    "service_change": _("change of service"),
    "replacement_card": _("replacement card"),
    "top_up": _("top-up"),
    "payment": _("payment"),
}
STEPS: dict[str, Lazy | str] = {
    "opened": _("Opened"),
    "assigned": _("Assigned"),
    "handed_over": _("Handed over"),
    "taken_over": _("Taken over"),
    "waiting": _("Waits"),
    "resumed": _("Goes on"),
    "reached": pgettext_lazy("step of a case", "Reached"),
    "settled": _("Settled"),
    "closed": _("Closed"),
    "reopened": _("Reopened"),
    "changed": _("Changed"),
    "recounted": _("Counted anew"),
    "note": _("Note"),
    "attached": _("File attached"),
    "call_back": _("Call-back promised"),
    "delay_notice": _("Delay told"),
    "compensated": _("Compensated"),
}
CLOCK_EVENTS: dict[str, Lazy | str] = {
    "started": _("started"),
    "paused": _("stands still"),
    "resumed": _("goes on"),
    "stopped": _("stopped"),
    "restarted": _("runs again"),
    "recounted": _("counted anew"),
    "cancelled": _("ended, no longer owed"),
}
REASONS: dict[str, Lazy | str] = {
    "counted anew": _("counted anew"),
    "no longer given": _("the standard no longer gives it"),
    "withdrawn by the customer": _("withdrawn by the customer"),
    "waived": _("waived"),
    "reopened": _("reopened"),
}
"""Why a clock ended or goes on, as the operations write it; a clause stands as it is."""
STAGES: dict[str, Lazy | str] = {
    "before": _("before it is due"),
    "due": _("as it is due"),
    "after": _("long after it was due"),
}
WARNED: dict[str, Lazy | str] = {
    "handler": _("whoever works on it"),
    "team_lead": _("team lead"),
    "department": _("service department"),
}
STANDINGS: dict[str, Lazy | str] = {
    "on_time": _("on time"),
    "soon": _("due soon"),
    "overdue": _("overdue"),
    "still": _("stands still"),
}
"""How an open clock stands; the words beside its colour."""


def kind_name(code: str) -> str:
    """Name a kind of case: `complaint`."""
    return wording.word(rule_words.VALUES["case"], code)


def area_name(code: str | None) -> str:
    """Name an area: `urban`."""
    return wording.word(rule_words.VALUES["area"], code)


def case_title(kind: str, order_type: str | None = None) -> str:
    """Name a case: `Complaint`, or `Order · relocation`."""
    name = str(capfirst(kind_name(kind)))
    return f"{name} · {wording.word(ORDERS, order_type)}" if order_type else name


def span(length: timedelta) -> str:
    """Write a length of time in its two largest units, rounded down: `2 d 3 h`, `1 h 05 min`, `4 min 30 s`.

    `clocks.js` writes the same while a page is open.
    """
    seconds = int(abs(length.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return gettext("%(minutes)d min %(seconds)02d s") % {"minutes": minutes, "seconds": seconds % 60}
    return gettext("%(seconds)d s") % {"seconds": seconds}


def amount(length: timedelta, measure_unit: str, a_day: timedelta | None = None) -> str:
    """Write a time as its clock counts it: working days by `a_day` of business, else hours and minutes."""
    minutes = int(abs(length.total_seconds())) // 60
    sign = "−" if length < timedelta() else ""
    if measure_unit == "working_days" and a_day:
        whole, rest = divmod(abs(length), a_day)
        words = ngettext("%(n)d working day", "%(n)d working days", whole) % {"n": whole}
        if rest < timedelta(minutes=1):
            return sign + words
        hours = gettext("%(hours)d h %(minutes)02d min") % {
            "hours": rest.seconds // 3600, "minutes": rest.seconds // 60 % 60,
        }  # fmt: skip
        return (
            f"{sign}{words} {hours}"
            if whole
            else sign + gettext("%(time)s of working time") % {"time": hours}
        )
    hours = gettext("%(hours)d h %(minutes)02d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    if measure_unit == "continuous":
        return sign + hours
    return sign + gettext("%(time)s of working time") % {"time": hours}


def moment(at: datetime | None) -> str:
    """Write an instant shortly: `14:05` today, `3 Mar 14:05` else, with the year where it is another one."""
    if at is None:
        return ""
    local, now = timezone.localtime(at), timezone.localtime()
    if local.date() == now.date():
        return date_format(local, "H:i")
    if local.year == now.year:
        return date_format(local, pgettext("moment without year", "j M H:i"))
    return date_format(local, pgettext("moment with year", "j M Y H:i"))
