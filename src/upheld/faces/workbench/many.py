"""Record many promises of one kind in one act: choose them on a list, say once what happened, read what was kept.

Hundreds of weekend SMS are one morning's work of a platform and one act here. The form names every promise that it is
about, so that what is recorded is what was seen, and a second press records nothing again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from upheld.faces.book import Book, book_of
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.forms import ALL_CHANNELS, ManyForm, new_key
from upheld.faces.workbench.page import asked_of
from upheld.faces.workbench.recorded import refusal_in_words
from upheld.operations.record_for_promises import record_for_promises
from upheld.operations.refusals import ActRefused
from upheld.policy.contacts import channels_keeping
from upheld.records.promises.queries import Lane, still_owed_with_ids, subjects_of
from upheld.records.promises.worklists import begun_of_action
from upheld.records.standards.queries import loaded_edition

AT_ONCE = 2_000
"""How many promises one act takes: more than anybody's book, and still a second or two for the database."""

NAMES_SHOWN = 12


@require_http_methods(["GET", "POST"])
@allowed_to("record_contact")
def record_many(request: StaffRequest) -> HttpResponse:
    """Show the one form for the promises chosen; sent, record a contact for each of them."""
    book = book_of(request.user, day=timezone.localdate())
    if request.method == "GET":
        owed = _within(book, still_owed_with_ids(_chosen(request.GET, book), today=book.day))
        return _show(request, _fresh_form(owed), owed, back=_list_of(request.GET))
    ids = _ids(request.POST.get("promises", ""))[:AT_ONCE]
    if not _all_held(book, subjects_of(ids).values()):
        because = gettext("One of these promises belongs to a customer whom you do not serve.")
        return refuse(request, act="record_many", subject_kind="promise", subject_id=ids[0], because=because)
    owed = still_owed_with_ids(ids, today=book.day)
    # Sent a second time, nothing is owed any more, and the form has to pass all the same.
    form = ManyForm(request.POST, channels=_channels(owed) if owed else ALL_CHANNELS)
    if form.is_valid():
        given = {
            name: form.cleaned_data[name] for name in ("channel", "happened_at", "outcome", "report", "key")
        }
        try:
            record_for_promises(promise_ids=ids, by=request.user, **given)
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            return HttpResponseRedirect(_told(request, form.cleaned_data["key"]))
    return _show(request, form, owed, back=request.POST.get("back", ""), status=422)


def _chosen(asked: QueryDict, book: Book) -> list[int]:
    """Read which promises are meant: the ticked ones, or all of a list of the workbench."""
    if asked.get("of") != "all":
        return _ids(",".join(asked.getlist("promise")))[:AT_ONCE]
    lane = next((one for one in Lane if one.value == asked.get("tab")), None)
    if lane is None:
        return []
    return begun_of_action(
        lane,
        responsible=asked_of(asked, book=book).responsible,
        today=book.day,
        action=asked.get("action", ""),
        limit=AT_ONCE,
    )


def _ids(text: str) -> list[int]:
    """Read ids parted by commas; what is no id is passed over, and the form says so."""
    return [int(one) for one in text.split(",") if one.isascii() and one.isdigit() and len(one) <= 18]


def _within(book: Book, owed: list[Any]) -> list[Any]:
    """Leave out the promises to customers whom somebody else serves by now."""
    if book.people is None or book.groups is None:
        return owed
    people = set(book.people.filter(pk__in=[one.person_id for one in owed]).values_list("pk", flat=True))
    groups = set(book.groups.filter(pk__in=[one.group_id for one in owed]).values_list("pk", flat=True))
    return [one for one in owed if one.person_id in people or one.group_id in groups]


def _all_held(book: Book, subjects: Iterable[tuple[int | None, int | None]]) -> bool:
    known = list(subjects)
    people = {person for person, _ in known if person is not None}
    return book.holds_all(person_ids=people, group_ids={group for _, group in known if group is not None})


def _channels(owed: Iterable[Any]) -> list[str]:
    """Give the channels that keep every one of the promises, each by the edition it was made under.

    The planned action comes first.
    """
    duties = {(one.edition, one.clause, one.action) for one in owed}
    keeping = [
        set(channels_keeping(edition=loaded_edition(edition), clause=clause, action=action))
        for edition, clause, action in duties
    ]
    planned = {action for _, _, action in duties}
    return sorted(set.intersection(*keeping) if keeping else set(), key=lambda one: (one not in planned, one))


def _fresh_form(owed: list[Any]) -> ManyForm:
    now = timezone.localtime().replace(second=0, microsecond=0)
    channels = _channels(owed)
    return ManyForm(
        channels=channels,
        initial={
            "key": new_key(),
            "channel": channels[0] if channels else "",
            "happened_at": now,
            "outcome": "reached",
            "promises": ",".join(str(one.pk) for one in owed),
        },
        auto_id="many_%s",
    )


def _show(
    request: StaffRequest, form: ManyForm, owed: list[Any], *, back: str, status: int = 200
) -> HttpResponse:
    names = list(dict.fromkeys((one.person or one.group).name for one in owed))
    context = {
        "here": "workbench",
        "form": form,
        "number": len(owed),
        "action": owed[0].action if owed else "",
        "customers": len({(one.person_id, one.group_id) for one in owed}),
        "names": names[:NAMES_SHOWN],
        "more": max(len(names) - NAMES_SHOWN, 0),
        "broken": sum(one.state == "broken" for one in owed),
        "back": back,
        "back_url": f"{reverse('workbench')}?{back}",
    }
    template = "workbench/many_form.html" if request.htmx else "workbench/many.html"
    return render(request, template, context, status=status)


def _list_of(asked: QueryDict) -> str:
    """Give the query of the list that the choice was made on; nothing else of the address is kept."""
    words = QueryDict(mutable=True)
    for name in ("tab", "action", "employee", "page"):
        if asked.get(name):
            words[name] = str(asked[name])
    return words.urlencode()


def _told(request: StaffRequest, key: str) -> str:
    """Give the address of the list with a word on what was recorded; only a list of the workbench is gone back to."""
    asked = QueryDict(_list_of(QueryDict(request.POST.get("back", ""))), mutable=True)
    # The page may have emptied, so the reader comes back to the first one.
    asked.pop("page", None)
    asked["recorded_many"] = key
    return f"{reverse('workbench')}?{asked.urlencode()}"
