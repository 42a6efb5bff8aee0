"""The words of the craft: measures, causes, marks, chapters, and why an act was refused."""

from __future__ import annotations

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from upheld.operations.refusals import ActRefused

MEASURES: dict[str, Lazy | str] = {
    "sales_volume": _("Sales volume (yuan)"),
    "visits": _("Groups to visit"),
    "signings": _("Groups to sign"),
    "first_contacts": _("Organisations to make first contact with"),
}
CAUSES: dict[str, Lazy | str] = {
    "effort": _("A: too little effort"),
    "plan": _("B: the plan was not thorough"),
    "target": _("C: the target was unreasonable"),
    "other": _("D: other"),
}
MARKS: dict[str, Lazy | str] = {
    "able_to_pay": _("able to pay"),
    "has_need": _("has a need"),
    "has_power": _("has the power to buy"),
    "accepts_us": _("accepts the manager"),
}
CHAPTERS: dict[str, Lazy | str] = {
    "visit": pgettext_lazy("chapter", "Visit"),
    "analysis": pgettext_lazy("chapter", "Analysis"),
    "needs": pgettext_lazy("chapter", "Needs"),
    "solution": pgettext_lazy("chapter", "Solution"),
    "demonstration": pgettext_lazy("chapter", "Demonstration"),
    "coordination": pgettext_lazy("chapter", "Coordination"),
    "agreement": pgettext_lazy("chapter", "Agreement"),
    "implementation": pgettext_lazy("chapter", "Implementation"),
    "follow_up": pgettext_lazy("chapter", "Follow-up"),
    "lost": pgettext_lazy("chapter", "Lost"),
}
REJECTS: dict[str, Lazy | str] = {
    "unknown_group": _("no group of yours has this number"),
    "bad_product": _("the product is missing, or its name cannot be read"),
    "bad_month": _("write a month that has begun, such as 2026-03"),
    "bad_quantity": _("write a whole number of zero or more"),
}
REJECTS_OF_FORM: dict[str, Lazy | str] = {
    "unknown_group": _("No group of yours has this number."),
    "bad_product": _("Write which product it is, in at most 100 characters."),
    "bad_month": _("Write a month that has begun, such as 2026-03."),
    "bad_quantity": _("Write a whole number of zero or more."),
}
REFUSALS: dict[str, Lazy | str] = {
    "month_is_over": _("Targets are set before the month is over."),
    "no_such_number": _("Write a whole number of zero or more."),
    "not_yet": _("A month is reviewed in its last week or later."),
    "needs_a_cause": _("A missed target needs a cause, objective or subjective, and a correction."),
    "unknown_cause": _("Choose one of the causes."),
    "no_name": _("Write the organisation's name."),
    "no_reason": _("Say why the sale is lost."),
    "unknown_chapter": _("There is no such chapter."),
    "unknown_mark": _("There is no such mark."),
    "file_too_large": _("A document has 1 byte to 10 MB."),
    "too_many_files": _("A sale has at most 100 documents."),
    "not_a_table": _("Choose a CSV file in UTF-8 whose first line is: group,product,month,quantity,unit"),
    "too_many_rows": _("A file has at most 5,000 rows."),
    "no_words": _("Say it in a few words."),
    "due_in_the_past": _("The time agreed has passed."),
    "too_far_ahead": _("Nothing is agreed more than half a year ahead."),
    "other_book": _("This customer is served by somebody else."),
    "nobody_to_ask": _("Choose a colleague of another department."),
    "not_yours": _("This is another manager's."),
    "key_used": _("This form was already used. Open it again."),
    **REJECTS_OF_FORM,
}


def refusal_in_words(refused: ActRefused) -> str:
    """Give the refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))
