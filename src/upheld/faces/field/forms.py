"""The forms of faults and visits: send an engineer, tell a delay, the repair, and what is given for a missed limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from upheld.faces.field import words
from upheld.faces.workbench.forms import new_key
from upheld.policy.facts import read_amount

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}
_MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


class KeyedForm(forms.Form):
    """What every form has: the key that makes a second sending harmless."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give a fresh form its key, and fields ids of their own: several forms lie on one page."""
        given: dict[str, Any] = {"label_suffix": "", "auto_id": f"id_{new_key()[:8]}_%s", **kwargs}
        if not args and "data" not in given:
            given["initial"] = {"key": new_key(), **(given.get("initial") or {})}
        super().__init__(*args, **given)


def _moment(label: Any, *, required: bool = False) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        widget=forms.DateTimeInput(attrs={**_CONTROL, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=_MOMENT_FORMATS,
        error_messages={"invalid": _("Write day and time, such as 2026-03-02 09:30.")},
    )


def _note(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=1_000,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
        error_messages={"required": _("Say it in a few words.")},
    )


class DispatchForm(KeyedForm):
    """Who goes, and when it was agreed."""

    engineer = forms.ChoiceField(label=_("Engineer"), widget=forms.RadioSelect, required=False)
    appointment_at = _moment(_("Agreed with the customer for"))
    customer_wish = forms.BooleanField(
        label=_("The customer wishes for an hour outside 08:00 to 20:00"), required=False
    )
    note = _note(_("What the engineer needs to know"))

    def __init__(self, *args: Any, engineers: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer whoever is least busy as the form is sent, chosen ahead, and the engineers by name."""
        super().__init__(*args, **kwargs)
        # Who is least busy now may not be by the time the form is sent: it is decided then.
        anybody = [("", _("Whoever is least busy when this is sent"))] if engineers else []
        self.fields["engineer"].choices = [*anybody, *engineers]  # type: ignore[attr-defined]
        self.initial.setdefault("engineer", "")


class DelayForm(KeyedForm):
    """Why the visit is late and until when."""

    reason = forms.ChoiceField(label=_("Why it is late"), widget=forms.Select(attrs=_SELECT))
    new_at = _moment(_("New time, as the customer was told"))
    note = _note(_("In words"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the reasons."""
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = _offered(words.REASONS)  # type: ignore[attr-defined]


class AbsentForm(KeyedForm):
    """That the customer was not there."""

    note = _note(_("What you saw"))


class ArrivedForm(KeyedForm):
    """One tap."""


class RepairForm(KeyedForm):
    """What it was, and what was done."""

    cause = forms.ChoiceField(label=_("What it came from"), widget=forms.Select(attrs=_SELECT))
    note = _note(_("What was done"), required=True)
    settled = forms.BooleanField(
        label=_("The customer has tried it and it works: settle the case"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the causes."""
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = [("", "–"), *_offered(words.CAUSES)]  # type: ignore[attr-defined]


class CompensationForm(KeyedForm):
    """What is given, and whether the customer knows."""

    told = forms.BooleanField(label=_("The customer has been told already"), required=False)
    base = forms.CharField(
        label=_("Month's rent, or fee, in yuan"),
        required=False,
        widget=forms.TextInput(attrs={**_CONTROL, "inputmode": "decimal"}),
    )
    note = _note(_("Note"))

    def clean_base(self) -> int | None:
        """Read the amount as whole fen."""
        written = self.cleaned_data["base"].strip()
        if not written:
            return None
        try:
            return read_amount(written)
        except ValueError:
            raise forms.ValidationError(_("Write an amount in yuan, such as 89 or 89.90.")) from None


def _offered(codes: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, str(capfirst(str(name)))) for code, name in codes.items()]


def next_visiting_hour(now: datetime) -> datetime:
    """Suggest when to come: in two hours at the full hour, or the next morning at nine."""
    local = timezone.localtime(now)
    soon = (local + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    if 9 <= soon.hour < 20 and soon.date() == local.date():
        return soon
    day = local.date() if local.hour < 7 else local.date() + timedelta(days=1)
    return local.replace(
        year=day.year, month=day.month, day=day.day, hour=9, minute=0, second=0, microsecond=0
    )
