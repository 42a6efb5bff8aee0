"""The forms of the desk: register a caller, open a case, hand it over, promise a call-back and keep it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from upheld.faces import case_words, rule_words, wording
from upheld.faces.masking import masked_number
from upheld.operations.cases.open_case import LONGEST_SUMMARY

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}

KIND_KEYS = {
    "complaint": "c", "fault": "f", "enquiry": "e", "order": "o", "reopening": "r", "installation": "i",
    "home_appointment": "h", "coverage_request": "v", "informatisation_request": "m", "training_request": "t",
    "product_fault": "p", "mas_adc_installation": "a", "mas_adc_fault": "d", "blacklist_request": "b",
    "cross_province_blacklist": "x",
}  # fmt: skip
"""The letter that chooses each kind, the commonest first."""

OF_GROUPS = frozenset(
    {
        "coverage_request", "informatisation_request", "training_request", "product_fault", "mas_adc_installation",
        "mas_adc_fault", "blacklist_request", "cross_province_blacklist",
    }
)  # fmt: skip
"""Kinds that only groups have; they are offered to callers with a place in one."""

NEED_AREA = frozenset({"fault", "product_fault", "mas_adc_fault"})
"""Kinds whose clocks differ between town and country (CT-15, LAW-1)."""


class CallerForm(forms.Form):
    """Who is calling, where no file knows the number."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name, as the caller gives it"),
        max_length=60,
        widget=forms.TextInput(attrs={**_CONTROL, "autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Write down how the caller wants to be addressed.")},
    )
    gender = forms.ChoiceField(
        label=_("To be addressed as"),
        required=False,
        choices=[("", "—"), ("female", _("Ms")), ("male", _("Mr"))],
        widget=forms.Select(attrs=_SELECT),
    )
    number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={**_CONTROL, "inputmode": "tel", "autocomplete": "off"}),
    )


class CaseForm(forms.Form):
    """What the caller wants; all faults are shown at once."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What is it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is.")},
    )
    order_type = forms.ChoiceField(label=_("Order"), required=False, widget=forms.Select(attrs=_SELECT))
    service = forms.ChoiceField(label=_("Service"), required=False, widget=forms.Select(attrs=_SELECT))
    area = forms.ChoiceField(label=_("Place"), required=False, widget=forms.Select(attrs=_SELECT))
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={**_CONTROL, "autocomplete": "off"}),
    )
    summary = forms.CharField(
        label=_("What the customer says"),
        max_length=LONGEST_SUMMARY,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 3}),
        error_messages={"required": _("Write down what the customer says.")},
    )

    def __init__(
        self, *args: Any, services: Iterable[tuple[str, str]], in_group: bool, **kwargs: Any
    ) -> None:
        """Offer the kinds that the caller may have, and the caller's services."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        kinds = rule_words.VALUES["case"]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (code, capfirst(wording.word(kinds, code)))
            for code in KIND_KEYS
            if in_group or code not in OF_GROUPS
        ]
        orders = [(code, str(words)) for code, words in case_words.ORDERS.items()]
        self.fields["order_type"].choices = [("", _("Choose …")), *orders]  # type: ignore[attr-defined]
        self.fields["service"].choices = [("", _("no single service")), *services]  # type: ignore[attr-defined]
        areas = [(code, str(words)) for code, words in rule_words.VALUES["area"].items()]
        self.fields["area"].choices = [("", _("not known")), *areas]  # type: ignore[attr-defined]

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """Give the kinds for the template: code, words, the letter that chooses it, whether it is chosen."""
        chosen = self["kind"].value()
        return [
            {"code": code, "words": words, "key": KIND_KEYS[code], "chosen": code == chosen}
            for code, words in self.fields["kind"].choices  # type: ignore[attr-defined]
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for what the clocks of the chosen kind depend on."""
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind in NEED_AREA and not cleaned.get("area"):
            self.add_error(
                "area", _("Say whether the place is in a town or in the country: the clocks depend on it.")
            )
        if kind == "order" and not cleaned.get("order_type"):
            self.add_error("order_type", _("Choose what is ordered."))
        if kind != "order":
            cleaned["order_type"] = ""
        return cleaned


class HandOverForm(forms.Form):
    """To whom a case goes, and what they need to know."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    to = forms.ChoiceField(label=_("To"), widget=forms.Select(attrs={**_SELECT, "autofocus": True}))
    note = forms.CharField(
        label=_("What they need to know"),
        max_length=2_000,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
        error_messages={"required": _("Say what it is about, so that the customer need not say it again.")},
    )

    def __init__(self, *args: Any, places: Iterable[Any], **kwargs: Any) -> None:
        """Offer the team leader and the groups."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["to"].choices = list(places)  # type: ignore[attr-defined]


class CallBackForm(forms.Form):
    """When the customer is called back, and what about."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    due_at = forms.DateTimeField(
        label=_("Call back by"),
        widget=forms.DateTimeInput(
            attrs={**_CONTROL, "type": "datetime-local", "autofocus": True}, format="%Y-%m-%dT%H:%M"
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Write day and time, such as 2026-03-02 09:30.")},
    )
    note = forms.CharField(
        label=_("What about"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
    )

    def clean_due_at(self) -> datetime:
        """Refuse a time that is over."""
        due_at: datetime = self.cleaned_data["due_at"]
        if due_at <= timezone.now():
            raise forms.ValidationError(_("This time is over already."))
        return due_at


class CallMadeForm(forms.Form):
    """How the call-back ended."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=wording.OUTCOMES.items,
        widget=forms.Select(attrs={**_SELECT, "autofocus": True}),
    )
    note = forms.CharField(
        label=_("Short report"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
    )


def services_offered(services: Iterable[Any]) -> list[tuple[str, str]]:
    """Give a caller's services as choices, numbers masked."""
    return [
        (str(one["id"]), " · ".join(part for part in (masked_number(one["number"]), kind) if part))
        for one in services
        for kind in [wording.word(wording.SERVICE_KINDS, one["kind"])]
    ]


def in_an_hour() -> datetime:
    """Suggest when to call back: in an hour, at the next full quarter."""
    soon = timezone.localtime() + timedelta(hours=1)
    return (soon + timedelta(minutes=-soon.minute % 15)).replace(second=0, microsecond=0)
