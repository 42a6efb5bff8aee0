"""The board of sales by chapter, and the page of one: its marks, documents and story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from upheld.faces import wording
from upheld.faces.addresses import text_in
from upheld.faces.book import book_of
from upheld.faces.cases.files import download, kept_type
from upheld.faces.craft import words
from upheld.faces.craft.asked import colleagues
from upheld.faces.craft.reach import owners_within, sale_asked
from upheld.faces.craft.usage import line_of_trend
from upheld.faces.months import in_address, month_before
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.uploads import was_stopped
from upheld.faces.workbench.forms import key_sent, new_key, words_sent
from upheld.operations.craft.prospects import (
    LARGEST,
    add_document,
    add_prospect,
    judge_prospect,
    move_prospect,
)
from upheld.operations.craft.usage import note_usage, usage_trends
from upheld.operations.refusals import ActRefused
from upheld.records.craft.choices import CLAUSE_OF, Chapter, Mark
from upheld.records.craft.queries import document_with_id, documents_of, marks_of, prospects_of, story_of
from upheld.records.people.queries import group_with_code

USE_FIELDS = ("product", "month", "quantity", "unit")
FIELDS = ("name", "contact_name", "contact_phone", "subject")
MOST_WORDS = 2_000
LONGEST = {"name": 200, "contact_name": 100, "contact_phone": 32, "subject": 200}


@require_GET
@allowed_to("use_craft")
def board(request: StaffRequest) -> HttpResponse:
    """Show the sales within reach, a column for each chapter."""
    return _board(request)


@require_http_methods(["GET", "POST"])
@allowed_to("use_craft")
def new_prospect(request: StaffRequest) -> HttpResponse:
    """Write a prospect down; a group of the own book may be named by its number."""
    given = {name: words_sent(request.POST, name, longest=1_000).strip() for name in FIELDS}
    code, problems = text_in(request.POST, "group")[:64].strip(), []
    if request.method == "POST":
        group = group_with_code(code) if code else None
        if code and (group is None or not _holds(request, group.pk)):
            problems.append(gettext("No group of yours has this number."))
        problems += [
            f"{label}: {gettext('too long')}" for name, label in _labels() if len(given[name]) > LONGEST[name]
        ]
        if not given["name"]:
            problems.append(str(words.REFUSALS["no_name"]))
        if not problems:
            made = add_prospect(
                by=request.user,
                key=key_sent(request.POST),
                name=given["name"],
                contact_name=given["contact_name"],
                contact_phone=given["contact_phone"],
                subject=given["subject"],
                group=group,
            )
            return HttpResponseRedirect(reverse("craft-sale", args=[made.pk]))
    context = {
        "here": "craft",
        "tab": "sales",
        "key": key_sent(request.POST),
        "given": {**given, "group": code},
        "problems": problems,
    }
    return render(request, "craft/new.html", context, status=422 if problems else 200)


@require_GET
@allowed_to("use_craft")
def sale(request: StaffRequest, prospect_id: int) -> HttpResponse:
    """Show one sale."""
    return _sale(request, sale_asked(request, prospect_id))


@require_POST
@allowed_to("use_craft")
def move(request: StaffRequest, prospect_id: int) -> HttpResponse:
    """Move a sale into another chapter: from its page with a note, or dropped on the board."""
    at_board = request.POST.get("back") == "board"
    return _done(
        request,
        sale_asked(request, prospect_id),
        move_prospect,
        address=f"{reverse('craft-board')}#s-{prospect_id}" if at_board else "",
        chapter=request.POST.get("chapter", ""),
        note=words_sent(request.POST, "note", longest=MOST_WORDS),
        key=key_sent(request.POST),
    )


@require_POST
@allowed_to("use_craft")
def judge(request: StaffRequest, prospect_id: int) -> HttpResponse:
    """Judge one mark of a prospect; what was judged before stays in the story."""
    return _done(
        request,
        sale_asked(request, prospect_id),
        judge_prospect,
        mark=request.POST.get("mark", ""),
        holds=request.POST.get("holds") == "yes",
        note=words_sent(request.POST, "note", longest=MOST_WORDS),
    )


@require_POST
@allowed_to("use_craft")
def add_file(request: StaffRequest, prospect_id: int) -> HttpResponse:
    """File a document; what it is, its first bytes say."""
    found, file = sale_asked(request, prospect_id), request.FILES.get("file")
    if file is None or was_stopped(request) or (file.size or 0) > LARGEST:
        return _sale(request, found, problems=[str(words.REFUSALS["file_too_large"])])
    content = file.read()
    given = {
        "name": file.name or "",
        "content": content,
        "content_type": kept_type(content),
        "key": key_sent(request.POST),
    }
    return _done(request, found, add_document, **given)


def _done(
    request: StaffRequest, found: Any, act: Callable[..., object], *, address: str = "", **given: Any
) -> HttpResponse:
    """Do one act on a sale and go back to where it was asked for; a refusal is said on the sale's page."""
    try:
        act(by=request.user, prospect=found, **given)
    except ActRefused as refused:
        return _sale(request, found, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(address or reverse("craft-sale", args=[found.pk]))


@require_POST
@allowed_to("use_craft")
def note_use(request: StaffRequest, prospect_id: int) -> HttpResponse:
    """Write down by hand how much the group of a sale used in a month (MGR-7)."""
    found = sale_asked(request, prospect_id)
    if found.group is None:
        raise Http404(f"the sale {prospect_id} names no group")
    given: dict[str, Any] = {name: words_sent(request.POST, name, longest=200) for name in USE_FIELDS}
    try:
        note_usage(by=request.user, group=found.group, **given)
    except ActRefused as refused:
        return _sale(request, found, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(f"{reverse('craft-sale', args=[prospect_id])}#use")


@require_GET
@allowed_to("use_craft")
def give_file(request: StaffRequest, prospect_id: int, document_id: int) -> HttpResponse:
    """Hand a document out as a download."""
    found = sale_asked(request, prospect_id)
    document = document_with_id(found.pk, document_id) if document_id < 2**63 else None
    if document is None:
        raise Http404(f"no document {document_id}")
    return download(document)


def _board(request: StaffRequest) -> HttpResponse:
    rows = prospects_of(owners_within(request.user))
    marks = marks_of([one.pk for one in rows])
    today = timezone.localdate()
    cards: dict[str, list[dict[str, Any]]] = {chapter: [] for chapter in Chapter.values}
    for one in rows:
        held = marks.get(one.pk, {})
        cards[one.chapter].append(
            {
                "id": one.pk,
                "name": one.name,
                "subject": one.subject,
                "owner": wording.employee_name(one.owner) if one.owner_id != request.user.pk else "",
                "days": (today - timezone.localdate(one.moved_at)).days,
                "marks": [(str(words.MARKS[mark]), _sign(held.get(mark))) for mark in Mark.values],
            }
        )
    columns = [
        {
            "chapter": chapter,
            "label": words.CHAPTERS[chapter],
            "clause": CLAUSE_OF.get(chapter, ""),
            "cards": cards[chapter],
        }
        for chapter in Chapter.values
        if chapter != Chapter.LOST
    ]
    context = {
        "here": "craft",
        "tab": "sales",
        "columns": columns,
        "number": len(rows),
        "lost": cards[Chapter.LOST],
        "key": new_key(),
        "chapters": [(code, label) for code, label in words.CHAPTERS.items() if code != "lost"],
    }
    return render(request, "craft/board.html", context)


def _sale(request: StaffRequest, found: Any, *, problems: list[str] | None = None) -> HttpResponse:
    held = marks_of([found.pk]).get(found.pk, {})
    chapters = list(words.CHAPTERS.items())
    context = {
        "here": "craft",
        "tab": "sales",
        "sale": found,
        "owner": wording.employee_name(found.owner),
        "label": words.CHAPTERS[found.chapter],
        "clause": CLAUSE_OF.get(found.chapter, ""),
        "marks": [(mark, words.MARKS[mark], held.get(mark)) for mark in Mark.values],
        "bears": sum(one.holds for one in held.values()),
        "chapters": chapters,
        "path": [
            {"label": label, "now": code == found.chapter} for code, label in chapters if code != "lost"
        ],
        "story": [(words.CHAPTERS[one.chapter], one) for one in story_of(found.pk)],
        "documents": [(words.CHAPTERS[one.chapter], one) for one in documents_of(found.pk)],
        "colleagues": colleagues(request.user) if found.group_id else [],
        "use": _use(request, found),
        "key": new_key(),
        "problems": problems or [],
    }
    return render(request, "craft/sale.html", context, status=422 if problems else 200)


def _use(request: StaffRequest, found: Any) -> dict[str, Any] | None:
    """Give the use of what the sale's group bought, and what stands in the form; None for a sale without a group."""
    if found.group is None:
        return None
    given = {name: request.POST.get(name, "") for name in USE_FIELDS}
    if "quantity" not in request.POST:
        last = in_address(month_before(timezone.localdate()))
        given = {"product": found.subject[:100], "month": last, "quantity": "", "unit": ""}
    return {
        **given,
        "lines": [line_of_trend(one) for one in usage_trends(by=request.user, group=found.group)],
    }


def _sign(judged: Any) -> str:
    return "unknown" if judged is None else "yes" if judged.holds else "no"


def _holds(request: StaffRequest, group_id: int) -> bool:
    return book_of(request.user, day=timezone.localdate()).holds_group(group_id)


def _labels() -> list[tuple[str, str]]:
    return [
        ("name", gettext("Organisation")),
        ("contact_name", gettext("Whom we know there")),
        ("contact_phone", gettext("Telephone")),
        ("subject", gettext("What may be sold")),
    ]
