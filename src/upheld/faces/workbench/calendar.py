"""The private calendar address: an employee's own page of it, and the feed that calendar programs read."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.workbench.calendar_entries import entries_of
from upheld.faces.workbench.recorded import refusal_in_words
from upheld.gateways.calendar import calendar_text
from upheld.operations.calendar_feed import (
    TooOften,
    end_calendar_feed,
    make_calendar_feed,
    open_calendar_feed,
)
from upheld.operations.refusals import ActRefused
from upheld.records.calendars.queries import feed_of

NAMES = (
    ("masked", _("The first character: 王**")),
    ("initials", _("The initials of the pinyin: WXM")),
    ("none", _("No name at all")),
)


class FeedForm(forms.Form):
    """How much of customers' names the calendar shows."""

    names = forms.ChoiceField(
        label=_("Of a customer's name it shows"),
        choices=NAMES,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


@require_http_methods(["GET", "POST"])
@allowed_to("keep_calendar")
def my_calendar(request: StaffRequest) -> HttpResponse:
    """Show whether there is an address, make or renew it; the address itself is shown this once."""
    feed = feed_of(request.user.pk)
    form = FeedForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "GET" and feed is not None:
        form = FeedForm(initial={"names": feed.names}, label_suffix="")
    context: dict[str, Any] = {"here": "workbench", "way": "calendar", "form": form, "feed": feed}
    if request.method == "POST" and form.is_valid():
        try:
            token = make_calendar_feed(
                by=request.user,
                names=form.cleaned_data["names"],
                language=translation.get_language() or request.user.language,
            )
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            address = request.build_absolute_uri(reverse("calendar-feed", args=[token]))
            context |= {"address": address, "feed": feed_of(request.user.pk)}
            context["webcal"] = "webcal" + address[address.index(":") :]
    return render(request, "workbench/calendar.html", context, status=422 if form.errors else 200)


@require_POST
@allowed_to("keep_calendar")
def end_my_calendar(request: StaffRequest) -> HttpResponse:
    """Take the address back: from then on it opens nothing."""
    end_calendar_feed(by=request.user)
    return HttpResponseRedirect(reverse("my-calendar"))


@require_safe
@allowed_to("public")
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the calendar behind a secret address; what was not changed since is not sent again."""
    now = timezone.now()
    try:
        feed = open_calendar_feed(token=token, program=request.headers.get("User-Agent", ""), now=now)
    except TooOften as refused:
        return HttpResponse(
            "too often",
            status=429,
            content_type="text/plain",
            headers={"Retry-After": str(refused.wait_seconds)},
        )
    if feed is None:
        raise Http404("no such calendar")

    def address_of(row: Any) -> str:
        if hasattr(row, "starts_at"):
            return request.build_absolute_uri(reverse("event", args=[row.pk]))
        kind, subject = ("person", row.person) if row.person else ("group", row.group)
        return request.build_absolute_uri(reverse(f"prepare-{kind}", args=[subject.code]))

    with translation.override(feed.language):
        name = gettext("Upheld: %(name)s") % {"name": feed.employee.name}
        entries = entries_of(employee_id=feed.employee_id, names=feed.names, address_of=address_of, now=now)
        body = calendar_text(name=name, entries=entries)
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer["Cache-Control"] = "private, no-cache"
    answer["Content-Disposition"] = 'inline; filename="upheld.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer
