"""Ask a customer one question after a case, without sign-in, and show the staff what the answers come to (CARE-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces.dashboard.periods import PERIODS, period_of
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.survey.results import results_of, scope_for
from upheld.operations.answer_survey import LONGEST_REASON, answer_survey
from upheld.operations.refusals import NotAllowed
from upheld.records.surveys.queries import survey_with_word

SCORES = {
    1: _("very dissatisfied"),
    2: _("dissatisfied"),
    3: _("so-so"),
    4: _("satisfied"),
    5: _("very satisfied"),
}


class AnswerForm(forms.Form):
    """One question, and a reason for who likes to give one."""

    score = forms.TypedChoiceField(
        choices=[(str(score), words) for score, words in SCORES.items()],
        coerce=int,
        error_messages={
            "required": _("Choose one of the five answers."),
            "invalid_choice": _("Choose one of the five answers."),
        },
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        error_messages={"max_length": _("This is longer than we can keep. Say it a little shorter.")},
    )

    @property
    def scores(self) -> list[dict[str, Any]]:
        """Give the five answers with their words, and which one is chosen."""
        chosen = str(self["score"].value() or "")
        return [
            {"score": score, "words": words, "chosen": str(score) == chosen}
            for score, words in SCORES.items()
        ]


@require_http_methods(["GET", "POST"])
@allowed_to("public")
def survey(request: StaffRequest, word: str) -> HttpResponse:
    """Ask, and thank; whoever has the word may answer once. Nothing is told but the day and the kind of the case."""
    asked = survey_with_word(word)
    if asked is None:
        return _private(render(request, "survey/unknown.html", status=404))
    if getattr(asked, "answer", None) is not None:
        return _private(render(request, "survey/thanks.html", {"asked": asked}))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        # Whoever is signed in answers for somebody, and the record says so.
        by = request.user if request.user.is_authenticated else None
        try:
            answer_survey(
                survey=asked, score=form.cleaned_data["score"], reason=form.cleaned_data["reason"], by=by
            )
        except NotAllowed:
            return refuse(request, act="answer_survey", subject_kind="survey", subject_id=asked.pk)
        # Loading the page again then sends nothing twice.
        return _private(HttpResponseRedirect(reverse("survey", args=[word])))
    context = {
        "asked": asked,
        "form": form,
        "day": timezone.localdate(asked.asked_at),
        "longest": LONGEST_REASON,
    }
    return _private(render(request, "survey/question.html", context, status=422 if form.errors else 200))


@require_GET
@allowed_to("read_surveys")
def survey_results(request: StaffRequest) -> HttpResponse:
    """Show how satisfied customers are within the reader's reach: by month, unit and kind, with the reasons given."""
    today = timezone.localdate()
    period = period_of(request.GET if request.GET else {"period": "quarter"}, today=today)
    scope = scope_for(request.user)
    context = {
        "here": "surveys",
        "period": period,
        "period_options": [{"key": key, "label": label} for key, label in PERIODS.items()],
        "scope_words": scope.words,
        "results": results_of(period, scope),
    }
    return render(request, "survey/results.html", context)


def _private(response: HttpResponse) -> HttpResponse:
    """Keep a page whose address is a key out of caches and search engines."""
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
