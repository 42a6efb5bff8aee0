"""The pages of messages: the outbox by state, one message with its life, doubts to decide, wordings, consent."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.addresses import text_in
from upheld.faces.book import Book, book_of
from upheld.faces.customers.reach import customer_in_reach
from upheld.faces.editions import edition_in_force
from upheld.faces.messages.lines import address_lines, life_lines, message_lines
from upheld.faces.messages.words import LINES, OF_CUSTOMERS, PURPOSES, STATES, WAYS, refusal_in_words
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.workbench.forms import new_key
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.decide_doubt import decide_doubt
from upheld.operations.refusals import ActRefused
from upheld.policy.message_templates import example_of, longest_parts
from upheld.policy.sms_parts import parts_of
from upheld.records.messages.queries import (
    MOST_COUNTED,
    addresses_of_person,
    agrees,
    consents_of_person,
    counts_to_look_at,
    is_doubtful,
    latest_messages,
    life_of_message,
    message_with_id,
    messages_of_person,
    sender_numbers,
)

A_PAGE = 50
ON_CUSTOMERS_PAGE = 8
LONGEST_ID = 18
LONGEST_PROOF = 500
TABS = ("", "doubtful", "held", "waiting", "failed", "stopped", "expired")


@require_GET
@allowed_to("read_messages")
def messages(request: StaffRequest) -> HttpResponse:
    """List the messages within reach, the latest first; by state and purpose."""
    book = book_of(request.user, day=timezone.localdate())
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    purpose = request.GET.get("purpose", "")
    purpose = purpose if purpose in PURPOSES else ""
    found = latest_messages(
        state=state, purpose=purpose, people=book.people, before=_number(request.GET.get("before", "")),
        limit=A_PAGE,
    )  # fmt: skip
    counts = counts_to_look_at(people=book.people)
    tabs = [
        {
            "state": one,
            "words": STATES.get(one, ""),
            "count": counts.get(one),
            "is_more": counts.get(one) == MOST_COUNTED,
            "here": one == state,
        }
        for one in TABS
    ]
    context = {
        "here": "more",
        "book": book,
        "lines": message_lines(found.messages, book=book),
        "next": found.next_before,
        "tabs": tabs,
        "state": state,
        "purpose": purpose,
        "purposes": PURPOSES.items(),
        "may_write": may(request.user, "write_bulletin"),
        "numbers": [
            {"number": one.number, "line": LINES[one.line], "in_use": one.in_use} for one in sender_numbers()
        ],
    }
    return render(request, "messages/list.html", context)


@require_GET
@allowed_to("read_messages")
def message(request: StaffRequest, message_id: int) -> HttpResponse:
    """Show one message: what it says, how it stands and why, and its life."""
    return _message_page(request, message_id)


@require_POST
@allowed_to("decide_messages")
def decide(request: StaffRequest, message_id: int) -> HttpResponse:
    """Send a doubtful message again, or leave it as it is."""
    row = message_with_id(message_id)
    if row is None:
        raise Http404(f"no message {message_id}")
    if not _within(book_of(request.user, day=timezone.localdate()), row):
        return refuse(request, act="decide_doubt", subject_kind="message", subject_id=message_id)
    what, note = request.POST.get("what", ""), text_in(request.POST, "note")[:LONGEST_PROOF]
    try:
        decide_doubt(message=message_id, what=what, by=request.user, note=note)
    except ActRefused as refused:
        return _message_page(request, message_id, problem=refusal_in_words(refused), status=422)
    return HttpResponseRedirect(reverse("message", args=[message_id]))


@require_GET
@allowed_to("read_messages")
def templates(request: StaffRequest) -> HttpResponse:
    """Show every wording of the edition in force, filled with its examples, in both languages, with its parts."""
    language = "en" if get_language() == "en" else "zh"
    lines = [
        {
            "name": one.name,
            "title": one.title[language],
            "clause": one.clause,
            "purpose": PURPOSES[one.purpose],
            "is_commercial": one.purpose == "commercial",
            "previews": [
                {
                    "language": tongue,
                    "text": (text := example_of(one, language=tongue)),
                    "parts": len(parts_of(text)),
                    "most": longest_parts(one, language=tongue),
                }
                for tongue in ("zh", "en")
            ],
        }
        for one in edition_in_force(day=timezone.localdate()).edition.templates.values()
    ]
    return render(request, "messages/templates.html", {"here": "more", "lines": lines})


@require_GET
@allowed_to("read_messages")
def of_person(request: StaffRequest, code: str) -> HttpResponse:
    """Show a customer's messages and what the customer said to commercial ones, for the customer's page."""
    return person_messages(request, code)


@require_POST
@allowed_to("note_consent")
def consent(request: StaffRequest, code: str) -> HttpResponse:
    """Write down that a customer agrees to commercial messages, with proof, or refuses them."""
    person, _ = customer_in_reach(request, "person", code, act="note_consent")
    try:
        note_consent(
            person=person,
            kind=request.POST.get("kind", ""),
            way=request.POST.get("way", ""),
            proof=text_in(request.POST, "proof")[:LONGEST_PROOF],
            key=f"page:{request.user.pk}:{text_in(request.POST, 'key')[:64] or new_key()}",
            by=request.user,
        )
    except ActRefused as refused:
        return person_messages(request, code, problem=refusal_in_words(refused), status=422)
    if request.htmx:
        return person_messages(request, code)
    return HttpResponseRedirect(reverse("person", args=[code]))


def _message_page(
    request: StaffRequest, message_id: int, *, problem: str = "", status: int = 200
) -> HttpResponse:
    row = message_with_id(message_id)
    if row is None:
        raise Http404(f"no message {message_id}")
    book = book_of(request.user, day=timezone.localdate())
    if not _within(book, row):
        return refuse(request, act="read_messages", subject_kind="message", subject_id=message_id)
    context = {
        "here": "more",
        "line": message_lines([row], book=book)[0],
        "row": row,
        "life": life_lines(life_of_message(row)),
        "may_decide": is_doubtful(row) and may(request.user, "decide_messages"),
        "problem": problem,
    }
    return render(request, "messages/message.html", context, status=status)


def person_messages(
    request: StaffRequest, code: str, *, problem: str = "", address_problem: str = "", status: int = 200
) -> HttpResponse:
    """Answer with a customer's messages, consent and addresses, and with what was wrong where something was."""
    person, book = customer_in_reach(request, "person", code, act="read_messages")
    said = consents_of_person(person.pk)
    context: dict[str, Any] = {
        "person": person,
        "lines": message_lines(messages_of_person(person.pk, limit=ON_CUSTOMERS_PAGE), book=book),
        "agrees": agrees(said),
        "consents": [
            {"kind": one.kind, "way": WAYS[one.way], "at": one.at, "by": one.by, "proof": one.proof}
            for one in said[:5]
        ],
        "ways": [(way, words) for way, words in WAYS.items() if way not in ("sms_reply", "feed")],
        "may_note": may(request.user, "note_consent"),
        "key": new_key(),
        "problem": problem,
        "addresses": address_lines(addresses_of_person(person.pk)),
        "address_ways": OF_CUSTOMERS,
        "may_set_address": may(request.user, "set_address"),
        "address_problem": address_problem,
    }
    return render(request, "messages/of_person.html", context, status=status)


def _within(book: Book, row: Any) -> bool:
    """Tell whether a message is within reach: to a customer of the book, or to oneself; who sees all sees all."""
    if row.person_id is not None:
        return book.holds_person(row.person_id)
    return book.whole or row.employee_id == book.user.pk


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return int(text) if is_number else None
