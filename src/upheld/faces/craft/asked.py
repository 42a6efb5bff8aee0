"""What one department asks of another for a group: asked with a time agreed, answered on one page (KEY-28)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces import wording
from upheld.faces.addresses import instant_in, text_in
from upheld.faces.book import book_of
from upheld.faces.craft import words
from upheld.faces.craft.reach import number_in, owners_within
from upheld.faces.permissions import StaffRequest, allowed_to, may
from upheld.faces.workbench.forms import key_sent, new_key, words_sent
from upheld.operations.craft.coordinate import answer_department, ask_department
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.craft.queries import coordination_with_id, coordinations
from upheld.records.people.queries import group_with_code
from upheld.records.staff.colleagues import colleagues_elsewhere

TAGS = {"open": "open", "kept": "kept", "broken": "broken", "waived": "waived", "cancelled": "cancelled"}


@require_GET
@allowed_to("answer_department")
def requests(request: StaffRequest) -> HttpResponse:
    """Show what the reader is asked for, and what the reader, or the team, has asked others for."""
    return _show(request)


@require_POST
@allowed_to("use_craft")
def ask(request: StaffRequest) -> HttpResponse:
    """Ask a colleague of another department for something that a group of the own book needs."""
    group = group_with_code(text_in(request.POST, "group")[:64])
    if group is None or not book_of(request.user, day=timezone.localdate()).holds_group(group.pk):
        return _show(request, problems=[gettext("No group of yours has this number.")])
    due_at, to = instant_in(request.POST.get("due_at", "")), number_in(request.POST.get("to", ""))
    problems = []
    if due_at is None:
        problems.append(gettext("Write day and time, such as 2026-03-02 09:30."))
    if to is None:
        problems.append(str(words.REFUSALS["nobody_to_ask"]))
    what = words_sent(request.POST, "what", longest=2_000)
    if not what.strip():
        problems.append(str(words.REFUSALS["no_words"]))
    if problems or due_at is None or to is None:
        return _show(request, problems=problems)
    try:
        ask_department(
            by=request.user,
            to=to,
            group=group,
            what=what,
            due_at=due_at,
            key=key_sent(request.POST),
        )
    except ActRefused as refused:
        return _show(request, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(reverse("craft-asked"))


@require_POST
@allowed_to("answer_department")
def answer(request: StaffRequest, coordination_id: int) -> HttpResponse:
    """Answer a request; the answer keeps the promise where it comes in time."""
    found = coordination_with_id(coordination_id) if coordination_id < 2**63 else None
    if found is None:
        raise Http404(f"no request {coordination_id}")
    said = words_sent(request.POST, "words", longest=2_000)
    try:
        answer_department(by=request.user, coordination=found, words=said)
    except NotAllowed as refused:
        return _show(request, problems=[words.refusal_in_words(refused)], status=403)
    except ActRefused as refused:
        return _show(request, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(reverse("craft-asked"))


def colleagues(user: Any) -> list[tuple[int, str]]:
    """Offer the colleagues who may be asked: those of other units, with their jobs."""
    return [
        (one.pk, f"{wording.employee_name(one)} · {wording.word(wording.JOBS, one.job)}")
        for one in colleagues_elsewhere(user)
    ]


def _show(request: StaffRequest, *, problems: list[str] | None = None, status: int = 422) -> HttpResponse:
    # Who sells nothing may reach every customer, but has no part in what others ask of each other.
    within = owners_within(request.user) if may(request.user, "use_craft") else (request.user.pk,)
    mine = coordinations(to_id=request.user.pk)
    theirs = coordinations(asked_by_ids=within) if within is not None else coordinations()
    now = timezone.now()
    may_ask = may(request.user, "use_craft")
    context = {
        "here": "craft",
        "tab": "asked",
        "to_me": [_line(one, now) for one in mine],
        "from_me": [_line(one, now) for one in theirs if one.promise.responsible_id != request.user.pk],
        "may_ask": may_ask,
        "colleagues": colleagues(request.user) if may_ask else [],
        "key": new_key(),
        "asked": request.POST,
        "group": text_in(request.POST if request.method == "POST" else request.GET, "group")[:64],
        "problems": problems or [],
    }
    return render(request, "craft/asked.html", context, status=status if problems else 200)


def _line(one: Any, now: Any) -> dict[str, Any]:
    promise = one.promise
    return {
        "id": one.pk,
        "group": one.group,
        "what": one.what,
        "by": wording.employee_name(one.asked_by),
        "to": wording.employee_name(promise.responsible),
        "due": timezone.localtime(promise.due_at),
        "state": promise.state,
        "tag": TAGS[promise.state],
        "late": promise.late,
        "over": promise.state == "open" and promise.due_at < now,
        "answers": [answer.words for answer in one.answers.all()],
        "open": promise.state == "open" or (promise.state == "broken" and not promise.late),
    }
