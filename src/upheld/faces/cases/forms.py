"""The forms of a case: one for each act, small enough to lie folded on its page. Each carries a key of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from upheld.faces import case_words, rule_words, wording
from upheld.faces.survey.views import AnswerForm
from upheld.faces.workbench.forms import new_key

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}
LONGEST = 4_000
MOST_BYTES = 5 * 1024 * 1024
_MOMENT: dict[str, Any] = {
    "widget": forms.DateTimeInput(attrs={**_CONTROL, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    "input_formats": ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    "error_messages": {"invalid": _("Write day and time, such as 2026-03-02 09:30.")},
}


def _text(label: Any, *, required: bool = False, missing: Any = None, rows: int = 2) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": rows}),
        error_messages={"required": missing} if missing else None,
    )


class ActForm(forms.Form):
    """What every act has: the key that makes a second press harmless. `choices` fill its lists."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, choices: dict[str, list[tuple[str, Any]]] | None = None, **kwargs: Any
    ) -> None:
        """Fill the lists, and give a fresh form its key; ids differ, for many forms lie on one page."""
        given = {"label_suffix": "", "auto_id": f"id_{new_key()[:8]}_%s", **kwargs}
        if not args and "data" not in given:
            given["initial"] = {"key": new_key(), **given.get("initial", {})}
        super().__init__(*args, **given)
        for name, offered in (choices or {}).items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]


class NoteForm(ActForm):
    """A note."""

    note = _text(_("Note"), required=True, missing=_("The note is empty."))


class OptionalNoteForm(ActForm):
    """A note that may be left out."""

    note = _text(_("Note"))


class ReasonForm(ActForm):
    """Why it is done."""

    note = _text(pgettext_lazy("a reason", "Why"), required=True, missing=_("Say why, in a few words."))


class HandOverForm(ActForm):
    """To whom a case goes, and what they need to know."""

    to = forms.ChoiceField(label=_("To"), widget=forms.Select(attrs=_SELECT), error_messages={
        "required": _("Choose who gets the case."), "invalid_choice": _("Choose who gets the case."),
    })  # fmt: skip
    note = _text(
        _("What they need to know"),
        required=True,
        missing=_("Say what it is about, so that the customer need not say it again."),
    )


class WaitForm(ActForm):
    """What the case waits for."""

    waiting_for = forms.ChoiceField(label=_("For whom or what"), widget=forms.Select(attrs=_SELECT))
    note = _text(_("What exactly"), required=True, missing=_("Say what the case waits for, in a few words."))


class ReachForm(ActForm):
    """What was done just now."""

    event = forms.ChoiceField(label=_("What was done"), widget=forms.Select(attrs=_SELECT))
    note = _text(_("How"))


class SettleForm(ActForm):
    """How it ended, as the customer was told (CARE-3)."""

    outcome = _text(
        _("Outcome, as the customer was told"),
        required=True,
        missing=_("Write down how it was settled, as the customer was told."),
        rows=3,
    )


class ChangeForm(ActForm):
    """What the case really is."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.Select(attrs=_SELECT))
    area = forms.ChoiceField(label=_("Place"), required=False, widget=forms.Select(attrs=_SELECT))
    note = _text(pgettext_lazy("a reason", "Why"))


class FileForm(ActForm):
    """A file to keep with the case."""

    file = forms.FileField(
        label=_("File, at most 5 MB"),
        widget=forms.ClearableFileInput(attrs=_CONTROL),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
        max_length=200,
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is empty, too large or has no proper name. At most 5 MB are taken.")
            )
        return file


class CallBackForm(ActForm):
    """When the customer is called back, and what about."""

    due_at = forms.DateTimeField(label=_("Call back by"), **_MOMENT)
    note = _text(_("What about"))


class CallMadeForm(ActForm):
    """How a call-back ended."""

    promise = forms.ChoiceField(label=_("Call-back"), widget=forms.Select(attrs=_SELECT))
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=wording.OUTCOMES.items, widget=forms.Select(attrs=_SELECT)
    )
    note = _text(_("Short report"))


class SurveyForm(AnswerForm, ActForm):
    """The answer to the question after a case, as it was said on the telephone."""


def kinds_offered() -> list[tuple[str, Any]]:
    """Give every kind of case as choices."""
    return [(code, capfirst(str(words))) for code, words in rule_words.VALUES["case"].items()]


def areas_offered() -> list[tuple[str, Any]]:
    """Give the areas as choices, not known ahead."""
    return [
        ("", _("not known")),
        *((code, capfirst(str(words))) for code, words in rule_words.VALUES["area"].items()),
    ]


def reasons_offered() -> list[tuple[str, Any]]:
    """Give what a case may wait for as choices."""
    return [(code, capfirst(str(words))) for code, words in case_words.WAITING_FOR.items()]


def in_an_hour() -> Any:
    """Suggest when to call back: in an hour, at the next full quarter."""
    soon = timezone.localtime() + timedelta(hours=1)
    return (soon + timedelta(minutes=-soon.minute % 15)).replace(second=0, microsecond=0)
