"""The forms of events: plan or change one, and call it off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from upheld.faces.events import words
from upheld.faces.workbench.forms import new_key

_CONTROL = {"class": "form-control"}
_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={**_CONTROL, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=_FORMATS,
        error_messages={"invalid": _("Write day and time, such as 2026-03-02 09:30.")},
    )


class ChangeForm(forms.Form):
    """What may change of an event: its title, place, times and seats."""

    title = forms.CharField(label=_("Title"), max_length=200, widget=forms.TextInput(attrs=_CONTROL))
    place = forms.CharField(label=_("Place"), max_length=200, widget=forms.TextInput(attrs=_CONTROL))
    starts_at = _moment(_("Begins"))
    ends_at = _moment(_("Ends"))
    capacity = forms.IntegerField(
        label=_("Seats"), min_value=1, max_value=5_000, widget=forms.NumberInput(attrs=_CONTROL)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave the labels without a colon."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning here, so that all errors are shown at once."""
        given = super().clean() or {}
        begins: datetime | None = given.get("starts_at")
        ends: datetime | None = given.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", str(words.REFUSALS["ends_before_start"]))
        return given


class EventForm(ChangeForm):
    """A new event: what it is, besides, and which clauses it serves."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=words.KINDS.items, widget=forms.Select(attrs={"class": "form-select"})
    )
    clauses = forms.MultipleChoiceField(
        label=_("Clauses that it serves"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one clause.")},
    )

    field_order = ("key", "kind", "title", "place", "starts_at", "ends_at", "capacity", "clauses")

    def __init__(self, *args: Any, clauses: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the clauses that owe such an event."""
        super().__init__(*args, **kwargs)
        self.fields["clauses"].choices = clauses  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial = {"key": new_key(), **self.initial}


class CancelForm(forms.Form):
    """Why an event is called off; what the guests are owed stays owed."""

    reason = forms.CharField(
        label=_("Why it is called off"),
        max_length=500,
        widget=forms.TextInput(attrs=_CONTROL),
        error_messages={"required": _("Say why the event is called off.")},
    )
