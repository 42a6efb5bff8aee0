"""Show the standards, and all there is of one clause: text, reading, rows, cases, and how it is kept."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from upheld.faces.book import book_of
from upheld.faces.dashboard.counts import counts_of_clause
from upheld.faces.editions import coverage_by_clause, edition_in_force, edition_with_clause
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.reminders import promised_in_public
from upheld.faces.rule_words import UNITS
from upheld.faces.signin import in_english
from upheld.faces.standards.answers_in_words import plain_number
from upheld.faces.standards.facts_in_words import fact_in_words
from upheld.faces.standards.rows_in_words import table_in_words
from upheld.faces.wording import word
from upheld.policy.coverage import ClauseCoverage
from upheld.policy.editions import Edition
from upheld.policy.standards import Clause, Reading, Standard


@require_GET
@allowed_to("read_standards")
def standards(request: StaffRequest) -> HttpResponse:
    """List the standards of the edition in force, with how far each is carried out."""
    found = edition_in_force(day=timezone.localdate())
    coverage = coverage_by_clause(found.edition)
    return render(
        request,
        "standards/standards.html",
        {
            "here": "standards",
            "edition": found.edition,
            "since": found.active_from,
            "public": promised_in_public(found.edition),
            "standards": [_standard_line(one, coverage) for one in found.edition.standards],
        },
    )


def _standard_line(standard: Standard, coverage: dict[str, ClauseCoverage]) -> dict[str, Any]:
    entries = [coverage[clause] for clause in standard.clauses]
    executable = sum(entry.status == "executable" for entry in entries)
    return {
        "id": standard.id,
        "title": standard.title,
        "issuer": standard.issuer,
        "clauses": len(entries),
        "executable": executable,
        "share": executable / len(entries) if entries else None,
        "share_value": f"{executable / max(len(entries), 1):.3f}",
        "rows": sum(len(entry.rows) for entry in entries),
        "cases": len({id(case) for entry in entries for case, _ in entry.cases}),
        "readings": len(standard.readings),
    }


@require_GET
@allowed_to("read_standards")
def standard(request: StaffRequest, standard_id: str) -> HttpResponse:
    """List the clauses of one standard with their status, rows and cases."""
    edition = edition_in_force(day=timezone.localdate()).edition
    try:
        chosen = edition.standard(standard_id)
    except StopIteration:
        raise Http404(f"no standard {standard_id}") from None
    coverage = coverage_by_clause(edition)
    clauses = [
        {
            "id": clause.id,
            "title": clause.title,
            "text": clause.text,
            "status": clause.status,
            "public": clause.public,
            "rows": len(coverage[clause.id].rows),
            "cases": len(coverage[clause.id].cases),
        }
        for clause in chosen.clauses.values()
    ]
    context = {
        "here": "standards",
        "standard": chosen,
        "clauses": clauses,
        "public": promised_in_public(edition, standard=standard_id),
    }
    return render(request, "standards/standard.html", context)


@require_GET
@allowed_to("read_standards")
def clause(request: StaffRequest, clause_id: str) -> HttpResponse:
    """Show one clause: what it says, how it is read, its rows and cases, and the promises it made."""
    today = timezone.localdate()
    found = edition_with_clause(clause_id, day=today)
    if found is None:
        raise Http404(f"no clause {clause_id}")
    edition = found.edition
    chosen = edition.clause(clause_id)
    entry = coverage_by_clause(edition)[clause_id]
    of_standard = edition.standard(chosen.standard)
    cases = [
        {
            "name": case.title if in_english() else case.zh or case.title,
            "passed": not differing,
            "words": _case_words(case.facts, case.as_of),
        }
        for case, differing in entry.cases
    ]
    return render(
        request,
        "standards/clause.html",
        {
            "here": "standards",
            "clause": chosen,
            "standard": of_standard,
            "gone_from": None if edition is edition_in_force(day=today).edition else found,
            "other_text": chosen.text.get("zh" if in_english() else "en", ""),
            "other_language": "zh-Hans" if in_english() else "en",
            "tables": _tables(entry, edition),
            "cases": cases,
            "cases_passed": sum(case["passed"] for case in cases),
            "readings": _readings(of_standard, chosen, edition.readings),
            "parameters": [
                {"title": one.title, "value": plain_number(one.value), "unit": word(UNITS, one.unit)}
                for one in of_standard.parameters.values()
                if one.clause == clause_id
            ],
            "counts": counts_of_clause(clause_id, book=book_of(request.user, day=today), today=today),
            "promises_url": f"{reverse('dashboard-promises', args=[clause_id])}?period=quarter",
        },
    )


def _tables(entry: ClauseCoverage, edition: Edition) -> list[Any]:
    by_table: dict[str, tuple[Any, list[Any]]] = {}
    for table, row in entry.rows:
        by_table.setdefault(table.name, (table, []))[1].append(row)
    for table in entry.tables:
        by_table.setdefault(table.name, (table, list(table.rows)))
    return [table_in_words(table, rows, edition) for table, rows in by_table.values()]


def _readings(of_standard: Standard, chosen: Clause, choices: Any) -> list[dict[str, Any]]:
    return [_reading(one, choices) for one in of_standard.readings.values() if one.clause == chosen.id]


def _reading(reading: Reading, choices: Any) -> dict[str, Any]:
    choice = choices.get(reading.id, reading.choice)
    language, other = ("en", "zh") if in_english() else ("zh", "en")
    return {
        "question": reading.question,
        "because": reading.because,
        "by": reading.by,
        "on": reading.on,
        "options": [
            {"words": words.get(language) or words.get(other), "chosen": key == choice}
            for key, words in reading.options.items()
        ],
    }


def _case_words(facts: Any, as_of: Any) -> str:
    day = date_format(as_of, "SHORT_DATE_FORMAT") if as_of else ""
    words = [*(fact_in_words(name, value) for name, value in facts.items()), day]
    return " · ".join(word for word in words if word)
