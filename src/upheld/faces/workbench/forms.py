"""The two forms of the workbench: record what happened, and waive a promise with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording
from upheld.records.evidence.choices import Channel

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}
ALL_CHANNELS = tuple(Channel.values)
"""By what a contact can have been; what else is owed (a step, a clock of a case) is no way to reach anybody."""
LONGEST_KEY = 64
"""As every form has it."""


def new_key() -> str:
    """Make the key that lets the same form, sent twice, be recorded once."""
    return uuid.uuid4().hex


def key_sent(posted: Mapping[str, str]) -> str:
    """Read the key of a form that has no field for it, as far as it can be stored; none that can makes a new one."""
    return words_sent(posted, "key", longest=LONGEST_KEY) or new_key()


def words_sent(posted: Mapping[str, str], name: str, *, longest: int) -> str:
    """Read what somebody wrote, of several lines perhaps, as far as it can be stored: no NUL, and no more than that."""
    return posted.get(name, "").replace("\0", "")[:longest]


class ContactForm(forms.Form):
    """What happened: by which channel, when, how it ended, and a short report."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("By"), widget=forms.Select(attrs=_SELECT))
    happened_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={**_CONTROL, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Write day and time, such as 2026-03-02 09:30.")},
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=wording.OUTCOMES.items, widget=forms.Select(attrs=_SELECT)
    )
    report = forms.CharField(
        label=_("Short report"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
    )

    def __init__(self, *args: Any, channels: Iterable[str] = ALL_CHANNELS, **kwargs: Any) -> None:
        """Offer the channels that keep the promise first, then the others."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["channel"].choices = [(one, wording.word(wording.ACTIONS, one)) for one in channels]  # type: ignore[attr-defined]

    def clean_happened_at(self) -> datetime:
        """Refuse a contact that has not happened yet."""
        happened_at: datetime = self.cleaned_data["happened_at"]
        if happened_at > timezone.now() + timedelta(minutes=1):
            raise forms.ValidationError(_("This time lies in the future."))
        return happened_at


def fresh_contact_form(channels: Iterable[str] = ALL_CHANNELS) -> ContactForm:
    """Give an empty form with the first channel chosen, the present minute and a new key."""
    offered = list(channels)
    now = timezone.localtime().replace(second=0, microsecond=0)
    return ContactForm(
        channels=offered,
        initial={"key": new_key(), "channel": offered[0], "happened_at": now, "outcome": "reached"},
        auto_id=f"id_{new_key()[:6]}_%s",
    )


class ManyForm(ContactForm):
    """What happened to many customers alike: the contact, and the promises that it was for."""

    promises = forms.CharField(max_length=32_000, widget=forms.HiddenInput)

    def clean_promises(self) -> list[int]:
        """Read the ids, parted by commas; each counts once."""
        written = self.cleaned_data["promises"].split(",")
        if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in written):
            raise forms.ValidationError(_("This list cannot be read. Go back and choose again."))
        return list(dict.fromkeys(map(int, written)))


class WaiverForm(forms.Form):
    """Why a promise need not be kept; the approver is whoever is signed in."""

    reason = forms.CharField(
        label=_("Why it need not be kept"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2, "autofocus": True}),
        error_messages={"required": _("A waiver needs a reason.")},
    )


class ReversalForm(forms.Form):
    """Why a recorded contact is taken back."""

    reason = forms.CharField(
        label=_("Why it is taken back"),
        min_length=2,
        max_length=500,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2, "autofocus": True}),
        error_messages={"required": _("Taking back a record needs a reason.")},
    )
